//! Reads a URL into the host it leads to, and says when that host is not an ordinary public one.
//!
//! URLs are read by the WHATWG rules, as browsers do; where other programs would read another host, the reading says
//! so. Reading looks no name up; a [`Resolver`] does, where a gate is given one. What may be contacted is the policy's
//! business.

mod address;
mod ambiguity;
mod domain;
mod name;
mod repository;
mod resolve;
mod script;
mod system;

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;
use std::sync::Arc;

use url::{Host, ParseError, Position, Url};

use crate::error::Code;
use crate::limits;

pub use address::{Special, carried_v4, classify_ip};
pub use domain::{DomainPattern, DomainSet};
pub use resolve::{NoResolver, ResolveError, Resolver, StaticResolver};
pub use system::SystemResolver;

/// A URL in its normal form. Only [`read`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CleanUrl {
    text: Arc<str>,
    scheme_end: u32,
    host: Range<u32>,
    path: Range<u32>,
    port: u16,
    ip: Option<IpAddr>,
    special: Option<Special>,
    has_credentials: bool,
}

/// A URL, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlReading {
    /// The URL by the WHATWG rules.
    pub url: CleanUrl,
    /// What is noteworthy about it.
    pub notes: UrlNotes,
}

/// What is noteworthy about the text of a URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrlNotes {
    /// Why programs may disagree on where it leads, in one clause. Such a URL must not be allowed silently.
    pub ambiguous: Option<&'static str>,
    /// It had no scheme and was read as if it had `https`.
    pub schemeless: bool,
    /// A label of its host mixes scripts that no language mixes.
    pub mixed_script: bool,
    /// A label of its host is not ASCII and looks as if it were.
    pub homograph: bool,
}

/// A text that is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrlError {
    /// Why, in one clause for a person.
    pub clause: &'static str,
}

/// Reads `raw` as a URL. Spaces around it are dropped.
///
/// # Errors
/// An empty or overlong text, and whatever the WHATWG rules refuse: a bad host, a bad port, a relative reference.
pub fn read(raw: &str) -> Result<UrlReading, UrlError> {
    let raw = raw.trim_matches(' ');
    if raw.is_empty() {
        return Err(UrlError { clause: "it is empty" });
    }
    if raw.len() > limits::TARGET_BYTES_MAX {
        return Err(UrlError { clause: "it is longer than the limit" });
    }
    let (text, schemeless) = match with_scheme(raw) {
        Some(text) => (Cow::Owned(text), true),
        None => (Cow::Borrowed(raw), false),
    };
    let url = Url::parse(&text).map_err(clause)?;
    let ambiguous = ambiguity::ambiguity(&text, &url);
    let url = CleanUrl::of(&url)?;
    let looks = script::looks(url.host());
    let notes = UrlNotes { ambiguous, schemeless, mixed_script: looks.mixed, homograph: looks.homograph };
    Ok(UrlReading { url, notes })
}

/// Reads `raw` as the address of a repository: a URL, or `user@host:path`, which is SSH.
///
/// # Errors
/// As [`read`].
pub fn read_repository(raw: &str) -> Result<UrlReading, UrlError> {
    match repository::ssh_url(raw) {
        Some(url) => read(&url),
        None => read(raw),
    }
}

impl CleanUrl {
    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme in lower case, without the colon.
    pub fn scheme(&self) -> &str {
        self.text.get(..self.scheme_end as usize).unwrap_or_default()
    }

    /// The host: a name in lower case and ASCII without a dot at the end, or an address in its usual text without
    /// brackets. Empty if the URL has none.
    pub fn host(&self) -> &str {
        self.part(&self.host)
    }

    /// The host, if it is an address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// Every address the text gives away: the host itself, the IPv4 address it carries, and those written into a name
    /// such as `10-0-0-1.nip.io`. A list of denied addresses must be asked about each.
    pub fn addresses(&self) -> Vec<IpAddr> {
        match self.ip {
            Some(ip) => std::iter::once(ip).chain(carried_v4(ip).map(IpAddr::V4)).collect(),
            None => name::embedded_addresses(self.host()),
        }
    }

    /// The same URL with `ip` for its host: where it leads if its name has that address.
    pub fn at(&self, ip: IpAddr) -> CleanUrl {
        let shown = domain::address_text(ip);
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let (start, end) = (self.host.start as usize, self.host.end as usize);
        let rest = part(end..self.text.len());
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let head = [part(0..start), &shown].concat();
        let path = self.text.len() - self.path.start as usize;
        let text = [&head, rest].concat();
        let path = offset(text.len() - path.min(text.len()));
        CleanUrl {
            host: bare(start, &shown),
            path: path..path + (self.path.end - self.path.start),
            ip: Some(ip),
            special: classify_ip(ip),
            text: text.into(),
            ..self.clone()
        }
    }

    /// The port, if need be that of the scheme; 0 for a scheme whose port is not known.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path, percent-encoded as it stands.
    pub fn path(&self) -> &str {
        self.part(&self.path)
    }

    /// Why the host is not an ordinary public one, as far as its text tells.
    pub fn special(&self) -> Option<Special> {
        self.special
    }

    /// Whether it carries a user name or password.
    pub fn has_credentials(&self) -> bool {
        self.has_credentials
    }

    /// For a `file:` URL, the text that [`path::read`](crate::path::read) reads as the file's path.
    pub fn file_path(&self) -> Option<&str> {
        (self.scheme() == "file").then_some(self.as_str())
    }

    fn part(&self, range: &Range<u32>) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn of(url: &Url) -> Result<CleanUrl, UrlError> {
        // Such a name exists nowhere, and without its dots it could look like an address.
        if url.host_str().is_some_and(|host| host.ends_with("..")) {
            return Err(UrlError { clause: "its host ends in two dots" });
        }
        if let Some(normal) = with_normal_host(url)? {
            return Ok(CleanUrl::of_parts(&normal));
        }
        Ok(CleanUrl::of_parts(url))
    }

    fn of_parts(url: &Url) -> CleanUrl {
        let ip = host_address(url);
        let text = url.as_str();
        let host = host_range(url);
        let name = text.get(host.start as usize..host.end as usize).unwrap_or_default();
        let special = match ip {
            Some(ip) => classify_ip(ip),
            None if name.is_empty() => None,
            None => name::classify_name(name),
        };
        CleanUrl {
            scheme_end: offset(url.scheme().len()),
            path: offset(url[..Position::BeforePath].len())..offset(url[..Position::AfterPath].len()),
            port: port(url),
            has_credentials: !url.username().is_empty() || url.password().is_some(),
            text: text.into(),
            host,
            ip,
            special,
        }
    }
}

impl UrlError {
    /// [`Code::NetMalformedUrl`].
    pub fn code(self) -> Code {
        Code::NetMalformedUrl
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.clause)
    }
}

impl std::error::Error for UrlError {}

/// `raw` with `https`, if it has no scheme but starts like a host. `localhost:8080/x` and `example.org:443` look as if
/// they had one; a port after the first colon tells them apart.
fn with_scheme(raw: &str) -> Option<String> {
    // Control characters in front would go unread and hide how it begins; in a host they are refused.
    let shown = raw.trim_start_matches(|c: char| c <= ' ');
    if shown.len() < raw.len() && with_scheme(shown).is_some() {
        return Some(format!("https://{raw}"));
    }
    if raw.starts_with("//") {
        return Some(format!("https:{raw}"));
    }
    let starts_like_host =
        raw.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[' || c == '_' || !c.is_ascii());
    (starts_like_host && !has_scheme(raw)).then(|| format!("https://{raw}"))
}

fn has_scheme(raw: &str) -> bool {
    let Some((head, tail)) = raw.split_once(':') else { return false };
    let is_scheme = head.starts_with(|c: char| c.is_ascii_alphabetic())
        && head.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme
        && (tail.starts_with('/')
            || !is_port(tail)
            || NUMBERED_SCHEMES.iter().any(|scheme| head.eq_ignore_ascii_case(scheme)))
}

/// Schemes after which a number may follow at once.
const NUMBERED_SCHEMES: [&str; 14] =
    ["http", "https", "ws", "wss", "ftp", "file", "tel", "sms", "fax", "callto", "data", "javascript", "mailto", "urn"];

fn is_port(tail: &str) -> bool {
    let port = tail.split(['/', '?', '#']).next().unwrap_or_default();
    // Control characters go unread, or make it no URL at all; they make no scheme of what stands before.
    let mut digits = port.bytes().filter(|byte| *byte > b' ').peekable();
    digits.peek().is_some() && digits.clone().count() <= 5 && digits.all(|byte| byte.is_ascii_digit())
}

/// `url` with its host in normal form, where the rules leave the host of an unusual scheme as it was written.
fn with_normal_host(url: &Url) -> Result<Option<Url>, UrlError> {
    let Some(written) = url.host_str().filter(|_| !url.is_special()) else { return Ok(None) };
    let normal = domain::normal_host(written).ok_or(UrlError { clause: "its host is no host" })?;
    if normal == written.trim_end_matches('.').trim_matches(['[', ']']) {
        return Ok(None);
    }
    let text = [&url[..Position::BeforeHost], &bracketed(&normal), &url[Position::AfterHost..]].concat();
    Url::parse(&text).map(Some).map_err(clause)
}

fn bracketed(host: &str) -> Cow<'_, str> {
    if host.contains(':') { Cow::Owned(format!("[{host}]")) } else { Cow::Borrowed(host) }
}

/// The address a URL leads to. Unusual schemes keep theirs as a name, by then in normal form.
fn host_address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        Host::Domain(_) if url.is_special() => None,
        Host::Domain(name) => name.trim_end_matches('.').parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Where the host stands, without brackets and without the dot at the end.
fn host_range(url: &Url) -> Range<u32> {
    let start = url[..Position::BeforeHost].len();
    bare(start, &url[Position::BeforeHost..Position::AfterHost])
}

/// Where `host`, which begins at `start`, stands without brackets and without the dot at the end.
fn bare(start: usize, host: &str) -> Range<u32> {
    let open = usize::from(host.starts_with('['));
    let bare = host.trim_start_matches('[').trim_end_matches([']', '.']);
    offset(start + open)..offset(start + open + bare.len())
}

/// A serialised URL is at most a few times longer than its text, which is bounded.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_else(|| match url.scheme() {
        "ssh" | "sftp" | "scp" => 22,
        "telnet" => 23,
        "smtp" => 25,
        "gopher" => 70,
        "dict" => 2628,
        "ldap" => 389,
        "ldaps" => 636,
        "git" => 9418,
        "redis" => 6379,
        "mysql" => 3306,
        "postgres" | "postgresql" => 5432,
        "mongodb" => 27017,
        _ => 0,
    })
}

fn clause(error: ParseError) -> UrlError {
    let clause = match error {
        ParseError::EmptyHost => "it has no host",
        ParseError::InvalidPort => "its port is no port",
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => "its host is no valid address",
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => "its host is no valid name",
        ParseError::RelativeUrlWithoutBase => "it is relative",
        _ => "it is no URL",
    };
    UrlError { clause }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> CleanUrl {
        read(text).unwrap().url
    }

    #[test]
    fn a_plain_url_gives_its_parts_and_no_note() {
        let reading = read("HTTPS://API.GitHub.com./repos/a?page=2#x").unwrap();
        assert_eq!(reading.notes, UrlNotes::default());
        let url = reading.url;
        assert_eq!((url.scheme(), url.host(), url.port(), url.path()), ("https", "api.github.com", 443, "/repos/a"));
        assert_eq!((url.ip(), url.special(), url.has_credentials()), (None, None, false));
    }

    #[test]
    fn ordinary_urls_are_never_ambiguous() {
        for text in [
            "https://example.org",
            "http://example.org:8080/a/b;c=d?q=a@b.c&u=http://x.y/#@top",
            "https://medium.com/@me/post",
            "https://me:secret@example.org/x",
            "https://münchen.de/straße?größe=1",
            "https://例え.jp/",
            "https://example.org/search?q=\\d+",
            "http://1.2.3.4:80/",
            "http://[2606:4700::1111]/",
            "ftp://ftp.example.org/x",
            "mailto:me@example.org",
            " https://example.org ",
        ] {
            assert_eq!(read(text).unwrap().notes.ambiguous, None, "{text}");
        }
    }

    #[test]
    fn what_programs_disagree_on_is_ambiguous() {
        for text in [
            "http://a.com\\@b.com",
            "http://a.com\tb.com",
            "http://a.com/\r\nHost: b.com",
            "http://a.com/x y",
            "http://a.com@b.com@c.com",
            "http://a.com%2f@b.com",
            "http://a.com#@b.com/",
            "http://a.com?@b.com/",
            "http:a.com",
            "http:/a.com",
            "http:///a.com",
            "http://①②⑦.⓪.⓪.①/",
            "http://ｅxample.com/",
            "http://faß.de/",
            "http://a。com/",
            "http://ex%61mple.com/",
            "http://0177.0.0.1/",
            "http://2130706433/",
            "http://127.1/",
            "http://a,b.com/",
            "http://a..com/",
            "http://a\u{200b}b.com/",
        ] {
            assert!(read(text).unwrap().notes.ambiguous.is_some(), "{text}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_that_address() {
        for text in
            ["http://2130706433", "http://0x7f.1", "http://0177.0.0.01", "gopher://2130706433/x", "http://127.0.0.1."]
        {
            assert_eq!(url(text).ip(), Some(IpAddr::from([127, 0, 0, 1])), "{text}");
            assert_eq!((url(text).host(), url(text).special()), ("127.0.0.1", Some(Special::Loopback)), "{text}");
        }
        let mapped = url("http://[0:0:0:0:0:FFFF:169.254.169.254]/");
        assert_eq!((mapped.host(), mapped.special()), ("::ffff:a9fe:a9fe", Some(Special::Metadata)));
        assert!(mapped.addresses().contains(&IpAddr::from([169, 254, 169, 254])));
        assert_eq!(url("gopher://[::1]:70/").special(), Some(Special::Loopback));
    }

    #[test]
    fn an_address_takes_the_place_of_a_name() {
        for (text, ip, expected) in [
            ("https://example.org/a?b", "8.8.8.8", "https://8.8.8.8/a?b"),
            ("https://me@example.org.:8443/a", "8.8.8.8", "https://me@8.8.8.8:8443/a"),
            ("ssh://git@example.org/a", "::1", "ssh://git@[::1]/a"),
            ("https://example.org", "::ffff:1.2.3.4", "https://[::ffff:102:304]/"),
            ("gopher://example.org", "1.2.3.4", "gopher://1.2.3.4"),
        ] {
            let at = url(text).at(ip.parse().unwrap());
            assert_eq!(at, url(expected), "{text}");
            assert_eq!((at.path(), at.port()), (url(text).path(), url(text).port()), "{text}");
        }
    }

    #[test]
    fn a_missing_scheme_is_https_and_noted() {
        for (text, host, port) in [
            ("example.org/x", "example.org", 443),
            ("//example.org/x", "example.org", 443),
            ("localhost:8080/x", "localhost", 8080),
            ("example.org:8080", "example.org", 8080),
            ("127.0.0.1:80", "127.0.0.1", 80),
            ("[::1]:80", "::1", 80),
        ] {
            let reading = read(text).unwrap();
            assert!(reading.notes.schemeless, "{text}");
            assert_eq!((reading.url.scheme(), reading.url.host(), reading.url.port()), ("https", host, port));
        }
    }

    #[test]
    fn other_schemes_keep_their_name() {
        for (text, scheme, port) in [
            ("gopher://a.com/_x", "gopher", 70),
            ("dict://A.com/x", "dict", 2628),
            ("javascript:alert(1)", "javascript", 0),
            ("data:1,x", "data", 0),
            ("jar:http://a.com!/x", "jar", 0),
            ("tel:5551234", "tel", 0),
        ] {
            assert_eq!((url(text).scheme(), url(text).port()), (scheme, port), "{text}");
        }
        assert_eq!(url("dict://A.com/x").host(), "a.com");
        assert_eq!(url("file:///etc/passwd").file_path(), Some("file:///etc/passwd"));
        assert_eq!(url("https://a.com/").file_path(), None);
        assert!(url("https://me@a.com/").has_credentials());
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let long = format!("https://a.com/{}", "a".repeat(limits::TARGET_BYTES_MAX));
        for text in [
            "",
            " ",
            "/x",
            "?x",
            "http://",
            "http://a b/",
            "http://a.com:99999",
            "http://[::1",
            "http://256.1.1.1",
            "http://127.0.0.1../",
            "gopher://a.0../",
            &long,
        ] {
            assert_eq!(read(text).unwrap_err().code(), Code::NetMalformedUrl, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_fails_to_answer(text in any::<String>()) {
            let _ = read(&text);
        }

        #[test]
        fn the_normal_form_is_its_own_normal_form(
            text in "(http|gopher|https|ws|x)://([a-c@:]{0,3}@)?([A-Ca-c0-9.é①%_-]{1,8}|\\[::[0-9a-f]{1,4}\\])(:[0-9]{1,4})?[/?#a\\\\.]{0,5}",
        ) {
            let Ok(reading) = read(&text) else { return Ok(()) };
            let again = read(reading.url.as_str());
            prop_assert_eq!(again.map(|again| again.url), Ok(reading.url));
        }

        #[test]
        fn a_host_is_never_what_a_normal_host_is_not(text in "http://[A-Za-z0-9.é①%-]{1,12}/") {
            let Ok(reading) = read(&text) else { return Ok(()) };
            let host = reading.url.host();
            prop_assert!(host.is_ascii() && !host.contains(|c: char| c.is_ascii_uppercase()) && !host.ends_with('.'));
            prop_assert_eq!(reading.url.ip(), host.parse().ok());
        }
    }
}
