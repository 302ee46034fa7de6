//! What a text looks like that stands in code outside of any known call.

use super::place;

/// The effect that a literal hints at: a plain web address, or a path to a well-known part of a machine.
///
/// Everything else is data. Program files, devices of no weight and the names of XML dialects are data too: they stand
/// in code that never opens them.
pub(super) fn effect_of(text: &str) -> Option<&'static str> {
    if text.len() > 1024
        || text.contains(|c: char| c.is_whitespace() || c.is_control() || "*?[]{}()|<>\"'`$^,;".contains(c))
    {
        return None;
    }
    if is_address(text) {
        return Some("http.request");
    }
    (is_path(text) || is_windows_path(text)).then_some("file.read")
}

/// Whether a text is a web address with a host.
pub(super) fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_web = ["http", "https", "ftp", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    const NAMES_OF_DIALECTS: [&str; 6] = [
        "www.w3.org",
        "schemas.microsoft.com",
        "schemas.xmlsoap.org",
        "schemas.openxmlformats.org",
        "json-schema.org",
        "purl.org",
    ];
    let has_host = host.contains('.') || host.contains(':') || host == "localhost";
    is_web && has_host && !NAMES_OF_DIALECTS.contains(&host)
}

fn is_path(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("~/") {
        return !rest.is_empty();
    }
    let Some(rest) = text.strip_prefix('/') else { return false };
    let Some((first, below)) = rest.split_once('/') else { return false };
    const ROOTS: [&str; 19] = [
        "Library", "System", "Users", "Volumes", "boot", "dev", "etc", "home", "mnt", "opt", "private", "proc", "root",
        "run", "srv", "sys", "tmp", "usr", "var",
    ];
    !below.is_empty() && ROOTS.contains(&first) && (place::is_credentials(text) || !is_program(text))
}

/// Programs and what comes with them, and the devices that everybody uses.
fn is_program(path: &str) -> bool {
    const PLACES: [&str; 12] = [
        "/usr/bin/",
        "/usr/sbin/",
        "/usr/lib",
        "/usr/local/bin/",
        "/usr/local/lib",
        "/usr/share/",
        "/usr/include",
        "/opt/homebrew/",
        "/dev/null",
        "/dev/std",
        "/dev/urandom",
        "/dev/random",
    ];
    PLACES.iter().any(|place| path.starts_with(place))
}

fn is_windows_path(text: &str) -> bool {
    let mut letters = text.chars();
    let has_drive = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.next() == Some(':')
        && matches!(letters.next(), Some('\\' | '/'));
    let is_share = text.starts_with(r"\\") && text.matches('\\').count() >= 4;
    has_drive && text.len() > 3 || is_share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_addresses_are_told_from_data() {
        for path in ["/etc/shadow", "~/.ssh/id_rsa", "/home/me/x", r"C:\Users\me", r"\\host\share\x", "/var/log/syslog"]
        {
            assert_eq!(effect_of(path), Some("file.read"), "{path}");
        }
        for address in ["https://example.com/a", "http://localhost:8080", "http://10.0.0.1"] {
            assert_eq!(effect_of(address), Some("http.request"), "{address}");
        }
        for data in [
            "/api/users",
            "/etc",
            "/usr/bin/python",
            "text/html",
            "/^a.*b$/",
            "a/b",
            "http://www.w3.org/2000/svg",
            "https://",
            "/home/me and you",
            "~",
            "c:",
            "/dev/null",
        ] {
            assert_eq!(effect_of(data), None, "{data}");
        }
    }
}
