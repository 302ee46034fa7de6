//! What a policy says about the past, about money and about consent: everything that needs a store.

mod during;
mod language;
mod read;
mod zone;

use std::sync::Arc;

use super::matcher::Matcher;
use crate::decision::{ApprovalTerms, Verdict};
use crate::facts::Question;
use crate::money::Unit;
use crate::pattern::NamePattern;

pub use during::During;
pub(super) use language::{APPROVALS, BUDGET, DURING, KILL_SWITCH, LABEL, LIMIT, PRINCIPALS, STORE};
pub(super) use read::{money, read, zone};
pub use zone::Zone;

/// The sections of a policy that need a store.
#[derive(Clone, Debug, Default)]
pub struct StateRules {
    /// How consent is asked for. Without it nobody is asked, and what is held stays held.
    pub approvals: Option<ApprovalSetting>,
    /// Whether only registered agents may ask.
    pub registered_only: bool,
    /// How often a call may be delegated.
    pub delegation_depth_max: Option<usize>,
    /// A file that stops everything while it is there.
    pub kill_file: Option<Arc<str>>,
    /// Where state is kept.
    pub store: StoreSetting,
    /// What allowed actions leave on their sessions.
    pub labels: Vec<LabelRule>,
    /// How often something may happen.
    pub limits: Vec<Limit>,
    /// What may be spent.
    pub budgets: Vec<Budget>,
    /// What the conditions ask about the past.
    pub questions: Vec<Question>,
    /// The zone in which days begin.
    pub zone: Zone,
}

/// How consent is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalSetting {
    /// Who has to consent where a rule does not say.
    pub terms: ApprovalTerms,
    /// Who is asked as well after a while.
    pub escalate: Option<Escalate>,
    /// The environment variable with the secret.
    pub secret_env: Option<Arc<str>>,
    /// The file with the secret.
    pub secret_file: Option<Arc<str>>,
    /// Where requests can be answered.
    pub base_url: Option<Arc<str>>,
}

/// Who is asked as well after a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalate {
    /// How many seconds after the request was made.
    pub after_s: u64,
    /// Who.
    pub to: Vec<Arc<str>>,
}

/// Where state is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreSetting {
    /// Where the host program keeps it; in a file beside the policy if it does not say.
    #[default]
    Unsaid,
    /// In memory.
    Memory,
    /// In a file.
    File(Arc<str>),
    /// In the database whose address stands in this environment variable.
    Postgres(Arc<str>),
}

/// What an allowed action leaves on its session.
#[derive(Clone, Debug)]
pub struct LabelRule {
    /// Which actions.
    pub matcher: Matcher,
    /// The labels.
    pub add: Vec<Arc<str>>,
}

/// How often something may happen.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Its name in decisions.
    pub id: Arc<str>,
    /// Which calls count.
    pub matcher: Matcher,
    /// How many.
    pub max: i64,
    /// In how many seconds.
    pub per_s: u64,
    /// Whose calls are counted together.
    pub by: By,
    /// The verdict beyond it.
    pub verdict: Verdict,
}

/// What some principals may spend.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Its key in the policy.
    pub id: Arc<str>,
    /// Whose.
    pub whose: Whose,
    /// How much of what, in what time.
    pub caps: Vec<Cap>,
    /// Who has it together.
    pub by: By,
    /// Whether it only counts.
    pub observes: bool,
    /// The verdict beyond it.
    pub verdict: Verdict,
}

/// Which principals a budget is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Whose {
    /// Those with such an id.
    Id(NamePattern),
    /// Those in such a role.
    Role(NamePattern),
}

/// So much of something in some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Of what.
    pub unit: Unit,
    /// In what time.
    pub window: Window,
    /// How much.
    pub most: i64,
}

/// The time that a budget is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// An hour of the clock.
    Hour,
    /// A day.
    Day,
    /// A week, from Monday on.
    Week,
    /// A month.
    Month,
    /// A session.
    Run,
}

/// Who is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Each principal apart.
    Principal,
    /// All in one role.
    Role,
    /// Each session apart.
    Session,
    /// Each tool apart.
    Tool,
    /// Each type of action apart.
    Action,
    /// All.
    All,
}

impl StateRules {
    /// Whether any of it is said.
    pub fn is_used(&self) -> bool {
        self.approvals.is_some()
            || self.registered_only
            || self.kill_file.is_some()
            || self.store != StoreSetting::Unsaid
            || !self.labels.is_empty()
            || !self.limits.is_empty()
            || !self.budgets.is_empty()
            || !self.questions.is_empty()
    }

    /// Whether an allowed call takes anything that is settled or given back when it is over.
    pub fn takes(&self) -> bool {
        !self.budgets.is_empty() || !self.limits.is_empty() || !self.questions.is_empty()
    }

    /// Who has to consent where a rule does not say.
    pub fn default_terms(&self) -> ApprovalTerms {
        self.approvals.as_ref().map(|setting| setting.terms.clone()).unwrap_or_default()
    }
}

impl Window {
    /// `hour`, `day`, `week`, `month` or `run`.
    pub fn as_str(self) -> &'static str {
        match self {
            Window::Hour => "hour",
            Window::Day => "day",
            Window::Week => "week",
            Window::Month => "month",
            Window::Run => "run",
        }
    }
}

impl Whose {
    /// Whether a principal is one of them.
    pub fn includes(&self, id: &str, role: Option<&str>) -> bool {
        match self {
            Whose::Id(pattern) => pattern.matches(id),
            Whose::Role(pattern) => role.is_some_and(|role| pattern.matches(role)),
        }
    }
}
