//! Where the state lies, and a connection to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use toolgate::store::StoreError;

use crate::error::Failure;
use crate::file::{self, Identity};
use crate::pool::Patience;
use crate::schema;
use crate::turn::Turn;

/// The path of a state file, of which each directory is real.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
}

/// A connection to one file.
#[derive(Debug)]
pub(crate) struct Opened {
    connection: Connection,
    identity: Identity,
    turn: Turn,
}

impl Place {
    /// Finds the place of `path`, whose directory is made if it is not there.
    pub(crate) fn find(path: &Path) -> Result<Place, StoreError> {
        let place = Place { path: path.to_owned() };
        match file::place(path) {
            Ok(path) => Ok(Place { path }),
            Err(failure) => Err(place.error(failure)),
        }
    }

    /// Opens what is there, or begins it.
    pub(crate) fn open(&self) -> Result<Opened, Failure> {
        let identity = file::prepare(&self.path)?;
        // The path has no links, so that none is to be followed; and each connection has one thread at a time.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let mut connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Whoever has to wait does it between attempts (see `Patience`).
        connection.busy_timeout(Duration::ZERO)?;
        // Closing neither flushes nor deletes the log, so that a forked child can close what it inherits.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // A damaged or hostile schema must not run anything.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        schema::prepare(&mut connection)?;
        Ok(Opened { connection, identity, turn: Turn::open(&self.path)? })
    }

    /// `failure` as a store says it.
    pub(crate) fn error(&self, failure: Failure) -> StoreError {
        let path = self.path.display();
        match failure {
            Failure::Busy => StoreError::Timeout(format!("`{path}` is in use by others for too long")),
            Failure::Disk(what) => StoreError::Unavailable(format!("`{path}`: {what}")),
            Failure::Content(what) => StoreError::Corrupt(format!("`{path}`: {what}")),
        }
    }
}

impl Opened {
    /// Begins to look at the state as of one moment.
    pub(crate) fn begin_to_read(&self, _: &Patience) -> Result<Transaction<'_>, Failure> {
        Ok(Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?)
    }

    /// Begins to write, as the only one.
    pub(crate) fn begin_to_write(&self, patience: &Patience) -> Result<Transaction<'_>, Failure> {
        self.turn.begin(&self.connection, patience)
    }

    /// Whether the file under the name is still this one: one that was deleted would keep what nobody else sees.
    pub(crate) fn is_at(&self, place: &Place) -> bool {
        file::identity(&place.path).is_ok_and(|identity| identity == self.identity)
    }
}

/// More than there are, so that each is prepared once.
const STATEMENTS: usize = 64;
