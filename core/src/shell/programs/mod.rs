//! The program table: what known programs do with their arguments.
//!
//! The table is data, in the YAML files beside this one; nothing else in the reader knows a program by name unless its
//! arguments are a language of their own. A row:
//!
//! ```yaml
//! cp:                                   # the name; `names: [gcp]` adds others
//!   about: copies files                 # one clause
//!   names: [gcp]
//!   syntax: gnu                         # how options are spelled, see below; unwritten: gnu
//!   options:                            # all spellings in one key, separated by spaces
//!     '-r -R --recursive': { recursive: true }
//!     '-t --target-directory': { value: destination, operands: [source...] }
//!     '-S --suffix': data               # short for { value: data }
//!   operands: [source..., destination]
//!   action: file.copy
//! ```
//!
//! Only options that take a value or matter are listed; any other is taken to be a switch without effect. The key `--`
//! says what that word amounts to where it stands; in `gnu` and `posix` the key `+` stands for all words that begin with it, with
//! the rest as `attached` value. YAML's anchors and aliases are not read.
//!
//! **syntax**
//!
//! | word | options are |
//! |---|---|
//! | `gnu` | `-abc` together, `-oVALUE` or `-o VALUE`, `--long=VALUE` or `--long VALUE`, long names shortened as long as they are unique, anywhere; `--` ends them |
//! | `posix` | the same, but the first operand ends them (`env`, `ssh`, `xargs`, `python`) |
//! | `long` | `-name VALUE`, `-name=VALUE`, also with two dashes; nothing is bundled (`java`, `terraform`, `openssl`) |
//! | `powershell` | as `long`, of any case, shortened as long as they are unique, also `-name:VALUE` |
//! | `keys` | `name=value` (`dd`) |
//! | `dos` | `/x` and `-x`, of any case (`del`, `xcopy`) |
//!
//! In `gnu` and `posix`, an option of several letters behind one dash (`-wrapper`) is listed as it stands; it comes before
//! letters. The key `-` says what that word amounts to where it is no operand (`su -`). In `powershell` and `dos`, names, subcommands and values are written in lower case.
//!
//! `bundled: true`: the first operand may be option letters without a dash (`tar xzf`, `ar rcs`).
//!
//! **A role** says what a value or operand is to the program:
//!
//! | role | the word is |
//! |---|---|
//! | `data` | nothing outside the program |
//! | `tracked` | a revision, a path, or `revision:path` of a repository: what plainly is a path, or stands behind `--`, is read |
//! | `read`, `write`, `delete`, `list`, `search`, `permissions` | a file or directory: the effect `file.read` and so on |
//! | `filter` | a pattern of file names: whatever directory is gone through is searched for the files that fit it |
//! | `filter_regex`, `filter_extension`, `filter_kind` | likewise, as a regular expression, the ends of names, or `name:pattern` |
//! | `consult` | a file that is read and not shown: patterns to look for, names to leave out |
//! | `edit` | a file that is read and written |
//! | `execute` | a file that is read and run as code or configuration that runs code |
//! | `directory` | the directory the program works in from here on (`git -C`, `tar -C`) |
//! | `url` | a web address: `http.request` |
//! | `host` | a host it connects to, `user@host:port` or a URL: `net.connect` |
//! | `remote` | `[user@]host:path`, a URL, or else a local path; contacted, or read |
//! | `remote_destination` | the same; contacted and sent to, or written |
//! | `port` | the port that belongs to the hosts of the call |
//! | `body` | data to send; after `@` a file that is read and sent |
//! | `field` | the same, also `name=data` and, with a file, `name@file` |
//! | `form` | `name=value` to send; after `=@`, `=<` or `name@` a file that is read and sent |
//! | `header` | data to send beside the body; after `@` a file that is read and sent |
//! | `cookie` | `name=value`, or else a file that is read |
//! | `run` | the first word of a command: it and everything behind it are run |
//! | `run_more` | the same, and further words come from the standard input (`xargs`) |
//! | `module` | the name of a module with its arguments behind it: run as the program that the table knows by this name, else code of the project (`python -m`) |
//! | `line` | a shell line in one word |
//! | `lines` | it and everything behind it, joined by spaces, are a shell line (`ssh`, `eval`, `watch`) |
//! | `code:LANGUAGE` | code: `python`, `perl`, `ruby`, `node`, `php`, `lua`, `sed`, `awk`, `sql`, `jq`, `powershell`, … |
//! | `git_config`, `ssh_option` | short for `code:git_config`, `code:ssh_option`: settings, `name=value` |
//! | `assignment` | `NAME=value`, set for what it runs |
//! | `mount` | `source:target[:options]` or `type=bind,source=…,target=…`: the source is read and written |
//! | `mode` | `arg:mode`, who may use a file; sets `privilege` if it sets the user or group or lets everybody write |
//! | `names:ROLE` | a file with a list of names, or `-`; each name in it has the role: `read`, `write`, `edit`, `delete`, `list`, `search`, `url` |
//! | `unclear` | something that may do anything; it is held |
//! | `arg:NAME` | the argument NAME of the row's `action` |
//! | `source`, `destination` | short for `arg:source`, `arg:destination` |
//!
//! A `...` behind a role repeats it; in the middle of a list it takes what the roles behind it leave. A `?` makes it
//! optional. Words that are left over have the last role. An `assignment...` takes what has a `=`.
//!
//! Policies that list commands pass over the options before a subcommand that only say where or how it works: listed
//! ones without effect, and those of `data`, `directory` and `git_config`.
//!
//! **An option** has a role, or a mapping of
//!
//! | key | meaning |
//! |---|---|
//! | `value` | the role of its value |
//! | `values` | what certain values amount to: a mapping from values (several apart by `, `, `*` and `?` are wildcards, `'*'` is any other) to mappings such as this one; its `value` is a further role of the word |
//! | `second` | the role of a second value behind it (`jq --arg NAME VALUE`) |
//! | `attached` | the role of its value, which only counts when attached (`-i.bak`, `--in-place=.bak`; in `long` also `-oFILE`) |
//! | `as` | other roles for the row's roles while it is given: `{ read: write }`, `{ read: [read, delete] }` |
//! | `operands`, `default`, `stdin` | other ones while it is given; if several options have `operands`, each of them counts |
//! | `recursive` | it goes into all directories below |
//! | `flags` | flags (`core/src/shell/flag.rs`) it sets |
//! | `action`, `args` | the canonical type it also amounts to, and fixed arguments of all types of the call |
//! | `inert` | with it nothing is done at all (`--help`, `--version`, `--dry-run`); it has to be spelled out, and nothing may take it back (`--no-dry-run`). If it has `values`, a value decides. One of an outer row does not count behind the subcommand, but for `--help` |
//! | `ends` | what follows its value is operands, options no longer (`python -c`) |
//!
//! **A row** has besides `about`, `names`, `syntax`, `bundled`, `options`, `operands`, `flags`, `action`, `args`:
//!
//! | key | meaning |
//! |---|---|
//! | `values` | what certain operands amount to, as the `values` of an option, unless an option gives other operands |
//! | `keyed` | the first operand alone has such a value, those of the row around it if it has none (`git config KEY VALUE`) |
//! | `recursive` | it always goes into all directories below |
//! | `default` | role to value, if no operand has that role and no option gives other operands: `{ list: . }`, `{ run: printenv }` |
//! | `stdin` | the role of the standard input: `code:bash`, `lines`, … unless code or a program is given otherwise; `read` and the like if there are no operands or one is `-` |
//! | `scheme` | the protocol of its hosts (`ssh`); unwritten: `tcp` |
//! | `stray` | the role of what plainly is a path elsewhere (`/x`, `~/x`, `../x`), where nothing else says what it is: in the value of an option that is not listed, among operands that are all `data` or not listed; subcommands take it over |
//! | `place` | where `run`, `line` and `lines` happen: `remote` or `container`; unwritten: here |
//! | `subcommands` | rows by the first operand; a key may be several words apart by `, ` and may have `*`; rows may nest. Their options add to the outer ones; `syntax`, `place`, `scheme` and `stray` are those of the outer row if they are not written; nothing else is taken over. `'*'` stands for any other; a word that begins with `+` is passed over; without `'*'` another word is an operand if the row has `operands`, and else the call is `unknown_program` |
//! | `reader` | the name of a reader in code, for arguments that are a language of their own (`find`) |
//! | `verbs` | the row whose subcommands are verbs that it has beside its own: the first of them among its words that changes something, or else the first, is what is done (`tool server delete x`) |
//! | `alone` | what stands for its arguments where there are none, for policies that list commands (`git tag` is `git tag --list`) |
//! | `opaque` | it runs things that cannot be seen; held unless the policy names it |
//!
//! With a row's `action`, the `arg:` roles and `args` are its arguments; with `http.request` those of each `url`.
//!
//! **Tests** stand in the `.test.yaml` file of the same name, one mapping of lines to what they amount to, in any order,
//! one text each: `TYPE name=value … [recursive]`, `flag NAME`, `run WORDS`, `run_more WORDS`, `line TEXT`,
//! `code LANGUAGE TEXT`, `execute PATH` (beside its `file.read`), `directory PATH`, `set NAME=value`, `stdin ROLE`, `doubt`
//! (once), `names ROLE [PATH]`, `reader NAME`, `opaque`. In a line, `"$x"` is a word that is not known, `$x` any number of them. Each row has at
//! least one test.
//!
//! ```yaml
//! 'cp -r a b c': ['file.copy source=a source=b destination=c recursive']
//! "sed -i s/a/b/ x": ['code sed s/a/b/', 'file.write path=x']
//! 'bash x.sh': ['file.read path=x.sh', 'execute x.sh']
//! ```

mod apply;
mod disks;
mod hosts;
mod index;
mod load;
mod modes;
mod mount;
mod names;
mod operands;
mod options;
mod roles;
mod row;
mod strays;
mod tracked;

pub use apply::{Inner, List, Said, Use, apply};
pub(super) use names::shared;
pub use row::{Role, Row};

use std::collections::BTreeSet;
use std::sync::LazyLock;

use index::Index;

use crate::packed;
use crate::shell::flag::Flag;

/// The files of the table, and their texts.
static FILES: LazyLock<Vec<(&'static str, &'static str)>> =
    LazyLock::new(|| packed::files(include_bytes!(concat!(env!("OUT_DIR"), "/programs.lz4"))));

/// The row of a program, by its name with or without a directory: `python3.11` is known as `python`.
pub fn find(program: &str) -> Option<&'static Row> {
    let index = Index::builtin();
    let name = base_name(program);
    index.get(name).or_else(|| index.get(without_version(name)).filter(|_| !without_version(name).is_empty()))
}

/// Whether something is lost by a verb, in the programs that manage things elsewhere.
pub fn loses(verb: &str) -> bool {
    let row = Index::builtin().get("<shared>").and_then(|verbs| verbs.subcommands.find(verb));
    row.is_some_and(|row| row.flags.contains(&Flag::LosesWork))
}

/// The names of all programs, those of the first files first.
pub fn names() -> &'static [&'static str] {
    Index::builtin().names()
}

/// All rows that are compiled in.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    Index::builtin().rows()
}

/// The canonical types that programs and their options amount to.
pub fn kinds() -> BTreeSet<&'static str> {
    let mut all: BTreeSet<&str> = names::OF_ROLES.iter().copied().collect();
    rows().for_each(|row| all.extend(row.kinds()));
    all
}

/// The name without its directory and without the ending of Windows programs.
fn base_name(program: &str) -> &str {
    let is_drive = program.get(1..3).is_some_and(|two| matches!(two, ":\\" | ":/"));
    let name = if is_drive { program.rsplit(['/', '\\']).next() } else { program.rsplit('/').next() };
    let name = name.unwrap_or_default();
    let stem = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    stem.filter(|(_, ending)| ending.eq_ignore_ascii_case(".exe")).map_or(name, |(stem, _)| stem)
}

fn without_version(name: &str) -> &str {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if stem.len() < name.len() { stem.trim_end_matches('-') } else { name }
}

#[cfg(test)]
mod tests;
