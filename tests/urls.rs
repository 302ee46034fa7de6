//! Compares the reading of URLs with what others say of them.
//!
//! The lists are not part of this repository: `TOOLGATE_CORPORA` names a directory with `http_wpt_urls.jsonl`, the URL
//! tests of the web platform, and `http_ssrf.jsonl`, URLs that lead somewhere else than they seem to. Without it these
//! tests have nothing to compare and say so.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and reads files

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;
use toolgate::{AuditTarget, Gate, ToolCall, Verdict, net};

/// Why the reading of a URL differs from that of the web platform on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// It is relative to a page; a tool call has none.
    Relative,
    /// It has no scheme and is read as `https`, which is noted.
    Schemeless,
    /// The web platform leaves the host of an unusual scheme as it was written; the programs behind it do not.
    HostOfUnusualScheme,
    /// No host can end in two dots.
    DotsAtTheEnd,
    /// The library that reads URLs drops the host of a file on a drive. No web request goes to a file, and what reads
    /// files reads paths.
    HostOfFileOnDrive,
}

#[test]
fn urls_are_read_as_the_web_platform_reads_them() {
    let Some(rows) = rows("http_wpt_urls.jsonl") else { return };
    let (mut same, mut wrong, mut different) = (0, Vec::new(), BTreeMap::new());
    for row in &rows {
        let input = text(row, "input");
        let (ours, theirs) = (read(&input), row["wpt_href"].as_str().map(parts));
        match difference(row, &input, ours.as_ref(), theirs.as_ref()) {
            _ if ours == theirs => same += 1,
            Some(why) => *different.entry(why).or_insert(0) += 1,
            None => wrong.push(format!("{}: {input:?}\n  ours   {ours:?}\n  theirs {theirs:?}", text(row, "id"))),
        }
    }
    println!("{} URLs: {same} alike, {different:?} on purpose", rows.len());
    assert!(same > rows.len() / 2, "only {same} of {} are alike", rows.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn urls_that_mislead_get_the_answer_expected_of_them() {
    let Some(rows) = rows("http_ssrf.jsonl") else { return };
    let gate = Gate::builder().policy_text("tools: { http.request: { decision: allow } }").audit(AuditTarget::Off);
    let gate = gate.build().unwrap();
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for row in &rows {
        let Some(expected) = row["expected"].as_str() else { continue };
        let call =
            ToolCall::from_json("http.request", &serde_json::json!({ "url": row["input"] }).to_string()).unwrap();
        let decision = gate.guard(&call);
        *counts.entry((expected.to_owned(), decision.verdict.as_str())).or_insert(0) += 1;
        if !fits(expected, decision.verdict) {
            let (code, reason) = (decision.code, &decision.reason);
            wrong.push(format!("{}: {} is {code}: {reason}, not {expected}", text(row, "id"), row["input"]));
        }
    }
    println!("{counts:?}");
    assert!(!counts.is_empty());
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn fits(expected: &str, verdict: Verdict) -> bool {
    match expected {
        "deny" => verdict == Verdict::Deny,
        "deny_or_approve" => verdict != Verdict::Allow,
        "approve" => verdict == Verdict::RequireApproval,
        "allow_or_approve" => verdict != Verdict::Deny,
        "allow" => verdict == Verdict::Allow,
        other => panic!("nobody knows `{other}`"),
    }
}

/// Scheme, host and port.
type Parts = (String, String, u16);

fn read(input: &str) -> Option<Parts> {
    let url = net::read(input).ok()?.url;
    Some((url.scheme().to_owned(), url.host().to_owned(), url.port()))
}

/// The parts of a URL in normal form, found by nothing but its delimiters.
fn parts(href: &str) -> Parts {
    let (scheme, rest) = href.split_once(':').unwrap();
    let Some(rest) = rest.strip_prefix("//") else { return (scheme.to_owned(), String::new(), port_of(scheme)) };
    let authority = rest.split(['/', '?', '#']).next().unwrap();
    let place = authority.rsplit('@').next().unwrap();
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap()),
        _ => (place, port_of(scheme)),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (scheme.to_owned(), host.strip_suffix('.').unwrap_or(host).to_owned(), port)
}

fn port_of(scheme: &str) -> u16 {
    match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "ftp" => 21,
        _ => net::read(&format!("{scheme}://a.example/")).map_or(0, |reading| reading.url.port()),
    }
}

fn difference(row: &Json, input: &str, ours: Option<&Parts>, theirs: Option<&Parts>) -> Option<Difference> {
    let schemeless = net::read(input).is_ok_and(|reading| reading.notes.schemeless);
    // Behind a scheme without slashes, too, the page's own address counts.
    let is_bare = !input.contains("//") || (ours.is_none() && url::Url::parse(input).is_err());
    let is_drive = theirs.is_some_and(|theirs| theirs.0 == "file") && input.to_lowercase().contains("/c:");
    let unusual = |parts: &Parts| !["http", "https", "ws", "wss", "ftp", "file"].contains(&&*parts.0);
    if schemeless {
        Some(Difference::Schemeless)
    } else if row["base"].is_string() && is_bare {
        Some(Difference::Relative)
    } else if ours.is_none() && theirs.is_some_and(|theirs| theirs.1.ends_with('.')) {
        Some(Difference::DotsAtTheEnd)
    } else if theirs.is_some_and(unusual) && ours.is_none_or(|ours| Some(&ours.0) == theirs.map(|theirs| &theirs.0)) {
        Some(Difference::HostOfUnusualScheme)
    } else if is_drive && ours.is_some_and(|ours| ours.1.is_empty()) {
        Some(Difference::HostOfFileOnDrive)
    } else {
        None
    }
}

fn rows(name: &str) -> Option<Vec<Json>> {
    let Some(directory) = std::env::var_os("TOOLGATE_CORPORA").map(PathBuf::from) else {
        println!("`TOOLGATE_CORPORA` names no directory: nothing to compare with");
        return None;
    };
    let file = directory.join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn text(row: &Json, key: &str) -> String {
    row[key].as_str().unwrap().to_owned()
}
