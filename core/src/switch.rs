//! Kill switches: what is to stop at once, whatever the policy says.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::action::{Action, normal_name};
use crate::call::ToolCall;
use crate::clock::Timestamp;
use crate::pattern::NamePattern;

/// A kill switch that is on. What is not named is not asked for: one that names nothing stops everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switch {
    /// Only calls of principals with such an id, or on their behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Arc<str>>,
    /// Only calls in such a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Arc<str>>,
    /// Only calls of such a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<Arc<str>>,
    /// Only calls with such an action or effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Arc<str>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// Who has turned it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kill switch `{}` is on", self.id())?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

impl Switch {
    /// Its name: two switches that stop the same are one.
    pub fn id(&self) -> String {
        let parts =
            [("principal", &self.principal), ("role", &self.role), ("tool", &self.tool), ("action", &self.action)];
        let named: Vec<_> =
            parts.iter().filter_map(|(name, part)| Some(format!("{name}:{}", part.as_ref()?))).collect();
        if named.is_empty() { "all".to_owned() } else { named.join(" ") }
    }

    /// Whether it stops `call`, which amounts to `action`.
    pub fn stops(&self, call: &ToolCall, action: &Action) -> bool {
        let fits = |pattern: &Option<Arc<str>>, found: &dyn Fn(&NamePattern) -> bool| {
            pattern.as_ref().is_none_or(|pattern| found(&NamePattern::new(pattern)))
        };
        let spelled = |pattern: &Option<Arc<str>>, found: &dyn Fn(&NamePattern) -> bool| {
            pattern.as_ref().is_none_or(|pattern| found(&NamePattern::new(&normal_name(pattern))))
        };
        let principal = &call.principal;
        fits(&self.principal, &|id| {
            id.matches(&principal.id) || principal.on_behalf_of.iter().any(|other| id.matches(other))
        }) && fits(&self.role, &|role| principal.role.as_ref().is_some_and(|own| role.matches(own)))
            && spelled(&self.tool, &|tool| tool.matches(&normal_name(&call.tool)))
            && spelled(&self.action, &|kind| action.walk().any(|part| kind.matches(&part.key)))
    }
}
