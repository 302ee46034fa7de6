//! Compares what pipelines are read to hand on with what they do hand on.
//!
//! Pipelines of programs that list, filters and whatever makes words of lines are made up and run by bash in a small
//! tree. A program that only writes down its words stands at their end: each of these words has to fit a word of the
//! reading, or the reading has to be in doubt. Linux alone: elsewhere the programs may print something else.
#![cfg(target_os = "linux")]
#![allow(
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)] // a test may fail, and reads files

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use toolgate::shell;
use toolgate::shell::reading::{Reading, Run};
use toolgate::shell::word::Certainty;

const LINES: usize = 1_500;
/// Of the lines that hand something on, in how many of a hundred the reading has to know every word.
const KNOWN_PERCENT_MIN: usize = 40;

/// The program at the end. One write for each call, whose words are behind each other.
const SHOW: &str = "#!/bin/sh\nprintf '%s\\0' \"$@\" >> \"$TOOLGATE_LOG\"\n";
const DRIVER: &str = r#"
while IFS= read -r -d '' line <&3; do
    builtin printf '\1\0' >> "$TOOLGATE_LOG"
    ( eval "$line" ) 3<&- < /dev/null > /dev/null 2>&1
done 3< "$TOOLGATE_LINES"
"#;

const FILES: [&str; 8] = [
    "here/a.c",
    "here/b.txt",
    "here/.hidden",
    "here/src/main.c",
    "here/src/deep/x.log",
    "here/docs/12",
    "beside/z.c",
    "list",
];

#[test]
fn what_pipelines_hand_on_has_been_read() {
    let Some(bash) = ["/bin/bash", "/usr/bin/bash"].into_iter().find(|bash| Path::new(bash).exists()) else {
        return println!("there is no bash to compare with");
    };
    let mut made = Maker { state: 20_261_130 };
    let lines: BTreeSet<String> = (0..LINES).map(|_| made.line()).collect();
    let lines: Vec<String> = lines.into_iter().collect();
    let ran = run(bash, &lines);
    assert_eq!(ran.len(), lines.len(), "bash did not come to the end");
    let (mut known, mut handed_on, mut wrong) = (0, 0, Vec::new());
    for (line, words) in lines.iter().zip(&ran).filter(|(_, words)| !words.is_empty()) {
        handed_on += 1;
        let reading = shell::read(line, None);
        if is_in_doubt(&reading) {
            continue;
        }
        known += 1;
        let missed: Vec<&String> = words.iter().filter(|word| !shows(&reading).any(|run| has(run, word))).collect();
        if !missed.is_empty() {
            let read: Vec<_> =
                shows(&reading).map(|run| run.words.iter().map(|word| &*word.text).collect::<Vec<_>>()).collect();
            wrong.push(format!("{line}\n  handed on {missed:?}\n  read      {read:?}"));
        }
    }
    println!("{known} of {handed_on} lines that hand something on are known");
    assert!(wrong.is_empty(), "{} of {handed_on}\n{}", wrong.len(), wrong.join("\n"));
    assert!(handed_on * 2 > lines.len(), "too little was handed on: {handed_on} of {}", lines.len());
    assert!(known * 100 >= handed_on * KNOWN_PERCENT_MIN, "too much is in doubt: {known} of {handed_on}");
}

/// The words that each line hands on.
fn run(bash: &str, lines: &[String]) -> Vec<Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for file in FILES {
        std::fs::create_dir_all(at(file).parent().unwrap()).unwrap();
        std::fs::write(at(file), "x one\ntwo x /etc/none\n").unwrap();
    }
    std::os::unix::fs::symlink("../beside", at("here/link")).unwrap();
    std::fs::create_dir(at("programs")).unwrap();
    std::fs::write(at("programs/show"), SHOW).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(at("programs/show"), mode).unwrap();
    std::fs::write(at("lines"), lines.iter().map(|line| format!("{line}\0")).collect::<String>()).unwrap();
    std::fs::write(at("log"), "").unwrap();
    let path = format!("{}:/usr/bin:/bin", at("programs").display());
    let status = Command::new(bash)
        .args(["--noprofile", "--norc", "-c", DRIVER])
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .env("TOOLGATE_LOG", at("log"))
        .env("TOOLGATE_LINES", at("lines"))
        .current_dir(at("here"))
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success() || status.code().is_some());
    let log = String::from_utf8(std::fs::read(at("log")).unwrap()).unwrap();
    let words = |line: &str| line.split('\0').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    log.split("\u{1}\0").skip(1).map(words).collect()
}

fn shows(reading: &Reading) -> impl Iterator<Item = &Run> {
    reading.runs.iter().filter(|run| run.words.first().is_some_and(|name| &*name.text == "show"))
}

fn is_in_doubt(reading: &Reading) -> bool {
    let is_unknown =
        |run: &Run| run.words.iter().any(|word| word.certainty != Certainty::Known) || !run.doubts.is_empty();
    !reading.doubts.is_empty() || shows(reading).any(is_unknown) || shows(reading).next().is_none()
}

fn has(run: &Run, real: &str) -> bool {
    run.words.iter().skip(1).any(|word| *word.text == *real || word.glob && fits(&word.text, real))
}

/// Whether a path fits a pattern, name by name.
fn fits(pattern: &str, path: &str) -> bool {
    let names = |text: &str| text.trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    fits_names(&names(pattern), &names(path))
}

fn fits_names(pattern: &[String], path: &[String]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [many, rest @ ..] if many == "**" => (0..=path.len()).any(|skipped| fits_names(rest, &path[skipped..])),
        [wanted, rest @ ..] => {
            path.split_first().is_some_and(|(name, path)| fits_name(wanted, name) && fits_names(rest, path))
        }
    }
}

/// Whether a name fits a pattern in which `**` and `*` are any characters.
fn fits_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits_name(tail, &rest[at..]))
        }),
    }
}

/// Makes up pipelines.
struct Maker {
    state: u64,
}

impl Maker {
    /// A number below `below` (xorshift64*).
    fn below(&mut self, below: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }

    fn of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.below(all.len())]
    }

    fn line(&mut self) -> String {
        let mut pipeline = self.source();
        for _ in 0..self.below(4) {
            let filter = self.filter();
            let _ = write!(pipeline, " | {filter}");
        }
        match self.below(12) {
            0..=3 => format!("{pipeline} | xargs show"),
            4 => format!("{pipeline} | xargs -d '\\n' show"),
            5 => format!("{pipeline} | xargs -I{{}} show {{}}"),
            6 => format!("{pipeline} | xargs -n1 show"),
            7 => format!("show $({pipeline})"),
            8 => format!("for f in $({pipeline}); do show \"$f\"; done"),
            9 => format!("{pipeline} | while read -r f; do show \"$f\"; done"),
            10 => format!("{pipeline} | while read -r f g; do show \"$f\" \"$g\"; done"),
            _ => format!("mapfile -t a < <({pipeline}); show \"${{a[@]}}\""),
        }
    }

    fn source(&mut self) -> String {
        let place = self.of(&[".", "src", "./src/", "..", "docs src", "*", "link", "./link/"]);
        match self.below(16) {
            0 | 1 => format!(
                "find {place} {}",
                self.of(&["", "-type f", "-name '*.c'", "-name src", "-mindepth 1", "-print"])
            ),
            2 | 3 => format!("find {place} -printf '{}\\n'", self.format()),
            4 => format!(
                "find {place} -type f -exec {}",
                self.of(&["grep -l x {} +", "dirname {} \\;", "basename {} \\;", "wc -l {} +", "ls -l {} +"])
            ),
            5 => format!("find {place} -print0 | tr '\\0' '\\n'"),
            6 | 7 => format!(
                "ls {} {place}",
                self.of(&["", "-a", "-A", "-1", "-t", "-d", "-p", "-F", "-R", "-Q", "-s", "-i"])
            ),
            8 | 9 => format!("ls {} {place}", self.of(&["-l", "-la", "-n", "-g", "-o", "-ld", "-li", "-ls", "-lR"])),
            10 => format!("du {} {place}", self.of(&["", "-a", "-s", "-c", "-h"])),
            11 => format!("grep {} x {place}", self.of(&["-rl", "-rL", "-rn", "-r", "-rc", "-H", ""])),
            12 => format!("wc {} */*.c", self.of(&["-l", "", "-lw"])),
            13 => format!("stat {} a.c src/main.c", self.of(&["-c '%n'", "-c '%s %n'", "--printf '%Y:%n\\n'"])),
            14 => format!("printf '%s\\n' {place} 'a b' x:y"),
            _ => format!("echo {place} one two"),
        }
    }

    fn format(&mut self) -> String {
        let parts: Vec<&str> = (0..=self.below(2))
            .map(|_| {
                self.of(&[
                    "%p", "%f", "%h", "%P", "%H", "%s", "%T@", "%TY-%Tm", "%M", "%u", "%20s", "%5s", "%l", "%y", "x%p",
                    "%f.o", "\"%p\"",
                ])
            })
            .collect();
        parts.join(self.of(&[" ", "\\t", ":", "/", ""]))
    }

    fn filter(&mut self) -> String {
        let number = self.below(10) + 1;
        match self.below(24) {
            0 => self.of(&["sort", "sort -u", "sort -rn -k2", "uniq", "tac", "cat", "shuf"]).to_owned(),
            1 => self
                .of(&["head -3", "tail -n 2", "tail -n +2", "head -n1", "sed -n 2p", "sed 1d", "sed '$d'"])
                .to_owned(),
            2 => self
                .of(&[
                    "grep c",
                    "grep -v x",
                    "grep -e src",
                    "grep -F .",
                    "sed -n /c/p",
                    "awk /c/",
                    "grep -o c",
                    "grep -n c",
                ])
                .to_owned(),
            3..=6 => {
                format!("awk {}'{{print {}}}'", self.of(&["", "", "", "-F: ", "-F/ ", "-F. "]), self.fields(number))
            }
            7..=9 => format!("cut -d{} -f{number}{}", self.of(&["' '", ":", "/", "."]), self.of(&["", "-", ",1"])),
            10 => format!("cut -f{}", self.of(&["1", "2", "2-"])),
            11 => format!("cut -c{}-", self.of(&["1", "2", "3", "22"])),
            12 | 13 => format!(
                "sed '{}'",
                self.of(&[
                    "s/^/x/",
                    "s/$/.o/",
                    "s/.*/\"&\"/",
                    "s#^#src/#",
                    "s|^\\./||",
                    "s|/[^/]*$||",
                    "s|.*/||",
                    "s/\\.c$/.o/",
                    "s/ //g",
                    "s/^ *//",
                    "s/^src//",
                    "s/\\(.*\\)/x \\1/",
                    "s/c/d/",
                    "/c/s/^/y/"
                ])
            ),
            14 => self.of(&["nl", "uniq -c", "cat -n", "column -t", "rev"]).to_owned(),
            15 => {
                self.of(&["tr '\\n' ' '", "tr ' ' '\\n'", "tr -s ' '", "tr -d '\"'", "tr / x", "tr a-c b-d"]).to_owned()
            }
            16 | 17 => format!(
                "xargs {}",
                self.of(&[
                    "-n1 basename",
                    "-n1 dirname",
                    "dirname",
                    "ls -d",
                    "ls -l",
                    "echo",
                    "wc -l",
                    "du -s",
                    "file",
                    "grep -l x",
                    "grep -H x",
                    "stat -c %n"
                ])
            ),
            18 => "while read -r x; do echo \"$x\"; done".to_owned(),
            19 => "while read -r x y; do echo \"$y $x\"; done".to_owned(),
            _ => self.of(&["sort", "head -5", "awk '{print $NF}'", "awk 'NR>1 {print $2}'", "tail -1"]).to_owned(),
        }
    }

    fn fields(&mut self, number: usize) -> String {
        match self.below(6) {
            0 => "$NF".to_owned(),
            1 => "$(NF-1)".to_owned(),
            2 => format!("${number}, $1"),
            3 => format!("$1 \"/\" ${number}"),
            4 => "NR, $0".to_owned(),
            _ => format!("${number}"),
        }
    }
}
