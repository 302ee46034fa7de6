//! Works out what the expressions of a piece of code are known to be, and sees the calls among them.
//!
//! This is no parser: the tokens are taken one by one, and a stack holds what is open. Every token is looked at a bounded
//! number of times, so the time is linear; what the stack holds is in memory of its own, so nothing can overflow.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::call::Call;
use super::token::{Kind, Token};
use super::value::{Data, Item, Value};
use super::{Bare, Context, Language};
use crate::code::place;
use crate::limits;
use crate::shell::flag::Flag;

/// Runs through `tokens`, noting in `context` what is found.
pub(super) fn run(language: &'static Language, tokens: &[Token], context: &mut Context) {
    let mut machine = Machine {
        language,
        tokens,
        at: 0,
        context,
        variables: HashMap::default(),
        frames: vec![Frame::new(Bracket::Block)],
        spare: Frame::new(Bracket::Block),
    };
    while let Some(token) = tokens.get(machine.at) {
        machine.step(token);
        machine.at += 1;
    }
    while machine.frames.len() > 1 {
        machine.close_one();
    }
    machine.end_item();
}

pub(super) struct Machine<'m, 't> {
    pub(super) language: &'static Language,
    tokens: &'m [Token<'t>],
    at: usize,
    pub(super) context: &'m mut Context,
    variables: HashMap<Box<str>, Value, RandomState>,
    frames: Vec<Frame>,
    /// Stands in where the stack is empty, which it never is.
    spare: Frame,
}

/// What an open bracket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    /// Statements: the whole, or those in braces.
    Block,
    /// An expression in round brackets.
    Group,
    /// The arguments of a call.
    Call,
    /// A list in square brackets.
    List,
    /// The key of an element.
    Index,
    /// Pairs of names and values in braces.
    Record,
    /// Code in a string.
    Hole,
    /// The arguments of a call without brackets.
    Bare,
    /// The arguments of a command, apart by spaces.
    Command,
}

struct Frame {
    bracket: Bracket,
    callee: Option<Callee>,
    items: Vec<Item>,
    current: Current,
    /// Whether several things stood on the left, so that what is assigned to which is not known.
    is_several: bool,
    /// What is handed to the next command.
    piped: Option<Value>,
}

/// What is called: by its full name, as a method of something, or both.
#[derive(Clone, Debug, Default)]
pub(super) struct Callee {
    pub(super) value: Value,
    /// The name of a command as it was written.
    pub(super) written: Option<Rc<str>>,
    pub(super) method: Option<Rc<str>>,
    pub(super) this: Value,
}

/// The expression that is being read.
#[derive(Default)]
struct Current {
    /// What the operands so far come to, and what joins the next one to them.
    left: Option<(Value, Operator)>,
    /// The last operand; none if one is expected.
    value: Option<Value>,
    /// How it was written, if it is a name with members: what an assignment is to.
    path: Option<String>,
    method: Option<(Rc<str>, Value)>,
    label: Option<Rc<str>>,
    assigned: Option<String>,
    annotated: Option<String>,
    cast: Option<Rc<str>>,
    is_conditional: bool,
    /// Whether the next operand is a part of the last one.
    is_tight: bool,
    /// Whether the next operand goes into a list with the last one.
    is_listed: bool,
    /// Whether what comes is a command by its value.
    invokes: bool,
}

/// What joins the next operand to the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Join,
    /// `/` behind a path object.
    Path,
    /// Fills the places of a text.
    Format,
    /// `-join`: the texts of a list, with the next operand between them.
    Between,
    Other,
}

impl Frame {
    fn new(bracket: Bracket) -> Frame {
        Frame { bracket, callee: None, items: Vec::new(), current: Current::default(), is_several: false, piped: None }
    }

    fn is_implicit(&self) -> bool {
        matches!(self.bracket, Bracket::Bare | Bracket::Command)
    }
}

impl<'m, 't> Machine<'m, 't> {
    fn step(&mut self, token: &Token<'t>) {
        if self.frames.len() > limits::CODE_DEPTH_MAX {
            self.context.reading.doubt("the code nests too deeply to be read whole");
            self.at = self.tokens.len();
            return;
        }
        match token.kind {
            Kind::Name => self.name(token),
            Kind::Number => self.operand_of(token, number(&token.text)),
            Kind::Text => self.operand_of(token, Value::text(&token.text)),
            Kind::Regex => self.operand_of(token, Value::default()),
            Kind::Piece => self.piece(token),
            Kind::Sign => self.sign(token),
            Kind::Line => self.line(),
            Kind::HoleOpen => self.frames.push(Frame::new(Bracket::Hole)),
            Kind::HoleClose => self.close(&[Bracket::Hole]),
            Kind::Command => self.command(token),
            Kind::Option => self.option(&token.text),
        }
    }

    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().unwrap_or(&mut self.spare)
    }

    fn current(&mut self) -> &mut Current {
        &mut self.top().current
    }

    /// The token `by` places further on.
    pub(super) fn ahead(&self, by: usize) -> Option<&'m Token<'t>> {
        self.tokens.get(self.at + by)
    }

    /// Passes over `count` tokens.
    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Goes back to the last token, so that the one behind it is looked at again.
    pub(super) fn step_back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// What a full name stands for: a text, or the name itself.
    pub(super) fn value_named(&mut self, name: &str) -> Value {
        let row = self.language.table().get(name);
        if let Some(flag) = row.and_then(|row| row.mention) {
            self.context.reading.flag(flag);
        }
        row.and_then(|row| row.is).map_or_else(|| Value::named(name), Value::text)
    }

    pub(super) fn assign(&mut self, name: &str, value: Value) {
        self.variables.insert(name.into(), value);
    }

    fn name(&mut self, token: &Token<'t>) {
        let name = &*token.text;
        let is_member = self.at > 0 && self.ahead_is_member_sign(self.at - 1);
        if !is_member && self.is_at_statement_start() && (self.language.statement)(self) {
            return;
        }
        if !is_member && self.language.prefixes.contains(&name) {
            return;
        }
        if !is_member && self.language.keywords.contains(&name) {
            return self.keyword();
        }
        if name.starts_with('[') && !self.ahead(1).is_some_and(|next| next.is_sign("::")) {
            self.current().cast = Some(name.trim_matches(['[', ']']).into());
            return;
        }
        let folded = self.folded(name.trim_matches(['[', ']']));
        let folded = if name.starts_with('[') { folded.trim_start_matches("system.") } else { &folded };
        self.operand_begins(token);
        let value = self.value_of(folded);
        let path = folded.to_owned();
        self.operand(value);
        self.current().path = Some(path);
    }

    fn folded<'a>(&self, name: &'a str) -> std::borrow::Cow<'a, str> {
        if self.language.ignores_case { name.to_ascii_lowercase().into() } else { name.into() }
    }

    fn value_of(&mut self, name: &str) -> Value {
        if let Some(variable) = name.strip_prefix("$env:") {
            return self.variable_of_environment(variable);
        }
        match self.variables.get(name) {
            Some(value) => value.clone(),
            None => self.value_named(name),
        }
    }

    fn is_at_statement_start(&mut self) -> bool {
        let frame = self.top();
        frame.bracket == Bracket::Block && frame.current.value.is_none() && frame.current.assigned.is_none()
    }

    /// A word that ends an operand. Of what is assigned or handed over nothing is known any more.
    fn keyword(&mut self) {
        self.close_implicit();
        let is_statement = self.top().bracket == Bracket::Block && self.current().assigned.is_none();
        if is_statement {
            *self.current() = Current::default();
        } else if self.current().value.is_some() {
            self.join_next(Operator::Other);
        }
    }

    /// Takes the last operand to those before it; another one is expected.
    fn join_next(&mut self, operator: Operator) {
        let whole = self.whole();
        let current = self.current();
        current.left = whole.map(|value| (value, operator));
        (current.path, current.method) = (None, None);
    }

    /// What all operands come to.
    fn whole(&mut self) -> Option<Value> {
        let current = self.current();
        match (current.left.take(), current.value.take()) {
            (Some((left, operator)), Some(right)) => Some(self.combine(left, operator, right)),
            (Some((left, _)), None) => Some(left),
            (None, value) => value,
        }
    }

    /// Before an operand: one that follows another begins a call without brackets, or is the next word of a command.
    fn operand_begins(&mut self, token: &Token<'t>) {
        let language = self.language;
        if self.current().value.is_none() {
            return;
        }
        if self.current().is_listed {
            return;
        }
        if self.top().bracket == Bracket::Command {
            if token.spaced {
                self.end_item();
            } else {
                self.current().is_tight = true;
            }
            return;
        }
        let is_callable = self.current().path.is_some() || self.current().method.is_some();
        let name = self.current().value.as_ref().and_then(Value::name).unwrap_or_default();
        let is_called = match language.bare {
            Bare::Any => token.spaced && !name.starts_with(['$', '@', '%']),
            Bare::Names(names) => names.contains(&name),
            Bare::Texts => matches!(token.kind, Kind::Text),
            Bare::None => false,
        };
        if is_callable && is_called {
            let callee = self.take_callee();
            self.frames.push(Frame { callee: Some(callee), ..Frame::new(Bracket::Bare) });
        }
    }

    fn operand_of(&mut self, token: &Token<'t>, value: Value) {
        self.operand_begins(token);
        self.operand(value);
    }

    fn piece(&mut self, token: &Token<'t>) {
        let goes_on = self.at > 0 && self.tokens.get(self.at - 1).is_some_and(|before| before.kind == Kind::HoleClose);
        if goes_on {
            self.current().is_tight = true;
            return self.operand(Value::text(&token.text));
        }
        self.operand_of(token, Value::text(&token.text));
    }

    /// Takes an operand into the expression.
    fn operand(&mut self, value: Value) {
        let value = match self.current().cast.take() {
            Some(cast) => self.cast(&cast, value),
            None => value,
        };
        if std::mem::take(&mut self.current().invokes) {
            return self.invoke(value);
        }
        let adjacent = self.language.joins_texts;
        let current = self.current();
        (current.path, current.method) = (None, None);
        let is_tight = std::mem::take(&mut current.is_tight);
        let is_listed = std::mem::take(&mut current.is_listed);
        let joined = match current.value.take() {
            Some(left) if is_listed => self.listed(left, value),
            Some(left) if is_tight || adjacent && left.as_text().is_some() && value.as_text().is_some() => {
                self.context.budget.join(&left, "", &value)
            }
            _ => value,
        };
        self.current().value = Some(joined);
        // A call without brackets that takes one text is over with it.
        if self.language.bare == Bare::Texts && self.top().bracket == Bracket::Bare {
            self.close_one();
        }
    }

    fn combine(&mut self, left: Value, operator: Operator, right: Value) -> Value {
        let origin = left.origin.with(right.origin);
        match operator {
            Operator::Join => self.context.budget.join(&left, "", &right),
            Operator::Path => {
                let between = if left.as_text().is_some_and(|text| text.ends_with('/')) { "" } else { "/" };
                let joined = self.context.budget.join(&left, between, &right);
                match joined.data {
                    Data::Text(text) => Value { data: Data::Path(text), ..joined },
                    _ => joined,
                }
            }
            Operator::Format => {
                let lone = [(None, right.clone())];
                self.context.filled(&left, right.items().unwrap_or(&lone)).from(origin)
            }
            Operator::Between => self.context.joined(&left, right.as_text().unwrap_or_default()).from(origin),
            Operator::Other => Value::default().from(origin),
        }
    }

    /// `a, b` of a command.
    fn listed(&mut self, left: Value, right: Value) -> Value {
        let origin = left.origin.with(right.origin);
        let mut items: Vec<Item> = match left.items() {
            Some(items) if self.context.budget.take(items.len() * 16) => items.to_vec(),
            Some(_) => Vec::new(),
            None => vec![(None, left)],
        };
        items.push((None, right));
        Value::new(Data::List(items.into())).from(origin)
    }

    /// `[char]105`, `[string]…`: a value as another type.
    fn cast(&mut self, cast: &str, value: Value) -> Value {
        let origin = value.origin;
        match (cast.to_ascii_lowercase().as_str(), &value.data) {
            ("char", Data::List(items)) => self.context.each_character(items).from(origin),
            ("char", _) => self.context.characters(&[(None, value)]).from(origin),
            ("-join", _) => self.context.joined(&value, "").from(origin),
            _ => value,
        }
    }

    /// `& value`: the value is the name of a command.
    fn invoke(&mut self, value: Value) {
        let written = value.known().map(Rc::from);
        let name = value.known().map(str::to_ascii_lowercase);
        let is_known = name.is_some();
        let callee = Callee { value: name.map_or(value, |name| Value::named(&name)), written, ..Callee::default() };
        if !is_known {
            self.context.reading.doubt("a command is run whose name is computed");
        }
        self.frames.push(Frame { callee: Some(callee), ..Frame::new(Bracket::Command) });
    }

    fn command(&mut self, token: &Token<'t>) {
        let name = token.text.to_ascii_lowercase();
        let this = self.top().piped.take().unwrap_or_default();
        let callee = Callee { value: Value::named(&name), written: Some((*token.text).into()), method: None, this };
        self.frames.push(Frame { callee: Some(callee), ..Frame::new(Bracket::Command) });
    }

    /// `-Name` in a command: a switch, or the name of the next word.
    fn option(&mut self, name: &str) {
        self.end_item();
        let name = name.to_ascii_lowercase();
        let is_cut = |switch: &&&str| switch.starts_with(&*name) && (name.len() > 1 || matches!(&*name, "r" | "f"));
        if self.language.switches.iter().any(|switch| is_cut(&switch)) {
            self.top().items.push((Some(name.into()), Value::named("$true")));
        } else {
            self.current().label = Some(name.into());
        }
    }

    fn sign(&mut self, token: &Token<'t>) {
        let language = self.language;
        let sign = &*token.text;
        if language.members.contains(&sign) && self.member(token) {
            return;
        }
        match sign {
            "(" => self.open_round(token),
            "[" => self.open_square(token),
            "{" => self.open_brace(token),
            ")" => self.close(&[Bracket::Group, Bracket::Call]),
            "]" => self.close(&[Bracket::List, Bracket::Index]),
            "}" => self.close(&[Bracket::Block, Bracket::Record, Bracket::Index]),
            ";" => self.end_statement(),
            "," => self.comma(),
            "|" if language.has_commands => self.pipe(),
            "&" if language.has_commands => self.current().invokes = true,
            "&&" | "||" if language.has_commands => self.end_statement(),
            "=" | ":=" => self.assignment(sign),
            "+=" | ".=" | "..=" => self.addition(),
            ":" | "=>" => self.label(sign),
            "?" => {
                let current = self.current();
                let (assigned, label) = (current.assigned.take(), current.label.take());
                // Which of the two values it is nobody knows.
                let left = Some((Value::default(), Operator::Other));
                *current = Current { assigned, label, left, is_conditional: true, ..Current::default() };
            }
            "->" | "::" | "?." | "&." | "." if !language.joins.contains(&sign) => self.join_next(Operator::Other),
            _ => self.operator(sign),
        }
    }

    fn operator(&mut self, sign: &str) {
        if self.current().value.is_none() {
            // In front of an operand: `-x`, `!x`, `*x`, and `-join` of what follows.
            if sign == "-join" {
                self.current().cast = Some(sign.into());
            }
            return;
        }
        self.join_next(Operator::Other);
        let joins = self.language.joins.contains(&sign);
        let Some((left, operator)) = self.current().left.as_mut() else { return };
        let is_text = left.as_text().is_some();
        *operator = match sign {
            _ if joins => Operator::Join,
            "/" if is_text => Operator::Path,
            "%" if is_text => Operator::Format,
            "-f" => Operator::Format,
            "-join" => Operator::Between,
            _ => Operator::Other,
        };
    }

    /// A member of what stands before, if a name follows.
    fn member(&mut self, token: &Token<'t>) -> bool {
        let Some(next) = self.ahead(1).filter(|next| next.kind == Kind::Name && (!next.spaced || !token.spaced)) else {
            return false;
        };
        if self.current().value.is_none() {
            return false;
        }
        // In a command a dot that stands apart is a word of its own.
        if self.top().bracket == Bracket::Command && token.spaced {
            return false;
        }
        let name = self.folded(&next.text).into_owned();
        self.skip(1);
        self.take_member(&name);
        true
    }

    fn ahead_is_member_sign(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Sign && self.language.members.contains(&&*token.text))
    }

    fn take_member(&mut self, name: &str) {
        let current = self.current();
        let base = current.value.take().unwrap_or_default();
        let path = current.path.take().filter(|path| path.len() < 96).map(|path| format!("{path}.{name}"));
        let known = path.as_deref().and_then(|path| self.variables.get(path)).cloned();
        let value = known.unwrap_or_else(|| self.member_of(&base, name));
        let current = self.current();
        current.value = Some(value);
        current.path = path;
        current.method = Some((name.into(), base));
    }

    fn member_of(&mut self, base: &Value, name: &str) -> Value {
        let Some(of) = base.name() else { return Value::default().from(base.origin) };
        if is_environment(of) {
            return self.variable_of_environment(name);
        }
        if self.language.globals.contains(&of) {
            return self.value_of(name);
        }
        // The same functions by another way.
        let of = of.strip_suffix(".promises").unwrap_or(of);
        let full = format!("{of}.{name}");
        self.value_named(&full).from(base.origin)
    }

    fn variable_of_environment(&mut self, name: &str) -> Value {
        if place::is_secret_variable(name) {
            self.context.reading.flag(Flag::Credentials);
        }
        match name.to_ascii_uppercase().as_str() {
            "HOME" | "USERPROFILE" => Value::text("~"),
            _ => Value::default(),
        }
    }

    fn take_callee(&mut self) -> Callee {
        let current = self.current();
        let value = current.value.take().unwrap_or_default();
        let (method, this) = current.method.take().map_or((None, Value::default()), |(name, this)| (Some(name), this));
        current.path = None;
        Callee { value, written: None, method, this }
    }

    fn open_round(&mut self, token: &Token<'t>) {
        let in_command = self.top().bracket == Bracket::Command;
        let is_apart = token.spaced && (in_command || matches!(self.language.bare, Bare::Any));
        let is_called = self.current().value.is_some();
        if is_called && !is_apart {
            let callee = self.take_callee();
            self.frames.push(Frame { callee: Some(callee), ..Frame::new(Bracket::Call) });
            return;
        }
        if is_called {
            self.operand_begins(token);
        }
        self.frames.push(Frame::new(Bracket::Group));
    }

    fn open_square(&mut self, token: &Token<'t>) {
        let is_lone = self.current().value.is_some();
        if is_lone && token.spaced {
            self.operand_begins(token);
        }
        let is_index = is_lone && self.current().value.is_some();
        let bracket = if is_index { Bracket::Index } else { Bracket::List };
        self.frames.push(Frame::new(bracket));
    }

    fn open_brace(&mut self, token: &Token<'t>) {
        let is_lone = self.current().value.is_some();
        if is_lone && !token.spaced && self.language.has_brace_keys {
            return self.frames.push(Frame::new(Bracket::Index));
        }
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let is_record = match self.language.braces {
            super::Braces::Records => true,
            super::Braces::Blocks => before.is_some_and(|token| self.expects_value(token)),
        };
        if is_record && is_lone && self.language.bare == Bare::Texts {
            self.operand_begins(&Token { kind: Kind::Text, ..token.clone() });
        }
        self.frames.push(Frame::new(if is_record { Bracket::Record } else { Bracket::Block }));
    }

    fn expects_value(&self, before: &Token<'t>) -> bool {
        const WORDS: [&str; 6] = ["const", "let", "var", "return", "await", "import"];
        let is_label = before.text == "=>" && self.language.labels.contains(&"=>");
        match before.kind {
            Kind::Sign => {
                is_label || matches!(&*before.text, "=" | "(" | "," | "[" | "?" | "||" | "&&" | "@" | ":" | "+")
            }
            Kind::Name => WORDS.contains(&&*before.text),
            _ => false,
        }
    }

    /// Closes everything up to the innermost of `brackets`; nothing, if none is open.
    fn close(&mut self, brackets: &[Bracket]) {
        let Some(found) = self.frames.iter().skip(1).rposition(|frame| brackets.contains(&frame.bracket)) else {
            return;
        };
        // Counted first: what a bracket is worth may open the next one.
        for _ in found + 1..self.frames.len() {
            self.close_one();
        }
    }

    fn close_implicit(&mut self) {
        while self.frames.len() > 1 && self.top().is_implicit() {
            self.close_one();
        }
    }

    /// Closes the innermost bracket and takes what it is worth into the expression around it.
    fn close_one(&mut self) {
        self.end_item();
        let Some(frame) = self.frames.pop() else { return };
        match frame.bracket {
            Bracket::Block => self.close_block(),
            Bracket::Group => {
                let value = single(frame.items);
                self.operand(value);
            }
            Bracket::List | Bracket::Record => self.operand(list(frame.items)),
            Bracket::Index => self.index(frame.items),
            Bracket::Hole => {
                self.current().is_tight = true;
                let value = frame.items.into_iter().next_back().map(|(_, value)| value).unwrap_or_default();
                self.operand(value);
            }
            Bracket::Call | Bracket::Bare | Bracket::Command => {
                let callee = frame.callee.unwrap_or_default();
                let is_command = frame.bracket == Bracket::Command;
                let value = Call { callee, items: frame.items, is_command }.made(self);
                self.operand(value);
            }
        }
    }

    fn close_block(&mut self) {
        let frame = self.top();
        if frame.bracket == Bracket::Block && frame.current.assigned.is_none() {
            frame.current = Current::default();
        } else {
            self.operand(Value::default());
        }
    }

    /// `value[key]`: a member by its name, as far as the name is known.
    fn index(&mut self, items: Vec<Item>) {
        let key = items.into_iter().next_back().map(|(_, value)| value).unwrap_or_default();
        let name = key.known().or_else(|| key.name().filter(|_| self.language.has_brace_keys)).map(str::to_owned);
        match name {
            Some(name) => self.take_member(&name),
            None => {
                let origin = self.current().value.take().unwrap_or_default().origin;
                let current = self.current();
                (current.path, current.method) = (None, None);
                current.value = Some(Value::default().from(origin));
            }
        }
    }

    fn comma(&mut self) {
        if self.language.has_commands && self.top().bracket != Bracket::Call {
            self.current().is_listed = true;
            return;
        }
        let makes_list = self.language.packs_lists || self.current().assigned.is_none();
        self.top().is_several |= makes_list;
        self.end_item();
    }

    fn assignment(&mut self, sign: &str) {
        let is_label = self.language.labels.contains(&sign)
            && matches!(self.top().bracket, Bracket::Call | Bracket::Record | Bracket::Bare);
        if is_label {
            return self.label(sign);
        }
        let current = self.current();
        let fields = current.value.take().filter(|value| value.items().is_some());
        let target = current.annotated.take().or_else(|| current.path.take());
        *current = Current { assigned: target, label: current.label.take(), ..Current::default() };
        if let Some(fields) = fields {
            current.assigned = Some(String::new());
            self.top().piped = Some(fields);
        }
    }

    fn addition(&mut self) {
        let current = self.current();
        current.assigned = current.path.take();
        current.value.get_or_insert_default();
        self.join_next(Operator::Join);
    }

    fn label(&mut self, sign: &str) {
        if self.current().is_conditional {
            return self.join_next(Operator::Other);
        }
        let in_pairs = !matches!(self.top().bracket, Bracket::Block | Bracket::Index | Bracket::Command);
        let is_label = in_pairs && self.language.labels.contains(&sign);
        let current = self.current();
        let text = current.value.as_ref().and_then(Value::as_text).map(str::to_owned);
        let written = text.or_else(|| current.path.take());
        let assigned = current.assigned.take();
        *current = Current { assigned, ..Current::default() };
        if is_label {
            current.label = written.map(Rc::from);
        } else {
            current.annotated = written;
        }
    }

    fn pipe(&mut self) {
        self.close_implicit();
        let value = self.whole();
        self.current().path = None;
        self.top().piped = value;
    }

    fn end_statement(&mut self) {
        self.close_implicit();
        self.end_item();
        self.top().is_several = false;
    }

    fn line(&mut self) {
        if !self.language.has_lines {
            return;
        }
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let goes_on = before.is_some_and(|token| token.is_sign(",") || token.is_sign("|"));
        let is_continued = self.expects_operand() || self.ahead_is_member_sign(self.at + 1);
        let innermost = self.frames.iter().rfind(|frame| !frame.is_implicit());
        let in_block = innermost.is_some_and(|frame| frame.bracket == Bracket::Block);
        if in_block && !goes_on && !is_continued {
            self.end_statement();
        }
    }

    fn expects_operand(&mut self) -> bool {
        self.current().left.is_some() && self.current().value.is_none()
    }

    /// Ends the expression: it is assigned, or is an argument or element.
    fn end_item(&mut self) {
        let whole = self.whole();
        let current = std::mem::take(self.current());
        let Some(value) = whole else { return };
        let is_several = self.top().is_several && self.top().bracket == Bracket::Block;
        if let Some(name) = current.assigned {
            match self.top().piped.take() {
                Some(fields) if name.is_empty() => self.assign_fields(&fields, &value),
                _ if !is_several && !name.is_empty() => self.assign(&name, value.clone()),
                _ => {}
            }
        }
        let frame = self.top();
        match frame.bracket {
            Bracket::Block => {}
            // Of a hole only the last expression counts.
            _ => frame.items.push((current.label, value)),
        }
    }

    /// `{a, b: c} = module`: names for members.
    fn assign_fields(&mut self, fields: &Value, value: &Value) {
        for (label, local) in fields.items().unwrap_or_default() {
            let Some(local) = local.name() else { continue };
            let member = label.as_deref().unwrap_or(local).to_owned();
            let found = self.member_of(value, &member);
            self.assign(local, found);
        }
    }
}

fn number(text: &str) -> Value {
    let text = text.replace('_', "");
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let number = hex.map_or_else(|| text.parse().ok(), |hex| i64::from_str_radix(hex, 16).ok());
    number.map_or_else(Value::default, |number| Value::new(Data::Number(number)))
}

fn single(mut items: Vec<Item>) -> Value {
    if items.len() == 1 { items.pop().map(|(_, value)| value).unwrap_or_default() } else { list(items) }
}

fn list(items: Vec<Item>) -> Value {
    let origin = items.iter().fold(Default::default(), |all: super::value::Origin, (_, item)| all.with(item.origin));
    Value::new(Data::List(items.into())).from(origin)
}

fn is_environment(name: &str) -> bool {
    matches!(name, "os.environ" | "process.env" | "ENV" | "$ENV" | "$_ENV" | "Bun.env" | "import.meta.env" | "$env")
}
