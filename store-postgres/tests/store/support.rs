//! A server for a test, and stores on it.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use toolgate::Timestamp;
use toolgate::store::{Charge, Document, Keep, Step, Sum, Unit};
use toolgate_store_postgres::PostgresStore;

/// A server of this test's own, which ends with it.
pub(crate) struct Server {
    directory: TempDir,
    durable: bool,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::start_with(false)
    }

    /// One that loses nothing when it is ended.
    pub(crate) fn durable() -> Server {
        Server::start_with(true)
    }

    fn start_with(durable: bool) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let mut server = Server { directory, durable, url: String::new() };
        server.url = server.go_on();
        server
    }

    /// Starts it again where it was stopped.
    pub(crate) fn go_on(&self) -> String {
        let output = self.script("start", if self.durable { &["--durable"] } else { &[] });
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn stop(&self) {
        self.script("stop", &[]);
    }

    /// Ends it without letting it write anything down.
    pub(crate) fn stop_at_once(&self) {
        self.script("stop", &["--at-once"]);
    }

    fn script(&self, what: &str, more: &[&str]) -> Output {
        let output = self.command(what, more).output().unwrap();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn command(&self, what: &str, more: &[&str]) -> Command {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/postgres/server");
        let mut command = Command::new(script);
        command.arg(what).arg(self.directory.path().join("server")).args(more);
        command
    }

    /// A store in a schema that nothing else is in.
    pub(crate) fn fresh(&self) -> PostgresStore {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        PostgresStore::options(&self.url).schema(&format!("fresh_{number}")).timeout(PATIENCE).open().unwrap()
    }

    /// Has the server do something that the store cannot.
    pub(crate) fn query(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        });
    }

    /// The address that the URL names.
    pub(crate) fn address(&self) -> String {
        self.url.rsplit('@').next().unwrap().trim_end_matches("/postgres").to_owned()
    }

    /// The URL of the same server by another way.
    pub(crate) fn url_by(&self, port: u16) -> String {
        self.url.replace(&self.address(), &format!("127.0.0.1:{port}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = self.command("stop", &["--at-once"]).output();
        // The files are the server's user's; what cannot be removed is left to the system.
    }
}

/// Long enough for a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
}

pub(crate) fn hold(account: &str, amount: i64, cap: Option<i64>) -> Charge {
    Charge { account: account.into(), unit: Unit::Usd, amount, cap, since: None, keep: Keep::Hold }
}

/// A step at second zero that is in flight for a long time.
pub(crate) fn step(id: &str, charges: Vec<Charge>) -> Step {
    Step { id: id.into(), at: at(0), expires: at(1_000_000), charges, expected: vec![], labels: vec![] }
}

pub(crate) fn document(id: &str, body: &str) -> Document {
    Document { id: id.into(), tag: Arc::from(""), body: body.into(), at: at(0) }
}

pub(crate) fn sum(account: &str) -> Sum {
    Sum { account: account.into(), since: None }
}
