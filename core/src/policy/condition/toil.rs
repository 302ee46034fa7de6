//! How much work an evaluation can be: the lists and texts that a loop meets come from the caller.

use crate::policy::Request;
use crate::value::{Map, Value};

/// Steps of loops that one evaluation may take; a step takes less than a microsecond.
pub(super) const WORK_MAX: usize = 1 << 18;
/// How many steps it is worth to read one regular expression.
const READING: usize = 128;

/// How the work of an expression grows with what it is given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Toil {
    /// How deep its loops are nested, searches of lists within loops included.
    pub(super) loops: u32,
    /// Whether a loop reads a regular expression or goes through texts.
    pub(super) reads_texts: bool,
}

impl Toil {
    /// The most steps that it can take. An expression without loops takes few.
    pub(super) fn work(self, request: &Request) -> usize {
        if self.loops == 0 || self.loops == 1 && !self.reads_texts {
            return 0;
        }
        let mut extent =
            Extent { items: request.call.session.labels.len(), bytes: request.action.target.as_str().len() };
        extent.grow(&request.action.args);
        extent.grow(&request.call.principal.attributes);
        let texts = if self.reads_texts { READING.saturating_add(extent.bytes / 64) } else { 1 };
        extent.items.saturating_pow(self.loops).saturating_mul(texts)
    }
}

/// The longest list or mapping and the longest text that an expression can meet.
struct Extent {
    items: usize,
    bytes: usize,
}

impl Extent {
    fn grow(&mut self, map: &Map) {
        self.items = self.items.max(map.len());
        map.iter().for_each(|(_, value)| self.grow_by(value));
    }

    fn grow_by(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.bytes = self.bytes.max(text.len()),
            Value::Map(map) => self.grow(map),
            Value::List(items) => {
                self.items = self.items.max(items.len());
                items.iter().for_each(|item| self.grow_by(item));
            }
            _ => {}
        }
    }
}
