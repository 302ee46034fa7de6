//! What is known at one moment, in one round trip.

use tokio_postgres::Row;
use toolgate::Timestamp;
use toolgate::store::{Asked, Kind, Known, StoreError};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::row::{documents, text};
use crate::statement::{Parameter, Statement};
use crate::totals::held;
use crate::tries::Tries;

const LABELS: &str = "SELECT label FROM @.labels WHERE session = $1 ORDER BY made";

impl PostgresStore {
    pub(crate) fn known(&self, asked: &Asked) -> Result<Known, StoreError> {
        let at = asked.at.unwrap_or(Timestamp::from_micros(i64::MIN));
        let mut questions = Vec::new();
        let mut ask = |is_asked: bool, question: &dyn Fn() -> Statement| {
            questions.extend(is_asked.then(question));
            is_asked
        };
        let sums = ask(!asked.sums.is_empty(), &|| self.select_totals(&asked.sums, at));
        let labels = ask(!asked.session.is_empty(), &|| self.statement(LABELS, vec![Parameter::text(&asked.session)]));
        let switches = ask(asked.switches, &|| self.select_documents(Kind::Switch, None));
        let agent = ask(!asked.agent.is_empty(), &|| self.select_document(Kind::Agent, &asked.agent));
        if questions.is_empty() {
            return Ok(Known::default());
        }
        let mut answers = self.look(&questions)?.into_iter();
        let mut answer = |is_asked: bool| if is_asked { answers.next().unwrap_or_default() } else { Vec::new() };
        Ok(Known {
            sums: held(&answer(sums), &asked.sums)?.iter().map(|(_, total)| *total).collect(),
            labels: answer(labels).iter().map(|row| text(row, 0)).collect::<Result<_, _>>()?,
            switches: documents(&answer(switches))?,
            agent: documents(&answer(agent))?.pop(),
        })
    }

    /// The rows of several questions, all of one moment.
    pub(crate) fn look(&self, questions: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut tries = Tries::until(self.deadline());
        loop {
            match self.look_once(questions, &tries) {
                Ok(answers) => return Ok(answers),
                Err(fault) => tries.again(fault, false)?,
            }
        }
    }

    fn look_once(&self, questions: &[Statement], tries: &Tries) -> Result<Vec<Vec<Row>>, Fault> {
        let lease = self.lend(tries.deadline())?;
        let mut batch = vec![self.opening("REPEATABLE READ READ ONLY")];
        batch.extend_from_slice(questions);
        batch.push(Statement::plain("COMMIT"));
        let answers = lease.connection()?.run(batch, tries.deadline())?;
        lease.give_back();
        Ok(answers.into_iter().skip(1).take(questions.len()).collect())
    }
}
