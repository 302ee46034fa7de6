//! Runs the `.test.yaml` files beside the table, and checks the table as a whole.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::load::Table;
use super::*;
use crate::action::kind;
use crate::shell::effect::Effect;
use crate::shell::word::{Certainty, Word};
use crate::yaml::{self, Node};

#[test]
fn the_table_is_read_without_a_problem() {
    let mut table = Table::default();
    for (file, text) in FILES.iter() {
        let problems = table.add(file, text);
        assert!(problems.is_empty(), "{}", problems.iter().map(|one| one.to_string()).collect::<Vec<_>>().join("\n"));
    }
    assert!(table.rows().all(|row| !row.about.is_empty()), "a row does not say what its program does");
}

#[test]
fn every_line_amounts_to_what_its_test_says() {
    let mut wrong = Vec::new();
    for (file, line, expected) in test_lines() {
        let (row, arguments) = call(&line).unwrap_or_else(|| panic!("{file}: `{line}` is no program of the table"));
        let found = told(&apply(row, &arguments));
        if found != expected {
            wrong.push(format!("{file}: {line}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} lines differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_is_met_by_a_test() {
    let met: HashSet<*const Row> =
        test_lines().iter().filter_map(|(_, line, _)| call(line)).map(|(row, _)| std::ptr::from_ref(row)).collect();
    let missed: Vec<_> = rows().filter(|row| !met.contains(&std::ptr::from_ref(*row))).map(|row| &*row.name).collect();
    assert!(missed.is_empty(), "no test line for {}", missed.join(", "));
}

#[test]
fn actions_and_their_arguments_exist() {
    let unknown: Vec<_> = kinds().into_iter().filter(|name| kind(name).is_none()).collect();
    assert!(unknown.is_empty(), "no types: {}", unknown.join(", "));
    let mut wrong = Vec::new();
    rows().for_each(|row| check_arguments(row, &mut wrong));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notes the arguments of a row's action that its type does not have, and a protocol that connections do not have.
fn check_arguments(row: &Row, wrong: &mut Vec<String>) {
    if let Some(kind) = row.action.as_deref().and_then(kind) {
        let roles = row
            .operands
            .iter()
            .map(|operand| &operand.role)
            .chain(row.options.iter().filter_map(|one| one.value.as_ref()));
        let of_roles = roles.filter_map(|role| if let Role::Arg(name) = role { Some(name) } else { None });
        let names = of_roles.chain(row.args.iter().map(|(name, _)| name));
        wrong.extend(
            names.filter(|name| !kind.args.contains(name)).map(|name| format!("`{}`: no argument `{name}`", row.name)),
        );
    }
    let schemes = &kind("net.connect").unwrap().schemes;
    if !row.scheme.is_empty() && !schemes.contains(&row.scheme) {
        wrong.push(format!("`{}` connects by `{}`, which `net.connect` does not know", row.name, row.scheme));
    }
    row.subcommands.iter().for_each(|row| check_arguments(row, wrong));
}

/// Programs that use what the table's own files may not.
const SAMPLE: &str = "
net:
  about: speaks with hosts
  scheme: ssh
  options:
    '-p --port': port
    '-d --data': body
    '--data-urlencode': field
    '-F --form': form
    '-X --request': arg:method
    '-I --head': { args: { method: HEAD } }
    '-v --volume': mount
    '-u --url': url
    '--dry-run': { attached: data, values: { 'client, server': { inert: true } } }
    '--level': { value: data, values: { 'high*': { flags: [force] }, low: {}, '*': { action: file.list, args: { path: . } } } }
  operands: [host...]
fetch: { about: fetches, options: { '-X': arg:method, '-d': body, '-I': { args: { method: HEAD } }, '-T': { value: read, args: { method: PUT } } }, args: { method: GET }, action: http.request, operands: [url...] }
carry: { about: carries, scheme: ssh, operands: [remote..., remote_destination] }
tool:
  about: has subcommands
  options: { '-C': directory, '-q --quiet': {}, '--help': { inert: true } }
  subcommands:
    'push, send': { names: [put], action: git.push, options: { '-f --force': { flags: [force] }, '--output': write, '--outer': data } }
    'describe-*': { action: read_resource }
    status: {}
    run: { syntax: posix, place: container, operands: [data, run] }
    inside: { subcommands: { drop: { operands: [delete...] } } }
loose: { about: takes a subcommand or a file, subcommands: { check: {} }, operands: [execute, data...] }
other: { about: has any subcommand, subcommands: { '*': { flags: [publishes] }, safe: {} } }
long: { about: has long options, syntax: long, options: { '-out': write, '-jar': { value: execute, ends: true, operands: [data...] } }, operands: [read...] }
power: { about: is not particular about case, syntax: powershell, options: { '-command': { value: lines }, '-file': execute, '-noprofile': {}, '-encodedcommand': { value: 'code:powershell', flags: [encoded_code] } } }
slashes: { about: has options with slashes, syntax: dos, options: { '/s': { recursive: true }, '/q': {}, '/out': write }, operands: [delete...] }
ends: { about: knows where options end, options: { '--': { flags: [loses_work] }, '-x': unclear, '-pair': { value: data, second: read } }, operands: ['data?', read], values: { '+*': { flags: [force] } } }
guarded: { about: has a trial run, options: { '-n --trial': { inert: true }, '-f': {}, '--files': read }, operands: [delete...] }
deep: { about: is read elsewhere, reader: find }
shut: { about: cannot be seen, opaque: true }
";

#[test]
fn syntax_and_roles_mean_what_the_page_says() {
    let cases: &[(&str, &[&str])] = &[
        ("net user@example.com", &["net.connect url=ssh://example.com"]),
        ("net -p 2222 a@b@c", &["net.connect url=ssh://c:2222"]),
        ("net h:22 -p 23", &["net.connect url=ssh://h:22"]),
        ("net ::1 -p 22", &["net.connect url=ssh://[::1]:22"]),
        ("net [::1]:22", &["net.connect url=ssh://[::1]:22"]),
        ("net sftp://u:p@h:9/x", &["net.connect url=sftp://h:9/x"]),
        ("net '10.0.0.0/8'", &["net.connect url=ssh://10.0.0.0/8"]),
        ("net 'good.example#.evil.example'", &["doubt"]),
        ("net 'good.example/x'", &["doubt"]),
        ("net \"$h\"", &["doubt", "net.connect url=ssh://$h"]),
        ("fetch example.com/x", &["http.request url=http://example.com/x method=GET"]),
        (
            "fetch -X PUT -d a b c",
            &["http.request url=http://b method=PUT body=a", "http.request url=http://c method=PUT body=a"],
        ),
        ("fetch -I https://a", &["http.request url=https://a method=HEAD"]),
        // What is sent does not pass for a mere look.
        ("fetch -I -T f https://a", &["file.read path=f", "http.request url=https://a method=HEAD method=PUT"]),
        ("fetch -d @f a", &["file.read path=f", "flag uploads", "http.request url=http://a method=GET"]),
        ("fetch -d @- a", &["flag uploads", "http.request url=http://a method=GET"]),
        ("fetch -d \"$x\" a", &["doubt", "http.request url=http://a method=GET"]),
        ("fetch -d \"a=$x\" a", &["http.request url=http://a method=GET body=a=$x"]),
        ("fetch file:///etc/passwd", &["file.read path=file:///etc/passwd"]),
        ("fetch", &["http.request method=GET"]),
        ("net --data-urlencode a@f", &["file.read path=f", "flag uploads"]),
        ("net --data-urlencode a=b@c", &[]),
        ("net -F 'a=@f;type=x'", &["file.read path=f", "flag uploads"]),
        ("net -F 'a=<f'", &["file.read path=f", "flag uploads"]),
        ("net -F \"a=$x\"", &["doubt"]),
        ("net -v /a:/b", &["file.read path=/a recursive", "file.write path=/a recursive"]),
        ("net -v /a:/b:ro,z", &["file.read path=/a recursive"]),
        ("net -v data:/b", &[]),
        ("net -v type=bind,source=/a,target=/b,readonly", &["file.read path=/a recursive"]),
        ("net -v type=volume,source=a,target=/b", &[]),
        ("net -v /run/docker.sock:/x:ro", &["file.read path=/run/docker.sock recursive", "flag privilege"]),
        ("net -v \"$d:/x:ro\"", &["file.read path=$d recursive"]),
        ("net -v 'C:\\x:/x:ro'", &["file.read path=C:\\x recursive"]),
        ("net --dry-run=client h", &[]),
        ("net --dry-run=none h", &["net.connect url=ssh://h"]),
        ("net --dry-run h", &["net.connect url=ssh://h"]),
        ("net --level high1", &["flag force"]),
        ("net --level low", &[]),
        ("net --level x", &["file.list path=."]),
        ("net --level \"high$x\"", &["file.list path=.", "flag force"]),
        ("carry a h:b", &["file.read path=a", "flag uploads", "net.connect url=ssh://h"]),
        ("carry u@h:a b", &["file.write path=b", "net.connect url=ssh://h"]),
        ("carry ./a:b c", &["file.read path=./a:b", "file.write path=c"]),
        ("carry [::1]:a c", &["file.write path=c", "net.connect url=ssh://[::1]"]),
        ("carry 'c:\\a' https://h/x", &["file.read path=c:\\a", "flag uploads", "http.request url=https://h/x"]),
        ("carry h::m c", &["file.write path=c", "net.connect url=ssh://h"]),
        ("tool push", &["git.push"]),
        ("tool put -f", &["flag force", "git.push"]),
        ("tool -C a -C b push", &["directory a/b", "git.push"]),
        ("tool push --out=f", &["file.write path=f", "git.push"]),
        ("tool push --help", &[]),
        ("tool push --hel", &["git.push"]),
        ("tool describe-all", &["read_resource"]),
        ("tool status -f", &[]),
        ("tool unheard of", &["flag unknown_program"]),
        ("tool \"$x\"", &["doubt"]),
        ("tool p*", &["doubt"]),
        ("tool status $x", &["doubt"]),
        ("tool run image rm -rf x", &["flag container", "run rm -rf x"]),
        ("tool inside drop x", &["file.delete path=x"]),
        ("tool", &[]),
        ("loose check x", &[]),
        ("loose x", &["execute x", "file.read path=x"]),
        ("other safe", &[]),
        ("other x", &["flag publishes"]),
        ("long -out f --out=g h", &["file.read path=h", "file.write path=f", "file.write path=g"]),
        ("long -o f", &["file.read path=f"]),
        ("long -jar x -out f", &["execute x", "file.read path=x"]),
        ("power -NoP -Enc eA==", &["code powershell eA==", "flag encoded_code"]),
        ("power -Command rm x -File y", &["line rm x -File y"]),
        ("power -c rm", &["line rm"]),
        ("slashes /S/Q x", &["file.delete path=x recursive"]),
        ("slashes /OUT:f /tmp/x", &["file.delete path=/tmp/x", "file.write path=f"]),
        ("ends a -- -x", &["file.read path=-x", "flag loses_work"]),
        ("ends -x y z", &["doubt", "file.read path=z"]),
        ("ends -pair a b c", &["file.read path=b", "file.read path=c"]),
        ("ends +x y", &["file.read path=y", "flag force"]),
        ("guarded -n x", &[]),
        ("guarded -fn x", &[]),
        // `-z` may be an option that takes `n` or `-n` as its value.
        ("guarded -zn x", &["file.delete path=x"]),
        ("guarded -z -n x", &["file.delete path=x"]),
        ("guarded -- -n", &["file.delete path=-n"]),
        ("guarded --tri x", &["file.delete path=x"]),
        ("deep x", &["reader find"]),
        ("shut x", &["opaque"]),
    ];
    let mut table = Table::default();
    assert_eq!(table.add("sample", SAMPLE), []);
    for (line, expected) in cases {
        let words = words(line);
        let found = told(&apply(table.get(&words[0].text).unwrap(), &words[1..]));
        assert_eq!(found, *expected, "{line}");
    }
}

#[test]
fn what_the_table_cannot_mean_is_a_problem_with_a_place() {
    for (text, place) in [
        ("a: { operands: [reed] }", (1, 17)),
        ("a: { flags: [loud] }", (1, 14)),
        ("a: { options: { x: data } }", (1, 17)),
        ("a: { options: { '-x -x': data } }", (1, 17)),
        ("a: { options: { '-x': { as: { read: writ } } } }", (1, 37)),
        ("a: { operand: [] }", (1, 6)),
        ("a: { operands: [read..., write...] }", (1, 16)),
        ("a: {}\nb: { names: [a] }", (2, 1)),
        ("a: { subcommands: { x: {}, 'y, x': {} } }", (1, 28)),
        ("a: { syntax: gnuu }", (1, 14)),
        ("a: { s: 1 }", (1, 6)),
    ] {
        let problems = Table::default().add("sample", text);
        let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column)).collect();
        assert_eq!(places, [place], "{text}: {problems:?}");
    }
    let nested = "a: { subcommands: { ".repeat(8) + &"} }".repeat(8);
    assert!(!Table::default().add("sample", &nested).is_empty());
}

proptest::proptest! {
    /// Any words are read, and what is not known never passes for something harmless.
    #[test]
    fn any_words_are_read(at in 0usize..10_000, words in proptest::collection::vec(("[-+/=:@a-z.$*]{0,9}", 0u8..3, proptest::bool::ANY), 0..9)) {
        let row = rows().nth(at % rows().count()).unwrap();
        let certainty = |n: u8| [Certainty::Known, Certainty::Partial, Certainty::Open][usize::from(n)];
        let words: Vec<Word> = words.iter().map(|(text, n, glob)| Word { text: (**text).into(), certainty: certainty(*n), glob: *glob }).collect();
        let found = apply(row, &words);
        let open = words.iter().any(|word| word.certainty == Certainty::Open);
        let seen = row.harmless || row.reader.is_some() || !found.doubts.is_empty() || !found.effects.is_empty() || !found.inner.is_empty();
        proptest::prop_assert!(!open || seen || !row.options.risky, "{}: {words:?}", row.name);
    }
}

#[test]
fn long_calls_take_linear_time() {
    let words = |texts: &[&str], n: usize| -> Vec<Word> {
        texts
            .iter()
            .cycle()
            .take(n)
            .map(|text| if text.starts_with('$') { Word::partial(*text) } else { Word::known(*text) })
            .collect()
    };
    let mut table = Table::default();
    table.add("sample", SAMPLE);
    for (program, texts) in [
        ("net", &["--level", "$x"][..]),
        ("net", &["-I", "-u", "h"]),
        ("fetch", &["-X", "a", "b"]),
        ("tool", &["-C", "a"]),
        ("net", &["--l"]),
        ("ends", &["+$x"]),
        ("slashes", &["/s/q/s/q/s/q"]),
    ] {
        let row = table.get(program).unwrap();
        // Thirty thousand words are what a line of the greatest length has; anything quadratic would not end here.
        let found = apply(row, &words(texts, 30_000));
        assert!(found.effects.len() + found.doubts.len() <= 60_000, "{program}");
    }
}

#[test]
fn programs_are_known_by_their_base_name() {
    for name in ["ls", "/bin/ls", "./ls", "ls.exe", "C:\\tools\\ls.EXE", "ls-9.4", "ls9"] {
        assert_eq!(find(name).map(|row| &*row.name), Some("ls"), "{name}");
    }
    for name in ["", "/", "LS", "lsx", "9", "ls/", ".exe", "x\\ls"] {
        assert!(find(name).is_none(), "{name}");
    }
}

/// The lines of all test files, with what they amount to.
fn test_lines() -> Vec<(String, String, Vec<String>)> {
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/shell/programs"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_str().unwrap().ends_with(".test.yaml"));
    files.sort();
    assert_eq!(files.len(), FILES.len(), "each file of the table has one of tests");
    files.iter().flat_map(|file| lines_of(file)).collect()
}

#[allow(clippy::disallowed_methods)] // The table compiles its own files in; their tests are only read here.
fn lines_of(file: &Path) -> Vec<(String, String, Vec<String>)> {
    let name = file.file_name().unwrap().to_str().unwrap();
    let document = yaml::parse(name, &std::fs::read_to_string(file).unwrap());
    assert_eq!(document.problems, [], "{name}");
    let expected = |node: &Node| {
        let mut texts: Vec<String> = node.items().iter().map(|item| item.as_str().unwrap().to_owned()).collect();
        texts.sort();
        texts
    };
    document.root.entries().iter().map(|(key, node)| (name.to_owned(), key.text.to_string(), expected(node))).collect()
}

fn call(line: &str) -> Option<(&'static Row, Vec<Word>)> {
    let words = words(line);
    let (program, arguments) = words.split_first()?;
    Some((find(&program.text)?, arguments.to_vec()))
}

/// The words of a simple line: quotes, and what is not known when `$` stands outside single quotes.
fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut text = String::new();
    let mut quote = None;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert(Word::known(""));
            }
            (None, ' ' | '\n') => {
                let text = std::mem::take(&mut text);
                words.extend(word.take().map(|word| Word { text: text.into(), ..word }));
            }
            (quote, c) => {
                let word = word.get_or_insert(Word::known(""));
                word.glob |= quote.is_none() && matches!(c, '*' | '?');
                let certainty = match (quote, c) {
                    (None, '$') => Certainty::Open,
                    (Some('"'), '$') => Certainty::Partial,
                    _ => Certainty::Known,
                };
                word.certainty = word.certainty.max(certainty);
                text.push(c);
            }
        }
    }
    words
}

/// What a call amounts to, as the test files say it.
fn told(of: &Use) -> Vec<String> {
    let mut texts: Vec<String> = of.effects.iter().map(effect).collect();
    texts.extend(of.flags.iter().map(|flag| format!("flag {}", flag.name())));
    texts.extend(of.inner.iter().map(inner));
    texts.extend(of.directory.iter().map(|word| format!("directory {}", word.text)));
    texts.extend(of.sets.iter().map(|(name, word)| format!("set {name}={}", word.text)));
    texts.extend(of.lists.iter().map(list));
    texts.extend(of.stdin.iter().map(|role| format!("stdin {}", role.name())));
    texts.extend(of.doubts.first().map(|_| "doubt".to_owned()));
    texts.extend(of.reader.iter().map(|reader| format!("reader {reader}")));
    texts.extend(of.opaque.then(|| "opaque".to_owned()));
    texts.sort();
    texts
}

fn list(list: &List) -> String {
    let path = list.path.iter().map(|path| format!(" {}", path.text)).collect::<String>();
    format!("names {}{path}{}", list.role.name(), if list.recursive { " recursive" } else { "" })
}

fn effect(effect: &Effect) -> String {
    let args = effect.args.iter().map(|(name, word)| format!(" {name}={}", word.text)).collect::<String>();
    format!("{}{args}{}", effect.kind, if effect.recursive { " recursive" } else { "" })
}

fn inner(inner: &Inner) -> String {
    let joined = |words: &[Word]| words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
    match inner {
        Inner::Words { words, more: false } => format!("run {}", joined(words)),
        Inner::Words { words, more: true } => format!("run_more {}", joined(words)),
        Inner::Lines(words) => format!("line {}", joined(words)),
        Inner::Code { language, text } => format!("code {language} {}", text.text),
        Inner::File(word) => format!("execute {}", word.text),
    }
}
