//! A rule's `when`: a CEL expression over the call, checked when the policy is loaded.
//!
//! Source of the language: the Common Expression Language specification (cel-spec). What a caller merely declares
//! (the session's labels) may only make an answer stricter; [`Condition::label_use`] says how an expression depends
//! on it, so that the loader can refuse one that would loosen.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
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
    label_use: LabelUse,
    toil: Toil,
}

/// How the work of an expression grows with what it is given.
#[derive(Clone, Copy, Debug, Default)]
struct Toil {
    /// How deep its loops are nested, searches of lists within loops included.
    loops: u32,
    /// Whether a loop reads a regular expression or goes through texts.
    reads_texts: bool,
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

/// Steps of loops that one evaluation may take; a step takes less than a microsecond.
const WORK_MAX: usize = 1 << 18;
/// How many steps it is worth to read one regular expression.
const READING: usize = 128;

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
        let (label_use, toil) = (survey.label_use(), survey.toil);
        Ok(Condition { text: text.into(), program: Arc::new(program), label_use, toil })
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
        if self.toil.work(request) > WORK_MAX {
            return Err("the arguments are too large for it".to_owned());
        }
        let names = Names { request };
        let mut context = Context::with_env(ENV.clone());
        context.set_variable_resolver(&names);
        match self.program.execute(&context) {
            Ok(Cel::Bool(answer)) => Ok(answer),
            Ok(_) => Err("the condition is neither true nor false".to_owned()),
            Err(error) => Err(failure(&error)),
        }
    }
}

impl Toil {
    /// The most steps that it can take. An expression without loops takes few.
    fn work(self, request: &Request) -> usize {
        if self.loops == 0 || self.loops == 1 && !self.reads_texts {
            return 0;
        }
        let mut extent =
            Extent { items: request.call.session.labels.len(), bytes: request.action.target.as_str().len() };
        extent.grow(&request.action.args);
        extent.grow(&request.call.principal.attributes);
        let texts = if self.reads_texts { READING.saturating_add(extent.bytes / 64) } else { 1 };
        extent.items.saturating_pow(self.loops).saturating_mul(texts)
    }
}

/// The longest list or mapping and the longest text that an expression can meet.
struct Extent {
    items: usize,
    bytes: usize,
}

impl Extent {
    fn grow(&mut self, map: &Map) {
        self.items = self.items.max(map.len());
        map.iter().for_each(|(_, value)| self.grow_by(value));
    }

    fn grow_by(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.bytes = self.bytes.max(text.len()),
            Value::Map(map) => self.grow(map),
            Value::List(items) => {
                self.items = self.items.max(items.len());
                items.iter().for_each(|item| self.grow_by(item));
            }
            _ => {}
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
    refusals: Vec<Refusal>,
    raises: bool,
    lowers: bool,
    toil: Toil,
    /// How many loops are around what is walked.
    around: u32,
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
        } else if !ROOTS.iter().any(|(root, _)| *root == name)
            && !bound.iter().any(|variable| variable == name)
            && !TYPES.contains(&name)
        {
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
            Some(_) => {}
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
        if name == "matches" {
            self.check_expression(call);
        }
        if self.around > 0 {
            self.toil(name, call);
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

    /// Notes what a call within a loop costs.
    fn toil(&mut self, name: &str, call: &CallExpr) {
        // `map` and `filter` add to their result item by item, and that name nobody can write.
        let collects = call
            .args
            .first()
            .is_some_and(|first| matches!(&first.expr, Expr::Ident(name) if name.starts_with(['@', '_'])));
        match name {
            operators::ADD if collects => {}
            // These go through a whole list each time.
            operators::IN | operators::ADD | "min" | "max" => {
                self.toil.loops = self.toil.loops.max(self.around + 1);
                self.toil.reads_texts |= name == operators::ADD;
            }
            "matches" | "contains" | "size" | "string" | "bytes" => self.toil.reads_texts = true,
            _ => {}
        }
    }

    /// A regular expression is part of the policy: one that a caller writes could take any time to be read.
    fn check_expression(&mut self, call: &CallExpr) {
        let written = match call.args.last().map(|last| &last.expr) {
            Some(Expr::Literal(LiteralValue::String(text))) => regex::Regex::new(text.inner()).is_ok(),
            _ => false,
        };
        if !written {
            let message = "`matches` takes a regular expression that is written in the condition";
            self.refusals.push(refusal("policy.condition_unsupported", message, "write it between quotes"));
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
        self.around += 1;
        self.toil.loops = self.toil.loops.max(self.around);
        for part in [&loop_.accu_init, &loop_.loop_cond, &loop_.loop_step, &loop_.result] {
            self.walk_macro(part, bound);
        }
        self.around -= 1;
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

/// What the names of an expression stand for. A field is looked up by itself, so that the rest of its root, such as the
/// whole content of a file among the arguments, is not copied for it.
struct Names<'a> {
    request: &'a Request<'a>,
}

impl VariableResolver for Names<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value = match name.split_once('.') {
            // `args.a.b` is a field of a field, never the argument called `a.b`.
            Some((_, field)) if field.contains('.') => None,
            Some((root, field)) => field_value(root, field, self.request),
            None => root_value(name, self.request),
        };
        value.and_then(|value| Box::try_from(value).ok()).map(CowVal::Owned)
    }
}

fn root_value(root: &str, request: &Request) -> Option<Cel> {
    let (_, fields) = ROOTS.iter().find(|(name, _)| *name == root)?;
    let field = |name: &&str| Some(((*name).to_owned(), field_value(root, name, request)?));
    Some(match (root, fields) {
        ("args", _) => cel_of_map(&request.action.args),
        ("now", _) => chrono::DateTime::from_timestamp_micros(request.now.as_micros())
            .map_or(Cel::Null, |now| Cel::Timestamp(now.into())),
        (_, Some(fields)) => Cel::from(fields.iter().filter_map(field).collect::<HashMap<String, Cel>>()),
        (_, None) => Cel::Null,
    })
}

/// The value of one field, also of an argument. Nothing if there is none of that name.
fn field_value(root: &str, field: &str, request: &Request) -> Option<Cel> {
    let (call, action, principal) = (request.call, request.action, &request.call.principal);
    let optional = |name: &Option<Arc<str>>| text(name.as_deref().unwrap_or_default());
    Some(match (root, field) {
        ("args", name) => cel_of(action.args.get(name)?),
        ("action", "type") => text(&action.kind),
        ("action", "category") => text(action.category.as_str()),
        ("action", "target") => text(action.target.as_str()),
        ("action", "flags") => Cel::from(request.flags().collect::<Vec<_>>()),
        ("action", "confidence") => text(action.confidence.as_str()),
        ("action", "command") => text(command(action)),
        ("principal", "id") => text(&principal.id),
        ("principal", "role") => optional(&principal.role),
        ("principal", "on_behalf_of") => texts(&principal.on_behalf_of),
        ("principal", "attributes") => cel_of_map(&principal.attributes),
        ("session", "id") => text(&call.session.id),
        ("session", "labels") => texts(&call.session.labels),
        ("call", "tool") => text(&call.tool),
        ("call", "framework") => optional(&call.context.framework),
        ("call", "server") => optional(&call.context.server),
        ("call", "id") => optional(&call.context.call_id),
        ("call", "cwd") => optional(&call.context.cwd),
        _ => return None,
    })
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

    fn action(args: Map) -> Action {
        Action {
            kind: "create_charge".into(),
            key: "createcharge".into(),
            category: Category::Payment,
            base_risk: 0,
            target: Target::Name("cus_1".into()),
            args,
            effects: Vec::new(),
            flags: Vec::new(),
            confidence: Confidence::Exact,
            doubts: Vec::new(),
            cwd: None,
        }
    }

    fn answer(text: &str) -> Result<bool, String> {
        let mut call =
            ToolCall::from_json("t", r#"{"amount": 1500.5, "tags": ["a", "b"], "note": "hello", "deep": {"n": 3}}"#)
                .unwrap();
        call.session.labels = vec!["untrusted".into()];
        let action = action(call.args.clone());
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
                now: Timestamp::from_micros(0),
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
