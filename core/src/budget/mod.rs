//! What a call takes from budgets and limits, and what has to be known of the past before it is decided about.
//!
//! Pure: a policy, an action and the moment become the accounts of a store and the amounts that are charged to them.

mod account;
mod charge;
mod estimate;
mod history;
mod price;
mod settle;
mod tokens;

pub use charge::{Taken, charges};
pub use history::{asked, expected, facts, labels};
pub use price::cost_of;
pub use settle::settlement;
pub use tokens::Tokens;
