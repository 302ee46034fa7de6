use super::super::syntax::{
    Assignment, Command, Compound, Link, Operation, Parameter, Part, Redirect, RedirectKind, ReplacePlace, Script,
    Simple, Word,
};
use super::cursor::Parser;
use super::parse;
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
        for (link, pipeline) in &item.pipelines {
            out += match link {
                Link::First => "",
                Link::And => " && ",
                Link::Or => " || ",
            };
            out += &joined(pipeline.commands.iter().map(command), " | ");
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
        Part::Quoted(text) => format!("'{text}'"),
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

#[test]
fn zz_probe() {
    let Ok(path) = std::env::var("PROBE") else { return };
    for line in std::fs::read_to_string(path).unwrap().split('\u{1}') {
        println!("{}\n    {}", line, shown(line));
    }
}
