//! What every store has to do, as checks that run unchanged on each of them.
//!
//! ```
//! use std::sync::Arc;
//! use toolgate::store::MemoryStore;
//! # #[cfg(feature = "testing")]
//! use toolgate::store::conformance::CHECKS;
//! # #[cfg(feature = "testing")]
//! for (name, check) in CHECKS {
//!     println!("{name}");
//!     check(&|| Arc::new(MemoryStore::default()));
//! }
//! ```
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a check fails by panicking

mod accounts;
mod documents;
mod races;
mod reading;
mod settling;

use std::sync::Arc;

use super::{Asked, Begun, Charge, Document, Keep, Kind, Refused, Step, Store, Sum, Total, Unit};
use crate::clock::Timestamp;
use crate::error::Code;

/// Makes a store with nothing in it, that no other check uses.
pub type Maker<'a> = dyn Fn() -> Arc<dyn Store> + 'a;

/// Panics, saying why, if a store does not do what it has to.
pub type Check = fn(&Maker<'_>);

macro_rules! checks {
    ($($module:ident::$name:ident,)*) => {
        /// Every check, with its name.
        pub const CHECKS: &[(&str, Check)] = &[$((stringify!($name), $module::$name),)*];
    };
}

checks! {
    accounts::what_begins_is_charged_to_all_accounts_or_to_none,
    accounts::a_cap_may_be_reached_but_not_passed,
    accounts::several_charges_to_one_account_count_together,
    accounts::in_flight_counts_until_it_expires,
    accounts::what_is_added_stays,
    accounts::a_window_slides_over_entries,
    accounts::an_entry_is_kept_until_its_end,
    accounts::a_cap_looks_at_its_window,
    accounts::what_was_expected_must_still_be_so,
    accounts::sums_neither_wrap_nor_shrink,
    accounts::moments_at_the_ends_of_time_are_moments,
    settling::what_it_really_was_takes_the_place_of_the_estimate,
    settling::units_that_are_not_told_stay_as_charged,
    settling::a_second_time_there_is_nothing_to_settle,
    settling::what_did_not_happen_is_given_back,
    settling::what_has_expired_is_settled_all_the_same,
    settling::entries_stay_at_what_they_really_were,
    settling::one_step_is_settled_in_all_its_accounts,
    documents::a_document_is_made_changed_and_removed,
    documents::a_refused_change_leaves_everything_as_it_is,
    documents::kinds_do_not_share_ids,
    documents::documents_are_told_oldest_first,
    documents::documents_are_found_by_their_tag,
    documents::a_claim_is_made_with_what_begins,
    documents::a_refused_claim_charges_nothing,
    documents::nothing_is_claimed_for_what_a_cap_forbids,
    documents::nothing_is_claimed_for_what_is_stale,
    documents::a_change_that_panics_changes_nothing,
    documents::strange_texts_are_texts,
    reading::nothing_asked_nothing_told,
    reading::everything_asked_everything_told,
    reading::sums_are_told_in_the_order_asked,
    reading::a_label_is_told_once_and_oldest_first,
    reading::what_is_old_is_forgotten,
    reading::what_may_be_asked_for_is_not_forgotten,
    races::one_of_many_claims_a_document,
    races::many_never_pass_a_cap,
    races::no_change_is_lost,
    races::what_was_expected_holds_among_many,
    races::what_many_settle_adds_up,
}

/// So many seconds after the moment at which the checks begin.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
}

/// The moment before.
fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros() - 1)
}

/// A step at second zero that takes `charges` and expires after a minute.
fn step(id: &str, charges: &[Charge]) -> Step {
    Step { id: id.into(), at: at(0), expires: at(60), charges: charges.to_vec(), expected: vec![], labels: vec![] }
}

/// A charge in dollars that is held in flight and has no cap.
fn hold(account: &str, amount: i64) -> Charge {
    Charge { account: account.into(), unit: Unit::Usd, amount, cap: None, since: None, keep: Keep::Hold }
}

fn capped(account: &str, amount: i64, cap: i64) -> Charge {
    Charge { cap: Some(cap), ..hold(account, amount) }
}

/// A charge of one call that is kept as an entry.
fn entry(account: &str, until: Timestamp) -> Charge {
    Charge { unit: Unit::Calls, keep: Keep::Until(until), ..hold(account, 1) }
}

fn begin(store: &dyn Store, step: &Step) {
    assert_eq!(store.begin(step, None).unwrap(), Begun::Done, "{step:?}");
}

/// What `account` holds at `now`, of entries after `since` or of everything.
fn held(store: &dyn Store, account: &str, since: Option<Timestamp>, now: Timestamp) -> Total {
    let sums = vec![Sum { account: account.into(), since }];
    store.read(&Asked { at: Some(now), sums, ..Asked::default() }).unwrap().sums[0]
}

fn total(amount: i64, count: i64) -> Total {
    Total { amount, count }
}

fn document(id: &str, body: &str) -> Document {
    Document { id: id.into(), tag: "".into(), body: body.into(), at: at(0) }
}

fn refusal() -> Refused {
    Refused { code: Code::ApprovalAlreadyUsed, message: "the consent was used before".into() }
}

/// Puts `document` in the place of whatever there is.
fn put(store: &dyn Store, kind: Kind, document: &Document) {
    store.change(kind, &document.id, &mut |_| Ok(Some(document.clone()))).unwrap();
}

fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| &*document.id).collect()
}
