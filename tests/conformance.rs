//! Runs the vectors: what every language has to answer, case by case.
//!
//! `vectors/index.json` names the files and how many cases each has, so that a file that is forgotten, or a case that
//! is skipped, fails the run. Every mismatch is listed, not only the first.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and reads files

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use toolgate::error::{CallError, Code, PolicyError};
use toolgate::path::{NoFileSystem, PathRules, StaticFileSystem};
use toolgate::redact::Redactor;
use toolgate::store::{
    Asked, Begun, Change, Changed, Claim, Document, Kind, Known, Settlement, Step, Store, StoreError,
};
use toolgate::{
    Action, ApprovalTerms, AuditTarget, Decision, FixedClock, Gate, GateBuilder, Map, Obligation, Timestamp, ToolCall,
    Value, canonical, code, net, path, sql, wire,
};

#[path = "conformance/story.rs"]
mod story;

/// The moment at which every vector is decided: a Saturday morning.
const NOW: &str = "2026-11-21T08:00:00Z";

#[test]
fn every_file_of_vectors_is_listed_with_its_number_of_cases() {
    let listed: BTreeMap<String, usize> =
        index().iter().map(|file| (text(file, "file"), number(file, "cases"))).collect();
    // `api.json` is a table of names.
    let is_of_cases = |name: &String| name != "index.json" && name != "api.json";
    let present: BTreeSet<String> = files_in(&directory()).into_iter().filter(is_of_cases).collect();
    assert_eq!(listed.keys().cloned().collect::<BTreeSet<_>>(), present);
    for (file, cases) in &listed {
        assert_eq!(list(&read(file), "cases").len(), *cases, "{file}");
    }
    assert_eq!(number(&read("index.json"), "total"), listed.values().sum::<usize>());
}

#[test]
fn every_case_has_a_name_of_its_own_and_a_reason() {
    let mut seen = BTreeSet::new();
    for (_, case) in all_cases() {
        assert!(seen.insert(text(&case, "id")), "{} stands twice", text(&case, "id"));
        assert!(!text(&case, "why").is_empty(), "{} has no `why`", text(&case, "id"));
    }
}

#[test]
fn every_vector_is_met() {
    let mut wrong = Vec::new();
    let mut run = 0;
    for file in index() {
        let document = read(&text(&file, "file"));
        let operation = text(&document, "op");
        assert_eq!(operation, text(&file, "op"), "{}", text(&file, "file"));
        let mut runner = Runner::new(&operation, &document);
        for case in list(&document, "cases") {
            run += 1;
            wrong.extend(
                runner.mismatch(&case).map(|what| format!("{}: {}\n{what}", text(&case, "id"), text(&case, "why"))),
            );
        }
    }
    assert_eq!(run, number(&read("index.json"), "total"));
    assert!(wrong.is_empty(), "{} of {run} vectors are not met:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Codes that no call can bring about in a sound environment, and the test of this repository that meets each.
const MET_ELSEWHERE: [(Code, &str); 12] = [
    (Code::PolicyMissing, "a_gate_without_a_policy_has_a_code"),
    (Code::PolicyInvalid, "a_policy_with_problems_has_a_code"),
    (Code::PolicyDigestMismatch, "a_policy_that_is_not_the_pinned_one_has_a_code"),
    (Code::CallUnsupportedValue, "a_value_that_a_host_could_not_convert_is_denied"),
    (Code::AuditUnwritable, "what_cannot_be_recorded_is_denied"),
    (Code::ApprovalPolicyChanged, "consent_under_another_policy_does_not_count"),
    (Code::StoreUnavailable, "a_store_that_fails_is_a_deny_with_its_code"),
    (Code::StoreTimeout, "a_store_that_fails_is_a_deny_with_its_code"),
    (Code::StoreCorrupt, "a_store_that_fails_is_a_deny_with_its_code"),
    (Code::StoreContended, "a_store_that_never_rests_is_a_deny_with_its_code"),
    (Code::InternalPanic, "a_panic_on_the_way_is_a_deny"),
    (Code::InternalError, "a_failure_inside_is_denied_with_its_code"),
];

#[test]
fn every_code_of_a_decision_is_met() {
    let guarded = all_cases().into_iter().filter(|(operation, _)| operation == "guard");
    let mut met: BTreeSet<String> =
        guarded.filter_map(|(_, case)| Some(case["expect"].get("code")?.as_str()?.to_owned())).collect();
    met.extend(
        all_cases().iter().filter(|(operation, _)| operation == "story").flat_map(|(_, case)| story::codes(case)),
    );
    met.extend(MET_ELSEWHERE.iter().map(|(code, _)| code.to_string()));
    assert_eq!(met, Code::ALL.iter().map(|code| code.to_string()).collect());
    let source = std::fs::read_to_string(root().join("tests/conformance.rs")).unwrap();
    for (code, test) in MET_ELSEWHERE {
        assert!(source.contains(&format!("fn {test}()")), "{code}: there is no test `{test}`");
    }
}

/// Problems that need more than a text of reasonable length, and the test of this file that meets each.
const PROBLEMS_MET_ELSEWHERE: [(&str, &str); 3] = [
    ("policy.misplaced_field", "what_speaks_for_the_whole_does_not_belong_in_an_included_file"),
    ("policy.too_large", "a_policy_beyond_the_limit_is_refused"),
    ("policy.more_problems", "beyond_a_hundred_problems_the_rest_is_counted"),
];

#[test]
fn every_problem_of_a_policy_is_met() {
    let loaded = all_cases().into_iter().filter(|(operation, _)| operation == "policy");
    let mut met: BTreeSet<String> = loaded
        .flat_map(|(_, case)| list(&case, "expect").iter().map(|problem| text(problem, "code")).collect::<Vec<_>>())
        .collect();
    met.extend(PROBLEMS_MET_ELSEWHERE.iter().map(|(code, _)| (*code).to_owned()));
    assert_eq!(met, problem_codes_in_source());
    let source = std::fs::read_to_string(root().join("tests/conformance.rs")).unwrap();
    for (code, test) in PROBLEMS_MET_ELSEWHERE {
        assert!(source.contains(&format!("fn {test}()")), "{code}: there is no test `{test}`");
    }
}

#[test]
fn a_gate_without_a_policy_has_a_code() {
    let error = Gate::builder().build().map(drop).unwrap_err();
    assert_eq!(error.code, Code::PolicyMissing);
    let directory = tempfile::tempdir().unwrap();
    let error = Gate::from_file(directory.path().join("toolgate.yaml")).map(drop).unwrap_err();
    assert_eq!((error.code, error.problems[0].code), (Code::PolicyMissing, "policy.missing"));
}

#[test]
fn a_policy_with_problems_has_a_code() {
    assert_eq!(Gate::from_yaml("default: allow").map(drop).unwrap_err().code, Code::PolicyInvalid);
}

#[test]
fn a_policy_that_is_not_the_pinned_one_has_a_code() {
    let build = |text: &str, pin: &str| {
        let builder = Gate::builder().policy_text(text).audit(AuditTarget::Off).policy_digest(pin);
        builder.build()
    };
    let hash = build_gate("default: deny", "/workspace", "/home/me").unwrap().policy_hash();
    assert!(build("default: deny", &hash).is_ok());
    let error = build("default: require_approval", &hash).map(drop).unwrap_err();
    assert_eq!(error.code, Code::PolicyDigestMismatch);
}

#[test]
fn a_value_that_a_host_could_not_convert_is_denied() {
    refused(Code::CallUnsupportedValue);
}

#[test]
fn a_failure_inside_is_denied_with_its_code() {
    refused(Code::InternalError);
}

fn refused(code: Code) {
    let gate = build_gate("mode: observe\ndefault: require_approval", "/workspace", "/home/me").unwrap();
    let decision = gate.refuse(&ToolCall::new("read_file", Map::default()), &CallError::new(code, "`args.x` is odd"));
    assert_eq!((decision.verdict.as_str(), decision.code), ("deny", code));
    assert_eq!(&*decision.reason, "`args.x` is odd");
}

/// Keeps nothing.
struct FullDisk;

impl toolgate::audit::AuditSink for FullDisk {
    fn append(
        &self,
        _: Timestamp,
        _: &toolgate::audit::Entry,
    ) -> Result<toolgate::audit::Receipt, toolgate::audit::AuditError> {
        Err(toolgate::audit::AuditError::Unwritable("the disk is full".to_owned()))
    }
}

#[test]
fn what_cannot_be_recorded_is_denied() {
    let gate = Gate::builder()
        .policy_text("tools: { get_time: { decision: allow } }")
        .audit(AuditTarget::Sink(std::sync::Arc::new(FullDisk)))
        .build()
        .unwrap();
    let decision = gate.guard(&ToolCall::new("get_time", Map::default()));
    assert_eq!((decision.verdict.as_str(), decision.code), ("deny", Code::AuditUnwritable));
    assert_eq!(gate.run(&ToolCall::new("get_time", Map::default()), |_| Ok::<_, String>(())).map_err(drop), Err(()));
}

/// A store that gives the same answer whatever it is asked.
struct StubbornStore(Result<Begun, StoreError>);

impl Store for StubbornStore {
    fn read(&self, _: &Asked) -> Result<Known, StoreError> {
        self.0.clone().map(|_| Known::default())
    }

    fn begin(&self, _: &Step, _: Option<Claim<'_>>) -> Result<Begun, StoreError> {
        self.0.clone()
    }

    fn settle(&self, _: &str, _: Timestamp, _: &Settlement) -> Result<bool, StoreError> {
        self.0.clone().map(|_| false)
    }

    fn document(&self, _: Kind, _: &str) -> Result<Option<Document>, StoreError> {
        self.0.clone().map(|_| None)
    }

    fn documents(&self, _: Kind, _: Option<&str>) -> Result<Vec<Document>, StoreError> {
        self.0.clone().map(|_| Vec::new())
    }

    fn change(&self, _: Kind, _: &str, _: &mut Change<'_>) -> Result<Changed, StoreError> {
        self.0.clone().map(|_| Changed::Done(None))
    }

    fn prune(&self, _: Timestamp) -> Result<u64, StoreError> {
        self.0.clone().map(|_| 0)
    }
}

fn stubborn(answer: Result<Begun, StoreError>) -> Gate {
    let policy = "tools: { get_time: { decision: allow } }\nlimits: [{ max: 1, per: minute }]";
    let store = std::sync::Arc::new(StubbornStore(answer));
    Gate::builder().policy_text(policy).audit(AuditTarget::Off).store(store).build().unwrap()
}

#[test]
fn a_store_that_fails_is_a_deny_with_its_code() {
    for (error, code) in [
        (StoreError::Unavailable("gone".into()), Code::StoreUnavailable),
        (StoreError::Timeout("slow".into()), Code::StoreTimeout),
        (StoreError::Corrupt("odd".into()), Code::StoreCorrupt),
    ] {
        let gate = stubborn(Err(error.clone()));
        let decision = gate.guard(&ToolCall::new("get_time", Map::default()));
        assert_eq!((decision.verdict.as_str(), decision.code, &*decision.reason), ("deny", code, &*error.to_string()));
    }
}

#[test]
fn consent_under_another_policy_does_not_count() {
    let store = std::sync::Arc::new(toolgate::store::MemoryStore::default());
    let gate = |policy: &str| {
        let builder = Gate::builder().policy_text(policy).audit(AuditTarget::Off).store(store.clone());
        builder.build().unwrap()
    };
    let old = gate("approvals: {}");
    let mut call = ToolCall::new("get_time", Map::default());
    let id = old.guard(&call).approval.unwrap().id.unwrap();
    old.approve(&id, &toolgate::approval::Approver::verified("alice"), None).unwrap();
    call.context.approval = Some(id);
    let decision = gate("approvals: {}\nname: another").guard(&call);
    assert_eq!((decision.verdict.as_str(), decision.code), ("deny", Code::ApprovalPolicyChanged));
}

#[test]
fn a_store_that_never_rests_is_a_deny_with_its_code() {
    let decision = stubborn(Ok(Begun::Stale)).guard(&ToolCall::new("get_time", Map::default()));
    assert_eq!((decision.verdict.as_str(), decision.code), ("deny", Code::StoreContended));
}

/// A clock that fails the first time it is asked after the gate is built.
struct BrokenClock(std::sync::atomic::AtomicBool);

impl toolgate::Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        let broken = self.0.swap(false, std::sync::atomic::Ordering::SeqCst);
        assert!(!broken, "the clock is broken");
        Timestamp::parse(NOW).unwrap()
    }
}

#[test]
fn a_panic_on_the_way_is_a_deny() {
    let gate = Gate::builder()
        .policy_text("tools: { get_time: { decision: allow } }")
        .audit(AuditTarget::Off)
        .clock(BrokenClock(true.into()))
        .build()
        .unwrap();
    let call = ToolCall::new("get_time", Map::default());
    let decision = gate.guard(&call);
    assert_eq!((decision.verdict.as_str(), decision.code), ("deny", Code::InternalPanic));
    assert_eq!(gate.guard(&call).verdict.as_str(), "allow");
}

#[test]
fn what_speaks_for_the_whole_does_not_belong_in_an_included_file() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("more.yaml"), "version: 1\nmode: observe\n\ndefault: deny\ninclude: []\n")
        .unwrap();
    std::fs::write(directory.path().join("toolgate.yaml"), "include: [more.yaml]\naudit: off\n").unwrap();
    let error = Gate::from_file(directory.path().join("toolgate.yaml")).map(drop).unwrap_err();
    let found: Vec<_> =
        error.problems.iter().map(|problem| (&*problem.file, problem.line, problem.column, problem.code)).collect();
    let place = |line| ("more.yaml", line, 1, "policy.misplaced_field");
    assert_eq!(found, [place(2), place(4), place(5)]);
}

#[test]
fn a_policy_beyond_the_limit_is_refused() {
    let text = format!("default: deny\n#{}", "x".repeat(toolgate::limits::POLICY_BYTES_MAX));
    let error = Gate::from_yaml(&text).map(drop).unwrap_err();
    assert_eq!(error.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["policy.too_large"]);
}

#[test]
fn beyond_a_hundred_problems_the_rest_is_counted() {
    let text: String = (0..103).map(|number| format!("x{number}: 1\n")).collect();
    let problems = Gate::from_yaml(&text).map(drop).unwrap_err().problems;
    let last = problems.last().unwrap();
    assert_eq!((problems.len(), last.code, &*last.message), (101, "policy.more_problems", "and 3 more"));
}

/// Answers the cases of one file.
struct Runner {
    operation: String,
    document: Json,
    gates: HashMap<String, Gate>,
}

impl Runner {
    fn new(operation: &str, document: &Json) -> Runner {
        Runner { operation: operation.to_owned(), document: document.clone(), gates: HashMap::new() }
    }

    /// How the answer to `case` differs from the expected one.
    fn mismatch(&mut self, case: &Json) -> Option<String> {
        let expected = &case["expect"];
        match self.operation.as_str() {
            "map" => differing(expected, &map(&case["input"]), true),
            "path" => differing(expected, &read_path(&case["input"]), true),
            "url" => differing(expected, &read_url(&case["input"]), false),
            "sql" => differing(expected, &read_sql(&case["input"]), true),
            "code" => differing(expected, &read_code(&case["input"]), true),
            "redact" => differing(&json!({ "is": expected }), &json!({ "is": redact(&case["input"]) }), true),
            "policy" => problems_differing(expected, &load(case)),
            "guard" => differing(expected, &self.guard(case), false),
            "story" => story::mismatch(&lines(&self.document["policies"][&text(case, "policy")]), case),
            "read" => differing(&json!({ "is": expected }), &json!({ "is": outline(case) }), true),
            other => panic!("nobody knows the operation `{other}`"),
        }
    }

    fn guard(&mut self, case: &Json) -> Json {
        let name = text(case, "policy");
        let place = |key, usual: &str| case.get(key).and_then(Json::as_str).unwrap_or(usual).to_owned();
        let (cwd, home) = (place("cwd", "/workspace"), place("home", "/home/me"));
        let policy = lines(&self.document["policies"][&name]);
        let tree = case.get("files").and_then(Json::as_str);
        let files = tree.map_or_else(StaticFileSystem::default, |name| files(&self.document["trees"][name]));
        let gate = self.gates.entry(format!("{name} {cwd} {home} {tree:?}")).or_insert_with(|| {
            let builder = builder(&policy, &cwd, &home);
            let builder = if tree.is_some() { builder.file_system(files) } else { builder };
            builder.build().unwrap_or_else(|error| panic!("policy `{name}`: {error}"))
        });
        let decision = match wire::call_from_json(&case["call"].to_string()) {
            Ok(call) => gate.guard(&call),
            Err(error) => gate.refuse(&ToolCall::new(&*text(&case["call"], "tool"), Map::default()), &error),
        };
        let text = wire::decision_json(&decision);
        assert_eq!(text, canonical::to_string(&wire::decision(&decision)), "{}", case["id"]);
        of_decision(&decision)
    }
}

/// How a call is read: the outline of its action.
fn outline(case: &Json) -> Json {
    let input = &case["input"];
    let (tool, args) = match input.get("line") {
        Some(line) => ("Bash".to_owned(), json!({ "command": line })),
        None => (text(input, "tool"), input["args"].clone()),
    };
    let call = ToolCall::from_json(&*tool, &args.to_string()).unwrap();
    let gate = build_gate("default: require_approval", "/workspace", "/home/me").unwrap();
    json!(gate.guard(&call).action.outline())
}

fn map(input: &Json) -> Json {
    let gate = build_gate("default: require_approval", "/workspace", "/home/me").unwrap();
    let explanation = gate.explain(&wire::call_from_json(&input.to_string()).unwrap()).unwrap();
    let action = &explanation.parts[0].0;
    json!({
        "action": &*action.kind,
        "category": action.category.as_str(),
        "target": action.target.as_str(),
        "args": plain(&Value::Map(action.args.clone())),
    })
}

fn read_path(input: &Json) -> Json {
    let rules = input.get("rules").map_or(PathRules::Posix, |word| PathRules::parse(word.as_str().unwrap()).unwrap());
    let base = path::Base { cwd: input["cwd"].as_str(), home: input["home"].as_str(), rules };
    match path::read(&text(input, "path"), &base) {
        Ok(reading) => json!({
            "target": reading.path.as_str(),
            "others": sorted(reading.others.iter().map(|other| other.as_str())),
            "notes": sorted(reading.notes.names()),
        }),
        Err(error) => json!({ "error": error.code().as_str() }),
    }
}

fn read_url(input: &Json) -> Json {
    match net::read(&text(input, "url")) {
        Ok(reading) => json!({
            "target": reading.url.as_str(),
            "host": reading.url.host(),
            "port": reading.url.port(),
            "special": reading.url.special().map(|special| special.as_str()),
            "ambiguous": reading.notes.ambiguous.is_some(),
            "schemeless": reading.notes.schemeless,
        }),
        Err(error) => json!({ "error": error.code().as_str() }),
    }
}

fn read_sql(input: &Json) -> Json {
    let dialect = sql::Dialect::named(&text(input, "dialect"));
    assert_eq!(dialect.as_str(), text(input, "dialect"), "there is no such dialect");
    let reading = sql::read(&text(input, "sql"), dialect);
    let statements: Json = reading.statements.iter().map(statement).collect();
    json!({ "statements": statements, "unclear": reading.doubt.is_some() })
}

/// What a statement does; what is empty is left out.
fn statement(statement: &sql::Statement) -> Json {
    let names = |names: &[sql::TableName]| names.iter().map(|name| json!(name.as_str())).collect::<Json>();
    let effects = statement.effects.iter().map(|effect| json!([sql_effect(effect.kind), effect.value.as_deref()]));
    let whole = json!({
        "statement": statement.kind.as_str(),
        "object": statement.object.as_deref(),
        "reads": names(&statement.reads),
        "writes": names(&statement.writes),
        "has_where": statement.has_where,
        "row_limit": statement.row_limit,
        "functions": statement.functions.iter().map(|name| &**name).collect::<Vec<_>>(),
        "effects": effects.collect::<Vec<_>>(),
        "flags": sorted(statement.notes.iter().map(|note| note.as_str())),
        "unclear": !statement.doubts.is_empty(),
        "parts": statement.parts.iter().map(self::statement).collect::<Vec<_>>(),
    });
    let is_empty = |value: &Json| *value == Json::Null || *value == json!([]) || *value == json!(false);
    let fields = whole.as_object().unwrap().clone().into_iter();
    Json::Object(fields.filter(|(name, value)| !is_empty(value) || name == "has_where" && !value.is_null()).collect())
}

fn sql_effect(kind: sql::EffectKind) -> &'static str {
    match kind {
        sql::EffectKind::ReadFile => "file.read",
        sql::EffectKind::WriteFile => "file.write",
        sql::EffectKind::ListFiles => "file.list",
        sql::EffectKind::RunProgram => "shell.exec",
        sql::EffectKind::Request => "http.request",
    }
}

fn read_code(input: &Json) -> Json {
    let reading = code::read(&text(input, "language"), &text(input, "text"));
    let effect = |found: &code::Found| {
        let what = match &found.what {
            code::What::Text(text) => json!(text),
            code::What::Words(words) => json!(words),
        };
        if found.recursive { json!([found.kind, what, "recursive"]) } else { json!([found.kind, what]) }
    };
    json!({
        "language": reading.language,
        "effects": reading.effects.iter().map(effect).collect::<Vec<_>>(),
        "imports": reading.imports,
        "flags": sorted(reading.flags.iter().map(|flag| flag.name())),
        "doubts": reading.doubts,
    })
}

fn redact(input: &Json) -> Json {
    let value = Value::from_json(&input.to_string()).unwrap();
    plain(Redactor::default().value(&value).as_ref())
}

fn load(case: &Json) -> Json {
    let home = case.get("home").and_then(Json::as_str).unwrap_or("/home/me");
    let problems = build_gate(&lines(&case["policy"]), "/workspace", home).err().map(|error| error.problems);
    let entry = |problem: toolgate::Problem| {
        json!({
            "code": problem.code,
            "line": problem.line,
            "column": problem.column,
            "help": problem.help,
            "message": problem.message,
        })
    };
    problems.into_iter().flatten().map(entry).collect()
}

fn of_decision(decision: &Decision) -> Json {
    let action = &*decision.action;
    let parts = action.walk().skip(1).map(|part| json!([&*part.kind, part.target.as_str()]));
    let (mut alternatives, mut pins, mut places) = (Vec::new(), Vec::new(), serde_json::Map::new());
    for obligation in &decision.obligations {
        match obligation {
            Obligation::SaferAlternative(words) => alternatives.push(json!(&**words)),
            Obligation::PinAddresses { host, port, addresses } => {
                let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                pins.push(json!({ "host": &**host, "port": port, "addresses": addresses }));
            }
            Obligation::RealPath { written, real } => {
                places.insert(written.as_str().to_owned(), json!(real.as_str()));
            }
        }
    }
    json!({
        "verdict": decision.verdict.as_str(),
        "observed": decision.observed.map(|verdict| verdict.as_str()),
        "code": decision.code.as_str(),
        "reason": &*decision.reason,
        "rules": decision.rules.iter().map(|rule| &**rule).collect::<Vec<_>>(),
        "risk_score": decision.risk.score,
        "risk_level": decision.risk.level(),
        "type": &*action.kind,
        "category": action.category.as_str(),
        "target": action.target.as_str(),
        "effects": parts.collect::<Vec<_>>(),
        "flags": flags(action),
        "confidence": action.confidence.as_str(),
        "safer_alternative": alternatives,
        "pins": pins,
        "real_paths": places,
        "approval": decision.approval.as_ref().map(|needed| approval(&needed.terms)),
    })
}

fn approval(terms: &ApprovalTerms) -> Json {
    let from = terms.from.iter().map(|names| names.iter().map(|name| &**name).collect::<Vec<_>>());
    json!({
        "count": terms.count,
        "distinct": terms.distinct,
        "from": from.collect::<Vec<_>>(),
        "expires_s": terms.expires_s,
    })
}

fn flags(action: &Action) -> Vec<String> {
    sorted(action.flags.iter().map(|flag| flag.to_string()))
}

/// What of `expected` is not so in `actual`. With `whole`, nothing else may be there either. Lists of notes, flags and
/// other readings have no order.
fn differing(expected: &Json, actual: &Json, whole: bool) -> Option<String> {
    let wanted = expected.as_object().unwrap();
    let mut wrong: Vec<String> = wanted
        .iter()
        .filter(|(key, value)| actual.get(key) != Some(&in_order(key, value)))
        .map(|(key, value)| format!("  {key}: expected {value}, got {}", actual.get(key).unwrap_or(&Json::Null)))
        .collect();
    let more = actual.as_object().unwrap().keys().filter(|key| whole && !wanted.contains_key(*key));
    wrong.extend(more.map(|key| format!("  {key}: not expected, got {}", actual[key])));
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

fn in_order(key: &str, value: &Json) -> Json {
    match (key, value) {
        ("others" | "notes" | "flags", Json::Array(items)) => {
            json!(sorted(items.iter().filter_map(Json::as_str)))
        }
        _ => value.clone(),
    }
}

/// Problems are compared in order by code, line and column, and by a part of the help where one is given.
fn problems_differing(expected: &Json, actual: &Json) -> Option<String> {
    let place = |problem: &Json| (text(problem, "code"), number(problem, "line"), number(problem, "column"));
    let (wanted, found) = (expected.as_array().unwrap(), actual.as_array().unwrap());
    let helps = |(wanted, found): (&Json, &Json)| match wanted.get("help").and_then(Json::as_str) {
        Some(help) => text(found, "help").contains(help),
        None => true,
    };
    let same = wanted.iter().map(place).eq(found.iter().map(place)) && wanted.iter().zip(found).all(helps);
    (!same).then(|| format!("  expected {expected}\n  got      {actual}"))
}

fn build_gate(policy: &str, cwd: &str, home: &str) -> Result<Gate, PolicyError> {
    builder(policy, cwd, home).build()
}

/// On no machine in particular: what a vector does not say is the same everywhere.
fn builder(policy: &str, cwd: &str, home: &str) -> GateBuilder {
    let clock = FixedClock(Timestamp::parse(NOW).unwrap());
    let builder = Gate::builder().policy_text(policy).audit(AuditTarget::Off).clock(clock).cwd(cwd).home(home);
    builder.file_system(NoFileSystem).path_rules(PathRules::Posix)
}

fn files(tree: &Json) -> StaticFileSystem {
    let entries = tree.as_object().unwrap().iter();
    StaticFileSystem::new(entries.map(|(path, word)| (path.as_str(), word.as_str().unwrap()))).unwrap()
}

/// Every `"policy.…"` in the loader and what it builds on, but those that are codes of decisions.
fn problem_codes_in_source() -> BTreeSet<String> {
    let source = root().join("core/src");
    let mut files = ["error.rs", "yaml.rs", "shape.rs", "action/mapping.rs"].map(|name| source.join(name)).to_vec();
    for directory in ["policy", "policy/condition", "policy/state"] {
        let directory = source.join(directory);
        files.extend(files_in(&directory).iter().map(|name| directory.join(name)).filter(|file| file.is_file()));
    }
    let found = files.iter().flat_map(|file| literals(&std::fs::read_to_string(file).unwrap()));
    found.filter(|code| Code::ALL.iter().all(|known| known.as_str() != code)).collect()
}

fn literals(source: &str) -> Vec<String> {
    let heads = source.split("\"policy.").skip(1).filter_map(|rest| rest.split_once('"'));
    let names = heads.map(|(name, _)| name).filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    names.map(|name| format!("policy.{name}")).collect()
}

fn all_cases() -> Vec<(String, Json)> {
    let documents = index().iter().map(|file| read(&text(file, "file"))).collect::<Vec<_>>();
    documents
        .iter()
        .flat_map(|document| list(document, "cases").into_iter().map(|case| (text(document, "op"), case)))
        .collect()
}

fn index() -> Vec<Json> {
    list(&read("index.json"), "files")
}

fn read(name: &str) -> Json {
    let text = std::fs::read_to_string(directory().join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn files_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn directory() -> PathBuf {
    root().join("tests/vectors")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn list(of: &Json, key: &str) -> Vec<Json> {
    of[key].as_array().unwrap_or_else(|| panic!("`{key}` is no list in {of}")).clone()
}

fn text(of: &Json, key: &str) -> String {
    of[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {of}")).to_owned()
}

fn number(of: &Json, key: &str) -> usize {
    let number = of[key].as_u64().unwrap_or_else(|| panic!("`{key}` is no number in {of}"));
    usize::try_from(number).unwrap()
}

fn lines(of: &Json) -> String {
    let lines = of.as_array().unwrap_or_else(|| panic!("{of} is no list of lines"));
    lines.iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
}

fn plain(value: &Value) -> Json {
    serde_json::to_value(value).unwrap()
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}
