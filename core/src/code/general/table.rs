//! The known calls of a language, written as lines of text:
//!
//! ```text
//! os.remove os.unlink : delete 0|path
//! shutil.copy : read 0, write 1
//! requests.get : request 0|url -> fetched
//! os.path.join -> path 0*
//! os.path.sep = /
//! document.cookie ! credentials
//! ```
//!
//! Names stand first; a name that begins with a dot is a method of anything. Behind ` : ` is what the call does, behind
//! ` -> ` what it gives, behind ` = ` the text that a name stands for,
//! behind ` ! ` the flag for using the name at all. An argument is written as its place (`0`), with
//! the names it may have instead (`0|path`); `0*` are all from there on, `this` is what a method belongs to.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::shell::flag::Flag;

/// The known calls of a language by name.
pub(super) type Table = HashMap<&'static str, Row, RandomState>;

/// What a call does and gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) acts: Vec<Act>,
    pub(super) gives: Gives,
    /// The text that the name itself stands for.
    pub(super) is: Option<&'static str>,
    /// What the name itself is a sign of.
    pub(super) mention: Option<Flag>,
}

/// Where an argument is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At {
    /// Its place among the unnamed arguments; `None` is what the method belongs to.
    pub(super) index: Option<usize>,
    /// Whether all further arguments belong to it.
    pub(super) rest: bool,
    pub(super) names: Vec<&'static str>,
}

/// Something a call does.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Read(At),
    Write(At),
    Delete(At),
    DeleteTree(At),
    List(At),
    /// Opens a file in a mode.
    Open(At, At),
    /// Opens a file or a pipe, by a mode in the file's name or before it (Perl).
    OpenPipe(At),
    Request(At),
    /// A host and a port.
    Connect(At, At),
    /// Host and port in one.
    Address(At),
    /// A shell line.
    Line(At),
    /// A list of words, or a shell line.
    Program(At),
    /// A program and a list of its arguments.
    Spawn(At, At),
    /// A program and all its words, the first of which is only what it is called.
    Argv(At, At),
    /// Each argument a word; a single one is a shell line.
    Words(At),
    /// Code in the same language.
    Code(At),
    /// Code in the same language, as base64.
    Encoded(At),
    /// More rights, if it is asked for by this word.
    Elevate(At),
    /// A file that is run as code.
    Run(At),
    Module(At),
    Flag(Flag),
    Doubt(&'static str),
    Note(Sign),
}

/// Something that means nothing alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A connection is made or awaited.
    Connects,
    /// A stream is put in the place of another.
    Redirects,
    /// Data is sent.
    Sends,
}

/// What a call gives.
#[derive(Clone, Debug, Default)]
pub(super) enum Gives {
    /// Something that only its name is known of.
    #[default]
    Made,
    Fetched,
    Module(At),
    Base64(At),
    Hex(At),
    Rot13(At),
    /// By the name of an encoding: the text, then the name.
    Encoding(At, At),
    /// Something unpacked, of which the content is not known.
    Packed,
    /// The same text.
    Text(At),
    /// Texts joined by what the method belongs to.
    Join(At),
    /// Texts joined by another text: the list, then the text.
    JoinBy(At, At),
    /// Parts of a path.
    Path(At),
    Chars(At),
    /// A function of a module by its name.
    Member(At, At),
    /// Characters in the opposite order.
    Reversed(At),
    /// With one text put for another.
    Replaced,
    /// A text with its places filled by the arguments behind it.
    Formatted(At),
    /// An object of the type that is named.
    Object(At),
    /// What a function makes of each element of a list.
    Mapped(At, At),
    /// A list of its arguments.
    Items,
}

/// Reads a table. Lines that cannot be read are left out; a test makes sure that there are none.
pub(super) fn read(text: &'static str) -> Table {
    let mut table = Table::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some((names, row)) = row(line) {
            table.extend(names.split_whitespace().map(|name| (name, row.clone())));
        }
    }
    table
}

fn row(line: &'static str) -> Option<(&'static str, Row)> {
    if let Some((names, text)) = line.split_once(" = ") {
        return Some((names, Row { is: Some(text.trim()), ..Row::default() }));
    }
    if let Some((names, flag)) = line.split_once(" ! ") {
        return Some((names, Row { mention: Some(Flag::named(flag)?), ..Row::default() }));
    }
    let (head, gives) = match line.split_once(" -> ") {
        Some((head, given)) => (head, self::gives(given)?),
        None => (line, Gives::default()),
    };
    let (names, acts) = head.split_once(" : ").unwrap_or((head, ""));
    let acts = acts.split(", ").filter(|act| !act.trim().is_empty()).map(act).collect::<Option<Vec<_>>>()?;
    Some((names, Row { acts, gives, ..Row::default() }))
}

fn act(text: &'static str) -> Option<Act> {
    let (verb, rest) = text.trim().split_once(' ')?;
    let mut places = rest.split_whitespace();
    let mut at = || self::at(places.next()?);
    Some(match verb {
        "read" => Act::Read(at()?),
        "write" => Act::Write(at()?),
        "delete" => Act::Delete(at()?),
        "tree" => Act::DeleteTree(at()?),
        "list" => Act::List(at()?),
        "open" => Act::Open(at()?, at()?),
        "popen" => Act::OpenPipe(at()?),
        "request" => Act::Request(at()?),
        "connect" => Act::Connect(at()?, at()?),
        "address" => Act::Address(at()?),
        "line" => Act::Line(at()?),
        "program" => Act::Program(at()?),
        "spawn" => Act::Spawn(at()?, at()?),
        "argv" => Act::Argv(at()?, at()?),
        "words" => Act::Words(at()?),
        "code" => Act::Code(at()?),
        "encoded" => Act::Encoded(at()?),
        "elevate" => Act::Elevate(at()?),
        "run" => Act::Run(at()?),
        "module" => Act::Module(at()?),
        "flag" => Act::Flag(Flag::named(rest)?),
        "doubt" => Act::Doubt(rest),
        "note" => Act::Note(match rest {
            "connects" => Sign::Connects,
            "redirects" => Sign::Redirects,
            "sends" => Sign::Sends,
            _ => return None,
        }),
        _ => return None,
    })
}

fn gives(text: &'static str) -> Option<Gives> {
    let mut words = text.split_whitespace();
    let verb = words.next()?;
    let mut at = || self::at(words.next()?);
    Some(match verb {
        "fetched" => Gives::Fetched,
        "module" => Gives::Module(at()?),
        "base64" => Gives::Base64(at()?),
        "hex" => Gives::Hex(at()?),
        "rot13" => Gives::Rot13(at()?),
        "encoding" => Gives::Encoding(at()?, at()?),
        "packed" => Gives::Packed,
        "text" => Gives::Text(at()?),
        "join" => Gives::Join(at()?),
        "joinby" => Gives::JoinBy(at()?, at()?),
        "path" => Gives::Path(at()?),
        "chars" => Gives::Chars(at()?),
        "member" => Gives::Member(at()?, at()?),
        "reversed" => Gives::Reversed(at()?),
        "replaced" => Gives::Replaced,
        "formatted" => Gives::Formatted(at()?),
        "object" => Gives::Object(at()?),
        "mapped" => Gives::Mapped(at()?, at()?),
        "items" => Gives::Items,
        _ => return None,
    })
}

fn at(text: &'static str) -> Option<At> {
    let mut parts = text.split('|');
    let place = parts.next()?;
    let names = parts.collect();
    let (place, rest) = place.strip_suffix('*').map_or((place, false), |place| (place, true));
    let index = match place {
        "this" => None,
        // Only by name.
        "-" => Some(usize::MAX),
        _ => Some(place.parse().ok()?),
    };
    Some(At { index, rest, names })
}

#[cfg(test)]
mod tests {
    use super::super::LANGUAGES;

    #[test]
    fn every_line_of_every_table_is_read() {
        for language in LANGUAGES {
            for line in language.rows.lines().filter(|line| !line.trim().is_empty()) {
                assert!(super::row(line).is_some(), "{}: {line}", language.name);
            }
        }
    }

    #[test]
    fn no_name_stands_twice_in_a_table() {
        for language in LANGUAGES {
            let mut names = std::collections::HashSet::new();
            let heads = language.rows.lines().filter_map(super::row).map(|(names, _)| names);
            for name in heads.flat_map(str::split_whitespace) {
                assert!(names.insert(name), "{}: {name}", language.name);
                let folded = !language.ignores_case || *name == *name.to_ascii_lowercase();
                assert!(folded, "{}: {name} has capitals", language.name);
            }
        }
    }
}
