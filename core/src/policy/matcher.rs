//! The structured part of a rule: which actions it is about.

use std::sync::Arc;

use super::clause::Request;
use crate::action::{Action, Category, Confidence, Target, normal_name};
use crate::net::DomainPattern;
use crate::path::PathPattern;
use crate::pattern::NamePattern;
use crate::value::{Map, Value};

/// Every field that is not empty must hold, by any one of its values.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    /// Canonical types.
    pub actions: Vec<ActionPattern>,
    /// Families.
    pub categories: Vec<Category>,
    /// Tool names.
    pub tools: Vec<SpelledPattern>,
    /// What it is done to.
    pub targets: Vec<TargetPattern>,
    /// Hosts contacted.
    pub hosts: Vec<DomainPattern>,
    /// Canonical arguments; all of them must hold.
    pub args: Vec<(Arc<str>, Vec<ValuePattern>)>,
    /// Principal ids.
    pub principals: Vec<NamePattern>,
    /// Roles.
    pub roles: Vec<NamePattern>,
    /// Delegators.
    pub delegators: Vec<NamePattern>,
    /// The principal's attributes; all of them must hold.
    pub attributes: Vec<(Arc<str>, Vec<ValuePattern>)>,
    /// Session ids.
    pub sessions: Vec<NamePattern>,
    /// Frameworks.
    pub frameworks: Vec<NamePattern>,
    /// MCP servers.
    pub servers: Vec<NamePattern>,
    /// Flags of the reading.
    pub flags: Vec<Arc<str>>,
    /// Signals the caller declared.
    pub signals: Vec<NamePattern>,
    /// Labels of the session.
    pub labels: Vec<NamePattern>,
    /// The least risk score.
    pub risk_min: u8,
    /// How sure the reading is.
    pub confidence: Vec<Confidence>,
    /// Whether what it matches is permitted something: then every item of a list has to fit, not any one.
    pub permits: bool,
}

/// Which canonical types.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionPattern {
    /// One type, in normal spelling.
    Kind(Arc<str>),
    /// All types of a family.
    Category(Category),
    /// All types whose spelling fits.
    Name(SpelledPattern),
}

/// A pattern over names that are spelled in several ways.
#[derive(Clone, Debug, PartialEq)]
pub struct SpelledPattern {
    /// Over names without separators.
    joined: NamePattern,
    /// Over names with one `.` for each border between words.
    dotted: NamePattern,
    /// Whether borders between words count. Where a match permits something they must: `git.*` is not to reach
    /// `github_delete`. Where it restricts they do not, so that no spelling slips through.
    is_strict: bool,
}

impl SpelledPattern {
    /// Reads a pattern; `is_strict` if what it matches is permitted something.
    pub fn new(text: &str, is_strict: bool) -> SpelledPattern {
        let (joined, dotted) = (NamePattern::new(&normal_name(text)), NamePattern::new(&dotted_name(text)));
        SpelledPattern { joined, dotted, is_strict }
    }

    /// Whether `name`, in any spelling, fits.
    pub fn matches(&self, name: &str) -> bool {
        let words_count = self.is_strict && self.exact().is_none();
        self.joined.matches(&normal_name(name)) && (!words_count || self.dotted.matches(&dotted_name(name)))
    }

    /// The name in normal spelling, if the pattern has no wildcard.
    pub fn exact(&self) -> Option<&str> {
        self.joined.exact()
    }
}

/// A name in lower case with one `.` where a word ends: at separators, and where a small letter meets a capital.
fn dotted_name(name: &str) -> String {
    let mut dotted = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for c in name.chars() {
        let separates = matches!(c, '.' | '_' | '-' | '/' | ':' | ' ');
        if (separates || after_small && c.is_uppercase()) && !dotted.ends_with('.') {
            dotted.push('.');
        }
        if !separates {
            dotted.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase() || c.is_ascii_digit();
    }
    dotted
}

/// What an action is done to: read as a path where the target is one, as a text elsewhere.
#[derive(Clone, Debug)]
pub struct TargetPattern {
    /// The pattern for paths, if it can be one.
    pub path: Option<PathPattern>,
    /// The pattern for everything else. Where a path is permitted there is none: what merely begins with the same
    /// letters, such as a command, is not that path.
    pub name: Option<NamePattern>,
}

/// A value an argument may have.
#[derive(Clone, Debug, PartialEq)]
pub enum ValuePattern {
    /// Text that fits.
    Text(NamePattern),
    /// Exactly this value.
    Equal(Value),
}

impl Matcher {
    /// The first field that does not hold; `None` if all do.
    pub fn mismatch(&self, request: &Request) -> Option<&'static str> {
        let (action, call) = (request.action, request.call);
        let checks = [
            ("action", self.actions.is_empty() || self.actions.iter().any(|pattern| pattern.matches(action))),
            ("category", self.categories.is_empty() || self.categories.contains(&action.category)),
            ("risk", request.risk >= self.risk_min),
            ("confidence", self.confidence.is_empty() || self.confidence.contains(&action.confidence)),
        ];
        checks
            .into_iter()
            .find(|(_, holds)| !holds)
            .map(|(field, _)| field)
            .or_else(|| self.caller_mismatch(request))
            .or_else(|| (!self.tool_holds(&call.tool)).then_some("tool"))
            .or_else(|| self.target_mismatch(action))
    }

    fn caller_mismatch(&self, request: &Request) -> Option<&'static str> {
        let (call, principal) = (request.call, &request.call.principal);
        let one =
            |patterns: &[NamePattern], name: Option<&Arc<str>>| any(patterns, name.map(|name| &**name).into_iter());
        let many = |patterns: &[NamePattern], names: &[Arc<str>]| any(patterns, names.iter().map(|name| &**name));
        if !one(&self.principals, Some(&principal.id)) {
            Some("principal.id")
        } else if !one(&self.roles, principal.role.as_ref()) {
            Some("principal.role")
        } else if !many(&self.delegators, &principal.on_behalf_of) {
            Some("principal.on_behalf_of")
        } else if !all_hold(&self.attributes, &principal.attributes, self.permits) {
            Some("principal.attributes")
        } else if !one(&self.sessions, Some(&call.session.id)) {
            Some("session")
        } else if !one(&self.frameworks, call.context.framework.as_ref()) {
            Some("framework")
        } else if !one(&self.servers, call.context.server.as_ref()) {
            Some("server")
        } else if !many(&self.signals, &call.context.signals) {
            Some("signals")
        } else if !many(&self.labels, &call.session.labels) && !many(&self.labels, &request.facts.labels) {
            Some("labels")
        } else {
            None
        }
    }

    fn tool_holds(&self, tool: &str) -> bool {
        self.tools.is_empty() || self.tools.iter().any(|pattern| pattern.matches(tool))
    }

    fn target_mismatch(&self, action: &Action) -> Option<&'static str> {
        if !self.targets.is_empty() && !self.targets.iter().any(|pattern| pattern.matches(&action.target, self.permits))
        {
            Some("target")
        } else if !self.hosts.is_empty()
            && !self.hosts.iter().any(|pattern| host(action).is_some_and(|host| pattern.matches(host)))
        {
            Some("host")
        } else if !all_hold(&self.args, &action.args, self.permits) {
            Some("args")
        } else if !self.flags.is_empty() && !self.flags.iter().any(|wanted| action.has_flag(wanted)) {
            Some("flags")
        } else {
            None
        }
    }
}

/// The host an action contacts, if it contacts one.
pub(super) fn host(action: &Action) -> Option<&str> {
    match &action.target {
        Target::Url(url) => Some(url.host()),
        _ => None,
    }
}

impl ActionPattern {
    /// Whether `action` is of such a type.
    pub fn matches(&self, action: &Action) -> bool {
        match self {
            ActionPattern::Kind(key) => *key == action.key,
            ActionPattern::Category(category) => *category == action.category,
            ActionPattern::Name(pattern) => pattern.matches(&action.kind),
        }
    }
}

impl TargetPattern {
    /// Whether `target` fits. If that `permits` something, all of it has to.
    pub fn matches(&self, target: &Target, permits: bool) -> bool {
        let name = |text: &str| self.name.as_ref().is_some_and(|pattern| pattern.matches(text));
        let is_any = self.name.as_ref().is_some_and(|pattern| pattern.as_str() == "*");
        is_any
            || match target {
                Target::None => false,
                Target::Path(path) => self.path.as_ref().is_some_and(|pattern| pattern.matches(path)),
                Target::Glob(glob) => self.path.as_ref().is_some_and(|pattern| match permits {
                    true => glob.must(|path| pattern.matches(path)),
                    false => glob.meets(pattern),
                }),
                Target::Url(url) => name(url.as_str()),
                Target::Sql(query) => name(query.as_str()),
                Target::Name(text) => name(text),
                Target::Command(line) => name(line.as_str()) || line.resolved().is_some_and(name),
            }
    }
}

impl ValuePattern {
    /// Whether `value`, which is no list, fits.
    pub fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (ValuePattern::Text(pattern), Value::String(text)) => pattern.matches(text),
            (ValuePattern::Text(pattern), Value::Int(number)) => pattern.matches(&number.to_string()),
            (ValuePattern::Text(_), _) => false,
            (ValuePattern::Equal(Value::Int(wanted)), Value::Float(found)) => *wanted as f64 == *found,
            (ValuePattern::Equal(Value::Float(wanted)), Value::Int(found)) => *wanted == *found as f64,
            (ValuePattern::Equal(wanted), found) => wanted == found,
        }
    }

    /// Whether a tool may take `value` for one that fits: many read `"true"`, `"yes"` and 1 as true, and `"5"` as 5.
    /// For rules that restrict.
    fn may_mean(&self, value: &Value) -> bool {
        match (self, value) {
            (ValuePattern::Text(pattern), Value::Float(_) | Value::Bool(_)) => pattern.matches(&value.to_json()),
            (ValuePattern::Equal(Value::Bool(wanted)), found) => truth(found) == Some(*wanted),
            (ValuePattern::Equal(Value::Int(wanted)), Value::String(text)) => number(text) == Some(*wanted as f64),
            (ValuePattern::Equal(Value::Float(wanted)), Value::String(text)) => number(text) == Some(*wanted),
            _ => false,
        }
    }
}

/// What a tool that wants true or false makes of `value`; any text that does not say no may be a yes.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::String(text) => {
            let no = ["", "0", "false", "f", "no", "n", "off", "null", "none"];
            Some(!no.contains(&&*text.trim().to_ascii_lowercase()))
        }
        Value::Int(number) => Some(*number != 0),
        Value::Float(number) => Some(*number != 0.0),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

fn any<'a>(patterns: &[NamePattern], mut names: impl Iterator<Item = &'a str>) -> bool {
    patterns.is_empty() || names.any(|name| patterns.iter().any(|pattern| pattern.matches(name)))
}

/// Whether each wanted name has a value that fits. Of a list any item has to fit, or, for a permission, all of them.
fn all_hold(wanted: &[(Arc<str>, Vec<ValuePattern>)], found: &Map, permits: bool) -> bool {
    wanted.iter().all(|(name, patterns)| {
        let fits = |value: &Value| {
            patterns.iter().any(|pattern| pattern.matches(value) || !permits && pattern.may_mean(value))
        };
        match found.get(name) {
            Some(Value::List(items)) if permits => !items.is_empty() && items.iter().all(fits),
            Some(Value::List(items)) => items.iter().any(fits),
            // What is not there is null.
            value => fits(value.unwrap_or(&Value::Null)),
        }
    })
}
