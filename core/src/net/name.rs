//! Which host names lead somewhere other than the public internet, as far as the name alone tells.

use std::net::{IpAddr, Ipv4Addr};

use super::address::{Special, classify_ip};

/// What is special about the host name `host` (lower case, no dot at the end).
pub(super) fn classify_name(host: &str) -> Option<Special> {
    if host.contains("data") && is_in(host, &METADATA) {
        return Some(Special::Metadata);
    }
    let (rest, top) = host.rsplit_once('.').unwrap_or(("", host));
    if top == "localhost" {
        return Some(Special::Loopback);
    }
    if rest.is_empty() || LOCAL_TOPS.contains(&top) || is_in(host, &LOCAL) {
        return Some(Special::LocalName);
    }
    of_service(host, top).or_else(|| spelled_addresses(host).filter_map(classify_ip).min())
}

/// What the services below make of their names.
fn of_service(host: &str, top: &str) -> Option<Special> {
    if !SERVICE_TOPS.contains(&top) {
        return None;
    }
    if is_in(host, &LOOPBACK) {
        return Some(Special::Loopback);
    }
    if is_in(host, &REBINDING) {
        return Some(Special::Rebinding);
    }
    EMBEDDING.iter().find_map(|suffix| classify_embedded(host.strip_suffix(suffix)?))
}

/// The addresses written into a name: all that a service such as `nip.io` would find, and elsewhere those that stand
/// there plainly.
pub(super) fn embedded_addresses(host: &str) -> Vec<IpAddr> {
    let of_service = EMBEDDING.iter().find_map(|suffix| host.strip_suffix(suffix)).map(addresses_in);
    of_service.unwrap_or_else(|| spelled_addresses(host).collect())
}

/// The addresses that are whole labels of a name, dotted or dashed: `10.0.0.1.example.org`, `ip-10-0-0-1.example.org`.
/// Anybody can have such a name, and most that do answer with the address.
fn spelled_addresses(host: &str) -> impl Iterator<Item = IpAddr> {
    let has_numbers = host.bytes().any(|byte| byte.is_ascii_digit());
    let labels: Vec<&str> = if has_numbers { host.split('.').collect() } else { Vec::new() };
    let dotted: Vec<Ipv4Addr> = labels.windows(4).filter_map(four_numbers).collect();
    dotted.into_iter().chain(labels.into_iter().filter_map(dashed_address)).map(IpAddr::V4)
}

/// The address that `label` is, behind a word that says that it is one. Behind any other word it may be a version.
fn dashed_address(label: &str) -> Option<Ipv4Addr> {
    const WORDS: [&str; 10] = ["ip", "ec2", "host", "node", "server", "vm", "static", "dyn", "dynamic", "addr"];
    let pieces: Vec<&str> = label.split('-').collect();
    match pieces.as_slice() {
        [_, _, _, _] => four_numbers(&pieces),
        [word, numbers @ ..] if numbers.len() == 4 && WORDS.contains(word) => four_numbers(numbers),
        _ => None,
    }
}

/// Names of metadata services; each has `data` in it.
const METADATA: [&str; 12] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "metadata.service.consul",
    "api.metadata.cloud.ibm.com",
    "instance-data",
    "instance-data.ec2.internal",
    "rancher-metadata",
];

/// Top labels that public DNS does not have: RFC 6761, RFC 6762, ICANN's `internal`, and those it keeps back because
/// private networks use them; `default`, the namespace in which a cluster looks for `kubernetes.default`.
const LOCAL_TOPS: [&str; 13] = [
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "lan",
    "corp",
    "home",
    "mail",
    "test",
    "svc",
    "consul",
    "default",
];

/// Names under public ones that only a local network answers: RFC 8375, and what routers call themselves.
const LOCAL: [&str; 4] = ["home.arpa", "fritz.box", "routerlogin.net", "tplinkwifi.net"];

/// The last labels of the services below: a quick look that spares ordinary names the tables.
const SERVICE_TOPS: [&str; 12] = ["io", "me", "com", "us", "network", "it", "ms", "net", "name", "st", "uk", "gd"];

/// Public names that lead to this machine, whatever stands in front.
const LOOPBACK: [&str; 17] = [
    "localtest.me",
    "lvh.me",
    "vcap.me",
    "fuf.me",
    "lacolhost.com",
    "localho.st",
    "127-0-0-1.org.uk",
    "spoofed.burpcollaborator.net",
    "local.gd",
    "ulh.us",
    "42foo.com",
    "beweb.com",
    "yoogle.com",
    "ratchets.com",
    "smackaho.st",
    "local.sisteminha.com",
    "bugbounty.dod.network",
];

/// Services that give another address each time, or whichever the asker put in.
const REBINDING: [&str; 5] = ["rbndr.us", "rebind.network", "rebind.it", "1u.ms", "r3dir.me"];

/// Services that answer with the address written in front of them.
const EMBEDDING: [&str; 8] =
    [".nip.io", ".sslip.io", ".xip.io", ".traefik.me", ".backname.io", ".ip6.name", ".ipq.co.uk", ".xip.name"];

fn is_in(host: &str, names: &[&str]) -> bool {
    names.iter().any(|name| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// The worst of the addresses in `text`; a text without any is in a form that is not known here.
fn classify_embedded(text: &str) -> Option<Special> {
    let addresses = addresses_in(text);
    if addresses.is_empty() {
        return Some(Special::Rebinding);
    }
    addresses.into_iter().filter_map(classify_ip).min()
}

/// Every address that stands in `text`: four numbers between dots or dashes, eight hexadecimal digits, or IPv6 with
/// dashes for colons.
fn addresses_in(text: &str) -> Vec<IpAddr> {
    let pieces: Vec<&str> = text.split(['.', '-']).collect();
    let dotted = pieces.windows(4).filter_map(four_numbers).map(IpAddr::V4);
    let hex = pieces.iter().filter_map(|piece| hex_address(piece)).map(IpAddr::V4);
    let dashed = text.split('.').filter_map(|label| label.replace('-', ":").parse().ok());
    dotted.chain(hex).chain(dashed).collect()
}

fn four_numbers(pieces: &[&str]) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    for (octet, piece) in octets.iter_mut().zip(pieces) {
        *octet = piece.parse().ok()?;
    }
    Some(Ipv4Addr::from(octets))
}

fn hex_address(piece: &str) -> Option<Ipv4Addr> {
    let is_hex = piece.len() == 8 && piece.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(piece, 16).ok()).flatten().map(Ipv4Addr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_names_are_known() {
        for name in ["printer", "nas.local", "db.internal", "x.home.arpa", "router.lan", "a.svc", "x.test"] {
            assert_eq!(classify_name(name), Some(Special::LocalName), "{name}");
        }
        for name in ["kubernetes.default", "fritz.box"] {
            assert_eq!(classify_name(name), Some(Special::LocalName), "{name}");
        }
        for name in ["localhost", "a.localhost"] {
            assert_eq!(classify_name(name), Some(Special::Loopback), "{name}");
        }
        for name in ["example.org", "local.example.org", "internal.com", "home.com", "notlocalhost.com", "metadata.com"]
        {
            assert_eq!(classify_name(name), None, "{name}");
        }
    }

    #[test]
    fn names_with_an_address_in_them_are_judged_by_it() {
        for (name, expected) in [
            ("127.0.0.1.nip.io", Some(Special::Loopback)),
            ("app.10.0.0.1.nip.io", Some(Special::Private)),
            ("app-10-0-0-1.nip.io", Some(Special::Private)),
            ("7f000001.nip.io", Some(Special::Loopback)),
            ("--1.sslip.io", Some(Special::Loopback)),
            ("169-254-169-254.x.sslip.io", Some(Special::Metadata)),
            ("8-8-8-8.sslip.io", None),
            ("8.8.8.8.10.0.0.1.nip.io", Some(Special::Private)),
            ("1ynrnhl.xip.io", Some(Special::Rebinding)),
            ("nip.io", None),
            ("notnip.io", None),
        ] {
            assert_eq!(classify_name(name), expected, "{name}");
        }
        assert_eq!(embedded_addresses("8-8-8-8.sslip.io"), [IpAddr::from([8, 8, 8, 8])]);
    }

    #[test]
    fn an_address_that_is_a_label_is_one_under_any_name() {
        for (name, expected) in [
            ("10-0-0-1.0123456789abcdef.plex.direct", Some(Special::Private)),
            ("ip-10-0-0-1.example.org", Some(Special::Private)),
            ("ec2-169-254-169-254.compute-1.amazonaws.com", Some(Special::Metadata)),
            ("a.127.0.0.1.example.org", Some(Special::Loopback)),
            ("ec2-54-12-13-14.compute-1.amazonaws.com", None),
            ("8.8.8.8.example.org", None),
            ("release-10-0-0-1.example.org", None),
            ("v10.0.0.1.example.org", None),
            ("10-0-1.example.org", None),
            ("10.0.1.example.org", None),
        ] {
            assert_eq!(classify_name(name), expected, "{name}");
        }
        assert_eq!(embedded_addresses("10-0-0-1.example.org"), [IpAddr::from([10, 0, 0, 1])]);
    }

    #[test]
    fn every_service_is_reached_by_the_quick_look() {
        for name in LOOPBACK {
            assert_eq!(classify_name(&format!("x.{name}")), Some(Special::Loopback), "{name}");
        }
        for name in REBINDING {
            assert_eq!(classify_name(&format!("x.{name}")), Some(Special::Rebinding), "{name}");
        }
        for suffix in EMBEDDING {
            assert_eq!(classify_name(&format!("127.0.0.1{suffix}")), Some(Special::Loopback), "{suffix}");
        }
        for name in METADATA {
            assert_eq!(classify_name(name), Some(Special::Metadata), "{name}");
        }
    }
}
