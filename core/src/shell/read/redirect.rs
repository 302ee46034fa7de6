//! Redirections: the files they read and write, and what then flows in and out.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::Reader;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::reading::Place;
use crate::shell::scope::{Binding, Directory, Space, Stored};
use crate::shell::stream::{Origin, Stream};
use crate::shell::syntax::{Part, Redirect, RedirectKind};
use crate::shell::text::{Kind, Text};
use crate::shell::word::Word;

/// What stands around a command: its variables and redirections.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) variables: Vec<(Arc<str>, Text)>,
    pub(super) effects: Vec<Effect>,
    pub(super) stdin: Option<Stream>,
    /// The file that what it prints goes to, and whether it is added to it.
    pub(super) stdout: Option<(Text, bool)>,
    /// Whether the first word was written plainly, so that an alias may stand behind it.
    pub(super) is_plain: bool,
    /// Whether functions of the line are passed over, as by `command` and by everything that is no shell.
    pub(super) past_functions: bool,
}

/// Work that it takes to keep in mind what is in a file.
const WORK_PER_FILE: usize = 1408;
/// Work that each redirection takes.
const WORK_PER_REDIRECTION: usize = 256;
/// Devices that keep nothing and hold nothing of their own.
const HARMLESS: &[&str] = &[
    "/dev/null",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/zero",
    "/dev/full",
    "/dev/tty",
    "/dev/random",
    "/dev/urandom",
];

impl Reader<'_> {
    pub(super) fn redirects(&mut self, redirects: &[Redirect]) -> Around {
        let mut around = Around::default();
        for redirect in redirects {
            self.redirect(redirect, &mut around);
        }
        around
    }

    fn redirect(&mut self, redirect: &Redirect, around: &mut Around) {
        if !self.spend(WORK_PER_REDIRECTION) {
            return;
        }
        let target = self.single(&redirect.target).unlisted();
        if matches!(redirect.target.parts.as_slice(), [Part::Text(sign)] if &**sign == "!") {
            self.doubt("behind `>!` stands a file to some shells");
        }
        let descriptor = redirect.descriptor.as_deref();
        let mut target_glob = target.clone();
        target_glob.activate_globs();
        match redirect.kind {
            RedirectKind::Document | RedirectKind::Text => {
                if matches!(descriptor, None | Some("0")) {
                    let mut text = target;
                    if redirect.kind == RedirectKind::Text {
                        text.push("\n", true);
                    }
                    around.stdin = Some(Stream::Text(text));
                }
            }
            RedirectKind::Read => self.input(&target_glob, descriptor, around),
            RedirectKind::ReadWrite => {
                self.input(&target_glob, descriptor, around);
                if target.known().as_deref().and_then(socket).is_none() {
                    self.file("file.write", &target_glob, &mut around.effects);
                    self.store(&target, Stored::Unknown(Origin::default()));
                }
            }
            RedirectKind::DuplicateInput | RedirectKind::DuplicateOutput if is_descriptor(&target) => {
                let usual = if redirect.kind == RedirectKind::DuplicateInput { "0" } else { "1" };
                if descriptor.unwrap_or(usual) == "0" {
                    around.stdin = Some(Stream::Unknown(Origin::default()));
                }
            }
            RedirectKind::DuplicateInput => self.input(&target_glob, descriptor, around),
            RedirectKind::Write
            | RedirectKind::Append
            | RedirectKind::WriteBoth
            | RedirectKind::AppendBoth
            | RedirectKind::DuplicateOutput => {
                self.file("file.write", &target_glob, &mut around.effects);
                if matches!(descriptor, None | Some("1")) {
                    let adds = matches!(redirect.kind, RedirectKind::Append | RedirectKind::AppendBoth);
                    around.stdout = Some((target, adds));
                } else {
                    self.store(&target, Stored::Unknown(Origin::default()));
                }
            }
        }
    }

    fn input(&mut self, target: &Text, descriptor: Option<&str>, around: &mut Around) {
        self.file("file.read", target, &mut around.effects);
        if matches!(descriptor, None | Some("0")) {
            around.stdin = Some(self.content_of(target));
        }
    }

    /// Adds what it amounts to that a file is read or written.
    pub(super) fn file(&mut self, kind: &str, path: &Text, effects: &mut Vec<Effect>) {
        if let Some(known) = path.known() {
            if HARMLESS.contains(&&*known) || is_own_descriptor(&known) {
                return;
            }
            if let Some(url) = socket(&known) {
                return effects.push(Effect::new("net.connect", "url", Word::known(url)));
            }
        }
        // Files elsewhere are not ours.
        if self.place != Place::Here {
            return;
        }
        for placed in self.placed(path) {
            let mut effect = Effect::new(kind, "path", placed.word().0);
            if kind == "file.write" && path.known().is_some_and(|known| is_disk(&known)) {
                effect.flags.push(Flag::RawDisk);
            }
            let through = self.effects_through_links(&effect);
            effects.push(effect);
            effects.extend(through);
        }
    }

    /// A path as seen from where the line starts: behind each directory that may be the present one.
    pub(super) fn placed(&self, path: &Text) -> Vec<Text> {
        let Some(Binding::Directories(directories)) = self.scope.get(Space::Directory, "") else {
            return vec![path.clone()];
        };
        let is_relative = match path.0.iter().find(|piece| piece.kind != Kind::Nothing) {
            Some(piece) if !matches!(piece.kind, Kind::Unknown(_)) => is_relative(&piece.text),
            _ => false,
        };
        if !is_relative {
            return vec![path.clone()];
        }
        directories.iter().map(|directory| beneath(directory, path)).collect()
    }

    /// What is known of the content of a file.
    pub(super) fn content_of(&self, path: &Text) -> Stream {
        let origin = self.origin_of(path);
        let Some(known) = path.known() else { return Stream::Unknown(origin) };
        if socket(&known).is_some() {
            return Stream::Unknown(Origin { network: true, decoded: false });
        }
        if matches!(&*known, "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") {
            return self.stdin.clone();
        }
        match self.stored_at(&known) {
            Some(Stored::Text(text)) => Stream::Text(text.clone()),
            Some(Stored::Lines(lines)) => Stream::Lines(lines.clone()),
            Some(Stored::Unknown(origin)) => Stream::Unknown(*origin),
            Some(Stored::Copy(_)) => Stream::Unknown(Origin::default()),
            None => Stream::Unknown(origin),
        }
    }

    /// What the line has put into the file at `path`.
    pub(super) fn stored_at(&self, path: &str) -> Option<&Stored> {
        if !self.scope.may_have_written(path) {
            return None;
        }
        self.file_keys(path).iter().find_map(|key| match self.scope.get(Space::File, key) {
            Some(Binding::File(stored)) => Some(&**stored),
            _ => None,
        })
    }

    pub(super) fn store(&mut self, path: &Text, stored: Stored) {
        if let Some(known) = path.known()
            && !HARMLESS.contains(&&*known)
        {
            self.spend(WORK_PER_FILE);
            let stored = Rc::new(stored);
            for key in self.file_keys(&known) {
                self.scope.set(Space::File, &key, Binding::File(Rc::clone(&stored)));
            }
        }
    }

    /// Puts what a command printed into the file it was sent to, and tells what is left to print.
    pub(super) fn stored(&mut self, stdout: Option<(Text, bool)>, output: Stream) -> Stream {
        let Some((path, adds)) = stdout else { return output };
        let before = path.known().and_then(|known| self.stored_at(&known).cloned());
        let stored = match (output, before, adds) {
            (Stream::Text(text), Some(Stored::Text(mut before)), true) => {
                before.append(text);
                Stored::Text(before.settled())
            }
            (Stream::Text(text), _, false) => Stored::Text(text.settled()),
            (Stream::Lines(lines), _, false) => Stored::Lines(lines),
            (output, _, _) => Stored::Unknown(output.origin()),
        };
        self.store(&path, stored);
        Stream::Text(Text::default())
    }

    pub(super) fn keep_process(&mut self, name: &str, output: Stream) {
        let stored = match output {
            Stream::Text(text) => Stored::Text(text),
            Stream::Lines(lines) => Stored::Lines(lines),
            output => Stored::Unknown(output.origin()),
        };
        self.store(&Text::literal(name), stored);
    }

    /// One spelling of a path for each directory it may be in, to find what the line has put there.
    fn file_keys<'p>(&self, path: &'p str) -> SmallVec<[Cow<'p, str>; 1]> {
        if self.scope.get(Space::Directory, "").is_none() && self.scope.get(Space::Link, "").is_none() {
            return smallvec![file_key(path)];
        }
        let placed: Vec<String> =
            self.placed(&Text::literal(path)).iter().map(|text| text.shown().into_owned()).collect();
        let through = placed.iter().flat_map(|path| self.keys_through_links(path));
        let owned = |path: &str| Cow::Owned(file_key(path).into_owned());
        placed.iter().map(|path| owned(path)).chain(through.map(|path| owned(&path))).collect()
    }
}

fn file_key(path: &str) -> Cow<'_, str> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    if path.strip_prefix('/').unwrap_or(path).split('/').all(is_plain) {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/")).into()
}

fn is_relative(path: &str) -> bool {
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    !path.starts_with(['/', '~', '\\']) && !is_drive && !path.contains("://")
}

fn beneath(directory: &Directory, path: &Text) -> Text {
    if directory.0.is_empty() {
        return path.clone();
    }
    let mut text = directory.0.clone().with_quotes(true);
    text.push("/", true);
    text.append(path.clone().with_literals_quoted());
    text
}

/// `2`, `-`, `5-`
fn is_descriptor(target: &Text) -> bool {
    target.known().is_some_and(|known| {
        let digits = known.strip_suffix('-').unwrap_or(&known);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

pub(super) fn is_own_descriptor(path: &str) -> bool {
    ["/dev/fd/", "/proc/self/fd/"].iter().any(|prefix| {
        path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// `/dev/tcp/host/port`, which the shell itself connects to.
fn socket(path: &str) -> Option<String> {
    let (scheme, rest) = match (path.strip_prefix("/dev/tcp/"), path.strip_prefix("/dev/udp/")) {
        (Some(rest), _) => ("tcp", rest),
        (_, Some(rest)) => ("udp", rest),
        _ => return None,
    };
    let (host, port) = rest.split_once('/')?;
    Some(if host.contains(':') { format!("{scheme}://[{host}]:{port}") } else { format!("{scheme}://{host}:{port}") })
}

/// Whether a path is a whole disk or a partition.
pub(super) fn is_disk(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk", "rdisk", "loop", "md", "dm-", "mapper/"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}
