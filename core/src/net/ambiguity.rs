//! Tells when programs would disagree on the host of a URL.
//!
//! Browsers, curl, and the libraries of each language cut a URL by different rules; what a check and the program behind
//! it disagree on is a hole. The differences are old and few: what ends the authority, where the credentials end, and
//! what becomes of a host that is not plain.

use url::{Host, Url};

/// Why programs may disagree on where `raw` leads, which WHATWG rules read as `url`. Nothing for a plain URL.
pub(super) fn ambiguity(raw: &str, url: &Url) -> Option<&'static str> {
    if raw.bytes().any(|byte| !byte.is_ascii_graphic()) && raw.contains(has_no_shape) {
        return Some("it has spaces or control characters");
    }
    let rest = raw.get(url.scheme().len() + 1..).unwrap_or_default();
    let before_query = rest.split(['?', '#']).next().unwrap_or_default();
    if url.is_special() && before_query.contains('\\') {
        return Some("it has a backslash");
    }
    if url.scheme() == "file" {
        // Behind a drive a host is dropped, and where the drive begins is read in more than one way.
        let again = Url::parse(url.as_str());
        let is_same = again.is_ok_and(|again| again.host() == url.host());
        return (!is_same).then_some("its host is dropped by some");
    }
    let Some(after_slashes) = rest.strip_prefix("//").filter(|tail| !tail.starts_with('/')) else {
        return url.is_special().then_some("it has not two slashes after the scheme");
    };
    let (authority, tail) = after_slashes.split_at(after_slashes.find(['/', '?', '#']).unwrap_or(after_slashes.len()));
    if tail.starts_with(['?', '#']) && tail.contains('@') {
        return Some("an `@` follows the host without a `/`");
    }
    authority_ambiguity(authority, url)
}

fn authority_ambiguity(authority: &str, url: &Url) -> Option<&'static str> {
    let (credentials, host_and_port) = authority.rsplit_once('@').unwrap_or(("", authority));
    // Other than a web address, it may be handed to a program such as `ssh` as a word of its own.
    if !url.is_special() && (authority.starts_with('-') || host_and_port.starts_with('-')) {
        return Some("it looks like an option of a program");
    }
    if credentials.contains('@') {
        return Some("it has several `@` before the path");
    }
    if !credentials.bytes().all(is_plain_credential) || hides_delimiter(credentials) {
        return Some("its credentials have characters that end a host elsewhere");
    }
    let host = without_port(host_and_port);
    match url.host()? {
        Host::Ipv4(ip) => (ip.to_string() != host).then_some(UNUSUAL_ADDRESS),
        Host::Ipv6(_) => None,
        Host::Domain(name) if !url.is_special() && hides_address(name) => Some(UNUSUAL_ADDRESS),
        Host::Domain(name) => name_ambiguity(host, name),
    }
}

const UNUSUAL_ADDRESS: &str = "its IPv4 address is written in an unusual way";

/// Whether the host of an unusual scheme, which the rules leave as it is, is an address to programs that contact it.
fn hides_address(name: &str) -> bool {
    matches!(Host::parse(name), Ok(Host::Ipv4(ip)) if ip.to_string() != name)
}

fn name_ambiguity(raw: &str, name: &str) -> Option<&'static str> {
    if raw.contains('%') {
        return Some("its host is percent-encoded");
    }
    if !raw.is_ascii() {
        return is_mapped(raw).then_some("its host has characters that stand for others");
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!name.bytes().all(is_plain) || name.contains("..") || name.starts_with('.'))
        .then_some("its host has characters that host names do not have")
}

/// Whether normalisation makes something else of an international name, or the two generations of IDNA differ on it.
fn is_mapped(raw: &str) -> bool {
    let deviates = |c: char| matches!(c, 'ß' | 'ẞ' | 'ς' | '\u{200c}' | '\u{200d}');
    raw.contains(deviates) || url::quirks::domain_to_unicode(raw) != raw.to_lowercase()
}

/// Characters that cannot be seen: other spaces, controls of text direction.
fn has_no_shape(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_plain_credential(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&byte)
}

/// Whether decoding would bring a `/`, `\`, `?`, `#` or control character into the credentials.
fn hides_delimiter(credentials: &str) -> bool {
    credentials.contains('%') && {
        let lower = credentials.to_ascii_lowercase();
        ["%2f", "%5c", "%3f", "%23", "%0", "%1", "%20", "%7f"].iter().any(|escape| lower.contains(escape))
    }
}

fn without_port(host_and_port: &str) -> &str {
    match host_and_port.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host_and_port,
    }
}
