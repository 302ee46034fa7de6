//! How a step ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_postgres::Row;
use toolgate::Timestamp;
use toolgate::store::{Settlement, StoreError, Unit};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::row::{column, text};
use crate::statement::{Parameter, Statement};
use crate::transaction::{Plan, Receipt};

/// As `begin` does, but for the accounts of a step that is known by its id alone.
const LOCK: &str = "\
    INSERT INTO @.accounts AS a (name, sum, at) \
    SELECT DISTINCT e.account, 0, $2 FROM @.entries e WHERE e.step = $1 AND NOT e.settled ORDER BY e.account \
    ON CONFLICT (name) DO UPDATE SET at = GREATEST(a.at, excluded.at)";
const OPEN: &str = "\
    SELECT e.number, e.account, e.unit, e.amount, e.stays, a.sum FROM @.entries e \
    JOIN @.accounts a ON a.name = e.account WHERE e.step = $1 AND NOT e.settled ORDER BY e.number";
const GIVE_BACK: &str = "DELETE FROM @.entries WHERE step = $1 AND NOT settled";
const END: &str = "DELETE FROM @.entries WHERE step = $1 AND NOT settled AND NOT stays";
const CORRECT: &str = "\
    UPDATE @.entries e SET settled = true, amount = told.amount \
    FROM unnest($2::bigint[], $3::bigint[]) AS told (number, amount) WHERE e.step = $1 AND e.number = told.number";

/// An entry that nobody has settled.
struct Open {
    number: i64,
    account: Arc<str>,
    unit: Arc<str>,
    amount: i64,
    stays: bool,
    /// What its account holds besides entries.
    sum: i64,
}

impl PostgresStore {
    pub(crate) fn settle_step(&self, id: &str, at: Timestamp, settlement: &Settlement) -> Result<bool, StoreError> {
        let step = || Parameter::text(id);
        let reads =
            [self.statement(LOCK, vec![step(), Parameter::Number(at.as_micros())]), self.statement(OPEN, vec![step()])];
        self.transact(&Receipt::unique()?, &reads, None, &mut |rows| {
            let open: Vec<Open> =
                rows.last().map_or(&[][..], Vec::as_slice).iter().map(Open::of).collect::<Result<_, _>>()?;
            if open.is_empty() {
                return Ok(Plan::Nothing(false));
            }
            let writes = match settlement {
                Settlement::Nothing => vec![self.statement(GIVE_BACK, vec![step()])],
                Settlement::Spent(real) => self.spend(id, &open, real),
            };
            Ok(Plan::Write(true, writes))
        })
    }

    fn spend(&self, id: &str, open: &[Open], real: &[(Unit, i64)]) -> Vec<Statement> {
        let (stay, end): (Vec<_>, Vec<_>) = open.iter().partition(|entry| entry.stays);
        let mut writes = Vec::new();
        if !end.is_empty() {
            let mut sums = BTreeMap::new();
            for entry in end {
                let sum = sums.entry(&*entry.account).or_insert(entry.sum);
                *sum = sum.saturating_add(entry.real(real));
            }
            writes.push(self.statement(END, vec![Parameter::text(id)]));
            writes.push(self.put_sums(&sums));
        }
        if !stay.is_empty() {
            let numbers = Parameter::Numbers(stay.iter().map(|entry| entry.number).collect());
            let amounts = Parameter::Numbers(stay.iter().map(|entry| entry.real(real)).collect());
            writes.push(self.statement(CORRECT, vec![Parameter::text(id), numbers, amounts]));
        }
        writes
    }
}

impl Open {
    fn of(row: &Row) -> Result<Open, Fault> {
        Ok(Open {
            number: column(row, 0)?,
            account: text(row, 1)?,
            unit: text(row, 2)?,
            amount: column(row, 3)?,
            stays: column(row, 4)?,
            sum: column(row, 5)?,
        })
    }

    /// What it really was.
    fn real(&self, told: &[(Unit, i64)]) -> i64 {
        let found = told.iter().find(|(unit, _)| *unit.as_str() == *self.unit);
        found.map_or(self.amount, |(_, amount)| (*amount).max(0))
    }
}
