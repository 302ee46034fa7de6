//! Reads the sections of a policy that need a store.

use std::sync::Arc;

use super::language::{APPROVALS, BUDGET, ESCALATE, KILL_SWITCH, LABEL, LIMIT, PRINCIPALS, STORE};
use super::{
    ApprovalSetting, Budget, By, Cap, Escalate, LabelRule, Limit, StateRules, StoreSetting, Whose, Window, Zone,
};
use crate::decision::{ApprovalTerms, Verdict};
use crate::money::{Unit, Usd};
use crate::pattern::NamePattern;
use crate::policy::language::POLICY;
use crate::policy::read::{Reader, duration, name_of};
use crate::shape::{Object, Problems, field};
use crate::yaml::{Key, Kind, Node};

const UNITS: [(Unit, &str); 3] = [(Unit::Usd, "_usd"), (Unit::Tokens, "_tokens"), (Unit::Calls, "_calls")];
const WINDOWS: [(Window, &str); 5] = [
    (Window::Hour, "hourly"),
    (Window::Day, "daily"),
    (Window::Week, "weekly"),
    (Window::Month, "monthly"),
    (Window::Run, "per_run"),
];

/// Reads the sections of the file with `root`.
pub(in crate::policy) fn read(reader: &Reader, root: &Node, problems: &mut Problems) -> StateRules {
    let part = |name| field(root, &POLICY, name);
    let principals = part("principals");
    StateRules {
        approvals: part("approvals").map(|node| approvals(node, problems)),
        registered_only: principals.and_then(|node| field(node, &PRINCIPALS, "require")).is_some(),
        delegation_depth_max: principals
            .and_then(|node| field(node, &PRINCIPALS, "delegation_depth_max"))
            .and_then(Node::as_int)
            .and_then(|depth| usize::try_from(depth).ok()),
        kill_file: part("kill_switch").and_then(|node| word(node, &KILL_SWITCH, "file")),
        store: part("store").map(|node| store(node, problems)).unwrap_or_default(),
        labels: items(part("labels")).map(|node| label(reader, node, problems)).collect(),
        limits: items(part("limits"))
            .enumerate()
            .filter_map(|(index, node)| limit(reader, index, node, problems))
            .collect(),
        budgets: entries(part("budgets")).map(|(key, node)| budget(key, node, problems)).collect(),
        questions: Vec::new(),
        zone: reader.zone.clone(),
    }
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.map_or(&[][..], Node::items).iter()
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &(Key, Node)> {
    node.map_or(&[][..], Node::entries).iter()
}

fn word(node: &Node, object: &Object, name: &str) -> Option<Arc<str>> {
    field(node, object, name).and_then(Node::as_str).map(Arc::from)
}

fn names(node: &Node, object: &Object, name: &str) -> Vec<Arc<str>> {
    field(node, object, name).map_or(&[][..], Node::one_or_many).iter().map(|node| name_of(node).into()).collect()
}

fn verdict(node: &Node, object: &Object) -> Verdict {
    field(node, object, "decision").and_then(Node::as_str).and_then(Verdict::parse).unwrap_or(Verdict::Deny)
}

fn approvals(node: &Node, problems: &mut Problems) -> ApprovalSetting {
    let from = names(node, &APPROVALS, "from");
    let number = |name| field(node, &APPROVALS, name).and_then(Node::as_int);
    let expires = field(node, &APPROVALS, "expires").and_then(|node| duration(node, "expires", problems));
    ApprovalSetting {
        terms: ApprovalTerms {
            count: number("count").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
            distinct: field(node, &APPROVALS, "distinct").and_then(Node::as_bool).unwrap_or(true),
            from: if from.is_empty() { Vec::new() } else { vec![from] },
            expires_s: expires.unwrap_or(ApprovalTerms::EXPIRES_S),
        },
        escalate: field(node, &APPROVALS, "escalate").and_then(|node| escalate(node, problems)),
        secret_env: word(node, &APPROVALS, "secret_env"),
        secret_file: word(node, &APPROVALS, "secret_file"),
        base_url: word(node, &APPROVALS, "base_url"),
    }
}

fn escalate(node: &Node, problems: &mut Problems) -> Option<Escalate> {
    let after_s = field(node, &ESCALATE, "after").and_then(|node| duration(node, "after", problems))?;
    Some(Escalate { after_s, to: names(node, &ESCALATE, "to") })
}

fn store(node: &Node, problems: &mut Problems) -> StoreSetting {
    if node.as_str().is_some() {
        return StoreSetting::Memory;
    }
    match (word(node, &STORE, "path"), word(node, &STORE, "postgres_env")) {
        (Some(_), Some(_)) => {
            let message = "`store` names a file and a database";
            problems.add(node.place, "policy.two_stores", message, "keep one of them");
            StoreSetting::Unsaid
        }
        (Some(path), None) => StoreSetting::File(path),
        (None, Some(variable)) => StoreSetting::Postgres(variable),
        (None, None) => StoreSetting::Unsaid,
    }
}

fn label(reader: &Reader, node: &Node, problems: &mut Problems) -> LabelRule {
    // A label restricts what comes later, so whatever may be meant is meant.
    let matcher = field(node, &LABEL, "match").map(|node| reader.matcher(node, false, problems)).unwrap_or_default();
    LabelRule { matcher, add: names(node, &LABEL, "add") }
}

fn limit(reader: &Reader, index: usize, node: &Node, problems: &mut Problems) -> Option<Limit> {
    let matcher = field(node, &LIMIT, "match").map(|node| reader.matcher(node, false, problems)).unwrap_or_default();
    let per = field(node, &LIMIT, "per")?;
    let per_s = match per.as_str() {
        Some("second") => Some(1),
        Some("minute") => Some(60),
        Some("hour") => Some(3600),
        Some("day") => Some(86400),
        _ => duration(per, "per", problems),
    };
    Some(Limit {
        id: word(node, &LIMIT, "id").unwrap_or_else(|| format!("limits.{}", index + 1).into()),
        matcher,
        max: field(node, &LIMIT, "max").and_then(Node::as_int)?,
        per_s: per_s?,
        by: by(node, &LIMIT),
        verdict: verdict(node, &LIMIT),
    })
}

fn by(node: &Node, object: &Object) -> By {
    match field(node, object, "by").and_then(Node::as_str) {
        Some("role") => By::Role,
        Some("session") => By::Session,
        Some("tool") => By::Tool,
        Some("action") => By::Action,
        Some("all") => By::All,
        _ => By::Principal,
    }
}

fn budget(key: &Key, node: &Node, problems: &mut Problems) -> Budget {
    let caps = node.entries().iter().filter_map(|(name, value)| cap(&name.text, value, problems)).collect();
    Budget {
        id: format!("budgets.{}", key.text).into(),
        whose: match key.text.strip_prefix("role:") {
            Some(role) => Whose::Role(NamePattern::new(role)),
            None => Whose::Id(NamePattern::new(&key.text)),
        },
        caps,
        by: by(node, &BUDGET),
        observes: field(node, &BUDGET, "mode").and_then(Node::as_str) == Some("observe"),
        verdict: verdict(node, &BUDGET),
    }
}

fn cap(name: &str, value: &Node, problems: &mut Problems) -> Option<Cap> {
    let (unit, ending) = UNITS.into_iter().find(|(_, ending)| name.ends_with(ending))?;
    let (window, _) = WINDOWS.into_iter().find(|(_, word)| Some(*word) == name.strip_suffix(ending))?;
    let most = match unit {
        Unit::Usd => money(value, name, problems)?.nanos(),
        _ => value.as_int()?,
    };
    Some(Cap { unit, window, most })
}

/// An amount of money, exactly as it is written.
pub(in crate::policy) fn money(node: &Node, name: &str, problems: &mut Problems) -> Option<Usd> {
    let text = match &node.kind {
        Kind::Int(number) => number.to_string(),
        // The shortest decimal that stands for the number is what was written, up to fifteen digits.
        Kind::Float(number) => number.to_string(),
        Kind::Text(text) => text.to_string(),
        // Already reported as no amount at all.
        _ => return None,
    };
    let amount = Usd::parse(&text);
    if amount.is_none() {
        let help = "write dollars like `2.00`, with at most nine decimals";
        problems.add(node.place, "policy.bad_amount", format!("`{name}` is no amount of money"), help);
    }
    amount
}

/// A time zone by its name.
pub(in crate::policy) fn zone(node: &Node, problems: &mut Problems) -> Option<Zone> {
    let name = node.as_str()?;
    let zone = Zone::named(name);
    if zone.is_none() {
        let help = "write a name of the IANA database, such as `Europe/Berlin`";
        problems.add(node.place, "policy.bad_timezone", format!("there is no time zone `{name}`"), help);
    }
    zone
}
