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

/// The addresses written into a name of a service that answers with them, such as `10-0-0-1.nip.io`.
pub(super) fn embedded_addresses(host: &str) -> Vec<IpAddr> {
    EMBEDDING.iter().find_map(|suffix| host.strip_suffix(suffix)).map(addresses_in).unwrap_or_default()
}

/// Names of metadata services; each has `data` in it.
const METADATA: [&str; 11] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "metadata.service.consul",
    "instance-data",
    "instance-data.ec2.internal",
    "rancher-metadata",
];

/// Top labels that public DNS does not have: RFC 6761, RFC 6762, ICANN's `internal`, and those it keeps back because
/// private networks use them.
const LOCAL_TOPS: [&str; 12] =
    ["local", "localdomain", "internal", "intranet", "private", "lan", "corp", "home", "mail", "test", "svc", "consul"];

const LOCAL: [&str; 1] = ["home.arpa"];

/// The last labels of the services below: a quick look that spares ordinary names the tables.
const SERVICE_TOPS: [&str; 11] = ["io", "me", "com", "us", "network", "it", "ms", "net", "name", "st", "uk"];

/// Public names that lead to this machine, whatever stands in front.
const LOOPBACK: [&str; 8] = [
    "localtest.me",
    "lvh.me",
    "vcap.me",
    "fuf.me",
    "lacolhost.com",
    "localho.st",
    "127-0-0-1.org.uk",
    "spoofed.burpcollaborator.net",
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
