//! What an expression is known to be.

use std::rc::Rc;

use crate::limits;

/// Stands in a text for a part that is not known.
pub(super) const HOLE: char = '\u{fffc}';

/// What an expression is known to be, and where it comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) data: Data,
    pub(super) origin: Origin,
}

/// What is known of a value.
#[derive(Clone, Debug, Default)]
pub(super) enum Data {
    #[default]
    Unknown,
    /// A text, with [`HOLE`] for what is not known.
    Text(Rc<str>),
    /// A path as an object of its own.
    Path(Rc<str>),
    Number(i64),
    /// What a dotted name stands for: a module, a function, an object by how it was made (`socket.socket()`).
    Named(Rc<str>),
    List(Rc<[Item]>),
}

/// One of several values, with its name if it has one.
pub(super) type Item = (Option<Rc<str>>, Value);

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// From another host.
    pub(super) fetched: bool,
    /// Out of an encoding.
    pub(super) decoded: bool,
}

impl Origin {
    pub(super) fn with(self, other: Origin) -> Origin {
        Origin { fetched: self.fetched || other.fetched, decoded: self.decoded || other.decoded }
    }
}

impl Value {
    pub(super) fn new(data: Data) -> Value {
        Value { data, origin: Origin::default() }
    }

    pub(super) fn text(text: &str) -> Value {
        Value::new(Data::Text(text.into()))
    }

    /// What the name `name` stands for.
    pub(super) fn named(name: &str) -> Value {
        // Longer names belong to no known call.
        const NAME_BYTES_MAX: usize = 96;
        Value::new(if name.len() <= NAME_BYTES_MAX { Data::Named(name.into()) } else { Data::Unknown })
    }

    pub(super) fn from(self, origin: Origin) -> Value {
        Value { origin: self.origin.with(origin), ..self }
    }

    /// The text, with [`HOLE`]s, of a text or path.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) | Data::Path(text) => Some(text),
            _ => None,
        }
    }

    /// The text, if all of it is known.
    pub(super) fn known(&self) -> Option<&str> {
        self.as_text().filter(|text| !text.contains(HOLE))
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.data {
            Data::Named(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> Option<&[Item]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }
}

/// How much may still be put together. Counts bytes, so that doubling a text again and again comes to an end.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(limits::CODE_FOLD_BYTES_MAX)
    }

    /// Whether `bytes` more are there; they are used up then.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes.saturating_add(16));
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    /// One text behind the other, with a [`HOLE`] for what is not known.
    pub(super) fn join(&mut self, left: &Value, between: &str, right: &Value) -> Value {
        let origin = left.origin.with(right.origin);
        let data = match (shown(left), shown(right)) {
            (None, None) => Data::Unknown,
            (a, b) => self.concat(&[a.as_deref(), Some(between), b.as_deref()]),
        };
        let data = match (&left.data, data) {
            (Data::Path(_), Data::Text(text)) => Data::Path(text),
            (_, data) => data,
        };
        Value { data, origin }
    }

    fn concat(&mut self, parts: &[Option<&str>]) -> Data {
        let length = parts.iter().map(|part| part.map_or(HOLE.len_utf8(), str::len)).sum();
        if !self.take(length) {
            return Data::Unknown;
        }
        let mut text = String::with_capacity(length);
        for part in parts {
            match part {
                Some(part) => text.push_str(part),
                None => text.push(HOLE),
            }
        }
        Data::Text(text.into())
    }
}

/// A value as a part of a text.
fn shown(value: &Value) -> Option<Rc<str>> {
    match &value.data {
        Data::Text(text) | Data::Path(text) => Some(text.clone()),
        Data::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}
