//! Turns checked YAML into clauses: tool entries, rules, roles.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use ipnet::IpNet;

use super::checks::{Checks, FileChecks, HttpChecks, ShellChecks};
use super::clause::{Clause, Scope};
use super::condition::{Condition, LabelUse};
use super::language::{APPROVAL, RULE, TOOL};
use super::matcher::{ActionPattern, Matcher, SpelledPattern, TargetPattern, ValuePattern};
use super::places::Places;
use super::sql::{SqlChecks, TablePattern};
use super::state;
use super::vocabulary::Vocabulary;
use crate::action::{Category, Confidence, Reading, value_of};
use crate::decision::{ApprovalTerms, Verdict};
use crate::net::{DomainPattern, DomainSet};
use crate::path::PathSet;
use crate::pattern::{NamePattern, TextSet};
use crate::shape::{Object, Problems, field};
use crate::sql::StatementKind;
use crate::yaml::{Key, Kind, Node, Place};

/// What the readers need to know about the policy as a whole.
pub(super) struct Reader<'a> {
    /// The words that mean something: types, families, tool names.
    pub vocabulary: &'a Vocabulary<'a>,
    /// The verdict where nothing matches.
    pub default: Verdict,
    /// Reads path patterns.
    pub places: &'a Places<'a>,
    /// The zone of times that do not say theirs.
    pub zone: &'a state::Zone,
    /// The file as the user named it.
    pub file: Arc<str>,
}

impl Reader<'_> {
    /// Reads one entry under `tools`.
    pub(super) fn tool(&self, key: &Key, node: &Node, scope: Scope, problems: &mut Problems) -> Clause {
        let verdict = verdict(node, &TOOL, "decision");
        let pattern = self.vocabulary.action(&key.text, self.permits(verdict), key.place, problems);
        self.refuse_useless_checks(key, node, pattern.as_ref(), problems);
        let text = |name| field(node, &TOOL, name).and_then(Node::as_str).map(Arc::from);
        let id = format!("tools.{}", key.text);
        Clause {
            stated: OnceLock::new(),
            id: id.into(),
            place: (self.file.clone(), key.place.line),
            scope,
            matcher: Matcher { actions: pattern.into_iter().collect(), ..Matcher::default() },
            checks: Some(Box::new(self.checks(node, problems))),
            during: None,
            when: None,
            verdict,
            reason: text("reason"),
            safer_alternative: text("safer_alternative"),
            approval: None,
            cost: field(node, &TOOL, "cost_usd").and_then(|node| state::money(node, "cost_usd", problems)),
        }
    }

    /// Reads one of the `rules`. `None` if it has no id.
    pub(super) fn rule(&self, node: &Node, scope: Scope, problems: &mut Problems) -> Option<Clause> {
        let id = field(node, &RULE, "id").map(name_of);
        let verdict = verdict(node, &RULE, "decision");
        let permits = self.permits(verdict);
        let matcher = field(node, &RULE, "match").map(|node| self.matcher(node, permits, problems)).unwrap_or_default();
        let during = field(node, &RULE, "during");
        let during = during.map(|node| state::During::read(node, self.zone, !permits, problems));
        let when = field(node, &RULE, "when").and_then(|node| self.condition(node, problems));
        if let Some(verdict) = verdict {
            self.refuse_loosening(node, verdict, &matcher, when.as_ref(), problems);
        }
        let asks = verdict.is_none_or(|verdict| verdict == Verdict::RequireApproval);
        if let Some(terms) = field(node, &RULE, "approval").filter(|_| !asks) {
            let message = "`approval` says who consents, but the rule asks for no consent";
            problems.add(terms.place, "policy.useless_approval", message, "remove it, or decide `require_approval`");
        }
        let text = |name| field(node, &RULE, name).and_then(Node::as_str).map(Arc::from);
        Some(Clause {
            stated: OnceLock::new(),
            id: id?.into(),
            place: (self.file.clone(), node.place.line),
            scope,
            matcher,
            checks: None,
            during,
            when,
            verdict,
            reason: text("reason"),
            safer_alternative: text("safer_alternative"),
            approval: field(node, &RULE, "approval").map(|node| approval(node, problems)),
            cost: None,
        })
    }

    /// Whether a clause with this verdict can loosen the answer that would come without it.
    fn permits(&self, verdict: Option<Verdict>) -> bool {
        verdict.is_some_and(|verdict| verdict < self.default)
    }

    /// A check that cannot apply would be ignored in silence, and its author would believe in it.
    fn refuse_useless_checks(&self, key: &Key, node: &Node, pattern: Option<&ActionPattern>, problems: &mut Problems) {
        let Some(readings) = pattern.and_then(|pattern| self.vocabulary.readings(pattern)) else { return };
        for (name, _) in node.entries() {
            let needs: &[Reading] = match &*name.text {
                "allowed_commands"
                | "denied_commands"
                | "deny_commands"
                | "deny_patterns"
                | "denied_patterns"
                | "allowed_cwd_prefixes"
                | "max_timeout_ms" => &[Reading::Command],
                "allowed_paths" | "denied_paths" | "deny_paths" | "allowed_extensions" | "denied_extensions"
                | "deny_extensions" | "max_size_bytes" => &[Reading::Path, Reading::Patch],
                "allowed_methods"
                | "allowed_domains"
                | "denied_domains"
                | "deny_domains"
                | "allowed_schemes"
                | "allowed_ports"
                | "allowed_ip_ranges"
                | "denied_ip_ranges"
                | "deny_ip_ranges"
                | "local_addresses_in_commands" => &[Reading::Url, Reading::Repository],
                "allowed_statements" | "denied_statements" | "deny_statements" | "allowed_tables" | "denied_tables"
                | "deny_tables" | "allowed_functions" | "require_where" | "single_statement" => &[Reading::Sql],
                _ => continue,
            };
            if !readings.iter().any(|reading| needs.contains(reading)) {
                let message = format!("`{}` does not apply to `{}`", name.text, key.text);
                problems.add(
                    name.place,
                    "policy.useless_check",
                    message,
                    "remove it, or move it to the action it is meant for",
                );
            }
        }
    }

    /// What a caller declares may only make answers stricter: a rule that looks at it must not be able to loosen one.
    fn refuse_loosening(
        &self,
        node: &Node,
        verdict: Verdict,
        matcher: &Matcher,
        when: Option<&Condition>,
        problems: &mut Problems,
    ) {
        let restricts = verdict >= self.default;
        let declared = [
            ("signals", !matcher.signals.is_empty()),
            ("labels", !matcher.labels.is_empty()),
            ("risk", matcher.risk_min > 0),
        ];
        for (name, _) in declared.into_iter().filter(|(_, used)| *used && !restricts) {
            let message = format!("a rule that decides `{}` cannot match `{name}`", verdict.as_str());
            let help = "what a caller declares may only make answers stricter: use it in a rule that decides `deny`";
            problems.add(node.place, "policy.declared_fact_loosens", message, help);
        }
        let fits = match when.map_or(LabelUse::None, Condition::label_use) {
            LabelUse::None => true,
            LabelUse::Raises => restricts,
            LabelUse::Lowers => verdict == Verdict::Allow,
            LabelUse::Unclear => false,
        };
        if !fits {
            let place = field(node, &RULE, "when").map_or(node.place, |when| when.place);
            let message =
                format!("with one more label this rule, which decides `{}`, could loosen an answer", verdict.as_str());
            let help = "ask `\"label\" in session.labels` in a rule that restricts, or its negation in one that allows";
            problems.add(place, "policy.declared_fact_loosens", message, help);
        }
    }

    pub(super) fn matcher(&self, node: &Node, permits: bool, problems: &mut Problems) -> Matcher {
        let mut matcher = Matcher { permits, ..Matcher::default() };
        for (key, value) in node.entries() {
            let values = value.one_or_many().iter();
            match &*key.text {
                "action" => {
                    let action = |node: &Node| self.vocabulary.action(&name_of(node), permits, node.place, problems);
                    matcher.actions = values.filter_map(action).collect();
                }
                "category" => matcher.categories = values.filter_map(|node| category(node, problems)).collect(),
                "tool" => matcher.tools = values.map(|node| SpelledPattern::new(&name_of(node), permits)).collect(),
                "target" => matcher.targets = values.flat_map(|node| self.targets(node, permits, problems)).collect(),
                "host" => matcher.hosts = values.filter_map(|node| domain(node, problems)).collect(),
                "args" => matcher.args = value_patterns(value),
                "principal" => principal(value, &mut matcher),
                "session" => matcher.sessions = name_patterns(value),
                "framework" => matcher.frameworks = name_patterns(value),
                "server" => matcher.servers = name_patterns(value),
                "flags" => matcher.flags = values.filter_map(|node| self.vocabulary.flag(node, problems)).collect(),
                "signals" => matcher.signals = name_patterns(value),
                "labels" => matcher.labels = name_patterns(value),
                "risk" => matcher.risk_min = value.as_str().map_or(0, risk_floor),
                "confidence" => matcher.confidence = values.filter_map(|node| confidence(&name_of(node))).collect(),
                // Already reported as unknown.
                _ => {}
            }
        }
        matcher
    }

    /// The pattern, and for a mail address the pattern with its domain as addresses are read: in lower case.
    fn targets(&self, node: &Node, permits: bool, problems: &mut Problems) -> Vec<TargetPattern> {
        let text = name_of(node);
        let read = text.rsplit_once('@').map(|(name, domain)| format!("{name}@{}", domain.to_ascii_lowercase()));
        let lower = read.filter(|read| *read != *text).map(|read| NamePattern::new(&read));
        let lower = lower.map(|name| TargetPattern { path: None, name: Some(name) });
        self.target(node, permits, problems).into_iter().chain(lower).collect()
    }

    fn target(&self, node: &Node, permits: bool, problems: &mut Problems) -> Option<TargetPattern> {
        let text = name_of(node);
        let looks_like_path = text.starts_with(['/', '~']) || text.starts_with("**/");
        let path = match self.places.pattern(&text, permits) {
            Ok(path) => Some(path),
            Err(why) if looks_like_path => {
                problems.add(node.place, "policy.bad_path", why, "");
                return None;
            }
            Err(_) => None,
        };
        let name = (!permits || !looks_like_path).then(|| NamePattern::new(&text));
        Some(TargetPattern { path, name })
    }

    fn condition(&self, node: &Node, problems: &mut Problems) -> Option<Condition> {
        let condition = Condition::compile(node.as_str()?);
        let refused = condition.as_ref().err().into_iter().flatten();
        refused.for_each(|refusal| problems.add(node.place, refusal.code, &*refusal.message, &*refusal.help));
        let condition = condition.ok()?;
        for question in condition.questions() {
            // Only one type at a time is remembered, and one that nobody knows would never have happened.
            if question.action.contains(['*', '?']) {
                let help = "name one type, such as `create_charge`";
                problems.add(node.place, "policy.bad_history", "`history` is asked for a pattern of types", help);
            } else {
                self.vocabulary.action(&question.action, false, node.place, problems);
            }
        }
        Some(condition)
    }

    fn checks(&self, node: &Node, problems: &mut Problems) -> Checks {
        let has = |names: &[&str]| names.iter().any(|name| field(node, &TOOL, name).is_some());
        let shell = ["allowed_commands", "denied_commands", "deny_patterns", "allowed_cwd_prefixes", "max_timeout_ms"];
        let file = ["allowed_paths", "denied_paths", "allowed_extensions", "denied_extensions", "max_size_bytes"];
        let http = [
            "allowed_methods",
            "allowed_domains",
            "denied_domains",
            "allowed_schemes",
            "allowed_ports",
            "allowed_ip_ranges",
            "denied_ip_ranges",
            "local_addresses_in_commands",
        ];
        let sql = [
            "allowed_statements",
            "denied_statements",
            "allowed_tables",
            "denied_tables",
            "allowed_functions",
            "require_where",
            "single_statement",
        ];
        Checks {
            otherwise: verdict(node, &TOOL, "otherwise").unwrap_or(Verdict::Deny),
            unresolved: verdict(node, &TOOL, "unresolved").unwrap_or(Verdict::RequireApproval),
            shell: has(&shell).then(|| self.shell_checks(node, problems)),
            file: has(&file).then(|| self.file_checks(node, problems)),
            http: has(&http).then(|| self.http_checks(node, problems)),
            sql: has(&sql).then(|| sql_checks(node, problems)),
        }
    }

    fn shell_checks(&self, node: &Node, problems: &mut Problems) -> ShellChecks {
        let commands =
            |name| texts(node, name).map(|texts| texts.iter().map(|(_, text)| command_words(text)).collect::<Vec<_>>());
        ShellChecks {
            allowed_commands: commands("allowed_commands"),
            denied_commands: commands("denied_commands").unwrap_or_default(),
            deny_patterns: texts(node, "deny_patterns").and_then(|texts| text_set(&texts, problems)),
            allowed_cwd: self.paths(node, "allowed_cwd_prefixes", true, problems),
            max_timeout_ms: field(node, &TOOL, "max_timeout_ms").and_then(Node::as_int),
        }
    }

    fn file_checks(&self, node: &Node, problems: &mut Problems) -> FileChecks {
        let extensions =
            |name| texts(node, name).map(|texts| texts.into_iter().map(|(_, text)| text.into()).collect::<Vec<_>>());
        FileChecks {
            allowed_paths: self.paths(node, "allowed_paths", true, problems),
            denied_paths: self.paths(node, "denied_paths", false, problems),
            allowed_extensions: extensions("allowed_extensions"),
            denied_extensions: extensions("denied_extensions").unwrap_or_default(),
            max_size_bytes: field(node, &TOOL, "max_size_bytes").and_then(Node::as_int),
        }
    }

    fn http_checks(&self, node: &Node, problems: &mut Problems) -> HttpChecks {
        let words =
            |name| texts(node, name).map(|texts| texts.into_iter().map(|(_, text)| text.into()).collect::<Vec<_>>());
        let ports = |node: &Node| node.items().iter().filter_map(Node::as_int).collect();
        HttpChecks {
            allowed_methods: words("allowed_methods"),
            allowed_domains: domains(node, "allowed_domains", problems),
            denied_domains: domains(node, "denied_domains", problems),
            allowed_schemes: words("allowed_schemes"),
            allowed_ports: field(node, &TOOL, "allowed_ports").map(ports),
            allowed_ranges: ranges(node, "allowed_ip_ranges", problems),
            denied_ranges: ranges(node, "denied_ip_ranges", problems),
            local_in_commands: verdict(node, &TOOL, "local_addresses_in_commands"),
        }
    }

    /// What is allowed in `~` is allowed in one home; what is denied there is denied in everybody's.
    fn paths(&self, node: &Node, name: &str, permits: bool, problems: &mut Problems) -> Option<PathSet> {
        let mut patterns = Vec::new();
        for item in field(node, &TOOL, name)?.items() {
            let Some(text) = item.as_str() else { continue };
            match self.places.pattern(text, permits) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => problems.add(item.place, "policy.bad_path", why, ""),
            }
        }
        Some(PathSet::new(patterns))
    }
}

/// A scalar as a name; digits make a name too.
pub(super) fn name_of(node: &Node) -> Cow<'_, str> {
    match &node.kind {
        Kind::Text(text) => Cow::Borrowed(text),
        Kind::Int(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

fn verdict(node: &Node, object: &Object, name: &str) -> Option<Verdict> {
    field(node, object, name).and_then(Node::as_str).and_then(Verdict::parse)
}

fn category(node: &Node, problems: &mut Problems) -> Option<Category> {
    let word = name_of(node);
    let category = Category::parse(&word);
    if category.is_none() {
        let known = || Category::ALL.iter().map(|category| category.as_str());
        let help = match crate::shape::nearest(&word, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", known().collect::<Vec<_>>().join(", ")),
        };
        problems.add(node.place, "policy.unknown_category", format!("unknown category `{word}`"), help);
    }
    category
}

fn confidence(word: &str) -> Option<Confidence> {
    [Confidence::Exact, Confidence::Partial, Confidence::Opaque].into_iter().find(|one| one.as_str() == word)
}

fn risk_floor(level: &str) -> u8 {
    match level {
        "medium" => 25,
        "high" => 50,
        "critical" => 75,
        _ => 0,
    }
}

fn approval(node: &Node, problems: &mut Problems) -> ApprovalTerms {
    let from: Vec<Arc<str>> =
        field(node, &APPROVAL, "from").map_or(&[][..], Node::items).iter().map(|node| name_of(node).into()).collect();
    let expires = field(node, &APPROVAL, "expires").and_then(|node| duration(node, "expires", problems));
    ApprovalTerms {
        count: field(node, &APPROVAL, "count")
            .and_then(Node::as_int)
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(1),
        distinct: field(node, &APPROVAL, "distinct").and_then(Node::as_bool).unwrap_or(true),
        from: if from.is_empty() { Vec::new() } else { vec![from] },
        expires_s: expires.unwrap_or(ApprovalTerms::EXPIRES_S),
    }
}

/// `90s`, `30m`, `1h`, `7d` in seconds; at most thirty days.
/// The seconds of a duration.
pub(super) fn duration(node: &Node, name: &str, problems: &mut Problems) -> Option<u64> {
    let text = node.as_str()?;
    let seconds = duration_s(text);
    if seconds.is_none() {
        let help = "write a number and `s`, `m`, `h` or `d`, such as `30m`, up to `30d`";
        problems.add(node.place, "policy.bad_duration", format!("`{name}` cannot be `{text}`"), help);
    }
    seconds
}

pub(super) fn duration_s(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86400,
        _ => return None,
    };
    number.checked_mul(seconds).filter(|seconds| (1..=30 * 86400).contains(seconds))
}

/// The texts of a list and their places; `None` if the field is not there.
fn texts(node: &Node, name: &str) -> Option<Vec<(Place, String)>> {
    let is_name = |item: &&Node| matches!(item.kind, Kind::Text(_) | Kind::Int(_));
    let items = field(node, &TOOL, name)?.items().iter().filter(is_name);
    Some(items.map(|item| (item.place, name_of(item).into_owned())).collect())
}

fn command_words(text: &str) -> Vec<Arc<str>> {
    text.split_whitespace().map(Arc::from).collect()
}

fn text_set(texts: &[(Place, String)], problems: &mut Problems) -> Option<TextSet> {
    let patterns: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    match TextSet::new(&patterns) {
        Ok(set) => Some(set),
        Err(wrong) => {
            for (index, why) in wrong {
                if let Some((place, text)) = texts.get(index) {
                    problems.add(*place, "policy.bad_pattern", format!("`{text}`: {why}"), "");
                }
            }
            None
        }
    }
}

fn sql_checks(node: &Node, problems: &mut Problems) -> SqlChecks {
    let kinds = |name| {
        let words = texts(node, name);
        words.map(|words| words.iter().filter_map(|(_, word)| StatementKind::parse(word)).collect::<Vec<_>>())
    };
    let is_set = |name| field(node, &TOOL, name).and_then(Node::as_bool).unwrap_or(false);
    let function = |(_, text): (Place, String)| NamePattern::new(&text.to_lowercase());
    SqlChecks {
        allowed_statements: kinds("allowed_statements"),
        denied_statements: kinds("denied_statements").unwrap_or_default(),
        allowed_tables: tables(node, "allowed_tables", problems),
        denied_tables: tables(node, "denied_tables", problems).unwrap_or_default(),
        allowed_functions: texts(node, "allowed_functions").map(|texts| texts.into_iter().map(function).collect()),
        require_where: is_set("require_where"),
        single_statement: is_set("single_statement"),
    }
}

fn tables(node: &Node, name: &str, problems: &mut Problems) -> Option<Vec<TablePattern>> {
    let mut patterns = Vec::new();
    for (place, text) in texts(node, name)? {
        match TablePattern::parse(&text) {
            Ok(pattern) => patterns.push(pattern),
            Err(why) => problems.add(place, "policy.bad_table", format!("`{text}`: {why}"), "write it like `public.*`"),
        }
    }
    Some(patterns)
}

fn domain(node: &Node, problems: &mut Problems) -> Option<DomainPattern> {
    let text = node.as_str()?;
    DomainPattern::parse(text)
        .map_err(|why| problems.add(node.place, "policy.bad_domain", format!("`{text}`: {why}"), ""))
        .ok()
}

fn domains(node: &Node, name: &str, problems: &mut Problems) -> Option<DomainSet> {
    let items = field(node, &TOOL, name)?.items();
    Some(DomainSet::new(items.iter().filter_map(|item| domain(item, problems)).collect()))
}

fn ranges(node: &Node, name: &str, problems: &mut Problems) -> Vec<IpNet> {
    let mut ranges = Vec::new();
    for item in field(node, &TOOL, name).map_or(&[][..], Node::items) {
        let (Some(text), place) = (item.as_str(), item.place) else { continue };
        match text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(range) => ranges.push(range),
            None => problems.add(
                place,
                "policy.bad_range",
                format!("`{text}` is not an address range"),
                "write it like `10.1.0.0/16`",
            ),
        }
    }
    ranges
}

fn principal(node: &Node, matcher: &mut Matcher) {
    for (key, value) in node.entries() {
        match &*key.text {
            "id" => matcher.principals = name_patterns(value),
            "role" => matcher.roles = name_patterns(value),
            "on_behalf_of" => matcher.delegators = name_patterns(value),
            "attributes" => matcher.attributes = value_patterns(value),
            _ => {}
        }
    }
}

fn name_patterns(node: &Node) -> Vec<NamePattern> {
    node.one_or_many().iter().map(|node| NamePattern::new(&name_of(node))).collect()
}

fn value_patterns(node: &Node) -> Vec<(Arc<str>, Vec<ValuePattern>)> {
    let pattern = |node: &Node| match &node.kind {
        Kind::Text(text) => ValuePattern::Text(NamePattern::new(text)),
        _ => ValuePattern::Equal(value_of(node)),
    };
    let patterns = |values: &Node| match &values.kind {
        Kind::List(items) => items.iter().map(pattern).collect(),
        _ => vec![pattern(values)],
    };
    node.entries().iter().map(|(name, values)| (Arc::from(&*name.text), patterns(values))).collect()
}
