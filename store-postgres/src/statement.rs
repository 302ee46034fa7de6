//! A statement with what goes into it, as a value that can be handed to another thread.

use tokio_postgres::types::{ToSql, Type};

use crate::text;

/// One statement.
///
/// None of them is prepared under a name: a name lives on in the server's session, and behind a transaction pooler the
/// next transaction may be in another one.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// Text without parameters, which may be several statements.
    Plain(String),
    /// A statement with parameters.
    With(String, Vec<Parameter>),
}

impl Statement {
    pub(crate) fn plain(text: &str) -> Statement {
        Statement::Plain(text.to_owned())
    }
}

/// What goes into a statement.
#[derive(Clone, Debug)]
pub(crate) enum Parameter {
    Text(String),
    Number(i64),
    Texts(Vec<String>),
    Numbers(Vec<i64>),
    Moments(Vec<Option<i64>>),
    Flags(Vec<bool>),
}

impl Parameter {
    pub(crate) fn text(text: &str) -> Parameter {
        Parameter::Text(text::escape(text))
    }

    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Parameter {
        Parameter::Texts(texts.into_iter().map(text::escape).collect())
    }

    /// As the client wants it.
    pub(crate) fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Parameter::Text(value) => (value, Type::TEXT),
            Parameter::Number(value) => (value, Type::INT8),
            Parameter::Texts(value) => (value, Type::TEXT_ARRAY),
            Parameter::Numbers(value) => (value, Type::INT8_ARRAY),
            Parameter::Moments(value) => (value, Type::INT8_ARRAY),
            Parameter::Flags(value) => (value, Type::BOOL_ARRAY),
        }
    }
}
