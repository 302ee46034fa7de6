//! A tool call in canonical terms: what it would do, to what.

mod flag;
mod kind;

use std::sync::Arc;

use crate::net::CleanUrl;
use crate::path::CleanPath;
use crate::value::Map;

pub use flag::Flag;
pub use kind::Category;

/// What a tool call, or a part of it, amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The canonical type, such as `file.read`; the tool's own name if nothing maps it.
    pub kind: Arc<str>,
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
}

/// What an action is done to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Nothing in particular.
    None,
    /// A file or directory.
    Path(CleanPath),
    /// A web address.
    Url(CleanUrl),
    /// A command line, as it was given, and its words if it is a plain list of them.
    Command(Arc<str>),
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
            Target::Url(url) => url.as_str(),
            Target::Command(text) | Target::Name(text) => text,
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

    /// Lowers the confidence to `confidence` if it was higher.
    pub fn lower_confidence(&mut self, confidence: Confidence) {
        self.confidence = self.confidence.max(confidence);
    }
}
