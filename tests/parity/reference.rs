//! The reference of the parity test: makes calls, and answers them in Rust; see `README.md` beside this file.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a tool, not the library

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map as Object, Value as Json, json};
use toolgate::audit::{Outcome, Status};
use toolgate::path::{NoFileSystem, PathRules};
use toolgate::{AuditTarget, FixedClock, Gate, Timestamp, ToolCall, canonical, wire};

const NOW: &str = "2026-11-21T08:00:00Z";
const CWD: &str = "/workspace";
const HOME: &str = "/home/me";
const ID_SEED: u64 = 7;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate", directory, seed, count] => {
            generate(Path::new(directory), seed.parse().expect("a seed"), count.parse().expect("a count"));
        }
        ["answer", directory] => answer(Path::new(directory)),
        ["record", directory, count] => record(directory, count.parse().expect("a count")),
        ["verify", logs @ ..] => logs.iter().for_each(|log| verify(log)),
        _ => {
            panic!("usage: reference generate DIRECTORY SEED COUNT | answer DIRECTORY | record LOG COUNT | verify LOG…")
        }
    }
}

/// Writes `policies.json` and `calls.jsonl`.
fn generate(directory: &Path, seed: u64, count: usize) {
    let (policies, seeds) = (policies(), seeds());
    let names: Vec<&String> = policies.keys().collect();
    let mut dice = Dice(seed);
    let mut lines = String::new();
    for _ in 0..count {
        let call = vary(&mut dice, &names, &seeds);
        writeln!(lines, "{call}").expect("a text takes lines");
    }
    fs::write(directory.join("policies.json"), json!(policies).to_string()).expect("the directory takes files");
    fs::write(directory.join("calls.jsonl"), lines).expect("the directory takes files");
}

/// A call to start from: the policy that its vector is about, the tool, the arguments.
struct Seed {
    policy: String,
    tool: String,
    args: Object<String, Json>,
}

/// Those of the vectors, and the shipped ones.
fn policies() -> BTreeMap<String, String> {
    let mut policies = BTreeMap::new();
    for (file, vectors) in guarded() {
        for (name, lines) in vectors["policies"].as_object().expect("policies by name") {
            let lines: Vec<&str> = lines.as_array().expect("lines").iter().filter_map(Json::as_str).collect();
            policies.insert(format!("{file}/{name}"), lines.join("\n"));
        }
    }
    for name in ["coding-agent", "research-readonly"] {
        let text = fs::read_to_string(root().join(format!("policies/{name}.yaml"))).expect("a shipped policy");
        policies.insert(name.to_owned(), text);
    }
    policies
}

fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (file, vectors) in guarded() {
        for case in vectors["cases"].as_array().expect("cases") {
            let call = &case["call"];
            let (Some(tool), Some(args)) = (call["tool"].as_str(), call["args"].as_object()) else { continue };
            let policy = format!("{file}/{}", case["policy"].as_str().expect("a name"));
            seeds.push(Seed { policy, tool: tool.to_owned(), args: args.clone() });
        }
    }
    for case in vectors("shell.json")["cases"].as_array().expect("cases") {
        if let Some(line) = case["input"]["line"].as_str() {
            let args = Object::from_iter([("command".to_owned(), json!(line))]);
            seeds.push(Seed { policy: "coding-agent".to_owned(), tool: "Bash".to_owned(), args });
        }
    }
    seeds
}

/// The files of vectors about decisions.
fn guarded() -> Vec<(String, Json)> {
    let index = vectors("index.json");
    let files = index["files"].as_array().expect("files").iter().filter(|entry| entry["op"] == "guard");
    files.map(|entry| entry["file"].as_str().expect("a name")).map(|file| (file.to_owned(), vectors(file))).collect()
}

fn vectors(file: &str) -> Json {
    let text = fs::read_to_string(root().join("tests/vectors").join(file)).expect("a file of vectors");
    serde_json::from_str(&text).expect("JSON")
}

/// A call near one of the seeds.
fn vary(dice: &mut Dice, policies: &[&String], seeds: &[Seed]) -> Json {
    let seed = dice.one_of(seeds);
    let policy = if dice.below(4) == 0 { (*dice.one_of(policies)).clone() } else { seed.policy.clone() };
    let tool = if dice.below(8) == 0 { dice.one_of(seeds).tool.clone() } else { seed.tool.clone() };
    let mut args = seed.args.clone();
    for _ in 0..dice.below(3) {
        vary_args(dice, &mut args, seeds);
    }
    let mut call = json!({ "policy": policy, "tool": tool, "facts": facts(dice) });
    let text = Json::Object(args.clone()).to_string();
    if dice.below(4) == 0 || !args.values().all(is_same_everywhere) {
        call["args_json"] = json!(vary_text(dice, text));
    } else {
        call["args"] = Json::Object(args);
    }
    call
}

fn vary_args(dice: &mut Dice, args: &mut Object<String, Json>, seeds: &[Seed]) {
    let names: Vec<String> = args.keys().cloned().collect();
    let name = if names.is_empty() { "path".to_owned() } else { dice.one_of(&names).clone() };
    match dice.below(5) {
        0 => drop(args.remove(&name)),
        1 => drop(args.insert(dice.one_of(&NAMES).to_string(), value(dice, 3))),
        2 => {
            let other = dice.one_of(seeds);
            args.extend(other.args.clone());
        }
        _ => {
            let Some(Json::String(text)) = args.get(&name).cloned() else { return };
            args.insert(name, json!(spliced(dice, &text)));
        }
    }
}

const NAMES: [&str; 8] = ["path", "url", "amount", "query", "command", "cwd", "note", "ünï"];
const PIECES: [&str; 16] =
    ["/", "..", "%2e", "\\", "'", "\"", "$(", ")", ";", " ", "\n", "\u{0}", "ü", "\u{1f600}", "@", "0x7f.1"];

fn spliced(dice: &mut Dice, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = dice.below(characters.len() + 1);
    let piece = dice.one_of(&PIECES).chars();
    if dice.below(2) == 0 {
        characters.truncate(at);
        characters.extend(piece);
    } else {
        characters.splice(at..at, piece);
    }
    characters.into_iter().collect()
}

fn value(dice: &mut Dice, levels: usize) -> Json {
    match dice.below(if levels > 0 { 8 } else { 6 }) {
        0 => Json::Null,
        1 => json!(dice.below(2) == 0),
        2 => json!(dice.below(1 << 40) as i64 - (1 << 39)),
        3 => json!(dice.below(1 << 20) as f64 / 1024.0),
        4 => json!(dice.below(1 << 52) as f64 * 1e30),
        5 => json!(*dice.one_of(&PIECES)),
        6 => (0..dice.below(4)).map(|_| value(dice, levels - 1)).collect(),
        _ => {
            let pairs = (0..dice.below(4)).map(|_| (dice.one_of(&NAMES).to_string(), value(dice, levels - 1)));
            Json::Object(pairs.collect())
        }
    }
}

/// Whether every language reads it as the same value: JavaScript has one kind of number, and it is 1 and 1.0.
fn is_same_everywhere(value: &Json) -> bool {
    const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;
    match value {
        Json::Number(number) if number.is_f64() => {
            number.as_f64().is_some_and(|number| number.fract() != 0.0 || number.abs() >= 1e21)
        }
        Json::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= SAFE_INTEGER_MAX),
        Json::Array(items) => items.iter().all(is_same_everywhere),
        Json::Object(entries) => entries.values().all(is_same_everywhere),
        _ => true,
    }
}

/// JSON text as a model may deliver it, now and then no longer JSON.
fn vary_text(dice: &mut Dice, text: String) -> String {
    match dice.below(10) {
        0 => text.chars().take(dice.below(text.len() + 1)).collect(),
        1 => text.replacen('{', r#"{"amount":1.0,"amount":2,"#, 1),
        2 => text.replacen('{', r#"{"big":9007199254740993,"one":1.0,"exp":1e3,"zero":-0,"#, 1),
        3 => text.replacen('{', r#"{"n":123456789012345678901234567890,"#, 1),
        4 => format!(" \n\t{text} "),
        5 => format!("[{text}]"),
        _ => text,
    }
}

fn facts(dice: &mut Dice) -> Json {
    let mut facts = Object::new();
    let mut say = |name: &str, fact: Json| drop(facts.insert(name.to_owned(), fact));
    match dice.below(3) {
        0 => say("principal", json!("agent:finance-sync")),
        1 => say(
            "principal",
            json!({ "id": "agent:ci", "role": "prod", "on_behalf_of": ["user:ana"], "attributes": { "team": "x" } }),
        ),
        _ => {}
    }
    if dice.below(3) == 0 {
        say("session", json!("run-7"));
        say("labels", json!(["untrusted", "private"]));
    }
    if dice.below(6) == 0 {
        say("signals", json!(["injection"]));
        say("cwd", json!("/workspace/src"));
    }
    if dice.below(6) == 0 {
        say("framework", json!("langchain"));
        say("server", json!("files"));
        say("call_id", json!(format!("call-{}", dice.below(50))));
    }
    Json::Object(facts)
}

/// Writes `rust.jsonl`: the decision about each call, in canonical form.
fn answer(directory: &Path) {
    let read = |name: &str| fs::read_to_string(directory.join(name)).expect("what was generated");
    let policies: BTreeMap<String, String> = serde_json::from_str(&read("policies.json")).expect("policies by name");
    let gates: BTreeMap<&String, Gate> = policies.iter().map(|(name, text)| (name, gate(text))).collect();
    let mut answers = String::new();
    for line in read("calls.jsonl").lines() {
        let call: Json = serde_json::from_str(line).expect("a call");
        let policy = call["policy"].as_str().expect("a name").to_owned();
        writeln!(answers, "{}", decide(&gates[&policy], &call)).expect("a text takes lines");
    }
    fs::write(directory.join("rust.jsonl"), answers).expect("the directory takes files");
}

fn gate(policy: &str) -> Gate {
    let builder = Gate::builder().policy_text(policy).audit(AuditTarget::Off).cwd(CWD).home(HOME).id_seed(ID_SEED);
    let clock = FixedClock(Timestamp::parse(NOW).expect("a time"));
    let builder = builder.clock(clock).path_rules(PathRules::Posix).file_system(NoFileSystem);
    builder.build().expect("a policy without problems")
}

fn decide(gate: &Gate, call: &Json) -> String {
    let mut envelope = call["facts"].clone();
    envelope["tool"] = call["tool"].clone();
    let (session, labels) = (envelope["session"].take(), envelope["labels"].take());
    envelope["session"] = if session.is_null() { Json::Null } else { json!({ "id": session, "labels": labels }) };
    envelope.as_object_mut().expect("facts").remove("labels");
    let asked = wire::call_from_json(&envelope.to_string()).expect("facts that can be read");
    let text = call["args_json"].as_str().map_or_else(|| call["args"].to_string(), str::to_owned);
    let decision = match ToolCall::from_json("", &text) {
        Ok(read) => gate.guard(&ToolCall { args: read.args, ..asked }),
        Err(error) => gate.refuse(&asked, &error),
    };
    let text = wire::decision_json(&decision);
    assert_eq!(text, canonical::to_string(&wire::decision(&decision)), "the two forms are one");
    text
}

/// Adds `count` decisions, each with what became of it, to a log that others write too.
fn record(log: &str, count: usize) {
    let gate = logged(log);
    for number in 0..count {
        let call = ToolCall::from_json("note", &json!({ "by": "rust", "number": number }).to_string());
        let decision = gate.guard(&call.expect("a call"));
        let outcome = Outcome {
            status: Status::Executed,
            duration_ms: Some(1),
            cost_usd: None,
            tokens: None,
            result_digest: None,
            error: None,
        };
        gate.record(&decision, &outcome).expect("a log that can be written");
    }
}

fn verify(log: &str) {
    let verification = logged(log).verify_audit().expect("a log that can be read");
    println!("{} {}", verification.records, if verification.is_whole() { "whole" } else { "broken" });
}

fn logged(log: &str) -> Gate {
    let policy = "version: 1\ntools: { note: { decision: allow } }";
    Gate::builder().policy_text(policy).audit(AuditTarget::Directory(log.into())).build().expect("a gate")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").to_owned()
}

/// Numbers that are the same in each run: a linear congruential generator (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 11).unwrap_or_default() % bound.max(1)
    }

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
