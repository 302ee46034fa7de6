//! What a policy document may contain: the language of policies, as data.

use super::state::{APPROVALS, BUDGET, DURING, KILL_SWITCH, LABEL, LIMIT, PRINCIPALS, STORE};
use crate::action::MAPPING;
use crate::shape::{Field, Object, Shape};
use crate::sql::StatementKind;

const VERDICT: Shape = Shape::Words(
    &["allow", "deny", "require_approval", "dry_run"],
    &[("block", "deny"), ("approve", "require_approval")],
);
pub(super) const RESTRICTION: Shape =
    Shape::Words(&["deny", "require_approval"], &[("block", "deny"), ("approve", "require_approval")]);
pub(super) const TEXTS: Shape = Shape::List(&Shape::Text);
pub(super) const NAMES: Shape = Shape::OneOrMany(&Shape::Text);
const PATHS: Shape = Shape::List(&Shape::Format("an absolute path, `~/…` or `**/…`", "/workspace/"));
const DOMAINS: Shape = Shape::List(&Shape::Format("a host name, or `.example.org` for all below it", "api.github.com"));
const RANGES: Shape = Shape::List(&Shape::Format("an address or a range", "10.1.0.0/16"));
const STATEMENTS: Shape = Shape::List(&Shape::Words(StatementKind::WORDS, &[]));
const TABLES: Shape = Shape::List(&Shape::Format("a table, or a pattern of tables", "public.*"));
const CONDITION: Shape = Shape::Format("a CEL condition", "args.amount > 1000");
pub(super) const DURATION: Shape = Shape::Format("a duration", "1h");

/// A whole policy file.
pub static POLICY: Object = Object {
    name: "policy",
    about: "what the tools of an agent may do",
    fields: &[
        Field::new("version", Shape::Int(1, 1), "the version of this language; 1"),
        Field::new("name", Shape::Text, "a name for people and records"),
        Field::new(
            "mode",
            Shape::Words(&["enforce", "observe"], &[]),
            "`observe` decides and records but blocks nothing",
        ),
        Field::new("default", RESTRICTION, "the verdict where nothing matches; `require_approval` if unwritten"),
        Field::new("include", TEXTS, "built-in packs (`pack:…`) and files beside this one whose entries are added"),
        Field::new(
            "mappings",
            Shape::Names(&Shape::Object(&MAPPING)),
            "tools that the catalogue does not know, or knows otherwise",
        ),
        Field::new(
            "tools",
            Shape::Names(&Shape::Object(&TOOL)),
            "what each action may do, by type, `category.*` or pattern",
        ),
        Field::new("rules", Shape::List(&Shape::Object(&RULE)), "rules added to the tools; the strictest answer wins"),
        Field::new("roles", Shape::Names(&Shape::Object(&ROLE)), "what differs for principals of a role"),
        Field::new(
            "audit",
            Shape::ObjectOr(&AUDIT, &Shape::Words(&["off"], &[])),
            "where decisions are recorded; `off` for nowhere",
        ),
        Field::new("network", Shape::Object(&NETWORK), "whether host names are looked up before they are allowed"),
        Field::new(
            "paths",
            Shape::Object(&PATH_SETTING),
            "by which rules paths are compared, and whether links are followed",
        ),
        Field::new("labels", Shape::List(&Shape::Object(&LABEL)), "what an allowed action leaves on its session"),
        Field::new(
            "budgets",
            Shape::Names(&Shape::Object(&BUDGET)),
            "money, tokens and calls, by principal id, pattern or `role:…`",
        ),
        Field::new("limits", Shape::List(&Shape::Object(&LIMIT)), "how often something may happen"),
        Field::new("approvals", Shape::Object(&APPROVALS), "how consent is asked for"),
        Field::new("principals", Shape::Object(&PRINCIPALS), "who may ask at all"),
        Field::new("kill_switch", Shape::Object(&KILL_SWITCH), "what stops everything at once"),
        Field::new(
            "store",
            Shape::ObjectOr(&STORE, &Shape::Words(&["memory"], &[])),
            "where state is kept; in `.toolgate/state.db` beside the policy if unwritten",
        ),
        Field::new(
            "timezone",
            Shape::Format("a time zone", "Europe/Berlin"),
            "where the days of budgets begin; UTC if unwritten",
        ),
    ],
};

/// A file that another includes.
pub(super) static FRAGMENT_FIELDS: &[&str] = &["version", "name", "mappings", "tools", "rules", "roles"];

/// One entry under `tools`.
pub(super) static TOOL: Object = Object {
    name: "tool entry",
    about: "what an action may do: every check must pass for its decision to count",
    fields: &[
        Field::new("decision", VERDICT, "the verdict when every check passes"),
        Field::new("otherwise", RESTRICTION, "the verdict when an `allowed_…` check fails; `deny` if unwritten"),
        Field::new("reason", Shape::Text, "why, for the model and the record"),
        Field::new("safer_alternative", Shape::Text, "what to do instead, shown with a refusal"),
        Field::new(
            "unresolved",
            RESTRICTION,
            "the verdict for what could not be read; `require_approval` if unwritten",
        ),
        Field::new("allowed_commands", TEXTS, "programs that may run"),
        Field::new("denied_commands", TEXTS, "programs that may not run").alias("deny_commands"),
        Field::new("deny_patterns", TEXTS, "texts or `/expressions/` that a command may not contain")
            .alias("denied_patterns"),
        Field::new("allowed_cwd_prefixes", PATHS, "directories a command may run in"),
        Field::new(
            "max_timeout_ms",
            Shape::Int(1, i64::MAX),
            "the longest time limit a command may ask for, in milliseconds",
        ),
        Field::new("allowed_paths", PATHS, "paths that may be touched, with everything beneath"),
        Field::new("denied_paths", PATHS, "paths that may not be touched").alias("deny_paths"),
        Field::new("allowed_extensions", TEXTS, "file extensions that may be touched, such as `.md`"),
        Field::new("denied_extensions", TEXTS, "file extensions that may not be touched").alias("deny_extensions"),
        Field::new("max_size_bytes", Shape::Int(0, i64::MAX), "the largest content that may be written, in bytes"),
        Field::new("allowed_methods", TEXTS, "HTTP methods that may be used"),
        Field::new("allowed_domains", DOMAINS, "hosts that may be contacted"),
        Field::new("denied_domains", DOMAINS, "hosts that may not be contacted").alias("deny_domains"),
        Field::new("allowed_schemes", TEXTS, "URL schemes that may be used; `http` and `https` if unwritten"),
        Field::new("allowed_ports", Shape::List(&Shape::Int(1, 65535)), "ports that may be contacted"),
        Field::new("allowed_ip_ranges", RANGES, "special addresses that may be contacted all the same"),
        Field::new(
            "local_addresses_in_commands",
            VERDICT,
            "what a command gets that contacts this machine, a local name or a private network; deny if unwritten",
        ),
        Field::new("denied_ip_ranges", RANGES, "addresses that may not be contacted").alias("deny_ip_ranges"),
        Field::new("allowed_statements", STATEMENTS, "kinds of SQL statement that may run, such as `select`"),
        Field::new("denied_statements", STATEMENTS, "kinds of SQL statement that may not run").alias("deny_statements"),
        Field::new("allowed_tables", TABLES, "tables that may be used"),
        Field::new("denied_tables", TABLES, "tables that may not be used").alias("deny_tables"),
        Field::new(
            "allowed_functions",
            TEXTS,
            "functions and procedures that may run though nobody knows what they do",
        ),
        Field::new("require_where", Shape::Bool, "whether a statement may not change or remove all rows"),
        Field::new("single_statement", Shape::Bool, "whether a text may hold one SQL statement alone"),
        Field::new("cost_usd", Shape::Money, "what a call costs, in US dollars, if nobody knows better"),
    ],
};

/// One of the `rules`.
pub(super) static RULE: Object = Object {
    name: "rule",
    about: "a verdict for the actions it matches",
    fields: &[
        Field::new("id", Shape::Text, "its name in decisions and records").required(),
        Field::new("match", Shape::Object(&MATCH), "which actions it is about; all if unwritten"),
        Field::new("when", CONDITION, "a further condition"),
        Field::new("decision", VERDICT, "the verdict").required(),
        Field::new("reason", Shape::Text, "why, for the model and the record"),
        Field::new("safer_alternative", Shape::Text, "what to do instead, shown with a refusal"),
        Field::new("approval", Shape::Object(&APPROVAL), "who has to consent"),
        Field::new("during", Shape::Object(&DURING), "when it applies; always if unwritten"),
    ],
};

/// What a rule matches: every field written must hold, and any one of the values of each.
pub(super) static MATCH: Object = Object {
    name: "match",
    about: "which actions a rule is about: all fields must hold, and one value of each",
    fields: &[
        Field::new("action", NAMES, "canonical types, such as `http.request` or `git.*`"),
        Field::new("category", NAMES, "families of actions, such as `payment`"),
        Field::new("tool", NAMES, "tool names as the agent used them, in any spelling"),
        Field::new("target", NAMES, "paths, URLs or names that the action is done to, with wildcards"),
        Field::new("host", Shape::OneOrMany(&Shape::Format("a host name", ".example.org")), "hosts that are contacted"),
        Field::new(
            "args",
            Shape::Names(&Shape::OneOrMany(&Shape::Any)),
            "canonical arguments and their values, with wildcards",
        ),
        Field::new("principal", Shape::Object(&PRINCIPAL), "who asks"),
        Field::new("session", NAMES, "session ids, with wildcards"),
        Field::new("framework", NAMES, "frameworks that make the call"),
        Field::new("server", NAMES, "MCP servers that offer the tool"),
        Field::new("flags", NAMES, "flags of the reading, one of which is set"),
        Field::new("signals", NAMES, "signals the caller declared, one of which is set; only for rules that restrict"),
        Field::new("labels", NAMES, "labels of the session, one of which is set; only for rules that restrict"),
        Field::new(
            "risk",
            Shape::Words(&["low", "medium", "high", "critical"], &[]),
            "the least risk; only for rules that restrict",
        ),
        Field::new(
            "confidence",
            Shape::OneOrMany(&Shape::Words(&["exact", "partial", "opaque"], &[])),
            "how sure the reading is",
        ),
    ],
};

/// Who asks, in a match.
pub(super) static PRINCIPAL: Object = Object {
    name: "principal",
    about: "who asks: all fields must hold, and one value of each",
    fields: &[
        Field::new("id", NAMES, "names, such as `agent:finance-*`"),
        Field::new("role", NAMES, "roles"),
        Field::new("on_behalf_of", NAMES, "delegators, one of whom is in the chain"),
        Field::new("attributes", Shape::Names(&Shape::OneOrMany(&Shape::Any)), "attributes and their values"),
    ],
};

/// Who has to consent to a held action.
pub(super) static APPROVAL: Object = Object {
    name: "approval",
    about: "who has to consent, and how long the request stands",
    fields: &[
        Field::new("count", Shape::Int(1, 100), "how many people; 1 if unwritten"),
        Field::new("distinct", Shape::Bool, "whether they must be different people; `true` if unwritten"),
        Field::new("from", TEXTS, "who may consent, such as `role:finance-lead`"),
        Field::new("expires", DURATION, "how long the request stands; `1h` if unwritten"),
    ],
};

/// What differs for a role.
pub(super) static ROLE: Object = Object {
    name: "role",
    about: "entries that replace those of the same tool for principals of this role, and rules added for them",
    fields: &[
        Field::new(
            "tools",
            Shape::Names(&Shape::Object(&TOOL)),
            "entries that replace the base entry of the same tool",
        ),
        Field::new("rules", Shape::List(&Shape::Object(&RULE)), "rules added for this role"),
    ],
};

/// How paths are taken.
pub(super) static PATH_SETTING: Object = Object {
    name: "paths",
    about: "how paths are taken",
    fields: &[
        Field::new(
            "rules",
            Shape::Words(&["host", "posix", "windows", "macos"], &[]),
            "by which system's rules paths are compared; those of this machine (`host`) if unwritten",
        ),
        Field::new(
            "links",
            Shape::Words(&["follow", "ignore"], &[]),
            "whether symbolic links are followed on this machine's disk; `follow` if unwritten",
        ),
    ],
};

/// Where decisions are recorded.
pub(super) static AUDIT: Object = Object {
    name: "audit",
    about: "where decisions are recorded and what is taken out first",
    fields: &[
        Field::new("path", Shape::Text, "the directory; `.toolgate/audit/` beside the policy if unwritten"),
        Field::new("redact", TEXTS, "further keys and texts to take out: literals or `/expressions/`"),
    ],
};

/// Whether and how host names are looked up.
pub(super) static NETWORK: Object = Object {
    name: "network",
    about: "how host names are looked up, so that a name is judged by where it leads too",
    fields: &[
        Field::new(
            "resolve",
            Shape::Words(&["none", "static", "system"], &[]),
            "who is asked for addresses: nobody, `hosts` alone, or `hosts` and then the operating system",
        )
        .required(),
        Field::new(
            "timeout_ms",
            Shape::Int(1, 60_000),
            "how long one name may take, in milliseconds; 2000 if unwritten",
        ),
        Field::new(
            "hosts",
            Shape::Names(&Shape::List(&Shape::Format("an address", "10.1.0.7"))),
            "names and their addresses",
        ),
    ],
};
