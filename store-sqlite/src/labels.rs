//! Labels of sessions.

use std::sync::Arc;

use rusqlite::{Connection, params};
use toolgate::Timestamp;
use toolgate::store::Step;

use crate::error::Failure;

/// Those of a session, oldest first.
pub(crate) fn of(state: &Connection, session: &str) -> Result<Vec<Arc<str>>, Failure> {
    if session.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = state.prepare_cached("SELECT label FROM label WHERE session = ?1 ORDER BY number")?;
    let rows = select.query_map([session], |row| Ok(row.get_ref(0)?.as_str()?.into()))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds those of `step` that their sessions do not have.
pub(crate) fn add(state: &Connection, step: &Step) -> Result<(), Failure> {
    for (session, label) in step.labels.iter().filter(|(session, _)| !session.is_empty()) {
        state
            .prepare_cached("INSERT INTO label (session, label) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![&**session, &**label])?;
        state
            .prepare_cached(
                "INSERT INTO session (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = max(at, ?2)",
            )?
            .execute(params![&**session, step.at.as_micros()])?;
    }
    Ok(())
}

/// Forgets sessions that got no label since `before`.
pub(crate) fn prune(state: &Connection, before: Timestamp) -> Result<usize, Failure> {
    let before = before.as_micros();
    let old = "SELECT name FROM session WHERE at < ?1";
    state.execute(&format!("DELETE FROM label WHERE session IN ({old})"), [before])?;
    Ok(state.execute("DELETE FROM session WHERE at < ?1", [before])?)
}
