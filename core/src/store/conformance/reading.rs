//! What is told before a decision, and what is forgotten.

use super::super::{Known, Settlement};
use super::*;

/// Something under every name that could be asked for, the empty one too.
fn fill(store: &dyn Store) {
    for kind in Kind::ALL {
        for id in ["", "one", "two"] {
            put(store, kind, &document(id, "1"));
        }
    }
    let label = |session: &str, label: &str| (session.into(), label.into());
    let labels = vec![label("s", "b"), label("", "nobody's"), label("other", "c"), label("s", "a")];
    begin(store, &Step { labels, ..step("a", &[hold("x", 3)]) });
}

pub(super) fn nothing_asked_nothing_told(make: &Maker<'_>) {
    let store = make();
    assert_eq!(store.read(&Asked::default()).unwrap(), Known::default());
    fill(&*store);
    assert_eq!(store.read(&Asked::default()).unwrap(), Known::default());
}

pub(super) fn everything_asked_everything_told(make: &Maker<'_>) {
    let store = make();
    fill(&*store);
    let asked = Asked {
        at: Some(at(0)),
        sums: vec![Sum { account: "x".into(), since: None }],
        session: "s".into(),
        switches: true,
        agent: "two".into(),
    };
    let known = store.read(&asked).unwrap();
    assert_eq!(known.sums, [total(3, 1)]);
    assert_eq!(known.labels, ["b".into(), "a".into()]);
    assert_eq!(ids(&known.switches), ["", "one", "two"]);
    assert_eq!(known.agent, Some(document("two", "1")));
    let strangers = Asked { session: "nobody".into(), agent: "nobody".into(), ..Asked::default() };
    assert_eq!(store.read(&strangers).unwrap(), Known::default());
}

pub(super) fn sums_are_told_in_the_order_asked(make: &Maker<'_>) {
    let store = make();
    begin(&*store, &step("a", &[hold("x", 1), hold("y", 2), entry("y", at(100))]));
    let sum = |account: &str, since| Sum { account: account.into(), since };
    let sums = vec![sum("y", None), sum("none", None), sum("x", None), sum("y", Some(at(0))), sum("y", None)];
    let asked = Asked { at: Some(at(0)), sums, ..Asked::default() };
    let told = store.read(&asked).unwrap().sums;
    assert_eq!(told, [total(3, 2), total(0, 0), total(1, 1), total(0, 0), total(3, 2)]);
    // Without a moment nothing has expired.
    let told = store.read(&Asked { at: None, ..asked }).unwrap().sums;
    assert_eq!(told, [total(3, 2), total(0, 0), total(1, 1), total(0, 0), total(3, 2)]);
}

pub(super) fn a_label_is_told_once_and_oldest_first(make: &Maker<'_>) {
    let store = make();
    let labelled = |id: &str, labels: &[&str]| {
        let labels = labels.iter().map(|label| ("s".into(), (*label).into())).collect();
        begin(&*store, &Step { labels, ..step(id, &[]) });
    };
    labelled("a", &["m", "z", "m"]);
    labelled("b", &["a", "z"]);
    labelled("c", &["m"]);
    let known = store.read(&Asked { session: "s".into(), ..Asked::default() }).unwrap();
    assert_eq!(known.labels, ["m".into(), "z".into(), "a".into()]);
}

pub(super) fn what_is_old_is_forgotten(make: &Maker<'_>) {
    let store = make();
    fill(&*store);
    begin(&*store, &step("b", &[entry("y", at(30)), Charge { keep: Keep::Add, ..hold("z", 5) }]));
    assert!(store.prune(at(1000)).unwrap() > 0);
    assert_eq!(store.prune(at(1000)).unwrap(), 0, "what is forgotten is not there to be forgotten again");
    for account in ["x", "y", "z"] {
        assert_eq!(held(&*store, account, None, at(0)), total(0, 0), "{account}");
    }
    assert!(!store.settle("a", at(1000), &Settlement::Spent(vec![])).unwrap());
    assert!(store.read(&Asked { session: "s".into(), ..Asked::default() }).unwrap().labels.is_empty());
    for kind in Kind::ALL {
        let left = store.documents(kind, None).unwrap().len();
        assert_eq!(left, if kind.is_transient() { 0 } else { 3 }, "{kind:?}");
    }
}

pub(super) fn what_may_be_asked_for_is_not_forgotten(make: &Maker<'_>) {
    let store = make();
    fill(&*store);
    let added = Charge { keep: Keep::Add, ..hold("z", 5) };
    let held_long = Step { expires: at(1000), ..step("b", &[hold("z", 2), entry("y", at(1000)), added]) };
    begin(&*store, &held_long);
    store.prune(at(0)).unwrap();
    for kind in Kind::ALL {
        assert_eq!(store.documents(kind, None).unwrap().len(), 3, "{kind:?}");
    }
    assert_eq!(store.read(&Asked { session: "s".into(), ..Asked::default() }).unwrap().labels.len(), 2);
    store.prune(at(1000)).unwrap();
    assert_eq!(held(&*store, "y", Some(at(-1)), at(999)), total(1, 1));
    assert_eq!(held(&*store, "z", None, at(999)), total(7, 1), "a sum is kept as long as something of it is in flight");
    assert!(store.settle("b", at(1000), &Settlement::Spent(vec![])).unwrap());
    store.prune(at(1000)).unwrap();
    assert_eq!(held(&*store, "z", None, at(1000)), total(7, 0), "what was settled lately is kept");
}
