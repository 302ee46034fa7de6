//! Plain values as text, in and out, and what is done to them without a gate.

use napi::{Error, Result};
use napi_derive::napi;
use toolgate::error::{CallError, Code};
use toolgate::{Map, Value, canonical};

use crate::exact;

/// A value of the text that JavaScript wrote of it. Its bounds were kept while it was written.
pub(crate) fn written(text: &str) -> std::result::Result<Value, CallError> {
    serde_json::from_str(text).map_err(|error| CallError::new(Code::InternalError, error.to_string()))
}

/// A mapping with these entries; each name is given once.
pub(crate) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let pairs = entries.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Value::Map(Map::from_pairs(pairs).unwrap_or_default())
}

/// The mapping that a value has to be.
pub(crate) fn map(value: Value) -> std::result::Result<Map, CallError> {
    match value {
        Value::Map(map) => Ok(map),
        other => {
            Err(CallError::new(Code::CallMalformedArgs, format!("the arguments are {}, not an object", other.kind())))
        }
    }
}

/// The value without its secrets.
#[napi(catch_unwind)]
pub fn redact(text: String) -> Result<String> {
    let value = read(&text)?;
    Ok(toolgate::redact::Redactor::default().value(&value).as_ref().to_json())
}

/// The same value in canonical form.
#[napi(catch_unwind)]
pub fn canonical_json(text: String) -> Result<String> {
    read(&text).map(|value| canonical::to_string(&value))
}

/// The same value with every whole number written so that JavaScript can keep it; see `exact`.
#[napi(catch_unwind)]
pub fn exact_json(text: String) -> Result<String> {
    read(&text).map(|value| exact::marked(&value).to_json())
}

fn read(text: &str) -> Result<Value> {
    written(text).map_err(|error| Error::from_reason(error.message))
}
