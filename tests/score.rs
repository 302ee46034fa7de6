//! Scores a policy over labelled real calls: `score POLICY DIRECTORY [WRONG NAMED MEANT ALLOWED]`.
//!
//! DIRECTORY holds JSON lines with `kind`, `input` and `expected`. The table has one row a file; every miss is listed
//! with its reading below it. With four numbers it fails if more than WRONG rows are allowed that must not be, if less
//! than NAMED % of the dangerous commands are stopped for what is dangerous in them, if less than MEANT % of the plain
//! ones are allowed that the policy means to allow, or less than ALLOWED % of all plain ones. A policy that says
//! `unresolved: require_approval` means to ask about commands that depend on what is not in them.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a tool, not the library

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use toolgate::path::{HostFileSystem, StaticFileSystem};
use toolgate::{Action, AuditTarget, Decision, Flag, Gate, GateBuilder, Map, Target, ToolCall, Verdict};

/// How one row came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Right,
    WrongAllow,
    Needless,
    WrongDeny,
    HeldNotDenied,
    Unnamed,
}

#[derive(Default)]
struct Counts {
    scored: usize,
    skipped: usize,
    wrong_allow: usize,
    needless: usize,
    unresolved: usize,
    wrong_deny: usize,
    held: usize,
    plain: usize,
    dangerous: usize,
    named: usize,
}

const HEADER: &str = "file                              scored skipped | wrong allow  needless (unresolved) of plain  wrong deny  held,not denied | named of dangerous";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [policy, directory, bounds @ ..] = arguments.as_slice() else {
        panic!("usage: score POLICY DIRECTORY [WRONG NAMED MEANT ALLOWED]")
    };
    let gates = Gates::new(policy);
    let mut misses = Vec::new();
    let mut total = Counts::default();
    println!("{policy}\n{HEADER}");
    for file in files(Path::new(directory)) {
        let counts = score(&gates, &file, &mut misses);
        println!("{}", line(file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default(), &counts));
        total.add(&counts);
    }
    println!("{}", line("all", &total));
    println!(
        "{:.1} % of the plain are allowed, and of those that are meant to be {:.1} %",
        total.allowed(),
        total.meant()
    );
    report(&misses);
    if !bounds.is_empty() && !total.keeps(bounds) {
        println!("\n{policy} does not keep the bounds {bounds:?}");
        std::process::exit(1);
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the directory can be read");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_scored(path)).collect();
    files.sort();
    files
}

fn is_scored(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".jsonl") && ["shell_", "file_", "http_"].iter().any(|kind| name.starts_with(kind))
}

/// The policy, for the workspace it is written for and for others.
struct Gates {
    text: String,
    usual: Gate,
}

impl Gates {
    fn new(policy: &str) -> Gates {
        let text = std::fs::read_to_string(policy).expect("the policy can be read");
        let usual = gate(Gate::builder().policy_text(&text).cwd("/workspace").file_system(HostFileSystem));
        Gates { text, usual }
    }

    /// What the policy says of a row's call, for the directories and the disk of its own that it may have.
    fn guard(&self, row: &Json, call: &ToolCall) -> Decision {
        let listed = row["allowed_dirs"].as_array().into_iter().flatten().filter_map(Json::as_str);
        // A policy names directories in full.
        let directories: Vec<&str> = listed.filter(|name| name.starts_with('/')).collect();
        let Some(first) = directories.first() else { return self.usual.guard(call) };
        let names: Vec<String> =
            directories.iter().map(|name| format!("{:?}", format!("{}/", name.trim_end_matches('/')))).collect();
        let text = self.text.replace("/workspace/", &names.join(", "));
        gate(Gate::builder().policy_text(text).cwd(*first).file_system(disk(&row["setup"]))).guard(call)
    }
}

fn gate(builder: GateBuilder) -> Gate {
    builder.audit(AuditTarget::Off).home("/home/user").build().expect("the policy loads")
}

/// The disk that `setup` describes: directories, files and links.
fn disk(setup: &Json) -> StaticFileSystem {
    let entries = setup.as_array().into_iter().flatten().map(|step| {
        let word = match step[0].as_str() {
            Some("mkdir") => "directory".to_owned(),
            Some("symlink") => format!("-> {}", step[2].as_str().expect("a link leads somewhere")),
            _ => "file".to_owned(),
        };
        (step[1].as_str().expect("a step has a path"), word)
    });
    let entries: Vec<(&str, String)> = entries.collect();
    StaticFileSystem::new(entries.iter().map(|(path, word)| (*path, &**word))).expect("the disk can be described")
}

fn score(gates: &Gates, file: &Path, misses: &mut Vec<(Outcome, String, String)>) -> Counts {
    let mut counts = Counts::default();
    for text in std::fs::read_to_string(file).expect("the file can be read").lines() {
        let row: Json = serde_json::from_str(text).expect("each line is JSON");
        let Some((call, expected)) = call_of(&row) else {
            counts.skipped += 1;
            continue;
        };
        let decision = gates.guard(&row, &call);
        let outcome = outcome_of(expected, decision.verdict);
        counts.note(expected, outcome, &decision);
        if is_dangerous(expected, &decision) && !is_named(&decision) {
            misses.push((Outcome::Unnamed, decision.code.to_string(), shown(&row, &decision)));
        }
        if outcome != Outcome::Right {
            misses.push((outcome, format!("{} {:?}", decision.code, decision.rules), shown(&row, &decision)));
        }
    }
    counts
}

/// The call of a row, unless it is doubtful and so not scored.
fn call_of(row: &Json) -> Option<(ToolCall, &str)> {
    let expected = row["expected"].as_str()?;
    let input = row["input"].as_str()?;
    let (tool, argument) = match row["kind"].as_str()? {
        "shell" => ("Bash", "command"),
        "http" => ("WebFetch", "url"),
        "file" if row["op"] == "write" => ("Write", "file_path"),
        "file" if row["op"] == "delete" => ("delete_file", "path"),
        "file" => ("Read", "file_path"),
        _ => return None,
    };
    let args = serde_json::json!({ argument: input }).to_string();
    let call = ToolCall::from_json(tool, &args).unwrap_or_else(|_| ToolCall::new(tool, Map::default()));
    Some((call, expected))
}

fn outcome_of(expected: &str, verdict: Verdict) -> Outcome {
    match (expected, verdict) {
        ("allow", Verdict::Allow) | ("allow_or_approve", Verdict::Allow | Verdict::RequireApproval) => Outcome::Right,
        ("allow", Verdict::RequireApproval) => Outcome::Needless,
        ("allow" | "allow_or_approve", _) => Outcome::WrongDeny,
        (_, Verdict::Allow) => Outcome::WrongAllow,
        ("deny", Verdict::RequireApproval) => Outcome::HeldNotDenied,
        ("approve", Verdict::Deny) => Outcome::WrongDeny,
        _ => Outcome::Right,
    }
}

impl Counts {
    fn note(&mut self, expected: &str, outcome: Outcome, decision: &Decision) {
        self.scored += 1;
        self.wrong_allow += usize::from(outcome == Outcome::WrongAllow);
        self.needless += usize::from(outcome == Outcome::Needless);
        self.unresolved += usize::from(outcome == Outcome::Needless && is_unresolved(decision));
        self.wrong_deny += usize::from(outcome == Outcome::WrongDeny);
        self.held += usize::from(outcome == Outcome::HeldNotDenied);
        self.plain += usize::from(expected == "allow");
        if is_dangerous(expected, decision) {
            self.dangerous += 1;
            self.named += usize::from(decision.verdict != Verdict::Allow && is_named(decision));
        }
    }

    fn add(&mut self, other: &Counts) {
        self.scored += other.scored;
        self.skipped += other.skipped;
        self.wrong_allow += other.wrong_allow;
        self.needless += other.needless;
        self.unresolved += other.unresolved;
        self.wrong_deny += other.wrong_deny;
        self.held += other.held;
        self.plain += other.plain;
        self.dangerous += other.dangerous;
        self.named += other.named;
    }

    /// Of the plain commands, how many in a hundred are allowed.
    fn allowed(&self) -> f64 {
        share(self.plain - self.needless, self.plain)
    }

    /// The same of those that the policy means to allow: it asks about what cannot be known, as it says.
    fn meant(&self) -> f64 {
        share(self.plain - self.needless, self.plain - self.unresolved)
    }

    /// Whether the wrong allows, the share of named dangers and the shares of allowed plain commands are within bounds.
    fn keeps(&self, bounds: &[String]) -> bool {
        let numbers: Vec<f64> = bounds.iter().map(|bound| bound.parse().expect("a bound is a number")).collect();
        let [wrong, named, meant, allowed] = numbers.as_slice() else {
            panic!("the bounds are WRONG NAMED MEANT ALLOWED")
        };
        self.wrong_allow as f64 <= *wrong
            && share(self.named, self.dangerous) >= *named
            && self.meant() >= *meant
            && self.allowed() >= *allowed
    }
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Whether a row is held because it depends on what is not in it, or could not be read.
fn is_unresolved(decision: &Decision) -> bool {
    decision.code.as_str().ends_with(".unresolved")
}

/// Whether a row is a command that must not run unseen.
fn is_dangerous(expected: &str, decision: &Decision) -> bool {
    matches!(expected, "deny" | "deny_or_approve") && matches!(decision.action.target, Target::Command(_))
}

/// Whether the reading says what is dangerous: a flag, an effect beyond running a program, or a denied program.
fn is_named(decision: &Decision) -> bool {
    const SAY_LITTLE: [&str; 4] = ["unknown_program", "background", "recursive", "unresolved"];
    let flagged = |action: &Action| {
        action
            .flags
            .iter()
            .any(|flag| matches!(flag, Flag::Shell(_)) && !SAY_LITTLE.contains(&flag.to_string().as_str()))
    };
    let is_effect = |action: &Action| &*action.kind != "shell.exec";
    decision.action.walk().any(|action| flagged(action) || is_effect(action))
        || decision.code.as_str() == "shell.command_denied"
        || decision.code.as_str() == "shell.denied_pattern"
}

fn line(name: &str, counts: &Counts) -> String {
    format!(
        "{name:33} {:6} {:7} | {:11} {:9} {:12} {:8} {:11} {:16} | {:5} {:12}",
        counts.scored,
        counts.skipped,
        counts.wrong_allow,
        counts.needless,
        counts.unresolved,
        counts.plain,
        counts.wrong_deny,
        counts.held,
        counts.named,
        counts.dangerous
    )
}

fn shown(row: &Json, decision: &Decision) -> String {
    let mut text = format!(
        "{} [{}] {} {}: {}\n    {:?}",
        row["id"].as_str().unwrap_or_default(),
        row["expected"].as_str().unwrap_or_default(),
        decision.verdict.as_str(),
        decision.code,
        decision.reason,
        row["input"].as_str().unwrap_or_default(),
    );
    for action in decision.action.walk().take(24) {
        let flags: Vec<String> = action.flags.iter().map(ToString::to_string).collect();
        let doubts: Vec<&str> = action.doubts.iter().map(|doubt| &*doubt.detail).collect();
        let _ = write!(text, "\n      {} {} {flags:?} {doubts:?}", action.kind, action.target.as_str());
    }
    text
}

fn report(misses: &[(Outcome, String, String)]) {
    for (outcome, title) in [
        (Outcome::WrongAllow, "WRONG ALLOWS"),
        (Outcome::WrongDeny, "WRONG DENIES"),
        (Outcome::HeldNotDenied, "HELD, NOT DENIED"),
        (Outcome::Unnamed, "HELD WITHOUT A NAME FOR THE DANGER"),
        (Outcome::Needless, "NEEDLESS"),
    ] {
        let mut found: Vec<_> = misses.iter().filter(|miss| miss.0 == outcome).collect();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        println!("\n{title}: {}", found.len());
        for (_, group, text) in &found {
            println!("  {group}\n  {text}");
        }
    }
}
