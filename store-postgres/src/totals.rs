//! What accounts hold.

use tokio_postgres::Row;
use toolgate::Timestamp;
use toolgate::store::{Sum, Total};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::row::column;
use crate::statement::{Parameter, Statement};

/// Amounts are not below zero, so whatever passes the largest number stays there.
const TOTALS: &str = "\
    SELECT asked.number, COALESCE(a.sum, 0), \
        LEAST(COALESCE(SUM(e.amount), 0), 9223372036854775807)::bigint, COUNT(e.account) \
    FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS asked (number, account, since) \
    LEFT JOIN @.accounts a ON a.name = asked.account \
    LEFT JOIN @.entries e ON e.account = asked.account AND e.ends > $4 \
        AND (asked.since IS NULL OR e.at > asked.since) \
    GROUP BY asked.number, a.sum ORDER BY asked.number";

/// Locks accounts by making or touching them, always in the same order, so that no two transactions wait for each other.
const LOCK: &str = "\
    INSERT INTO @.accounts AS a (name, sum, at) \
    SELECT DISTINCT asked.name, 0, $2 FROM unnest($1::text[]) AS asked (name) ORDER BY asked.name \
    ON CONFLICT (name) DO UPDATE SET at = GREATEST(a.at, excluded.at)";

impl PostgresStore {
    pub(crate) fn select_totals(&self, sums: &[Sum], at: Timestamp) -> Statement {
        let numbers = (0_i64..).take(sums.len()).collect();
        let accounts = Parameter::texts(sums.iter().map(|sum| &*sum.account));
        let since = sums.iter().map(|sum| sum.since.map(Timestamp::as_micros)).collect();
        let at = Parameter::Number(at.as_micros());
        self.statement(TOTALS, vec![Parameter::Numbers(numbers), accounts, Parameter::Moments(since), at])
    }

    /// Whatever is read of these accounts afterwards stays as it is until the end of the transaction.
    pub(crate) fn lock_accounts<'a>(&self, names: impl IntoIterator<Item = &'a str>, at: Timestamp) -> Statement {
        self.statement(LOCK, vec![Parameter::texts(names), Parameter::Number(at.as_micros())])
    }
}

/// Of each sum that was asked for: what of the account has no entry of its own, and the total.
pub(crate) fn held(rows: &[Row], asked: &[Sum]) -> Result<Vec<(i64, Total)>, Fault> {
    if rows.len() != asked.len() {
        return Err(Fault::Foreign("the database told other sums than were asked for".into()));
    }
    let told = |(row, sum): (&Row, &Sum)| {
        let (settled, amount, count) = (column::<i64>(row, 1)?, column::<i64>(row, 2)?, column(row, 3)?);
        let start = if sum.since.is_none() { settled } else { 0 };
        Ok((settled, Total { amount: amount.saturating_add(start), count }))
    };
    rows.iter().zip(asked).map(told).collect()
}
