//! A tool call in canonical terms: what it would do, to what.

mod flag;
pub(crate) mod glob;
mod kind;
mod mapping;
mod outline;

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Code;

use crate::net::CleanUrl;
use crate::path::CleanPath;
use crate::shell::CommandLine;
use crate::sql::Query;
use crate::value::Map;

pub use flag::Flag;
pub use glob::PathGlob;
pub use kind::{ActionKind, Category, Reading, kind, kind_by_key, kinds};
pub use mapping::{ArgumentPath, Case, Choice, MAPPING, Mapping, value_of};

/// What a tool call, or a part of it, amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The canonical type, such as `file.read`; the tool's own name if nothing maps it.
    pub kind: Arc<str>,
    /// The type in normal spelling (see [`normal_name`]): what rules are compared with.
    pub key: Arc<str>,
    /// The family it belongs to.
    pub category: Category,
    /// How dangerous the type is by itself, 0 to 100.
    pub base_risk: u8,
    /// What it is done to.
    pub target: Target,
    /// The arguments under their canonical names; those that nothing maps keep their own.
    pub args: Map,
    /// Other actions that this one amounts to. Each meets the policy by itself.
    pub effects: Vec<Action>,
    /// What is noteworthy about it; each adds to the risk.
    pub flags: Vec<Flag>,
    /// How sure the reading is.
    pub confidence: Confidence,
    /// Why it is not surer: one entry per part that was not understood.
    pub doubts: Vec<Doubt>,
    /// The directory it runs in, if the call says so.
    pub cwd: Option<CleanPath>,
    /// The ways to its paths that climb with `..`; where the directory left is a link, they lead elsewhere.
    pub trails: Trails,
}

/// Ways that climb with `..`, as [`path::follow`](crate::path::follow) takes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trails {
    /// To its target and what else that text may name.
    pub target: Vec<Arc<str>>,
    /// To the directory it runs in.
    pub cwd: Option<Arc<str>>,
}

/// A part of an action that was not understood. An action with doubts is held, or denied where the code says that it
/// makes no sense at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What kind of part.
    pub code: Code,
    /// Which part, and what about it, in one clause.
    pub detail: Cow<'static, str>,
}

/// Tells which canonical types a tool amounts to.
pub trait ToolNames {
    /// The types that the tool called `name` can amount to; empty if nobody knows the tool.
    fn actions_of(&self, name: &str) -> Vec<Arc<str>>;
}

/// What an action is done to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Nothing in particular.
    None,
    /// A file or directory.
    Path(CleanPath),
    /// Every file whose name fits a pattern.
    Glob(PathGlob),
    /// A web address.
    Url(CleanUrl),
    /// A command line.
    Command(CommandLine),
    /// A text of SQL.
    Sql(Query),
    /// Anything else that has a name: a customer, a channel, a table.
    Name(Arc<str>),
}

/// How sure a reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// All of it was read.
    #[default]
    Exact,
    /// What it does is known, but not all of what it does it to.
    Partial,
    /// It could not be read; it is never allowed silently.
    Opaque,
}

impl Target {
    /// The target as rules match it and records show it. Empty if there is none.
    pub fn as_str(&self) -> &str {
        match self {
            Target::None => "",
            Target::Path(path) => path.as_str(),
            Target::Glob(glob) => glob.as_str(),
            Target::Url(url) => url.as_str(),
            Target::Command(line) => line.as_str(),
            Target::Sql(query) => query.as_str(),
            Target::Name(text) => text,
        }
    }
}

impl Confidence {
    /// `exact`, `partial` or `opaque`.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Exact => "exact",
            Confidence::Partial => "partial",
            Confidence::Opaque => "opaque",
        }
    }
}

impl Action {
    /// An exact action of the type `kind`, done to nothing yet.
    pub fn new(kind: Arc<str>, key: Arc<str>, category: Category, base_risk: u8) -> Action {
        Action {
            kind,
            key,
            category,
            base_risk,
            target: Target::None,
            args: Map::default(),
            effects: Vec::new(),
            flags: Vec::new(),
            confidence: Confidence::Exact,
            doubts: Vec::new(),
            cwd: None,
            trails: Trails::default(),
        }
    }

    /// This action and all its effects, outermost first.
    pub fn walk(&self) -> impl Iterator<Item = &Action> {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            let action = stack.pop()?;
            stack.extend(action.effects.iter().rev());
            Some(action)
        })
    }

    /// Adds `flag` unless it is there.
    pub fn add_flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    /// Whether a flag called `name` is set.
    pub fn has_flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag.name() == Some(name))
    }

    /// Notes a part that was not understood: the action becomes opaque.
    pub fn doubt(&mut self, code: Code, detail: impl Into<Cow<'static, str>>) {
        self.confidence = Confidence::Opaque;
        self.doubts.push(Doubt { code, detail: detail.into() });
        self.add_flag(Flag::Unresolved);
    }
}

/// A name without what spellings differ in: lower case, without `.`, `_`, `-`, `/`, `:` and spaces.
/// `stripe.charges.create`, `stripe_charges_create` and `Stripe.Charges.Create` are one name.
pub fn normal_name(name: &str) -> Cow<'_, str> {
    let separates = |c: char| matches!(c, '.' | '_' | '-' | '/' | ':' | ' ');
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'*' || byte == b'?') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().filter(|c| !separates(*c)).flat_map(char::to_lowercase).collect())
}
