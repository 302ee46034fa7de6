//! The values a tool call carries: what JSON can say, with whole numbers kept whole.
//!
//! Every binding turns its host's objects into a [`Value`] before anything is decided, so what is checked is a
//! private copy that nothing can change any more. Cloning one is cheap: the parts are shared.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{CallError, Code};
use crate::limits;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `None`, `nil`.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number; always finite.
    Float(f64),
    /// Text.
    String(Arc<str>),
    /// A list.
    List(Arc<[Value]>),
    /// A mapping from text to values.
    Map(Map),
}

/// A mapping from text to values, sorted by key, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    entries: Arc<[(Arc<str>, Value)]>,
}

/// How large a value is, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bytes of all keys and texts, and eight for every value.
    pub bytes: usize,
    /// Levels of lists and mappings.
    pub depth: usize,
}

impl Map {
    /// A mapping of `pairs`, which may come in any order.
    ///
    /// # Errors
    /// [`Code::CallDuplicateKey`] if a key stands twice: two readers would disagree on which one counts.
    pub fn from_pairs(mut pairs: Vec<(Arc<str>, Value)>) -> Result<Map, CallError> {
        if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            if let Some(twin) = pairs.windows(2).find_map(|pair| match pair {
                [(a, _), (b, _)] if a == b => Some(a),
                _ => None,
            }) {
                return Err(CallError::new(Code::CallDuplicateKey, format!("`{twin}` is given twice")));
            }
        }
        Ok(Map { entries: pairs.into() })
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let index = self.entries.binary_search_by(|(name, _)| name.as_ref().cmp(key)).ok()?;
        self.entries.get(index).map(|(_, value)| value)
    }

    /// The pairs, sorted by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// How large it is, as far as limits go.
    pub fn size(&self) -> Size {
        Size::of_parts(0, self.iter().map(|(key, value)| (key.len(), value)))
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// What a person would call its kind: `text`, `a whole number`, …
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::String(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// How large it is. Stops counting depth below [`limits::ARGS_DEPTH_MAX`] + 1, so it cannot overflow the stack.
    pub fn size(&self) -> Size {
        self.size_at(0)
    }

    fn size_at(&self, level: usize) -> Size {
        if level > limits::ARGS_DEPTH_MAX {
            return Size { bytes: 0, depth: level };
        }
        match self {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => Size { bytes: 8, depth: level },
            Value::String(text) => Size { bytes: text.len() + 8, depth: level },
            Value::List(items) => Size::of_parts(level, items.iter().map(|item| (0, item))),
            Value::Map(map) => Size::of_parts(level, map.iter().map(|(key, value)| (key.len(), value))),
        }
    }

    /// Reads JSON text. Unlike most readers it refuses a key that stands twice.
    ///
    /// # Errors
    /// [`Code::CallMalformedArgs`], [`Code::CallDuplicateKey`], [`Code::CallNumberOutOfRange`],
    /// [`Code::CallArgsTooDeep`], [`Code::CallArgsTooLarge`], with line and column.
    ///
    /// ```
    /// use toolgate::Value;
    /// let value = Value::from_json(r#"{"amount": 12, "note": "x"}"#)?;
    /// assert_eq!(value.as_map().and_then(|map| map.get("amount")), Some(&Value::Int(12)));
    /// assert!(Value::from_json(r#"{"a": 1, "a": 2}"#).is_err());
    /// # Ok::<(), toolgate::CallError>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Value, CallError> {
        if text.len() > 2 * limits::ARGS_BYTES_MAX {
            return Err(CallError::new(Code::CallArgsTooLarge, "the JSON text is larger than 2 MiB"));
        }
        serde_json::from_str(text).map_err(|error| json_error(&error))
    }

    /// The value as JSON text, keys sorted, without spaces.
    pub fn to_json(&self) -> String {
        // A `Value` has only text keys and finite numbers, so it can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Size {
    fn of_parts<'a>(level: usize, parts: impl Iterator<Item = (usize, &'a Value)>) -> Size {
        let mut whole = Size { bytes: 8, depth: level + 1 };
        for (key_bytes, value) in parts {
            let part = value.size_at(level + 1);
            whole.bytes = whole.bytes.saturating_add(key_bytes).saturating_add(part.bytes);
            whole.depth = whole.depth.max(part.depth);
        }
        whole
    }
}

fn json_error(error: &serde_json::Error) -> CallError {
    let text = error.to_string();
    let code = if text.starts_with("duplicate key") {
        Code::CallDuplicateKey
    } else if text.starts_with("number out of range") {
        Code::CallNumberOutOfRange
    } else if text.starts_with("recursion limit") {
        Code::CallArgsTooDeep
    } else {
        Code::CallMalformedArgs
    };
    CallError::new(code, text)
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items.into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items.iter()),
            Value::Map(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            out.serialize_entry(key.as_ref(), value)?;
        }
        out.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Map, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Map(map) => Ok(map),
            other => Err(de::Error::custom(format!("{} is no object", other.kind()))),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Int).map_err(|_| E::custom("number out of range"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        if number.is_finite() { Ok(Value::Float(number)) } else { Err(E::custom("number out of range")) }
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut pairs: Vec<(Arc<str>, Value)> = Vec::new();
        while let Some((key, value)) = access.next_entry::<String, Value>()? {
            pairs.push((key.into(), value));
        }
        Map::from_pairs(pairs)
            .map(Value::Map)
            .map_err(|error| de::Error::custom(format!("duplicate key: {}", error.message)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_given_twice_is_refused() {
        let error = Value::from_json(r#"{"a":1,"b":2,"a":3}"#).unwrap_err();
        assert_eq!(error.code, Code::CallDuplicateKey);
        assert!(error.message.contains("`a`"), "{}", error.message);
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        for text in ["18446744073709551615", "1e999"] {
            assert_eq!(Value::from_json(text).unwrap_err().code, Code::CallNumberOutOfRange, "{text}");
        }
        assert_eq!(Value::from_json("9223372036854775807").unwrap(), Value::Int(i64::MAX));
    }

    #[test]
    fn depth_is_counted_and_bounded() {
        let text = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert_eq!(Value::from_json(&text).unwrap().size().depth, 64);
        let text = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(Value::from_json(&text).unwrap_err().code, Code::CallArgsTooDeep);
    }
}
