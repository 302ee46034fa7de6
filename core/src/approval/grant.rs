//! Consent given beforehand: for some actions on some targets, so often, until then.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Refused;
use crate::action::{Action, Target, normal_name};
use crate::call::ToolCall;
use crate::clock::Timestamp;
use crate::error::Code;
use crate::pattern::NamePattern;

/// A standing consent. It covers a call if it covers every part of it that the policy does not allow by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its name, `grn_…`.
    pub id: Arc<str>,
    /// What it is for.
    pub terms: GrantTerms,
    /// Who gave it.
    pub by: Arc<str>,
    /// When.
    pub created: Timestamp,
    /// How often it was used.
    pub used: u32,
}

/// What a grant is for. Nothing of it is open by itself: who wants "everything" has to write `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantTerms {
    /// Whose calls: a principal's id, or a pattern.
    pub principal: Arc<str>,
    /// The action's type, such as `file.delete`.
    pub action: Arc<str>,
    /// The target, or a pattern of targets such as `/workspace/build/*`. Of commands only the very same line.
    pub target: Arc<str>,
    /// The session, if only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Arc<str>>,
    /// How often; without it as often as need be until it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// Until when.
    pub expires: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

impl Grant {
    /// Whether it can be used for `call` at `now`, as far as the call as a whole goes.
    pub fn is_for(&self, call: &ToolCall, now: Timestamp) -> bool {
        let session = self.terms.session.as_ref().is_none_or(|session| *session == call.session.id);
        // A delegate has what was given to it, not what was given to those it acts for, and the other way round.
        self.check(now).is_ok() && session && NamePattern::new(&self.terms.principal).matches(&call.principal.id)
    }

    /// Whether it covers one action, its effects aside.
    pub fn covers(&self, action: &Action) -> bool {
        *normal_name(&self.terms.action) == *action.key && self.covers_target(&action.target)
    }

    /// With one use less.
    ///
    /// # Errors
    /// [`Code::ApprovalExpired`] or [`Code::ApprovalAlreadyUsed`].
    pub fn used(&self, now: Timestamp) -> Result<Grant, Refused> {
        self.check(now)?;
        Ok(Grant { used: self.used.saturating_add(1), ..self.clone() })
    }

    fn check(&self, now: Timestamp) -> Result<(), Refused> {
        if now >= self.terms.expires {
            return Err(Refused::new(Code::ApprovalExpired, "the grant has expired"));
        }
        if self.terms.uses.is_some_and(|uses| self.used >= uses) {
            return Err(Refused::new(Code::ApprovalAlreadyUsed, "the grant is used up"));
        }
        Ok(())
    }

    fn covers_target(&self, target: &Target) -> bool {
        let wanted = &*self.terms.target;
        wanted == "*"
            || match target {
                Target::None => wanted.is_empty(),
                // What a command or a query does, its text alone does not say: no pattern is safe.
                Target::Command(_) | Target::Sql(_) | Target::Glob(_) => target.as_str() == wanted,
                Target::Path(_) | Target::Url(_) | Target::Name(_) => NamePattern::new(wanted).matches(target.as_str()),
            }
    }
}
