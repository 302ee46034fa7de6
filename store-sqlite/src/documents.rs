//! Documents and their changes.

use std::sync::Arc;

use rusqlite::{Connection, Params, Row, params};
use toolgate::Timestamp;
use toolgate::store::{Change, Changed, Document, Kind};

use crate::error::Failure;

/// The document of this id.
pub(crate) fn one(state: &Connection, kind: Kind, id: &str) -> Result<Option<Document>, Failure> {
    let sql = "SELECT id, tag, body, at FROM document WHERE kind = ?1 AND id = ?2";
    Ok(select(state, sql, params![kind.as_str(), id])?.pop())
}

/// All of this kind, oldest first.
pub(crate) fn all(state: &Connection, kind: Kind) -> Result<Vec<Document>, Failure> {
    select(state, "SELECT id, tag, body, at FROM document WHERE kind = ?1 ORDER BY number", params![kind.as_str()])
}

/// Those of this kind with this tag, oldest first.
pub(crate) fn tagged(state: &Connection, kind: Kind, tag: &str) -> Result<Vec<Document>, Failure> {
    let sql = "SELECT id, tag, body, at FROM document WHERE kind = ?1 AND tag = ?2 ORDER BY number";
    select(state, sql, params![kind.as_str(), tag])
}

/// Makes the document what `change` says it is to be.
pub(crate) fn change(state: &Connection, kind: Kind, id: &str, change: &mut Change<'_>) -> Result<Changed, Failure> {
    Ok(match change(one(state, kind, id)?.as_ref()) {
        Err(refusal) => Changed::Refused(refusal),
        Ok(None) => {
            remove(state, kind, id)?;
            Changed::Done(None)
        }
        Ok(Some(document)) => {
            let document = Document { id: id.into(), ..document };
            put(state, kind, &document)?;
            Changed::Done(Some(document))
        }
    })
}

fn put(state: &Connection, kind: Kind, document: &Document) -> Result<(), Failure> {
    let mut upsert = state.prepare_cached(
        "INSERT INTO document (kind, id, tag, body, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (kind, id) DO UPDATE SET tag = ?3, body = ?4, at = ?5",
    )?;
    let Document { id, tag, body, at } = document;
    upsert.execute(params![kind.as_str(), &**id, &**tag, &**body, at.as_micros()])?;
    Ok(())
}

fn remove(state: &Connection, kind: Kind, id: &str) -> Result<(), Failure> {
    let mut delete = state.prepare_cached("DELETE FROM document WHERE kind = ?1 AND id = ?2")?;
    delete.execute(params![kind.as_str(), id])?;
    Ok(())
}

/// Forgets what was last changed before `before` and may be forgotten.
pub(crate) fn prune(state: &Connection, before: Timestamp) -> Result<usize, Failure> {
    let mut delete = state.prepare_cached("DELETE FROM document WHERE kind = ?1 AND at < ?2")?;
    let mut gone = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_transient()) {
        gone += delete.execute(params![kind.as_str(), before.as_micros()])?;
    }
    Ok(gone)
}

fn select(state: &Connection, sql: &str, params: impl Params) -> Result<Vec<Document>, Failure> {
    let mut select = state.prepare_cached(sql)?;
    let rows = select.query_map(params, document)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document { id: text(row, 0)?, tag: text(row, 1)?, body: text(row, 2)?, at: Timestamp::from_micros(row.get(3)?) })
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    Ok(row.get_ref(column)?.as_str()?.into())
}
