//! What a tool entry demands of an action before its decision counts.
//!
//! A `denied_…` check that fails is a deny; an `allowed_…` check that fails, or that cannot be shown to hold, gives
//! the entry's `otherwise`.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::clause::Request;
use super::sql::SqlChecks;
use crate::action::{Action, PathGlob, Target};
use crate::decision::Verdict;
use crate::error::Code;
use crate::net::{CleanUrl, DomainSet, Special};
use crate::path::{Base, CleanPath, PathSet};
use crate::pattern::TextSet;
use crate::shell::CommandLine;
use crate::value::Value;

/// The checks of one tool entry.
#[derive(Clone, Debug)]
pub struct Checks {
    /// The verdict when an `allowed_…` check fails.
    pub otherwise: Verdict,
    /// The verdict for what could not be read.
    pub unresolved: Verdict,
    /// Checks on commands.
    pub shell: Option<ShellChecks>,
    /// Checks on paths and contents.
    pub file: Option<FileChecks>,
    /// Checks on web requests.
    pub http: Option<HttpChecks>,
    /// Checks on SQL statements.
    pub sql: Option<SqlChecks>,
}

/// Why an entry's decision does not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The verdict instead.
    pub verdict: Verdict,
    /// Why, as a word.
    pub code: Code,
    /// Why, for a person.
    pub message: String,
}

/// Checks on commands.
#[derive(Clone, Debug, Default)]
pub struct ShellChecks {
    /// Programs, each with the words it must begin with.
    pub allowed_commands: Option<Vec<Vec<Arc<str>>>>,
    /// Programs that may not run.
    pub denied_commands: Vec<Vec<Arc<str>>>,
    /// Texts a command may not contain.
    pub deny_patterns: Option<TextSet>,
    /// Directories it may run in.
    pub allowed_cwd: Option<PathSet>,
    /// The longest time limit, in milliseconds.
    pub max_timeout_ms: Option<i64>,
}

/// Checks on paths and contents.
#[derive(Clone, Debug, Default)]
pub struct FileChecks {
    /// Paths that may be touched.
    pub allowed_paths: Option<PathSet>,
    /// Paths that may not.
    pub denied_paths: Option<PathSet>,
    /// Extensions that may be touched.
    pub allowed_extensions: Option<Vec<Arc<str>>>,
    /// Extensions that may not.
    pub denied_extensions: Vec<Arc<str>>,
    /// The largest content, in bytes.
    pub max_size_bytes: Option<i64>,
}

/// Checks on web requests.
#[derive(Clone, Debug, Default)]
pub struct HttpChecks {
    /// Methods that may be used, in upper case.
    pub allowed_methods: Option<Vec<Arc<str>>>,
    /// Hosts that may be contacted.
    pub allowed_domains: Option<DomainSet>,
    /// Hosts that may not.
    pub denied_domains: Option<DomainSet>,
    /// Schemes that may be used.
    pub allowed_schemes: Option<Vec<Arc<str>>>,
    /// Ports that may be contacted.
    pub allowed_ports: Option<Vec<i64>>,
    /// Special addresses that may be contacted all the same.
    pub allowed_ranges: Vec<IpNet>,
    /// Addresses that may not.
    pub denied_ranges: Vec<IpNet>,
    /// What a command gets that contacts a local address.
    pub local_in_commands: Option<Verdict>,
}

impl Checks {
    /// The strictest failure, or `None` if every check holds.
    pub fn failure(&self, request: &Request) -> Option<Failure> {
        let action = request.action;
        let mut findings = Findings { otherwise: self.otherwise, worst: None };
        // An action that lacks its target is held for that already.
        let lacks_target = matches!(action.target, Target::None) && action.has_flag("missing_argument");
        if let Some(shell) = &self.shell {
            shell.check(action, &mut findings);
        }
        if let (Some(file), false) = (&self.file, lacks_target) {
            file.check(action, &mut findings);
        }
        if let (Some(http), false) = (&self.http, lacks_target) {
            http.check(action, &mut findings);
        }
        if let Some(sql) = &self.sql {
            sql.check(action, &mut findings);
        }
        findings.worst
    }
}

/// Keeps the strictest failure; of two as strict, the first.
pub(super) struct Findings {
    otherwise: Verdict,
    worst: Option<Failure>,
}

impl Findings {
    /// The verdict for what is not allowed.
    pub(super) fn otherwise(&self) -> Verdict {
        self.otherwise
    }

    pub(super) fn deny(&mut self, code: Code, message: String) {
        self.add(Verdict::Deny, code, message);
    }

    pub(super) fn not_allowed(&mut self, code: Code, message: String) {
        self.add(self.otherwise, code, message);
    }

    pub(super) fn add(&mut self, verdict: Verdict, code: Code, message: String) {
        if self.worst.as_ref().is_none_or(|worst| worst.verdict < verdict) {
            self.worst = Some(Failure { verdict, code, message });
        }
    }
}

impl ShellChecks {
    fn check(&self, action: &Action, findings: &mut Findings) {
        match &action.target {
            Target::Command(line) => {
                self.check_patterns(line, findings);
                self.check_program(line, findings);
            }
            _ if self.allowed_commands.is_some() && !action.has_flag("missing_argument") => {
                findings.not_allowed(
                    Code::ShellCommandNotAllowed,
                    "the action runs no command that could be checked".to_owned(),
                );
            }
            _ => {}
        }
        self.check_cwd(action, findings);
        if let (Some(max), Some(asked)) = (self.max_timeout_ms, action.args.get("timeout_ms"))
            && asked.as_int().is_none_or(|asked| asked > max)
        {
            findings.not_allowed(Code::ShellTimeoutTooLong, format!("the time limit asked for is above {max} ms"));
        }
    }

    fn check_patterns(&self, line: &CommandLine, findings: &mut Findings) {
        let Some(patterns) = &self.deny_patterns else { return };
        let plain = || line.plain().and_then(|words| patterns.find(&words.join(" ")));
        let found = patterns
            .find(line.as_str())
            .or_else(|| line.resolved().and_then(|text| patterns.find(text)))
            .or_else(plain);
        if let Some(pattern) = found {
            findings.deny(Code::ShellDeniedPattern, format!("the command matches the denied pattern `{pattern}`"));
        }
    }

    /// A command that only runs others need not be allowed itself: each of those is.
    fn check_program(&self, line: &CommandLine, findings: &mut Findings) {
        let Some(words) = line.words() else { return };
        let program = words.first().map(|word| &**word).unwrap_or_default();
        let is_among = |commands: &[Vec<Arc<str>>], denial| {
            let mut ways = std::iter::once(words).chain(line.plain());
            ways.any(|words| commands.iter().any(|command| begins_with(words, command, denial)))
        };
        if is_among(&self.denied_commands, true) {
            findings.deny(Code::ShellCommandDenied, format!("`{program}` is a denied command"));
        }
        if !line.is_transparent() && self.allowed_commands.as_ref().is_some_and(|allowed| !is_among(allowed, false)) {
            findings
                .not_allowed(Code::ShellCommandNotAllowed, format!("`{program}` is not among the allowed commands"));
        }
    }

    fn check_cwd(&self, action: &Action, findings: &mut Findings) {
        let Some(allowed) = &self.allowed_cwd else { return };
        match &action.cwd {
            Some(cwd) if is_within(cwd, allowed) => {}
            Some(cwd) => findings.not_allowed(
                Code::ShellCwdOutsideAllowed,
                format!("the working directory `{}` is outside the allowed ones", cwd.as_str()),
            ),
            // Where it would run is not known, so nobody is wronged by asking.
            None => findings.add(
                self.otherwise_unknown(findings),
                Code::ShellCwdOutsideAllowed,
                "the call does not say in which directory it runs".to_owned(),
            ),
        }
    }

    fn otherwise_unknown(&self, findings: &Findings) -> Verdict {
        findings.otherwise.min(Verdict::RequireApproval)
    }
}

/// Whether a directory, or each that it may be if it is a pattern, is one of `allowed`.
fn is_within(cwd: &CleanPath, allowed: &PathSet) -> bool {
    let is_allowed = |path: &CleanPath| allowed.matches(path).is_some();
    let is_pattern = cwd.as_str().contains(['*', '?', '[']);
    is_allowed(cwd) && (!is_pattern || PathGlob::new(cwd.clone(), &Base::default()).must(is_allowed))
}

/// Whether a command begins with the words of `pattern`. A program written bare is met in the system's own
/// directories too; for a denial, in any directory.
fn begins_with(words: &[Arc<str>], pattern: &[Arc<str>], denial: bool) -> bool {
    let (Some(program), Some(wanted)) = (words.first(), pattern.first()) else { return false };
    let same_program =
        program == wanted || program.ends_with(&**wanted) && bare_name(program, denial) == Some(&**wanted);
    same_program
        && words.len() >= pattern.len()
        && words.iter().zip(pattern).skip(1).all(|(word, wanted)| word == wanted)
}

fn bare_name(program: &str, any_directory: bool) -> Option<&str> {
    let (directory, name) = program.rsplit_once('/')?;
    (any_directory || matches!(directory, "/bin" | "/usr/bin" | "/usr/local/bin" | "/sbin" | "/usr/sbin"))
        .then_some(name)
}

impl FileChecks {
    fn check(&self, action: &Action, findings: &mut Findings) {
        match &action.target {
            Target::Path(path) => self.check_path(path, findings),
            Target::Glob(glob) => self.check_glob(glob, findings),
            // The files of a patch are its effects, and each of them is checked.
            Target::None
                if !action.effects.is_empty()
                    && action.effects.iter().all(|effect| effect.category == action.category) => {}
            _ if self.allowed_paths.is_some() || self.allowed_extensions.is_some() => {
                findings.not_allowed(Code::PathOutsideAllowed, "the action names no path".to_owned());
            }
            _ => {}
        }
        if let (Some(max), Some(content)) = (self.max_size_bytes, action.args.get("content"))
            && content_bytes(content) > max
        {
            findings.not_allowed(Code::FileTooLarge, format!("the content is larger than {max} bytes"));
        }
    }

    /// Of a pattern, nothing it may mean may be denied, and all of it has to be allowed.
    fn check_glob(&self, glob: &PathGlob, findings: &mut Findings) {
        let shown = glob.as_str();
        let denied = self.denied_paths.as_ref().map(PathSet::patterns).unwrap_or_default();
        if let Some(pattern) = denied.iter().find(|pattern| glob.meets(pattern)) {
            findings.deny(Code::PathDenied, format!("`{shown}` may be under the denied path `{}`", pattern.as_str()));
        }
        if let Some(extension) =
            self.denied_extensions.iter().find(|extension| glob.may(|path| path.has_extension(extension)))
        {
            findings.deny(Code::PathDeniedExtension, format!("`{shown}` may have the denied extension `{extension}`"));
        }
        if self.allowed_paths.as_ref().is_some_and(|allowed| !glob.must(|path| allowed.matches(path).is_some())) {
            findings.not_allowed(Code::PathOutsideAllowed, format!("`{shown}` is outside the allowed paths"));
        }
        let allowed = |path: &CleanPath, allowed: &[Arc<str>]| allowed.iter().any(|one| path.ends_in_extension(one));
        if self.allowed_extensions.as_ref().is_some_and(|extensions| !glob.must(|path| allowed(path, extensions))) {
            findings.not_allowed(Code::PathExtensionNotAllowed, format!("`{shown}` has no allowed extension"));
        }
    }

    fn check_path(&self, path: &CleanPath, findings: &mut Findings) {
        if let Some(pattern) = self.denied_paths.as_ref().and_then(|denied| denied.matches(path)) {
            findings
                .deny(Code::PathDenied, format!("`{}` is under the denied path `{}`", path.as_str(), pattern.as_str()));
        }
        if let Some(extension) = self.denied_extensions.iter().find(|extension| path.has_extension(extension)) {
            findings
                .deny(Code::PathDeniedExtension, format!("`{}` has the denied extension `{extension}`", path.as_str()));
        }
        if self.allowed_paths.as_ref().is_some_and(|allowed| allowed.matches(path).is_none()) {
            findings.not_allowed(Code::PathOutsideAllowed, format!("`{}` is outside the allowed paths", path.as_str()));
        }
        let allowed = |allowed: &Vec<Arc<str>>| allowed.iter().any(|extension| path.ends_in_extension(extension));
        if self.allowed_extensions.as_ref().is_some_and(|extensions| !allowed(extensions)) {
            findings
                .not_allowed(Code::PathExtensionNotAllowed, format!("`{}` has no allowed extension", path.as_str()));
        }
    }
}

fn content_bytes(content: &Value) -> i64 {
    let bytes = match content {
        Value::String(text) => text.len(),
        other => other.to_json().len(),
    };
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl HttpChecks {
    fn check(&self, action: &Action, findings: &mut Findings) {
        match &action.target {
            Target::Url(url) => self.check_url(url, findings),
            _ if self.allowed_domains.is_some() => {
                findings.not_allowed(Code::NetDomainNotAllowed, "the action names no host".to_owned());
            }
            _ => {}
        }
        let Some(allowed) = &self.allowed_methods else { return };
        let method = method_of(action);
        // What is sent with a method that sends nothing passes where something may be sent.
        let may_send = || !is_sending(action) || allowed.iter().any(|one| !is_reading(one));
        let is_allowed =
            allowed.iter().any(|one| one.eq_ignore_ascii_case(method)) && (!is_reading(method) || may_send());
        if !is_allowed {
            let sending = if is_reading(method) && is_sending(action) { " with a body" } else { "" };
            let message = format!("the method `{}`{sending} is not allowed", shown(method));
            findings.not_allowed(Code::NetMethodNotAllowed, message);
        }
    }

    fn check_url(&self, url: &CleanUrl, findings: &mut Findings) {
        let host = url.host();
        if let Some(pattern) = self.denied_domains.as_ref().and_then(|denied| denied.matches(host)) {
            findings.deny(Code::NetDomainDenied, format!("`{host}` is under the denied domain `{pattern}`"));
        }
        if url.addresses().into_iter().any(|ip| within(&self.denied_ranges, ip)) {
            findings.deny(Code::NetAddressDenied, format!("`{host}` is in a denied range"));
        }
        if self.allowed_domains.as_ref().is_some_and(|allowed| allowed.matches(host).is_none()) {
            findings.not_allowed(Code::NetDomainNotAllowed, format!("`{host}` is not among the allowed domains"));
        }
        if self.allowed_ports.as_ref().is_some_and(|allowed| !allowed.contains(&i64::from(url.port()))) {
            findings.not_allowed(Code::NetPortNotAllowed, format!("port {} is not allowed", url.port()));
        }
    }

    /// Whether this entry opens the scheme of `url`; `None` if it says nothing of schemes.
    pub fn opens_scheme(&self, url: &CleanUrl) -> Option<bool> {
        self.allowed_schemes
            .as_ref()
            .map(|schemes| schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(url.scheme())))
    }

    /// Why `ip`, an address of the name in `url`, may not be contacted.
    pub fn address_failure(&self, url: &CleanUrl, ip: IpAddr) -> Option<Failure> {
        let leads = url.at(ip);
        let denied = |code, message| Some(Failure { verdict: Verdict::Deny, code, message });
        if leads.addresses().into_iter().any(|ip| within(&self.denied_ranges, ip)) {
            return denied(Code::NetAddressDenied, format!("`{}` leads to {ip}, in a denied range", url.host()));
        }
        let pattern = self.denied_domains.as_ref().and_then(|denied| denied.matches(leads.host()))?;
        denied(Code::NetDomainDenied, format!("`{}` leads to the denied `{pattern}`", url.host()))
    }

    /// Whether this entry opens the special address `ip` of the name in `url`: by its range, or by the name, where
    /// that says itself what kind of address it has.
    pub fn opens_address(&self, url: &CleanUrl, ip: IpAddr) -> bool {
        let leads = url.at(ip);
        let is_meant = match (url.special(), leads.special()) {
            (Some(Special::LocalName), Some(Special::Private | Special::SharedAddress)) => true,
            (Some(Special::Loopback), Some(Special::Loopback)) => !within(&self.allowed_ranges, LOCALHOST),
            _ => false,
        };
        self.opens_special(&leads) || (is_meant && self.opens_special(url))
    }

    /// Whether this entry opens the special address `url` leads to: by its range, or a local name by its very name.
    pub fn opens_special(&self, url: &CleanUrl) -> bool {
        match url.ip() {
            // An address that carries another leads to both.
            Some(_) => url.addresses().into_iter().all(|ip| within(&self.allowed_ranges, ip)),
            None if url.host() == "localhost" && within(&self.allowed_ranges, LOCALHOST) => true,
            None => {
                let pattern = self.allowed_domains.as_ref().and_then(|allowed| allowed.matches(url.host()));
                // A wildcard may stand for the names of one's own network, never for a metadata service or an address
                // in disguise.
                let own_network = url.special() == Some(Special::LocalName);
                pattern
                    .is_some_and(|pattern| pattern != "*" && (own_network || pattern.eq_ignore_ascii_case(url.host())))
            }
        }
    }
}

/// The method of a web request. Unsaid it is GET, as everywhere; with a body nobody knows.
fn method_of(action: &Action) -> &str {
    match action.args.get("method").filter(|method| **method != Value::Null) {
        Some(method) => method.as_str().unwrap_or_default(),
        None if is_sending(action) => "",
        None => "GET",
    }
}

/// Whether a request with `method` usually has no body.
fn is_reading(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS"].iter().any(|reading| reading.eq_ignore_ascii_case(method))
}

/// Whether a request has a body.
fn is_sending(action: &Action) -> bool {
    let is_empty = |body: &Value| match body {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    };
    action.args.get("body").is_some_and(|body| !is_empty(body))
}

const LOCALHOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn within(ranges: &[IpNet], ip: IpAddr) -> bool {
    ranges.iter().any(|range| range.contains(&ip))
}

fn shown(method: &str) -> &str {
    method.get(..16).unwrap_or(method)
}
