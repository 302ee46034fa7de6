//! Takes secrets out of values before they are hashed or written.
//!
//! A secret is known by the name it stands under (`password`, `apiKey`) or by its own shape (`AKIA…`, a PEM block, a
//! card number), also inside longer text. What is found is replaced by `[redacted:kind]`. Redacting twice gives what
//! redacting once gives. A secret of no known shape under an innocent name is not found: a policy can name more.

mod card;
mod name;
mod pattern;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use crate::limits;
use crate::value::{Map, Value};

/// Finds secrets and replaces them.
///
/// ```
/// use toolgate::redact::Redactor;
/// use toolgate::value::Value;
/// let args = Value::from_json(r#"{"host": "db1", "password": "hunter2"}"#)?;
/// let clean = Redactor::default().value(&args);
/// assert_eq!(clean.as_ref().to_json(), r#"{"host":"db1","password":"[redacted:key]"}"#);
/// # Ok::<(), toolgate::CallError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Redactor {
    extra: Option<Regex>,
}

/// Proof that a value went through a [`Redactor`], the only maker of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Redacted<T> {
    value: T,
    changed: bool,
}

/// Bytes that the policy's own patterns may take when compiled.
const EXTRA_BYTES_MAX: usize = 1 << 20;
const UNDER_SECRET_NAME: &str = "[redacted:key]";
const TOO_DEEP: &str = "[redacted:depth]";

impl Redactor {
    /// A redactor that also replaces what `extra` names: literal text, or `/regex/`. A name that matches loses its
    /// whole value; in text the matching part goes.
    ///
    /// # Errors
    /// One clause for a person, if a pattern is empty, cannot be read, is too large or would match everywhere.
    pub fn new(extra: &[String]) -> Result<Redactor, String> {
        let mut redactor = Redactor::default();
        if !extra.is_empty() {
            let parts = extra.iter().map(|pattern| extra_source(pattern)).collect::<Result<Vec<_>, _>>()?;
            redactor.extra = Some(compile_extra(&parts.join("|"))?);
        }
        Ok(redactor)
    }

    /// `map` without secrets. If there are none, the parts are shared with `map`.
    pub fn map(&self, map: &Map) -> Redacted<Map> {
        Redacted::new(self.clean_map(map, 1), || map.clone())
    }

    /// `value` without secrets. If there are none, the parts are shared with `value`.
    pub fn value(&self, value: &Value) -> Redacted<Value> {
        Redacted::new(self.clean_value(value, 0), || value.clone())
    }

    /// `text` without secrets.
    pub fn text(&self, text: &str) -> Redacted<Arc<str>> {
        Redacted::new(self.clean_text(text).map(Arc::from), || text.into())
    }

    /// `text` without secrets, borrowed if there are none.
    pub fn borrow<'t>(&self, text: &'t str) -> Redacted<Cow<'t, str>> {
        Redacted::new(self.clean_text(text).map(Cow::Owned), || Cow::Borrowed(text))
    }

    // The functions below return `None` for "nothing to take out", so that the usual call builds nothing.

    fn clean_text(&self, text: &str) -> Option<String> {
        text::clean(text, self.extra.as_ref())
    }

    fn clean_value(&self, value: &Value, level: usize) -> Option<Value> {
        match value {
            Value::Null | Value::Bool(_) => None,
            Value::Int(number) => card::is_card(*number).then(|| Value::from(card::MARKER)),
            Value::Float(number) => card::is_card_float(*number).then(|| Value::from(card::MARKER)),
            Value::String(text) => self.clean_text(text).map(|clean| Value::String(clean.into())),
            // A call this deep is refused, yet its refusal is recorded; the stack must not pay for it.
            Value::List(_) | Value::Map(_) if level >= limits::ARGS_DEPTH_MAX => Some(Value::from(TOO_DEEP)),
            Value::List(items) => self.clean_list(items, level + 1),
            Value::Map(map) => self.clean_map(map, level + 1).map(Value::Map),
        }
    }

    fn clean_list(&self, items: &[Value], level: usize) -> Option<Value> {
        let mut out: Option<Vec<Value>> = None;
        let mut after_secret_flag = false;
        for (index, item) in items.iter().enumerate() {
            let clean = if after_secret_flag && !is_flag(item) { hide(item) } else { self.clean_value(item, level) };
            after_secret_flag = is_flag(item) && item.as_str().is_some_and(name::is_secret);
            match (clean, &mut out) {
                (Some(clean), _) => out.get_or_insert_with(|| items.iter().take(index).cloned().collect()).push(clean),
                (None, Some(out)) => out.push(item.clone()),
                (None, None) => {}
            }
        }
        out.map(Value::from)
    }

    fn clean_map(&self, map: &Map, level: usize) -> Option<Map> {
        let mut out: Option<Vec<(Arc<str>, Value)>> = None;
        let hides_value = names_a_secret_value(map);
        for (index, (key, value)) in map.iter().enumerate() {
            let hidden = self.is_secret_key(key) || (hides_value && key.as_ref() == "value");
            let clean_value = if hidden { hide(value) } else { self.clean_value(value, level) };
            let clean_key = self.clean_key(key, hidden);
            if clean_key.is_some() || clean_value.is_some() {
                let pair = (clean_key.unwrap_or_else(|| key.clone()), clean_value.unwrap_or_else(|| value.clone()));
                out.get_or_insert_with(|| copy_of_first(map, index)).push(pair);
            } else if let Some(out) = &mut out {
                out.push((key.clone(), value.clone()));
            }
        }
        out.map(map_of)
    }

    fn is_secret_key(&self, key: &str) -> bool {
        name::is_secret(key) || self.extra.as_ref().is_some_and(|extra| text::plain_part_matches(key, extra))
    }

    /// A name can be a secret too. One that the policy's own pattern names stays readable, as its value is gone.
    fn clean_key(&self, key: &str, hidden: bool) -> Option<Arc<str>> {
        let extra = if hidden { None } else { self.extra.as_ref() };
        if key.len() < text::SECRET_BYTES_MIN && extra.is_none() {
            return None;
        }
        text::clean(key, extra).map(Arc::from)
    }
}

impl Default for Redactor {
    fn default() -> Redactor {
        // Now rather than at the first call: a fork in the middle of it would leave the child waiting.
        text::prepare();
        Redactor { extra: None }
    }
}

impl<T> Redacted<T> {
    fn new(clean: Option<T>, unchanged: impl FnOnce() -> T) -> Redacted<T> {
        match clean {
            Some(value) => Redacted { value, changed: true },
            None => Redacted { value: unchanged(), changed: false },
        }
    }

    /// The value, giving up the proof.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Whether anything was taken out.
    pub fn is_changed(&self) -> bool {
        self.changed
    }
}

impl<T> AsRef<T> for Redacted<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

fn extra_source(pattern: &str) -> Result<String, String> {
    let regex = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let source = match regex {
        Some(regex) => regex.to_owned(),
        None => format!("(?i){}", regex::escape(pattern)),
    };
    // By itself first: a stray parenthesis must not reach over to the next pattern.
    let alone = compile_extra(&source)?;
    if pattern.is_empty() || alone.is_match("") {
        return Err(format!("the pattern `{pattern}` would match everywhere"));
    }
    Ok(format!("(?:{source})"))
}

fn compile_extra(source: &str) -> Result<Regex, String> {
    RegexBuilder::new(source).size_limit(EXTRA_BYTES_MAX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the patterns are too large".to_owned(),
        other => format!("the pattern cannot be read: {other}"),
    })
}

/// What stands under a secret name goes as a whole. Nothing, yes and no are no secrets and worth seeing.
fn hide(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(_) => None,
        Value::String(text) if text.is_empty() || text.as_ref() == UNDER_SECRET_NAME => None,
        _ => Some(Value::from(UNDER_SECRET_NAME)),
    }
}

/// Whether a list item is an option of a command line whose value is the next item.
fn is_flag(item: &Value) -> bool {
    item.as_str().is_some_and(|text| text.starts_with('-') && !text.contains(['=', ' ']))
}

/// Whether `map` is one of `{"name": "password", "value": …}`, as forms and header lists have it.
fn names_a_secret_value(map: &Map) -> bool {
    map.get("value").is_some()
        && ["name", "key", "header", "field"]
            .into_iter()
            .any(|label| map.get(label).and_then(Value::as_str).is_some_and(name::is_secret))
}

fn copy_of_first(map: &Map, count: usize) -> Vec<(Arc<str>, Value)> {
    map.iter().take(count).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Different secrets can become the same name; the later ones are numbered so that none is lost.
fn map_of(pairs: Vec<(Arc<str>, Value)>) -> Map {
    let mut unique = std::collections::BTreeMap::new();
    let (changed, kept): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, _)| key.contains(text::MARKER_START));
    unique.extend(kept);
    for (key, value) in changed {
        let mut free = key.clone();
        let mut number = 1;
        while unique.contains_key(&free) {
            number += 1;
            free = format!("{key} {number}").into();
        }
        unique.insert(free, value);
    }
    Map::from_pairs(unique.into_iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
