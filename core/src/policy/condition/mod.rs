//! A rule's `when`: a CEL expression over the call, checked when the policy is loaded.
//!
//! Source of the language: the Common Expression Language specification (cel-spec). What a caller merely declares
//! (the session's labels) may only make an answer stricter; [`Condition::label_use`] says how an expression depends
//! on it, so that the loader can refuse one that would loosen.

mod history;
mod names;
mod survey;
mod toil;

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value as Cel};

use self::names::Names;
use self::survey::{Survey, Surveyed};
use self::toil::{Toil, WORK_MAX};
use super::clause::Request;
use crate::facts::Question;
use crate::limits;

/// An expression that answers true or false about a request.
#[derive(Clone)]
pub struct Condition {
    text: Arc<str>,
    program: Arc<Program>,
    label_use: LabelUse,
    toil: Toil,
    questions: Vec<Question>,
}

/// How an expression's answer depends on the session's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelUse {
    /// Not at all.
    None,
    /// A further label can only turn it from false to true.
    Raises,
    /// A further label can only turn it from true to false.
    Lowers,
    /// A further label may turn it either way.
    Unclear,
}

/// Why an expression was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of problem.
    pub code: &'static str,
    /// One clause.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Deeper nesting could overflow the stack of a small thread, which nothing can catch.
const DEPTH_MAX: usize = 12;
const OPERATORS_MAX: usize = 128;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

impl Condition {
    /// Reads an expression and checks every name in it.
    ///
    /// # Errors
    /// Why it was refused; all names at once.
    pub fn compile(text: &str) -> Result<Condition, Vec<Refusal>> {
        check_bounds(text)?;
        let program = ENV.compile(text).map_err(|errors| vec![syntax(&errors)])?;
        let Surveyed { label_use, toil, questions } = Survey::of(program.expression())?;
        Ok(Condition { text: text.into(), program: Arc::new(program), label_use, toil, questions })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How its answer depends on the session's labels.
    pub fn label_use(&self) -> LabelUse {
        self.label_use
    }

    /// What it asks about the past.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Its answer for `request`.
    ///
    /// # Errors
    /// Why there is none, without any value: an argument that is missing, a comparison of text with a number, an
    /// answer that is neither true nor false.
    pub fn evaluate(&self, request: &Request) -> Result<bool, String> {
        if self.toil.work(request) > WORK_MAX {
            return Err("the arguments are too large for it".to_owned());
        }
        let names = Names { request };
        let mut context = Context::with_env(ENV.clone());
        context.set_variable_resolver(&names);
        if !self.questions.is_empty() {
            history::answer(&mut context, request);
        }
        match self.program.execute(&context) {
            Ok(Cel::Bool(answer)) => Ok(answer),
            Ok(_) => Err("the condition is neither true nor false".to_owned()),
            Err(error) => Err(failure(&error)),
        }
    }
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Condition({})", self.text)
    }
}

/// Bounds nesting and length before a recursive parser sees the text.
fn check_bounds(text: &str) -> Result<(), Vec<Refusal>> {
    let (mut depth, mut deepest, mut operators) = (0usize, 0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'?' | b'!' | b'<' | b'>' | b'=' | b'&' | b'|' | b'.' => operators += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if text.len() > limits::CONDITION_BYTES_MAX || deepest > DEPTH_MAX || operators > 2 * OPERATORS_MAX {
        let help = "split it over several rules: the strictest answer wins";
        return Err(vec![refusal("policy.condition_too_large", "the condition is too large or nested too deep", help)]);
    }
    Ok(())
}

fn refusal(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into(), help: help.into() }
}

fn syntax(errors: &cel::ParseErrors) -> Refusal {
    let first = errors.errors.first();
    let text = first.map_or("it cannot be read", |error| error.msg.as_str());
    let text = text.split(" expecting ").next().unwrap_or_default().trim_start_matches("Syntax error: ");
    let column = first.map_or(1, |error| error.pos.1.max(1));
    refusal(
        "policy.condition_syntax",
        format!("the condition is not CEL: {text} (character {column})"),
        "see docs/policy.md, `when`",
    )
}

/// What an evaluation failed of, with names but without values.
fn failure(error: &cel::ExecutionError) -> String {
    use cel::ExecutionError as E;
    match error {
        E::NoSuchKey(key) => format!("`{key}` is missing"),
        E::UndeclaredReference(name) => format!("`{name}` is not known"),
        E::NoSuchOverload(overload) => {
            format!(
                "`{}` does not take {}",
                overload.function().trim_matches('_'),
                overload.argument_types().join(" and ")
            )
        }
        _ => "the condition could not be evaluated".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::survey::FUNCTIONS;
    use super::*;
    use crate::action::Category;
    use crate::action::{Action, Target};
    use crate::call::ToolCall;
    use crate::clock::Timestamp;
    use crate::facts::Facts;
    use crate::value::{Map, Value};

    fn action(args: Map) -> Action {
        let action = Action::new("create_charge".into(), "createcharge".into(), Category::Payment, 0);
        Action { target: Target::Name("cus_1".into()), args, ..action }
    }

    fn answer(text: &str) -> Result<bool, String> {
        let mut call =
            ToolCall::from_json("t", r#"{"amount": 1500.5, "tags": ["a", "b"], "note": "hello", "deep": {"n": 3}}"#)
                .unwrap();
        call.session.labels = vec!["untrusted".into()];
        let action = action(call.args.clone());
        let now = Timestamp::parse("2026-11-21T08:30:00Z").unwrap();
        let facts = &Facts::at(now);
        Condition::compile(text).unwrap().evaluate(&Request { call: &call, action: &action, risk: 0, facts })
    }

    fn refusals(text: &str) -> Vec<&'static str> {
        Condition::compile(text)
            .map_or_else(|refusals| refusals.iter().map(|refusal| refusal.code).collect(), |_| Vec::new())
    }

    #[test]
    fn conditions_see_the_call() {
        for (text, expected) in [
            ("args.amount > 1000", true),
            ("args.amount > 1000 && args.deep.n == 3", true),
            ("'a' in args.tags", true),
            ("args.tags.exists(t, t.startsWith('b'))", true),
            ("has(args.missing)", false),
            ("action.type == 'create_charge' && action.category == 'payment'", true),
            ("action.target.matches('^cus_')", true),
            ("'untrusted' in session.labels", true),
            ("now > timestamp('2026-01-01T00:00:00Z')", true),
            ("now.getHours('Europe/Berlin') == 9", true),
            ("args['note'].size() == 5", true),
            ("principal.role == ''", true),
            ("type(args.tags) == list && type(args.note) == string", true),
            ("action.command == ''", true),
        ] {
            assert_eq!(answer(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_says_why() {
        assert_eq!(answer("args.missing > 1"), Err("`missing` is missing".to_owned()));
        assert_eq!(answer("args.note > 1"), Err("`>` does not take string and int".to_owned()));
        assert_eq!(answer("args.amount"), Err("the condition is neither true nor false".to_owned()));
    }

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(refusals("arg.amount > 1 || actoin.type == ''"), ["policy.unknown_name", "policy.unknown_name"]);
        assert_eq!(refusals("action.kind == ''"), ["policy.unknown_name"]);
        assert_eq!(refusals("sized(args.note) > 1"), ["policy.unknown_name"]);
        assert_eq!(refusals("1 +"), ["policy.condition_syntax"]);
        assert_eq!(refusals("history.sum('a', args.b, '1h') > 1"), ["policy.bad_history"]);
        assert_eq!(refusals("history.most('a', '1h') > 1 || history == 1"), ["policy.bad_history"; 2]);
        assert!(refusals("history.sum('a', 'b', '1h', 'session') > 1").is_empty());
        assert_eq!(refusals("x > 1"), ["policy.unknown_name"]);
        assert_eq!(refusals("args.note.matches(args.pattern)"), ["policy.condition_unsupported"]);
        assert_eq!(refusals("args.note.matches('(')"), ["policy.condition_unsupported"]);
        assert!(refusals("args.tags.all(x, x != 'q')").is_empty());
    }

    #[test]
    fn every_known_function_exists() {
        let environment = Context::with_env(ENV.clone());
        for name in FUNCTIONS {
            let forms = [
                format!("{name}('1') != dyn(null)"),
                format!("'1'.{name}('1') != dyn(null)"),
                format!("now.{name}() != 1"),
                format!("{name}(1, 2) == 1"),
            ];
            let known = forms.iter().any(|form| {
                let program = ENV.compile(form).unwrap();
                !matches!(program.execute(&environment), Err(cel::ExecutionError::UndeclaredReference(what)) if what.as_str() == *name)
            });
            assert!(known, "{name}");
        }
    }

    #[test]
    fn dependence_on_labels_is_seen() {
        for (text, expected) in [
            ("args.amount > 1", LabelUse::None),
            ("'a' in session.labels && args.amount > 1", LabelUse::Raises),
            ("!('a' in session.labels)", LabelUse::Lowers),
            ("!('a' in session.labels) || 'b' in session.labels", LabelUse::Unclear),
            ("session.labels.exists(l, l.startsWith('pii'))", LabelUse::Raises),
            ("session.labels.all(l, l != 'pii')", LabelUse::Lowers),
            ("size(session.labels) == 0", LabelUse::Unclear),
            ("('a' in session.labels) == false", LabelUse::Unclear),
            ("('a' in session.labels) ? true : false", LabelUse::Unclear),
            ("session['labels'].size() > 0", LabelUse::Unclear),
            ("session == session", LabelUse::Unclear),
        ] {
            assert_eq!(Condition::compile(text).unwrap().label_use(), expected, "{text}");
        }
    }

    #[test]
    fn the_work_of_loops_is_bounded() {
        let answer = |text: &str, items: i64| {
            let list: Vec<Value> = (0..items).map(Value::Int).collect();
            let args = Map::from_pairs(vec![("a".into(), Value::List(list.into()))]).unwrap();
            let call = ToolCall::new("t", args.clone());
            let action = action(args);
            Condition::compile(text).unwrap().evaluate(&Request {
                call: &call,
                action: &action,
                risk: 0,
                facts: &Facts::at(Timestamp::from_micros(0)),
            })
        };
        let too_large = Err("the arguments are too large for it".to_owned());
        for text in [
            "args.a.all(x, args.a.exists(y, x == y))",
            "args.a.all(x, x in args.a)",
            "args.a.all(x, string(x).matches('^[0-9]+$'))",
        ] {
            assert_eq!(answer(text, 100), Ok(true), "{text}");
            assert_eq!(answer(text, 60_000), too_large, "{text}");
        }
        assert_eq!(answer("args.a.all(x, x >= 0)", 60_000), Ok(true));
        assert_eq!(answer("args.a.map(x, x).size() == 60000", 60_000), Ok(true));
    }

    #[test]
    fn large_conditions_are_refused_before_they_are_parsed() {
        for text in [
            "(".repeat(3000),
            "1+".repeat(1000),
            "!".repeat(4000),
            format!("'{}'", "a".repeat(5000)),
            "a.".repeat(2000),
        ] {
            assert_eq!(refusals(&text), ["policy.condition_too_large"]);
        }
    }

    #[test]
    fn the_largest_allowed_conditions_fit_a_small_stack() {
        let nested = |open: &str, inner: &str, close: &str| {
            format!("{}{inner}{}", open.repeat(DEPTH_MAX), close.repeat(DEPTH_MAX))
        };
        let chains = [
            "1 + ".repeat(2 * OPERATORS_MAX - 2) + "1 == 1",
            "!".repeat(2 * OPERATORS_MAX) + "true",
            "true || ".repeat(OPERATORS_MAX) + "true",
        ];
        let texts: Vec<String> =
            [nested("(", "1", ")") + " == 1", nested("size([", "1", "])"), nested("[", "1", "]") + " == []"]
                .into_iter()
                .chain(chains)
                .collect();
        let small = std::thread::Builder::new().stack_size(512 << 10);
        small.spawn(move || texts.iter().for_each(|text| drop(Condition::compile(text)))).unwrap().join().unwrap();
    }
}
