//! Carries whole numbers to JavaScript that its numbers cannot hold.
//!
//! `JSON.parse` rounds beyond 2^53. Such a number crosses as a text, marked by a NUL and `n`, which JavaScript reads as a
//! bigint; a text that itself begins with a NUL gets one more.

use toolgate::{Map, Value};

/// The largest whole number up to which a JavaScript number is exact.
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

/// Whether there is such a number in `value`.
pub(crate) fn is_wide(value: &Value) -> bool {
    match value {
        Value::Int(number) => number.unsigned_abs() > SAFE_INTEGER_MAX,
        Value::List(items) => items.iter().any(is_wide),
        Value::Map(map) => map.iter().any(|(_, value)| is_wide(value)),
        _ => false,
    }
}

/// `value` with such numbers and texts marked.
pub(crate) fn marked(value: &Value) -> Value {
    match value {
        Value::Int(number) if is_wide(value) => Value::from(&*format!("\0n{number}")),
        Value::String(text) if text.starts_with('\0') => Value::from(&*format!("\0{text}")),
        Value::List(items) => Value::List(items.iter().map(marked).collect()),
        Value::Map(map) => {
            let pairs = map.iter().map(|(key, value)| (key.clone(), marked(value))).collect();
            Value::Map(Map::from_pairs(pairs).unwrap_or_default())
        }
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_lost_is_marked() {
        let value =
            Value::from_json(r#"{"a":[9007199254740991,9007199254740992,-9007199254740992,1e300,"\u0000n1","n"]}"#);
        let expected = r#"{"a":[9007199254740991,"\u0000n9007199254740992","\u0000n-9007199254740992",1e+300,"\u0000\u0000n1","n"]}"#;
        assert_eq!(marked(&value.unwrap()), Value::from_json(expected).unwrap());
    }
}
