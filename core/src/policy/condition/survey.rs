//! Walks a condition once, when it is loaded: is every name known, what could it cost, and how does it depend on what a
//! caller declares?

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::toil::Toil;
use super::{LabelUse, Refusal, history, refusal};
use crate::facts::Question;
use crate::shape::nearest;

/// The names an expression may begin with, and the fields of each; `None` where any field may be asked for.
pub(super) const ROOTS: &[(&str, Option<&[&str]>)] = &[
    ("action", Some(&["type", "category", "target", "flags", "confidence", "command"])),
    ("args", None),
    ("principal", Some(&["id", "role", "on_behalf_of", "attributes"])),
    ("session", Some(&["id", "labels"])),
    ("call", Some(&["tool", "framework", "server", "id", "cwd"])),
    ("now", Some(&[])),
    ("history", Some(&[])),
];

/// The functions of the standard library. The test of this file calls each.
pub(super) const FUNCTIONS: &[&str] = &[
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

/// Walks an expression once and notes what it refers to.
#[derive(Default)]
pub(super) struct Survey {
    refusals: Vec<Refusal>,
    questions: Vec<Question>,
    raises: bool,
    lowers: bool,
    toil: Toil,
    /// How many loops are around what is walked.
    around: u32,
}

/// What there is to know of an expression.
pub(super) struct Surveyed {
    /// How it depends on the labels.
    pub(super) label_use: LabelUse,
    /// What it can cost.
    pub(super) toil: Toil,
    /// What it asks about the past.
    pub(super) questions: Vec<Question>,
}

impl Survey {
    /// What there is to know of an expression.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub(super) fn of(expression: &IdedExpr) -> Result<Surveyed, Vec<Refusal>> {
        let mut survey = Survey::default();
        survey.walk(expression, Some(true), &mut Vec::new());
        if !survey.refusals.is_empty() {
            return Err(survey.refusals);
        }
        Ok(Surveyed { label_use: survey.label_use(), toil: survey.toil, questions: survey.questions })
    }

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
            let help = "ask it something, such as `history.count(\"create_charge\", \"24h\")`";
            self.refusals.push(refusal("policy.bad_history", "`history` alone says nothing", help));
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
        if self.is_history(call) {
            return match history::question(call) {
                Ok(question) => self.questions.push(question),
                Err(refused) => self.refusals.push(refused),
            };
        }
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with('_');
        if plain && name != operators::HAS && !FUNCTIONS.contains(&name) {
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
