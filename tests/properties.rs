//! Laws that hold for any policy and any call.
//!
//! Policies and calls are made up as plain data. What the gate answers is compared with [`reference`], a second
//! evaluation that was written from the design alone: no index, no order, nothing that is clever.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test may fail

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};
use toolgate::path::NoFileSystem;
use toolgate::{AuditTarget, Code, Decision, Gate, ToolCall, Verdict, wire};

// --- policies as data ---

#[derive(Clone, Debug)]
struct Policy {
    default: Verdict,
    tools: BTreeMap<&'static str, Entry>,
    rules: Vec<Rule>,
    roles: BTreeMap<&'static str, BTreeMap<&'static str, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    decision: Option<Verdict>,
    otherwise: Option<Verdict>,
    unresolved: Option<Verdict>,
    /// Names of checks, each with its values.
    checks: BTreeMap<&'static str, Vec<&'static str>>,
}

#[derive(Clone, Debug)]
struct Rule {
    id: String,
    decision: Verdict,
    /// Fields of the match, each with its values.
    fields: BTreeMap<&'static str, Vec<&'static str>>,
    when: Option<When>,
}

#[derive(Clone, Copy, Debug)]
enum When {
    AmountAbove(i64),
    Role(&'static str),
    Label(&'static str),
    NoLabel(&'static str),
}

// --- calls as data, with what they amount to ---

#[derive(Clone, Debug)]
struct Call {
    tool: &'static str,
    args: Json,
    parts: Vec<Part>,
    amount: Option<i64>,
    principal: &'static str,
    role: Option<&'static str>,
    session: &'static str,
    labels: Vec<&'static str>,
    signals: Vec<&'static str>,
}

#[derive(Clone, Debug)]
struct Part {
    kind: &'static str,
    category: &'static str,
    base_risk: u32,
    flags_risk: u32,
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Nothing,
    Path(&'static str),
    Host(&'static str),
    Words(&'static str),
    Opaque(&'static str),
    Name(&'static str),
}

// --- the reference ---

/// The strictest answer of every entry and rule over every part, and the names of those that gave one.
fn reference(policy: &Policy, call: &Call) -> (Verdict, BTreeSet<String>) {
    let mut answers: Vec<(Verdict, Option<String>)> = Vec::new();
    for part in &call.parts {
        let mut spoken = false;
        for (id, entry) in entries_for(policy, call, part) {
            if let Some(verdict) = answer_of_entry(entry, part) {
                spoken = true;
                answers.push((verdict, Some(id.clone())));
            }
            if matches!(part.target, Target::Opaque(_)) && entry.unresolved == Some(Verdict::Deny) {
                answers.push((Verdict::Deny, Some(id)));
            }
        }
        for rule in policy.rules.iter().filter(|rule| rule_is_about(rule, call, part)) {
            match rule.when.map_or(Some(true), |when| holds(when, call)) {
                Some(true) => {
                    spoken = true;
                    answers.push((rule.decision, Some(rule.id.clone())));
                }
                None if rule.decision != Verdict::Allow => answers.push((rule.decision, Some(rule.id.clone()))),
                _ => {}
            }
        }
        if !spoken {
            answers.push((policy.default, None));
        }
        if matches!(part.target, Target::Opaque(_)) {
            answers.push((Verdict::RequireApproval, None));
        }
    }
    let verdict = answers.iter().map(|(verdict, _)| *verdict).max().unwrap();
    (verdict, answers.into_iter().filter_map(|(_, id)| id).collect())
}

/// The entries about `part`: a role's own, and those of everybody that it does not replace.
fn entries_for<'a>(policy: &'a Policy, call: &Call, part: &Part) -> Vec<(String, &'a Entry)> {
    let own = call.role.and_then(|role| Some((role, policy.roles.get(role)?)));
    let replaced = |key: &str| own.is_some_and(|(_, entries)| entries.contains_key(key));
    let base =
        policy.tools.iter().filter(|(key, _)| !replaced(key)).map(|(key, entry)| (format!("tools.{key}"), key, entry));
    let of_role = own.into_iter().flat_map(|(role, entries)| {
        entries.iter().map(move |(key, entry)| (format!("roles.{role}.tools.{key}"), key, entry))
    });
    base.chain(of_role).filter(|(_, key, _)| names(key, part)).map(|(id, _, entry)| (id, entry)).collect()
}

fn answer_of_entry(entry: &Entry, part: &Part) -> Option<Verdict> {
    let otherwise = entry.otherwise.unwrap_or(Verdict::Deny);
    let failures = entry.checks.iter().filter_map(|(name, values)| match (*name, check_holds(name, values, part)) {
        (_, true) => None,
        ("denied_paths" | "denied_commands" | "denied_domains", false) => Some(Verdict::Deny),
        _ => Some(otherwise),
    });
    failures.max().or(entry.decision)
}

fn check_holds(name: &str, values: &[&str], part: &Part) -> bool {
    let any = |matches: &dyn Fn(&str) -> bool| values.iter().any(|value| matches(value));
    match (name, &part.target) {
        ("allowed_paths", Target::Path(path)) => any(&|value| within(path, value)),
        ("denied_paths", Target::Path(path)) => !any(&|value| within(path, value)),
        ("allowed_domains", Target::Host(host)) => any(&|value| below(host, value)),
        ("denied_domains", Target::Host(host)) => !any(&|value| below(host, value)),
        ("allowed_commands", Target::Words(line)) => any(&|value| line.split(' ').next() == Some(value)),
        ("denied_commands", Target::Words(line)) => !any(&|value| line.split(' ').next() == Some(value)),
        // What could not be read is held for that.
        ("allowed_commands", Target::Opaque(_)) => true,
        (name, _) => name.starts_with("denied_"),
    }
}

fn rule_is_about(rule: &Rule, call: &Call, part: &Part) -> bool {
    rule.fields.iter().all(|(field, values)| {
        values.iter().any(|value| match *field {
            "action" => names(value, part),
            "category" => *value == part.category,
            "tool" => *value == call.tool,
            "target" => target_fits(value, &part.target),
            "host" => matches!(part.target, Target::Host(host) if below(host, value)),
            "principal" => glob(value, call.principal),
            "role" => call.role == Some(value),
            "session" => glob(value, call.session),
            "labels" => call.labels.iter().any(|label| glob(value, label)),
            "signals" => call.signals.iter().any(|signal| glob(value, signal)),
            "risk" => risk(call) >= BTreeMap::from([("low", 0), ("medium", 25), ("high", 50), ("critical", 75)])[value],
            "confidence" => (*value == "opaque") == matches!(part.target, Target::Opaque(_)),
            other => panic!("{other}"),
        })
    })
}

/// `None` if it cannot be evaluated.
fn holds(when: When, call: &Call) -> Option<bool> {
    match when {
        When::AmountAbove(limit) => call.amount.map(|amount| amount > limit),
        When::Role(role) => Some(call.role.unwrap_or_default() == role),
        When::Label(label) => Some(call.labels.contains(&label)),
        When::NoLabel(label) => Some(!call.labels.contains(&label)),
    }
}

fn risk(call: &Call) -> u32 {
    let base = call.parts.iter().map(|part| part.base_risk).max().unwrap();
    let flags = call.parts.iter().map(|part| part.flags_risk).max().unwrap();
    let signals: BTreeSet<_> = call.signals.iter().collect();
    (base + flags + 15 * u32::try_from(signals.len()).unwrap()).min(100)
}

fn names(pattern: &str, part: &Part) -> bool {
    match pattern.strip_suffix(".*") {
        Some(family) => family == part.category,
        None => glob(pattern, part.kind),
    }
}

fn target_fits(pattern: &str, target: &Target) -> bool {
    match target {
        _ if pattern == "*" => true,
        Target::Path(path) => pattern.starts_with('/') && within(path, pattern.trim_end_matches("/**")),
        Target::Words(text) | Target::Opaque(text) | Target::Name(text) => glob(pattern, text),
        Target::Host(_) | Target::Nothing => false,
    }
}

fn within(path: &str, directory: &str) -> bool {
    path == directory || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

fn below(host: &str, domain: &str) -> bool {
    match domain.strip_prefix('.') {
        Some(name) => host == name || host.ends_with(domain),
        None => host == domain,
    }
}

fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
        None => pattern == name,
    }
}

// --- how the data is written down ---

impl Policy {
    fn gate(&self, mode: &str) -> Gate {
        let roles: BTreeMap<_, _> =
            self.roles.iter().map(|(role, tools)| (role, json!({ "tools": written(tools) }))).collect();
        let rules: Vec<_> = self.rules.iter().map(Rule::written).collect();
        let text = json!({
            "mode": mode, "default": self.default.as_str(), "tools": written(&self.tools), "rules": rules, "roles": roles,
        });
        Gate::builder()
            .policy_text(text.to_string())
            .audit(AuditTarget::Off)
            .cwd("/workspace")
            .file_system(NoFileSystem)
            .build()
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn guard(&self, call: &Call) -> Decision {
        self.gate("enforce").guard(&call.written())
    }
}

fn written(tools: &BTreeMap<&'static str, Entry>) -> Json {
    tools.iter().map(|(key, entry)| ((*key).to_owned(), entry.written())).collect::<serde_json::Map<_, _>>().into()
}

impl Entry {
    fn written(&self) -> Json {
        let mut object: serde_json::Map<String, Json> =
            self.checks.iter().map(|(name, values)| ((*name).to_owned(), json!(values))).collect();
        let words = [("decision", self.decision), ("otherwise", self.otherwise), ("unresolved", self.unresolved)];
        object.extend(words.into_iter().filter_map(|(name, word)| Some((name.to_owned(), json!(word?.as_str())))));
        object.into()
    }
}

impl Rule {
    fn written(&self) -> Json {
        let mut matched = json!({});
        for (field, values) in &self.fields {
            match *field {
                "principal" => matched["principal"]["id"] = json!(values),
                "role" => matched["principal"]["role"] = json!(values),
                "risk" => matched["risk"] = json!(values[0]),
                field => matched[field] = json!(values),
            }
        }
        let mut rule = json!({ "id": self.id, "match": matched, "decision": self.decision.as_str() });
        if let Some(when) = self.when {
            rule["when"] = json!(when.written());
        }
        rule
    }

    /// What the loader refuses: a rule that looks at what a caller declares and could loosen an answer.
    fn without_loosening(mut self, default: Verdict) -> Rule {
        if self.decision < default {
            for declared in ["labels", "signals", "risk"] {
                self.fields.remove(declared);
            }
        }
        self.when = self.when.filter(|when| match when {
            When::Label(_) => self.decision >= default,
            When::NoLabel(_) => self.decision == Verdict::Allow,
            When::AmountAbove(_) | When::Role(_) => true,
        });
        self
    }
}

impl When {
    fn written(self) -> String {
        match self {
            When::AmountAbove(limit) => format!("args.amount > {limit}"),
            When::Role(role) => format!("principal.role == '{role}'"),
            When::Label(label) => format!("'{label}' in session.labels"),
            When::NoLabel(label) => format!("!('{label}' in session.labels)"),
        }
    }
}

impl Call {
    fn written(&self) -> ToolCall {
        let json = json!({
            "tool": self.tool, "args": self.args, "signals": self.signals,
            "principal": { "id": self.principal, "role": self.role },
            "session": { "id": self.session, "labels": self.labels },
        });
        wire::call_from_json(&json.to_string()).unwrap()
    }
}

// --- how the data is made up ---

const ROLES: [&str; 2] = ["prod", "dev"];
const LABELS: [&str; 3] = ["untrusted", "private", "seen"];
const PATHS: [&str; 5] = ["/workspace/a", "/workspace/sub/b", "/workspace", "/etc/x", "/workspace_evil/c"];
const DIRECTORIES: [&str; 4] = ["/workspace", "/workspace/sub", "/etc", "/workspace/a"];
const HOSTS: [&str; 4] = ["example.org", "api.example.org", "badexample.org", "example.com"];
const DOMAINS: [&str; 3] = ["example.org", ".example.org", "example.com"];
const LINES: [&str; 4] = ["whoami -x", "git status", "true x", "git"];
const PROGRAMS: [&str; 3] = ["whoami", "git", "true"];

fn a_verdict() -> impl Strategy<Value = Verdict> {
    select(Verdict::ALL.to_vec())
}

fn a_restriction() -> impl Strategy<Value = Verdict> {
    select(vec![Verdict::Deny, Verdict::RequireApproval])
}

fn some_of(values: &[&'static str]) -> impl Strategy<Value = Vec<&'static str>> + use<> {
    subsequence(values.to_vec(), 1..=values.len().min(2))
}

/// The keys an entry may have, and the checks that apply to each.
const KEYS: [(&str, &[&str]); 9] = [
    ("file.read", &["allowed_paths", "denied_paths"]),
    ("file.delete", &["allowed_paths", "denied_paths"]),
    ("file.*", &["allowed_paths", "denied_paths"]),
    ("http.request", &["allowed_domains", "denied_domains"]),
    ("shell.exec", &["allowed_commands", "denied_commands"]),
    ("get_time", &[]),
    ("transfer_funds", &[]),
    ("*_funds", &["allowed_paths", "allowed_commands"]),
    (
        "*",
        &["allowed_paths", "denied_paths", "allowed_domains", "denied_domains", "allowed_commands", "denied_commands"],
    ),
];

fn a_check(name: &'static str) -> BoxedStrategy<(&'static str, Vec<&'static str>)> {
    let values = match name.split_once('_').unwrap().1 {
        "paths" => &DIRECTORIES[..],
        "domains" => &DOMAINS,
        _ => &PROGRAMS,
    };
    some_of(values).prop_map(move |values| (name, values)).boxed()
}

fn an_entry() -> impl Strategy<Value = (&'static str, Entry)> {
    select(KEYS.to_vec()).prop_flat_map(|(key, checks)| {
        let checks = subsequence(checks.to_vec(), 0..=checks.len().min(2))
            .prop_flat_map(|names| names.into_iter().map(a_check).collect::<Vec<_>>());
        let restriction = || proptest::option::weighted(0.3, a_restriction());
        (proptest::option::weighted(0.8, a_verdict()), restriction(), restriction(), checks).prop_map(
            move |(decision, otherwise, unresolved, checks)| {
                (key, Entry { decision, otherwise, unresolved, checks: checks.into_iter().collect() })
            },
        )
    })
}

fn some_entries() -> impl Strategy<Value = BTreeMap<&'static str, Entry>> {
    proptest::collection::vec(an_entry(), 0..4).prop_map(|entries| entries.into_iter().collect())
}

fn a_field() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    let fields: Vec<(&str, Vec<&str>)> = vec![
        (
            "action",
            vec!["file.read", "file.write", "file.*", "payment.*", "*_time", "shell.exec", "get_*", "http.request"],
        ),
        ("category", vec!["file", "payment", "other", "shell", "http"]),
        ("tool", vec!["read_file", "frobnicate", "Bash"]),
        ("target", vec!["/workspace/**", "/etc", "acct_*", "*", "git*", "whoami -x", "/workspace/a"]),
        ("host", DOMAINS.to_vec()),
        ("principal", vec!["agent:a", "agent:*", "*b", "user"]),
        ("role", ROLES.to_vec()),
        ("session", vec!["run-1", "run-*"]),
        ("labels", vec!["untrusted", "p*"]),
        ("signals", vec!["injection", "inj*"]),
        ("risk", vec!["low", "medium", "high", "critical"]),
        ("confidence", vec!["exact", "opaque"]),
    ];
    select(fields)
        .prop_flat_map(|(field, values)| some_of(&values).prop_map(move |values| (field, some_risk(field, values))))
}

/// A risk has one value, not several.
fn some_risk(field: &str, mut values: Vec<&'static str>) -> Vec<&'static str> {
    values.truncate(if field == "risk" { 1 } else { 2 });
    values
}

fn a_condition() -> impl Strategy<Value = When> {
    prop_oneof![
        (0i64..200).prop_map(When::AmountAbove),
        select(ROLES.to_vec()).prop_map(When::Role),
        select(LABELS.to_vec()).prop_map(When::Label),
        select(LABELS.to_vec()).prop_map(When::NoLabel),
    ]
}

fn a_rule() -> impl Strategy<Value = Rule> {
    let fields = proptest::collection::vec(a_field(), 0..4);
    (a_verdict(), fields, proptest::option::weighted(0.3, a_condition())).prop_map(|(decision, fields, when)| Rule {
        id: String::new(),
        decision,
        fields: fields.into_iter().collect(),
        when,
    })
}

fn a_policy() -> impl Strategy<Value = Policy> {
    let roles = proptest::collection::btree_map(select(ROLES.to_vec()), some_entries(), 0..2);
    (a_restriction(), some_entries(), proptest::collection::vec(a_rule(), 0..8), roles).prop_map(
        |(default, tools, rules, roles)| Policy {
            default,
            tools,
            roles,
            rules: numbered(rules.into_iter().map(|rule| rule.without_loosening(default))),
        },
    )
}

fn numbered(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    rules.enumerate().map(|(number, rule)| Rule { id: format!("r{number}"), ..rule }).collect()
}

fn part(kind: &'static str, category: &'static str, base_risk: u32, flags_risk: u32, target: Target) -> Part {
    Part { kind, category, base_risk, flags_risk, target }
}

type Act = (&'static str, Json, Vec<Part>, Option<i64>);

fn an_act() -> impl Strategy<Value = Act> {
    let file = |kind, risk, path| part(kind, "file", risk, 0, Target::Path(path));
    prop_oneof![
        Just(("get_time", json!({}), vec![part("get_time", "other", 0, 0, Target::Nothing)], None)),
        Just((
            "frobnicate",
            json!({ "amount": 7 }),
            vec![part("frobnicate", "other", 25, 10, Target::Nothing)],
            Some(7)
        )),
        select(PATHS.to_vec()).prop_map(move |path| (
            "read_file",
            json!({ "path": path }),
            vec![file("file.read", 10, path)],
            None
        )),
        select(PATHS.to_vec()).prop_map(move |path| {
            ("write_file", json!({ "path": path, "content": "x" }), vec![file("file.write", 30, path)], None)
        }),
        (select(PATHS.to_vec()), select(PATHS.to_vec())).prop_map(move |(source, destination)| {
            let parts = vec![
                file("file.move", 30, destination),
                file("file.delete", 50, source),
                file("file.write", 30, destination),
            ];
            ("move_file", json!({ "source": source, "destination": destination }), parts, None)
        }),
        select(HOSTS.to_vec()).prop_map(|host| {
            let parts = vec![part("http.request", "http", 20, 10, Target::Host(host))];
            ("http_get", json!({ "url": format!("https://{host}/") }), parts, None)
        }),
        select(LINES.to_vec()).prop_map(|line| {
            ("Bash", json!({ "command": line }), vec![part("shell.exec", "shell", 50, 0, Target::Words(line))], None)
        }),
        Just((
            "Bash",
            json!({ "command": "fi" }),
            vec![part("shell.exec", "shell", 50, 20, Target::Opaque("fi"))],
            None
        )),
        (select(vec!["acct_1", "iban_2"]), proptest::option::of(0i64..200)).prop_map(|(account, amount)| {
            let args = match amount {
                Some(amount) => json!({ "destination": account, "amount": amount }),
                None => json!({ "destination": account }),
            };
            ("transfer_funds", args, vec![part("transfer_funds", "payment", 70, 0, Target::Name(account))], amount)
        }),
    ]
}

fn a_call() -> impl Strategy<Value = Call> {
    let who =
        (select(vec!["agent:a", "agent:b", "user", ""]), proptest::option::of(select(vec!["prod", "dev", "other"])));
    let labels = subsequence(LABELS.to_vec(), 0..=2);
    let signals = subsequence(vec!["injection", "pii"], 0..=2);
    (an_act(), who, select(vec!["run-1", "run-2", "x"]), labels, signals).prop_map(
        |((tool, args, parts, amount), (principal, role), session, labels, signals)| Call {
            tool,
            args,
            parts,
            amount,
            principal,
            role,
            session,
            labels,
            signals,
        },
    )
}

// --- anything at all ---

fn any_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Json::from),
        select(hostile_texts()).prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map(any_key(), inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    let keys = "path file_path url command commands cwd workdir query code patch input to amount content method \
                body source destination timeout_ms type action paths pattern";
    prop_oneof![4 => select(keys.split_whitespace().map(str::to_owned).collect::<Vec<_>>()), 1 => any::<String>()]
}

fn any_tool() -> impl Strategy<Value = String> {
    let tools = "Bash shell terminal read_file Read read_multiple_files write_file apply_patch move_file copy_file Glob \
                 Grep LS fetch http_get browser_navigate execute_sql run_python transfer_funds stripe.charges.create \
                 send_email git_clone mcp__filesystem__read_file mcp__a__b computer local_shell file.patch file.list \
                 download_file str_replace_based_edit_tool";
    prop_oneof![5 => select(tools.split_whitespace().map(str::to_owned).collect::<Vec<_>>()), 1 => any::<String>()]
}

fn hostile_texts() -> Vec<String> {
    let texts = [
        "",
        "/",
        "~",
        "~root/x",
        "../../etc/passwd",
        "%2e%2e/x",
        "C:\\Windows\\x",
        "c:/users/me",
        "\\\\host\\share\\x",
        "//host/share",
        "/proc/self/root/etc",
        "file:///etc/passwd",
        "https://[::1]/",
        "http://0x7f.1",
        "http://a@b@c/",
        "gopher://x",
        "ls; rm -rf /",
        "$(x)",
        "r''m -rf /",
        "*** Add File: a\n*** Delete File: ../b",
        "--- a\n+++ b",
        "select 1",
        "\u{202e}",
        "a\0b",
        "é",
        "agent:é",
        "example.org.",
        "https://münchen.de/ä",
    ];
    texts.map(str::to_owned).to_vec()
}

/// Any call that is within the limits: names may be anything, but neither empty nor too long.
fn any_call() -> impl Strategy<Value = Json> {
    let hostile = || select(hostile_texts());
    let value = prop_oneof![hostile().prop_map(Json::from), any_value()];
    let args = proptest::collection::btree_map(any_key(), value, 0..5);
    let name = || prop_oneof![3 => hostile(), 1 => any::<String>()];
    (any_tool(), args, name(), name(), name(), name()).prop_map(|(tool, args, id, session, server, cwd)| {
        json!({
            "tool": tool, "args": args, "server": server, "cwd": cwd,
            "principal": { "id": id, "role": "prod" }, "session": { "id": session, "labels": ["private"] },
        })
    })
}

/// Match fields of every kind that the index files clauses under, over texts of every odd kind.
fn a_filed_rule() -> impl Strategy<Value = Json> {
    let names = prop_oneof![
        select(hostile_texts()),
        select(hostile_texts()).prop_map(|text| format!("{text}*")),
        Just("*".to_owned())
    ];
    let targets = "/** /etc /workspace/** C:/Windows C:/ C:/users/* \\\\host\\share //x ~/x ~ **/x *.pem ls* https://* / \
                   https://[::1]/ * acct? file:///etc/passwd";
    let hosts = "* .example.org example.org *.org ::1 127.0.0.1 xn--mnchen-3ya.de localhost";
    let list = |text: &'static str| select(text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let target = prop_oneof![list(targets), select(hostile_texts())];
    let field = prop_oneof![
        target.prop_map(|text| ("target", json!([text, "/never"]))),
        list(targets).prop_map(|text| ("target", json!(text))),
        list(hosts).prop_map(|text| ("host", json!(text))),
        names.clone().prop_map(|text| ("principal", json!({ "id": text }))),
        names.clone().prop_map(|text| ("session", json!(text))),
        names.clone().prop_map(|text| ("server", json!(text))),
        any_tool().prop_map(|text| ("tool", json!(text))),
        list("file.read file.* shell.exec http.* *.request payment.* file.list")
            .prop_map(|text| ("action", json!(text))),
        list("file http shell payment other").prop_map(|text| ("category", json!(text))),
    ];
    (proptest::collection::vec(field, 1..3), a_verdict())
        .prop_map(|(fields, verdict)| json!({ "match": fields.into_iter().collect::<BTreeMap<_, _>>(), "decision": verdict.as_str() }))
}

/// A gate with those of `rules` that are valid, and a tool entry of each sort.
fn filed(rules: &[Json]) -> Gate {
    let usable = |rule: &&Json| build(&json!({ "rules": [with_id(rule, 0)] })).is_some();
    let rules: Vec<Json> =
        rules.iter().filter(usable).enumerate().map(|(number, rule)| with_id(rule, number)).collect();
    let tools = json!({ "file.read": { "decision": "allow" }, "http.*": { "decision": "allow" }, "*": { "decision": "dry_run" } });
    build(&json!({ "tools": tools, "roles": { "prod": { "tools": { "file.read": { "decision": "deny" } } } }, "rules": rules })).unwrap()
}

fn with_id(rule: &Json, number: usize) -> Json {
    let mut rule = rule.clone();
    rule["id"] = json!(format!("r{number}"));
    rule
}

fn build(policy: &Json) -> Option<Gate> {
    Gate::builder()
        .policy_text(policy.to_string())
        .audit(AuditTarget::Off)
        .cwd("/workspace")
        .home("/home/me")
        .file_system(NoFileSystem)
        .build()
        .ok()
}

fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(few(600))]

    #[test]
    fn the_gate_agrees_with_the_reference(policy in a_policy(), call in a_call()) {
        let decision = policy.guard(&call);
        let (verdict, rules) = reference(&policy, &call);
        prop_assert_eq!(decision.verdict, verdict, "{:?}", decision);
        prop_assert_eq!(decision.rules.iter().map(|id| id.to_string()).collect::<BTreeSet<_>>(), rules);
        prop_assert_eq!(u32::from(decision.risk.score), risk(&call));
    }
}

proptest! {
    #![proptest_config(few(200))]

    #[test]
    fn a_deny_always_wins(mut policy in a_policy(), call in a_call()) {
        policy.rules.push(Rule { id: "never".to_owned(), decision: Verdict::Deny, fields: BTreeMap::new(), when: None });
        let decision = policy.guard(&call);
        prop_assert_eq!(decision.verdict, Verdict::Deny);
        prop_assert!(decision.rules.iter().any(|id| &**id == "never"));
    }

    #[test]
    fn nothing_is_allowed_that_is_not_written(mut policy in a_policy(), call in a_call()) {
        let allows = policy.guard(&call);
        if allows.verdict == Verdict::Allow {
            prop_assert!(!allows.rules.is_empty());
        }
        let entries = policy.roles.values_mut().flat_map(|tools| tools.values_mut()).chain(policy.tools.values_mut());
        entries.filter(|entry| entry.decision == Some(Verdict::Allow)).for_each(|entry| entry.decision = None);
        policy.rules.retain(|rule| rule.decision != Verdict::Allow);
        prop_assert_ne!(policy.guard(&call).verdict, Verdict::Allow);
    }

    #[test]
    fn order_and_duplicates_change_nothing(
        (policy, shuffled) in a_policy().prop_flat_map(|policy| (Just(policy.clone()), Just(policy.rules).prop_shuffle())),
        call in a_call(),
    ) {
        let before = policy.guard(&call);
        let again = shuffled.iter().map(|rule| Rule { id: format!("{}-again", rule.id), ..rule.clone() });
        let reordered = Policy { rules: shuffled.iter().cloned().chain(again).collect(), ..policy };
        let after = reordered.guard(&call);
        prop_assert_eq!((before.verdict, before.code), (after.verdict, after.code));
    }

    #[test]
    fn another_rule_that_denies_never_loosens(policy in a_policy(), rule in a_rule(), call in a_call()) {
        let before = policy.guard(&call).verdict;
        let rule = Rule { id: "more".to_owned(), decision: Verdict::Deny, ..rule }.without_loosening(policy.default);
        let mut stricter = policy;
        stricter.rules.push(rule);
        prop_assert!(stricter.guard(&call).verdict >= before);
    }

    #[test]
    fn what_a_caller_declares_never_loosens(
        policy in a_policy(),
        call in a_call(),
        label in select(LABELS.to_vec()),
        signal in select(vec!["injection", "pii", "other"]),
    ) {
        let before = policy.guard(&call);
        let mut more = call.clone();
        more.labels.push(label);
        more.signals.push(signal);
        let after = policy.guard(&more);
        prop_assert!(after.verdict >= before.verdict, "{before:?} became {after:?}");
        prop_assert!(after.risk.score >= before.risk.score);
    }

    #[test]
    fn observing_blocks_nothing_and_says_what_it_would_have_been(policy in a_policy(), call in a_call()) {
        let enforced = policy.guard(&call);
        let observed = policy.gate("observe").guard(&call.written());
        prop_assert_eq!(observed.verdict, Verdict::Allow);
        prop_assert_eq!(observed.observed, Some(enforced.verdict));
        prop_assert_eq!((observed.code, observed.rules), (enforced.code, enforced.rules));
    }
}

proptest! {
    #![proptest_config(few(500))]

    #[test]
    fn the_index_misses_no_clause(rules in proptest::collection::vec(a_filed_rule(), 1..6), calls in proptest::collection::vec(any_call(), 24)) {
        let gate = filed(&rules);
        for call in calls.iter().filter_map(|call| wire::call_from_json(&call.to_string()).ok()) {
            let Ok(explanation) = gate.explain(&call) else { continue };
            // Explaining asks every clause; evaluating asks those that the index finds.
            let notes = explanation.parts.iter().flat_map(|(_, notes)| notes);
            let asked: BTreeSet<_> = notes.filter(|note| note.verdict.is_some()).map(|note| note.id.clone()).collect();
            let found: BTreeSet<_> = explanation.evaluation.rules.iter().cloned().collect();
            prop_assert_eq!(asked, found, "{:?}", call);
        }
    }
}

static BUSY: LazyLock<Gate> = LazyLock::new(|| {
    let text = r#"
        include: [pack:sensitive-boundaries]
        tools:
          shell.exec: { decision: allow, allowed_commands: [ls], deny_patterns: ["/rm\\b/"], allowed_cwd_prefixes: [/workspace], max_timeout_ms: 5 }
          "file.*": { decision: allow, allowed_paths: [/workspace, "~/x"], denied_extensions: [.pem], max_size_bytes: 9 }
          "http.*": { decision: allow, allowed_domains: ["*"], allowed_methods: [GET], allowed_ports: [443], denied_ip_ranges: ["::/0"] }
          "*": { decision: allow }
        rules:
          - { id: amount, when: args.amount > 5 && args.content.size() < 3, decision: require_approval }
          - { id: target, match: { target: ["*é*", "/**/x"], args: { method: ["*", 5] } }, when: 'action.target.contains("x")', decision: deny }
    "#;
    let builder = Gate::builder().policy_text(text).audit(AuditTarget::Off).cwd("/workspace").home("/home/me");
    builder.file_system(NoFileSystem).build().unwrap()
});

proptest! {
    #![proptest_config(few(3000))]

    #[test]
    fn any_call_has_an_answer(call in any_call()) {
        if let Ok(call) = wire::call_from_json(&call.to_string()) {
            let decision = BUSY.guard(&call);
            prop_assert_ne!(decision.code, Code::InternalPanic);
            prop_assert_ne!(decision.code, Code::InternalError);
            let again = BUSY.guard(&call);
            prop_assert_eq!((decision.verdict, decision.code, decision.rules), (again.verdict, again.code, again.rules));
            prop_assert_eq!(decision.action, again.action);
        }
    }

    #[test]
    fn any_text_of_a_call_has_an_answer(text in any::<String>(), args in any::<String>()) {
        let call = ToolCall::new(text.as_str(), toolgate::Map::default());
        prop_assert_ne!(BUSY.guard(&call).code, Code::InternalPanic);
        let refused = [wire::call_from_json(&text).map(drop), ToolCall::from_json("x", &args).map(drop)];
        for error in refused.into_iter().filter_map(Result::err) {
            prop_assert_eq!(BUSY.refuse(&call, &error).verdict, Verdict::Deny);
        }
    }
}
