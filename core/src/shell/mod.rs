//! Reads a shell command line into the words of the program it would run.
//!
//! Nothing is executed or expanded. A line that is more than one program with plain or quoted words is not resolved:
//! it is opaque, never guessed.

pub mod effect;
pub mod flag;
pub mod programs;
pub mod syntax;
pub mod word;

use std::sync::Arc;

use crate::limits;

/// A command line and, where it could be read, its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    text: Arc<str>,
    words: Option<Vec<Arc<str>>>,
    /// The words with single spaces between them, where that differs from the text.
    resolved: Option<Arc<str>>,
}

/// Programs whose words do not say what they do: they run other programs or code, or write where an option says.
const NOT_PLAIN: &[&str] = &[
    ".",
    "alias",
    "arch",
    "ash",
    "awk",
    "bash",
    "builtin",
    "bun",
    "busybox",
    "chroot",
    "cmd",
    "command",
    "csh",
    "dash",
    "declare",
    "deno",
    "doas",
    "docker",
    "ed",
    "env",
    "eval",
    "ex",
    "exec",
    "expect",
    "export",
    "find",
    "fish",
    "flock",
    "gawk",
    "ionice",
    "jq",
    "kubectl",
    "ksh",
    "lua",
    "make",
    "nice",
    "node",
    "nohup",
    "nsenter",
    "osascript",
    "parallel",
    "perl",
    "php",
    "podman",
    "powershell",
    "pwsh",
    "python",
    "rbash",
    "ruby",
    "runuser",
    "script",
    "sed",
    "set",
    "setsid",
    "sh",
    "source",
    "ssh",
    "stdbuf",
    "strace",
    "su",
    "sudo",
    "tclsh",
    "tcsh",
    "time",
    "timeout",
    "tmux",
    "toybox",
    "trap",
    "uniq",
    "unshare",
    "vi",
    "vim",
    "watch",
    "xargs",
    "xxd",
    "yq",
    "zsh",
];

impl CommandLine {
    /// Reads a line as a shell would be given it.
    pub fn read(text: &str) -> CommandLine {
        CommandLine::new(text.into(), plain_words(text).filter(|words| is_plain_program(words)))
    }

    /// Takes a program and its arguments, as they are handed to the system without a shell.
    pub fn from_words(words: Vec<Arc<str>>) -> CommandLine {
        let text = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let known = is_plain_program(&words) && !words.iter().any(|word| word.contains('\0'));
        CommandLine::new(text.into(), known.then_some(words))
    }

    fn new(text: Arc<str>, words: Option<Vec<Arc<str>>>) -> CommandLine {
        let resolved = words.as_ref().map(|words| words.join(" ")).filter(|resolved| **resolved != *text);
        CommandLine { text, words, resolved: resolved.map(Arc::from) }
    }

    /// The line as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The program and its arguments; `None` if the line could not be resolved.
    pub fn words(&self) -> Option<&[Arc<str>]> {
        self.words.as_deref()
    }

    /// The words with single spaces between them, where that differs from the line: what a pattern has to see too when
    /// a line is disguised by quotes.
    pub fn resolved(&self) -> Option<&str> {
        self.resolved.as_deref()
    }
}

fn is_plain_program(words: &[Arc<str>]) -> bool {
    let Some(program) = words.first() else { return false };
    let name = program.rsplit('/').next().unwrap_or_default();
    // `python3.11` runs code just as `python` does.
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    !NOT_PLAIN.contains(&name) && !NOT_PLAIN.contains(&stem)
}

/// The words of a line that has nothing but plain and quoted words.
fn plain_words(text: &str) -> Option<Vec<Arc<str>>> {
    if text.len() > limits::COMMAND_BYTES_MAX {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) if c != '\0' => word.get_or_insert_default().push(c),
            (Some('"'), c) if !matches!(c, '$' | '`' | '\\' | '!' | '\0') => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take().map(Arc::from)),
            (None, c) if is_plain(c) => word.get_or_insert_default().push(c),
            _ => return None,
        }
    }
    words.extend(word.map(Arc::from));
    let assigns = words.first().is_some_and(|first: &Arc<str>| first.contains('='));
    (quote.is_none() && !words.is_empty() && !assigns).then_some(words)
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',')
}

fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        CommandLine::read(line).words().map(|words| words.iter().map(|word| word.to_string()).collect())
    }

    #[test]
    fn plain_and_quoted_words_are_read() {
        assert_eq!(words("ls -la /tmp").unwrap(), ["ls", "-la", "/tmp"]);
        assert_eq!(words("r''m \"-r\"f '/a b'").unwrap(), ["rm", "-rf", "/a b"]);
        assert_eq!(words("grep '' x").unwrap(), ["grep", "", "x"]);
    }

    #[test]
    fn anything_else_is_opaque() {
        for line in [
            "",
            " ",
            "ls; rm x",
            "ls | sh",
            "a=rm",
            "A=b ls",
            "ls $HOME",
            "ls `id`",
            "echo \"$x\"",
            "ls > x",
            "ls *",
            "ls ~",
            "ls \\",
            "ls 'x",
            "ls\nrm x",
            "sudo ls",
            "/usr/bin/env ls",
            "python3.11 -c x",
            "bash x",
            "ls &",
            "ls {a,b}",
            "!ls",
            "ls # x",
            "é",
        ] {
            assert_eq!(words(line), None, "{line}");
        }
    }

    #[test]
    fn words_given_apart_are_shown_quoted() {
        let line = CommandLine::from_words(vec!["git".into(), "commit".into(), "-m".into(), "it's; rm".into()]);
        assert_eq!(line.as_str(), r"git commit -m 'it'\''s; rm'");
        assert!(line.words().is_some());
        assert_eq!(CommandLine::from_words(vec!["sh".into(), "-c".into(), "x".into()]).words(), None);
    }
}
