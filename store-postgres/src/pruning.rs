//! What nobody asks for any more is forgotten.

use tokio_postgres::Row;
use toolgate::store::{Kind, StoreError};
use toolgate::{Clock, SystemClock, Timestamp};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::row::column;
use crate::statement::{Parameter, Statement};
use crate::transaction::{Plan, Receipt};

/// How long a call knows itself again, in microseconds: an hour, many times as long as a call may take.
const RECEIPTS_KEPT: i64 = 3_600_000_000;

/// Documents are locked before accounts, as everywhere.
const DOCUMENTS: &str = "\
    SELECT kind, id FROM @.documents WHERE kind = ANY($1::text[]) AND at < $2 ORDER BY kind, id FOR UPDATE";
const FORGET_DOCUMENTS: &str = "DELETE FROM @.documents WHERE kind = ANY($1::text[]) AND at < $2";
const ACCOUNTS: &str = "\
    SELECT a.name FROM @.accounts a WHERE a.at < $1 \
        OR EXISTS (SELECT 1 FROM @.entries e WHERE e.account = a.name AND e.ends < $1) ORDER BY a.name FOR UPDATE";
const FORGET_ENTRIES: &str = "DELETE FROM @.entries WHERE ends < $1";
const FORGET_ACCOUNTS: &str = "\
    DELETE FROM @.accounts a WHERE a.at < $1 AND NOT EXISTS (SELECT 1 FROM @.entries e WHERE e.account = a.name)";
const FORGET_LABELS: &str = "\
    DELETE FROM @.labels WHERE session IN (SELECT session FROM @.labels GROUP BY session HAVING MAX(at) < $1)";
const FORGET_RECEIPTS: &str = "DELETE FROM @.receipts WHERE at < $1";

impl PostgresStore {
    /// Everything is locked in one transaction before anything is removed: what is charged in between stays.
    pub(crate) fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        let moment = || vec![Parameter::Number(before.as_micros())];
        let transient = Kind::ALL.into_iter().filter(|kind| kind.is_transient()).map(Kind::as_str);
        let documents = [Parameter::texts(transient), Parameter::Number(before.as_micros())].to_vec();
        let mut reads = vec![self.statement(DOCUMENTS, documents.clone()), self.statement(ACCOUNTS, moment())];
        for removal in [FORGET_ENTRIES, FORGET_ACCOUNTS, FORGET_LABELS] {
            reads.push(self.counted(removal, moment()));
        }
        reads.push(self.counted(FORGET_DOCUMENTS, documents));
        let receipts = Parameter::Number(SystemClock.now().as_micros().saturating_sub(RECEIPTS_KEPT));
        reads.push(self.statement(FORGET_RECEIPTS, vec![receipts]));
        self.transact(&Receipt::unique()?, &reads, None, &mut |rows| {
            let counts = rows.iter().skip(2).take(4).map(|rows| count(rows));
            Ok(Plan::Write(counts.sum::<Result<u64, Fault>>()?, Vec::new()))
        })
    }

    /// A removal that tells how many rows it took.
    fn counted(&self, removal: &str, parameters: Vec<Parameter>) -> Statement {
        self.statement(&format!("WITH gone AS ({removal} RETURNING 1) SELECT COUNT(*) FROM gone"), parameters)
    }
}

fn count(rows: &[Row]) -> Result<u64, Fault> {
    let count: i64 = rows.first().map_or(Ok(0), |row| column(row, 0))?;
    Ok(count.unsigned_abs())
}
