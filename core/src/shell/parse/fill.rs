//! Puts the bodies of here-documents where they belong. They stand behind the line they were asked for on, so the tree
//! around them is built before they are read.

use super::super::syntax::{Command, Compound, Operation, Part, Redirect, Script, Simple, Word};

/// Fills the here-documents of `script` with `bodies`, which are taken.
pub(super) fn fill(script: &mut Script, bodies: &mut [Word]) {
    for item in &mut script.items {
        item.commands.iter_mut().for_each(|command| self::command(command, bodies));
    }
}

fn command(command: &mut Command, bodies: &mut [Word]) {
    match command {
        Command::Simple(simple) => self::simple(simple, bodies),
        Command::Compound(inner, outer) => {
            compound(inner, bodies);
            redirects(outer, bodies);
        }
        Command::Function { body, .. } => self::command(body, bodies),
    }
}

fn simple(simple: &mut Simple, bodies: &mut [Word]) {
    for assignment in &mut simple.assignments {
        words(assignment.index.as_mut_slice(), bodies);
        word(&mut assignment.value, bodies);
    }
    words(&mut simple.words, bodies);
    redirects(&mut simple.redirects, bodies);
}

fn redirects(redirects: &mut [Redirect], bodies: &mut [Word]) {
    for redirect in redirects {
        let body = redirect.target.unfilled().and_then(|number| bodies.get_mut(number)).map(std::mem::take);
        redirect.target = body.unwrap_or_else(|| std::mem::take(&mut redirect.target));
        word(&mut redirect.target, bodies);
    }
}

fn compound(compound: &mut Compound, bodies: &mut [Word]) {
    match compound {
        Compound::Group(script) | Compound::Subshell(script) => fill(script, bodies),
        Compound::If { branches, otherwise } => {
            for (condition, body) in branches {
                fill(condition, bodies);
                fill(body, bodies);
            }
            otherwise.iter_mut().for_each(|script| fill(script, bodies));
        }
        Compound::While { condition, body } => {
            fill(condition, bodies);
            fill(body, bodies);
        }
        Compound::For { words: values, body, .. } => {
            values.iter_mut().for_each(|values| words(values, bodies));
            fill(body, bodies);
        }
        Compound::Count { header, body } => {
            word(header, bodies);
            fill(body, bodies);
        }
        Compound::Case { word: compared, arms } => {
            word(compared, bodies);
            for (patterns, body) in arms {
                words(patterns, bodies);
                fill(body, bodies);
            }
        }
        Compound::Test(all) => words(all, bodies),
        Compound::Arithmetic(expression) => word(expression, bodies),
        Compound::Coprocess(inner) => command(inner, bodies),
    }
}

fn words(words: &mut [Word], bodies: &mut [Word]) {
    words.iter_mut().for_each(|one| word(one, bodies));
}

fn word(word: &mut Word, bodies: &mut [Word]) {
    parts(&mut word.parts, bodies);
}

fn parts(parts: &mut [Part], bodies: &mut [Word]) {
    for part in parts {
        match part {
            Part::Text(_) | Part::Quoted(_) => {}
            Part::Double(inner) => self::parts(inner, bodies),
            Part::Parameter(parameter) => {
                words(parameter.index.as_mut_slice(), bodies);
                operation(&mut parameter.operation, bodies);
            }
            Part::Command(script) | Part::Process { script, .. } => fill(script, bodies),
            Part::Arithmetic(expression) => word(expression, bodies),
            Part::Array(values) => words(values, bodies),
        }
    }
}

fn operation(operation: &mut Operation, bodies: &mut [Word]) {
    use Operation::{Alternative, Assign, Case, Default, Error, Replace, Slice, WithoutPrefix, WithoutSuffix};
    match operation {
        Default(operand) | Assign(operand) | Error(operand) | Alternative(operand) => word(operand, bodies),
        WithoutPrefix { pattern, .. } | WithoutSuffix { pattern, .. } | Case { pattern, .. } => word(pattern, bodies),
        Replace { pattern, replacement, .. } => {
            word(pattern, bodies);
            word(replacement, bodies);
        }
        Slice { offset, length } => {
            word(offset, bodies);
            words(length.as_mut_slice(), bodies);
        }
        Operation::Value | Operation::Length | Operation::Transform(_) | Operation::Names => {}
    }
}
