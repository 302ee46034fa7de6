//! How a policy wants host names to be looked up.

use std::net::IpAddr;
use std::sync::Arc;

use super::language::NETWORK;
use crate::net::DomainPattern;
use crate::shape::{Problems, field};
use crate::yaml::{Key, Node};

/// How names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Who is asked.
    pub resolve: Resolve,
    /// How long one name may take, in milliseconds.
    pub timeout_ms: u64,
    /// Names whose addresses are known, in normal form.
    pub hosts: Vec<(Arc<str>, Vec<IpAddr>)>,
}

/// Who is asked for the addresses of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolve {
    /// Nobody: names are judged by what they say.
    #[default]
    None,
    /// The policy's own `hosts` alone.
    Static,
    /// The policy's own `hosts`, then the operating system.
    System,
}

impl Default for Network {
    fn default() -> Network {
        Network { resolve: Resolve::None, timeout_ms: TIMEOUT_MS, hosts: Vec::new() }
    }
}

const TIMEOUT_MS: u64 = 2_000;

impl Network {
    /// Reads the field `network` of a policy.
    pub(super) fn read(node: &Node, problems: &mut Problems) -> Network {
        let resolve = match field(node, &NETWORK, "resolve").and_then(Node::as_str) {
            Some("static") => Resolve::Static,
            Some("system") => Resolve::System,
            _ => Resolve::None,
        };
        refuse_useless(node, resolve, problems);
        let hosts = field(node, &NETWORK, "hosts").map_or(&[][..], Node::entries);
        let timeout = field(node, &NETWORK, "timeout_ms").and_then(Node::as_int);
        Network {
            resolve,
            timeout_ms: timeout.and_then(|timeout| u64::try_from(timeout).ok()).unwrap_or(TIMEOUT_MS),
            hosts: hosts.iter().filter_map(|(name, node)| host(name, node, problems)).collect(),
        }
    }
}

/// What would be ignored in silence, and its author would believe in it.
fn refuse_useless(node: &Node, resolve: Resolve, problems: &mut Problems) {
    let useless = match resolve {
        Resolve::None => &["hosts", "timeout_ms"][..],
        Resolve::Static => &["timeout_ms"],
        Resolve::System => &[],
    };
    for (key, _) in node.entries().iter().filter(|(key, _)| useless.contains(&&*key.text)) {
        let message = format!("`{}` means nothing where nobody is asked", key.text);
        problems.add(key.place, "policy.useless_check", message, "remove it, or write `resolve: system`");
    }
}

fn host(name: &Key, node: &Node, problems: &mut Problems) -> Option<(Arc<str>, Vec<IpAddr>)> {
    let mut addresses = Vec::new();
    for item in node.items() {
        let Some(text) = item.as_str() else { continue };
        match text.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => {
                let message = format!("`{text}` is no address");
                problems.add(item.place, "policy.bad_range", message, "write it like `10.1.0.7`");
            }
        }
    }
    let problem = match DomainPattern::parse(&name.text) {
        Ok(pattern) => match pattern.host() {
            Some(host) => return Some((host.into(), addresses)),
            None => format!("`{}` is not the name of one host", name.text),
        },
        Err(why) => format!("`{}`: {why}", name.text),
    };
    problems.add(name.place, "policy.bad_domain", problem, "");
    None
}
