//! Reads lines of cmd.exe and batch files: the commands, and the files of the well-known ones.
//!
//! Variables and what `for` puts in are not followed, so there is always a doubt.

use super::cursor::Cursor;
use crate::limits;

use super::{Found, Reading, UNKNOWN_WORD, What, general};
use crate::shell::flag::Flag;

/// Reads a script or a line, which stands `depth` pieces of code deep in others.
pub(super) fn read(text: &str, depth: usize) -> Reading {
    let mut reading = Reading::new("cmd");
    for command in commands(text) {
        note(&command, depth, &mut reading);
    }
    reading.doubt("cmd can do more than its text shows");
    reading
}

/// A command: its words, and the files it is fed from and writes to.
#[derive(Default)]
struct Command {
    words: Vec<String>,
    redirects: Vec<(&'static str, String)>,
}

/// Splits a text at `&`, `&&`, `|`, `||`, brackets and line ends.
fn commands(text: &str) -> Vec<Command> {
    let mut cursor = Cursor::new(text);
    let mut all = Vec::new();
    let mut command = Command::default();
    while let Some(next) = cursor.peek() {
        match next {
            // What `for` goes through is no command.
            '(' if command.words.last().is_some_and(|word| word.eq_ignore_ascii_case("in")) => {
                cursor.take_while(|c| c != ')' && c != '\n');
                cursor.take(")");
            }
            '\n' | '&' | '|' | '(' | ')' => {
                cursor.skip(1);
                all.push(std::mem::take(&mut command));
            }
            '>' | '<' => redirect(&mut cursor, &mut command),
            c if c.is_whitespace() || matches!(c, ',' | ';' | '@') && command.words.is_empty() => {
                cursor.skip(c.len_utf8())
            }
            _ => match word(&mut cursor) {
                // `2>` names a stream.
                word if word.len() == 1
                    && word.starts_with(|c: char| c.is_ascii_digit())
                    && cursor.rest().starts_with(['>', '<']) => {}
                word => command.words.push(word),
            },
        }
        let is_remark =
            command.words.first().is_some_and(|word| word.eq_ignore_ascii_case("rem") || word.starts_with("::"));
        if is_remark {
            cursor.take_line();
            command = Command::default();
        }
    }
    all.push(command);
    all
}

fn redirect(cursor: &mut Cursor, command: &mut Command) {
    let kind = if cursor.peek() == Some('<') { "file.read" } else { "file.write" };
    cursor.take_while(|c| c == '>' || c == '<');
    if cursor.take("&") {
        cursor.take_while(|c| c.is_ascii_digit());
        return;
    }
    cursor.take_while(|c| c == ' ' || c == '\t');
    let name = word(cursor);
    if !name.is_empty() && !name.eq_ignore_ascii_case("nul") && !name.eq_ignore_ascii_case("con") {
        command.redirects.push((kind, name));
    }
}

/// A word without its quotes and carets. Variables stand in it as written.
fn word(cursor: &mut Cursor) -> String {
    let mut word = String::new();
    let mut in_quotes = false;
    while let Some(next) = cursor.peek() {
        match next {
            '"' => in_quotes = !in_quotes,
            '\n' => break,
            '^' if !in_quotes => {
                cursor.skip(1);
                // A caret at the end of a line joins it to the next.
                let _ = cursor.take("\r\n") || cursor.take("\n") || {
                    word.extend(cursor.next());
                    true
                };
                continue;
            }
            c if !in_quotes && (c.is_whitespace() || "&|<>()".contains(c)) => break,
            c => word.push(c),
        }
        cursor.skip(next.len_utf8());
    }
    word
}

fn note(command: &Command, depth: usize, reading: &mut Reading) {
    for (kind, file) in &command.redirects {
        file_effect(reading, kind, file, false);
    }
    let Some((program, arguments)) = command.words.split_first() else { return };
    let name = name_of(program);
    let (options, operands): (Vec<&String>, Vec<&String>) = arguments.iter().partition(|word| is_option(word));
    let recursive = options.iter().any(|option| option.eq_ignore_ascii_case("/s"));
    let operand = |index: usize| operands.get(index).map(|word| word.as_str());
    let all = || operands.iter().map(|word| word.as_str());
    match &*name {
        "del" | "erase" => all().for_each(|file| file_effect(reading, "file.delete", file, recursive)),
        "rd" | "rmdir" => all().for_each(|file| file_effect(reading, "file.delete", file, true)),
        "type" | "more" => all().for_each(|file| file_effect(reading, "file.read", file, false)),
        "md" | "mkdir" => all().for_each(|file| file_effect(reading, "file.write", file, false)),
        "dir" | "tree" => all().for_each(|file| file_effect(reading, "file.list", file, recursive)),
        "copy" | "xcopy" | "robocopy" => pair(reading, ["file.read", "file.write"], operand(0), operand(1)),
        "move" | "ren" | "rename" => pair(reading, ["file.delete", "file.write"], operand(0), operand(1)),
        "cmd" | "call" | "start" => return nested(arguments, depth, reading),
        "powershell" | "pwsh" => return powershell(&command.words, depth, reading),
        "if" | "for" | "do" | "else" => return note_behind(arguments, depth, reading),
        "echo" | "set" | "setlocal" | "endlocal" | "cd" | "chdir" | "pushd" | "popd" | "pause" | "exit" | "goto"
        | "title" | "cls" | "ver" | "rem" | "color" | "prompt" | "shift" | "not" => {}
        _ => run(reading, &command.words),
    }
    flag(&name, arguments, reading);
}

/// A program's name in lower case, without its place and ending.
pub(super) fn name_of(program: &str) -> String {
    let name = program.rsplit(['\\', '/']).next().unwrap_or_default().to_ascii_lowercase();
    ["exe", "com", "bat", "cmd"]
        .iter()
        .find_map(|end| name.strip_suffix(end)?.strip_suffix('.').map(str::to_owned))
        .unwrap_or(name)
}

fn is_option(word: &str) -> bool {
    word.starts_with('/') && word.chars().nth(2).is_none_or(|c| matches!(c, ':' | '-')) || word.starts_with("/q/")
}

fn pair(reading: &mut Reading, kinds: [&'static str; 2], source: Option<&str>, destination: Option<&str>) {
    for (kind, file) in kinds.into_iter().zip([source, destination]) {
        file.into_iter().for_each(|file| file_effect(reading, kind, file, false));
    }
}

/// Notes an effect on a file whose name has no variable in it.
fn file_effect(reading: &mut Reading, kind: &'static str, file: &str, recursive: bool) {
    if file.contains(['%', '!']) {
        return reading.doubt("a file name has a variable in it");
    }
    reading.add(Found { kind, what: What::Text(file.into()), recursive });
}

fn run(reading: &mut Reading, words: &[String]) {
    if words.iter().any(|word| word.contains('%')) {
        reading.doubt("a command has a variable in it");
    }
    let known = |word: &String| if word.contains('%') { UNKNOWN_WORD.into() } else { word.as_str().into() };
    if !words.iter().any(|word| word.contains('%')) {
        reading.effect("shell.exec", What::Words(words.iter().map(known).collect()));
    } else if let Some(program) = words.first().filter(|program| !program.contains('%')) {
        reading.effect("shell.exec", What::Words(vec![known(program)]));
    }
}

/// `cmd /c line`, `start program`, `call script`.
fn nested(arguments: &[String], depth: usize, reading: &mut Reading) {
    let rest =
        arguments.iter().skip_while(|word| is_option(word) && !is_run_option(word)).skip_while(|word| is_option(word));
    let words: Vec<String> = rest.filter(|word| !word.is_empty()).cloned().collect();
    // One word in quotes is a line of its own.
    match words.as_slice() {
        [line] if line.contains(' ') && depth < limits::CODE_NESTING_MAX => {
            commands(line).iter().for_each(|command| note(command, depth + 1, reading));
        }
        [] => {}
        words => note_behind(words, depth, reading),
    }
}

fn is_run_option(word: &str) -> bool {
    word.eq_ignore_ascii_case("/c") || word.eq_ignore_ascii_case("/k")
}

/// The command behind `if …` or in `for … do`, without the words in front that no command begins with.
fn note_behind(words: &[String], depth: usize, reading: &mut Reading) {
    const BUILTINS: [&str; 12] =
        ["del", "erase", "rd", "rmdir", "type", "copy", "move", "xcopy", "md", "mkdir", "powershell", "pwsh"];
    let found = words.iter().position(|word| BUILTINS.contains(&&*name_of(word)));
    match found {
        Some(at) => {
            let words = words.get(at..).unwrap_or_default().to_vec();
            note(&Command { words, redirects: Vec::new() }, depth, reading);
        }
        None => run(reading, words),
    }
}

/// PowerShell's own options and code, read as a line of its own.
fn powershell(words: &[String], depth: usize, reading: &mut Reading) {
    run(reading, words);
    if depth >= limits::CODE_NESTING_MAX {
        return reading.doubt("code in code is nested too deeply to be read");
    }
    let quoted = |word: &String| match word.contains([' ', '\'', '(']) {
        true => format!("'{}'", word.replace('\'', "''")),
        false => word.clone(),
    };
    let line = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
    if let Some(language) = general::Language::named("powershell") {
        let inner = general::read(language, &line, depth + 1);
        inner.effects.into_iter().for_each(|effect| reading.add(effect));
        inner.flags.into_iter().for_each(|flag| reading.flag(flag));
        inner.doubts.into_iter().for_each(|doubt| reading.doubt(doubt));
    }
}

/// Notes what is noteworthy about a well-known program and its arguments.
pub(super) fn flag(name: &str, arguments: &[String], reading: &mut Reading) {
    let has = |wanted: &str| arguments.iter().any(|word| word.to_ascii_lowercase().contains(wanted));
    let flags = [
        (name == "reg" && has("currentversion\\run"), Flag::Persistence),
        (name == "schtasks" && has("/create"), Flag::Persistence),
        (name == "sc" && has("create"), Flag::Persistence),
        (name == "wevtutil" && has("cl"), Flag::LogTampering),
        (matches!(name, "format" | "diskpart"), Flag::RawDisk),
        (name == "vssadmin" && has("delete"), Flag::SecurityOff),
        (name == "netsh" && has("firewall"), Flag::SecurityOff),
        (name == "shutdown", Flag::PowerState),
        (name == "taskkill" && has("/im"), Flag::KillsMany),
        (name == "runas", Flag::Privilege),
        (name == "certutil" && has("decode"), Flag::EncodedCode),
    ];
    flags.into_iter().filter(|(set, _)| *set).for_each(|(_, flag)| reading.flag(flag));
}
