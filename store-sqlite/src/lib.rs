//! State in one SQLite file, for all threads and processes of one machine.
//!
//! What a call has answered is on the disk: the database keeps a write-ahead log and flushes it before a step is
//! answered, so that neither a killed process nor a lost power supply takes back what was claimed, charged or settled.
//! The file lies on a local disk; SQLite cannot lock on network file systems. Beside it are `…-wal` and `…-shm`, which
//! belong to it: whoever moves the one moves all three. `…-turn` is empty.

mod accounts;
mod connection;
mod documents;
mod error;
mod file;
mod forking;
mod labels;
mod pool;
mod schema;
mod turn;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Transaction;
use toolgate::Timestamp;
use toolgate::store::{
    Asked, Begun, Change, Changed, Claim, Document, Kind, Known, Settlement, Step, Store, StoreError,
};

use connection::{Opened, Place};
use error::Failure;
use pool::{Patience, Pool};

/// Keeps state in a file, shared by all processes that open it.
///
/// Steps that write take turns, those that only read do not wait for them. Nobody waits longer than five seconds, or than
/// [`SqliteStore::waiting`] says, for a turn; then the answer is [`StoreError::Timeout`]. What fails because of the disk
/// is tried afresh by the next call. A forked child may go on using its parent's store.
///
/// ```
/// use toolgate::store::{Document, Kind, Store};
/// use toolgate_store_sqlite::SqliteStore;
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("state.db");
/// let store = SqliteStore::open(&path)?;
/// let at = toolgate::Timestamp::from_micros(0);
/// let switch = Document { id: "all".into(), tag: "".into(), body: "{}".into(), at };
/// store.change(Kind::Switch, "all", &mut |_| Ok(Some(switch.clone())))?;
/// assert_eq!(SqliteStore::open(&path)?.document(Kind::Switch, "all")?, Some(switch));
/// # Ok::<(), toolgate::store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    place: Place,
    wait: Duration,
    writer: Arc<Pool>,
    readers: Arc<Pool>,
}

const WAIT: Duration = Duration::from_secs(5);
/// As many as read at the same time; each costs two open files and some hundred KB.
const READERS: usize = 4;

impl SqliteStore {
    /// Opens the state in the file at `path`, or begins it there. A file and a directory that are made are for their
    /// owner alone.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the file cannot be opened, or others could put another in its place;
    /// [`StoreError::Corrupt`] if it is damaged, something else, or written by a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let place = Place::find(path.as_ref())?;
        let store = SqliteStore { place, wait: WAIT, writer: Pool::of(1), readers: Pool::of(READERS) };
        store.reading(|_| Ok(()))?;
        Ok(store)
    }

    /// The same, but nobody waits longer than `wait`.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> SqliteStore {
        SqliteStore { wait, ..self }
    }

    /// Takes a step that writes. What `work` did stays if it says so.
    fn writing<T>(&self, work: impl FnMut(&Transaction<'_>) -> Result<Outcome<T>, Failure>) -> Result<T, StoreError> {
        self.step(&self.writer, Opened::begin_to_write, work)
    }

    /// Looks at the state as of one moment.
    fn reading<T>(&self, mut work: impl FnMut(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, StoreError> {
        self.step(&self.readers, Opened::begin_to_read, |state| work(state).map(Outcome::Undo))
    }

    /// Tries until nobody else is in the way: what was begun in vain has changed nothing.
    fn step<T>(
        &self,
        pool: &Pool,
        begin: Begin,
        mut work: impl FnMut(&Transaction<'_>) -> Result<Outcome<T>, Failure>,
    ) -> Result<T, StoreError> {
        let _running = forking::hold_off();
        let mut patience = Patience::new(self.wait);
        let mut lease = pool.take(&patience).ok_or_else(|| self.place.error(Failure::Busy))?;
        loop {
            let attempted = lease.connection(&self.place).and_then(|opened| {
                let transaction = begin(opened, &patience)?;
                finish(work(&transaction)?, transaction)
            });
            match attempted {
                Err(Failure::Busy) if patience.pause() => {}
                Err(failure) => {
                    lease.spoil();
                    return Err(self.place.error(failure));
                }
                Ok(done) => return Ok(done),
            }
        }
    }
}

type Begin = for<'a> fn(&'a Opened, &Patience) -> Result<Transaction<'a>, Failure>;

/// What becomes of what a step wrote.
enum Outcome<T> {
    Keep(T),
    Undo(T),
}

fn finish<T>(outcome: Outcome<T>, transaction: Transaction<'_>) -> Result<T, Failure> {
    match outcome {
        Outcome::Keep(done) => transaction.commit().map(|()| done).map_err(Failure::from),
        Outcome::Undo(done) => transaction.rollback().map(|()| done).map_err(Failure::from),
    }
}

impl Store for SqliteStore {
    fn read(&self, asked: &Asked) -> Result<Known, StoreError> {
        self.reading(|state| {
            let at = asked.at.unwrap_or(Timestamp::from_micros(i64::MIN));
            let sums = asked.sums.iter().map(|sum| accounts::total(state, sum, at)).collect::<Result<_, _>>()?;
            Ok(Known {
                sums,
                labels: labels::of(state, &asked.session)?,
                switches: if asked.switches { documents::all(state, Kind::Switch)? } else { Vec::new() },
                agent: if asked.agent.is_empty() { None } else { documents::one(state, Kind::Agent, &asked.agent)? },
            })
        })
    }

    fn begin(&self, step: &Step, mut claim: Option<Claim<'_>>) -> Result<Begun, StoreError> {
        self.writing(|state| {
            if let Some(against) = accounts::against(state, step)? {
                return Ok(Outcome::Undo(against));
            }
            if let Some(claim) = &mut claim
                && let Changed::Refused(refusal) = documents::change(state, claim.kind, claim.id, claim.change)?
            {
                return Ok(Outcome::Undo(Begun::Refused(refusal)));
            }
            accounts::charge(state, step)?;
            labels::add(state, step)?;
            Ok(Outcome::Keep(Begun::Done))
        })
    }

    fn settle(&self, id: &str, at: Timestamp, settlement: &Settlement) -> Result<bool, StoreError> {
        self.writing(|state| {
            let settled = accounts::settle(state, id, at, settlement)?;
            Ok(if settled { Outcome::Keep(true) } else { Outcome::Undo(false) })
        })
    }

    fn document(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError> {
        self.reading(|state| documents::one(state, kind, id))
    }

    fn documents(&self, kind: Kind, tag: Option<&str>) -> Result<Vec<Document>, StoreError> {
        self.reading(|state| match tag {
            Some(tag) => documents::tagged(state, kind, tag),
            None => documents::all(state, kind),
        })
    }

    fn change(&self, kind: Kind, id: &str, change: &mut Change<'_>) -> Result<Changed, StoreError> {
        self.writing(|state| {
            Ok(match documents::change(state, kind, id, change)? {
                Changed::Refused(refusal) => Outcome::Undo(Changed::Refused(refusal)),
                done @ Changed::Done(_) => Outcome::Keep(done),
            })
        })
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writing(|state| {
            let gone =
                documents::prune(state, before)? + accounts::prune(state, before)? + labels::prune(state, before)?;
            Ok(Outcome::Keep(gone as u64))
        })
    }
}
