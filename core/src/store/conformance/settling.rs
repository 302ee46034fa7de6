//! What becomes of charges once it is known what they really were.

use super::super::Settlement;
use super::*;

pub(super) fn what_it_really_was_takes_the_place_of_the_estimate(make: &Maker<'_>) {
    let store = make();
    for (id, real, sum) in [("below", 2, 2), ("above", 15, 17), ("none", 0, 17)] {
        begin(&*store, &step(id, &[hold("x", 10)]));
        assert_eq!(held(&*store, "x", None, at(1)).count, 1);
        assert!(store.settle(id, at(1), &Settlement::Spent(vec![(Unit::Usd, real)])).unwrap());
        assert_eq!(held(&*store, "x", None, at(1)), total(sum, 0), "{id}");
    }
    // Real amounts pass caps: they are told, not asked.
    assert_eq!(store.begin(&step("more", &[capped("x", 1, 17)]), None).unwrap(), Begun::Exceeded(0, total(17, 0)));
}

pub(super) fn units_that_are_not_told_stay_as_charged(make: &Maker<'_>) {
    let store = make();
    let charge = |account: &str, unit, amount| Charge { unit, ..hold(account, amount) };
    let charges = [
        charge("usd", Unit::Usd, 10),
        charge("tokens", Unit::Tokens, 20),
        charge("calls", Unit::Calls, 1),
        charge("amount", Unit::Amount, 30),
    ];
    begin(&*store, &step("a", &charges));
    let real = vec![(Unit::Tokens, 25), (Unit::Usd, 9)];
    assert!(store.settle("a", at(1), &Settlement::Spent(real)).unwrap());
    for (account, amount) in [("usd", 9), ("tokens", 25), ("calls", 1), ("amount", 30)] {
        assert_eq!(held(&*store, account, None, at(1)), total(amount, 0), "{account}");
    }
}

pub(super) fn a_second_time_there_is_nothing_to_settle(make: &Maker<'_>) {
    let store = make();
    assert!(!store.settle("never", at(0), &Settlement::Nothing).unwrap());
    begin(&*store, &step("a", &[hold("x", 10), entry("y", at(100))]));
    assert!(store.settle("a", at(1), &Settlement::Spent(vec![(Unit::Usd, 4)])).unwrap());
    for again in [Settlement::Spent(vec![(Unit::Usd, 9), (Unit::Calls, 7)]), Settlement::Nothing] {
        assert!(!store.settle("a", at(2), &again).unwrap());
        assert_eq!(held(&*store, "x", None, at(2)), total(4, 0));
        assert_eq!(held(&*store, "y", None, at(2)), total(1, 1));
    }
}

pub(super) fn what_did_not_happen_is_given_back(make: &Maker<'_>) {
    let store = make();
    let added = Charge { keep: Keep::Add, ..hold("z", 10) };
    begin(&*store, &step("a", &[capped("x", 10, 10), entry("y", at(100)), added]));
    assert!(store.settle("a", at(1), &Settlement::Nothing).unwrap());
    assert_eq!(held(&*store, "x", None, at(1)), total(0, 0));
    assert_eq!(held(&*store, "y", Some(at(-1)), at(1)), total(0, 0));
    assert_eq!(held(&*store, "z", None, at(1)), total(10, 0), "what was added is not kept as an entry");
    assert!(!store.settle("a", at(1), &Settlement::Spent(vec![])).unwrap());
    begin(&*store, &step("b", &[capped("x", 10, 10)]));
}

pub(super) fn what_has_expired_is_settled_all_the_same(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[capped("x", 10, 10)]));
    let other = Step { at: at(60), expires: at(120), ..step("b", &[capped("x", 10, 10)]) };
    begin(&*store, &other);
    assert!(store.settle("a", at(61), &Settlement::Spent(vec![(Unit::Usd, 7)])).unwrap());
    assert_eq!(held(&*store, "x", None, at(61)), total(17, 1));
    assert!(store.settle("b", at(500), &Settlement::Nothing).unwrap());
    assert_eq!(held(&*store, "x", None, at(500)), total(7, 0));
}

pub(super) fn entries_stay_at_what_they_really_were(make: &Maker<'_>) {
    let store = make();
    let charge = Charge { unit: Unit::Tokens, amount: 10, ..entry("x", at(100)) };
    begin(&*store, &step("a", std::slice::from_ref(&charge)));
    begin(&*store, &Step { at: at(1), ..step("b", &[charge]) });
    assert!(store.settle("a", at(50), &Settlement::Spent(vec![(Unit::Tokens, 25)])).unwrap());
    assert!(store.settle("b", at(50), &Settlement::Spent(vec![(Unit::Usd, 1)])).unwrap());
    assert_eq!(held(&*store, "x", Some(at(-1)), at(50)), total(35, 2));
    assert_eq!(held(&*store, "x", Some(at(0)), at(50)), total(10, 1), "an entry moved when it was settled");
    assert_eq!(held(&*store, "x", None, at(100)), total(0, 0));
}

pub(super) fn one_step_is_settled_in_all_its_accounts(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[hold("x", 1), hold("y", 2), hold("x", 3), entry("z", at(100))]));
    begin(&*store, &step("ab", &[hold("x", 100), hold("y", 100)]));
    assert!(store.settle("a", at(1), &Settlement::Nothing).unwrap());
    for (account, amount, count) in [("x", 100, 1), ("y", 100, 1), ("z", 0, 0)] {
        assert_eq!(held(&*store, account, None, at(1)), total(amount, count), "{account}");
    }
}
