//! The short way to write the SSH address of a repository: `git@example.org:team/repo.git`.

/// The `ssh:` URL that `raw` is short for; nothing if it is no such address.
///
/// The rule is git's own: a colon before any slash, which no `//` and no second colon follow. What stands behind the
/// colon is a path, also when it begins with digits.
pub(super) fn ssh_url(raw: &str) -> Option<String> {
    let raw = raw.trim_matches(' ');
    let (place, path) = raw.split_once(':')?;
    let is_short = !place.is_empty() && !place.contains(['/', '\\', '[', ']']) && !path.starts_with("//");
    // `ext::…` names a program to run, and `C:\…` a drive.
    let is_other = path.starts_with(':') || is_drive(place);
    // In a path these are plain letters; in a URL they would end it.
    let path = path.trim_start_matches('/').replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    (is_short && !is_other && !path.is_empty()).then(|| format!("ssh://{place}/{path}"))
}

fn is_drive(place: &str) -> bool {
    place.len() == 1 && place.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_ssh() {
        for (short, url) in [
            ("git@example.org:team/repo.git", "ssh://git@example.org/team/repo.git"),
            ("example.org:repo", "ssh://example.org/repo"),
            ("git@example.org:/srv/repo", "ssh://git@example.org/srv/repo"),
            ("git@example.org:~/repo", "ssh://git@example.org/~/repo"),
            ("git@example.org:2222/repo", "ssh://git@example.org/2222/repo"),
            ("git@example.org:a?b#c%2f", "ssh://git@example.org/a%3Fb%23c%252f"),
            (" git@example.org:repo ", "ssh://git@example.org/repo"),
            ("git@example.org:a:b", "ssh://git@example.org/a:b"),
        ] {
            assert_eq!(ssh_url(short).as_deref(), Some(url), "{short}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_reader_of_urls() {
        for other in [
            "https://example.org/repo",
            "ssh://git@example.org:2222/repo",
            "ext::sh -c id",
            "fd::17",
            "./a:b",
            "/srv/a:b",
            "C:\\repo",
            "c:/repo",
            "origin",
            "git@example.org:",
            ":repo",
            "[::1]:repo",
            "",
        ] {
            assert_eq!(ssh_url(other), None, "{other}");
        }
    }
}
