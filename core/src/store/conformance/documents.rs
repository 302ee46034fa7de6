//! Documents, and claims that change one together with the beginning of a step.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::{Changed, Claim, Settlement};
use super::*;

pub(super) fn a_document_is_made_changed_and_removed(make: &Maker<'_>) {
    let store = make();
    assert_eq!(store.document(Kind::Grant, "g").unwrap(), None);
    let made = Document { tag: "t".into(), ..document("g", "{\"n\":1}") };
    let done = store.change(Kind::Grant, "g", &mut |before| {
        assert_eq!(before, None);
        Ok(Some(made.clone()))
    });
    assert_eq!(done.unwrap(), Changed::Done(Some(made.clone())));
    assert_eq!(store.document(Kind::Grant, "g").unwrap(), Some(made.clone()));
    // It is kept under the id it was asked for by, whatever it says itself.
    let other = Document { at: at(5), tag: "u".into(), ..document("another", "{\"n\":2}") };
    let kept = Document { id: "g".into(), ..other.clone() };
    let done = store.change(Kind::Grant, "g", &mut |before| {
        assert_eq!(before, Some(&made));
        Ok(Some(other.clone()))
    });
    assert_eq!(done.unwrap(), Changed::Done(Some(kept.clone())));
    assert_eq!(store.documents(Kind::Grant, None).unwrap(), [kept]);
    assert_eq!(store.change(Kind::Grant, "g", &mut |_| Ok(None)).unwrap(), Changed::Done(None));
    assert_eq!(store.document(Kind::Grant, "g").unwrap(), None);
    assert_eq!(store.change(Kind::Grant, "g", &mut |_| Ok(None)).unwrap(), Changed::Done(None));
}

pub(super) fn a_refused_change_leaves_everything_as_it_is(make: &Maker<'_>) {
    let store = make();
    let refused = Changed::Refused(refusal());
    assert_eq!(store.change(Kind::Approval, "a", &mut |_| Err(refusal())).unwrap(), refused);
    assert_eq!(store.document(Kind::Approval, "a").unwrap(), None);
    put(&*store, Kind::Approval, &document("a", "1"));
    assert_eq!(store.change(Kind::Approval, "a", &mut |_| Err(refusal())).unwrap(), refused);
    assert_eq!(store.document(Kind::Approval, "a").unwrap(), Some(document("a", "1")));
}

pub(super) fn kinds_do_not_share_ids(make: &Maker<'_>) {
    let store = make();
    for kind in Kind::ALL {
        put(&*store, kind, &document("same", kind.as_str()));
    }
    store.change(Kind::Grant, "same", &mut |_| Ok(None)).unwrap();
    for kind in Kind::ALL {
        let found = store.document(kind, "same").unwrap().map(|document| document.body);
        assert_eq!(found.as_deref(), (kind != Kind::Grant).then(|| kind.as_str()));
        assert_eq!(store.documents(kind, None).unwrap().len(), usize::from(kind != Kind::Grant));
    }
}

pub(super) fn documents_are_told_oldest_first(make: &Maker<'_>) {
    let store = make();
    for id in ["m", "z", "a", "k"] {
        put(&*store, Kind::Switch, &document(id, "1"));
    }
    // What is changed keeps its place, whatever its time says; what is made anew is the youngest.
    put(&*store, Kind::Switch, &Document { at: at(99), ..document("z", "2") });
    put(&*store, Kind::Switch, &Document { at: at(-99), ..document("k", "2") });
    assert_eq!(ids(&store.documents(Kind::Switch, None).unwrap()), ["m", "z", "a", "k"]);
    store.change(Kind::Switch, "m", &mut |_| Ok(None)).unwrap();
    put(&*store, Kind::Switch, &document("m", "3"));
    assert_eq!(ids(&store.documents(Kind::Switch, None).unwrap()), ["z", "a", "k", "m"]);
}

pub(super) fn documents_are_found_by_their_tag(make: &Maker<'_>) {
    let store = make();
    for (id, tag) in [("d", "x"), ("c", "y"), ("b", "x"), ("a", "")] {
        put(&*store, Kind::Approval, &Document { tag: tag.into(), ..document(id, "1") });
    }
    put(&*store, Kind::Grant, &Document { tag: "x".into(), ..document("g", "1") });
    let tagged = |tag| store.documents(Kind::Approval, tag).unwrap();
    assert_eq!(ids(&tagged(Some("x"))), ["d", "b"]);
    assert_eq!(ids(&tagged(Some(""))), ["a"]);
    assert_eq!(ids(&tagged(Some("none"))), [""; 0]);
    assert_eq!(ids(&tagged(None)), ["d", "c", "b", "a"]);
    put(&*store, Kind::Approval, &Document { tag: "y".into(), ..document("d", "2") });
    assert_eq!((ids(&tagged(Some("x"))), ids(&tagged(Some("y")))), (vec!["b"], vec!["d", "c"]));
}

/// Claims `id` for `step`: changes its body to `used` unless it says so already.
fn claim(store: &dyn Store, step: &Step, id: &str) -> Begun {
    let mut change = |before: Option<&Document>| match before {
        Some(found) if &*found.body != "used" => Ok(Some(Document { body: "used".into(), ..found.clone() })),
        _ => Err(refusal()),
    };
    store.begin(step, Some(Claim { kind: Kind::Approval, id, change: &mut change })).unwrap()
}

fn body(store: &dyn Store, id: &str) -> Option<String> {
    store.document(Kind::Approval, id).unwrap().map(|document| document.body.to_string())
}

pub(super) fn a_claim_is_made_with_what_begins(make: &Maker<'_>) {
    let store = make();
    put(&*store, Kind::Approval, &document("a", "free"));
    assert_eq!(claim(&*store, &step("s", &[hold("x", 5)]), "a"), Begun::Done);
    assert_eq!(body(&*store, "a").as_deref(), Some("used"));
    assert_eq!(held(&*store, "x", None, at(0)), total(5, 1));
    put(&*store, Kind::Approval, &document("b", "free"));
    let mut remove = |_: Option<&Document>| Ok(None);
    let claim = Claim { kind: Kind::Approval, id: "b", change: &mut remove };
    assert_eq!(store.begin(&step("t", &[]), Some(claim)).unwrap(), Begun::Done);
    assert_eq!(body(&*store, "b"), None);
}

pub(super) fn a_refused_claim_charges_nothing(make: &Maker<'_>) {
    let store = make();
    put(&*store, Kind::Approval, &document("a", "used"));
    for id in ["a", "missing"] {
        let labels = vec![("s".into(), "seen".into())];
        let step = Step { labels, ..step(id, &[hold("x", 5), entry("y", at(100))]) };
        assert_eq!(claim(&*store, &step, id), Begun::Refused(refusal()));
        assert!(!store.settle(id, at(1), &Settlement::Nothing).unwrap());
    }
    assert_eq!(held(&*store, "x", None, at(0)), total(0, 0));
    assert_eq!(held(&*store, "y", None, at(0)), total(0, 0));
    assert!(store.read(&Asked { session: "s".into(), ..Asked::default() }).unwrap().labels.is_empty());
}

pub(super) fn nothing_is_claimed_for_what_a_cap_forbids(make: &Maker<'_>) {
    let store = make();
    put(&*store, Kind::Approval, &document("a", "free"));
    let refused = claim(&*store, &step("s", &[hold("y", 1), capped("x", 5, 4)]), "a");
    assert_eq!(refused, Begun::Exceeded(1, total(0, 0)));
    assert_eq!(body(&*store, "a").as_deref(), Some("free"));
    assert_eq!(claim(&*store, &step("s", &[capped("x", 5, 5)]), "a"), Begun::Done);
}

pub(super) fn nothing_is_claimed_for_what_is_stale(make: &Maker<'_>) {
    let store = make();
    put(&*store, Kind::Approval, &document("a", "free"));
    let expected = vec![(Sum { account: "x".into(), since: None }, total(1, 0))];
    let stale = Step { expected, ..step("s", &[]) };
    assert_eq!(claim(&*store, &stale, "a"), Begun::Stale);
    assert_eq!(body(&*store, "a").as_deref(), Some("free"));
}

pub(super) fn a_change_that_panics_changes_nothing(make: &Maker<'_>) {
    let store = make();
    put(&*store, Kind::Approval, &document("a", "free"));
    let mut fail = |_: Option<&Document>| -> Result<Option<Document>, Refused> { panic!("on purpose") };
    let claim = Claim { kind: Kind::Approval, id: "a", change: &mut fail };
    assert!(catch_unwind(AssertUnwindSafe(|| store.begin(&step("s", &[hold("x", 1)]), Some(claim)))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| store.change(Kind::Approval, "a", &mut fail))).is_err());
    assert_eq!(held(&*store, "x", None, at(0)), total(0, 0));
    assert_eq!(body(&*store, "a").as_deref(), Some("free"));
    put(&*store, Kind::Approval, &document("a", "still works"));
    assert_eq!(body(&*store, "a").as_deref(), Some("still works"));
}

pub(super) fn strange_texts_are_texts(make: &Maker<'_>) {
    let store = make();
    let long = "ä".repeat(150);
    let texts =
        ["", " ", "it's", "\"q\"", "a\\b%_?$1;--", "\n\t\u{1}", "e\u{301}", "é", "日本\u{1f600}", "A", "a", &long];
    for (number, text) in texts.into_iter().enumerate() {
        let kept = Document { tag: text.into(), body: text.into(), ..document(text, "") };
        put(&*store, Kind::Approval, &kept);
        assert_eq!(store.document(Kind::Approval, text).unwrap(), Some(kept), "{text:?}");
        assert_eq!(store.documents(Kind::Approval, Some(text)).unwrap().len(), 1, "{text:?}");
        let labels = vec![("session".into(), text.into())];
        begin(&*store, &Step { labels, ..step(text, &[hold(text, 1)]) });
        assert_eq!(held(&*store, text, None, at(0)), total(1, 1), "{text:?}");
        assert!(store.settle(text, at(1), &Settlement::Nothing).unwrap(), "{text:?}");
        assert_eq!(held(&*store, text, None, at(0)), total(0, 0), "{text:?}");
        assert_eq!(store.documents(Kind::Approval, None).unwrap().len(), number + 1);
    }
    let known = store.read(&Asked { session: "session".into(), ..Asked::default() }).unwrap();
    assert_eq!(known.labels.iter().map(|label| &**label).collect::<Vec<_>>(), texts);
}
