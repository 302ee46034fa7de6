//! The part of the language that is about what was before, and about who is asked.

use super::during::DAYS;
use crate::policy::language::{DURATION, MATCH, NAMES, RESTRICTION, TEXTS};
use crate::shape::{Field, Object, Shape};

const COUNT: Shape = Shape::Int(0, i64::MAX);

/// What one principal may spend.
pub(in crate::policy) static BUDGET: Object = Object {
    name: "budget",
    about: "what may be spent in a time, and what happens beyond",
    fields: &[
        Field::new("hourly_usd", Shape::Money, "US dollars in an hour of the clock"),
        Field::new("daily_usd", Shape::Money, "US dollars in a day"),
        Field::new("weekly_usd", Shape::Money, "US dollars in a week, which begins on Monday"),
        Field::new("monthly_usd", Shape::Money, "US dollars in a month"),
        Field::new("per_run_usd", Shape::Money, "US dollars in a session"),
        Field::new("hourly_tokens", COUNT, "tokens in an hour of the clock"),
        Field::new("daily_tokens", COUNT, "tokens in a day"),
        Field::new("weekly_tokens", COUNT, "tokens in a week, which begins on Monday"),
        Field::new("monthly_tokens", COUNT, "tokens in a month"),
        Field::new("per_run_tokens", COUNT, "tokens in a session"),
        Field::new("hourly_calls", COUNT, "calls in an hour of the clock"),
        Field::new("daily_calls", COUNT, "calls in a day"),
        Field::new("weekly_calls", COUNT, "calls in a week, which begins on Monday"),
        Field::new("monthly_calls", COUNT, "calls in a month"),
        Field::new("per_run_calls", COUNT, "calls in a session"),
        Field::new("by", BY, "who has such a budget; each `principal` if unwritten"),
        Field::new("mode", Shape::Words(&["enforce", "observe"], &[]), "`observe` counts and stops nothing"),
        Field::new("decision", RESTRICTION, "the verdict beyond it; `deny` if unwritten"),
    ],
};

const BY: Shape = Shape::Words(&["principal", "role", "session", "all"], &[]);

/// How often something may happen.
pub(in crate::policy) static LIMIT: Object = Object {
    name: "limit",
    about: "how often something may happen in a time that slides",
    fields: &[
        Field::new("id", Shape::Text, "its name in decisions; `limits.` and its number if unwritten"),
        Field::new("match", Shape::Object(&MATCH), "which calls count; all if unwritten"),
        Field::new("max", COUNT, "how many").required(),
        Field::new("per", PER, "in how long: `second`, `minute`, `hour`, `day` or a duration").required(),
        Field::new(
            "by",
            Shape::Words(&["principal", "role", "session", "tool", "action", "all"], &[]),
            "whose calls are counted together; each `principal`'s if unwritten",
        ),
        Field::new("decision", RESTRICTION, "the verdict beyond it; `deny` if unwritten"),
    ],
};

const PER: Shape = Shape::Format("`second`, `minute`, `hour`, `day` or a duration", "minute");

/// When a rule applies.
pub(in crate::policy) static DURING: Object = Object {
    name: "time",
    about: "when a rule applies: in one of the windows, or on one of the days and in one of the hours",
    fields: &[
        Field::new("timezone", ZONE, "whose clock; the policy's `timezone` if unwritten"),
        Field::new("windows", Shape::OneOrMany(&WINDOW), "from one moment until another"),
        Field::new("days", Shape::OneOrMany(&Shape::Words(&DAYS, &[])), "days of every week; all if unwritten"),
        Field::new(
            "hours",
            Shape::OneOrMany(&HOURS),
            "hours that begin on such a day, and may end on the next; all if unwritten",
        ),
    ],
};

const ZONE: Shape = Shape::Format("a time zone", "Europe/Berlin");
const WINDOW: Shape = Shape::Format("two moments", "2026-12-30T00:00/2027-01-02T00:00");
const HOURS: Shape = Shape::Format("two times of day", "22:00-06:00");

/// What an action leaves on its session.
pub(in crate::policy) static LABEL: Object = Object {
    name: "label",
    about: "what an allowed action leaves on its session",
    fields: &[
        Field::new("match", Shape::Object(&MATCH), "which actions").required(),
        Field::new("add", NAMES, "the labels").required(),
    ],
};

/// How consent is asked for.
pub(in crate::policy) static APPROVALS: Object = Object {
    name: "approvals",
    about: "how consent is asked for; what a rule says under `approval` goes before it",
    fields: &[
        Field::new("count", Shape::Int(1, 100), "how many people; 1 if unwritten"),
        Field::new("distinct", Shape::Bool, "whether they must be different people; `true` if unwritten"),
        Field::new("from", TEXTS, "who may consent, such as `role:finance-lead`"),
        Field::new("expires", DURATION, "how long a request stands; `1h` if unwritten"),
        Field::new("escalate", Shape::Object(&ESCALATE), "who is asked as well after a while"),
        Field::new("secret_env", Shape::Text, "the environment variable with the secret that signs tokens"),
        Field::new("secret_file", Shape::Text, "the file with it; `.toolgate/secret`, made when needed, if unwritten"),
        Field::new("base_url", Shape::Text, "where requests can be answered"),
    ],
};

/// Who is asked as well after a while.
pub(in crate::policy) static ESCALATE: Object = Object {
    name: "escalation",
    about: "who is asked as well after a while",
    fields: &[
        Field::new("after", DURATION, "how long after the request was made").required(),
        Field::new("to", TEXTS, "who may consent then too").required(),
    ],
};

/// Who may ask at all.
pub(in crate::policy) static PRINCIPALS: Object = Object {
    name: "principals",
    about: "who may ask at all",
    fields: &[
        Field::new("require", Shape::Words(&["registered"], &[]), "only agents that are registered and active"),
        Field::new("delegation_depth_max", Shape::Int(0, 64), "how often a call may be delegated"),
    ],
};

/// What stops everything.
pub(in crate::policy) static KILL_SWITCH: Object = Object {
    name: "kill_switch",
    about: "what stops everything at once, besides the kill switches of the state",
    fields: &[Field::new("file", Shape::Text, "a file that stops everything while it is there").required()],
};

/// Where state is kept.
pub(in crate::policy) static STORE: Object = Object {
    name: "store",
    about: "where budgets, approvals and all other state are kept",
    fields: &[
        Field::new("path", Shape::Text, "a file; `.toolgate/state.db` beside the policy if unwritten"),
        Field::new("postgres_env", Shape::Text, "the environment variable with the address of a PostgreSQL database"),
    ],
};
