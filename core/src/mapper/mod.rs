//! Maps a tool call to its canonical action.
//!
//! The name is looked up in the policy's own mappings and then in the built-in catalogue; the arguments get their
//! canonical names; the target is read by its kind (a path, a URL, a command, …). What a tool is called decides what
//! it is taken for, never whom it is trusted for: server and framework travel beside the name.

mod arguments;
mod catalogue;
mod code;
mod command;
mod patch;
mod sense;
mod sql;
mod stray;
mod target;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::action::{Action, ActionKind, Case, Category, Choice, Flag, Mapping, ToolNames, kind, normal_name};
use crate::call::ToolCall;
use crate::error::Code;
use crate::path::PathRules;
use crate::value::Value;

pub use catalogue::Catalogue;

/// Maps calls, by the built-in catalogue and a policy's own mappings.
#[derive(Debug, Default)]
pub struct Mapper {
    own: HashMap<String, Arc<Mapping>, RandomState>,
}

/// What the host knows and the call may not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The directory that relative paths start from.
    pub cwd: Option<&'a str>,
    /// Whether the host gave that directory on purpose, so that it also stands for where commands run.
    pub cwd_is_given: bool,
    /// The home directory that `~` stands for.
    pub home: Option<&'a str>,
    /// By which system's rules paths are read.
    pub rules: PathRules,
}

impl Mapper {
    /// A mapper that knows `mappings` besides the catalogue; they come first.
    pub fn new(mappings: &[Mapping]) -> Mapper {
        let mut own = HashMap::default();
        for mapping in mappings {
            let shared = Arc::new(mapping.clone());
            for name in &mapping.names {
                own.insert(normal_name(name).into_owned(), shared.clone());
            }
        }
        Mapper { own }
    }

    /// The action that `call` amounts to. Always answers: what cannot be understood is said to be so.
    pub fn map(&self, call: &ToolCall, surroundings: Surroundings) -> Action {
        let (named_server, tool) = split_server(&call.tool);
        let mut action = match self.find(call, named_server, tool) {
            Found::Mapping(mapping) => by_mapping(mapping, call, &surroundings),
            Found::Kind(kind) => arguments::of_kind(kind, call, &surroundings),
            Found::Nothing => unmapped(call, &surroundings),
        };
        let mismatch = |server: &Arc<str>| named_server.is_some_and(|named| normal_name(named) != normal_name(server));
        if call.context.server.as_ref().is_some_and(mismatch) {
            action.add_flag(Flag::ServerMismatch);
            action.doubt(Code::CallInvalidName, "the tool's name claims another server than the one that offers it");
        }
        for signal in &call.context.signals {
            action.add_flag(Flag::Signal(signal.clone()));
        }
        action
    }

    /// The entry for a call: the policy's own by the whole name or by server and tool, then the catalogue likewise.
    fn find<'a>(&'a self, call: &ToolCall, named_server: Option<&str>, tool: &str) -> Found<'a> {
        let whole = normal_name(&call.tool);
        if let Some(mapping) = self.own.get(&*whole) {
            return Found::Mapping(mapping);
        }
        let servers = [call.context.server.as_deref(), named_server];
        for server in servers.into_iter().flatten() {
            let joined = format!("{}{}", normal_name(server), normal_name(tool));
            if let Some(mapping) =
                self.own.get(&joined).map(|mapping| &**mapping).or_else(|| Catalogue::builtin().of_server(&joined))
            {
                return Found::Mapping(mapping);
            }
        }
        // The catalogue comes before the types' own names: it knows what such a tool calls its arguments.
        let builtin = Catalogue::builtin();
        let bare = normal_name(tool);
        let mapping = builtin.of_server(&whole).or_else(|| builtin.bare(&whole)).or_else(|| builtin.bare(&bare));
        mapping.map(Found::Mapping).or_else(|| kind(&bare).map(Found::Kind)).unwrap_or(Found::Nothing)
    }
}

enum Found<'a> {
    Mapping(&'a Mapping),
    Kind(&'static ActionKind),
    Nothing,
}

/// Splits `mcp__server__tool` into server and tool; other names are tools as they stand.
fn split_server(name: &str) -> (Option<&str>, &str) {
    match name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        Some((server, tool)) if !server.is_empty() && !tool.is_empty() => (Some(server), tool),
        _ => (None, name),
    }
}

fn by_mapping(mapping: &Mapping, call: &ToolCall, surroundings: &Surroundings) -> Action {
    match &mapping.choice {
        Choice::One(case) => by_case(case, None, call, surroundings),
        Choice::By(argument, cases) => {
            let word = arguments::at(&call.args, argument).and_then(Value::as_str);
            let used = argument.first().map(|key| &**key);
            match cases.iter().find(|(value, _)| Some(&**value) == word) {
                Some((_, case)) => by_case(case, used, call, surroundings),
                None => unknown_case(used, cases, call, surroundings),
            }
        }
    }
}

fn by_case(case: &Case, chosen_by: Option<&str>, call: &ToolCall, surroundings: &Surroundings) -> Action {
    let kind = kind(&case.action);
    let args = arguments::canonical(case, kind, chosen_by, &call.args);
    match kind {
        Some(kind) => {
            target::finish(arguments::action(kind, args.map), kind, &args.beside, &case.set, call, surroundings)
        }
        None => {
            let mut action = Action { args: args.map, ..custom(&case.action, Category::Other) };
            target::place_of_work(&mut action, call, surroundings);
            args.beside.rivals.iter().for_each(|(name, _)| target::doubt_rival(&mut action, name));
            action
        }
    }
}

/// The argument that chooses has a value nobody knows: the tool could do any of its cases, or something new.
fn unknown_case(
    argument: Option<&str>,
    cases: &[(Arc<str>, Case)],
    call: &ToolCall,
    surroundings: &Surroundings,
) -> Action {
    let riskiest =
        cases.iter().filter_map(|(_, case)| Some((kind(&case.action)?.risk, case))).max_by_key(|(risk, _)| *risk);
    let mut action = match riskiest {
        Some((_, case)) => by_case(case, argument, call, surroundings),
        None => unmapped(call, surroundings),
    };
    action.doubt(
        Code::CallMissingArgument,
        format!("`{}` has no value that says what the tool does", argument.unwrap_or_default()),
    );
    action
}

/// A tool that nothing maps is an action of its own name.
fn unmapped(call: &ToolCall, surroundings: &Surroundings) -> Action {
    let mut action = Action { args: call.args.clone(), ..custom(&call.tool, Category::Other) };
    action.add_flag(Flag::Unmapped);
    target::place_of_work(&mut action, call, surroundings);
    action
}

fn custom(name: &Arc<str>, category: Category) -> Action {
    const RISK: u8 = 25;
    Action::new(name.clone(), normal_name(name).into(), category, RISK)
}

impl ToolNames for Mapper {
    fn actions_of(&self, name: &str) -> Vec<Arc<str>> {
        let normal = normal_name(name);
        let builtin = Catalogue::builtin();
        let mapping = self
            .own
            .get(&*normal)
            .map(|mapping| &**mapping)
            .or_else(|| builtin.of_server(&normal))
            .or_else(|| builtin.bare(&normal));
        let mut actions: Vec<Arc<str>> =
            mapping.map(|mapping| mapping.cases().map(|case| case.action.clone()).collect()).unwrap_or_default();
        actions.sort();
        actions.dedup();
        actions
    }
}
