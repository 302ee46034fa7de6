//! Compares what a line is read to run with what bash runs.
//!
//! Lines are made up from the constructs that are read fully. Bash runs them where there is nothing to run: no program
//! is on its path but a few harmless filters and itself, no line has a separator of paths in it, and a program that is
//! not found is written down with its words instead. Each of these commands has to be in the reading of its line, word
//! for word, or the reading has to be in doubt. Linux alone: elsewhere bash may be of another age.
#![cfg(target_os = "linux")]
#![allow(
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)] // a test may fail, and reads files

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use toolgate::shell;
use toolgate::shell::reading::{Condition, Reading, Run};
use toolgate::shell::word::Certainty;

const LINES: usize = 6_000;
/// Of the commands that bash runs, in how many of a hundred the reading has to know every word.
const KNOWN_PERCENT_MIN: usize = 80;
/// What may be called besides the programs that only exist as names.
const FILTERS: [&str; 4] = ["tr", "rev", "base64", "bash"];

/// Runs each line apart from the others. A line's commands stand behind the number of words 0.
const DRIVER: &str = r#"
command_not_found_handle() {
    # One write for each command, which a line break would end; several may be written at once.
    builtin printf '%s\0' "$#" "${@//$'\n'/$'\x1e'}" >> "$TOOLGATE_LOG"
    [[ $1 != no* ]]
}
export -f command_not_found_handle
while IFS= read -r -d '' TOOLGATE_LINE <&3; do
    builtin printf '0\0' >> "$TOOLGATE_LOG"
    ( eval "$TOOLGATE_LINE"; wait ) 3<&- < "$TOOLGATE_EMPTY" > "$TOOLGATE_EMPTY" 2>&1
done 3< "$TOOLGATE_LINES"
"#;

#[test]
fn what_bash_runs_has_been_read() {
    let Some(bash) = ["/bin/bash", "/usr/bin/bash"].into_iter().find(|bash| Path::new(bash).exists()) else {
        return println!("there is no bash to compare with");
    };
    let mut made = Maker::new(20_261_121);
    let lines: Vec<String> = (0..LINES).map(|_| made.line()).collect();
    assert!(lines.iter().all(|line| !line.contains(['/', '~', '\0'])), "a line could name a file elsewhere");
    let ran = run(bash, &lines);
    assert_eq!(ran.len(), lines.len(), "bash did not come to the end");
    let mut tally = Tally::default();
    for (line, commands) in lines.iter().zip(&ran) {
        tally.compare(line, &shell::read(line, None), commands);
    }
    println!("{tally}");
    assert!(tally.wrong.is_empty(), "{tally}\n{}", tally.wrong.join("\n"));
    assert!(tally.commands > LINES, "{tally}: too little ran");
    assert!(tally.known * 100 >= tally.commands * KNOWN_PERCENT_MIN, "{tally}: too much is in doubt");
}

/// The words of every command that bash ran, by line.
fn run(bash: &str, lines: &[String]) -> Vec<Vec<Vec<String>>> {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for name in ["programs", "here"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    for filter in FILTERS {
        let program = ["/bin", "/usr/bin"].map(|bin| Path::new(bin).join(filter));
        let program = program.into_iter().find(|program| program.exists()).unwrap();
        std::os::unix::fs::symlink(program, at("programs").join(filter)).unwrap();
    }
    std::os::unix::fs::symlink(bash, at("programs/sh")).unwrap();
    std::fs::write(at("lines"), lines.iter().map(|line| format!("{line}\0")).collect::<String>()).unwrap();
    let mut child = Command::new(bash)
        .args(["--noprofile", "--norc", "-c", DRIVER])
        .env_clear()
        .env("PATH", at("programs"))
        .env("LC_ALL", "C.UTF-8")
        .env("TOOLGATE_LOG", at("log"))
        .env("TOOLGATE_LINES", at("lines"))
        .env("TOOLGATE_EMPTY", "/dev/null")
        .current_dir(at("here"))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(600) {
            child.kill().unwrap();
            panic!("bash did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    commands(&std::fs::read(at("log")).unwrap())
}

fn commands(log: &[u8]) -> Vec<Vec<Vec<String>>> {
    let word = |field: &[u8]| String::from_utf8_lossy(field).replace('\u{1e}', "\n");
    let mut fields = log.split(|byte| *byte == 0).map(word);
    let mut lines: Vec<Vec<Vec<String>>> = Vec::new();
    while let Some(count) = fields.next().filter(|count| !count.is_empty()) {
        match count.parse::<usize>().unwrap() {
            0 => lines.push(Vec::new()),
            count => lines.last_mut().unwrap().push(fields.by_ref().take(count).collect()),
        }
    }
    lines
}

/// How the readings did.
#[derive(Default)]
struct Tally {
    commands: usize,
    known: usize,
    /// Why commands are in doubt, and how often.
    doubts: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, line: &str, reading: &Reading, ran: &[Vec<String>]) {
        for command in ran {
            self.commands += 1;
            if reading.runs.iter().any(|run| is_run(run, command)) {
                self.known += 1;
            } else if let Some(doubt) = doubt(reading) {
                *self.doubts.entry(doubt).or_default() += 1;
            } else {
                self.wrong.push(format!("{line:?}\n  ran  {command:?}\n  read {}", shown(reading)));
            }
        }
        for run in reading.runs.iter().filter(|run| is_certain(reading, run, line)) {
            if !ran.iter().any(|command| is_run(run, command)) {
                self.wrong.push(format!("{line:?}\n  never ran {}\n  ran  {ran:?}", words(run)));
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} of {} commands known word for word; in doubt: {:?}", self.known, self.commands, self.doubts)
    }
}

fn is_run(run: &Run, command: &[String]) -> bool {
    run.words.len() == command.len()
        && run.words.iter().zip(command).all(|(word, real)| {
            word.certainty == Certainty::Known && (*word.text == **real || word.glob && fits(&word.text, real))
        })
}

/// Why a reading says that it may not be all.
fn doubt(reading: &Reading) -> Option<String> {
    let of_words = reading.runs.iter().flat_map(|run| &run.words).find(|word| word.certainty != Certainty::Known);
    let of_runs = reading.runs.iter().flat_map(|run| &run.doubts).chain(&reading.doubts).next();
    of_runs.map(|doubt| kind_of(doubt)).or_else(|| of_words.map(|_| "a word is not known".to_owned()))
}

/// A doubt without the names in it.
fn kind_of(doubt: &str) -> String {
    doubt.split('`').next().unwrap().chars().take(24).collect()
}

/// Whether a run of a reading is said to happen in any case: a made-up program, by words that are known.
fn is_certain(reading: &Reading, run: &Run, line: &str) -> bool {
    let is_made_up = run.words.first().is_some_and(|name| PROGRAMS.contains(&&*name.text));
    is_made_up
        && run.condition == Condition::Always
        && run.inside.is_none()
        && doubt(reading).is_none()
        && run.words.iter().all(|word| word.is_known())
        && ![":?"].iter().any(|word| line.contains(word))
}

/// Whether a name fits a pattern of which only `*` is active.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits(tail, &rest[at..]))
        }),
    }
}

fn shown(reading: &Reading) -> String {
    reading.runs.iter().map(words).collect::<Vec<_>>().join("\n       ")
}

fn words(run: &Run) -> String {
    format!("{:?}", run.words.iter().map(|word| &*word.text).collect::<Vec<_>>())
}

/// Programs that do not exist. Those that begin with `no` fail.
const PROGRAMS: [&str; 6] = ["pa", "pb", "pc", "pd", "no", "nope"];
const VARIABLES: [&str; 4] = ["a", "b", "c", "d"];
const ARRAYS: [&str; 2] = ["xs", "ys"];
const FUNCTIONS: [&str; 2] = ["f", "g"];
const NESTING_MAX: usize = 3;

/// Makes up lines.
struct Maker {
    state: u64,
    depth: usize,
    /// Variables, arrays and functions that have been set somewhere before.
    set: Vec<&'static str>,
    /// Whether a function is being made up; another one of its name within it would make it call itself.
    in_function: bool,
}

impl Maker {
    fn new(seed: u64) -> Maker {
        Maker { state: seed, depth: 0, set: Vec::new(), in_function: false }
    }

    /// A number below `below` (xorshift64*).
    fn below(&mut self, below: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn line(&mut self) -> String {
        (self.depth, self.set) = (0, Vec::new());
        self.statements(4)
    }

    fn statements(&mut self, most: usize) -> String {
        let mut line = self.statement();
        for _ in 0..self.below(most) {
            let between = self.of(&["; ", "; ", "\n", " && ", " || ", " | "]);
            let next = self.statement();
            let _ = write!(line, "{between}{next}");
        }
        line
    }

    fn nested(&mut self, most: usize) -> String {
        self.depth += 1;
        let statements = self.statements(most);
        self.depth -= 1;
        statements
    }

    fn statement(&mut self) -> String {
        if self.depth >= NESTING_MAX {
            return self.command();
        }
        match self.below(25) {
            0..=6 => self.command(),
            7..=11 => self.assignment(),
            12 => self.array(),
            13 if !self.in_function => self.function(),
            14 => self.each(),
            15 => self.branches(),
            16 => self.case(),
            17 => self.positional(),
            18 => self.shell(),
            19 => format!("( {} )", self.nested(2)),
            20 => format!("{{ {}; }}", self.nested(2)),
            21 => format!("eval {}", self.quoted_line()),
            22 => self.builtin(),
            23 => self.input(),
            _ => self.separators(),
        }
    }

    fn command(&mut self) -> String {
        let mut line = String::new();
        if self.one_in(8) {
            let (name, value) = (self.of(&VARIABLES), self.word());
            let _ = write!(line, "{name}={value} ");
        }
        if self.one_in(6) && FUNCTIONS.iter().any(|name| self.set.contains(name)) {
            line.push_str(FUNCTIONS.iter().find(|name| self.set.contains(name)).unwrap());
        } else if self.one_in(6) {
            let name = self.of(&PROGRAMS);
            let disguised = match self.below(5) {
                0 => format!("\"{name}\""),
                1 => name.split_at(1).0.to_owned() + "''" + name.split_at(1).1,
                2 => format!("\\{name}"),
                3 => format!("$(echo {name})"),
                _ => format!("$'\\x{:x}{}'", name.as_bytes()[0], &name[1..]),
            };
            line.push_str(&disguised);
        } else {
            line.push_str(self.of(&PROGRAMS));
        }
        for _ in 0..self.below(4) {
            let word = self.word();
            let _ = write!(line, " {word}");
        }
        let redirection = match self.below(16) {
            0 => format!(" <<< {}", self.word()),
            1 => " 2>&1".to_owned(),
            2 => " > out".to_owned(),
            3 => format!(" <<E\n{} $a\nE\n:", self.plain()),
            _ => String::new(),
        };
        line + &redirection
    }

    fn assignment(&mut self) -> String {
        let name = self.of(&VARIABLES);
        let value = self.word();
        let is_set = self.set.contains(&name);
        self.set.push(name);
        let operator = if is_set && self.one_in(4) { "+=" } else { "=" };
        format!("{name}{operator}{value}")
    }

    fn array(&mut self) -> String {
        let name = self.of(&ARRAYS);
        let is_set = self.set.contains(&name);
        self.set.push(name);
        match self.below(7) {
            0 if is_set => format!("{name}+=({})", self.word()),
            1 if is_set => format!("{name}[{}]={}", self.below(4), self.word()),
            2 if is_set => format!("unset '{name}[{}]'", self.below(3)),
            3 => format!("{name}=([2]={} [0]={} {})", self.bare(), self.bare(), self.plain()),
            4 => format!("declare -a {name}=({})", self.words()),
            _ => {
                let words = self.words();
                format!("{name}=({words})")
            }
        }
    }

    fn words(&mut self) -> String {
        (0..=self.below(3)).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    fn function(&mut self) -> String {
        let name = self.of(&FUNCTIONS);
        let own =
            if self.one_in(4) { format!("local {}={}; ", self.of(&VARIABLES), self.word()) } else { String::new() };
        let known = self.set.clone();
        self.set.retain(|set| !FUNCTIONS.contains(set));
        self.in_function = true;
        let body = self.nested(2);
        self.in_function = false;
        self.set.extend(known);
        self.set.push(name);
        let first = self.of(&["\"$@\"", "$1", "\"$*\"", "${2:-none}", "$#", "${@:1:1}"]);
        let words = self.words();
        format!("{name}() {{ {own}{body}; pa {first}; }}; {name} {words}")
    }

    fn each(&mut self) -> String {
        let name = self.of(&VARIABLES);
        let words = self.words();
        self.set.push(name);
        format!("for {name} in {words}; do {}; done", self.nested(2))
    }

    fn branches(&mut self) -> String {
        let condition = self.condition();
        let body = self.nested(2);
        let other = match self.below(3) {
            0 => format!("elif {}; then {}; ", self.condition(), self.nested(2)),
            1 => format!("else {}; ", self.nested(2)),
            _ => String::new(),
        };
        format!("if {condition}; then {body}; {other}fi")
    }

    fn condition(&mut self) -> String {
        match self.below(5) {
            0 => "true".to_owned(),
            1 => "false".to_owned(),
            2 => format!("[ {} = {} ]", self.quoted(), self.quoted()),
            3 => format!("[[ {} == {} ]]", self.quoted(), self.quoted()),
            _ => self.command(),
        }
    }

    fn case(&mut self) -> String {
        let word = self.word();
        let (one, other) = (self.nested(2), self.nested(2));
        let pattern = self.plain();
        format!("case \"\"{word} in {pattern}|x*) {one};; *) {other};; esac")
    }

    fn positional(&mut self) -> String {
        let words = self.words();
        let used = self.of(&[
            "\"$@\"",
            "$1",
            "$*",
            "\"$*\"",
            "\"${2-}\" $#",
            "x\"$@\"y",
            "${@: -1}",
            "\"${*: -2:1}\"",
            "${#@}",
        ]);
        let shift = self.of(&["", "shift; "]);
        let options = self.of(&["--", "--", "-ho pipefail --"]);
        format!("set {options} {words}; {shift}pb {used}")
    }

    /// An input that several commands read of.
    fn input(&mut self) -> String {
        let (one, other) = (self.of(&VARIABLES), self.of(&VARIABLES));
        self.set.extend([one, other]);
        let (first, second) = (self.plain(), self.plain());
        let reads = self.of(&["read -r", "( read -r z )\nread -r", "z=$(rev)\nread -r", "eval read -r", ":\nread -r"]);
        let body = format!("{reads} {one}\nread -r {other}\npa \"${one}\" ${other}");
        match self.below(3) {
            0 => format!("printf '%s\\n' {first} {second} | {{ {body}\n}}"),
            1 => format!("{{ {body}\n}} <<< {first}$'\\n'{second}"),
            _ => format!("{{ {body}\n}} <<E\n{first}\n{second}\nE\n:"),
        }
    }

    /// A shell of its own, which is not given the functions of the line, and only some of its variables.
    fn shell(&mut self) -> String {
        let known = self.set.clone();
        if self.one_in(3) {
            self.set.clear();
        }
        let line = self.nested(2);
        self.set = known;
        let arguments = if self.one_in(2) { " zero one two" } else { "" };
        let used = if arguments.is_empty() { "" } else { "; pc $1 \"$@\"" };
        format!("{} -c {}{arguments}", self.of(&["sh", "bash"]), single_quoted(&format!("{line}{used}")))
    }

    fn quoted_line(&mut self) -> String {
        let line = self.nested(2);
        single_quoted(&line)
    }

    fn builtin(&mut self) -> String {
        let name = self.of(&VARIABLES);
        self.set.push(name);
        match self.below(9) {
            0 => format!("unset {name}"),
            5 => format!("printf -v{name} %s {}", self.quoted()),
            6 => format!("read '{name}[0]' <<< {}", self.quoted()),
            7 => format!("{name}+=({})", self.word()),
            1 => format!("export {name}={}", self.word()),
            2 => format!("read {name} b <<< {}", self.quoted()),
            3 => format!("printf -v {name} '%s-%s' {} {}", self.word(), self.quoted()),
            4 => "command pd x".to_owned(),
            _ => format!("(( {name} = {} ))", self.expression(2)),
        }
    }

    fn separators(&mut self) -> String {
        let values = [self.bare(), self.bare(), self.bare()].join(":");
        self.set.push("a");
        format!("{{ a={values}; IFS=: ; pa $a \"$a\"; unset IFS; }}")
    }

    fn word(&mut self) -> String {
        (0..=self.below(3)).map(|_| self.part()).collect()
    }

    fn part(&mut self) -> String {
        match self.below(17) {
            0..=3 => self.plain(),
            4 | 5 => self.quoted(),
            6 => format!("\\{}", self.of(&[" ", "$", "\\", "'", "\"", "*", ";", "x", "{", "#"])),
            7 => self.escaped(),
            8..=10 => self.parameter(),
            11 => format!("$(( {} ))", self.expression(3)),
            12 => self.substitution(),
            13 => self.braces(),
            14 => self.element(),
            15 => format!("\"{}{}\"", self.plain(), self.substitution()),
            _ => format!("\"{}\"", self.parameter()),
        }
    }

    fn plain(&mut self) -> String {
        self.of(&[
            "x", "-r", "-f", "one", "two", "a.b", "k=v", "0", "7", "42", "A-Z", "é", "x,y", "%s", "@", "+1", "-", "--",
            "x:y",
        ])
        .to_owned()
    }

    fn bare(&mut self) -> String {
        self.of(&["x", "one", "two", "7", "a.b", ""]).to_owned()
    }

    fn quoted(&mut self) -> String {
        match self.below(6) {
            0 => "''".to_owned(),
            1 => "\"\"".to_owned(),
            2 => format!("'{}'", self.of(&["a b", "  x ", "$a", "x;y", "\\n", "*", "a\tb", "a\nb", "{1,2}", "`x`"])),
            3 => format!(
                "\"{}\"",
                self.of(&["a b", "  x ", "\\$a", "x;y", "\\\"", "*", "a\tb", "\\\\", "{1,2}", "it's"])
            ),
            4 => format!("\"{} {}\"", self.parameter(), self.plain()),
            _ => format!("'{}'", self.plain()),
        }
    }

    fn escaped(&mut self) -> String {
        let inside = self.of(&["\\n", "\\x41", "\\101", "\\'", "a b", "\\u00e9", "\\t", "\\\\", "x\\\"", "\\cA"]);
        format!("$'{inside}'")
    }

    fn variable(&mut self) -> &'static str {
        let set: Vec<_> = VARIABLES.iter().copied().filter(|name| self.set.contains(name)).collect();
        if set.is_empty() || self.one_in(80) { self.of(&VARIABLES) } else { self.of(&set) }
    }

    fn parameter(&mut self) -> String {
        let (name, word) = (self.variable(), self.bare());
        if !self.set.contains(&name) && !self.one_in(40) {
            return word;
        }
        match self.below(24) {
            0..=7 => format!("${name}"),
            8 => format!("${{{name}}}"),
            9 => format!("${{#{name}}}"),
            10 => format!("${{{name}:-{word}}}"),
            11 => format!("${{{name}-{word}}}"),
            12 => format!("${{{name}:+{word}}}"),
            13 => format!("${{{name}:={word}}}"),
            14 => format!("${{{name}#{}}}", self.pattern()),
            15 => format!("${{{name}##{}}}", self.pattern()),
            16 => format!("${{{name}%{}}}", self.pattern()),
            17 => format!("${{{name}%%{}}}", self.pattern()),
            18 => format!("${{{name}:?}}"),
            19 => format!("${{{name}:{}}}", self.of(&["0", "1", "2", " -1", " -2"])),
            20 => format!("${{{name}:{}:{}}}", self.of(&["0", "1", " -2"]), self.of(&["0", "1", "2"])),
            21 => format!("${{{name}{}}}", self.of(&["^", "^^", ",", ",,", "@U", "@L", "@u"])),
            22 => format!("${{{name}+{word}}}"),
            _ => format!("\"${{{name}}}\""),
        }
    }

    fn pattern(&mut self) -> String {
        self.of(&["?", "*", "x", "x*", "*x", "[a-z]", "[!a-z]", "o*e", "??", "-", "*.", "[0-9]*", "[[:upper:]]"])
            .to_owned()
    }

    fn element(&mut self) -> String {
        let name = self.of(&ARRAYS);
        if !self.set.contains(&name) {
            return self.plain();
        }
        let index = self.of(&["0", "1", "-1", "@", "*", "9"]);
        match self.below(6) {
            4 => format!("\"${{{name}[@]:{}}}\"", self.of(&["0:1", " -1", "1:2"])),
            0 => format!("${{{name}[{index}]}}"),
            1 => format!("${{#{name}[@]}}"),
            2 => format!("${name}"),
            3 => format!("\"${{{name}[@]:1}}\""),
            _ => format!("\"${{{name}[{index}]}}\""),
        }
    }

    /// Numbers stay small, and nothing is divided by.
    fn expression(&mut self, most: usize) -> String {
        let mut text = self.operand();
        for _ in 0..self.below(most) {
            let operator = self.of(&["+", "-", "*", "<", "<=", "==", "!=", "&&", "||", "&", "|", "^", "<<"]);
            let operand = self.operand();
            let _ = write!(text, " {operator} {operand}");
        }
        text
    }

    fn operand(&mut self) -> String {
        match self.below(8) {
            0 => format!("( {} )", self.of(&["1 + 2", "3 * 4", "7 % 4", "2 ** 3"])),
            1 => self.of(&["0x1f", "010", "2#101"]).to_owned(),
            2 => format!("{}5", self.of(&["-", "+", "!"])),
            3 => "1 ? 2 : 3".to_owned(),
            _ => self.below(9).to_string(),
        }
    }

    /// What can be known of what a program prints.
    fn substitution(&mut self) -> String {
        let inside = match self.below(8) {
            0 => format!("echo {}", self.plain()),
            1 => format!("echo -n {}", self.quoted()),
            2 => format!(
                "printf {}",
                self.of(&["%s x", "'%s-' a b", "%03d 7", "'\\x41\\n'", "'%5s|' x", "%x 255", "'%%'"])
            ),
            3 => format!("echo {} | rev", self.bare()),
            4 => format!(
                "echo {} | tr {}",
                self.of(&["abc", "xYz"]),
                self.of(&["a-z A-Z", "-d b", "abc xyz", "a-c b-d"])
            ),
            5 => format!("echo {} | base64 -d", self.of(&["eA==", "b25lIHR3bw==", "cGEK"])),
            6 => format!("printf %s {} | base64", self.plain()),
            _ => format!("rev <<< '{}'", self.bare()),
        };
        let inside = if inside.contains("base64") && !inside.contains("-d") {
            "printf %s ab | base64".to_owned()
        } else {
            inside
        };
        if inside.contains(['\\', '`', '"']) || self.one_in(2) { format!("$({inside})") } else { format!("`{inside}`") }
    }

    fn braces(&mut self) -> String {
        self.of(&[
            "{x,y}",
            "{1..3}",
            "{x,}",
            "{a..c}",
            "{x}",
            "{1,{2,3}}",
            "{3..1}",
            "{01..03}",
            "{x,'a b'}",
            "{1..5..2}",
        ])
        .to_owned()
    }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
