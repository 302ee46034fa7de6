//! Holds the starter policies and packs to the `.test.yaml` beside each, and the language reference to its examples.
//!
//! A `.test.yaml` names its policy and lists calls with the answers they must get. Together its cases have to reach
//! every rule and every tool entry of the policy, so that none stands there untried.
#![allow(clippy::disallowed_methods, reason = "these tests read the repository's own files")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its files has to stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toolgate::path::{NoFileSystem, PathRules};
use toolgate::{AuditTarget, Decision, FixedClock, Gate, Obligation, Timestamp, ToolCall, wire};

/// A `.test.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    /// The policy's file name, in the same directory.
    policy: String,
    /// The directory the tools run in.
    cwd: String,
    /// What `~` stands for.
    home: String,
    cases: Vec<Case>,
}

/// A call and the answer it must get.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The call as `toolgate::wire` reads it.
    call: serde_json::Value,
    expect: Expectation,
}

/// What must be true of a decision; what is not written is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    /// The verdict, or several of which one must come: `[deny, require_approval]` says "never silently".
    #[serde(default)]
    verdict: Words,
    #[serde(default)]
    code: Words,
    /// Rules and tool entries that must be among the decision's.
    #[serde(default)]
    rules: Vec<String>,
    /// Whether a safer alternative is offered.
    safer_alternative: Option<bool>,
}

/// One word or several; none says nothing.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Words {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

#[test]
fn policies_answer_as_their_tests_say() {
    let problems: Vec<String> = suites().iter().flat_map(|file| check_suite(file, &read_suite(file))).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_policy_has_a_test() {
    let policies: Vec<PathBuf> =
        yaml_files().into_iter().filter(|file| !is_suite(file)).map(|file| file.with_extension("test.yaml")).collect();
    assert!(policies.len() >= 5, "the starter policies and the pack are gone");
    let missing: Vec<_> = policies.iter().filter(|suite| !suite.exists()).collect();
    assert!(missing.is_empty(), "no such file: {missing:?}");
}

#[test]
fn the_reference_shows_policies_that_load_and_errors_that_come() {
    let text = std::fs::read_to_string(repository().join("docs/policy.md")).unwrap();
    let blocks = blocks(&text);
    let (mut good, mut bad, mut problems) = (0, 0, Vec::new());
    for (index, block) in blocks.iter().enumerate() {
        let loaded = load(block.text.as_str());
        match (block.kind.as_str(), loaded) {
            ("yaml", Ok(_)) => good += 1,
            ("yaml", Err(error)) => problems.push(format!("line {} does not load:\n{error}", block.line)),
            ("yaml bad", Ok(_)) => problems.push(format!("line {} loads, but is shown as wrong", block.line)),
            ("yaml bad", Err(error)) => {
                bad += 1;
                // The block behind it shows what a user would see.
                if let Some(shown) = blocks.get(index + 1).filter(|next| next.kind == "text") {
                    let found = error.to_string();
                    if shown.text.trim() != found {
                        problems.push(format!("line {} should show:\n{found}", shown.line));
                    }
                }
            }
            _ => {}
        }
    }
    println!("docs/policy.md: {good} policies load, {bad} are refused");
    assert!(good >= 5 && bad >= 2, "the examples were not found");
    assert!(problems.is_empty(), "docs/policy.md:\n{}", problems.join("\n"));
}

fn check_suite(file: &Path, suite: &Suite) -> Vec<String> {
    let policy = file.with_file_name(&suite.policy);
    let gate = match gate(&policy, suite) {
        Ok(gate) => gate,
        Err(error) => return vec![format!("{}: {error}", policy.display())],
    };
    let mut problems = Vec::new();
    let mut reached = BTreeSet::new();
    for case in &suite.cases {
        match wire::call_from_json(&case.call.to_string()) {
            Err(error) => problems.push(format!("{}: {}: {error}", file.display(), case.name)),
            Ok(call) => {
                let decision = gate.guard(&call);
                reached.extend(decision.rules.iter().map(|rule| rule.to_string()));
                let wrong = mismatches(&case.expect, &decision);
                problems.extend(wrong.iter().map(|wrong| format!("{}: {}: {wrong}", file.display(), case.name)));
            }
        }
    }
    let own = own_clauses(&gate, &policy);
    if own.is_empty() {
        problems.push(format!("{}: no rules were found", policy.display()));
    }
    println!("{}: {} rules and tool entries, {} cases", policy.display(), own.len(), suite.cases.len());
    let untried = own.difference(&reached);
    problems.extend(untried.map(|id| format!("{}: no case reaches `{id}`", file.display())));
    problems
}

fn mismatches(expect: &Expectation, decision: &Decision) -> Vec<String> {
    let mut wrong = Vec::new();
    let verdict = decision.verdict.as_str();
    if !expect.verdict.admit(verdict) {
        wrong.push(format!("the verdict is {verdict} ({}: {}; {:?})", decision.code, decision.reason, decision.rules));
    }
    if !expect.code.admit(decision.code.as_str()) {
        wrong.push(format!("the code is {}", decision.code));
    }
    for rule in expect.rules.iter().filter(|rule| !decision.rules.iter().any(|found| **found == ***rule)) {
        wrong.push(format!("`{rule}` is not among {:?}", decision.rules));
    }
    let offered = decision.obligations.iter().any(|duty| matches!(duty, Obligation::SaferAlternative(_)));
    if expect.safer_alternative.is_some_and(|wanted| wanted != offered) {
        wrong.push(format!("a safer alternative is {}", if offered { "offered" } else { "missing" }));
    }
    wrong
}

impl Words {
    fn admit(&self, word: &str) -> bool {
        match self {
            Words::None => true,
            Words::One(wanted) => wanted == word,
            Words::Several(wanted) => wanted.iter().any(|wanted| wanted == word),
        }
    }
}

/// The rules and tool entries that stand in the policy itself, not in what it includes.
fn own_clauses(gate: &Gate, policy: &Path) -> BTreeSet<String> {
    let own = format!("{}:", policy.display());
    let explanation = gate.explain(&ToolCall::new("nothing", Default::default())).unwrap();
    let notes = explanation.parts.into_iter().flat_map(|(_, notes)| notes);
    notes.filter(|note| note.place.starts_with(&own)).map(|note| note.id.to_string()).collect()
}

fn gate(policy: &Path, suite: &Suite) -> Result<Gate, toolgate::PolicyError> {
    let builder = Gate::builder().policy_file(policy).audit(AuditTarget::Off).clock(noon());
    // On no machine in particular.
    let builder = builder.file_system(NoFileSystem).path_rules(PathRules::Posix);
    builder.cwd(suite.cwd.as_str()).home(suite.home.as_str()).build()
}

fn load(text: &str) -> Result<Gate, toolgate::PolicyError> {
    Gate::builder().policy_text(text).audit(AuditTarget::Off).clock(noon()).home("/home/me").build()
}

fn noon() -> FixedClock {
    // 2026-03-04T12:00:00Z, a Wednesday.
    FixedClock(Timestamp::from_micros(1_772_625_600_000_000))
}

/// A fenced block of a Markdown page.
struct Block {
    line: usize,
    kind: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(kind), None) => open = Some(Block { line: index + 2, kind: kind.to_owned(), text: String::new() }),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

fn read_suite(file: &Path) -> Suite {
    let text = std::fs::read_to_string(file).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn suites() -> Vec<PathBuf> {
    yaml_files().into_iter().filter(|file| is_suite(file)).collect()
}

fn is_suite(file: &Path) -> bool {
    file.to_str().is_some_and(|name| name.ends_with(".test.yaml"))
}

/// The YAML files of the policies and the packs, in the order of their names.
fn yaml_files() -> Vec<PathBuf> {
    let directories = [repository().join("policies"), repository().join("core/packs")];
    let entries = directories.iter().flat_map(|directory| std::fs::read_dir(directory).unwrap());
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
