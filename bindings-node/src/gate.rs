//! The gate, as JavaScript holds it.

use std::collections::HashMap;
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Either, External};
use napi_derive::napi;
use toolgate::approval::KeyRing;
use toolgate::error::{CallError, PolicyError};
use toolgate::path::{NoFileSystem, PathRules, StaticFileSystem};
use toolgate::{AuditTarget, Decision, GateBuilder, SettableClock, StorePlace, Value, wire};

use crate::answer;
use crate::aside::{Aside, aside};
use crate::call::{self, Attempt};
use crate::state;
use crate::values::object;

/// A gate; work that goes on aside keeps it alive.
pub(crate) type Held = Arc<toolgate::Gate>;

/// What a gate is made of.
#[napi(object)]
pub struct GateOptions {
    /// The policy's text.
    pub text: Option<String>,
    /// The policy's file.
    pub file: Option<String>,
    /// The directory of the audit log; empty for none.
    pub audit: Option<String>,
    /// The only policy that is taken.
    pub policy_digest: Option<String>,
    /// Where the tools run.
    pub cwd: Option<String>,
    /// What `~` stands for.
    pub home: Option<String>,
    /// Where state is kept: `memory`, or a file.
    pub store: Option<String>,
    /// For the tests: the paths of its file system, each with what stands there.
    pub files: Option<HashMap<String, String>>,
    /// For the tests: where decision ids begin.
    pub id_seed: Option<u32>,
}

/// A gate, or JSON text of what is wrong with its policy; without any policy, the gate of this place. It signs with
/// `keys`. For the tests there is a `clock`, and then the gate is on no machine in particular.
#[napi(catch_unwind)]
pub fn build(
    options: GateOptions,
    keys: Option<&External<KeyRing>>,
    clock: Option<&External<SettableClock>>,
) -> Either<External<Held>, String> {
    let mut builder = builder(&options);
    if let Some(keys) = keys {
        builder = builder.keys(KeyRing::clone(keys));
    }
    let built = match clock {
        Some(clock) => nowhere(builder, clock, options.files.as_ref()),
        None => Ok(builder),
    };
    let has_policy = options.text.is_some() || options.file.is_some();
    match built.map(|builder| if has_policy { builder.build() } else { Ok(builder.discover()) }) {
        Ok(Ok(gate)) => Either::A(External::new(Arc::new(gate))),
        Ok(Err(error)) => Either::B(problems(&error)),
        Err(message) => Either::B(object([("message", Value::from(&*message))]).to_json()),
    }
}

/// The packed decision about a call; nothing if it would have to wait.
#[napi(catch_unwind)]
pub fn guard(gate: &External<Held>, tool: String, form: u32, args: String, facts: Option<String>) -> Option<String> {
    if gate.waits() {
        return None;
    }
    Some(decided(gate, call::read(tool, form, &args, facts.as_deref())))
}

/// The same, away from the event loop.
#[napi(catch_unwind)]
pub fn guard_aside(
    gate: &External<Held>,
    tool: String,
    form: u32,
    args: String,
    facts: Option<String>,
) -> AsyncTask<Aside> {
    let gate = Held::clone(gate);
    aside(move || Some(decided(&gate, call::read(tool, form, &args, facts.as_deref()))))
}

/// JSON text of how a call is read and what every clause of the policy says of it; nothing if it would have to wait.
#[napi(catch_unwind)]
pub fn explain(gate: &External<Held>, tool: String, form: u32, args: String, facts: Option<String>) -> Option<String> {
    if gate.waits() {
        return None;
    }
    Some(explained(gate, call::read(tool, form, &args, facts.as_deref())))
}

/// The same, away from the event loop.
#[napi(catch_unwind)]
pub fn explain_aside(
    gate: &External<Held>,
    tool: String,
    form: u32,
    args: String,
    facts: Option<String>,
) -> AsyncTask<Aside> {
    let gate = Held::clone(gate);
    aside(move || Some(explained(&gate, call::read(tool, form, &args, facts.as_deref()))))
}

/// Loads the policy again: JSON text of what is wrong with it, or nothing.
#[napi(catch_unwind)]
pub fn reload(gate: &External<Held>) -> AsyncTask<Aside> {
    let gate = Held::clone(gate);
    aside(move || gate.reload().err().map(|error| problems(&error)))
}

/// Whether an answer may take as long as the network or the disk does.
#[napi(catch_unwind)]
pub fn waits(gate: &External<Held>) -> bool {
    gate.waits()
}

/// The digest of the policy in force.
#[napi(catch_unwind)]
pub fn policy_hash(gate: &External<Held>) -> String {
    gate.policy_hash().to_string()
}

/// The directory of the audit log.
#[napi(catch_unwind)]
pub fn audit_directory(gate: &External<Held>) -> Option<String> {
    gate.audit_directory().map(|directory| directory.to_string_lossy().into_owned())
}

/// Reads the arguments of a call and drops them: the bare crossing that benchmarks compare with.
#[napi(catch_unwind)]
pub fn convert_only(tool: String, form: u32, args: String) -> u32 {
    let Attempt { call, error } = call::read(tool, form, &args, None);
    u32::try_from(call.args.len()).unwrap_or_default() + u32::from(error.is_some())
}

fn decided(gate: &Held, attempt: Attempt) -> String {
    let Attempt { call, error } = attempt;
    let decision: Decision = match &error {
        None => gate.guard(&call),
        Some(error) => gate.refuse(&call, error),
    };
    answer::pack(&decision)
}

fn explained(gate: &Held, attempt: Attempt) -> String {
    let Attempt { call, error } = attempt;
    match error.map_or_else(|| gate.explain(&call), Err) {
        Ok(explanation) => wire::explanation(&explanation).to_json(),
        Err(error) => unread(&error).to_json(),
    }
}

/// The explanation of a call that could not be read.
fn unread(error: &CallError) -> Value {
    object([
        ("verdict", Value::from("deny")),
        ("code", Value::from(error.code.as_str())),
        ("reason", Value::from(&*error.message)),
        ("parts", Value::from(Vec::new())),
    ])
}

fn problems(error: &PolicyError) -> String {
    object([("message", Value::from(&*error.to_string())), ("error", wire::policy_error(error))]).to_json()
}

fn builder(options: &GateOptions) -> GateBuilder {
    let mut builder = toolgate::Gate::builder().store_opener(state::open);
    if let Some(text) = &options.text {
        builder = builder.policy_text(text.as_str());
    }
    if let Some(file) = &options.file {
        builder = builder.policy_file(file);
    }
    if let Some(directory) = &options.audit {
        let off = directory.is_empty();
        builder = builder.audit(if off { AuditTarget::Off } else { AuditTarget::Directory(directory.into()) });
    }
    if let Some(digest) = &options.policy_digest {
        builder = builder.policy_digest(digest.as_str());
    }
    if let Some(directory) = &options.cwd {
        builder = builder.cwd(directory.as_str());
    }
    if let Some(directory) = &options.home {
        builder = builder.home(directory.as_str());
    }
    if let Some(place) = &options.store {
        let is_memory = place == "memory";
        builder = builder.store_at(if is_memory { StorePlace::Memory } else { StorePlace::File(place.into()) });
    }
    if let Some(seed) = options.id_seed {
        builder = builder.id_seed(u64::from(seed));
    }
    builder
}

fn nowhere(
    builder: GateBuilder,
    clock: &SettableClock,
    files: Option<&HashMap<String, String>>,
) -> Result<GateBuilder, String> {
    let builder = builder.clock(clock.clone()).path_rules(PathRules::Posix);
    let Some(files) = files else { return Ok(builder.file_system(NoFileSystem)) };
    let entries = files.iter().map(|(path, word)| (path.as_str(), word.as_str()));
    StaticFileSystem::new(entries).map(|files| builder.file_system(files)).map_err(|error| error.clause.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn a_fault_of_the_writing_is_a_deny_that_names_the_tool() {
        let gate = Arc::new(toolgate::Gate::from_yaml("audit: off\ndefault: require_approval").unwrap());
        let text = decided(&gate, call::read("note".to_owned(), 2, "call.unsupported_value\n`args.a` is odd", None));
        for part in [r#""code":"call.unsupported_value""#, "`args.a` is odd", r#""type":"note""#] {
            assert!(text.contains(part), "{text}");
        }
        let value = values::written(text.get(40..).unwrap()).unwrap();
        assert_eq!(value.as_map().and_then(|map| map.get("verdict")), Some(&Value::from("deny")));
    }
}
