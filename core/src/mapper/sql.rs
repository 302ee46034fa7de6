//! Turns the statements of a query into actions: one statement speaks for the action itself, several are its effects.

use std::sync::Arc;

use super::arguments;
use super::target::Reader;
use crate::action::{Action, ActionKind, Flag, Target};
use crate::error::Code;
use crate::limits;
use crate::sql::{self, Effect, EffectKind, Note, Query, Statement, TableName};
use crate::value::{Map, Value};

/// The canonical arguments that say what a statement does. A call that gives them itself is not believed.
const FACTS: [&str; 8] = ["statement", "object", "tables", "reads", "writes", "has_where", "row_limit", "functions"];

type Facts = Vec<(Arc<str>, Value)>;

impl Reader<'_> {
    /// Reads `text` into the action, or, if that has a target already, into a further effect of it.
    pub(super) fn read_sql(&mut self, text: &Arc<str>, kind: &ActionKind, is_first: bool) {
        let reading = sql::read(text, self.dialect);
        if is_first {
            return self.state_all(text, &reading, kind);
        }
        let action = arguments::action(kind, self.action.args.clone());
        let mut part = self.part(action);
        part.state_all(text, &reading, kind);
        self.push_part(part.action);
    }

    fn state_all(&mut self, text: &Arc<str>, reading: &sql::Reading, kind: &ActionKind) {
        if let Some(why) = reading.doubt {
            self.action.doubt(Code::SqlUnresolved, why);
        }
        match reading.statements.as_slice() {
            [only] => {
                self.state(only, kind);
                self.action.target = Target::Sql(Query::one(text.clone(), only.clone()));
            }
            all => {
                let word = if all.is_empty() { "other" } else { "several" };
                self.facts(facts(&reading.together(), word));
                self.action.target = Target::Sql(Query::several(text.clone(), all.len()));
                if !all.is_empty() {
                    self.action.add_flag(Flag::SqlManyStatements);
                }
                all.iter().for_each(|statement| self.push_statement(statement, kind));
            }
        }
    }

    /// Says in the action what `statement` does.
    fn state(&mut self, statement: &Statement, kind: &ActionKind) {
        self.facts(facts(statement, statement.kind.as_str()));
        statement.notes.iter().for_each(|note| self.action.add_flag(flag(*note)));
        if !statement.functions.is_empty() {
            self.action.add_flag(Flag::SqlFunction);
        }
        for doubt in &statement.doubts {
            self.action.doubt(Code::SqlUnresolved, doubt.clone());
        }
        statement.effects.iter().for_each(|effect| self.push_outside(effect));
        statement.parts.iter().for_each(|part| self.push_statement(part, kind));
    }

    /// A statement beside others, or within another, is judged by itself.
    fn push_statement(&mut self, statement: &Statement, kind: &ActionKind) {
        let kept = ["database", "dialect"].into_iter();
        let kept = kept.filter_map(|name| Some((Arc::from(name), self.action.args.get(name)?.clone())));
        let query = kind.target.iter().map(|name| (name.clone(), Value::String(statement.text.clone())));
        // The names are different ones.
        let args = Map::from_pairs(kept.chain(query).collect()).unwrap_or_default();
        let action = arguments::action(kind, args);
        let mut part = self.part(action);
        part.state(statement, kind);
        part.action.target = Target::Sql(Query::one(statement.text.clone(), statement.clone()));
        for doubt in &part.action.doubts {
            self.action.doubt(doubt.code, doubt.detail.clone());
        }
        self.push_part(part.action);
    }

    fn push_part(&mut self, part: Action) {
        if self.action.effects.len() < limits::EFFECTS_MAX { self.action.effects.push(part) } else { self.doubt_rest() }
    }

    /// What a statement does outside of the database happens on its server: no directory of the agent's counts there.
    fn push_outside(&mut self, effect: &Effect) {
        let Some(value) = &effect.value else { return };
        let (cwd, home) = (self.cwd.take(), self.home.take());
        self.push_effect(kind_of(effect.kind), &Value::String(value.clone()));
        (self.cwd, self.home) = (cwd, home);
    }

    fn facts(&mut self, facts: Facts) {
        let others = self.action.args.iter().filter(|(name, _)| !FACTS.contains(&&***name));
        let others = others.map(|(name, value)| (name.clone(), value.clone()));
        // None of the names stands twice.
        self.action.args = Map::from_pairs(others.chain(facts).collect()).unwrap_or_default();
    }
}

/// What `statement` does. Every fact is there, so that no condition fails for want of one.
fn facts(statement: &Statement, word: &str) -> Facts {
    let limit = statement.row_limit.and_then(|limit| i64::try_from(limit).ok());
    let facts = [
        ("statement", Value::from(word)),
        ("object", statement.object.clone().map_or(Value::Null, Value::String)),
        ("tables", tables(statement.tables())),
        ("reads", tables(statement.reads.iter())),
        ("writes", tables(statement.writes.iter())),
        ("has_where", statement.has_where.map_or(Value::Null, Value::Bool)),
        ("row_limit", limit.map_or(Value::Null, Value::Int)),
        ("functions", texts(statement.functions.iter().map(|name| &**name))),
    ];
    facts.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
}

fn tables<'a>(names: impl Iterator<Item = &'a TableName>) -> Value {
    texts(names.map(TableName::as_str))
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::List(texts.map(Value::from).collect())
}

fn kind_of(effect: EffectKind) -> &'static str {
    match effect {
        EffectKind::ReadFile => "file.read",
        EffectKind::WriteFile => "file.write",
        EffectKind::ListFiles => "file.list",
        EffectKind::RunProgram => "shell.exec",
        EffectKind::Request => "http.request",
    }
}

fn flag(note: Note) -> Flag {
    match note {
        Note::Write => Flag::SqlWrite,
        Note::Ddl => Flag::SqlDdl,
        Note::NoWhere => Flag::SqlNoWhere,
        Note::Privileges => Flag::SqlPrivileges,
        Note::Session => Flag::SqlSession,
        Note::SecurityOff => Flag::SqlSecurityOff,
        Note::Code => Flag::SqlCode,
        Note::Remote => Flag::SqlRemote,
        Note::HiddenCode => Flag::SqlHiddenCode,
    }
}
