//! Which addresses and names lead somewhere other than the public internet.
//!
//! Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, `…/iana-ipv6-special-registry`), RFC 6761 and RFC
//! 9476 for names, RFC 6052, 3056, 4380 and 5214 for the ways IPv6 carries IPv4, and the clouds' own documentation for
//! metadata services.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address or name is not simply a public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Special {
    /// It serves a cloud's credentials and metadata.
    Metadata,
    /// This machine.
    Loopback,
    /// No address at all; most systems take it as this machine.
    Unspecified,
    /// A private network.
    Private,
    /// The local link.
    LinkLocal,
    /// A provider's shared address space (RFC 6598).
    SharedAddress,
    /// A name that only a local network knows: `localhost`, `*.internal`, a single label.
    LocalName,
    /// A name whose address is whatever its asker wants, or another one each time.
    Rebinding,
    /// A group of machines.
    Multicast,
    /// For use in documentation only.
    Documentation,
    /// For measuring networks only.
    Benchmarking,
    /// Anything else that is set aside, deprecated or not assigned.
    Reserved,
}

impl Special {
    /// The word for it in decisions and vectors.
    pub fn as_str(self) -> &'static str {
        match self {
            Special::Metadata => "metadata",
            Special::Loopback => "loopback",
            Special::Unspecified => "unspecified",
            Special::Private => "private",
            Special::LinkLocal => "link_local",
            Special::SharedAddress => "shared_address",
            Special::LocalName => "local_name",
            Special::Rebinding => "rebinding",
            Special::Multicast => "multicast",
            Special::Documentation => "documentation",
            Special::Benchmarking => "benchmarking",
            Special::Reserved => "reserved",
        }
    }
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is special about `ip`; nothing for a public address. An IPv6 address that carries an IPv4 one is judged by
/// what it carries as well.
pub fn classify_ip(ip: IpAddr) -> Option<Special> {
    match ip {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

/// The IPv4 address that `ip` carries: mapped, compatible, NAT64, 6to4, Teredo or ISATAP. Lists of addresses must be
/// asked about it too.
pub fn carried_v4(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = ip else { return None };
    let low = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b] => Some(low(a, b)),
        [0, 0, 0, 0, 0xffff, 0, a, b] => Some(low(a, b)),
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] => Some(low(a, b)),
        [0x64, 0xff9b, 1, _, _, _, a, b] => Some(low(a, b)),
        [0x2002, a, b, ..] => Some(low(a, b)),
        [0x2001, 0, _, _, _, _, a, b] => Some(low(!a, !b)),
        [_, _, _, _, 0 | 0x200, 0x5efe, a, b] => Some(low(a, b)),
        _ => None,
    }
}

fn classify_v4(ip: Ipv4Addr) -> Option<Special> {
    if METADATA_V4.contains(&ip) {
        return Some(Special::Metadata);
    }
    let special = match ip.octets() {
        [0, ..] => Special::Unspecified,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Special::Private,
        [100, 64..=127, ..] => Special::SharedAddress,
        [127, ..] => Special::Loopback,
        [169, 254, ..] => Special::LinkLocal,
        [192, 0, 0, 9 | 10] => return None,
        [192, 0, 0, _] | [192, 88, 99, _] => Special::Reserved,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [233, 252, 0, _] => Special::Documentation,
        [198, 18 | 19, ..] => Special::Benchmarking,
        [224..=239, ..] => Special::Multicast,
        [240..=255, ..] => Special::Reserved,
        _ => return None,
    };
    Some(special)
}

fn classify_v6(ip: Ipv6Addr) -> Option<Special> {
    if METADATA_V6.contains(&ip) {
        return Some(Special::Metadata);
    }
    carried_v4(IpAddr::V6(ip)).and_then(classify_v4).or_else(|| classify_v6_prefix(ip))
}

fn classify_v6_prefix(ip: Ipv6Addr) -> Option<Special> {
    let special = match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Special::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Special::Loopback,
        // Mapped and NAT64: a public IPv4 address by another way.
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => return None,
        [0x64, 0xff9b, 1, ..] => Special::Private,
        [0x2001, 2, 0, ..] => Special::Benchmarking,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Special::Documentation,
        [0x2001, 1, 0, 0, 0, 0, 0, 1..=3] | [0x2001, 3 | 0x20..=0x3f, ..] | [0x2001, 4, 0x112, ..] => return None,
        [0x2001, 0..=0x1ff, ..] | [0x2002, ..] => Special::Reserved,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Special::Private,
        [0xfe80..=0xfebf, ..] => Special::LinkLocal,
        [0xff00..=0xffff, ..] => Special::Multicast,
        [0x2000..=0x3fff, ..] => return None,
        // Only 2000::/3 has been given out; the rest is set aside.
        _ => Special::Reserved,
    };
    Some(special)
}

/// AWS, Google, Azure and most others; AWS containers; EKS pods; Alibaba; Azure's wire server; Oracle's first; Tencent;
/// Scaleway.
const METADATA_V4: [Ipv4Addr; 8] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(169, 254, 0, 23),
    Ipv4Addr::new(169, 254, 42, 42),
];

/// AWS; EKS pods; Google; Scaleway; OpenStack.
const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn special(text: &str) -> Option<Special> {
        classify_ip(text.parse().unwrap())
    }

    #[test]
    fn every_range_of_the_ipv4_registry_is_known_to_its_edges() {
        for (first, last, expected) in [
            ("0.0.0.0", "0.255.255.255", Special::Unspecified),
            ("10.0.0.0", "10.255.255.255", Special::Private),
            ("100.64.0.0", "100.127.255.255", Special::SharedAddress),
            ("127.0.0.0", "127.255.255.255", Special::Loopback),
            ("169.254.0.0", "169.254.255.255", Special::LinkLocal),
            ("172.16.0.0", "172.31.255.255", Special::Private),
            ("192.0.0.0", "192.0.0.255", Special::Reserved),
            ("192.0.2.0", "192.0.2.255", Special::Documentation),
            ("192.88.99.0", "192.88.99.255", Special::Reserved),
            ("192.168.0.0", "192.168.255.255", Special::Private),
            ("198.18.0.0", "198.19.255.255", Special::Benchmarking),
            ("198.51.100.0", "198.51.100.255", Special::Documentation),
            ("203.0.113.0", "203.0.113.255", Special::Documentation),
            ("224.0.0.0", "239.255.255.255", Special::Multicast),
            ("240.0.0.0", "255.255.255.255", Special::Reserved),
        ] {
            assert_eq!(special(first), Some(expected), "{first}");
            assert_eq!(special(last), Some(expected), "{last}");
        }
        for public in
            ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1", "172.15.255.255"]
        {
            assert_eq!(special(public), None, "{public}");
        }
        for public in [
            "172.32.0.0",
            "192.0.0.9",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
        ] {
            assert_eq!(special(public), None, "{public}");
        }
    }

    #[test]
    fn ipv6_ranges_are_known() {
        for (text, expected) in [
            ("::", Special::Unspecified),
            ("::1", Special::Loopback),
            ("fc00::1", Special::Private),
            ("fdff::1", Special::Private),
            ("fe80::1", Special::LinkLocal),
            ("febf::1", Special::LinkLocal),
            ("fec0::1", Special::Private),
            ("ff02::1", Special::Multicast),
            ("100::1", Special::Reserved),
            ("2001:2::1", Special::Benchmarking),
            ("2001:db8::1", Special::Documentation),
            ("3fff:fff::1", Special::Documentation),
            ("2001:10::1", Special::Reserved),
            ("5f00::1", Special::Reserved),
            ("4000::1", Special::Reserved),
        ] {
            assert_eq!(special(text), Some(expected), "{text}");
        }
        for public in ["2606:4700:4700::1111", "2001:4860:4860::8888", "2001:200::1", "3fff:1000::1", "2001:20::1"] {
            assert_eq!(special(public), None, "{public}");
        }
    }

    #[test]
    fn carried_ipv4_addresses_are_judged() {
        for text in [
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::127.0.0.1",
            "2002:7f00:1::",
            "2001:0:4136:e378:8000:63bf:80ff:fffe",
            "2a00::5efe:127.0.0.1",
            "2a00::200:5efe:127.0.0.1",
        ] {
            assert_eq!(special(text), Some(Special::Loopback), "{text}");
            assert_eq!(carried_v4(text.parse().unwrap()), Some(Ipv4Addr::LOCALHOST), "{text}");
        }
        assert_eq!(special("::ffff:8.8.8.8"), None);
        assert_eq!(special("64:ff9b::8.8.8.8"), None);
        assert_eq!(special("2002:808:808::"), Some(Special::Reserved));
        assert_eq!(special("2001::f7f7:f7f7"), Some(Special::Reserved));
    }

    #[test]
    fn metadata_comes_before_everything_else() {
        for text in [
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fd00:ec2::254",
        ] {
            assert_eq!(special(text), Some(Special::Metadata), "{text}");
        }
    }
}
