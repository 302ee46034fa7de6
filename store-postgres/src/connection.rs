//! A connection to the server.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_postgres::{Client, Config, Error, NoTls, Row};

use crate::engine::wait;
use crate::fault::Fault;
use crate::statement::Statement;

/// What became of statements that were sent together.
#[derive(Debug)]
pub(crate) enum Sent {
    /// The rows of each.
    Done(Vec<Vec<Row>>),
    /// The server answered that the one with this number failed.
    Failed(usize, Fault),
    /// There was no answer: all, some or none of them were carried out.
    Unknown(Fault),
}

/// A connection. Dropping it ends it at once, and with it whatever transaction it is in.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Arc<Client>,
    driver: AbortHandle,
    handle: Handle,
}

impl Connection {
    pub(crate) fn open(handle: &Handle, config: Config, deadline: Instant) -> Result<Connection, Fault> {
        let connect = async move {
            let (client, connection) = config.connect(NoTls).await?;
            let driver = tokio::spawn(async move {
                // What breaks a connection is told to whoever waits for an answer on it.
                let _ = connection.await;
            });
            Ok((client, driver.abort_handle()))
        };
        let (client, driver) = wait(handle, deadline, connect)?.map_err(|error| match Fault::of(&error) {
            // A server that says anything but who we are is one that cannot be used now.
            Fault::Foreign(text) => Fault::Refused(text),
            fault => fault,
        })?;
        Ok(Connection { client: Arc::new(client), driver, handle: handle.clone() })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Sends all of `batch` before the first answer is there, which takes the time of one round trip.
    pub(crate) fn send(&self, batch: Vec<Statement>, deadline: Instant) -> Sent {
        let client = Arc::clone(&self.client);
        let all = async move { join_all(batch.iter().map(|statement| one(&client, statement))).await };
        match wait(&self.handle, deadline, all) {
            Ok(answers) => first_failure(answers),
            Err(fault) => Sent::Unknown(fault),
        }
    }

    /// As [`Connection::send`], where it makes no difference how far the server came.
    pub(crate) fn run(&self, batch: Vec<Statement>, deadline: Instant) -> Result<Vec<Vec<Row>>, Fault> {
        match self.send(batch, deadline) {
            Sent::Done(rows) => Ok(rows),
            Sent::Failed(_, fault) | Sent::Unknown(fault) => Err(fault),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn one(client: &Client, statement: &Statement) -> Result<Vec<Row>, Error> {
    match statement {
        Statement::Plain(sql) => client.batch_execute(sql).await.map(|()| Vec::new()),
        Statement::With(sql, parameters) => {
            let typed: Vec<_> = parameters.iter().map(|parameter| parameter.typed()).collect();
            client.query_typed(sql, &typed).await
        }
    }
}

/// Statements after one that failed fail too and say nothing new.
fn first_failure(answers: Vec<Result<Vec<Row>, Error>>) -> Sent {
    let mut rows = Vec::with_capacity(answers.len());
    for (number, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(found) => rows.push(found),
            Err(error) if error.as_db_error().is_some() => return Sent::Failed(number, Fault::of(&error)),
            Err(error) => return Sent::Unknown(Fault::of(&error)),
        }
    }
    Sent::Done(rows)
}
