//! Reads code that a tool or a program is given as text: what it would read, write, delete, contact and run.
//!
//! Nothing is executed. Two families are read differently. **Little languages** (`sed`, `awk`, `jq`) are read whole: a
//! reading without doubts has all effects. **General languages** (Python, JavaScript, Perl, …) are only split into
//! tokens: the effects are those of known calls with plain arguments, and there is always a doubt.

mod applescript;
mod awk;
mod awk_token;
mod cmd;
mod cursor;
mod encoding;
mod general;
mod jq;
mod literal;
mod place;
mod sed;

use std::borrow::Cow;

use crate::limits;
use crate::shell::flag::Flag;

/// What a piece of code amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The language it was read in, by its usual name; the given name if nobody knows it.
    pub language: Cow<'static, str>,
    /// What it does, as far as that was seen, each once.
    pub effects: Vec<Found>,
    /// The modules it loads, by name.
    pub imports: Vec<Box<str>>,
    /// What is noteworthy about it.
    pub flags: Vec<Flag>,
    /// What was not understood; empty only if all of it was.
    pub doubts: Vec<Cow<'static, str>>,
}

/// Something that code does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// The canonical type: `file.read`, `file.write`, `file.delete`, `file.list`, `http.request`, `net.connect` or
    /// `shell.exec`.
    pub kind: &'static str,
    /// What it does it to.
    pub what: What,
    /// Whether it goes into all directories below.
    pub recursive: bool,
}

/// What an effect is done to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A path, a web address (`scheme://host:port` of a connection), or a shell line.
    Text(Box<str>),
    /// A program and its arguments, handed to the system without a shell.
    Words(Vec<Box<str>>),
}

/// What stands in a shell line for a part that is not known: the expansion of a variable that nobody has set.
const UNKNOWN_WORD: &str = "$unknown";

/// Reads `text` as code in `language`, under any of its usual names. Code in an unknown language is all doubt.
pub fn read(language: &str, text: &str) -> Reading {
    let tongue = Tongue::named(language);
    if text.len() > limits::CODE_BYTES_MAX {
        return read_start(tongue, language, text);
    }
    match tongue {
        Some(tongue) => tongue.read(text),
        None => unknown(language),
    }
}

/// Of code that is too long, general languages are read to the limit; there is a doubt anyway.
fn read_start(tongue: Option<Tongue>, language: &str, text: &str) -> Reading {
    let end = (0..=limits::CODE_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let start = text.get(..end).unwrap_or_default();
    let mut reading = match tongue {
        Some(tongue @ Tongue::General(_)) => tongue.read(start),
        _ => unknown(language),
    };
    reading.doubt("the code is longer than is read");
    reading
}

fn unknown(language: &str) -> Reading {
    let mut reading = Reading { language: shown(language).into_owned().into(), ..Reading::default() };
    reading.doubt(match language {
        "" => Cow::from("the language of the code is not known"),
        _ => format!("code in `{}` is not read", shown(language)).into(),
    });
    reading
}

/// A language that is read.
#[derive(Clone, Copy)]
enum Tongue {
    Sed,
    Awk,
    Jq(&'static str),
    /// A shell; whether its lines are what the reader of shell lines takes them for.
    Shell(&'static str, bool),
    Cmd,
    AppleScript,
    General(&'static general::Language),
}

impl Tongue {
    /// The language called `name`, in any case, with or without a version: `Python3.11`.
    fn named(name: &str) -> Option<Tongue> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let name = name.strip_suffix(".exe").unwrap_or(name);
        Some(match name {
            "sed" | "gsed" => Tongue::Sed,
            "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => Tongue::Awk,
            "jq" | "gojq" | "jaq" => Tongue::Jq("jq"),
            "yq" => Tongue::Jq("yq"),
            "sh" | "bash" | "shell" | "dash" | "ksh" | "ash" | "shellscript" => Tongue::Shell("bash", true),
            "zsh" => Tongue::Shell("zsh", false),
            "fish" => Tongue::Shell("fish", false),
            "csh" | "tcsh" => Tongue::Shell("csh", false),
            "cmd" | "batch" | "bat" | "dosbatch" => Tongue::Cmd,
            "applescript" | "osascript" => Tongue::AppleScript,
            _ => return general::Language::named(name).map(Tongue::General),
        })
    }

    fn read(self, text: &str) -> Reading {
        match self {
            Tongue::Sed => sed::read(text),
            Tongue::Awk => awk::read(text),
            Tongue::Jq(language) => jq::read(language, text),
            Tongue::Shell(language, is_read) => of_shell(language, is_read, text),
            Tongue::Cmd => cmd::read(text, 0),
            Tongue::AppleScript => applescript::read(text),
            Tongue::General(language) => general::read(language, text, 0),
        }
    }
}

/// A script of a shell is one shell line to whoever reads those.
fn of_shell(language: &'static str, is_read: bool, text: &str) -> Reading {
    let mut reading = Reading::new(language);
    reading.effect("shell.exec", What::Text(text.into()));
    if !is_read {
        reading.doubt(format!("{language} reads some lines in its own way"));
    }
    reading
}

impl Reading {
    fn new(language: &'static str) -> Reading {
        Reading { language: language.into(), ..Reading::default() }
    }

    /// Notes something that was not understood.
    fn doubt(&mut self, doubt: impl Into<Cow<'static, str>>) {
        const DOUBTS_MAX: usize = 16;
        let doubt = doubt.into();
        if self.doubts.len() < DOUBTS_MAX && !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    fn flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    fn import(&mut self, module: &str) {
        let is_new = !self.imports.iter().any(|known| **known == *module);
        if is_new && !module.is_empty() && self.imports.len() < limits::EFFECTS_MAX {
            self.imports.push(module.into());
        }
    }

    fn effect(&mut self, kind: &'static str, what: What) {
        self.add(Found { kind, what, recursive: false });
    }

    /// Notes an effect, and what is noteworthy about its place.
    fn add(&mut self, found: Found) {
        if self.effects.contains(&found) {
            return;
        }
        if self.effects.len() >= limits::EFFECTS_MAX {
            return self.doubt("the code does more than is read");
        }
        if let What::Text(place) = &found.what {
            self.flag_place(found.kind, place);
        }
        if found.recursive {
            self.flag(Flag::Recursive);
        }
        self.effects.push(found);
    }

    fn flag_place(&mut self, kind: &str, place: &str) {
        let changes = matches!(kind, "file.write" | "file.delete");
        let flags = [
            (kind == "file.read" && place::is_credentials(place), Flag::Credentials),
            (kind == "file.write" && place::is_persistence(place), Flag::Persistence),
            (changes && place::is_log(place), Flag::LogTampering),
            (kind == "file.write" && place::is_disk(place), Flag::RawDisk),
            (place.contains("/dev/tcp/") || place.contains("/dev/udp/"), Flag::ReverseShell),
        ];
        flags.into_iter().filter(|(set, _)| *set).for_each(|(_, flag)| self.flag(flag));
    }
}

/// A name from hostile text, as a message may show it.
fn shown(name: &str) -> Cow<'_, str> {
    const CHARACTERS_MAX: usize = 40;
    if name.chars().count() <= CHARACTERS_MAX && !name.chars().any(char::is_control) {
        return Cow::Borrowed(name);
    }
    name.chars().filter(|c| !c.is_control()).take(CHARACTERS_MAX).collect::<String>().into()
}

#[cfg(test)]
mod tests;
