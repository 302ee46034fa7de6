//! A change of state in two round trips, done once, whatever becomes of the connection.
//!
//! The first trip opens the transaction, takes every lock and reads what has to be known. Then the caller decides, and
//! the second trip writes and commits. Whoever finds that nothing is to be done gives the transaction up.
//!
//! # When the answer to a commit is lost
//! The commit may have been carried out or not, and neither may be claimed. So every transaction leaves a *receipt* in the
//! first trip, under a name that belongs to this one call. When the answer to a commit is lost the call runs again on
//! another connection, with the same receipt. The server makes the second wait until the first transaction has come to its
//! end; then either the receipt is there, and what was computed before that commit is the answer, or it is not there and
//! never will be, and the call is carried out now. A commit is only ever sent after the receipt was written, so a message
//! that is late cannot bring the first one back. If there is no other connection before the deadline, the call fails
//! and says that it is not known.
//!
//! * `begin` has its receipt under the step's id, with what the step is. A caller that got an error may begin the same step
//!   again: it is told `Done` and nothing is charged or claimed twice. Another step under an id that was used is refused.
//! * `settle` and `change` have receipts of their own. They cannot tell a caller's second try from another call, so there
//!   a second `settle` finds nothing left to settle, and a second `change` is put to the function again.
//!
//! Errors before the commit are no riddle: the server undoes what is not committed.

use tokio_postgres::Row;
use toolgate::store::StoreError;
use toolgate::{Clock, SystemClock};

use crate::PostgresStore;
use crate::connection::{Connection, Sent};
use crate::fault::Fault;
use crate::row::column;
use crate::statement::{Parameter, Statement};
use crate::tries::Tries;

/// Waits for a transaction that has the same receipt and is not at its end yet.
const RECEIPT: &str =
    "INSERT INTO @.receipts (id, said, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING RETURNING id";
const SAID: &str = "SELECT said FROM @.receipts WHERE id = $1";

/// What a call leaves behind, so that it knows itself again.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    id: String,
    said: String,
}

impl Receipt {
    /// One that nothing else has.
    pub(crate) fn unique() -> Result<Receipt, Fault> {
        let draw = || getrandom::u64().map_err(|error| Fault::Lost(format!("no random number: {error}")));
        Ok(Receipt { id: format!("call {:016x}{:016x}", draw()?, draw()?), said: String::new() })
    }

    /// That of a step, which `said` describes.
    pub(crate) fn of_step(id: &str, said: String) -> Receipt {
        Receipt { id: format!("step {id}"), said }
    }
}

/// What is to be done, now that everything is locked and read.
#[derive(Debug)]
pub(crate) enum Plan<T> {
    /// Nothing; this is the answer.
    Nothing(T),
    /// To carry this out; then this is the answer.
    Write(T, Vec<Statement>),
}

/// Makes a plan of the rows that each of the reading statements gave.
pub(crate) type Planner<'a, T> = dyn FnMut(Vec<Vec<Row>>) -> Result<Plan<T>, Fault> + 'a;

/// What became of one attempt.
enum Attempt<T> {
    Answer(T),
    /// There is a receipt, which says this.
    Before(String),
    /// It was to be committed with this answer, and nobody knows whether it was.
    Unknown(T, Fault),
}

impl PostgresStore {
    /// Runs a transaction: `reads` in the first trip, in the second what `plan` makes of their rows. If the receipt is
    /// there although this call did not leave it, the answer is `already`.
    pub(crate) fn transact<T>(
        &self,
        receipt: &Receipt,
        reads: &[Statement],
        already: Option<T>,
        plan: &mut Planner<'_, T>,
    ) -> Result<T, StoreError> {
        let mut tries = Tries::until(self.deadline());
        let mut pending = None;
        loop {
            let fault = match self.attempt(receipt, reads, plan, &tries) {
                Ok(Attempt::Answer(answer)) => return Ok(answer),
                Ok(Attempt::Before(said)) if said == receipt.said => {
                    let other = || StoreError::Corrupt("a receipt that nobody left is in the database".into());
                    return pending.or(already).ok_or_else(other);
                }
                Ok(Attempt::Before(_)) => return Err(StoreError::Corrupt("another step has this id".into())),
                Ok(Attempt::Unknown(answer, fault)) => {
                    pending = Some(answer);
                    fault
                }
                Err(fault) => fault,
            };
            tries.again(fault, pending.is_some())?;
        }
    }

    fn attempt<T>(
        &self,
        receipt: &Receipt,
        reads: &[Statement],
        plan: &mut Planner<'_, T>,
        tries: &Tries,
    ) -> Result<Attempt<T>, Fault> {
        let lease = self.lend(tries.deadline())?;
        let connection = lease.connection()?;
        let mut first = vec![self.opening("READ COMMITTED"), self.leave(receipt)];
        first.extend_from_slice(reads);
        let mut rows = connection.run(first, tries.deadline())?.into_iter().skip(1);
        if rows.next().is_none_or(|left| left.is_empty()) {
            let said = self.said(receipt, connection, tries)?;
            lease.give_back();
            return Ok(Attempt::Before(said));
        }
        let (answer, mut writes) = match plan(rows.collect())? {
            Plan::Write(answer, writes) => (answer, writes),
            Plan::Nothing(answer) => {
                if connection.run(vec![Statement::plain("ROLLBACK")], tries.deadline()).is_ok() {
                    lease.give_back();
                }
                return Ok(Attempt::Answer(answer));
            }
        };
        let commit = writes.len();
        writes.push(Statement::plain("COMMIT"));
        match connection.send(writes, tries.deadline()) {
            Sent::Done(_) => {
                lease.give_back();
                Ok(Attempt::Answer(answer))
            }
            Sent::Failed(number, fault) if number < commit => Err(fault),
            Sent::Failed(_, fault) | Sent::Unknown(fault) => Ok(Attempt::Unknown(answer, fault)),
        }
    }

    fn leave(&self, receipt: &Receipt) -> Statement {
        let (id, said) = (Parameter::text(&receipt.id), Parameter::text(&receipt.said));
        self.statement(RECEIPT, vec![id, said, Parameter::Number(SystemClock.now().as_micros())])
    }

    /// What the receipt that is there says; ends the transaction.
    fn said(&self, receipt: &Receipt, connection: &Connection, tries: &Tries) -> Result<String, Fault> {
        let select = self.statement(SAID, vec![Parameter::text(&receipt.id)]);
        let rows = connection.run(vec![select, Statement::plain("ROLLBACK")], tries.deadline())?;
        match rows.first().and_then(|found| found.first()) {
            Some(row) => column(row, 0),
            None => Err(Fault::Conflict("the receipt was removed a moment ago".into())),
        }
    }
}
