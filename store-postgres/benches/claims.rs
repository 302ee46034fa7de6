//! What a claim costs, as a ratio to the bare database doing the same. `cargo bench -p toolgate-store-postgres`.
//!
//! The bare database has the same client and the same statements, prepared once and kept by the session, which the store
//! may not do behind a pooler. The server makes every commit durable, so the times say much of its disk.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

#[path = "../tests/store/support.rs"]
#[allow(dead_code)] // the benchmark uses some of it
mod support;

use std::thread;
use std::time::Instant;

use support::{Server, document, hold, step};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};
use toolgate::store::{Begun, Claim, Document, Kind, Store};
use toolgate_store_postgres::PostgresStore;

const CLAIMS: usize = 300;
const TURNS: usize = 3;

fn main() {
    let server = Server::durable();
    println!("| what | time | ratio to the baseline | |\n|---|---|---|---|");
    for threads in [1, 4] {
        // The best of some turns: a disk has its moods.
        let (mut bare, mut own) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..TURNS {
            bare = bare.min(bare_claims(&server, threads));
            own = own.min(claims(&server, threads));
        }
        row(&format!("bare database: a claim, {threads} at a time"), bare, bare);
        row(&format!("store: a claim, {threads} at a time"), own, bare);
    }
}

/// Seconds for each of `CLAIMS` in all threads together. Each thread gets what `make` makes before the time begins.
fn each<T: Send>(threads: usize, make: impl Fn(usize) -> T, claim: impl Fn(&mut T, &str) + Sync) -> f64 {
    let workers: Vec<_> = (0..threads).map(make).collect();
    let (claim, start) = (&claim, Instant::now());
    thread::scope(|scope| {
        for (number, mut worker) in workers.into_iter().enumerate() {
            scope.spawn(move || (0..CLAIMS / threads).for_each(|turn| claim(&mut worker, &format!("{number}-{turn}"))));
        }
    });
    start.elapsed().as_secs_f64() / CLAIMS as f64
}

fn claims(server: &Server, threads: usize) -> f64 {
    let store = server.fresh();
    let make = |number| {
        for turn in 0..CLAIMS / threads {
            put(&store, &format!("{number}-{turn}"));
        }
    };
    each(threads, make, |(), id| {
        let mut take =
            |found: Option<&Document>| Ok(found.map(|found| Document { body: "used".into(), ..found.clone() }));
        let claim = Claim { kind: Kind::Approval, id, change: &mut take };
        let charges = vec![hold(&format!("account {id}"), 1, Some(10))];
        assert_eq!(store.begin(&step(id, charges), Some(claim)).unwrap(), Begun::Done);
    })
}

fn put(store: &PostgresStore, id: &str) {
    store.change(Kind::Approval, id, &mut |_| Ok(Some(document(id, "free")))).unwrap();
}

/// What a claim has to do at least: lock the approval and the account, look at both, mark the one and charge the other.
fn bare_claims(server: &Server, threads: usize) -> f64 {
    server.query(
        "DROP TABLE IF EXISTS bare_documents, bare_accounts, bare_entries; \
        CREATE TABLE bare_documents (id text PRIMARY KEY, body text NOT NULL); \
        CREATE TABLE bare_accounts (name text PRIMARY KEY, sum bigint NOT NULL); \
        CREATE TABLE bare_entries (step text PRIMARY KEY, account text NOT NULL, amount bigint NOT NULL); \
        CREATE INDEX ON bare_entries (account);",
    );
    each(threads, |number| Bare::connect(server, threads, number), |bare, id| bare.claim(id))
}

/// A connection with its statements.
struct Bare {
    runtime: Runtime,
    client: Client,
    statements: Vec<tokio_postgres::Statement>,
}

impl Bare {
    fn connect(server: &Server, threads: usize, number: usize) -> Bare {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (client, statements) = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&server.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            for turn in 0..CLAIMS / threads {
                let id = format!("{number}-{turn}");
                client.execute("INSERT INTO bare_documents VALUES ($1, 'free')", &[&id]).await.unwrap();
            }
            let mut statements = Vec::new();
            for text in [
                "SELECT body FROM bare_documents WHERE id = $1 FOR UPDATE",
                "INSERT INTO bare_accounts VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET sum = bare_accounts.sum",
                "SELECT COALESCE(SUM(amount), 0)::bigint FROM bare_entries WHERE account = $1",
                "UPDATE bare_documents SET body = 'used' WHERE id = $1",
                "INSERT INTO bare_entries VALUES ($1, $2, 1)",
            ] {
                statements.push(client.prepare(text).await.unwrap());
            }
            (client, statements)
        });
        Bare { runtime, client, statements }
    }

    fn claim(&mut self, id: &str) {
        let account = format!("account {id}");
        let [look, lock, total, take, charge] = &self.statements[..] else { unreachable!() };
        self.runtime.block_on(async {
            let transaction = self.client.transaction().await.unwrap();
            let body: String = transaction.query_one(look, &[&id]).await.unwrap().get(0);
            assert_eq!(body, "free");
            transaction.execute(lock, &[&account]).await.unwrap();
            let held: i64 = transaction.query_one(total, &[&account]).await.unwrap().get(0);
            assert!(held < 10);
            transaction.execute(take, &[&id]).await.unwrap();
            transaction.execute(charge, &[&id, &account]).await.unwrap();
            transaction.commit().await.unwrap();
        });
    }
}

fn row(what: &str, seconds: f64, baseline: f64) {
    let (time, ratio) = (seconds * 1e6, seconds / baseline);
    println!("| {what} | {time:.0} µs | {ratio:.2} | {:.0} in a second |", 1.0 / seconds);
}
