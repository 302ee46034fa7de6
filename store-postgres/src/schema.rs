//! The tables, and how they become those of this version.

use tokio_postgres::error::SqlState;
use toolgate::store::StoreError;

use crate::PostgresStore;
use crate::connection::Connection;
use crate::fault::Fault;
use crate::row::column;
use crate::statement::{Parameter, Statement};
use crate::tries::Tries;

/// What makes each version out of the one before it. What has been released is never changed.
///
/// Moments are microseconds since 1970, amounts whole numbers of what their unit counts in. `made` tells which row is the
/// older one.
const MIGRATIONS: [&str; 1] = ["\
    CREATE TABLE @.receipts (id text PRIMARY KEY, said text NOT NULL, at bigint NOT NULL); \
    CREATE INDEX receipts_at ON @.receipts (at); \
    CREATE TABLE @.documents (kind text NOT NULL, id text NOT NULL, tag text NOT NULL, body text NOT NULL, \
        at bigint NOT NULL, made bigserial NOT NULL, PRIMARY KEY (kind, id)); \
    CREATE INDEX documents_tag ON @.documents (kind, tag, made); \
    CREATE TABLE @.accounts (name text PRIMARY KEY, sum bigint NOT NULL, at bigint NOT NULL); \
    CREATE TABLE @.entries (step text NOT NULL, number bigint NOT NULL, account text NOT NULL, at bigint NOT NULL, \
        unit text NOT NULL, amount bigint NOT NULL, stays boolean NOT NULL, ends bigint NOT NULL, \
        settled boolean NOT NULL DEFAULT false, PRIMARY KEY (step, number)); \
    CREATE INDEX entries_account ON @.entries (account, ends); \
    CREATE TABLE @.labels (session text NOT NULL, label text NOT NULL, at bigint NOT NULL, made bigserial NOT NULL, \
        PRIMARY KEY (session, label));"];

/// The version that this code keeps.
const VERSION: i64 = MIGRATIONS.len() as i64;

const READ: &str = "SELECT number FROM @.version WHERE id = 1";
/// Openers at the same moment take turns at this row.
const LOCK: &str = "SELECT number FROM @.version WHERE id = 1 FOR UPDATE";
const CREATE: &str = "\
    CREATE SCHEMA IF NOT EXISTS @; \
    CREATE TABLE IF NOT EXISTS @.version (id bigint PRIMARY KEY, number bigint NOT NULL); \
    INSERT INTO @.version (id, number) VALUES (1, 0) ON CONFLICT (id) DO NOTHING;";
const WRITE: &str = "UPDATE @.version SET number = $1 WHERE id = 1";

impl PostgresStore {
    /// Makes the tables those of this version.
    pub(crate) fn migrate(&self) -> Result<(), StoreError> {
        let mut tries = Tries::until(self.deadline());
        loop {
            match self.migrate_once(&tries) {
                Ok(()) => return Ok(()),
                Err(fault) => tries.again(fault, false)?,
            }
        }
    }

    fn migrate_once(&self, tries: &Tries) -> Result<(), Fault> {
        // Most of the time they are, and then no right to make tables is needed.
        match self.version(tries) {
            Ok(version) if version == VERSION => return Ok(()),
            Ok(version) if version > VERSION => return Err(newer(version)),
            Ok(_) | Err(Fault::Foreign(_)) => {}
            Err(fault) => return Err(fault),
        }
        let lease = self.lend(tries.deadline())?;
        self.apply(lease.connection()?, tries)?;
        lease.give_back();
        Ok(())
    }

    fn version(&self, tries: &Tries) -> Result<i64, Fault> {
        let lease = self.lend(tries.deadline())?;
        let batch = vec![self.opening("READ COMMITTED"), self.statement(READ, Vec::new()), Statement::plain("COMMIT")];
        let rows = lease.connection()?.run(batch, tries.deadline())?;
        lease.give_back();
        number(rows.get(1).map_or(&[], Vec::as_slice))
    }

    fn apply(&self, connection: &Connection, tries: &Tries) -> Result<(), Fault> {
        let first = vec![self.opening("READ COMMITTED"), self.plain(CREATE), self.statement(LOCK, Vec::new())];
        let rows = connection.run(first, tries.deadline()).map_err(met)?;
        let found = number(rows.last().map_or(&[], Vec::as_slice))?;
        if found > VERSION {
            return Err(newer(found));
        }
        let missing = MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or_default());
        let mut batch: Vec<_> = missing.map(|migration| self.plain(migration)).collect();
        batch.push(self.statement(WRITE, vec![Parameter::Number(VERSION)]));
        batch.push(Statement::plain("COMMIT"));
        connection.run(batch, tries.deadline()).map_err(met)?;
        Ok(())
    }
}

fn number(rows: &[tokio_postgres::Row]) -> Result<i64, Fault> {
    rows.first().map_or_else(|| Err(Fault::Foreign("the database has no version".into())), |row| column(row, 0))
}

fn newer(version: i64) -> Fault {
    Fault::Foreign(format!(
        "the database is of version {version} and this is version {VERSION}: it needs a newer Toolgate"
    ))
}

/// Two that make the same thing at once can meet in the server's own tables; then one of them only has to look again.
fn met(fault: Fault) -> Fault {
    let codes = [SqlState::DUPLICATE_SCHEMA, SqlState::DUPLICATE_TABLE, SqlState::INTERNAL_ERROR];
    match fault {
        Fault::Foreign(text) | Fault::Refused(text)
            if codes.iter().any(|state| text.contains(&format!("({})", state.code()))) =>
        {
            Fault::Conflict(text)
        }
        other => other,
    }
}
