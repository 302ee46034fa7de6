//! `history` in a condition: what has happened before, as `history.count("file.read", "24h")`.
//!
//! What is asked is known when the policy is loaded, since every argument is written out. So the engine can remember
//! just that, and a condition is told the answers as facts.

use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use cel::extractors::Arguments;
use cel::{Context, ExecutionError, Value as Cel};

use super::{Refusal, refusal};
use crate::action::normal_name;
use crate::facts::{Answer, Past, Question};
use crate::policy::Request;
use crate::policy::read::duration_s;
use crate::value::Value;

/// The functions, and how many of their arguments come before the window.
const FUNCTIONS: [(&str, usize); 3] = [("count", 1), ("sum", 2), ("seen", 1)];
/// Millionths in one.
const MILLION: i64 = 1_000_000;

/// What `call`, a function of `history`, asks.
///
/// # Errors
/// If there is no such function, or an argument of it is not written out.
pub(super) fn question(call: &CallExpr) -> Result<Question, Refusal> {
    let texts: Option<Vec<&str>> = call.args.iter().map(literal).collect();
    texts.and_then(|texts| asked(&call.func_name, &texts)).ok_or_else(|| {
        let help = "write `history.count(\"create_charge\", \"24h\")`, `history.seen(\"file.read\", \"1h\")` or \
                    `history.sum(\"create_charge\", \"amount\", \"24h\")`, and whose past it is behind it: \
                    `\"principal\"`, `\"session\"`, `\"role\"` or `\"all\"`";
        refusal("policy.bad_history", "`history` is not asked in a way that can be answered", help)
    })
}

/// Lets `context` answer what is asked of `history` about `request`.
pub(super) fn answer(context: &mut Context<'_, '_>, request: &Request) {
    for (name, _) in FUNCTIONS {
        let known = request.facts.history.clone();
        let amounts = amounts(request);
        let function = move |Arguments(args): Arguments| -> Result<Cel, ExecutionError> {
            let texts: Option<Vec<&str>> = args.iter().map(text).collect();
            let question = texts.and_then(|texts| asked(name, &texts));
            let found = question.and_then(|question| {
                let answer = known.iter().find(|(known, _)| *known == question)?.1;
                Some(told(name, answer, amounts.iter().any(|amount| Some(amount) == question.argument.as_ref())))
            });
            found.ok_or_else(|| ExecutionError::function_error("history", "nothing is known of it"))
        };
        // None of these names is one of the language.
        let _ = context.add_function(name, function);
    }
}

fn asked(function: &str, args: &[&str]) -> Option<Question> {
    let (_, before) = FUNCTIONS.into_iter().find(|(name, _)| *name == function)?;
    let (action, window) = (args.first()?, args.get(before)?);
    let scope = match args.get(before + 1..)? {
        [] => Past::Principal,
        [word] => Past::ALL.into_iter().find(|scope| scope.as_str() == *word)?,
        _ => return None,
    };
    Some(Question {
        action: normal_name(action).into(),
        argument: (function == "sum").then(|| args.get(1).map(|name| Arc::from(*name))).flatten(),
        window_s: duration_s(window)?,
        scope,
    })
}

/// Arguments of the action whose amounts have a fraction: sums of them have one too, so that both can be added.
fn amounts(request: &Request) -> Vec<Arc<str>> {
    let fractions = request.action.args.iter().filter(|(_, value)| matches!(value, Value::Float(_)));
    fractions.map(|(name, _)| name.clone()).collect()
}

fn told(function: &str, answer: Answer, has_fraction: bool) -> Cel {
    match function {
        "seen" => Cel::Bool(answer.count > 0),
        "sum" if answer.sum % MILLION == 0 && !has_fraction => Cel::Int(answer.sum / MILLION),
        "sum" => Cel::Float(answer.sum as f64 / MILLION as f64),
        _ => Cel::Int(answer.count),
    }
}

fn literal(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn text(value: &Cel) -> Option<&str> {
    match value {
        Cel::String(text) => Some(text),
        _ => None,
    }
}
