//! What a store is opened with.

use std::fmt;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use toolgate::store::StoreError;

use crate::PostgresStore;

/// Connections a store has at most, unless it is told.
const CONNECTIONS: usize = 8;
/// How long a call may take, unless it is told.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may be silent before the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Bytes of a schema's name, as long as every database of this kind takes them.
const SCHEMA_BYTES_MAX: usize = 63;

/// How a [`PostgresStore`] is opened.
///
/// ```no_run
/// use std::time::Duration;
/// use toolgate_store_postgres::PostgresStore;
///
/// let store = PostgresStore::options("postgres://gate@db.internal/agents?sslmode=disable")
///     .schema("gate")
///     .connections(4)
///     .timeout(Duration::from_secs(2))
///     .open()?;
/// # Ok::<(), toolgate::store::StoreError>(())
/// ```
#[derive(Clone)]
pub struct Options {
    config: Option<Config>,
    schema: String,
    connections: usize,
    timeout: Duration,
}

impl Options {
    pub(crate) fn new(url: &str) -> Options {
        let config = url.parse::<Config>().ok().map(|mut config| {
            config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE / 3).keepalives_retries(3);
            if config.get_application_name().is_none() {
                config.application_name("toolgate");
            }
            config
        });
        Options { config, schema: "toolgate".to_owned(), connections: CONNECTIONS, timeout: TIMEOUT }
    }

    /// The schema that the tables are in, made if it is not there: small letters, digits and `_`. `toolgate` if it is not
    /// told.
    pub fn schema(mut self, name: &str) -> Options {
        name.clone_into(&mut self.schema);
        self
    }

    /// How many connections this process has at most, one at least. 8 if it is not told.
    pub fn connections(mut self, most: usize) -> Options {
        self.connections = most.max(1);
        self
    }

    /// How long a call may take, waiting for a connection and trying again included. 5 s if it is not told.
    pub fn timeout(mut self, longest: Duration) -> Options {
        self.timeout = longest;
        self
    }

    /// Opens the store; makes its tables, or brings them up to this version.
    ///
    /// # Errors
    /// If the URL or the schema's name cannot be used, the server cannot be reached in time, or its tables are of a newer
    /// version.
    pub fn open(self) -> Result<PostgresStore, StoreError> {
        self.check()?;
        PostgresStore::open_with(self)
    }

    fn check(&self) -> Result<(), StoreError> {
        let refused = |text: &str| Err(StoreError::Unavailable(text.to_owned()));
        let Some(config) = &self.config else {
            // What the client has to say about it may quote the password.
            return refused(
                "the connection string cannot be read; `sslmode`, if it is there, is `disable`, `prefer` or `require`",
            );
        };
        if config.get_ssl_mode() == SslMode::Require {
            return refused("`sslmode=require` is not possible: this build speaks to the database without TLS");
        }
        let is_letter = |c: char| c.is_ascii_lowercase() || c == '_';
        let is_name = self.schema.starts_with(is_letter)
            && self.schema.len() <= SCHEMA_BYTES_MAX
            && self.schema.chars().all(|c| is_letter(c) || c.is_ascii_digit());
        if is_name { Ok(()) } else { refused("the schema's name has to be small letters, digits and `_`") }
    }

    /// Checked when the store is opened.
    pub(crate) fn config(&self) -> Config {
        self.config.clone().unwrap_or_default()
    }

    pub(crate) fn schema_name(&self) -> &str {
        &self.schema
    }

    pub(crate) fn connections_max(&self) -> usize {
        self.connections
    }

    pub(crate) fn timeout_max(&self) -> Duration {
        self.timeout
    }
}

/// Without the connection string, which has a password in it.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
