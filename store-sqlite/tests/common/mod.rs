//! What the tests of several processes share: steps, documents, and workers that are this test binary again.
#![allow(dead_code, clippy::disallowed_methods)] // each test binary uses its part of it; workers are told by the environment

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use toolgate::error::Code;
use toolgate::store::{Asked, Begun, Charge, Claim, Document, Keep, Kind, Refused, Step, Store, Sum, Total, Unit};
use toolgate::{Timestamp, store::StoreError};
use toolgate_store_sqlite::SqliteStore;

/// A directory that is deleted with the value, and the path of a state file in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    (directory, path)
}

pub(crate) fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).unwrap()
}

/// Starts the ignored test `worker` of this binary in another process.
pub(crate) fn spawn(job: &str, path: &Path, number: usize) -> Child {
    worker_command(job, path, number).spawn().unwrap()
}

pub(crate) fn worker_command(job: &str, path: &Path, number: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["worker", "--exact", "--ignored", "--nocapture"])
        .env("TOOLGATE_TEST_JOB", job)
        .env("TOOLGATE_TEST_STATE", path)
        .env("TOOLGATE_TEST_NUMBER", number.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// What a worker is told to do: the job, the state file and its number. `None` for whoever was not started as one.
pub(crate) fn job() -> Option<(String, PathBuf, usize)> {
    let told = |name| std::env::var(name).ok();
    Some((told("TOOLGATE_TEST_JOB")?, told("TOOLGATE_TEST_STATE")?.into(), told("TOOLGATE_TEST_NUMBER")?.parse().ok()?))
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// A step that takes `charges` and stays in flight for an hour.
pub(crate) fn step(id: &str, charges: Vec<Charge>) -> Step {
    Step { id: id.into(), at: at(0), expires: at(3600), charges, expected: vec![], labels: vec![] }
}

pub(crate) fn hold(account: &str, amount: i64, cap: Option<i64>) -> Charge {
    Charge { account: account.into(), unit: Unit::Usd, amount, cap, since: None, keep: Keep::Hold }
}

pub(crate) fn held(store: &dyn Store, account: &str) -> Total {
    let sums = vec![Sum { account: account.into(), since: None }];
    store.read(&Asked { at: Some(at(1)), sums, ..Asked::default() }).unwrap().sums[0]
}

pub(crate) fn document(id: &str, body: &str) -> Document {
    Document { id: id.into(), tag: "digest".into(), body: body.into(), at: at(0) }
}

/// Makes an approval that nobody has used, unless there is one of this id.
pub(crate) fn make(store: &dyn Store, id: &str) -> Result<(), StoreError> {
    let mut make = |before: Option<&Document>| Ok(Some(before.cloned().unwrap_or_else(|| document(id, "free"))));
    store.change(Kind::Approval, id, &mut make).map(|_| ())
}

/// Uses the approval `id` for `step`, in the name of `who`.
pub(crate) fn claim(store: &dyn Store, step: &Step, id: &str, who: &str) -> Result<Begun, StoreError> {
    let mut change = |before: Option<&Document>| match before {
        Some(found) if &*found.body == "free" => Ok(Some(document(id, who))),
        _ => Err(Refused { code: Code::ApprovalAlreadyUsed, message: "used before".into() }),
    };
    store.begin(step, Some(Claim { kind: Kind::Approval, id, change: &mut change }))
}
