//! Eight processes of four threads race for the same approval, and for the same money.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)] // a test may fail

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use common::{at, claim, held, hold, job, make, open, place, spawn, step};
use toolgate::store::{Begun, Kind, Settlement, Store, Total, Unit};

const PROCESSES: usize = 8;
const THREADS: usize = 4;
const ROUNDS: usize = 1000;
const CENT: i64 = 10_000_000;
const BUDGET: i64 = 200 * 100 * CENT;

#[test]
fn one_of_all_processes_claims_an_approval() {
    let (_directory, path) = place();
    let store = open(&path);
    make(&store, "approval-0").unwrap();
    let mut winners: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for line in run("claims", &path) {
        let (round, who) = line.split_once(' ').unwrap();
        winners.entry(round.parse().unwrap()).or_default().push(who.to_owned());
    }
    assert_eq!(winners.len(), ROUNDS);
    for (round, winners) in winners {
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        let found = store.document(Kind::Approval, &format!("approval-{round}")).unwrap().unwrap();
        assert_eq!(*found.body, *winners[0]);
    }
    let rounds = ROUNDS as i64;
    assert_eq!(held(&store, "claims"), Total { amount: rounds, count: rounds });
}

#[test]
fn all_processes_together_never_spend_more_than_the_budget() {
    let (_directory, path) = place();
    let store = open(&path);
    let spent: i64 = run("budget", &path).iter().map(|line| line.parse::<i64>().unwrap()).sum();
    assert_eq!(held(&store, "budget"), Total { amount: spent, count: 0 });
    assert!(spent <= BUDGET && spent > BUDGET - 100 * CENT, "{spent}");
}

#[test]
fn a_file_may_be_begun_by_several_at_once() {
    for _ in 0..50 {
        let (_directory, path) = place();
        let start = Barrier::new(2 * THREADS);
        thread::scope(|scope| {
            for number in 0..2 * THREADS {
                let (path, start) = (&path, &start);
                scope.spawn(move || {
                    start.wait();
                    make(&open(path), &format!("{number}")).unwrap();
                });
            }
        });
        assert_eq!(open(&path).documents(Kind::Approval, None).unwrap().len(), 2 * THREADS);
    }
}

#[test]
#[ignore = "the processes that the others start"]
fn worker() {
    let Some((job, path, number)) = job() else { return };
    let store = open(&path).waiting(Duration::from_secs(60));
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, start, who) = (&store, &start, format!("{number}.{thread}"));
            let work = if job == "claims" { claim_in_rounds } else { spend };
            scope.spawn(move || work(store, start, &who));
        }
    });
}

/// Claims the approval of each round. Who wins makes that of the next, for which all others wait.
fn claim_in_rounds(store: &dyn Store, start: &Barrier, who: &str) {
    for round in 0..ROUNDS {
        let id = format!("approval-{round}");
        while store.document(Kind::Approval, &id).unwrap().is_none() {
            thread::sleep(Duration::from_micros(500));
        }
        start.wait();
        match claim(store, &step(&format!("{id}-{who}"), vec![hold("claims", 1, None)]), &id, who).unwrap() {
            Begun::Done => {
                println!("= {round} {who}");
                make(store, &format!("approval-{}", round + 1)).unwrap();
            }
            other => assert!(matches!(other, Begun::Refused(_)), "{other:?}"),
        }
    }
}

/// Spends until nothing is left: some of it less than was estimated, some not at all.
fn spend(store: &dyn Store, _: &Barrier, who: &str) {
    let (mut spent, mut turn) = (0, 0);
    for cents in [97, 31, 7, 1].map(|cents| cents * CENT) {
        loop {
            turn += 1;
            let id = format!("{who}-{turn}");
            let begun = store.begin(&step(&id, vec![hold("budget", cents, Some(BUDGET))]), None).unwrap();
            assert!(held(store, "budget").amount <= BUDGET);
            if begun != Begun::Done {
                break;
            }
            let real = if turn % 4 == 0 { cents / 2 } else { cents };
            let settlement =
                if turn % 5 == 0 { Settlement::Nothing } else { Settlement::Spent(vec![(Unit::Usd, real)]) };
            assert!(store.settle(&id, at(1), &settlement).unwrap());
            spent += if turn % 5 == 0 { 0 } else { real };
        }
    }
    println!("= {spent}");
}

/// What all workers had to say.
fn run(job: &str, path: &Path) -> Vec<String> {
    let workers: Vec<_> = (0..PROCESSES).map(|number| spawn(job, path, number)).collect();
    let mut told = Vec::new();
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let text = String::from_utf8(output.stdout).unwrap();
        // The test harness writes its own lines among them.
        told.extend(text.lines().filter_map(|line| line.split_once("= ")).map(|(_, line)| line.to_owned()));
    }
    told
}
