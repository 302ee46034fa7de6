//! What steps cost, as ratios to the bare database doing the same. `cargo bench -p toolgate-store-sqlite`.
//!
//! Every step that writes waits for the disk, so the times say more of the disk than of the store; the ratios do not.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic, missing_docs)]

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior, params};
use tempfile::TempDir;
use toolgate::Timestamp;
use toolgate::error::Code;
use toolgate::store::{
    Asked, Begun, Charge, Claim, Document, Keep, Kind, MemoryStore, Refused, Settlement, Step, Store, Sum, Unit,
};
use toolgate_store_sqlite::SqliteStore;

const CLAIMS: usize = 400;
const THREADS: usize = 4;

fn main() {
    println!("| what | time | ratio to the baseline | |\n|---|---|---|---|");
    let flush = flushing();
    row("write 4 KiB and flush them", flush, flush, "baseline");
    for threads in [1, THREADS] {
        // The best of some turns: a disk has its moods.
        let (mut bare, mut own) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..5 {
            bare = bare.min(bare_claims(threads));
            own = own.min(claims(threads));
        }
        row(&format!("bare database: a claim, {threads} at a time"), bare, bare, "baseline");
        row(&format!("store: a claim, {threads} at a time"), own, bare, &format!("{:.0} in a second", 1.0 / own));
    }
    steps(flush);
}

fn flushing() -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create(directory.path().join("log")).unwrap();
    each(500, |_| {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    })
}

/// What a claim has to do at least: look whether it is free, mark it used, note what it takes.
fn bare_claims(threads: usize) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bare.db");
    let connection = bare(&path);
    connection
        .execute_batch(
            "BEGIN; CREATE TABLE document (id TEXT PRIMARY KEY, body TEXT);
             CREATE TABLE entry (number INTEGER PRIMARY KEY, step TEXT, account TEXT, amount INTEGER);",
        )
        .unwrap();
    for number in 0..CLAIMS {
        connection.execute("INSERT INTO document VALUES (?1, 'free')", [id(number)]).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    among(threads, || {
        let mut connection = bare(&path);
        move |number| bare_claim(&mut connection, &id(number))
    })
}

fn bare(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    connection
}

fn bare_claim(connection: &mut Connection, id: &str) {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut select = transaction.prepare_cached("SELECT body FROM document WHERE id = ?1").unwrap();
    let body: String = select.query_row([id], |row| row.get(0)).unwrap();
    assert_eq!(body, "free");
    let mut update = transaction.prepare_cached("UPDATE document SET body = 'used' WHERE id = ?1").unwrap();
    update.execute([id]).unwrap();
    let mut insert =
        transaction.prepare_cached("INSERT INTO entry (step, account, amount) VALUES (?1, 'budget', 1)").unwrap();
    insert.execute(params![id]).unwrap();
    drop((select, update, insert));
    transaction.commit().unwrap();
}

fn claims(threads: usize) -> f64 {
    let (_directory, store) = store();
    for number in 0..CLAIMS {
        let free = Document { id: id(number).into(), tag: "".into(), body: "free".into(), at: at(0) };
        store.change(Kind::Approval, &id(number), &mut |_| Ok(Some(free.clone()))).unwrap();
    }
    among(threads, || {
        let store = store.clone();
        move |number| claim(&*store, &id(number))
    })
}

fn claim(store: &dyn Store, id: &str) {
    let mut change = |before: Option<&Document>| match before {
        Some(found) if &*found.body == "free" => Ok(Some(Document { body: "used".into(), ..found.clone() })),
        _ => Err(Refused { code: Code::ApprovalAlreadyUsed, message: "used".into() }),
    };
    let claim = Claim { kind: Kind::Approval, id, change: &mut change };
    assert_eq!(store.begin(&step(id, vec![hold("budget")]), Some(claim)).unwrap(), Begun::Done);
}

/// What state costs a call: looking before the decision, and a budget and a rate limit around it.
fn steps(flush: f64) {
    let (_directory, store) = store();
    let memory = MemoryStore::default();
    let asked = Asked {
        at: Some(at(1)),
        sums: vec![Sum { account: "budget".into(), since: None }, Sum { account: "rate".into(), since: Some(at(-60)) }],
        session: "session".into(),
        switches: true,
        agent: "agent".into(),
    };
    let time = each(2000, |_| drop(store.read(&asked).unwrap()));
    row("store: what is known before a decision", time, flush, "");
    for (what, store) in [("memory", &memory as &dyn Store), ("store", &*store)] {
        let time = each(500, |number| budgeted(store, &id(number)));
        row(&format!("{what}: begin with a budget and a rate limit, settle"), time, flush, "two flushes in a file");
    }
    for number in 0..1000 {
        let charges = (0..100).map(|part| Charge { keep: Keep::Until(at(9000)), ..hold(&format!("other-{part}")) });
        store.begin(&step(&format!("other-{number}"), charges.collect()), None).unwrap();
    }
    let time = each(500, |number| budgeted(&*store, &format!("later-{number}")));
    row("the same with 100,000 entries in other accounts", time, flush, "");
}

fn budgeted(store: &dyn Store, id: &str) {
    let budget = Charge { cap: Some(i64::MAX), ..hold("budget") };
    let rate = Charge { cap: Some(i64::MAX), since: Some(at(-60)), keep: Keep::Until(at(60)), ..hold("rate") };
    assert_eq!(store.begin(&step(id, vec![budget, rate]), None).unwrap(), Begun::Done);
    assert!(store.settle(id, at(1), &Settlement::Spent(vec![(Unit::Usd, 1)])).unwrap());
}

fn store() -> (TempDir, Arc<SqliteStore>) {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("state.db")).unwrap().waiting(Duration::from_secs(60));
    (directory, Arc::new(store))
}

fn id(number: usize) -> String {
    format!("approval-{number}")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn step(id: &str, charges: Vec<Charge>) -> Step {
    Step { id: id.into(), at: at(0), expires: at(3600), charges, expected: vec![], labels: vec![] }
}

fn hold(account: &str) -> Charge {
    Charge { account: account.into(), unit: Unit::Usd, amount: 1, cap: None, since: None, keep: Keep::Hold }
}

/// Seconds for one of all claims, shared out among threads.
fn among<F: FnMut(usize) + Send>(threads: usize, make: impl Fn() -> F) -> f64 {
    let works: Vec<_> = (0..threads).map(|_| make()).collect();
    let start = Instant::now();
    thread::scope(|scope| {
        for (thread, mut work) in works.into_iter().enumerate() {
            scope.spawn(move || (thread..CLAIMS).step_by(threads).for_each(&mut work));
        }
    });
    start.elapsed().as_secs_f64() / CLAIMS as f64
}

/// Seconds for one of `times`.
fn each(times: usize, mut work: impl FnMut(usize)) -> f64 {
    let start = Instant::now();
    (0..times).for_each(&mut work);
    start.elapsed().as_secs_f64() / times as f64
}

fn row(what: &str, time: f64, baseline: f64, note: &str) {
    println!("| {what} | {:.1} µs | {:.2} | {note} |", time * 1e6, time / baseline);
}
