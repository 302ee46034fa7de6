//! A filter of file names beneath a directory, as searches take it: `--include='*.rs'`, `-g '{a,b}.md'`.

/// A filter that stands for more patterns than this is taken for one of any name.
const PATTERNS_MAX: usize = 64;

/// The patterns of the files that `filter` lets through: those of its braces, at any depth. None of one that only
/// leaves files out (`!target`).
pub(crate) fn filtered(filter: &str) -> Vec<String> {
    if filter.is_empty() || filter.starts_with('!') {
        return Vec::new();
    }
    match alternatives(filter) {
        Some(patterns) => patterns.iter().map(|pattern| at_any_depth(pattern)).collect(),
        None => vec!["**".to_owned()],
    }
}

/// Whether a pattern means files of certain names. One that begins with a wildcard means a sort of files: `*.json` is no
/// search for the one among them that holds secrets, `*.pem` is.
pub(crate) fn is_of_names(pattern: &str) -> bool {
    let name = pattern.rsplit('/').next().unwrap_or_default();
    name.contains(['*', '?', '[']) && !name.starts_with('*')
}

fn at_any_depth(pattern: &str) -> String {
    match pattern.strip_prefix("./").unwrap_or(pattern) {
        rooted if rooted.starts_with(['/', '~', '\\']) || rooted.starts_with("**/") => rooted.to_owned(),
        pattern => format!("**/{pattern}"),
    }
}

/// What the braces and the commas of a pattern stand for, if that is not too much.
pub(crate) fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let is_balanced = pattern.matches('{').count() == pattern.matches('}').count();
    let mut open = vec![if is_balanced { format!("{{{pattern}}}") } else { pattern.to_owned() }];
    while let Some(text) = open.pop() {
        match innermost(&text) {
            Some((before, inside, behind)) => {
                open.extend(inside.rsplit(',').map(|choice| format!("{before}{choice}{behind}")));
            }
            None if done.contains(&text) => {}
            None => done.push(text),
        }
        if open.len() + done.len() > PATTERNS_MAX {
            return None;
        }
    }
    Some(done)
}

/// The first braces that hold no others, with what is before and behind them.
fn innermost(text: &str) -> Option<(&str, &str, &str)> {
    let (head, behind) = text.split_once('}')?;
    let (before, inside) = head.rsplit_once('{')?;
    Some((before, inside, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_lets_its_patterns_through() {
        for (filter, patterns) in [
            (".env", vec!["**/.env"]),
            ("*.{pem,key}", vec!["**/*.pem", "**/*.key"]),
            ("{a,{b,c}d}.rs", vec!["**/a.rs", "**/bd.rs", "**/cd.rs"]),
            ("*.ts,*.tsx", vec!["**/*.ts", "**/*.tsx"]),
            ("./src/*.rs", vec!["**/src/*.rs"]),
            ("/etc/*", vec!["/etc/*"]),
            ("!target", vec![]),
            ("", vec![]),
            ("a{", vec!["**/a{"]),
        ] {
            let mut found = filtered(filter);
            found.sort();
            let mut patterns = patterns;
            patterns.sort_unstable();
            assert_eq!(found, patterns, "{filter}");
        }
        assert!(is_of_names("**/.env*") && is_of_names("cred[s]") && !is_of_names("a/*.pem") && !is_of_names(".env"));
        assert_eq!(filtered(&"{a,b}".repeat(20)), ["**"]);
    }
}
