//! Charges, caps, windows and what was expected.

use super::super::Settlement;
use super::*;

pub(super) fn what_begins_is_charged_to_all_accounts_or_to_none(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[hold("x", 3), hold("y", 4), hold("z", 0)]));
    for (account, amount) in [("x", 3), ("y", 4), ("z", 0)] {
        assert_eq!(held(&*store, account, None, at(0)), total(amount, 1), "{account}");
    }
    let labels = vec![("s".into(), "seen".into())];
    let refused = Step { labels, ..step("b", &[hold("x", 1), capped("y", 1, 4), hold("z", 1)]) };
    assert_eq!(store.begin(&refused, None).unwrap(), Begun::Exceeded(1, total(4, 1)));
    for (account, amount) in [("x", 3), ("y", 4), ("z", 0)] {
        assert_eq!(held(&*store, account, None, at(0)), total(amount, 1), "{account}");
    }
    let known = store.read(&Asked { session: "s".into(), ..Asked::default() }).unwrap();
    assert!(known.labels.is_empty(), "a step that did not begin left a label");
    begin(&*store, &step("c", &[]));
}

pub(super) fn a_cap_may_be_reached_but_not_passed(make: &Maker<'_>) {
    let store = make();
    assert_eq!(store.begin(&step("a", &[capped("x", 11, 10)]), None).unwrap(), Begun::Exceeded(0, total(0, 0)));
    begin(&*store, &step("b", &[capped("x", 9, 10)]));
    assert_eq!(store.begin(&step("c", &[capped("x", 2, 10)]), None).unwrap(), Begun::Exceeded(0, total(9, 1)));
    begin(&*store, &step("d", &[capped("x", 1, 10)]));
    begin(&*store, &step("e", &[capped("x", 0, 10)]));
    assert_eq!(store.begin(&step("f", &[capped("x", 1, 10)]), None).unwrap(), Begun::Exceeded(0, total(10, 3)));
    begin(&*store, &step("g", &[hold("x", 5)]));
    // Above its cap an account takes nothing, not even nothing.
    assert_eq!(store.begin(&step("h", &[capped("x", 0, 10)]), None).unwrap(), Begun::Exceeded(0, total(15, 4)));
    assert_eq!(store.begin(&step("i", &[capped("new", 0, -1)]), None).unwrap(), Begun::Exceeded(0, total(0, 0)));
}

pub(super) fn several_charges_to_one_account_count_together(make: &Maker<'_>) {
    let store = make();
    let refused = step("a", &[hold("x", 4), capped("x", 4, 10), capped("x", 3, 10)]);
    assert_eq!(store.begin(&refused, None).unwrap(), Begun::Exceeded(2, total(0, 0)));
    begin(&*store, &step("b", &[hold("x", 4), capped("x", 4, 10), capped("x", 2, 10)]));
    assert_eq!(held(&*store, "x", None, at(0)), total(10, 3));
    assert!(store.settle("b", at(1), &Settlement::Spent(vec![])).unwrap());
    assert_eq!(held(&*store, "x", None, at(1)), total(10, 0));
}

pub(super) fn in_flight_counts_until_it_expires(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[capped("x", 10, 10)]));
    assert_eq!(held(&*store, "x", None, just_before(at(60))), total(10, 1));
    assert_eq!(held(&*store, "x", None, at(60)), total(0, 0));
    let later = |moment| Step { at: moment, expires: at(120), ..step("b", &[capped("x", 10, 10)]) };
    assert_eq!(store.begin(&later(just_before(at(60))), None).unwrap(), Begun::Exceeded(0, total(10, 1)));
    begin(&*store, &later(at(60)));
    assert_eq!(held(&*store, "x", None, at(60)), total(10, 1));
}

pub(super) fn what_is_added_stays(make: &Maker<'_>) {
    let store = make();
    let add = |amount| Charge { keep: Keep::Add, ..capped("x", amount, 10) };
    begin(&*store, &step("a", &[add(4)]));
    assert_eq!(held(&*store, "x", None, at(100_000)), total(4, 0));
    assert!(!store.settle("a", at(1), &Settlement::Nothing).unwrap(), "what is in the sum is not settled");
    assert_eq!(held(&*store, "x", None, at(1)), total(4, 0));
    begin(&*store, &step("b", &[add(6)]));
    assert_eq!(store.begin(&step("c", &[add(1)]), None).unwrap(), Begun::Exceeded(0, total(10, 0)));
    assert_eq!(held(&*store, "x", Some(at(-1)), at(0)), total(0, 0), "a sum has no moment that a window could look at");
}

pub(super) fn a_window_slides_over_entries(make: &Maker<'_>) {
    let store = make();
    for second in 0..5 {
        let charges = [Charge { amount: 10, ..entry("x", at(1000)) }];
        begin(&*store, &Step { at: at(second), ..step(&format!("s{second}"), &charges) });
    }
    assert_eq!(held(&*store, "x", None, at(100)), total(50, 5), "an entry does not expire with its step");
    assert_eq!(held(&*store, "x", Some(at(2)), at(5)), total(20, 2), "the moment itself is not after it");
    assert_eq!(held(&*store, "x", Some(just_before(at(2))), at(5)), total(30, 3));
    assert_eq!(held(&*store, "x", Some(at(4)), at(5)), total(0, 0));
    assert_eq!(held(&*store, "x", Some(at(2)), at(0)), total(20, 2), "a clock that steps back forgets nothing");
}

pub(super) fn an_entry_is_kept_until_its_end(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[entry("x", at(30))]));
    assert_eq!(held(&*store, "x", None, just_before(at(30))), total(1, 1));
    assert_eq!(held(&*store, "x", None, at(30)), total(0, 0));
    begin(&*store, &Step { at: at(30), expires: at(90), ..step("b", &[entry("x", at(60))]) });
    assert_eq!(held(&*store, "x", None, at(30)), total(1, 1));
}

pub(super) fn a_cap_looks_at_its_window(make: &Maker<'_>) {
    let store = make();
    let call = |id: &str, second| {
        let charge = Charge { cap: Some(2), since: Some(at(second - 10)), ..entry("x", at(second + 10)) };
        store.begin(&Step { at: at(second), ..step(id, &[charge]) }, None).unwrap()
    };
    assert_eq!(call("a", 0), Begun::Done);
    assert_eq!(call("b", 5), Begun::Done);
    assert_eq!(call("c", 9), Begun::Exceeded(0, total(2, 2)));
    assert_eq!(call("d", 10), Begun::Done);
    assert_eq!(call("e", 14), Begun::Exceeded(0, total(2, 2)));
    assert_eq!(call("f", 15), Begun::Done);
    let twice = [entry("y", at(10)), Charge { cap: Some(1), since: Some(at(-10)), ..entry("y", at(10)) }];
    assert_eq!(store.begin(&step("g", &twice), None).unwrap(), Begun::Exceeded(1, total(0, 0)));
}

pub(super) fn what_was_expected_must_still_be_so(make: &Maker<'_>) {
    let store = make();
    let expecting = |id: &str, amount, count| {
        let expected = vec![
            (Sum { account: "other".into(), since: None }, total(0, 0)),
            (Sum { account: "x".into(), since: Some(at(-10)) }, total(amount, count)),
        ];
        Step { expected, ..step(id, &[hold("x", 5), hold("y", 1)]) }
    };
    begin(&*store, &expecting("a", 0, 0));
    assert_eq!(store.begin(&expecting("b", 0, 0), None).unwrap(), Begun::Stale);
    assert_eq!(store.begin(&expecting("b", 5, 2), None).unwrap(), Begun::Stale);
    assert_eq!(store.begin(&expecting("b", 6, 1), None).unwrap(), Begun::Stale);
    assert_eq!(held(&*store, "y", None, at(0)), total(1, 1), "what was stale charged something");
    begin(&*store, &expecting("b", 5, 1));
    let expired = Step { at: at(60), ..expecting("c", 10, 2) };
    assert_eq!(store.begin(&expired, None).unwrap(), Begun::Stale, "what was expected has expired");
}

pub(super) fn sums_neither_wrap_nor_shrink(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[hold("x", i64::MAX), hold("x", i64::MAX)]));
    assert_eq!(held(&*store, "x", None, at(0)), total(i64::MAX, 2));
    let full = store.begin(&step("b", &[capped("x", 1, i64::MAX - 1)]), None).unwrap();
    assert_eq!(full, Begun::Exceeded(0, total(i64::MAX, 2)));
    assert!(store.settle("a", at(1), &Settlement::Spent(vec![])).unwrap());
    begin(&*store, &step("c", &[Charge { keep: Keep::Add, ..hold("x", i64::MAX) }, hold("x", 7)]));
    assert_eq!(held(&*store, "x", None, at(1)), total(i64::MAX, 1));
    let both = [capped("y", i64::MAX, i64::MAX - 1), capped("y", i64::MAX, i64::MAX - 1)];
    assert_eq!(store.begin(&step("d", &both), None).unwrap(), Begun::Exceeded(0, total(0, 0)));
    // What is below zero would make room in a budget, so it counts as nothing.
    begin(&*store, &step("e", &[hold("z", 5), hold("z", -3), Charge { keep: Keep::Add, ..hold("z", i64::MIN) }]));
    assert_eq!(held(&*store, "z", None, at(0)), total(5, 2));
    assert!(store.settle("e", at(1), &Settlement::Spent(vec![(Unit::Usd, i64::MIN)])).unwrap());
    assert_eq!(held(&*store, "z", None, at(1)), total(0, 0));
}

pub(super) fn moments_at_the_ends_of_time_are_moments(make: &Maker<'_>) {
    let store = make();
    let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    begin(&*store, &Step { at: first, expires: last, ..step("a", &[hold("x", 1), entry("y", last)]) });
    begin(&*store, &Step { at: last, expires: last, ..step("b", &[hold("x", 1), entry("y", last)]) });
    assert_eq!(held(&*store, "x", None, just_before(last)), total(2, 2));
    assert_eq!(held(&*store, "x", None, last), total(0, 0));
    assert_eq!(held(&*store, "y", Some(first), first), total(1, 1));
    assert!(store.settle("a", first, &Settlement::Spent(vec![])).unwrap());
    assert_eq!(held(&*store, "x", None, last), total(1, 0));
    store.prune(first).unwrap();
    assert_eq!(held(&*store, "x", None, first), total(2, 1));
}
