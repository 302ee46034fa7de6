//! Shows a request to a condition: each name is looked up when it is asked for, so that nobody pays for the rest.

use std::collections::HashMap;
use std::sync::Arc;

use cel::Value as Cel;
use cel::common::value::CowVal;
use cel::context::VariableResolver;

use super::survey::ROOTS;
use crate::action::{Action, Target};
use crate::policy::Request;
use crate::value::{Map, Value};

/// What the names of an expression stand for. A field is looked up by itself, so that the rest of its root, such as the
/// whole content of a file among the arguments, is not copied for it.
pub(super) struct Names<'a> {
    pub(super) request: &'a Request<'a>,
}

impl VariableResolver for Names<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value = match name.split_once('.') {
            // `args.a.b` is a field of a field, never the argument called `a.b`.
            Some((_, field)) if field.contains('.') => None,
            Some((root, field)) => field_value(root, field, self.request),
            None => root_value(name, self.request),
        };
        value.and_then(|value| Box::try_from(value).ok()).map(CowVal::Owned)
    }
}

fn root_value(root: &str, request: &Request) -> Option<Cel> {
    let (_, fields) = ROOTS.iter().find(|(name, _)| *name == root)?;
    let field = |name: &&str| Some(((*name).to_owned(), field_value(root, name, request)?));
    Some(match (root, fields) {
        ("args", _) => cel_of_map(&request.action.args),
        ("now", _) => chrono::DateTime::from_timestamp_micros(request.facts.now.as_micros())
            .map_or(Cel::Null, |now| Cel::Timestamp(now.into())),
        (_, Some(fields)) => Cel::from(fields.iter().filter_map(field).collect::<HashMap<String, Cel>>()),
        (_, None) => Cel::Null,
    })
}

/// The value of one field, also of an argument. Nothing if there is none of that name.
fn field_value(root: &str, field: &str, request: &Request) -> Option<Cel> {
    let (call, action, principal) = (request.call, request.action, &request.call.principal);
    let optional = |name: &Option<Arc<str>>| text(name.as_deref().unwrap_or_default());
    Some(match (root, field) {
        ("args", name) => cel_of(action.args.get(name)?),
        ("action", "type") => text(&action.kind),
        ("action", "category") => text(action.category.as_str()),
        ("action", "target") => text(action.target.as_str()),
        ("action", "flags") => Cel::from(request.flags().collect::<Vec<_>>()),
        ("action", "confidence") => text(action.confidence.as_str()),
        ("action", "command") => text(command(action)),
        ("principal", "id") => text(&principal.id),
        ("principal", "role") => optional(&principal.role),
        ("principal", "on_behalf_of") => texts(&principal.on_behalf_of),
        ("principal", "attributes") => cel_of_map(&principal.attributes),
        ("session", "id") => text(&call.session.id),
        ("session", "labels") => texts(&labels(request)),
        ("call", "tool") => text(&call.tool),
        ("call", "framework") => optional(&call.context.framework),
        ("call", "server") => optional(&call.context.server),
        ("call", "id") => optional(&call.context.call_id),
        ("call", "cwd") => optional(&call.context.cwd),
        _ => return None,
    })
}

/// The labels that the session has, with those that the caller declares.
fn labels(request: &Request) -> Vec<Arc<str>> {
    let mut labels = request.facts.labels.clone();
    labels.extend(request.call.session.labels.iter().filter(|label| !request.facts.labels.contains(label)).cloned());
    labels
}

/// The command with its quotes resolved, as far as it could be read.
fn command(action: &Action) -> &str {
    match &action.target {
        Target::Command(line) => line.resolved().unwrap_or(line.as_str()),
        _ => "",
    }
}

fn text(text: &str) -> Cel {
    Cel::String(Arc::new(text.to_owned()))
}

fn texts(list: &[Arc<str>]) -> Cel {
    Cel::List(Arc::new(list.iter().map(|item| text(item)).collect()))
}

fn cel_of_map(map: &Map) -> Cel {
    Cel::from(map.iter().map(|(key, value)| (key.to_string(), cel_of(value))).collect::<HashMap<String, Cel>>())
}

fn cel_of(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(truth) => Cel::Bool(*truth),
        Value::Int(number) => Cel::Int(*number),
        Value::Float(number) => Cel::Float(*number),
        Value::String(string) => text(string),
        Value::List(items) => Cel::List(Arc::new(items.iter().map(cel_of).collect())),
        Value::Map(map) => cel_of_map(map),
    }
}
