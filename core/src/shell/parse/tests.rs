use super::super::syntax::{
    Assignment, Command, Compound, Link, Operation, Parameter, Part, Redirect, RedirectKind, ReplacePlace, Script,
    Simple, Word,
};
use super::cursor::Parser;
use super::{parse, recover};
use crate::limits;

/// The tree in one line: lists in parentheses, words as they are, what is quoted in `'…'` or `"…"`.
fn shown(text: &str) -> String {
    match parse(text) {
        Ok(tree) => script(&tree),
        Err(error) => format!("error at {}: {}", error.offset, error.what),
    }
}

fn script(script: &Script) -> String {
    let items = script.items.iter().map(|item| {
        let mut out = String::new();
        for (link, pipeline) in item.pipelines() {
            out += match link {
                Link::First => "",
                Link::And => " && ",
                Link::Or => " || ",
            };
            out += &joined(pipeline.iter().map(command), " | ");
        }
        out + if item.background { " &" } else { "" }
    });
    joined(items, "; ")
}

fn command(command: &Command) -> String {
    match command {
        Command::Simple(inner) => simple(inner),
        Command::Compound(inner, redirects) => {
            joined([compound(inner)].into_iter().chain(redirects.iter().map(redirect)), " ")
        }
        Command::Function { name, body } => format!("(function {name} {})", self::command(body)),
    }
}

fn simple(simple: &Simple) -> String {
    let Simple { assignments, words, redirects, .. } = simple;
    let all = assignments.iter().map(assignment).chain(words.iter().map(word)).chain(redirects.iter().map(redirect));
    format!("[{}]", joined(all, " "))
}

fn assignment(assignment: &Assignment) -> String {
    let index = assignment.index.as_ref().map(|index| format!("<{}>", word(index))).unwrap_or_default();
    let sign = if assignment.append { "+=" } else { "=" };
    format!("({}{index} {sign} {})", assignment.name, word(&assignment.value))
}

fn redirect(redirect: &Redirect) -> String {
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
    format!("({}{sign} {})", redirect.descriptor.as_deref().unwrap_or_default(), word(&redirect.target))
}

fn compound(compound: &Compound) -> String {
    match compound {
        Compound::Group(inner) => format!("({{ {})", script(inner)),
        Compound::Subshell(inner) => format!("(sub {})", script(inner)),
        Compound::If { branches, otherwise } => {
            let branches = branches.iter().map(|(condition, body)| format!("{} ? {}", script(condition), script(body)));
            let otherwise = otherwise.iter().map(|body| format!("else {}", script(body)));
            format!("(if {})", joined(branches.chain(otherwise), " : "))
        }
        Compound::While { condition, body } => format!("(while {} do {})", script(condition), script(body)),
        Compound::For { name, words: Some(words), body } => {
            format!("(for {name} in ({}) do {})", all(words), script(body))
        }
        Compound::For { name, words: None, body } => format!("(for {name} do {})", script(body)),
        Compound::Count { header, body } => format!("(count {} do {})", word(header), script(body)),
        Compound::Case { word: compared, arms } => {
            let arms = arms.iter().map(|(patterns, body)| format!("({} => {})", all(patterns), script(body)));
            format!("(case {}{})", word(compared), arms.map(|arm| format!(" {arm}")).collect::<String>())
        }
        Compound::Test(words) => format!("(test {})", all(words)),
        Compound::Arithmetic(expression) => format!("(math {})", word(expression)),
        Compound::Coprocess(inner) => format!("(coproc {})", command(inner)),
    }
}

fn all(words: &[Word]) -> String {
    joined(words.iter().map(word), " ")
}

fn word(word: &Word) -> String {
    if word.parts.is_empty() { "-".into() } else { parts(&word.parts) }
}

fn parts(parts: &[Part]) -> String {
    parts.iter().map(part).collect()
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => text.to_string(),
        Part::Quoted(text) => format!("'{}'", &**text),
        Part::Double(inner) => format!("\"{}\"", parts(inner)),
        Part::Parameter(inner) => parameter(inner),
        Part::Command(inner) => format!("$({})", script(inner)),
        Part::Arithmetic(inner) => format!("$(({}))", word(inner)),
        Part::Process { reads, script: inner } => format!("{}({})", if *reads { "<" } else { ">" }, script(inner)),
        Part::Array(values) => format!("({})", all(values)),
    }
}

fn parameter(parameter: &Parameter) -> String {
    let index = parameter.index.as_ref().map(|index| format!("<{}>", word(index))).unwrap_or_default();
    let indirect = if parameter.indirect { "!" } else { "" };
    let double = |sign: &'static str, longest: bool| if longest { sign.repeat(2) } else { sign.to_owned() };
    let operation = match &parameter.operation {
        Operation::Value => String::new(),
        Operation::Length => " length".into(),
        Operation::Default(operand) => format!(" - {}", word(operand)),
        Operation::Assign(operand) => format!(" = {}", word(operand)),
        Operation::Error(operand) => format!(" ? {}", word(operand)),
        Operation::Alternative(operand) => format!(" + {}", word(operand)),
        Operation::WithoutPrefix { pattern, longest } => format!(" {} {}", double("#", *longest), word(pattern)),
        Operation::WithoutSuffix { pattern, longest } => format!(" {} {}", double("%", *longest), word(pattern)),
        Operation::Replace { pattern, replacement, place } => {
            let sign = match place {
                ReplacePlace::First => "/",
                ReplacePlace::All => "//",
                ReplacePlace::Front => "/#",
                ReplacePlace::End => "/%",
            };
            format!(" {sign} {} {}", word(pattern), word(replacement))
        }
        Operation::Slice { offset, length } => {
            format!(
                " : {}{}",
                word(offset),
                length.iter().map(|length| format!(" {}", word(length))).collect::<String>()
            )
        }
        Operation::Case { operator, pattern } => format!(" {operator} {}", word(pattern)),
        Operation::Transform(kind) => format!(" @{kind}"),
        Operation::Names => " names".into(),
    };
    format!("${{{indirect}{}{index}{operation}}}", parameter.name)
}

fn joined(items: impl Iterator<Item = String>, between: &str) -> String {
    items.collect::<Vec<_>>().join(between)
}

fn each(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

fn errors(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = parse(text).map(|tree| script(&tree)).expect_err(text);
        assert!(error.what.contains(expected), "{text}\n{error}");
        assert!(error.offset as usize <= text.len(), "{text}\n{error}");
    }
}

#[test]
fn lists_and_pipelines() {
    each(&[
        ("", ""),
        (" \t\n # x\n", ""),
        ("ls -la /tmp", "[ls -la /tmp]"),
        ("a; b & c\n\nd;", "[a]; [b] &; [c]; [d]"),
        ("a && b ||\n\n# x\nc", "[a] && [b] || [c]"),
        ("a | b |\n c |& d", "[a] | [b] | [c (2>& 1)] | [d]"),
        ("(a) |& b", "(sub [a]) (2>& 1) | [b]"),
        ("a&b", "[a] &; [b]"),
    ]);
    errors(&[
        (";", "cannot stand here"),
        ("a;;b", "cannot stand here"),
        ("& a", "cannot stand here"),
        ("a & ; b", "cannot stand here"),
        ("a &&", "it ends in the middle"),
        ("| a", "cannot stand here"),
        ("a | | b", "cannot stand here"),
        ("a )", "cannot stand here"),
        ("a ;; b", "cannot stand here"),
        ("(a) b", "cannot stand here"),
    ]);
}

#[test]
fn prefixes_of_pipelines_go() {
    each(&[
        ("! a | b", "[a] | [b]"),
        ("! ! a", "[a]"),
        ("time a; time -p b; time -- c; time -p -- d", "[a]; [b]; [c]; [d]"),
        ("time ! a", "[a]"),
        ("! time -p { a; }", "({ [a])"),
        ("!; time; time\n", "[]; []; []"),
        ("a | time b", "[a] | [b]"),
        // With other options it is the program.
        ("time -v ls; timeout 1 ls; time -p -v ls", "[time -v ls]; [timeout 1 ls]; [-v ls]"),
        ("!a; echo !", "[!a]; [echo !]"),
    ]);
    errors(&[("!(a)", "a blank is missing"), ("! (a", "is not closed"), ("! | a", "cannot stand here")]);
}

#[test]
fn comments_begin_words() {
    each(&[
        ("a#b #c; d", "[a#b]"),
        ("a;#b\nc", "[a]; [c]"),
        ("(a)#b\nc", "(sub [a]); [c]"),
        ("a # b \\\nc", "[a]; [c]"),
        ("a \\\n# b", "[a]"),
        ("a\\\n# b", "[a# b]"),
        ("echo $(a # )\n) ${x#y} $# $((16#f))", "[echo $([a]) ${x # y} ${#} $((16#f))]"),
        ("a '#' \"#\" \\#", "[a '#' \"'#'\" '#']"),
    ]);
}

#[test]
fn quotes() {
    each(&[
        ("r''m -r\"f\" \\/ ''", "[r''m -r\"'f'\" '/' '']"),
        ("'a'\\b'c' a\\ b", "['abc' a' 'b]"),
        ("$'a\\tb\\x41\\u00e9\\'' $''", "['a\tbA\u{e9}'' '']"),
        ("$\"a $b\" \"$'a'\" \"$\"", "[\"'a '${b}\" \"'$'a''\" \"'$'\"]"),
        (r#""\$ \` \" \\ \a \'""#, r#"["'$ ` " \ \a \''"]"#),
        ("\"a\\\nb\" 'a\\\nb'", "[\"'ab'\" 'a\\\nb']"),
        ("\"a\nb\" '\n'", "[\"'a\nb'\" '\n']"),
        ("a\\", "[a'\\']"),
        ("\"\"", "[\"\"]"),
        ("é'ü' \\ö\r \u{1}", "[é'ü' 'ö'\r \u{1}]"),
    ]);
    errors(&[
        ("a 'b", "a quote is not closed"),
        ("a \"b", "a quote is not closed"),
        ("a $'b\\'", "a quote is not closed"),
        ("a `b", "a back-quote is not closed"),
        ("a \"$(b\"", "a quote is not closed"),
    ]);
}

#[test]
fn lines_are_joined_everywhere() {
    each(&[
        ("l\\\ns \\\n -l\\\n\\\na \\\n", "[ls -la]"),
        ("a &\\\n& b |\\\n| c >\\\n> d", "[a] && [b] || [c (>> d)]"),
        ("i\\\nf a; th\\\nen b; f\\\ni", "(if [a] ? [b])"),
        ("$\\\n(a) $\\\n{b} ${\\\nb} ${b\\\n:-c} $b\\\nc $\\\n(\\\n(1))", "[$([a]) ${b} ${b} ${b - c} ${bc} $((1))]"),
        ("a\\\nb=c\\\nd", "[(ab = cd)]"),
        ("cat <\\\n<A\\\nB\nx\nAB\nc", "[cat (<< \"'x\n'\")]; [c]"),
        ("2\\\n>a", "[(2> a)]"),
        ("case x in a) b;\\\n;esac", "(case x (a => [b]))"),
    ]);
}

#[test]
fn redirections() {
    each(&[
        ("a <b >c >|d >>e <>f <&3 >&2 &>g &>>h", "[a (< b) (> c) (> d) (>> e) (<> f) (<& 3) (>& 2) (&> g) (&>> h)]"),
        ("a 2>b 10>&- 0<&1- {fd}<c {fd[1]}>&-", "[a (2> b) (10>& -) (0<& 1-) (fd< c) (fd[1]>& -)]"),
        ("a2>b 2 >c {a,b}>d", "[a2 2 {a,b} (> b) (> c) (> d)]"),
        ("a>b<c>$d", "[a (> b) (< c) (> ${d})]"),
        (">a", "[(> a)]"),
        (">a b c", "[b c (> a)]"),
        ("cat <<<\"a $b\"", "[cat (<<< \"'a '${b}\")]"),
        ("a >&b; a&>b; a & >b", "[a (>& b)]; [a (&> b)]; [a] &; [(> b)]"),
        ("a 2<(b) < <(c)", "[a 2<([b]) (< <([c]))]"),
    ]);
    errors(&[("a >", "has no target"), ("a 2>&", "has no target"), ("a > ;", "has no target"), ("a <<", "delimiter")]);
}

#[test]
fn here_documents() {
    each(&[
        ("cat <<A\nx $y `z` \\$q \"r\" 's' \\a\nA\nb", "[cat (<< \"'x '${y}' '$([z])' $q \"r\" 's' \\a\n'\")]; [b]"),
        ("cat <<'A'\n$x\nA\nb", "[cat (<< '$x\n')]; [b]"),
        ("cat <<\"A B\"\nx\nA B\nb", "[cat (<< 'x\n')]; [b]"),
        ("cat <<\\A\n$x\nA", "[cat (<< '$x\n')]"),
        ("cat <<A <<B; c <<C\na\nA\nb\nB\nc\nC\nd", "[cat (<< \"'a\n'\") (<< \"'b\n'\")]; [c (<< \"'c\n'\")]; [d]"),
        ("cat <<A | b && c\nx\nA\nd", "[cat (<< \"'x\n'\")] | [b] && [c]; [d]"),
        ("cat <<-A\n\tx\n\t\t$y\n\tA\nb", "[cat (<< \"'x\n'${y}'\n'\")]; [b]"),
        ("cat <<-'A'\n\tx\n\t\ty\n\t\tA\nb", "[cat (<< 'x\ny\n')]; [b]"),
        ("cat <<A\nx", "[cat (<< \"'x'\")]"),
        ("cat <<A", "[cat (<< \"\")]"),
        ("cat <<A\nA", "[cat (<< \"\")]"),
        ("cat <<''\nx\n\ny", "[cat (<< 'x\n')]; [y]"),
        ("cat <<A\nx\\\nA\nA \nA\nb", "[cat (<< \"'xA\nA \n'\")]; [b]"),
        ("cat <<A\nx\\\\\nA\nb", "[cat (<< \"'x\\\n'\")]; [b]"),
        ("cat <<'A'\nx\\\nA\nb", "[cat (<< 'x\\\n')]; [b]"),
        ("cat <<$x\ny\n$x\nz", "[cat (<< \"'y\n'\")]; [z]"),
        ("cat <<A \"x\ny\"\nb\nA\nc", "[cat \"'x\ny'\" (<< \"'b\n'\")]; [c]"),
        ("3<<A cat\nx\nA", "[cat (3<< \"'x\n'\")]"),
    ]);
    errors(&[("cat <<$(a)\nx\n", "delimiter is an expansion"), ("cat <<A\n${\nA", "not closed")]);
}

#[test]
fn here_documents_inside_other_constructs() {
    each(&[
        ("{ cat <<A; }\nx\nA", "({ [cat (<< \"'x\n'\")])"),
        ("(cat <<A\nx\nA\n)", "(sub [cat (<< \"'x\n'\")])"),
        ("if a <<A; then\nx\nA\nb; fi", "(if [a (<< \"'x\n'\")] ? [b])"),
        ("while a; do b; done <<A\nx\nA", "(while [a] do [b]) (<< \"'x\n'\")"),
        ("for x in $(a <<A\nx\nA\n); do b; done", "(for x in ($([a (<< \"'x\n'\")])) do [b])"),
        ("for ((;;)); do a <<A\nx\nA\ndone", "(count ;; do [a (<< \"'x\n'\")])"),
        ("case x in a) b <<A;;\nx\nA\nesac", "(case x (a => [b (<< \"'x\n'\")]))"),
        ("f() { a <<A\nx\nA\n}", "(function f ({ [a (<< \"'x\n'\")]))"),
        ("coproc a <<A\nx\nA", "(coproc [a (<< \"'x\n'\")])"),
        ("[[ $(a <<A\nx\nA\n) ]]", "(test $([a (<< \"'x\n'\")]))"),
        ("(($(a <<A\nx\nA\n)))", "(math $([a (<< \"'x\n'\")]))"),
        ("a $(b <<A\nx ) y\nA\n) c", "[a $([b (<< \"'x ) y\n'\")]) c]"),
        ("a <(b <<A\nx\nA\n)", "[a <([b (<< \"'x\n'\")])]"),
        ("a `b <<A\nx\nA\n` c", "[a $([b (<< \"'x\n'\")]) c]"),
        ("x=$(a <<A\nb\nA)\nc", "[(x = $([a (<< \"'b\n'\")]))]; [c]"),
        ("a $(b <<A)\nx\nA\nc", "[a $([b (<< \"'x\n'\")])]; [c]"),
        ("a <<A $(b\nc)\nx\nA\nd", "[a $([b]; [c]) (<< \"'x\n'\")]; [d]"),
        ("a <<A\nb$(c <<B\nd\nB\n)e\nA\nf", "[a (<< \"'b'$([c (<< \"'d\n'\")])'e\n'\")]; [f]"),
        (
            "a ${b:-$(c <<A\nx\nA\n)} $((1+$(c <<A\ny\nA\n)))",
            "[a ${b - $([c (<< \"'x\n'\")])} $((1+$([c (<< \"'y\n'\")])))]",
        ),
        ("a <<A\n$(b <<B)\nA\nc", "[a (<< \"$([b (<< -)])'\n'\")]; [c]"),
        ("a=(<(b <<A\nx\nA\n))", "[(a = (<([b (<< \"'x\n'\")])))]"),
    ]);
}

#[test]
fn assignments() {
    each(&[
        ("a=1 b+=$c d= e", "[(a = 1) (b += ${c}) (d = -) e]"),
        ("a[1]=2 b[$i + 1]+=3", "[(a<1> = 2) (b<${i} + 1> += 3)]"),
        ("a=(1 \"x y\"\n# c\n[3]=4 [a b]=5 $(d)) e", "[(a = (1 \"'x y'\" [3]=4 [a b]=5 $([d]))) e]"),
        ("a=() b+=(c) d[1]=(2)", "[(a = ()) (b += (c)) (d<1> = (2))]"),
        ("a b=c =d e=", "[a b=c =d e=]"),
        ("a==b 1a=b a-b=c a\\=b", "[(a = =b) 1a=b a-b=c a'='b]"),
        ("declare -a x=(1 2) y+=(3) z=4", "[declare -a x=(1 2) y+=(3) z=4]"),
        ("export a=(b)", "[export a=(b)]"),
        ("a=<(b) c", "[(a = <([b])) c]"),
        ("a[b c] d; a[0]b; a[x]", "[a[b c] d]; [a[0]b]; [a[x]]"),
        ("a=1 if", "[(a = 1) if]"),
    ]);
    errors(&[
        ("a[ 1", "a bracket is not closed"),
        ("a=(1", "an array is not closed"),
        ("a=(1;2)", "an array is not closed"),
        ("a=(1)b", "text follows"),
        ("echo a=(1)", "cannot stand here"),
    ]);
}

#[test]
fn reserved_words_stand_where_a_command_begins() {
    each(&[
        ("echo if then } { [[ ! time", "[echo if then } { [[ ! time]"),
        ("\\if a; 'if' b; i''f c", "['i'f a]; ['if' b]; [i''f c]"),
        ("ifx; {a,b} }x; [[a ]]", "[ifx]; [{a,b} }x]; [[[a ]]]"),
        ("in; for in in in; do in; done", "[in]; (for in in (in) do [in])"),
        ("{ (a) }; if (a) then (b) fi", "({ (sub [a])); (if (sub [a]) ? (sub [b]))"),
        (">a if", "[if (> a)]"),
    ]);
    errors(&[
        ("then", "cannot stand here"),
        ("}", "cannot stand here"),
        ("a; fi", "cannot stand here"),
        ("{ a }", "`{` is not closed"),
    ]);
}

#[test]
fn compound_commands() {
    each(&[
        ("{ a; b; } >x 2>&1", "({ [a]; [b]) (> x) (2>& 1)"),
        ("(a; b) | (c)&", "(sub [a]; [b]) | (sub [c]) &"),
        (
            "if a; then b; elif c\nthen d; elif e; then f; else g; fi",
            "(if [a] ? [b] : [c] ? [d] : [e] ? [f] : else [g])",
        ),
        ("while a; do b; done; until c\ndo d\ndone", "(while [a] do [b]); (while [c] do [d])"),
        ("for x in a \"b c\" $(d); do e; done", "(for x in (a \"'b c'\" $([d])) do [e])"),
        ("for x; do a; done; for x do a; done", "(for x do [a]); (for x do [a])"),
        ("for x\nin a\ndo b; done; for x in; do a; done", "(for x in (a) do [b]); (for x in () do [a])"),
        ("for x in a; { b; }; select y in c; do d; done", "(for x in (a) do [b]); (for y in (c) do [d])"),
        ("for ((i=0;i<$((3));i++)); do a; done", "(count i=0;i<$((3));i++ do [a])"),
        ("for((;;)){ a; }; for ((;;)) do a; done", "(count ;; do [a]); (count ;; do [a])"),
        (
            "case $x in (a|b) c;; *.txt) ;& \"d\") e ;;& @(f|g)) h; esac",
            "(case ${x} (a b => [c]) (*.txt => ) (\"'d'\" => [e]) (@(f|g) => [h]))",
        ),
        ("case x in esac; case x\nin\na) b\nesac", "(case x); (case x (a => [b]))"),
        ("case in in in) a;; if) b;; (esac) c;; esac", "(case in (in => [a]) (if => [b]) (esac => [c]))"),
        ("a $(case x in y) z;; esac)", "[a $((case x (y => [z])))]"),
    ]);
    errors(&[
        ("()", "a command is missing"),
        ("{ }", "a command is missing"),
        ("if a; then fi", "a command is missing"),
        ("if a; fi", "no `then`"),
        ("if a; then b", "no `fi`"),
        ("while a; done", "no `do`"),
        ("while a; do b", "no `done`"),
        ("for", "no variable"),
        ("for x in a & do b; done", "cannot stand here"),
        ("for x in a; b", "no `do`"),
        ("for ((a); do b; done", "no variable"),
        ("case x in a) b", "no `esac`"),
        ("case x a) b;; esac", "no `in`"),
        ("case x in a b) c;; esac", "no `)`"),
        ("(a", "`(` is not closed"),
    ]);
}

#[test]
fn functions_and_coprocesses() {
    each(&[
        ("f() { a; } >x", "(function f ({ [a]) (> x))"),
        (
            "f ( )\n(a); function g { b; }; function h () (c)",
            "(function f (sub [a])); (function g ({ [b])); (function h (sub [c]))",
        ),
        ("function f (a)", "(function f (sub [a]))"),
        (":(){ :|:& };:", "(function : ({ [:] | [:] &)); [:]"),
        ("a-b() { c; }; \"d\"() if a; then b; fi", "(function a-b ({ [c])); (function \"d\" (if [a] ? [b]))"),
        (
            "coproc a b; coproc N { c; }; coproc (d); coproc N if a; then b; fi",
            "(coproc [a b]); (coproc ({ [c])); (coproc (sub [d])); (coproc (if [a] ? [b]))",
        ),
    ]);
    errors(&[
        ("f(", "a parenthesis cannot stand here"),
        ("f(a)", "a parenthesis cannot stand here"),
        ("f a()", "cannot stand here"),
        ("f()", "it ends"),
        ("a=1 f() { b; }", "cannot stand here"),
        ("function", "has no name"),
    ]);
}

#[test]
fn conditions() {
    each(&[
        ("[[ -n $x && ( a == b* || ! c ) ]] >y", "(test -n ${x} && ( a == b* || ! c )) (> y)"),
        ("[[ a =~ ^(b|c d)e$ && f ]]", "(test a =~ ^(b|c d)e$ && f)"),
        ("[[ a =~ b|c ]]&&d", "(test a =~ b|c) && [d]"),
        ("[[ a =~ \"b c\"\\.$d ]]", "(test a =~ \"'b c'\"'.'${d})"),
        ("[[ (a =~ b) ]]", "(test ( a =~ b ))"),
        ("[[ a<b&&c>d ]]", "(test a < b && c > d)"),
        ("[[ a\n&& # x\nb ]]", "(test a && b)"),
        ("[[ a == @(b|c) && x != !(y z) ]]", "(test a == @(b|c) && x != !(y z))"),
        ("[[ -f <(a) ]]", "(test -f <([a]))"),
        ("[ a ]] ]", "[[ a ]] ]]"),
    ]);
    errors(&[
        ("[[ a", "not closed"),
        ("[[ ]]", "no condition"),
        ("[[ a ]] ]]", "cannot stand here"),
        ("[[ a; b ]]", "cannot stand here"),
        ("[[ a & b ]]", "cannot stand here"),
        ("[[ a =~ (b ]]", "not closed"),
    ]);
}

#[test]
fn arithmetic_and_what_only_looks_like_it() {
    each(&[
        ("((a=1+(2*3))) && b", "(math a=1+(2*3)) && [b]"),
        ("((a < b && c > $d))", "(math a < b && c > ${d})"),
        ("((echo a); (echo b))", "(sub (sub [echo a]); (sub [echo b]))"),
        ("( (a) )", "(sub (sub [a]))"),
        ("a $((1+2)) \"$(( $b * (c) ))\"", "[a $((1+2)) \"$(( ${b} * (c) ))\"]"),
        ("a $((b); (c)) $( (d) )", "[a $((sub [b]); (sub [c])) $((sub [d]))]"),
        ("a $((b) )", "[a $((sub [b]))]"),
        ("a $(($(b) + `c` + ${#d}))", "[a $(($([b]) + $([c]) + ${d length}))]"),
        ("a $(( ')' + \")\" )) ", "[a $(( ')' + \"')'\" ))]"),
        ("a $[1+$b[2]] \"$[c]\"", "[a $((1+${b}[2])) \"$((c))\"]"),
        ("a $(((1)+(2)))", "[a $(((1)+(2)))]"),
        ("a $(( $((1)) + $(( (2) )) ))", "[a $(( $((1)) + $(( (2) )) ))]"),
        ("a $(( $((b) ) ))", "[a $(( $((sub [b])) ))]"),
    ]);
    errors(&[
        ("a $((1)", "not closed"),
        ("a $((1)+(2))", "not closed"),
        ("((1)", "not closed"),
        ("a $[1", "not closed"),
    ]);
}

#[test]
fn substitutions() {
    each(&[
        ("a$(b | c)d \"$(e \"f)\")\" $()", "[a$([b] | [c])d \"$([e \"'f)'\"])\" $()]"),
        ("a $(<b) $(\nc\n)", "[a $([(< b)]) $([c])]"),
        ("`a \\`b \\\\\\`c\\\\\\`\\`` \"`d \\\"e\\\" $f`\"", "[$([a $([b $([c])])]) \"$([d \"'e'\" ${f}])\"]"),
        ("`a \\$b \\\\c '\\\"'`", "[$([a ${b} 'c' '\\\"'])]"),
        ("diff <(a|b) >(c) d<(e)f", "[diff <([a] | [b]) >([c]) d<([e])f]"),
        ("<(a) b", "[<([a]) b]"),
        ("a ${ b; }c \"${\nd\n}\" ${| e; }", "[a $([b])c \"$([d])\" $([e])]"),
        ("a ${ { b; }; }", "[a $(({ [b]))]"),
    ]);
    errors(&[
        ("$(a", "a substitution is not closed"),
        ("$(a; ;)", "a substitution is not closed"),
        ("`a |`", "it ends"),
        ("<(a", "a substitution is not closed"),
        ("${ a;", "a substitution is not closed"),
    ]);
}

#[test]
fn parameters() {
    each(&[
        ("$a $1 $10 $@ $* $# $? $- $$ $! $_ $0", "[${a} ${1} ${1}0 ${@} ${*} ${#} ${?} ${-} ${$} ${!} ${_} ${0}]"),
        ("a$ $ $% $. \"$\" $a$b.c", "[a$ $ $% $. \"'$'\" ${a}${b}.c]"),
        ("${a} ${10} ${@} ${#} ${?} ${!} ${-} ${_}", "[${a} ${10} ${@} ${#} ${?} ${!} ${-} ${_}]"),
        (
            "${#a} ${#@} ${##} ${#-} ${#a[@]} ${#1}",
            "[${a length} ${@ length} ${# length} ${- length} ${a<@> length} ${1 length}]",
        ),
        ("${#:-a} ${#%b} ${#-c}", "[${# - a} ${# % b} ${# - c}]"),
        (
            "${!a} ${!1} ${!#} ${!a*} ${!a@} ${!a[@]} ${!a[0]} ${!a@Q} ${!a:-b} ${!:-c}",
            "[${!a} ${!1} ${!#} ${!a names} ${!a names} ${!a<@> names} ${!a<0>} ${!a @Q} ${!a - b} ${! - c}]",
        ),
        (
            "${a:-b c} ${a-b} ${a:=b} ${a=b} ${a:?b} ${a?} ${a:+b} ${a+b}",
            "[${a - b c} ${a - b} ${a = b} ${a = b} ${a ? b} ${a ? -} ${a + b} ${a + b}]",
        ),
        ("${a#b} ${a##*/} ${a%.*} ${a%%b}", "[${a # b} ${a ## */} ${a % .*} ${a %% b}]"),
        (
            "${a/b/c} ${a//b} ${a/#b/c} ${a/%b/} ${a//\\//_} ${a///b} ${a////b}",
            "[${a / b c} ${a // b -} ${a /# b c} ${a /% b -} ${a // '/' _} ${a // /b -} ${a // / b}]",
        ),
        (
            "${a:1} ${a: -1:2} ${a:(b?1:2):c[d:e]} ${a:b?1:2:3} ${@:2}",
            "[${a : 1} ${a :  -1 2} ${a : (b?1:2) c[d:e]} ${a : b?1:2 3} ${@ : 2}]",
        ),
        ("${a^} ${a^^b} ${a,} ${a,,} ${a~} ${a~~c}", "[${a ^ -} ${a ^^ b} ${a , -} ${a ,, -} ${a ~ -} ${a ~~ c}]"),
        ("${a@Q} ${a[@]@A} ${@@E}", "[${a @Q} ${a<@> @A} ${@ @E}]"),
        ("${a[0]} ${a[@]} ${a[$b + 1]:-c} ${a[b[1]]}", "[${a<0>} ${a<@>} ${a<${b} + 1> - c} ${a<b[1]>}]"),
        ("${a:-${b:-$(c)}}", "[${a - ${b - $([c])}}]"),
    ]);
    errors(&[
        ("${a b}", "bash does not know"),
        ("${a", "bash does not know"),
        ("${a:-b", "an expansion is not closed"),
        ("${}", "names no variable"),
        ("${(q)a}", "names no variable"),
        ("${a@}", "bash does not know"),
        ("${#a-}", "bash does not know"),
        ("${a[1}", "a bracket is not closed"),
    ]);
}

#[test]
fn operands_know_other_quotes_inside_double_quotes() {
    each(&[
        ("${a:-'b }'\"c }\"\\}} d", "[${a - 'b }'\"'c }'\"'}'} d]"),
        ("\"${a:-'b' \"c d\" \\} \\x \\\"}\" e", "[\"${a - ''b' '\"'c d'\"' } \\x \"'}\" e]"),
        ("\"${a:-'}'}\"", "[\"${a - ''}''}\"]"),
        ("\"${a:-'$(b)'}\"", "[\"${a - '''$([b])'''}\"]"),
        ("\"${a:-'\"$b\"'}\"", "[\"${a - '''\"${b}\"'''}\"]"),
        ("\"${a#'b'}${a/'c'/\"d\"}\"", "[\"${a # 'b'}${a / 'c' \"'d'\"}\"]"),
        ("\"${a:-$'b\\tc'}\"", "[\"${a - 'b\tc'}\"]"),
        ("${a:-{b}} ${a:-b;c|d&e(f)<g #h}", "[${a - {b}} ${a - b;c|d&e(f)<g #h}]"),
        ("${a:-<(b)} \"${a:-<(b)}\"", "[${a - <([b])} \"${a - '<(b)'}\"]"),
    ]);
    errors(&[("\"${a:-'}\"", "not closed"), ("\"${a:-'b\"c'\"}\"", "mixed")]);
}

#[test]
fn extended_patterns_are_part_of_words() {
    each(&[
        ("ls !(a|b) *.@(c|\"d e\"|$f) +(g h)i ?(j)", "[ls !(a|b) *.@(c|\"'d e'\"|${f}) +(g h)i ?(j)]"),
        ("a *((b)c)", "[a *((b)c)]"),
        ("x=@(a) @(b) c", "[(x = @(a)) @(b) c]"),
    ]);
    errors(&[("a !(b", "not closed"), ("a \\!(b)", "cannot stand here"), ("a '@'(b)", "cannot stand here")]);
}

#[test]
fn a_nul_is_no_text() {
    errors(&[("a\0b", "NUL"), ("\0", "NUL")]);
}

#[test]
fn spans_are_those_of_the_text() {
    let text = " a=é  b\\\n\t'c d' >x \\\n 2>&1 # e";
    let tree = parse(text).unwrap();
    let simple = only_command(&tree);
    let at = |span: (u32, u32)| text.get(span.0 as usize..span.1 as usize).unwrap();
    assert_eq!(at(simple.span), "a=é  b\\\n\t'c d' >x \\\n 2>&1");
    assert_eq!(at(simple.assignments[0].value.span), "é");
    assert_eq!(simple.words.iter().map(|word| at(word.span)).collect::<Vec<_>>(), ["b", "'c d'"]);
    assert_eq!(simple.redirects.iter().map(|redirect| at(redirect.target.span)).collect::<Vec<_>>(), ["x", "1"]);
}

#[test]
fn a_long_expansion_is_shown_in_part() {
    let text = format!("${{a:-{}}}", "é".repeat(1000));
    let tree = parse(&text).unwrap();
    let Part::Parameter(parameter) = &only_command(&tree).words[0].parts[0] else { panic!("{tree:?}") };
    assert!(parameter.source.starts_with("${a:-éé") && parameter.source.ends_with("é…"));
    assert!(parameter.source.len() < 300);
}

fn only_command(tree: &Script) -> &Simple {
    match &tree.items[0].commands[0] {
        Command::Simple(simple) => simple,
        other => panic!("{other:?}"),
    }
}

/// What nests, as often as it is repeated: what opens, and what closes.
const NESTING: &[(&str, &str)] = &[
    ("$(", ")"),
    ("a $(b ", ")"),
    ("a=$(", ")"),
    ("a[1]=$(", ")"),
    ("declare a=(", ")"),
    (">$(", ")"),
    ("a <<< $(", ")"),
    ("\"$(", ")\""),
    ("${a:-", "}"),
    ("\"${a:-", "}\""),
    ("${a[", "]}"),
    ("${a/b/", "}"),
    ("$((1+", "))"),
    ("$[", "]"),
    ("((", "))"),
    ("(", ")"),
    ("{ ", ";}"),
    ("<(", ")"),
    ("a=(<(", "))"),
    ("a[$(", ")]=b"),
    ("if a; then ", ";fi"),
    ("while a; do ", ";done"),
    ("for x in a; do ", ";done"),
    ("for ((;;)); do ", ";done"),
    ("case x in a) ", ";;esac"),
    ("f() ", ""),
    ("function f ", ""),
    ("coproc ", ""),
    ("coproc a { ", ";}"),
    ("[[ $(", ") ]]"),
    ("[[ (", ") ]]"),
    ("${ ", ";}"),
    ("a <<A\n$(", ")\nA\n"),
    ("$(a <<A\n", "\nA\n)"),
    ("@(", ")"),
    ("! time ", ""),
];

#[test]
fn nesting_is_bounded_and_needs_little_stack() {
    let run = || {
        for (open, close) in NESTING {
            for depth in [10, 30, 31, 32, 33, 62, 63, 64, 65, 200, 5000] {
                drop(parse(&format!("{}a{}", open.repeat(depth), close.repeat(depth))));
                drop(parse(&open.repeat(depth)));
                drop(recover::recover(&open.repeat(depth)));
            }
        }
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
}

#[test]
fn the_bound_on_nesting_is_the_one_that_is_documented() {
    let nested = |depth: usize| format!("{}a{}", "$(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(limits::COMMAND_DEPTH_MAX)).is_ok());
    assert!(parse(&nested(limits::COMMAND_DEPTH_MAX + 1)).unwrap_err().what.contains("too deeply"));
    let back_quotes =
        (0..12).fold("a".to_owned(), |inner, _| format!("`{}`", inner.replace('\\', "\\\\").replace('`', "\\`")));
    assert!(parse(&back_quotes).is_ok());
}

/// How often, at most, a byte is looked at: two or three times where it is plain, and once for each level that
/// documents may nest in documents (8), or back-quotes in back-quotes (one for each doubling of the backslashes).
const LOOKS_MAX: usize = 24;

fn work(text: &str) -> usize {
    let text = text.into();
    let mut parser = Parser::new(&text, 0);
    let _ = parser.script();
    let mut recovering = recover::parser(&text);
    let _ = recovering.script();
    parser.work.get().max(recovering.work.get())
}

/// What is read of a broken text, and how much of it stands before the first mistake.
fn recovered(text: &str) -> (String, usize) {
    let recovered = recover::recover(text);
    (script(&recovered.script), recovered.whole)
}

#[test]
fn what_is_broken_is_read_on() {
    for (text, wanted) in [
        ("a 'b", "[a 'b']"),
        ("&& a", "[] && [a]"),
        ("a | | b", "[a] | [] | [b]"),
        ("a ;; b ) c", "[a]; [b]; [c]"),
        ("a)\nb", "[a]; [b]"),
        ("if a; b; fi; c", "(if [a]; [b] ? ); [c]"),
        ("\"$(a", "[\"$([a])\"]"),
        ("\"$(fi; a)\" b", "[\"$([a])\" b]"),
        ("${a b} c", "[${a ?  b} c]"),
        ("a >", "[a]"),
        ("[[ a && b", "(test a) && [b]"),
        ("f(){a;b&}; f", "(function f ({ [a]; [b] &)); [f]"),
    ] {
        assert_eq!(recovered(text).0, wanted, "{text}");
    }
}

#[test]
fn complete_lines_before_a_mistake_are_told_from_the_rest() {
    for (text, wanted) in [
        ("a; )", 0),
        ("a\n)", 1),
        ("a; b\n\nc\n)\nd\n", 3),
        ("{ a\nb\n", 0),
        ("a\n(b\nc", 1),
        ("a &&\n)", 0),
        ("cat <<E\n$(\nE\nb\n)", 0),
        ("cat <<E\nx\nE\nb \"", 1),
        ("a $(b\n)\n'", 1),
        ("a `b\n;;`\nc", 0),
    ] {
        assert_eq!(recovered(text).1, wanted, "{text}");
    }
}

#[test]
fn the_work_grows_with_the_length() {
    let units = [
        "`",
        "case x in (",
        "<<a\n",
        "a[",
        "{a",
        "1",
        "a=(",
        "\\\n",
        "a\\\n",
        "\\",
        "'",
        "\"",
        "$",
        "#",
        "#\n",
        "a;",
        "a|",
        "(a);",
        "coproc a ",
        "time ",
        "time -p ",
        "! ",
        "if ",
        "${a/",
        "${a:",
        "$'",
        "\\`",
        "$((1));",
        "((1));",
        "((a) );",
        "$((a) ) ",
        "$(('",
        "((\"",
        "(( ((\\\n",
        "<<a <<b\n",
        "<<-a\n\t",
        "<<'a'\n",
        "cat <<A\n$(cat <<B\n",
        "<<A $(",
        "${#",
        "${!",
        "{a}>b ",
        "1>b ",
        "\\\n\\\n;",
        "a\\\n=",
        "a\\\n(",
        "$((\\\n",
        "((${",
        "(('((",
        "((#'((",
    ];
    for unit in units.into_iter().chain(NESTING.iter().map(|(open, _)| *open)) {
        for text in [unit.repeat(4000 / unit.len()), unit.repeat(32_000 / unit.len())] {
            let work = work(&text);
            assert!(work <= LOOKS_MAX * text.len(), "{unit:?}: {work} looks at {} bytes", text.len());
        }
    }
}

#[test]
fn what_stands_deep_inside_is_read_no_more_often() {
    let tail = "x ".repeat(16_000);
    for (open, close) in NESTING {
        for depth in [1, 8, 30, 60] {
            let text = format!("{}{tail}{}", open.repeat(depth), close.repeat(depth));
            let work = work(&text);
            assert!(work <= LOOKS_MAX * text.len(), "{open:?} × {depth}: {work} looks at {} bytes", text.len());
        }
    }
}

mod generated {
    use proptest::prelude::*;

    use super::super::recover;
    use super::{Command, Compound, LOOKS_MAX, Script, parse, script, work};

    /// Pieces of shell grammar, to be put together in any order.
    const PIECES: &[&str] = &[
        "a",
        "b=1",
        "é",
        " ",
        "\n",
        "\t",
        ";",
        ";;",
        ";&",
        "&",
        "&&",
        "|",
        "||",
        "|&",
        "(",
        ")",
        "{ ",
        "}",
        "$",
        "${",
        "$(",
        "$((",
        "))",
        "((",
        "`",
        "\"",
        "'",
        "$'",
        "\\",
        "\\\n",
        "#",
        "!",
        "! ",
        "<",
        ">",
        "<<",
        "<<-",
        "<<<",
        "A",
        "\nA\n",
        "2>",
        "&>",
        "<(",
        "if ",
        "then ",
        "fi",
        "elif ",
        "else ",
        "while ",
        "do ",
        "done",
        "for x in ",
        "case x in ",
        "esac",
        "function ",
        "coproc ",
        "time ",
        "[[ ",
        " ]]",
        "=~ ",
        "a=(",
        "a[",
        "]",
        "=",
        "+=",
        ":-",
        "//",
        "/",
        "%",
        "##",
        "^^",
        ",",
        "@Q",
        ":",
        "@",
        "*(",
        "?(",
        "$[",
        "\u{1}",
        "\r",
    ];

    /// Commands that are right, each made of smaller ones.
    fn line() -> impl Strategy<Value = String> {
        let word =
            prop_oneof!["[a-z]{1,4}", "'[a-z ;|]{0,4}'", "\"[a-z ;|]{0,4}\"", r"\$[a-z]{1,3}", "-[a-z]", r"\\[ ;|a]",];
        let words = proptest::collection::vec(word, 1..4).prop_map(|words| format!("x{}", words.join(" ")));
        words.prop_recursive(5, 40, 3, |inner| {
            let two = (inner.clone(), inner.clone());
            let joint = prop_oneof!["; ", "\n", " && ", " \\|\\| ", " \\| ", " & "];
            prop_oneof![
                (two.clone(), joint).prop_map(|((a, b), by)| format!("{a}{by}{b}")),
                inner.clone().prop_map(|a| format!("({a})")),
                inner.clone().prop_map(|a| format!("{{ {a}\n}}")),
                inner.clone().prop_map(|a| format!("echo $({a}) \"$({a})\"")),
                inner.clone().prop_map(|a| format!("diff <({a}) ${{b:-$({a})}}")),
                inner.clone().prop_map(|a| format!("a=$( ({a})\n)")),
                two.clone().prop_map(|(a, b)| format!("if {a}\nthen {b}\nfi")),
                two.clone().prop_map(|(a, b)| format!("while {a}\ndo {b}\ndone >x")),
                two.clone().prop_map(|(a, b)| format!("case x in a) {a};; (b|c) {b}\n;; esac")),
                two.prop_map(|(a, b)| format!("f() {{ {a}\n}}\nfor i in 1 2; do {b}\ndone")),
                inner.prop_map(|a| {
                    // A delimiter of its own, as a body may hold other documents.
                    let end = format!("E{}", a.len());
                    format!("{{ cat <<{end}\n$({a}\n)\n{end}\n}}")
                }),
            ]
        })
    }

    /// The tree of a text that is one compound command, without that command.
    fn inside(text: &str) -> String {
        let tree = parse(text).unwrap();
        match &tree.items[0].commands[0] {
            Command::Compound(Compound::Subshell(inner) | Compound::Group(inner), _) => script(inner),
            other => format!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn any_pieces_are_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
            let text = pieces.concat();
            match parse(&text) {
                Ok(tree) => drop(script(&tree)),
                Err(error) => prop_assert!(text.is_char_boundary(error.offset as usize), "{error}"),
            }
            prop_assert!(work(&text) <= LOOKS_MAX * (text.len() + 8), "{} looks", work(&text));
            let recovered = recover(&text).script;
            if let Ok(tree) = parse(&text) {
                prop_assert_eq!(script(&tree), script(&recovered));
            }
        }

        #[test]
        fn right_lines_are_read(line in line()) {
            let tree = parse(&line);
            prop_assert!(tree.is_ok(), "{line}\n{tree:?}");
        }

        #[test]
        fn a_mistake_hides_nothing_around_it(before in line(), mistake in "[)}]|;;|&& &&|fi|done|esac", behind in line()) {
            // What `((` begins is only known once it is read; where reading goes on behind mistakes, it may be the other.
            prop_assume!(!before.contains("((") && !behind.contains("(("));
            let recovered = recover(&format!("{before}\n{mistake}\n{behind}"));
            let (before, behind) = (script(&parse(&before).unwrap()), script(&parse(&behind).unwrap()));
            let read = script(&recovered.script);
            prop_assert!(read.starts_with(&before) && read.ends_with(&behind), "{read}");
            prop_assert_eq!(script(&Script { items: recovered.script.items[..recovered.whole].to_vec() }), before);
        }

        #[test]
        fn what_is_put_around_a_line_changes_nothing_in_it(line in line()) {
            let alone = script(&parse(&line).unwrap());
            prop_assert_eq!(&alone, &inside(&format!("( {line}\n)")));
            prop_assert_eq!(&alone, &inside(&format!("{{ {line}\n}}")));
        }
    }
}
