//! A filter of file names beneath a directory, as searches take it: `--include='*.rs'`, `-g '{a,b}.md'`, `-G '\.rs$'`.

/// A filter that stands for more patterns than this is taken for one of any name.
const PATTERNS_MAX: usize = 64;

/// How a filter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// As a pattern with wildcards.
    Glob,
    /// As a regular expression that a part of the name has to match.
    Regex,
    /// As the ends of names, with commas between them: `pem,key`.
    Extension,
    /// As the definition of a kind of files: `web:*.{html,css}`, `keys:ext:pem,key`, `env:is:.env`.
    Kind,
}

impl Filter {
    /// The patterns of the files that `text`, written like this, lets through.
    pub(crate) fn patterns(self, text: &str) -> Vec<String> {
        match self {
            Filter::Glob => filtered(text),
            Filter::Regex => matching(text),
            Filter::Extension => {
                let ends = text.split(',').map(|end| end.trim_start_matches('.')).filter(|end| !end.is_empty());
                ends.map(|end| format!("**/*.{end}")).collect()
            }
            Filter::Kind => of_kind(text),
        }
    }
}

fn of_kind(definition: &str) -> Vec<String> {
    let Some((_, filter)) = definition.split_once([':', '=']) else { return Vec::new() };
    match filter.split_once(':') {
        Some(("is", name)) => Filter::Glob.patterns(name),
        Some(("ext", ends)) => Filter::Extension.patterns(ends),
        Some(("match", expression)) => Filter::Regex.patterns(expression.trim_matches('/')),
        Some(("include", _)) => Vec::new(),
        _ if filter.starts_with('.') && definition.contains('=') => Filter::Extension.patterns(filter),
        _ => Filter::Glob.patterns(filter),
    }
}

/// The patterns of the names that a regular expression matches a part of: without more at their ends, and with.
fn matching(expression: &str) -> Vec<String> {
    let alternatives = wildcards(expression).and_then(|pattern| alternatives(&pattern));
    let Some(alternatives) = alternatives else { return vec!["**".to_owned()] };
    let mut patterns = Vec::new();
    for pattern in alternatives.iter().filter(|pattern| !pattern.is_empty()) {
        let (behind, has_start) = pattern.strip_prefix('^').map_or((&**pattern, false), |rest| (rest, true));
        let (core, has_end) = behind.strip_suffix('$').map_or((behind, false), |rest| (rest, true));
        if core.trim_matches(['?', '*']).is_empty() {
            return vec!["**".to_owned()];
        }
        let before = if has_start { &[""][..] } else { &["", "*"] };
        let after = if has_end { &[""][..] } else { &["", "*"] };
        let all = before.iter().flat_map(|before| after.iter().map(move |after| format!("{before}{core}{after}")));
        patterns.extend(all.map(|pattern| at_any_depth(&pattern.replace("**", "*"))));
    }
    patterns
}

/// A regular expression with wildcards in place of what is not plainly a letter, groups as braces, and `^` and `$` where
/// they stand. `None` if it has more in it.
fn wildcards(expression: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = expression.strip_prefix("(?i)").unwrap_or(expression).chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next()? {
                'w' | 'W' | 'd' | 'D' | 's' | 'S' => out.push('?'),
                'b' | 'B' => {}
                'A' => out.push('^'),
                'z' | 'Z' => out.push('$'),
                escaped if escaped.is_ascii_punctuation() && !"{},*?[".contains(escaped) => out.push(escaped),
                _ => return None,
            },
            '.' => out.push('?'),
            '[' => out.push_str(&class(&mut letters)?),
            '*' | '+' | '?' => {
                out.pop().filter(|atom| !"{},".contains(*atom))?;
                out.push('*');
            }
            '(' => {
                let is_plain = letters.peek() != Some(&'?');
                if !is_plain && (letters.next(), letters.next()) != (Some('?'), Some(':')) {
                    return None;
                }
                out.push('{');
            }
            ')' => out.push('}'),
            '|' => out.push(','),
            '{' | '}' | ',' => return None,
            letter => out.push(letter),
        }
    }
    Some(out)
}

/// What a class of characters stands for, behind its `[`: the only one in it, or any.
fn class(letters: &mut impl Iterator<Item = char>) -> Option<String> {
    let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
    let one = inside.trim_start_matches('\\');
    let is_one = one.chars().count() == 1 && !"^*?{},".contains(one);
    (!inside.is_empty()).then(|| if is_one { one.to_owned() } else { "?".to_owned() })
}

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

/// Whether a pattern means files of certain names. One that only says how they end means a sort of files: `*.json` is no
/// search for the one among them that holds secrets, `*.pem` is.
pub(crate) fn is_of_names(pattern: &str) -> bool {
    let name = pattern.rsplit('/').next().unwrap_or_default();
    name.contains(['*', '?', '[']) && name.contains(char::is_alphanumeric) && !is_sort(name)
}

/// Whether the pattern of a name is all of one sort: `*.json`.
pub(crate) fn is_sort(name: &str) -> bool {
    name.strip_prefix("*.").is_some_and(|end| !end.contains(['?', '[']))
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
        assert!(is_of_names("*env") && is_of_names("*.p?m") && !is_of_names("**") && !is_of_names("*.js*"));
        assert!(is_of_names("**/.env*") && is_of_names("cred[s]") && !is_of_names("a/*.pem") && !is_of_names(".env"));
        assert_eq!(filtered(&"{a,b}".repeat(20)), ["**"]);
    }

    #[test]
    fn filters_of_other_kinds_are_patterns_too() {
        for (filter, text, patterns) in [
            (Filter::Regex, "^\\.env$", vec!["**/.env"]),
            (Filter::Regex, "\\.pem$", vec!["**/.pem", "**/*.pem"]),
            (Filter::Regex, "^id_(rsa|dsa)$", vec!["**/id_rsa", "**/id_dsa"]),
            (Filter::Regex, "^[.]e.v", vec!["**/.e?v", "**/.e?v*"]),
            (Filter::Regex, "^a.*b$", vec!["**/a*b"]),
            (Filter::Regex, "a{2}", vec!["**"]),
            (Filter::Regex, ".", vec!["**"]),
            (Filter::Regex, "(?=a)", vec!["**"]),
            (Filter::Extension, "pem,.key", vec!["**/*.pem", "**/*.key"]),
            (Filter::Kind, "a:*.{x,y}", vec!["**/*.x", "**/*.y"]),
            (Filter::Kind, "a:ext:pem", vec!["**/*.pem"]),
            (Filter::Kind, "a:is:.env", vec!["**/.env"]),
            (Filter::Kind, "a:match:/^x$/", vec!["**/x"]),
            (Filter::Kind, "a=.pem", vec!["**/*.pem"]),
            (Filter::Kind, "a", vec![]),
        ] {
            assert_eq!(filter.patterns(text), patterns, "{text}");
        }
    }
}
