//! The hosts that a policy speaks of.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};
use url::Host;

/// A host or domain as a policy writes it.
///
/// | written | matches |
/// |---|---|
/// | `api.github.com` | that host |
/// | `.example.org` | `example.org` and every host beneath it |
/// | `*.example.org` | every host beneath `example.org`, not itself |
/// | `*` | every name |
/// | `192.0.2.1`, `::1` | that address |
///
/// An address is matched only by itself: `*` allows names. Hosts are compared as
/// [`CleanUrl::host`](super::CleanUrl::host) gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainPattern {
    text: String,
    /// The host or domain in normal form; empty for `*`.
    name: String,
    reach: Reach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Host,
    Domain,
    Beneath,
    Any,
}

impl DomainPattern {
    /// Reads a pattern; international names may be written either way.
    ///
    /// # Errors
    /// One clause for the user, with what to write instead.
    pub fn parse(text: &str) -> Result<DomainPattern, String> {
        let (reach, bare) = match text {
            "*" => return Ok(DomainPattern { text: text.to_owned(), name: String::new(), reach: Reach::Any }),
            _ => split_reach(text),
        };
        check_shape(text, bare)?;
        let name = normal_host(bare).ok_or_else(|| format!("`{text}` is no host name"))?;
        if reach != Reach::Host && is_address(&name) {
            return Err(format!("`{text}` is an address, which has nothing beneath it; write `{name}`"));
        }
        Ok(DomainPattern { text: text.to_owned(), name, reach })
    }

    /// Whether `host`, in normal form, is one of those described.
    pub fn matches(&self, host: &str) -> bool {
        let beneath =
            || host.strip_suffix(self.name.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
        match self.reach {
            Reach::Host => host == self.name,
            Reach::Domain => host == self.name || beneath(),
            Reach::Beneath => beneath(),
            Reach::Any => is_name(host),
        }
    }

    /// The one host it matches, in normal form; `None` if it is a name for several or an address.
    pub fn host(&self) -> Option<&str> {
        (self.reach == Reach::Host && is_name(&self.name)).then_some(&*self.name)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain that every host it matches is, or is beneath; `None` for `*`.
    pub fn index_key(&self) -> Option<&str> {
        (self.reach != Reach::Any).then_some(&*self.name)
    }
}

/// A list of patterns, indexed so that its length does not matter.
#[derive(Clone, Debug, Default)]
pub struct DomainSet {
    patterns: Vec<DomainPattern>,
    /// The pattern for a host itself.
    hosts: HashMap<Box<str>, usize>,
    /// The pattern for what is beneath a domain.
    domains: HashMap<Box<str>, usize>,
    any: Option<usize>,
}

impl DomainSet {
    /// The set of `patterns`.
    pub fn new(patterns: Vec<DomainPattern>) -> DomainSet {
        let mut set = DomainSet { patterns: Vec::new(), hosts: HashMap::new(), domains: HashMap::new(), any: None };
        for (index, pattern) in patterns.iter().enumerate() {
            set.add(pattern, index);
        }
        set.patterns = patterns;
        set
    }

    /// The text of some pattern that matches `host`, the same each time; nothing if none does.
    pub fn matches(&self, host: &str) -> Option<&str> {
        let found = self.hosts.get(host).copied().or_else(|| self.find_domain(host)).or_else(|| self.find_any(host))?;
        self.patterns.get(found).map(DomainPattern::as_str)
    }

    /// Whether there is no pattern in it, so that nothing matches.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn add(&mut self, pattern: &DomainPattern, index: usize) {
        if matches!(pattern.reach, Reach::Host | Reach::Domain) {
            self.hosts.entry(pattern.name.as_str().into()).or_insert(index);
        }
        if matches!(pattern.reach, Reach::Domain | Reach::Beneath) {
            self.domains.entry(pattern.name.as_str().into()).or_insert(index);
        }
        if pattern.reach == Reach::Any {
            self.any.get_or_insert(index);
        }
    }

    fn find_domain(&self, host: &str) -> Option<usize> {
        if self.domains.is_empty() {
            return None;
        }
        host.match_indices('.')
            .filter(|(at, _)| *at > 0)
            .find_map(|(at, _)| self.domains.get(host.get(at + 1..)?).copied())
    }

    fn find_any(&self, host: &str) -> Option<usize> {
        self.any.filter(|_| is_name(host))
    }
}

fn split_reach(text: &str) -> (Reach, &str) {
    if let Some(name) = text.strip_prefix("*.") {
        (Reach::Beneath, name)
    } else if let Some(name) = text.strip_prefix('.') {
        (Reach::Domain, name)
    } else {
        (Reach::Host, text)
    }
}

fn check_shape(text: &str, bare: &str) -> Result<(), String> {
    let is_v6 = bare.parse::<IpAddr>().is_ok() || bare.starts_with('[');
    let clause = if bare.is_empty() {
        "names no host"
    } else if bare.contains("://") {
        "is a URL; write the host alone, such as `api.example.org`"
    } else if bare.contains(['/', '?', '#', '\\']) {
        "has a path; write the host alone"
    } else if bare.contains('@') {
        "has credentials; write the host alone"
    } else if bare.contains('*') {
        "has a `*` in it; it may only stand alone or in front, as in `*.example.org`"
    } else if bare.contains(':') && !is_v6 {
        "has a port; write the host alone"
    } else if bare.contains('%') || bare.contains(char::is_whitespace) {
        "has characters that host names do not have"
    } else {
        return Ok(());
    };
    Err(format!("`{text}` {clause}"))
}

/// `text` as [`CleanUrl::host`](super::CleanUrl::host) would give it.
pub(super) fn normal_host(text: &str) -> Option<String> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(normal_address(ip));
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            (!name.is_empty() && !name.contains("..") && !name.starts_with('.') && !name.ends_with('.'))
                .then(|| name.to_owned())
        }
        Host::Ipv4(ip) => Some(ip.to_string()),
        Host::Ipv6(ip) => Some(normal_address(IpAddr::V6(ip))),
    }
}

/// The text of `ip` as WHATWG writes it, without brackets.
fn normal_address(ip: IpAddr) -> String {
    address_text(ip).trim_matches(['[', ']']).to_owned()
}

/// The text of `ip` as WHATWG writes it in a URL, which never has an IPv4 address within an IPv6 one.
pub(super) fn address_text(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => Host::<String>::Ipv4(v4).to_string(),
        IpAddr::V6(v6) => Host::<String>::Ipv6(v6).to_string(),
    }
}

/// Whether `host`, in normal form, is a name. A name never ends in a number, by WHATWG rules.
fn is_name(host: &str) -> bool {
    !host.is_empty() && !is_address(host)
}

fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, host: &str) -> bool {
        DomainPattern::parse(pattern).unwrap().matches(host)
    }

    #[test]
    fn each_form_reaches_what_it_says() {
        assert!(matches("api.github.com", "api.github.com") && !matches("api.github.com", "x.api.github.com"));
        assert!(matches(".example.org", "example.org") && matches(".example.org", "a.b.example.org"));
        assert!(!matches("*.example.org", "example.org") && matches("*.example.org", "a.example.org"));
        assert!(!matches(".example.org", "evilexample.org") && !matches("*.example.org", ".example.org"));
        assert!(!matches("example.org", "example.org.evil.com"));
        assert!(matches("*", "a") && !matches("*", "127.0.0.1") && !matches("*", "::1") && !matches("*", ""));
    }

    #[test]
    fn patterns_are_normalised() {
        assert!(matches("API.GitHub.com.", "api.github.com"));
        assert!(matches("münchen.de", "xn--mnchen-3ya.de") && matches("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"));
        assert!(matches("127.0.0.1", "127.0.0.1"));
        assert!(matches("::1", "::1") && matches("[::1]", "::1"));
        assert!(matches("::ffff:1.2.3.4", "::ffff:102:304"));
    }

    #[test]
    fn what_is_no_host_is_refused_with_help() {
        for (pattern, help) in [
            ("", "names no host"),
            ("*.", "names no host"),
            ("https://a.com", "a URL"),
            ("a.com/x", "a path"),
            ("a.com:443", "a port"),
            ("me@a.com", "credentials"),
            ("a.*.com", "in front"),
            ("*a.com", "in front"),
            (".1.2.3.4", "nothing beneath"),
            ("a b", "characters"),
            ("a..b", "no host name"),
            ("999.1.1.1.1", "no host name"),
        ] {
            let clause = DomainPattern::parse(pattern).unwrap_err();
            assert!(clause.contains(help), "{pattern}: {clause}");
        }
    }

    proptest! {
        #[test]
        fn a_set_says_what_its_patterns_say(
            patterns in prop::collection::vec("(\\.|\\*\\.)?([ab]\\.){0,2}[ab]|\\*|10\\.0\\.0\\.1", 0..5),
            host in "([ab]\\.){0,3}[ab]|10\\.0\\.0\\.[12]|::1",
        ) {
            let patterns: Vec<_> = patterns.iter().map(|text| DomainPattern::parse(text).unwrap()).collect();
            let one_by_one = patterns.iter().any(|pattern| pattern.matches(&host));
            let set = DomainSet::new(patterns);
            prop_assert_eq!(set.matches(&host).is_some(), one_by_one);
        }
    }
}
