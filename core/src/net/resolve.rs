//! Finds the addresses of a host name, so that a name can be judged by where it leads.
//!
//! A gate asks only about names that its policy would otherwise let through, and hands the answer to the caller to be
//! used: whoever connects asks nobody again, so a name that leads elsewhere the second time leads nowhere.

use std::fmt;
use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use super::domain::normal_host;

/// Finds the addresses of names.
///
/// An implementation answers in bounded time: a gate waits for it in the path of a tool call.
pub trait Resolver: Send + Sync {
    /// The addresses of `host`, a name in lower case and ASCII without a dot at the end; preferred ones first.
    ///
    /// # Errors
    /// Why there are none.
    fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError>;

    /// Whether an answer may take as long as the network does.
    fn waits(&self) -> bool {
        true
    }
}

/// Why the addresses of a name are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// No such name, or a name without addresses.
    NotFound,
    /// There was no answer in time.
    TimedOut,
    /// Too many look-ups are under way.
    Busy,
    /// The call names more hosts than are looked up.
    TooMany,
    /// Names are not looked up at all; they are judged by what they say.
    NotAsked,
    /// Anything else.
    Failed,
}

impl ResolveError {
    /// Why, in one clause.
    pub fn clause(self) -> &'static str {
        match self {
            ResolveError::NotFound => "it has no address",
            ResolveError::TimedOut => "there was no answer in time",
            ResolveError::Busy => "too many look-ups are under way",
            ResolveError::TooMany => "the call names more hosts than are looked up",
            ResolveError::NotAsked => "names are not looked up",
            ResolveError::Failed => "the look-up failed",
        }
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.clause())
    }
}

impl std::error::Error for ResolveError {}

/// Knows the addresses of the names it was given, and of no others.
///
/// ```
/// use std::net::IpAddr;
/// use toolgate::net::{Resolver, StaticResolver};
/// let hosts = StaticResolver::new([("api.example.org", vec![IpAddr::from([93, 184, 216, 34])])]);
/// assert_eq!(hosts.resolve("api.example.org"), Ok(vec![IpAddr::from([93, 184, 216, 34])]));
/// assert!(hosts.resolve("example.org").is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct StaticResolver {
    hosts: HashMap<Box<str>, Vec<IpAddr>>,
}

impl StaticResolver {
    /// Knows `hosts`, whose names may be spelled in any way a URL may. What is no name is left out.
    pub fn new<N: AsRef<str>>(hosts: impl IntoIterator<Item = (N, Vec<IpAddr>)>) -> StaticResolver {
        let mut known: HashMap<Box<str>, Vec<IpAddr>> = HashMap::new();
        for (name, addresses) in hosts {
            if let Some(name) = normal_host(name.as_ref()) {
                known.entry(name.into()).or_default().extend(addresses);
            }
        }
        StaticResolver { hosts: known }
    }

    /// The addresses of `host`, if it was given any.
    pub(super) fn get(&self, host: &str) -> Option<&[IpAddr]> {
        self.hosts.get(host).map(Vec::as_slice).filter(|addresses| !addresses.is_empty())
    }
}

impl Resolver for StaticResolver {
    fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        self.get(host).map(<[IpAddr]>::to_vec).ok_or(ResolveError::NotFound)
    }

    fn waits(&self) -> bool {
        false
    }
}

/// Looks nothing up: names are judged by what they say, as if the policy had no `network`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
        Err(ResolveError::NotAsked)
    }

    fn waits(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_spelling_they_were_given_in() {
        let one = IpAddr::from([192, 0, 2, 1]);
        let hosts =
            StaticResolver::new([("API.Example.org.", vec![one]), ("münchen.de", vec![one]), ("a b", vec![one])]);
        assert_eq!(hosts.resolve("api.example.org"), Ok(vec![one]));
        assert_eq!(hosts.resolve("xn--mnchen-3ya.de"), Ok(vec![one]));
        assert_eq!(hosts.resolve("a b"), Err(ResolveError::NotFound));
    }

    #[test]
    fn a_name_without_addresses_is_not_found_and_twins_are_united() {
        let (one, two) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let hosts = StaticResolver::new([("a.org", vec![]), ("b.org", vec![one]), ("B.org", vec![two])]);
        assert_eq!(hosts.resolve("a.org"), Err(ResolveError::NotFound));
        assert_eq!(hosts.resolve("b.org"), Ok(vec![one, two]));
    }
}
