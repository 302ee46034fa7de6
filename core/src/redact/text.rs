//! Takes secrets out of one text.
//!
//! One pass over the text looks for the marks that secrets cannot do without (`AKIA`, `://`, `password`). Only what
//! they point to is searched for with a regular expression, so text without secrets costs that one pass.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;

use super::card;
use super::pattern::{PATTERNS, Pattern, Search};

/// How every replacement begins.
pub(super) const MARKER_START: &str = "[redacted:";
/// No secret of a known shape is shorter, mark and all.
pub(super) const SECRET_BYTES_MIN: usize = 5;

/// `text` without secrets; `None` if there are none.
///
/// Taking one secret out can uncover another, so this goes on until nothing changes: the result has none left.
pub(super) fn clean(text: &str, extra: Option<&Regex>) -> Option<String> {
    let mut current: Option<String> = None;
    for _ in 0..PASSES_MAX {
        match pass(current.as_deref().unwrap_or(text), extra) {
            Some(next) => current = Some(next),
            None => return current,
        }
    }
    // Only text made for it gets here. Work stays bounded, and the text does not.
    Some("[redacted:text]".to_owned())
}

/// Whether `extra` matches `text` anywhere outside of replacements.
pub(super) fn plain_part_matches(text: &str, extra: &Regex) -> bool {
    parts(text).any(|(part, is_plain)| is_plain && extra.is_match(part))
}

/// Builds what every search needs.
pub(super) fn prepare() {
    LazyLock::force(&MARKS);
}

const PASSES_MAX: usize = 6;

/// One bit per pattern.
type Suspects = u64;

struct Marks {
    automaton: AhoCorasick,
    /// The pattern that each mark belongs to.
    owners: Vec<usize>,
}

static MARKS: LazyLock<Option<Marks>> = LazyLock::new(|| {
    let marks = || PATTERNS.iter().enumerate().flat_map(|(index, p)| p.marks.iter().map(move |mark| (*mark, index)));
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(marks().map(|(mark, _)| mark));
    Some(Marks { automaton: automaton.ok()?, owners: marks().map(|(_, owner)| owner).collect() })
});

fn pass(text: &str, extra: Option<&Regex>) -> Option<String> {
    let mut current = extra.and_then(|extra| replace_extra(text, extra));
    let suspects = suspects(text);
    if suspects != 0 {
        for (index, pattern) in PATTERNS.iter().enumerate() {
            if suspects & (1 << index) != 0 {
                let changed = replace_pattern(current.as_deref().unwrap_or(text), pattern);
                current = changed.or(current);
            }
        }
    }
    let searched = current.as_deref().unwrap_or(text);
    let changed = if card::is_possible(searched) { replace_cards(searched) } else { None };
    changed.or(current)
}

fn suspects(text: &str) -> Suspects {
    // Without the automaton every pattern is a suspect: slow, never blind.
    let Some(marks) = MARKS.as_ref() else { return Suspects::MAX };
    if text.len() < SECRET_BYTES_MIN || !marks.automaton.is_match(text) {
        return 0;
    }
    let owners =
        marks.automaton.find_overlapping_iter(text).filter_map(|hit| marks.owners.get(hit.pattern().as_usize()));
    owners.fold(0, |suspects, owner| suspects | 1 << owner)
}

fn replace_pattern(text: &str, pattern: &Pattern) -> Option<String> {
    if pattern.needs.is_some_and(|byte| !text.as_bytes().contains(&byte)) {
        return None;
    }
    match pattern.search() {
        Search::Ready(regex) => {
            let hits = regex.captures_iter(text).filter_map(|found| pattern.judge(&found));
            replace(text, hits.filter(|(range, _)| !text.get(range.clone()).is_some_and(is_marker)))
        }
        Search::Broken => Some("[redacted:text]".to_owned()),
    }
}

fn replace_cards(text: &str) -> Option<String> {
    replace(text, card::find(text).into_iter().map(|range| (range, "card-number")))
}

/// Replaces `hits`, which come in order. `None` if there are none.
fn replace(text: &str, hits: impl Iterator<Item = (Range<usize>, &'static str)>) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for (range, kind) in hits {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(MARKER_START);
        out.push_str(kind);
        out.push(']');
        done = range.end;
    }
    (done > 0).then(|| {
        out.push_str(text.get(done..).unwrap_or_default());
        out
    })
}

/// The policy's patterns could match a replacement, even a part of one, so they see only what stands between.
fn replace_extra(text: &str, extra: &Regex) -> Option<String> {
    if !plain_part_matches(text, extra) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for (part, is_plain) in parts(text) {
        if is_plain {
            out.push_str(&extra.replace_all(part, "[redacted:policy]"));
        } else {
            out.push_str(part);
        }
    }
    Some(out)
}

/// `text` cut into replacements (`false`) and what stands between them (`true`).
fn parts(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (at, len) = next_marker(rest);
        let (part, is_plain) = if at > 0 { (rest.get(..at)?, true) } else { (rest.get(..len)?, false) };
        rest = rest.get(part.len()..)?;
        (!part.is_empty()).then_some((part, is_plain))
    })
}

/// Where the next replacement begins in `text`, and its length; the end of the text if there is none.
fn next_marker(text: &str) -> (usize, usize) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(MARKER_START)).map(|at| at + from) {
        let after = at + MARKER_START.len();
        let tail = text.get(after..).unwrap_or_default();
        let kind = tail.bytes().take_while(|byte| is_kind(*byte)).count();
        if kind > 0 && tail.as_bytes().get(kind) == Some(&b']') {
            return (at, MARKER_START.len() + kind + 1);
        }
        from = after;
    }
    (text.len(), 0)
}

/// Whether `text` is one replacement and nothing else.
fn is_marker(text: &str) -> bool {
    let kind = text.strip_prefix(MARKER_START).and_then(|rest| rest.strip_suffix(']'));
    kind.is_some_and(|kind| !kind.is_empty() && kind.bytes().all(is_kind))
}

fn is_kind(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}
