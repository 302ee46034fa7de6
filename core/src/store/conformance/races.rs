//! The same among many threads at once.

use std::sync::Barrier;
use std::thread;

use super::super::{Changed, Claim, Settlement};
use super::*;

const THREADS: usize = 8;
const ROUNDS: usize = 12;

/// Runs `work` in all threads at the same moment and tells what each of them found.
fn together<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (start, work) = (Barrier::new(THREADS), &work);
    thread::scope(|scope| {
        let run = |number| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                work(number)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

pub(super) fn one_of_many_claims_a_document(make: &Maker<'_>) {
    let store = make();
    for round in 0..ROUNDS {
        let id = format!("approval-{round}");
        put(&*store, Kind::Approval, &document(&id, "free"));
        let begun = together(|number| {
            let mut take = |before: Option<&Document>| match before {
                Some(found) if &*found.body == "free" => {
                    Ok(Some(Document { body: number.to_string().into(), ..found.clone() }))
                }
                _ => Err(refusal()),
            };
            let claim = Claim { kind: Kind::Approval, id: &id, change: &mut take };
            store.begin(&step(&format!("{round}-{number}"), &[hold("x", 1)]), Some(claim)).unwrap()
        });
        let winners: Vec<_> = (0..THREADS).filter(|number| begun[*number] == Begun::Done).collect();
        assert_eq!(winners.len(), 1, "{begun:?}");
        let found = store.document(Kind::Approval, &id).unwrap().unwrap();
        assert_eq!(*found.body, winners[0].to_string());
        assert!(begun.iter().all(|begun| matches!(begun, Begun::Done | Begun::Refused(_))), "{begun:?}");
    }
    let rounds = i64::try_from(ROUNDS).unwrap();
    assert_eq!(held(&*store, "x", None, at(0)), total(rounds, rounds));
}

pub(super) fn many_never_pass_a_cap(make: &Maker<'_>) {
    let store = make();
    let begun = together(|number| {
        let step = |turn: &usize| step(&format!("{number}-{turn}"), &[capped("x", 7, 100), hold("y", 7)]);
        (0..ROUNDS).filter(|turn| store.begin(&step(turn), None).unwrap() == Begun::Done).count()
    });
    assert_eq!(begun.iter().sum::<usize>(), 14);
    assert_eq!(held(&*store, "x", None, at(0)), total(98, 14));
    assert_eq!(held(&*store, "y", None, at(0)), total(98, 14));
}

pub(super) fn no_change_is_lost(make: &Maker<'_>) {
    let store = make();
    together(|_| {
        for _ in 0..ROUNDS {
            let mut count = |before: Option<&Document>| {
                let next = before.map_or(1, |found| found.body.parse::<usize>().unwrap() + 1);
                Ok(Some(document("n", &next.to_string())))
            };
            assert!(matches!(store.change(Kind::Agent, "n", &mut count).unwrap(), Changed::Done(Some(_))));
        }
    });
    let found = store.document(Kind::Agent, "n").unwrap().unwrap();
    assert_eq!(*found.body, (THREADS * ROUNDS).to_string());
}

pub(super) fn what_was_expected_holds_among_many(make: &Maker<'_>) {
    let store = make();
    let sum = Sum { account: "x".into(), since: None };
    let begun = together(|number| {
        let mut count = 0;
        for turn in 0..ROUNDS {
            let seen = held(&*store, "x", None, at(0));
            let expected = vec![(sum.clone(), seen)];
            match store.begin(&Step { expected, ..step(&format!("{number}-{turn}"), &[hold("x", 1)]) }, None).unwrap() {
                Begun::Done => count += 1,
                other => assert_eq!(other, Begun::Stale),
            }
        }
        count
    });
    let all = begun.iter().sum();
    assert!(all >= i64::try_from(ROUNDS).unwrap(), "whoever looked last must get through");
    assert_eq!(held(&*store, "x", None, at(0)), total(all, all));
}

pub(super) fn what_many_settle_adds_up(make: &Maker<'_>) {
    let store = make();
    let settled = together(|number| {
        (0..ROUNDS)
            .filter(|turn| {
                let id = format!("step-{turn}");
                if number == 0 {
                    begin(&*store, &step(&id, &[hold("x", 100)]));
                }
                store.settle(&id, at(1), &Settlement::Spent(vec![(Unit::Usd, 3)])).unwrap()
            })
            .count()
    });
    assert_eq!(settled.iter().sum::<usize>(), ROUNDS, "each is settled by one of them");
    assert_eq!(held(&*store, "x", None, at(1)), total(3 * i64::try_from(ROUNDS).unwrap(), 0));
}
