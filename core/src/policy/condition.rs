//! A rule's `when`: a CEL expression over the call, checked when the policy is loaded.
//!
//! Source of the language: the Common Expression Language specification (cel-spec). What a caller merely declares
//! (the session's labels) may only make an answer stricter; [`Condition::label_use`] says how an expression depends
//! on it, so that the loader can refuse one that would loosen.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::{Context, Env, Program, Value as Cel};

use super::clause::Request;
use crate::action::{Action, Target};
use crate::limits;
use crate::shape::nearest;
use crate::value::{Map, Value};

/// An expression that answers true or false about a request.
#[derive(Clone)]
pub struct Condition {
    text: Arc<str>,
    program: Arc<Program>,
    roots: BTreeSet<&'static str>,
    label_use: LabelUse,
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

/// The names an expression may begin with, and the fields of each; `None` where any field may be asked for.
const ROOTS: &[(&str, Option<&[&str]>)] = &[
    ("action", Some(&["type", "category", "target", "flags", "confidence", "command"])),
    ("args", None),
    ("principal", Some(&["id", "role", "on_behalf_of", "attributes"])),
    ("session", Some(&["id", "labels"])),
    ("call", Some(&["tool", "framework", "server", "id", "cwd"])),
    ("now", Some(&[])),
    ("history", Some(&[])),
];

/// The functions of the standard library. The test of this file calls each.
const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "bytes",
    "type",
    "dyn",
    "timestamp",
    "duration",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
    "min",
    "max",
];

/// The names of types, for comparisons such as `type(args.to) == list`.
const TYPES: &[&str] = &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

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
        let mut survey = Survey::default();
        survey.walk(program.expression(), Some(true), &mut Vec::new());
        if !survey.refusals.is_empty() {
            return Err(survey.refusals);
        }
        let label_use = survey.label_use();
        Ok(Condition { text: text.into(), program: Arc::new(program), roots: survey.roots, label_use })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How its answer depends on the session's labels.
    pub fn label_use(&self) -> LabelUse {
        self.label_use
    }

    /// Its answer for `request`.
    ///
    /// # Errors
    /// Why there is none, without any value: an argument that is missing, a comparison of text with a number, an
    /// answer that is neither true nor false.
    pub fn evaluate(&self, request: &Request) -> Result<bool, String> {
        let mut context = Context::with_env(ENV.clone());
        for root in &self.roots {
            context.add_variable_from_value(*root, root_value(root, request));
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

/// Walks an expression once and notes what it refers to.
#[derive(Default)]
struct Survey {
    roots: BTreeSet<&'static str>,
    refusals: Vec<Refusal>,
    raises: bool,
    lowers: bool,
}

impl Survey {
    fn label_use(&self) -> LabelUse {
        match (self.raises, self.lowers) {
            (false, false) => LabelUse::None,
            (true, false) => LabelUse::Raises,
            (false, true) => LabelUse::Lowers,
            (true, true) => LabelUse::Unclear,
        }
    }

    fn labels(&mut self, rising: Option<bool>) {
        self.roots.insert("session");
        self.raises |= rising != Some(false);
        self.lowers |= rising != Some(true);
    }

    /// `rising` tells whether the whole becomes true when this part does; `None` if that is unknown. `bound` holds the
    /// variables of the comprehensions around.
    fn walk(&mut self, node: &IdedExpr, rising: Option<bool>, bound: &mut Vec<String>) {
        if is_labels(node) {
            return self.labels(None);
        }
        match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => self.ident(name, bound),
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(root) => self.field(root, &select.field, bound),
                _ => self.walk(&select.operand, None, bound),
            },
            Expr::Call(call) => self.call(call, rising, bound),
            Expr::List(list) => list.elements.iter().for_each(|item| self.walk(item, None, bound)),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, rising, bound),
            Expr::Map(_) | Expr::Struct(_) => self.refuse_maps(),
        }
    }

    fn refuse_maps(&mut self) {
        self.refusals.push(refusal(
            "policy.condition_unsupported",
            "a condition may not build a mapping",
            "compare fields one by one",
        ));
    }

    fn ident(&mut self, name: &str, bound: &[String]) {
        if name == "history" {
            let help = "remove it; nothing in this version would act on it";
            self.refusals.push(refusal("policy.not_yet", "`history` does not work yet", help));
        } else if name == "session" {
            // Whoever takes the session as a whole can get at its labels in any way.
            self.labels(None);
        } else if let Some((root, _)) = ROOTS.iter().find(|(root, _)| *root == name) {
            self.roots.insert(root);
        } else if !bound.iter().any(|variable| variable == name) && !TYPES.contains(&name) {
            let known = || ROOTS.iter().map(|(root, _)| *root).filter(|root| *root != "history");
            self.unknown(name, known);
        }
    }

    fn field(&mut self, root: &str, field: &str, bound: &[String]) {
        let is_bound = bound.iter().any(|variable| variable == root);
        match ROOTS.iter().find(|(name, _)| *name == root && root != "history" && !is_bound) {
            Some((_, Some(fields))) if !fields.contains(&field) => {
                self.unknown(&format!("{root}.{field}"), || fields.iter().copied())
            }
            Some(("session", _)) if field == "labels" => self.labels(None),
            Some((root, _)) => {
                self.roots.insert(root);
            }
            None => self.ident(root, bound),
        }
    }

    fn unknown<'a, I: Iterator<Item = &'a str>>(&mut self, name: &str, known: impl Fn() -> I) {
        let last = name.rsplit('.').next().unwrap_or(name);
        let help = match nearest(last, known()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("known are {}", known().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
        };
        self.refusals.push(refusal(
            "policy.unknown_name",
            format!("the condition asks for `{name}`, which does not exist"),
            help,
        ));
    }

    fn call(&mut self, call: &CallExpr, rising: Option<bool>, bound: &mut Vec<String>) {
        let name = call.func_name.as_str();
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with('_');
        if plain && name != operators::HAS && !FUNCTIONS.contains(&name) && !self.is_history(call) {
            self.unknown(name, || FUNCTIONS.iter().copied());
        }
        match (name, &call.args[..]) {
            (operators::LOGICAL_NOT, [inner]) => self.walk(inner, rising.map(|up| !up), bound),
            (operators::LOGICAL_AND | operators::LOGICAL_OR, parts) => {
                parts.iter().for_each(|part| self.walk(part, rising, bound));
            }
            (operators::IN, [element, list]) if is_labels(list) => {
                self.walk(element, None, bound);
                self.labels(rising);
            }
            (_, parts) => {
                call.target.iter().for_each(|target| self.walk(target, None, bound));
                parts.iter().for_each(|part| self.walk(part, None, bound));
            }
        }
    }

    fn is_history(&self, call: &CallExpr) -> bool {
        call.target.as_ref().is_some_and(|target| matches!(&target.expr, Expr::Ident(name) if name == "history"))
    }

    fn comprehension(&mut self, loop_: &ComprehensionExpr, rising: Option<bool>, bound: &mut Vec<String>) {
        if is_labels(&loop_.iter_range) {
            self.labels(quantifier(loop_).and_then(|exists| rising.map(|up| up == exists)));
        } else {
            self.walk(&loop_.iter_range, None, bound);
        }
        let before = bound.len();
        bound.extend([loop_.iter_var.clone(), loop_.accu_var.clone()]);
        bound.extend(loop_.iter_var2.clone());
        for part in [&loop_.accu_init, &loop_.loop_cond, &loop_.loop_step, &loop_.result] {
            self.walk_macro(part, bound);
        }
        bound.truncate(before);
    }

    /// Inside a macro's expansion there are calls that nobody can write.
    fn walk_macro(&mut self, node: &IdedExpr, bound: &mut Vec<String>) {
        match &node.expr {
            Expr::Call(call) if call.func_name.starts_with('@') && call.func_name != operators::IN => {
                call.args.iter().for_each(|part| self.walk_macro(part, bound));
            }
            _ => self.walk(node, None, bound),
        }
    }
}

/// Whether a comprehension is `exists` (true) or `all` (false): they start from the opposite answer.
fn quantifier(loop_: &ComprehensionExpr) -> Option<bool> {
    match (&loop_.accu_init.expr, &loop_.result.expr) {
        (Expr::Literal(LiteralValue::Boolean(start)), Expr::Ident(_)) => Some(!*start.inner()),
        _ => None,
    }
}

fn is_labels(node: &IdedExpr) -> bool {
    let Expr::Select(select) = &node.expr else { return false };
    select.field == "labels" && !select.test && matches!(&select.operand.expr, Expr::Ident(root) if root == "session")
}

fn root_value(root: &str, request: &Request) -> Cel {
    let (call, action) = (request.call, request.action);
    match root {
        "action" => cel_map([
            ("type", text(&action.kind)),
            ("category", text(action.category.as_str())),
            ("target", text(action.target.as_str())),
            ("flags", Cel::from(request.flags().collect::<Vec<_>>())),
            ("confidence", text(action.confidence.as_str())),
            ("command", text(command(action))),
        ]),
        "args" => cel_of_map(&action.args),
        "principal" => cel_map([
            ("id", text(&call.principal.id)),
            ("role", text(call.principal.role.as_deref().unwrap_or_default())),
            ("on_behalf_of", texts(&call.principal.on_behalf_of)),
            ("attributes", cel_of_map(&call.principal.attributes)),
        ]),
        "session" => cel_map([("id", text(&call.session.id)), ("labels", texts(&call.session.labels))]),
        "call" => cel_map([
            ("tool", text(&call.tool)),
            ("framework", text(call.context.framework.as_deref().unwrap_or_default())),
            ("server", text(call.context.server.as_deref().unwrap_or_default())),
            ("id", text(call.context.call_id.as_deref().unwrap_or_default())),
            ("cwd", text(call.context.cwd.as_deref().unwrap_or_default())),
        ]),
        "now" => chrono::DateTime::from_timestamp_micros(request.now.as_micros())
            .map_or(Cel::Null, |now| Cel::Timestamp(now.into())),
        _ => Cel::Null,
    }
}

/// The command with its quotes resolved, as far as it could be read.
fn command(action: &Action) -> &str {
    match &action.target {
        Target::Command(line) => line.resolved().unwrap_or(line.as_str()),
        _ => "",
    }
}

fn text(text: &str) -> Cel {
    Cel::String(Arc::new(text.to_owned()))
}

fn texts(list: &[Arc<str>]) -> Cel {
    Cel::List(Arc::new(list.iter().map(|item| text(item)).collect()))
}

fn cel_map<const N: usize>(pairs: [(&str, Cel); N]) -> Cel {
    Cel::from(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<HashMap<String, Cel>>())
}

fn cel_of_map(map: &Map) -> Cel {
    Cel::from(map.iter().map(|(key, value)| (key.to_string(), cel_of(value))).collect::<HashMap<String, Cel>>())
}

fn cel_of(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(truth) => Cel::Bool(*truth),
        Value::Int(number) => Cel::Int(*number),
        Value::Float(number) => Cel::Float(*number),
        Value::String(string) => text(string),
        Value::List(items) => Cel::List(Arc::new(items.iter().map(cel_of).collect())),
        Value::Map(map) => cel_of_map(map),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Category, Confidence};
    use crate::call::ToolCall;
    use crate::clock::Timestamp;

    fn answer(text: &str) -> Result<bool, String> {
        let mut call =
            ToolCall::from_json("t", r#"{"amount": 1500.5, "tags": ["a", "b"], "note": "hello", "deep": {"n": 3}}"#)
                .unwrap();
        call.session.labels = vec!["untrusted".into()];
        let action = Action {
            kind: "create_charge".into(),
            key: "createcharge".into(),
            category: Category::Payment,
            base_risk: 0,
            target: Target::Name("cus_1".into()),
            args: call.args.clone(),
            effects: Vec::new(),
            flags: Vec::new(),
            confidence: Confidence::Exact,
            doubts: Vec::new(),
            cwd: None,
        };
        let now = Timestamp::parse("2026-11-21T08:30:00Z").unwrap();
        Condition::compile(text).unwrap().evaluate(&Request { call: &call, action: &action, risk: 0, now })
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
        assert_eq!(refusals("history.sum('a', 'b', '1h') > 1"), ["policy.not_yet"]);
        assert_eq!(refusals("x > 1"), ["policy.unknown_name"]);
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
