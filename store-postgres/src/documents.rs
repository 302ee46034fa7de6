//! Documents: one row each.

use tokio_postgres::Row;
use toolgate::store::{Change, Changed, Document, Kind, StoreError};

use crate::PostgresStore;
use crate::row::{document, documents};
use crate::statement::{Parameter, Statement};
use crate::transaction::{Plan, Receipt};

const ONE: &str = "SELECT id, tag, body, at FROM @.documents WHERE kind = $1 AND id = $2";
const LOCKED: &str = "SELECT id, tag, body, at FROM @.documents WHERE kind = $1 AND id = $2 FOR UPDATE";
const ALL: &str = "SELECT id, tag, body, at FROM @.documents WHERE kind = $1 ORDER BY made";
const TAGGED: &str = "SELECT id, tag, body, at FROM @.documents WHERE kind = $1 AND tag = $2 ORDER BY made";
/// Fails where another transaction made it in the meantime, which is a conflict: then the change is asked again.
const MAKE: &str = "INSERT INTO @.documents (kind, id, tag, body, at) VALUES ($1, $2, $3, $4, $5)";
const CHANGE: &str = "UPDATE @.documents SET tag = $3, body = $4, at = $5 WHERE kind = $1 AND id = $2";
const REMOVE: &str = "DELETE FROM @.documents WHERE kind = $1 AND id = $2";

impl PostgresStore {
    pub(crate) fn one_document(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError> {
        let rows = self.look(&[self.select_document(kind, id)])?;
        Ok(rows.first().and_then(|found| found.first()).map(document).transpose()?)
    }

    pub(crate) fn all_documents(&self, kind: Kind, tag: Option<&str>) -> Result<Vec<Document>, StoreError> {
        let rows = self.look(&[self.select_documents(kind, tag)])?;
        Ok(documents(rows.first().map(Vec::as_slice).unwrap_or_default())?)
    }

    pub(crate) fn change_document(&self, kind: Kind, id: &str, change: &mut Change<'_>) -> Result<Changed, StoreError> {
        let reads = [self.lock_document(kind, id)];
        self.transact(&Receipt::unique()?, &reads, None, &mut |rows| {
            let found = rows.first().map(Vec::as_slice).unwrap_or_default();
            let (changed, writes) = self.changed(kind, id, found, change)?;
            Ok(match changed {
                Changed::Refused(_) => Plan::Nothing(changed),
                Changed::Done(_) => Plan::Write(changed, writes),
            })
        })
    }

    pub(crate) fn select_document(&self, kind: Kind, id: &str) -> Statement {
        self.statement(ONE, key(kind, id))
    }

    pub(crate) fn select_documents(&self, kind: Kind, tag: Option<&str>) -> Statement {
        let kind = Parameter::text(kind.as_str());
        match tag {
            Some(tag) => self.statement(TAGGED, vec![kind, Parameter::text(tag)]),
            None => self.statement(ALL, vec![kind]),
        }
    }

    /// Reads a document that is to be changed. If there is none yet, nothing is locked.
    pub(crate) fn lock_document(&self, kind: Kind, id: &str) -> Statement {
        self.statement(LOCKED, key(kind, id))
    }

    /// What `change` makes of the document that was `found`, and how it is written.
    pub(crate) fn changed(
        &self,
        kind: Kind,
        id: &str,
        found: &[Row],
        change: &mut Change<'_>,
    ) -> Result<(Changed, Vec<Statement>), crate::fault::Fault> {
        let before = found.first().map(document).transpose()?;
        let after = match change(before.as_ref()) {
            Err(refusal) => return Ok((Changed::Refused(refusal), Vec::new())),
            Ok(after) => after.map(|after| Document { id: id.into(), ..after }),
        };
        let writes = match (&before, &after) {
            (None, None) => Vec::new(),
            (Some(_), None) => vec![self.statement(REMOVE, key(kind, id))],
            (Some(_), Some(after)) => vec![self.statement(CHANGE, columns(kind, after))],
            (None, Some(after)) => vec![self.statement(MAKE, columns(kind, after))],
        };
        Ok((Changed::Done(after), writes))
    }
}

fn key(kind: Kind, id: &str) -> Vec<Parameter> {
    vec![Parameter::text(kind.as_str()), Parameter::text(id)]
}

fn columns(kind: Kind, document: &Document) -> Vec<Parameter> {
    let mut columns = key(kind, &document.id);
    columns.extend([Parameter::text(&document.tag), Parameter::text(&document.body)]);
    columns.push(Parameter::Number(document.at.as_micros()));
    columns
}
