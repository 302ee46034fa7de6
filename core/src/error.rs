//! What can go wrong, and the codes that say so.
//!
//! A *code* (`area.what_is_wrong`) is part of the contract: programs match on it, so it is never renamed. A
//! [`Problem`] is one thing wrong with a policy file, with its place; a [`CallError`] is a tool call that cannot be
//! read. Neither ever contains a secret.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $text:literal, $meaning:literal;)*) => {
        /// Why a decision fell as it did, in one stable word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $meaning] $name,)* }

        impl Code {
            /// Every code, in the order of this file. The vectors must meet each of them.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it is written in decisions, records and vectors, such as `path.outside_allowed`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// What the code means, in one clause.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    PolicyAllow = "policy.allow", "the policy allows it";
    PolicyDeny = "policy.deny", "the policy denies it";
    PolicyRequireApproval = "policy.require_approval", "the policy wants a person's consent";
    PolicyDryRun = "policy.dry_run", "the policy wants it to be tried without effect";
    PolicyDefault = "policy.default", "nothing in the policy speaks of it, so the default applies";
    PolicyRuleFailed = "policy.rule_failed", "a rule's condition could not be evaluated, so it restricts";
    PolicyMissing = "policy.missing", "no policy was found";
    PolicyInvalid = "policy.invalid", "the policy has problems and was not loaded";
    PolicyDigestMismatch = "policy.digest_mismatch", "the policy is not the one that was pinned";

    CallMalformedArgs = "call.malformed_args", "the arguments cannot be read";
    CallUnsupportedValue = "call.unsupported_value", "an argument is of a kind that cannot be guarded";
    CallNumberOutOfRange = "call.number_out_of_range", "a number does not fit or is not finite";
    CallArgsTooLarge = "call.args_too_large", "the arguments are larger than the limit";
    CallArgsTooDeep = "call.args_too_deep", "the arguments are nested deeper than the limit";
    CallDuplicateKey = "call.duplicate_key", "an argument is given twice";
    CallInvalidName = "call.invalid_name", "a name in the call is empty, too long or has control characters";
    CallAmbiguousArgument = "call.ambiguous_argument", "an argument is given under several names with different values";
    CallMissingArgument = "call.missing_argument", "an argument that the action needs is missing or of the wrong kind";

    PathMalformed = "path.malformed", "the path cannot be read";
    PathOutsideAllowed = "path.outside_allowed", "the path is outside the allowed paths";
    PathDenied = "path.denied", "the path is under a denied path";
    PathDeniedExtension = "path.denied_extension", "the file extension is denied";
    PathUnreadable = "path.unreadable", "where the path leads on the file system cannot be found out";
    PathExtensionNotAllowed = "path.extension_not_allowed", "the file extension is not among the allowed ones";
    FileTooLarge = "file.too_large", "the content is larger than the limit";

    NetMalformedUrl = "net.malformed_url", "the URL cannot be read";
    NetAmbiguousUrl = "net.ambiguous_url", "programs disagree on where the URL leads";
    NetSchemeNotAllowed = "net.scheme_not_allowed", "the URL scheme is not allowed";
    NetMethodNotAllowed = "net.method_not_allowed", "the HTTP method is not allowed";
    NetDomainNotAllowed = "net.domain_not_allowed", "the host is not among the allowed domains";
    NetDomainDenied = "net.domain_denied", "the host is under a denied domain";
    NetPortNotAllowed = "net.port_not_allowed", "the port is not allowed";
    NetPrivateAddress = "net.private_address", "the host is a private, loopback, metadata or otherwise special address";
    NetAddressDenied = "net.address_denied", "the address is in a denied range";
    NetUnresolvedHost = "net.unresolved_host", "the address of a host could not be found out";

    ShellUnresolved = "shell.unresolved", "the command could not be read with certainty";
    ShellCommandNotAllowed = "shell.command_not_allowed", "a program is not among the allowed commands";
    ShellCommandDenied = "shell.command_denied", "a program is among the denied commands";
    ShellDeniedPattern = "shell.denied_pattern", "the command matches a denied pattern";
    ShellCwdOutsideAllowed = "shell.cwd_outside_allowed", "the working directory is outside the allowed ones";
    ShellTimeoutTooLong = "shell.timeout_too_long", "the time limit asked for is above the limit";

    SqlStatementNotAllowed = "sql.statement_not_allowed", "the kind of statement is not among the allowed ones";
    SqlStatementDenied = "sql.statement_denied", "the kind of statement is denied";
    SqlTableNotAllowed = "sql.table_not_allowed", "a table is not among the allowed ones";
    SqlTableDenied = "sql.table_denied", "a table is denied";
    SqlFunctionNotAllowed = "sql.function_not_allowed", "a function is not known to be harmless and not among the allowed ones";
    SqlMissingWhere = "sql.missing_where", "the statement changes or removes all rows";
    SqlMultipleStatements = "sql.multiple_statements", "the text has more than one statement";
    SqlUnresolved = "sql.unresolved", "the statement could not be read with certainty";
    CodeUnresolved = "code.unresolved", "the code could not be read with certainty";

    KillSwitchOn = "kill_switch.on", "a kill switch stops it";
    PrincipalUnregistered = "principal.unregistered", "the principal is not a registered agent";
    PrincipalInactive = "principal.inactive", "the agent is suspended or its registration has expired";
    PrincipalDelegationTooDeep = "principal.delegation_too_deep", "the call was delegated more often than the policy lets";
    LimitExceeded = "limit.exceeded", "there were as many such calls as the limit lets";
    BudgetExceeded = "budget.exceeded", "the budget does not cover it";
    BudgetUnpriced = "budget.unpriced", "nobody knows what it costs, and a budget is enforced";

    ApprovalGranted = "approval.granted", "a person consented to exactly this";
    ApprovalMalformedToken = "approval.malformed_token", "the token cannot be read";
    ApprovalUnknownKey = "approval.unknown_key", "the token was signed with a key that is not known here";
    ApprovalBadSignature = "approval.bad_signature", "the token was not made here or was changed";
    ApprovalNotYetValid = "approval.not_yet_valid", "the token was made later than it is now";
    ApprovalExpired = "approval.expired", "the time to consent, or to use the consent, is over";
    ApprovalNotFound = "approval.not_found", "there is no such request";
    ApprovalWrongAction = "approval.wrong_action", "the consent is for another action";
    ApprovalPolicyChanged = "approval.policy_changed", "the policy has changed since consent was asked for";
    ApprovalAlreadyUsed = "approval.already_used", "the consent was used before";
    ApprovalAlreadyDecided = "approval.already_decided", "the request was decided before";
    ApprovalDenied = "approval.denied", "a person said no";
    ApprovalCancelled = "approval.cancelled", "the request was withdrawn";
    ApprovalNotApprover = "approval.not_approver", "whoever consents is not among those who may";
    ApprovalSelfApproval = "approval.self_approval", "nobody consents to what they ask for themselves";
    ApprovalDuplicateApprover = "approval.duplicate_approver", "this person has consented before, and others have to as well";
    ApprovalEditRefused = "approval.edit_refused", "the policy does not let the edited call pass";

    StoreUnavailable = "store.unavailable", "the state cannot be read or written";
    StoreTimeout = "store.timeout", "the state could not be read or written in time";
    StoreCorrupt = "store.corrupt", "the state is damaged or of another version";
    StoreContended = "store.contended", "others changed the state again and again while it was decided";

    AuditUnwritable = "audit.unwritable", "the decision could not be recorded";
    InternalPanic = "internal.panic", "something failed inside the guard";
    InternalError = "internal.error", "something went wrong inside the guard";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A tool call that cannot be turned into values to decide about. It always ends in a deny with this code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// What kind of failure it is.
    pub code: Code,
    /// One clause for a person, naming the place (`args.items[3]`), never the value.
    pub message: String,
}

impl CallError {
    /// A failure of `code`, told in `message`.
    pub fn new(code: Code, message: impl Into<String>) -> CallError {
        CallError { code, message: message.into() }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for CallError {}

/// One thing wrong with a policy: where, what, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file as the user named it; empty for a policy given as text.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The kind of problem, such as `policy.unknown_field`.
    pub code: &'static str,
    /// One clause, lower case, with the user's own word in back-ticks.
    pub message: String,
    /// What to do about it; empty if the message says it all.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "policy" } else { &self.file };
        write!(f, "{file}:{}:{}: {}", self.line, self.column, self.message)?;
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}

/// A policy that was not loaded, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// [`Code::PolicyInvalid`], [`Code::PolicyMissing`] or [`Code::PolicyDigestMismatch`].
    pub code: Code,
    /// All problems, in the order of the files; never empty.
    pub problems: Vec<Problem>,
}

/// Problems reported for one policy; the rest is counted in one line.
const PROBLEMS_MAX: usize = 100;

impl PolicyError {
    /// A policy refused for `problems`.
    pub fn invalid(mut problems: Vec<Problem>) -> PolicyError {
        problems.sort();
        problems.dedup();
        let more = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        if let (Some(last), true) = (problems.last().cloned(), more > 0) {
            let message = format!("and {more} more");
            problems.push(Problem { code: "policy.more_problems", message, help: String::new(), ..last });
        }
        PolicyError { code: Code::PolicyInvalid, problems }
    }

    /// A policy refused as a whole: `message` says why, `help` what to do.
    pub fn whole(code: Code, file: &str, message: impl Into<String>, help: impl Into<String>) -> PolicyError {
        let problem = Problem {
            file: file.to_owned(),
            line: 1,
            column: 1,
            code: code.as_str(),
            message: message.into(),
            help: help.into(),
        };
        PolicyError { code, problems: vec![problem] }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}
