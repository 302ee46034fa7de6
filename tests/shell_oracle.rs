//! The shell parser beside two others: what brush-parser reads is read alike, and what bash takes is taken.
//!
//! Lines come from the list below and, where `TOOLGATE_CORPORA` names a directory, from its `shell_*.jsonl` files. They
//! are parsed and never run: bash is given `-n`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and reads files

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use brush_parser::{ParserOptions, ast};
use toolgate::shell::parse::parse;
use toolgate::shell::syntax::{Command, Compound, Link, Part, Redirect, RedirectKind, Script, Simple, Word};

const BASH: &str = "/bin/bash";

/// Lines with a feature each that both parsers know.
const LINES: &[&str] = &[
    "ls -la /tmp",
    "r''m -r\"f\" \\/ $'a\\tb' $\"c $x\"",
    "a && b || c; d & e | f |& g",
    "! a; a | b | c &",
    "time -p b",
    "A=1 B+=2 c d=e",
    "a[1]=2 b=(1 \"x y\" [3]=4) cmd",
    "cat <<A | b\nx $y `z`\nA\nc",
    "cat <<'A' <<\"B\"; d\n$x\nA\ny\nB\ne",
    "cat <<-A\n\tx\n\t\ty\n\tA\nb",
    "a <x >y >>z 2>&1 <>q >|r 3<&- &>s &>>t <<<u",
    "exec 3<>/dev/tcp/h/1 0<&3 >&2",
    "if a; then b; elif c; then d; else e; fi >x 2>&1",
    "while a; do b; done; until c; do d; done",
    "for x in a \"b c\" $(d); do e; done; for y; do z; done",
    "for ((i=0; i<3; i++)); do a; done",
    "case $x in (a|b) c;; *.txt) ;& \"d\") e ;;& esac",
    "[[ -n $x && ( a == b* || ! c =~ ^(d|e)$ ) ]]",
    "[[ a < b ]] && [[ $x -gt 3 || -f y ]]",
    "((a=1+(2*3)))",
    "((echo a); (echo b))",
    "echo $((1+2)) $(((1)+2)) $( (a); b)",
    "f() { a; } >x; function g { b; }; h() (c)",
    "{ a; b; } | (c; d)",
    "echo `a \\`b\\`` \"$(c \"$(d)\")\"",
    "diff <(a|b) >(c)",
    "tee >(a) < <(b)",
    "echo ${a:-b c} \"${a:-'b'}\" ${#a} ${!a} ${a[@]:1:2} ${a//\\//_} ${a##*/} ${a^^} $1 $@ $# $?",
    "a\\\nb c \\\n d",
    "echo a#b #c\nd # e",
    "ls !(a|b) *.@(c|d)",
    "declare -a x=(1 2) y=3",
    "coproc a b",
    "echo {a,b}{1..3} ~/x ~root",
    "echo $(cat <<A\nhi ) there\nA\n)",
    "echo \"a`b`c\" 'd\ne'",
    "a;\n\nb\n# c\nd",
    "a |\nb &&\n\nc ||\n# x\nd",
    "echo } { ] [ if then",
    "x=1; y=$x z",
    ":(){ :|:& };:",
];

/// Lines that only bash is asked about.
const BASH_LINES: &[&str] = &[
    "<(a) b",
    "a |& b",
    "! ! a; time ! b; ! time c; time; !",
    "select x in a; do b; done",
    "for x in a; { b; }",
    "for ((;;)) { b; }",
    "for x\nin a\ndo b; done",
    "coproc N { a; }",
    "function f (a)",
    "exec {fd}>x {fd[1]}>&-",
    "a[1 + 1]=2 b",
    "a[b c] d",
    "[[ a =~ (b c|d)e ]]",
    "[[ -f <(a) ]]",
    "case x in (esac) a;; esac",
    "case x in a) esac",
    "{ (a) }",
    "if (a) then (b) fi",
    "echo $[1+2]",
    "x=$(cat <<EOF\nfoo\nEOF)\necho $x",
    "echo $(cat <<X)\nbody\nX",
    "cat <<A <<B\na",
    "i\\\nf a; th\\\nen b; f\\\ni",
    "echo hi &\\\n& b >\\\n/dev/null $\\\n(c)",
    "echo $(case x in x) y;; esac)",
    "echo $(a # )\n)",
    "\"f\"() { a; }",
    "a;b&c\nd",
];

/// Of this many lines one may fail only when it is run, as bash sees it, and be refused here.
const LATE_FAILURES_ONE_IN: usize = 1000;

#[test]
fn what_brush_reads_is_read_alike() {
    // The other parser bounds no recursion.
    let differences: Vec<String> = on_a_large_stack(|| all_lines().filter_map(|line| difference(&line)).collect());
    assert!(differences.is_empty(), "{} lines\n{}", differences.len(), differences.join("\n\n"));
}

#[test]
fn brush_reads_every_line_of_the_list() {
    for line in LINES {
        assert!(theirs(line).is_some(), "brush does not read {line}");
    }
}

#[test]
fn what_bash_takes_is_taken() {
    if !Path::new(BASH).exists() {
        return;
    }
    for line in LINES.iter().chain(BASH_LINES) {
        assert!(bash_takes(line), "bash does not take {line}");
        parse(line).unwrap_or_else(|error| panic!("{line}\n{error}"));
    }
    let (late, refused): (Vec<String>, Vec<String>) =
        corpora().filter(|line| parse(line).is_err() && bash_takes(line)).partition(|line| fails_when_run(line));
    assert!(refused.is_empty(), "{} lines\n{}", refused.len(), refused.join("\n\n"));
    assert!(late.len() * LATE_FAILURES_ONE_IN <= corpora().count(), "{} lines\n{}", late.len(), late.join("\n\n"));
}

/// Whether bash finds what is wrong with a refused line only when it runs it: it looks into back-quotes and braces late.
fn fails_when_run(line: &str) -> bool {
    let what = parse(line).unwrap_err().what;
    line.contains('`') || what.contains("an expansion has a form")
}

fn all_lines() -> impl Iterator<Item = String> {
    LINES.iter().map(|line| (*line).to_owned()).chain(corpora()).filter(|line| !line.contains('\0'))
}

fn bash_takes(line: &str) -> bool {
    let mut child = Process::new(BASH)
        .args(["-O", "extglob", "-n"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), line.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    // In `[[ ]]` it complains and says nothing with its status.
    output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("error")
}

fn corpora() -> impl Iterator<Item = String> {
    let mut lines = BTreeSet::new();
    if let Some(directory) = std::env::var_os("TOOLGATE_CORPORA") {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with("shell_") && name.ends_with(".jsonl") {
                lines.extend(std::fs::read_to_string(path).unwrap().lines().filter_map(input));
            }
        }
        assert!(lines.len() > 1000, "only {} lines", lines.len());
    }
    lines.into_iter()
}

fn input(row: &str) -> Option<String> {
    let row: serde_json::Value = serde_json::from_str(row).unwrap();
    (row["kind"] == "shell").then(|| row["input"].as_str().map(str::to_owned)).flatten()
}

fn on_a_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, run).unwrap();
        thread.join().unwrap()
    })
}

fn difference(line: &str) -> Option<String> {
    let theirs = theirs(line)?;
    let ours = match parse(line) {
        Ok(script) => Ours { text: line }.script(&script),
        Err(_) if fails_when_run(line) || !bash_takes(line) => return None,
        Err(error) => error.to_string(),
    };
    (ours != theirs).then(|| format!("{line}\n  ours   {ours}\n  theirs {theirs}"))
}

fn theirs(line: &str) -> Option<String> {
    let options = ParserOptions::default();
    let mut parser = brush_parser::Parser::new(std::io::Cursor::new(line), &options);
    let program = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| parser.parse_program())).ok()?.ok()?;
    Some(joined(program.complete_commands.iter().flat_map(|list| &list.0).map(their_item), "; "))
}

/// A word as it stands in the text, apart from joined lines.
fn written(text: &str) -> String {
    format!("⟨{}⟩", text.replace("\\\n", ""))
}

/// An expression without its blanks: the other parser keeps only some.
fn expression(text: &str) -> String {
    written(&text.split_whitespace().collect::<String>())
}

fn joined(items: impl Iterator<Item = String>, between: &str) -> String {
    items.collect::<Vec<_>>().join(between)
}

fn spaced(items: impl IntoIterator<Item = String>) -> String {
    joined(items.into_iter(), " ")
}

struct Ours<'t> {
    text: &'t str,
}

impl Ours<'_> {
    fn script(&self, script: &Script) -> String {
        let items = script.items.iter().map(|item| {
            let pipelines = item.pipelines().map(|(link, pipeline)| {
                let sign = match link {
                    Link::First => "",
                    Link::And => " && ",
                    Link::Or => " || ",
                };
                format!("{sign}{}", joined(pipeline.iter().map(|command| self.command(command)), " | "))
            });
            joined(pipelines, "") + if item.background { " &" } else { "" }
        });
        joined(items, "; ")
    }

    fn command(&self, command: &Command) -> String {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound, redirects) => {
                spaced([self.compound(compound)].into_iter().chain(redirects.iter().map(|one| self.redirect(one))))
            }
            Command::Function { name, body } => format!("(function {name} {})", self.command(body)),
        }
    }

    fn simple(&self, simple: &Simple) -> String {
        let assignments = simple.assignments.iter().map(|assignment| {
            let index = assignment.index.as_ref().map(|index| format!("[{}]", self.word(index))).unwrap_or_default();
            let sign = if assignment.append { "+=" } else { "=" };
            format!("{}{index}{sign}{}", assignment.name, self.value(&assignment.value))
        });
        let words = simple.words.iter().map(|word| self.argument(word));
        let redirects = simple.redirects.iter().map(|redirect| self.redirect(redirect));
        format!("[{}]", spaced(assignments.chain(words).chain(redirects)))
    }

    fn value(&self, word: &Word) -> String {
        match word.parts.as_slice() {
            [Part::Array(values)] => format!("({})", spaced(values.iter().map(|value| self.word(value)))),
            _ => self.word(word),
        }
    }

    fn argument(&self, word: &Word) -> String {
        match word.parts.as_slice() {
            [Part::Process { reads, script }] => format!("{}({})", if *reads { '<' } else { '>' }, self.script(script)),
            _ => self.word(word),
        }
    }

    fn word(&self, word: &Word) -> String {
        written(self.source(word))
    }

    fn source(&self, word: &Word) -> &str {
        self.text.get(word.span.0 as usize..word.span.1 as usize).unwrap()
    }

    fn redirect(&self, redirect: &Redirect) -> String {
        let sign = match redirect.kind {
            RedirectKind::Read => "<",
            RedirectKind::Write => ">",
            RedirectKind::Append => ">>",
            RedirectKind::ReadWrite => "<>",
            RedirectKind::DuplicateInput => "<&",
            RedirectKind::DuplicateOutput => ">&",
            RedirectKind::WriteBoth => "&>",
            RedirectKind::AppendBoth => "&>>",
            RedirectKind::Document => "<<",
            RedirectKind::Text => "<<<",
        };
        let target = if redirect.kind == RedirectKind::Document {
            without_tabs(&self.word(&redirect.target))
        } else if redirect.target.span.0 == redirect.target.span.1 {
            written("1") // of `|&`, which stands for `2>&1`
        } else {
            self.argument(&redirect.target)
        };
        format!("({}{sign} {target})", redirect.descriptor.as_deref().unwrap_or_default())
    }

    fn compound(&self, compound: &Compound) -> String {
        match compound {
            Compound::Group(inner) => format!("{{ {} }}", self.script(inner)),
            Compound::Subshell(inner) => format!("( {} )", self.script(inner)),
            Compound::If { branches, otherwise } => {
                let branches = branches
                    .iter()
                    .map(|(condition, body)| format!("{} then {}", self.script(condition), self.script(body)));
                let otherwise = otherwise.iter().map(|body| format!("else {}", self.script(body)));
                format!("(if {})", spaced(branches.chain(otherwise)))
            }
            Compound::While { condition, body } => {
                format!("(while {} do {})", self.script(condition), self.script(body))
            }
            Compound::For { name, words, body } => {
                let words = words.as_ref().map(|words| spaced(words.iter().map(|word| self.word(word))));
                format!("(for {name} {words:?} do {})", self.script(body))
            }
            Compound::Count { header, body } => {
                let header = expression(self.source(header));
                format!("(count {header} do {})", self.script(body))
            }
            Compound::Case { word, arms } => {
                let arms = arms.iter().map(|(patterns, body)| {
                    format!("({} => {})", spaced(patterns.iter().map(|one| self.word(one))), self.script(body))
                });
                format!("(case {} {})", self.word(word), spaced(arms))
            }
            Compound::Test(words) => {
                format!("[[ {} ]]", spaced(words.iter().map(|word| self.word(word)).filter_map(|word| sign(&word))))
            }
            Compound::Arithmetic(inner) => {
                format!("(({}))", expression(self.source(inner)))
            }
            Compound::Coprocess(inner) => format!("(coproc {})", self.command(inner)),
        }
    }
}

/// A word of `[[ ]]`. The other parser does not tell the spellings of an operator apart, and adds `-n`.
fn sign(word: &str) -> Option<String> {
    match word {
        "⟨-n⟩" => None,
        "⟨=⟩" => Some("⟨==⟩".into()),
        "⟨-a⟩" => Some("⟨-e⟩".into()),
        "⟨-h⟩" => Some("⟨-L⟩".into()),
        other => Some(other.into()),
    }
}

fn without_tabs(text: &str) -> String {
    text.split('\n')
        .map(|line| line.replace("⟨\t", "⟨").trim_start_matches('\t').to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn their_item(item: &ast::CompoundListItem) -> String {
    let ast::CompoundListItem(list, separator) = item;
    let mut out = their_pipeline(&list.first);
    for next in &list.additional {
        out += &match next {
            ast::AndOr::And(pipeline) => format!(" && {}", their_pipeline(pipeline)),
            ast::AndOr::Or(pipeline) => format!(" || {}", their_pipeline(pipeline)),
        };
    }
    out + if matches!(separator, ast::SeparatorOperator::Async) { " &" } else { "" }
}

fn their_list(list: &ast::CompoundList) -> String {
    joined(list.0.iter().map(their_item), "; ")
}

fn their_pipeline(pipeline: &ast::Pipeline) -> String {
    if pipeline.seq.is_empty() { "[]".into() } else { joined(pipeline.seq.iter().map(their_command), " | ") }
}

fn their_command(command: &ast::Command) -> String {
    match command {
        ast::Command::Simple(simple) => their_simple(simple),
        ast::Command::Compound(compound, redirects) => with_redirects(their_compound(compound), redirects.as_ref()),
        ast::Command::Function(function) => {
            let ast::FunctionBody(compound, redirects) = &function.body;
            format!(
                "(function {} {})",
                function.fname.value,
                with_redirects(their_compound(compound), redirects.as_ref())
            )
        }
        ast::Command::ExtendedTest(test, redirects) => {
            let words = their_test(&test.expr).into_iter().filter_map(|word| sign(&word));
            with_redirects(format!("[[ {} ]]", spaced(words)), redirects.as_ref())
        }
    }
}

fn with_redirects(command: String, redirects: Option<&ast::RedirectList>) -> String {
    spaced([command].into_iter().chain(redirects.iter().flat_map(|list| &list.0).map(their_redirect)))
}

fn their_simple(simple: &ast::SimpleCommand) -> String {
    let (mut assignments, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |item: &ast::CommandPrefixOrSuffixItem, is_prefix: bool| match item {
        ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => redirects.push(their_redirect(redirect)),
        ast::CommandPrefixOrSuffixItem::Word(word) => words.push(written(&word.value)),
        ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) if is_prefix => {
            assignments.push(their_assignment(assignment));
        }
        ast::CommandPrefixOrSuffixItem::AssignmentWord(_, word) => words.push(written(&word.value)),
        ast::CommandPrefixOrSuffixItem::ProcessSubstitution(kind, inner) => words.push(their_process(kind, inner)),
    };
    simple.prefix.iter().flat_map(|prefix| &prefix.0).for_each(|item| add(item, true));
    let name = simple.word_or_name.iter().map(|word| ast::CommandPrefixOrSuffixItem::Word(word.clone()));
    name.for_each(|item| add(&item, false));
    simple.suffix.iter().flat_map(|suffix| &suffix.0).for_each(|item| add(item, false));
    format!("[{}]", spaced(assignments.into_iter().chain(words).chain(redirects)))
}

fn their_process(kind: &ast::ProcessSubstitutionKind, inner: &ast::SubshellCommand) -> String {
    let sign = if matches!(kind, ast::ProcessSubstitutionKind::Read) { '<' } else { '>' };
    format!("{sign}({})", their_list(&inner.list))
}

fn their_assignment(assignment: &ast::Assignment) -> String {
    let name = match &assignment.name {
        ast::AssignmentName::VariableName(name) => name.clone(),
        ast::AssignmentName::ArrayElementName(name, index) => format!("{name}[{}]", written(index)),
    };
    let value = match &assignment.value {
        ast::AssignmentValue::Scalar(word) => written(&word.value),
        ast::AssignmentValue::Array(values) => {
            let values = values.iter().map(|(index, value)| match index {
                Some(index) => written(&format!("[{}]={}", index.value, value.value)),
                None => written(&value.value),
            });
            format!("({})", spaced(values))
        }
    };
    format!("{name}{}{value}", if assignment.append { "+=" } else { "=" })
}

fn their_redirect(redirect: &ast::IoRedirect) -> String {
    let number = |descriptor: &Option<i32>| descriptor.map(|number| number.to_string()).unwrap_or_default();
    match redirect {
        ast::IoRedirect::File(descriptor, kind, target) => {
            let sign = match kind {
                ast::IoFileRedirectKind::Read => "<",
                ast::IoFileRedirectKind::Write | ast::IoFileRedirectKind::Clobber => ">",
                ast::IoFileRedirectKind::Append => ">>",
                ast::IoFileRedirectKind::ReadAndWrite => "<>",
                ast::IoFileRedirectKind::DuplicateInput => "<&",
                ast::IoFileRedirectKind::DuplicateOutput => ">&",
            };
            let target = match target {
                ast::IoFileRedirectTarget::Filename(word) | ast::IoFileRedirectTarget::Duplicate(word) => {
                    written(&word.value)
                }
                ast::IoFileRedirectTarget::Fd(descriptor) => written(&descriptor.to_string()),
                ast::IoFileRedirectTarget::ProcessSubstitution(kind, inner) => their_process(kind, inner),
            };
            format!("({}{sign} {target})", number(descriptor))
        }
        ast::IoRedirect::HereDocument(descriptor, document) => {
            format!("({}<< {})", number(descriptor), without_tabs(&written(&document.doc.value)))
        }
        ast::IoRedirect::HereString(descriptor, word) => {
            format!("({}<<< {})", number(descriptor), written(&word.value))
        }
        ast::IoRedirect::OutputAndError(word, append) => {
            format!("({} {})", if *append { "&>>" } else { "&>" }, written(&word.value))
        }
    }
}

fn their_compound(compound: &ast::CompoundCommand) -> String {
    match compound {
        ast::CompoundCommand::Arithmetic(inner) => format!("(({}))", expression(&inner.expr.value)),
        ast::CompoundCommand::ArithmeticForClause(inner) => {
            let text = |part: &Option<ast::UnexpandedArithmeticExpr>| part.as_ref().map(|one| one.value.clone());
            let parts =
                [&inner.initializer, &inner.condition, &inner.updater].map(|part| text(part).unwrap_or_default());
            format!("(count {} do {})", expression(&parts.join(";")), their_list(&inner.body.list))
        }
        ast::CompoundCommand::BraceGroup(inner) => format!("{{ {} }}", their_list(&inner.list)),
        ast::CompoundCommand::Subshell(inner) => format!("( {} )", their_list(&inner.list)),
        ast::CompoundCommand::ForClause(inner) => {
            let words = inner.values.as_ref().map(|words| spaced(words.iter().map(|word| written(&word.value))));
            format!("(for {} {words:?} do {})", inner.variable_name, their_list(&inner.body.list))
        }
        ast::CompoundCommand::CaseClause(inner) => {
            let arms = inner.cases.iter().map(|arm| {
                let patterns = spaced(arm.patterns.iter().map(|word| written(&word.value)));
                format!("({patterns} => {})", arm.cmd.as_ref().map(their_list).unwrap_or_default())
            });
            format!("(case {} {})", written(&inner.value.value), spaced(arms))
        }
        ast::CompoundCommand::IfClause(inner) => {
            let first = format!("{} then {}", their_list(&inner.condition), their_list(&inner.then));
            let others = inner.elses.iter().flatten().map(|clause| match &clause.condition {
                Some(condition) => format!("{} then {}", their_list(condition), their_list(&clause.body)),
                None => format!("else {}", their_list(&clause.body)),
            });
            format!("(if {})", spaced([first].into_iter().chain(others)))
        }
        ast::CompoundCommand::WhileClause(inner) | ast::CompoundCommand::UntilClause(inner) => {
            format!("(while {} do {})", their_list(&inner.0), their_list(&inner.1.list))
        }
        ast::CompoundCommand::Coprocess(inner) => format!("(coproc {})", their_command(&inner.body)),
    }
}

fn their_test(test: &ast::ExtendedTestExpr) -> Vec<String> {
    use ast::ExtendedTestExpr::{And, BinaryTest, Not, Or, Parenthesized, UnaryTest};
    let around = |left: &ast::ExtendedTestExpr, sign: &str, right: &ast::ExtendedTestExpr| {
        [their_test(left), vec![written(sign)], their_test(right)].concat()
    };
    match test {
        And(left, right) => around(left, "&&", right),
        Or(left, right) => around(left, "||", right),
        Not(inner) => [vec![written("!")], their_test(inner)].concat(),
        Parenthesized(inner) => [vec![written("(")], their_test(inner), vec![written(")")]].concat(),
        UnaryTest(kind, word) => vec![written(&kind.to_string()), written(&word.value)],
        BinaryTest(kind, left, right) => {
            vec![written(&left.value), written(&kind.to_string()), written(&right.value)]
        }
    }
}
