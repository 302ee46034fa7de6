//! Decisions as canonical JSON text, written in one go.
//!
//! Every call of every binding ends with this text or a part of it, and to make a [`super::decision`] first, with all its
//! names and lists, would take several times as long. Names stand in the order of RFC 8785, which is that of the
//! alphabet here.

use std::fmt::Write as _;

use crate::action::{Action, Doubt, Flag};
use crate::canonical::{write_str, write_value};
use crate::decision::{Approval, Decision, Obligation, Risk};
use crate::value::Value;

pub(super) fn decision(of: &Decision) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str("{\"action\":");
    action(&mut out, &of.action);
    out.push_str(",\"approval\":");
    match &of.approval {
        Some(needed) => approval(&mut out, needed),
        None => out.push_str("null"),
    }
    let _ = write!(out, ",\"at\":\"{}\"", of.at);
    text(&mut out, ",\"code\":", of.code.as_str());
    text(&mut out, ",\"decision_id\":", &of.id);
    out.push_str(",\"obligations\":");
    list(&mut out, &of.obligations, obligation);
    match of.observed {
        Some(verdict) => text(&mut out, ",\"observed\":", verdict.as_str()),
        None => out.push_str(",\"observed\":null"),
    }
    text(&mut out, ",\"policy_hash\":", &of.policy_hash);
    text(&mut out, ",\"reason\":", &of.reason);
    out.push_str(",\"risk\":");
    risk(&mut out, &of.risk);
    out.push_str(",\"rules\":");
    list(&mut out, &of.rules, |out, rule| write_str(out, rule));
    text(&mut out, ",\"verdict\":", of.verdict.as_str());
    out.push('}');
    out
}

fn action(out: &mut String, of: &Action) {
    out.push_str("{\"args\":");
    write_value(out, &Value::Map(of.args.clone()));
    text(out, ",\"category\":", of.category.as_str());
    text(out, ",\"confidence\":", of.confidence.as_str());
    out.push_str(",\"doubts\":");
    list(out, &of.doubts, doubt);
    out.push_str(",\"effects\":");
    list(out, &of.effects, action);
    out.push_str(",\"flags\":");
    list(out, &of.flags, flag);
    text(out, ",\"target\":", of.target.as_str());
    text(out, ",\"type\":", &of.kind);
    out.push('}');
}

fn doubt(out: &mut String, of: &Doubt) {
    text(out, "{\"code\":", of.code.as_str());
    text(out, ",\"detail\":", &of.detail);
    out.push('}');
}

fn flag(out: &mut String, of: &Flag) {
    write_str(out, &of.to_string());
}

fn risk(out: &mut String, of: &Risk) {
    out.push_str("{\"factors\":");
    list(out, &of.factors, |out, (name, points)| {
        text(out, "{\"name\":", name);
        let _ = write!(out, ",\"points\":{points}}}");
    });
    text(out, ",\"level\":", of.level());
    let _ = write!(out, ",\"score\":{}}}", of.score);
}

fn obligation(out: &mut String, of: &Obligation) {
    match of {
        Obligation::SaferAlternative(words) => text(out, "{\"kind\":\"safer_alternative\",\"value\":", words),
        Obligation::PinAddresses { host, port, addresses } => {
            out.push_str("{\"addresses\":");
            list(out, addresses, |out, address| write_str(out, &address.to_string()));
            text(out, ",\"host\":", host);
            let _ = write!(out, ",\"kind\":\"pin_addresses\",\"port\":{port}");
        }
        Obligation::RealPath { written, real } => {
            text(out, "{\"kind\":\"real_path\",\"of\":", written.as_str());
            text(out, ",\"value\":", real.as_str());
        }
    }
    out.push('}');
}

fn approval(out: &mut String, of: &Approval) {
    let terms = &of.terms;
    let expires_s = i64::try_from(terms.expires_s).unwrap_or(i64::MAX);
    let _ = write!(out, "{{\"count\":{},\"distinct\":{},\"expires\":", terms.count, terms.distinct);
    maybe(out, of.expires.map(|at| at.to_string()).as_deref());
    let _ = write!(out, ",\"expires_s\":{expires_s},\"from\":");
    list(out, &terms.from, |out, names| list(out, names, |out, name| write_str(out, name)));
    out.push_str(",\"id\":");
    maybe(out, of.id.as_deref());
    out.push_str(",\"url\":");
    maybe(out, of.url.as_deref());
    out.push('}');
}

fn maybe(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => write_str(out, text),
        None => out.push_str("null"),
    }
}

/// `before`, and `text` as a JSON text.
fn text(out: &mut String, before: &str, text: &str) {
    out.push_str(before);
    write_str(out, text);
}

fn list<T>(out: &mut String, items: &[T], item: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, one) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        item(out, one);
    }
    out.push(']');
}
