//! Why an action met the answer it met: every clause, and what it had to say.

use std::sync::Arc;

use crate::action::Action;
use crate::call::ToolCall;
use crate::decision::Verdict;
use crate::facts::Facts;
use crate::policy::{Answer, Policy, Request};

use super::{Evaluation, evaluate, risk_of};

/// An evaluation with all that led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The answer.
    pub evaluation: Evaluation,
    /// For the action and each of its effects, outermost first, what every clause had to say.
    pub parts: Vec<(Action, Vec<ClauseNote>)>,
}

/// What one clause had to say.
#[derive(Clone, Debug, PartialEq)]
pub struct ClauseNote {
    /// The clause's name.
    pub id: Arc<str>,
    /// The file and line it stands on.
    pub place: String,
    /// The verdict it led to; `None` if it had nothing to say.
    pub verdict: Option<Verdict>,
    /// Why it matched or did not, in one clause.
    pub why: String,
}

impl Explanation {
    /// The reading as a tree, one line a part, each with the rules that had something to say about it:
    ///
    /// ```text
    /// shell.exec rm -r old
    ///   => allow by tools.shell.exec
    ///   file.delete /workspace/old [recursive]
    ///     => require_approval by tools.file.delete
    /// ```
    pub fn tree(&self) -> Vec<String> {
        let outline = self.parts.first().map(|(action, _)| action.outline()).unwrap_or_default();
        let mut lines = Vec::with_capacity(outline.len() * 2);
        // Both go through the action in the same order.
        for (line, (_, notes)) in outline.into_iter().zip(&self.parts) {
            let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
            lines.push(line);
            for note in notes {
                if let Some(verdict) = note.verdict {
                    lines.push(format!("{indent}=> {} by {}", verdict.as_str(), note.id));
                }
            }
        }
        lines
    }
}

/// Asks every clause of `policy`, not only those that the index finds.
pub fn explain(policy: &Policy, action: &Action, call: &ToolCall, facts: &Facts) -> Explanation {
    let risk = risk_of(action).score;
    let parts = action.walk().map(|part| {
        let request = Request { call, action: part, risk, facts };
        (
            part.clone(),
            policy
                .clauses()
                .iter()
                .map(|clause| note(clause.id.clone(), clause.place(), clause.answer(&request), clause.verdict))
                .collect(),
        )
    });
    Explanation { parts: parts.collect(), evaluation: evaluate(policy, action, call, facts) }
}

fn note(id: Arc<str>, place: String, answer: Answer, stated: Option<Verdict>) -> ClauseNote {
    let (verdict, why) = match answer {
        Answer::Silent("decision") => (None, "every check holds, but it states no decision".to_owned()),
        Answer::Silent("when") => (None, "its condition is false".to_owned()),
        Answer::Silent(field) => (None, format!("`{field}` does not match")),
        Answer::Matches(verdict) => (Some(verdict), "it matches".to_owned()),
        Answer::Fails(failure) => (Some(failure.verdict), format!("{}: {}", failure.code, failure.message)),
        Answer::Unclear(why) => {
            (stated.filter(|verdict| *verdict > Verdict::Allow), format!("its condition could not be evaluated: {why}"))
        }
    };
    ClauseNote { id, place, verdict, why }
}
