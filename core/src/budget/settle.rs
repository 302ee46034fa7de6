//! What a call has really taken.

use crate::audit::{Outcome, Status};
use crate::money::{Unit, Usd};
use crate::store::Settlement;

/// How what a call has taken is settled. A cost that cannot be read is none that is known: the estimate stays.
pub fn settlement(outcome: &Outcome) -> Settlement {
    if outcome.status == Status::Skipped {
        return Settlement::Nothing;
    }
    let cost = outcome.cost_usd.as_deref().and_then(Usd::parse).map(|cost| (Unit::Usd, cost.nanos()));
    let tokens = outcome.tokens.and_then(|tokens| i64::try_from(tokens).ok()).map(|tokens| (Unit::Tokens, tokens));
    Settlement::Spent(cost.into_iter().chain(tokens).collect())
}
