//! The tables, and the steps that lead from one version of them to the next.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Failure;

/// Brings the file to the present version, once and for all its connections, and sets how it is written.
pub(crate) fn prepare(connection: &mut Connection) -> Result<(), Failure> {
    // Nothing is set before it is known that the file is one of ours, as of one moment: another process may be at it.
    let transaction = connection.transaction()?;
    let is_current = version(&transaction, STEPS.len())? == Some(STEPS.len());
    transaction.commit()?;
    if !is_current || pragma::<String>(connection, "journal_mode")? != "wal" {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    }
    // The log is flushed with every step, and on a Mac through the disk's own memory.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    if is_current { Ok(()) } else { migrate(connection, STEPS) }
}

/// Takes all steps that were not taken yet, or none of them.
fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let taken = version(&transaction, steps.len())?.unwrap_or(0);
    for step in steps.iter().skip(taken) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
    Ok(transaction.commit()?)
}

/// How many steps of the `known` ones were taken. `None` for a file with nothing in it.
fn version(connection: &Connection, known: usize) -> Result<Option<usize>, Failure> {
    let application: i64 = pragma(connection, "application_id")?;
    let version: i64 = pragma(connection, "user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (application, version, tables) == (0, 0, 0) {
        return Ok(None);
    }
    if application != APPLICATION {
        return Err(Failure::Content("it is the database of another program".to_owned()));
    }
    match usize::try_from(version) {
        Ok(taken) if (1..=known).contains(&taken) => Ok(Some(taken)),
        _ => Err(Failure::Content(format!(
            "it has version {version} of the state's tables, and this program knows versions 1 to {known}"
        ))),
    }
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> Result<T, Failure> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

/// `TGst`, by which the file is known as ours.
const APPLICATION: i64 = 0x5447_7374;

/// Each brings the file from the version of its index to the next. A step that was published is never changed.
const STEPS: &[&str] = &["
CREATE TABLE document (
    number INTEGER PRIMARY KEY,  -- in the order in which they were made
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    tag TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (kind, id)
) STRICT;
CREATE INDEX document_tag ON document (kind, tag);

CREATE TABLE account (
    name TEXT PRIMARY KEY,
    amount INTEGER NOT NULL,  -- what was settled and has no entry of its own
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    step TEXT,  -- what it waits for to be settled
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    amount INTEGER NOT NULL,
    at INTEGER NOT NULL,
    ends INTEGER NOT NULL,  -- from when on it does not count
    stays INTEGER NOT NULL  -- whether it stays when it is settled
) STRICT;
CREATE INDEX entry_account ON entry (account, ends, at, amount);
CREATE INDEX entry_step ON entry (step) WHERE step IS NOT NULL;

CREATE TABLE session (
    name TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE label (
    number INTEGER PRIMARY KEY,  -- in the order in which they were set
    session TEXT NOT NULL,
    label TEXT NOT NULL,
    UNIQUE (session, label)
) STRICT;
"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_taken_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        let first = ["CREATE TABLE a (x)"];
        let both = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)"];
        migrate(&mut connection, &first).unwrap();
        migrate(&mut connection, &first).unwrap();
        assert_eq!(version(&connection, 2).unwrap(), Some(1));
        migrate(&mut connection, &both).unwrap();
        migrate(&mut connection, &both).unwrap();
        assert_eq!(version(&connection, 2).unwrap(), Some(2));
        let rows: i64 = connection.query_row("SELECT count(y) FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
        assert!(matches!(migrate(&mut connection, &first), Err(Failure::Content(_))), "it went back");
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        let broken = ["", "CREATE TABLE b (x)", "CREATE TABLE b (x)"];
        assert!(migrate(&mut connection, &broken).is_err());
        assert_eq!(version(&connection, 3).unwrap(), Some(1));
        assert!(connection.prepare("SELECT x FROM b").is_err());
    }
}
