//! Reads a record's line back, and demands every byte to be as the chain writes it.
//!
//! The usual JSON readers forgive spaces, escapes and other spellings of a number; here each of those is a change.

use crate::canonical::{self, sha256_hex};
use crate::clock::Timestamp;
use crate::limits;
use crate::value::Value;

/// What the chain has to know of a record. Its hash is the right one.
pub(super) struct Line<'t> {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) prev: &'t str,
    pub(super) hash: &'t str,
}

/// Reads `text`, a line without its end.
///
/// # Errors
/// What is wrong with it, in one clause.
pub(super) fn read(text: &str) -> Result<Line<'_>, Fault> {
    let mut scan = Scan { text, at: 0 };
    let fields = scan.record()?;
    if scan.at != text.len() {
        return Err("something follows the record");
    }
    let (before, after) = (text.get(..fields.hash_member.0), text.get(fields.hash_member.1..));
    let content = [before.unwrap_or_default().as_bytes(), after.unwrap_or_default().as_bytes()];
    if fields.v != "1" {
        return Err("the record is of an unknown version");
    }
    if fields.event.len() <= 2 || !is_hex(unquoted(fields.prev)) {
        return Err("the record lacks a field");
    }
    let hash = unquoted(fields.hash);
    if sha256_hex(&content) != hash {
        return Err("the record does not match its hash");
    }
    let seq = fields.seq.parse().map_err(|_| "the record's number cannot be read")?;
    Ok(Line { seq, at: moment(unquoted(fields.ts))?, prev: unquoted(fields.prev), hash })
}

/// What is wrong with a line, in one clause.
pub(super) type Fault = &'static str;

const NOT_CANONICAL: Fault = "the line is not a record in canonical form";
const DEPTH_MAX: usize = limits::ARGS_DEPTH_MAX + 4;

fn moment(ts: &str) -> Result<Timestamp, Fault> {
    let at = Timestamp::parse(ts).filter(|at| at.to_string() == ts);
    at.ok_or("the record's time cannot be read")
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default()
}

/// The chain's own fields, as they are written.
#[derive(Default)]
struct Fields<'t> {
    event: &'t str,
    hash: &'t str,
    /// Where the field `hash` stands, its name and comma included.
    hash_member: (usize, usize),
    prev: &'t str,
    seq: &'t str,
    ts: &'t str,
    v: &'t str,
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    fn record(&mut self) -> Result<Fields<'t>, Fault> {
        let mut fields = Fields::default();
        self.members(0, |name, value, member| match name {
            "\"event\"" => fields.event = value,
            "\"hash\"" => (fields.hash, fields.hash_member) = (value, member),
            "\"prev\"" => fields.prev = value,
            "\"seq\"" => fields.seq = value,
            "\"ts\"" => fields.ts = value,
            "\"v\"" => fields.v = value,
            _ => {}
        })?;
        Ok(fields)
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        if depth > DEPTH_MAX {
            return Err("the record is nested too deeply");
        }
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.members(depth, |_, _, _| {}),
            Some(b'[') => self.items(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.literal(),
        }
    }

    /// Reads an object and shows each member: name and value as written, and where it stands, its comma included.
    fn members(&mut self, depth: usize, mut show: impl FnMut(&'t str, &'t str, (usize, usize))) -> Result<(), Fault> {
        self.expect(b'{')?;
        let mut last: Option<&str> = None;
        while !self.take(b'}') {
            let start = self.at;
            self.string()?;
            let name = self.since(start);
            if last.is_some_and(|last| !is_before(last, name)) {
                return Err(NOT_CANONICAL);
            }
            self.expect(b':')?;
            let value_start = self.at;
            self.value(depth + 1)?;
            let value = self.since(value_start);
            self.separator(b'}')?;
            show(name, value, (start, self.at));
            last = Some(name);
        }
        Ok(())
    }

    fn items(&mut self, depth: usize) -> Result<(), Fault> {
        self.expect(b'[')?;
        while !self.take(b']') {
            self.value(depth + 1)?;
            self.separator(b']')?;
        }
        Ok(())
    }

    /// A comma that something follows, or the end right here.
    fn separator(&mut self, end: u8) -> Result<(), Fault> {
        match self.peek() {
            Some(byte) if byte == end => Ok(()),
            Some(b',') => {
                self.at += 1;
                if self.peek() == Some(end) { Err(NOT_CANONICAL) } else { Ok(()) }
            }
            _ => Err(NOT_CANONICAL),
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.expect(b'"')?;
        loop {
            let byte = self.peek().ok_or(NOT_CANONICAL)?;
            self.at += 1;
            match byte {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                0..b' ' => return Err(NOT_CANONICAL),
                _ => {}
            }
        }
    }

    /// Only what cannot stand for itself is escaped, in the shortest way.
    fn escape(&mut self) -> Result<(), Fault> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += match rest {
            [b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r', ..] => 1,
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..] => 5,
            [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 5,
            _ => return Err(NOT_CANONICAL),
        };
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e')) {
            self.at += 1;
        }
        let text = self.since(start);
        let value = text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Float));
        if value.is_ok_and(|value| canonical::to_string(&value) == text) { Ok(()) } else { Err(NOT_CANONICAL) }
    }

    fn literal(&mut self) -> Result<(), Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = ["null", "true", "false"].into_iter().find(|word| rest.starts_with(word)).ok_or(NOT_CANONICAL)?;
        self.at += word.len();
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(NOT_CANONICAL) }
    }

    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// Whether the name `a` sorts before `b`, in UTF-16 as RFC 8785 has it. Both as written, quotes and escapes included.
fn is_before(a: &str, b: &str) -> bool {
    let (a, b) = (unquoted(a), unquoted(b));
    if [a, b].iter().all(|name| name.is_ascii() && !name.contains('\\')) {
        return a < b;
    }
    unescaped(a).encode_utf16().lt(unescaped(b).encode_utf16())
}

/// `text` with its escapes, which are canonical, undone.
fn unescaped(text: &str) -> String {
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_default()
}
