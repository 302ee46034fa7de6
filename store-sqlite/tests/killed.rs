//! Processes are killed in the middle of whatever they do, again and again. What they were told was done is done, and
//! nothing is done twice or by half.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)] // a test may fail

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::Duration;

use common::{at, claim, held, hold, job, make, open, place, spawn, step};
use toolgate::store::{Begun, Kind, Settlement, Store, Total, Unit};

const WORKERS: usize = 2;
const ESTIMATE: i64 = 700;
const REAL: i64 = 501;

#[test]
fn nothing_is_lost_or_done_twice_when_processes_are_killed() {
    // More for whoever has the time: thousands take some minutes.
    let rounds = std::env::var("TOOLGATE_KILL_ROUNDS").map_or(120, |rounds| rounds.parse().unwrap());
    let (_directory, path) = place();
    let (mut spent, mut steps) = (0, 0);
    for round in 0..rounds {
        let workers: Vec<_> = (0..WORKERS).map(|_| spawn("all", &path, round)).collect();
        let pauses = [round * 7919 % 29_989, round * 6101 % 29_989];
        let told: Vec<_> =
            workers.into_iter().zip(pauses).map(|(worker, pause)| kill_after(worker, pause as u64)).collect();
        let told: Vec<_> = told.into_iter().map(|waiting| waiting.join().unwrap()).collect();
        steps += told.iter().map(Vec::len).sum::<usize>();
        spent += check(&path, round, &told);
        assert_eq!(held(&open(&path), "budget"), Total { amount: spent, count: 0 }, "round {round}");
    }
    println!("{} processes were killed; they had finished {steps} steps", rounds * WORKERS);
}

#[test]
#[ignore = "the processes that the others start"]
fn worker() {
    let Some((_, path, round)) = job() else { return };
    let store = open(&path).waiting(Duration::from_secs(60));
    let who = std::process::id().to_string();
    for number in 0.. {
        let id = format!("{round}-{number}");
        make(&store, &id).unwrap();
        tell("made", &id);
        let charges = vec![hold("budget", ESTIMATE, None), hold("other", 1, None)];
        if claim(&store, &step(&id, charges), &id, &who).unwrap() == Begun::Done {
            tell("claimed", &id);
            assert!(store.settle(&id, at(1), &Settlement::Spent(vec![(Unit::Usd, REAL)])).unwrap());
            tell("settled", &id);
        }
    }
}

/// In one piece, so that no line is cut by the kill.
fn tell(what: &str, id: &str) {
    std::io::stdout().lock().write_all(format!("= {what} {id}\n").as_bytes()).unwrap();
}

/// Kills the worker so many microseconds after its first step and tells what it said until then.
fn kill_after(mut worker: Child, micros: u64) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut output = BufReader::new(worker.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first = output.find(|line| line.contains("= made")).unwrap();
        thread::sleep(Duration::from_micros(micros));
        worker.kill().unwrap();
        worker.wait().unwrap();
        let lines = std::iter::once(first).chain(output);
        lines.filter_map(|line| line.split_once("= ").map(|(_, told)| told.to_owned())).collect()
    })
}

/// Compares the state with what the workers of a round were told, settles what they could not, and tells what it cost.
fn check(path: &Path, round: usize, told: &[Vec<String>]) -> i64 {
    let store = open(path);
    let all: Vec<&str> = told.iter().flatten().map(String::as_str).collect();
    let distinct: BTreeSet<&str> = all.iter().copied().filter(|line| !line.starts_with("made")).collect();
    assert_eq!(distinct.len(), all.iter().filter(|line| !line.starts_with("made")).count(), "done twice: {all:?}");
    let was_told = |what: &str, id: &str| all.contains(&&*format!("{what} {id}"));
    let mut spent = 0;
    for number in 0.. {
        let id = format!("{round}-{number}");
        let found = store.document(Kind::Approval, &id).unwrap();
        let is_used = found.as_ref().is_some_and(|found| &*found.body != "free");
        assert!(found.is_some() || !was_told("made", &id), "{id} was made and is gone");
        assert!(is_used || !was_told("claimed", &id), "{id} was claimed and is free");
        let settlement = Settlement::Spent(vec![(Unit::Usd, REAL)]);
        let was_open = store.settle(&id, at(1), &settlement).unwrap();
        assert!(!(was_open && was_told("settled", &id)), "{id} was settled and is open");
        assert!(is_used || !was_open, "{id} was charged and is not claimed");
        spent += if is_used { REAL } else { 0 };
        if found.is_none() {
            break;
        }
        let again = claim(&store, &step(&format!("again-{id}"), vec![]), &id, "checker").unwrap();
        assert_eq!(is_used, matches!(again, Begun::Refused(_)), "{id}");
    }
    spent
}
