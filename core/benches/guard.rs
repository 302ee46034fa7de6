//! How long a decision takes, as ratios to baselines of the same run. `cargo bench -p toolgate`.
//!
//! Absolute times depend on the machine and its load; the ratios are what the design's targets speak of.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use toolgate::evaluate::evaluate;
use toolgate::mapper::{Mapper, Surroundings};
use toolgate::policy::{Source, Sources};
use toolgate::value::{Map, Value};
use toolgate::{AuditTarget, Clock, Facts, Gate, Policy, SystemClock, ToolCall};

fn main() {
    let mut table = Table::default();
    let baseline = lookup(&mut table);
    evaluation(&mut table, baseline);
    guarding(&mut table, baseline);
    guarding_a_coding_agent(&mut table, baseline);
    reading_plain_lines(&mut table, baseline);
    reading_hostile_lines(&mut table);
    following_links(&mut table);
    loading(&mut table);
}

/// Twelve rules of the usual kinds, then `extra` more that the index has to keep out of the way.
fn policy_text(extra: usize) -> String {
    let mut text = String::from(
        "audit: off\ntools:\n  shell.exec: { decision: allow, allowed_commands: [git, ls, cat, rg, cargo], deny_patterns: [rm -rf] }\n  file.read: { decision: allow, allowed_paths: [/workspace/] }\n  file.write: { decision: allow, allowed_paths: [/workspace/], denied_extensions: [.pem, .env] }\n  http.request: { decision: allow, allowed_methods: [GET, HEAD], allowed_domains: [api.github.com, .example.org] }\n  create_charge: { decision: allow }\nrules:\n  - { id: large, match: { action: create_charge, principal: { role: prod } }, when: args.amount > 1000, decision: require_approval }\n  - { id: private, match: { action: file.read, target: '/workspace/private/**' }, decision: deny }\n  - { id: evil, match: { category: http, host: .evil.example }, decision: deny }\n  - { id: interns, match: { principal: { role: intern } }, decision: require_approval }\n  - { id: drop, match: { tool: db.drop }, decision: deny }\n  - { id: mail, match: { action: send_email }, decision: require_approval }\n  - { id: keys, match: { category: file, target: '~/.ssh/**' }, decision: deny }\n",
    );
    for n in 0..extra {
        text.push_str(&match n % 5 {
            0 => format!("  - {{ id: r{n}, match: {{ action: file.read, target: '/workspace/team{n}/**' }}, decision: deny }}\n"),
            1 => format!("  - {{ id: r{n}, match: {{ action: http.request, host: .site{n}.example }}, decision: deny }}\n"),
            2 => format!("  - {{ id: r{n}, match: {{ tool: acme.tool{n} }}, decision: require_approval, reason: ask }}\n"),
            3 => format!("  - {{ id: r{n}, match: {{ action: create_charge, principal: {{ id: 'agent:team{n}-*' }} }}, decision: deny }}\n"),
            _ => format!("  - {{ id: r{n}, match: {{ principal: {{ role: role{n} }} }}, when: args.amount > {n}, decision: deny }}\n"),
        });
    }
    text
}

fn calls() -> [(&'static str, ToolCall); 4] {
    let call = |tool: &str, args: &str| ToolCall::from_json(tool, args).unwrap();
    [
        (
            "file",
            call(
                "Read",
                r#"{"file_path":"/workspace/src/main.rs","limit":100,"offset":5,"note":"hello","tags":["a","b"],"deep":{"a":1}}"#,
            ),
        ),
        ("http", call("WebFetch", r#"{"url":"https://api.github.com/repos/x/y","prompt":"what is new"}"#)),
        (
            "payment",
            call("stripe.charges.create", r#"{"amount":900,"currency":"eur","customer":"cus_1","source":"tok_x"}"#),
        ),
        ("shell", call("Bash", r#"{"command":"git status --short","description":"look"}"#)),
    ]
}

fn lookup(table: &mut Table) -> f64 {
    let map: HashMap<String, u32> = (0..100).map(|n| (format!("tool{n}"), n)).collect();
    let time = measure(|| map.get(black_box("tool42")));
    table.row("a HashMap look-up", time, time, "baseline");
    time
}

fn evaluation(table: &mut Table, baseline: f64) {
    let mut twelve = 0.0;
    for extra in [0, 988, 9_988] {
        let policy = load(&policy_text(extra));
        let (_, call) = &calls()[0];
        let action = Mapper::default().map(call, Surroundings::default());
        let facts = Facts::at(SystemClock.now());
        let time = measure(|| evaluate(&policy, black_box(&action), call, &facts));
        if extra == 0 {
            twelve = time;
        }
        let note = format!("{:.2} × the twelve", time / twelve);
        table.row(&format!("evaluate a prepared action, {} rules", extra + 12), time, baseline, &note);
    }
}

fn guarding(table: &mut Table, baseline: f64) {
    let gate = Gate::from_yaml(&policy_text(0)).unwrap();
    let directory = std::env::temp_dir().join(format!("toolgate-bench-{}", std::process::id()));
    let logged =
        Gate::builder().policy_text(policy_text(0)).audit(AuditTarget::Directory(directory.clone())).build().unwrap();
    for (name, call) in calls() {
        let off = measure(|| gate.guard(black_box(&call)));
        let json = measure(|| serde_json::to_string(black_box(&call.args)));
        table.row(
            &format!("guard, {name} call, audit off"),
            off,
            baseline,
            &format!("{:.1} × writing its arguments as JSON", off / json),
        );
        let on = measure(|| logged.guard(black_box(&call)));
        table.row(
            &format!("guard, {name} call, chained log"),
            on,
            baseline,
            &format!("{:.1} µs more", (on - off) / 1000.0),
        );
    }
    let _ = std::fs::remove_dir_all(directory);
}

/// The shipped policy for coding agents, with its pack of some hundred patterns.
fn guarding_a_coding_agent(table: &mut Table, baseline: f64) {
    let text = include_str!("../../policies/coding-agent.yaml");
    let gate = Gate::builder().policy_text(text).audit(AuditTarget::Off).cwd("/workspace").build().unwrap();
    let [(_, read), .., (_, shell)] = calls();
    let words = "git log --oneline --max-count=20; cat .env* | grep 'a b' && rm $(find . -name \"*.o\") > /dev/null || echo `id`; ";
    // Whole lists only: a line that ends inside quotes is read in another way.
    let long = words.repeat(4096 / words.len());
    let args = Value::Map(Map::from_pairs(vec![("command".into(), Value::from(long.as_str()))]).unwrap()).to_json();
    let long = ToolCall::from_json("Bash", &args).unwrap();
    for (name, call) in [("file call", read), ("shell call", shell), ("shell line of 4 KiB", long)] {
        let time = measure(|| gate.guard(black_box(&call)));
        table.row(&format!("guard, {name}, shipped coding-agent policy"), time, baseline, "");
    }
}

fn reading_plain_lines(table: &mut Table, baseline: f64) {
    for line in ["git status", "cargo test", "ls -la"] {
        let time = measure(|| toolgate::shell::read(black_box(line), Some("/home/me")));
        table.row(&format!("read a plain shell command: {line}"), time, baseline, "");
    }
}

/// Lines that are made to take long, each a beginning, one thing over and over again, and an end.
const HOSTILE: [(&str, &str, &str, &str); 36] = [
    ("words", "echo", " x", ""),
    ("commands", "", "ls x; ", ""),
    ("assignments", "", "a=x; ", ""),
    ("growing values", "a=x; ", "a=$a$a; ", ""),
    ("substitutions", "echo", " $(echo x)", ""),
    ("quotes", "echo ", "'x'\"y\"", ""),
    ("pipes", "ls", " | cat", ""),
    ("loops", "", "for i in 1 2 3; do ls $i; done; ", ""),
    ("loops in loops", "", "for i in 1 2 3; do for j in 1 2 3; do ls $i$j; done; done; ", ""),
    ("braces", "echo ", "{x,y}", ""),
    ("braces in braces", "echo ", "{a,{b,{c,{d,{e,f}}}}} ", ""),
    ("open braces", "echo ", "{a,", ""),
    ("open brackets", "echo ", "[", ""),
    ("patterns of values", "a=xxxxxxxxxxxxxxxx; ", "echo ${a%%*x*y}; ", ""),
    ("here-documents", "", "cat <<E\nx\nE\n", ""),
    ("here-strings of shells", "", "bash <<< 'x'; ", ""),
    ("redirections", "ls", " >x", ""),
    ("files that are written and run", "", "echo ls > y; sh y; ", ""),
    ("patterns of programs", "", "/bin/?? x; ", ""),
    ("open quotes and brackets", "", "$('", ""),
    ("substitutions in substitutions", "", "echo $(echo $(echo $(echo $(echo $(echo x))))); ", ""),
    ("functions", "", "f() { g; g; }; g() { f; ls; }; f; ", ""),
    ("branches", "case x in ", "a) ls;; ", "esac"),
    ("values of an array", "a=(", "x ", ")"),
    ("arrays that grow", "", "a+=(x); ", ""),
    ("arithmetic", "echo $((", "1+", "1))"),
    ("expressions", "", "((a=1+2)); ", ""),
    ("eval behind eval", "", "eval ", "ls"),
    ("xargs behind xargs", "", "xargs ", "ls"),
    ("xargs behind pipes", "echo x", " | xargs echo", ""),
    ("directories", "", "cd x || cd y; ls z; ", ""),
    ("copies", "", "cp a b; ", ""),
    ("a program of sed", "sed '", "s/a/b/;", "'"),
    ("a program of awk", "awk '", "{print $1} ", "'"),
    ("code of Python", "python3 -c '", "f(1);", "'"),
    ("lines of shells", "", "sh -c 'ls x'; ", ""),
];

/// Against one pass over the same bytes. Sixteen times the text is to take about sixteen times as long.
fn reading_hostile_lines(table: &mut Table) {
    let search = regex::Regex::new(r"\brm\s+(-\w+\s+)*/").unwrap();
    for (what, start, unit, end) in HOSTILE {
        let line = |length: usize| {
            let times = (length - start.len() - end.len()) / unit.len();
            format!("{start}{}{end}", unit.repeat(times))
        };
        let (short, long) = (line(4 << 10), line(64 << 10));
        let read = |line: &str| some(|| toolgate::shell::read(black_box(line), Some("/home/me")));
        let (time, longer) = (read(&short), read(&long));
        let (pass, found) = (some(|| hash(black_box(&short))), some(|| search.is_match(black_box(&short))));
        let note = format!("{:.1} × a regex search; 64 KiB take {:.1} × as long", time / found, longer / time);
        table.row(&format!("read 4 KiB of shell: {what}"), time, pass, &note);
    }
}

/// FNV-1a, a byte at a time.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A file that is there, five directories deep, with its links followed, against one look of the system at it.
fn following_links(table: &mut Table) {
    let directory = std::env::temp_dir().join(format!("toolgate-bench-links-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("a/b")).unwrap();
    std::fs::write(directory.join("a/b/c"), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("a/b", directory.join("link")).unwrap();
    let look = measure(|| std::fs::symlink_metadata(black_box(directory.join("a/b/c"))).is_ok());
    table.row("look at one file of the disk", look, look, "baseline");
    let allowed = directory.display();
    for (what, links) in [("its links ignored", "ignore"), ("its links followed", "follow")] {
        let text = format!(
            "audit: off\npaths: {{ links: {links} }}\ntools:\n  file.*: {{ decision: allow, allowed_paths: ['{allowed}'] }}"
        );
        let gate = Gate::from_yaml(&text).unwrap();
        for (file, path) in [("a file five directories deep", "a/b/c"), ("the same through a link", "link/c")] {
            let args = format!("{{\"path\":\"{allowed}/{path}\"}}");
            let call = ToolCall::from_json("file.read", &args).unwrap();
            let time = measure(|| gate.guard(black_box(&call)));
            table.row(&format!("guard, {file}, {what}"), time, look, "");
        }
    }
    let _ = std::fs::remove_dir_all(directory);
}

fn loading(table: &mut Table) {
    let all = policy_text(9_988);
    let plain: String = all.lines().filter(|line| !line.contains("when:")).map(|line| format!("{line}\n")).collect();
    for (what, text) in [("10,000 rules, a fifth with conditions", all), ("8,000 rules without conditions", plain)] {
        let parse = once(|| toolgate::yaml::parse("", &text));
        table.row(&format!("parse {what}, as bare YAML"), parse, parse, "baseline");
        let time = once(|| load(&text));
        table.row(&format!("load a policy of {what}"), time, parse, "");
    }
}

struct NoFiles;

impl Sources for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("there are no files here".to_owned())
    }
}

fn load(text: &str) -> Policy {
    let source = Source { name: "", text, home: Some("/home/me") };
    Policy::load(source, &NoFiles, &Mapper::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Nanoseconds per call: the best of many short batches, which a busy machine disturbs least.
fn measure<T>(mut work: impl FnMut() -> T) -> f64 {
    const BATCH: u32 = 200;
    let batch = |work: &mut dyn FnMut() -> T| {
        let start = Instant::now();
        for _ in 0..BATCH {
            black_box(work());
        }
        start.elapsed().as_nanos() as f64 / f64::from(BATCH)
    };
    (0..300).map(|_| batch(&mut work)).fold(f64::INFINITY, f64::min)
}

fn once<T>(work: impl FnMut() -> T) -> f64 {
    best_of(7, work)
}

/// For what takes too long to be measured in batches.
fn some<T>(work: impl FnMut() -> T) -> f64 {
    best_of(50, work)
}

fn best_of<T>(times: u32, mut work: impl FnMut() -> T) -> f64 {
    let one = |work: &mut dyn FnMut() -> T| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_nanos() as f64
    };
    (0..times).map(|_| one(&mut work)).fold(f64::INFINITY, f64::min)
}

#[derive(Default)]
struct Table {
    has_head: bool,
}

impl Table {
    fn row(&mut self, what: &str, time: f64, baseline: f64, note: &str) {
        if !std::mem::replace(&mut self.has_head, true) {
            println!("| what | time | ratio to the baseline | |\n|---|---|---|---|");
        }
        let shown = if time < 1e3 {
            format!("{time:.0} ns")
        } else if time < 1e6 {
            format!("{:.2} µs", time / 1e3)
        } else {
            format!("{:.1} ms", time / 1e6)
        };
        println!("| {what} | {shown} | {:.1} | {note} |", time / baseline);
    }
}
