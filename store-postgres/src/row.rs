//! What is in a row of an answer.

use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;
use toolgate::Timestamp;
use toolgate::store::Document;

use crate::fault::Fault;
use crate::text;

/// The value in a column.
pub(crate) fn column<T: FromSqlOwned>(row: &Row, number: usize) -> Result<T, Fault> {
    row.try_get(number).map_err(|error| Fault::Foreign(format!("a column is not what it was made as: {error}")))
}

/// The text in a column.
pub(crate) fn text(row: &Row, number: usize) -> Result<Arc<str>, Fault> {
    column::<String>(row, number).map(|kept| text::unescape(&kept).into())
}

/// The document in the first four columns.
pub(crate) fn document(row: &Row) -> Result<Document, Fault> {
    let at = Timestamp::from_micros(column(row, 3)?);
    Ok(Document { id: text(row, 0)?, tag: text(row, 1)?, body: text(row, 2)?, at })
}

/// The document in each row.
pub(crate) fn documents(rows: &[Row]) -> Result<Vec<Document>, Fault> {
    rows.iter().map(document).collect()
}
