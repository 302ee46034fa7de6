//! What a tool entry demands of a SQL statement.

use std::sync::Arc;

use super::checks::Findings;
use crate::action::{Action, Target};
use crate::decision::Verdict;
use crate::error::Code;
use crate::pattern::NamePattern;
use crate::sql::{Statement, StatementKind, TableName};

/// Checks on SQL statements.
#[derive(Clone, Debug, Default)]
pub struct SqlChecks {
    /// Kinds of statement that may run.
    pub allowed_statements: Option<Vec<StatementKind>>,
    /// Kinds of statement that may not.
    pub denied_statements: Vec<StatementKind>,
    /// Tables that may be used.
    pub allowed_tables: Option<Vec<TablePattern>>,
    /// Tables that may not.
    pub denied_tables: Vec<TablePattern>,
    /// Functions and procedures that may run though they are not known to be harmless.
    pub allowed_functions: Option<Vec<NamePattern>>,
    /// Whether a statement may not change or remove all rows.
    pub require_where: bool,
    /// Whether a text may hold one statement alone.
    pub single_statement: bool,
}

/// A pattern over names of tables, part by part: `public.*`, `audit_*`.
#[derive(Clone, Debug, PartialEq)]
pub struct TablePattern {
    text: Arc<str>,
    parts: Vec<NamePattern>,
    /// The parts without quotes, for names whose spelling must not matter.
    bare: Vec<NamePattern>,
}

impl SqlChecks {
    pub(super) fn check(&self, action: &Action, findings: &mut Findings) {
        let Target::Sql(query) = &action.target else { return Self::refuse_unread(action, findings) };
        if self.single_statement && query.count() > 1 {
            let message = format!("the text has {} statements", query.count());
            findings.not_allowed(Code::SqlMultipleStatements, message);
        }
        match query.statement() {
            Some(statement) => self.check_statement(statement, findings),
            // Each of several statements is an effect, and judged by itself.
            None if query.count() > 1 => {}
            None => Self::refuse_unread(action, findings),
        }
    }

    /// What was not read is held for that; what is no statement at all passes no check.
    fn refuse_unread(action: &Action, findings: &mut Findings) {
        let is_held =
            action.doubts.iter().any(|doubt| doubt.code == Code::SqlUnresolved) || action.has_flag("missing_argument");
        if !is_held {
            findings
                .not_allowed(Code::SqlUnresolved, "the action has no SQL statement that could be checked".to_owned());
        }
    }

    fn check_statement(&self, statement: &Statement, findings: &mut Findings) {
        self.check_kind(statement, findings);
        statement.tables().for_each(|name| self.check_table(name, findings));
        self.check_functions(statement, findings);
        let removes_all = statement.kind == StatementKind::Truncate || statement.has_where == Some(false);
        if self.require_where && removes_all {
            let message = format!("the `{}` has no condition that leaves a row out", statement.kind.as_str());
            findings.not_allowed(Code::SqlMissingWhere, message);
        }
    }

    fn check_kind(&self, statement: &Statement, findings: &mut Findings) {
        let kind = statement.kind;
        if self.denied_statements.contains(&kind) {
            findings.deny(Code::SqlStatementDenied, format!("`{}` is a denied statement", kind.as_str()));
        }
        // A statement that nobody could read is held for that.
        let is_unread = kind == StatementKind::Other && !statement.doubts.is_empty();
        if !is_unread && self.allowed_statements.as_ref().is_some_and(|allowed| !allowed.contains(&kind)) {
            let message = format!("`{}` is not among the allowed statements", kind.as_str());
            findings.not_allowed(Code::SqlStatementNotAllowed, message);
        }
    }

    fn check_table(&self, name: &TableName, findings: &mut Findings) {
        if let Some(pattern) = self.denied_tables.iter().find(|pattern| pattern.may_mean(name)) {
            let message = format!("`{name}` is under the denied table `{}`", pattern.as_str());
            findings.deny(Code::SqlTableDenied, message);
        }
        let allowed = |patterns: &Vec<TablePattern>| patterns.iter().any(|pattern| pattern.covers(name));
        if self.allowed_tables.as_ref().is_some_and(|patterns| !allowed(patterns)) {
            findings.not_allowed(Code::SqlTableNotAllowed, format!("`{name}` is not among the allowed tables"));
        }
    }

    /// A function that nobody knows could run other statements and use other tables than the allowed ones. That is not
    /// known, so nobody is wronged by asking.
    fn check_functions(&self, statement: &Statement, findings: &mut Findings) {
        let may_call = |allowed: &Vec<StatementKind>| allowed.contains(&StatementKind::Call);
        let is_bound = self.allowed_tables.is_some()
            || self.allowed_functions.is_some()
            || self.allowed_statements.as_ref().is_some_and(|allowed| !may_call(allowed));
        let is_allowed = |name: &str| self.allowed_functions.iter().flatten().any(|pattern| pattern.matches(name));
        if let Some(name) = statement.functions.iter().find(|name| is_bound && !is_allowed(name)) {
            let verdict = match self.allowed_functions {
                Some(_) => findings.otherwise(),
                None => findings.otherwise().min(Verdict::RequireApproval),
            };
            findings.add(verdict, Code::SqlFunctionNotAllowed, format!("what the function `{name}` does is not known"));
        }
    }
}

impl TablePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Why it is none, in one clause.
    pub fn parse(text: &str) -> Result<TablePattern, String> {
        let parts = split(text)?;
        let bare = parts.iter().map(|part| NamePattern::new(&part.trim_matches('"').to_lowercase())).collect();
        Ok(TablePattern { text: text.into(), parts: parts.iter().map(|part| NamePattern::new(part)).collect(), bare })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `name` is certain to be a table that the pattern speaks of. A name without a schema is in the usual one of
    /// its database.
    pub fn covers(&self, name: &TableName) -> bool {
        let parts = name.parts();
        let fits = |patterns: &[NamePattern], parts: &[&str]| {
            patterns.len() == parts.len() && patterns.iter().zip(parts).all(|(pattern, part)| pattern.matches(part))
        };
        let parts: Vec<&str> = parts.iter().map(|part| &**part).collect();
        match (self.parts.as_slice(), name.default_schema(), parts.as_slice()) {
            ([any], _, _) if any.as_str() == "*" => true,
            ([_, _], Some(schema), [table]) => fits(&self.parts, &[schema, table]),
            ([_], _, [schema, table]) if Some(*schema) == name.usual_schema() => fits(&self.parts, &[table]),
            _ => fits(&self.parts, &parts),
        }
    }

    /// Whether `name` may be a table that the pattern speaks of: in any case, and, where its schema is not written out,
    /// in any schema. Only `secrets.*` does not mean every table without a schema.
    pub fn may_mean(&self, name: &TableName) -> bool {
        let (Some((table, schemas)), Some((own, outer))) = (self.bare.split_last(), name.parts().split_last()) else {
            return false;
        };
        let schema_may_fit = match (schemas.last(), outer) {
            (Some(schema), []) if table.as_str() == "*" => {
                name.default_schema().is_some_and(|usual| schema.matches(usual))
            }
            _ => schemas.iter().rev().zip(outer.iter().rev()).all(|(pattern, part)| may_be(pattern, part)),
        };
        schema_may_fit && may_be(table, own)
    }
}

/// Whether a part of a name may be what `pattern` speaks of. `*` is everything, and `?` nobody knows.
fn may_be(pattern: &NamePattern, part: &str) -> bool {
    let bare = part.trim_matches('"').to_lowercase();
    part == "*"
        || part == "?"
        || pattern.matches(&bare)
        || bare.contains('*') && NamePattern::new(&bare).matches(pattern.as_str())
}

/// The parts of a pattern, those without quotes in lower case.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                part.push(c);
            }
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts.push(part);
    if quoted
        || parts
            .iter()
            .any(|part| part.trim().is_empty() || part.contains(char::is_whitespace) && !part.starts_with('"'))
    {
        return Err("this is not the name of a table".to_owned());
    }
    Ok(parts)
}
