//! Keeps the state of [Toolgate](toolgate) in PostgreSQL, for processes on several hosts.
//!
//! It works on any database that speaks PostgreSQL's protocol and keeps its promises about row locks, and behind a pooler
//! that gives every transaction another session: nothing is prepared under a name, nothing is set for longer than a
//! transaction, and no lock is held outside of one. The thing that is locked is a row: of the document that is changed, of
//! every account that is charged or was looked at for the decision.
//!
//! Every call ends before its deadline. A server that is away is [`StoreError::Unavailable`], one that does not answer is
//! [`StoreError::Timeout`], and the first call after it is back finds it. How a call is carried out once even where
//! connections break in the middle stands in `transaction.rs`.
//!
//! What has ended is removed by [`Store::prune`] alone; call it now and then.
//!
//! # TLS
//! This build speaks to the server without TLS. A URL with `sslmode=require` is refused, never answered in plain text; put
//! a proxy or a tunnel on the host where the way to the server is not trusted.

mod beginning;
mod connection;
mod documents;
mod engine;
mod fault;
mod options;
mod pool;
mod pruning;
mod reading;
mod row;
mod schema;
mod settling;
mod statement;
mod text;
mod totals;
mod transaction;
mod tries;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::time::Instant;
use toolgate::Timestamp;
use toolgate::store::{
    Asked, Begun, Change, Changed, Claim, Document, Kind, Known, Settlement, Step, Store, StoreError,
};

pub use options::Options;

use crate::fault::Fault;
use crate::pool::{Lease, Pool};
use crate::statement::{Parameter, Statement};

/// State in a PostgreSQL database.
///
/// May be shared by threads; after a fork the child makes connections of its own. It may be called from within an async
/// runtime, where it blocks like any other call that waits.
///
/// ```no_run
/// use toolgate::store::{Kind, Store};
/// use toolgate_store_postgres::PostgresStore;
///
/// let store = PostgresStore::open("postgres://gate@localhost/agents")?;
/// let switches = store.documents(Kind::Switch, None)?;
/// # Ok::<(), toolgate::store::StoreError>(())
/// ```
pub struct PostgresStore {
    pool: ArcSwap<Pool>,
}

impl PostgresStore {
    /// Opens the store at a URL such as `postgres://user:password@host:5432/database`, or a connection string of keys and
    /// values.
    ///
    /// # Errors
    /// As [`Options::open`].
    pub fn open(url: &str) -> Result<PostgresStore, StoreError> {
        PostgresStore::options(url).open()
    }

    /// The same with something to choose.
    pub fn options(url: &str) -> Options {
        Options::new(url)
    }

    pub(crate) fn open_with(options: Options) -> Result<PostgresStore, StoreError> {
        let store = PostgresStore { pool: ArcSwap::from_pointee(Pool::start(options)?) };
        store.migrate()?;
        Ok(store)
    }

    /// The moment at which a call that begins now has to be over.
    fn deadline(&self) -> Instant {
        Instant::now() + self.pool.load().options().timeout_max()
    }

    fn lend(&self, deadline: Instant) -> Result<Lease, Fault> {
        self.own_pool()?.lend(deadline)
    }

    /// This process's pool, made anew after a fork.
    fn own_pool(&self) -> Result<Arc<Pool>, Fault> {
        let pool = self.pool.load_full();
        if pool.is_own() {
            return Ok(pool);
        }
        let own = Arc::new(Pool::start(pool.options().clone())?);
        let before = self.pool.compare_and_swap(&pool, Arc::clone(&own));
        Ok(if Arc::ptr_eq(&before, &pool) { own } else { Arc::clone(&before) })
    }

    /// Opens a transaction whose waits the server ends too: a process that stands still must not keep others from a row.
    fn opening(&self, isolation: &str) -> Statement {
        let longest = self.pool.load().options().timeout_max().as_millis().max(1);
        Statement::Plain(format!(
            "BEGIN ISOLATION LEVEL {isolation}; SET LOCAL statement_timeout = {longest}; \
            SET LOCAL idle_in_transaction_session_timeout = {longest}"
        ))
    }

    /// A statement of `template`, in which `@` stands for the schema.
    fn statement(&self, template: &str, parameters: Vec<Parameter>) -> Statement {
        Statement::With(self.in_schema(template), parameters)
    }

    fn plain(&self, template: &str) -> Statement {
        Statement::Plain(self.in_schema(template))
    }

    fn in_schema(&self, template: &str) -> String {
        template.replace('@', self.pool.load().options().schema_name())
    }
}

impl Store for PostgresStore {
    fn read(&self, asked: &Asked) -> Result<Known, StoreError> {
        self.known(asked)
    }

    fn begin(&self, step: &Step, claim: Option<Claim<'_>>) -> Result<Begun, StoreError> {
        self.begin_step(step, claim)
    }

    fn settle(&self, id: &str, at: Timestamp, settlement: &Settlement) -> Result<bool, StoreError> {
        self.settle_step(id, at, settlement)
    }

    fn document(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError> {
        self.one_document(kind, id)
    }

    fn documents(&self, kind: Kind, tag: Option<&str>) -> Result<Vec<Document>, StoreError> {
        self.all_documents(kind, tag)
    }

    fn change(&self, kind: Kind, id: &str, change: &mut Change<'_>) -> Result<Changed, StoreError> {
        self.change_document(kind, id, change)
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.forget(before)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresStore").field(self.pool.load().options()).finish()
    }
}
