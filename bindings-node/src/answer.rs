//! Packs a decision into one text, which JavaScript keeps and unpacks as far as it is asked.
//!
//! A text needs no clean-up: native values are freed only between two turns of the event loop, so that a program which
//! decides a million times in one turn would hold a million of them.

use toolgate::{Action, Decision, Verdict, wire};

use crate::exact;

/// `verdict observed opens form id json`, and after a line feed the real path, if there is one.
///
/// The first four take one character each, the id always 36; JSON text has no line feed. The form is `c` for the
/// canonical one; with whole numbers that JavaScript cannot hold it is `w`, and whole numbers look different from others.
pub(crate) fn pack(decision: &Decision) -> String {
    let is_wide = is_wide(&decision.action);
    let json = if is_wide { wire::decision(decision).to_json() } else { wire::decision_json(decision) };
    let mut text = String::with_capacity(json.len() + 64);
    text.push(letter(decision.verdict));
    text.push(decision.observed.map_or('-', letter));
    text.push(opens(decision));
    text.push(if is_wide { 'w' } else { 'c' });
    text.push_str(&decision.id);
    text.push_str(&json);
    if let Some(path) = decision.real_path() {
        text.push('\n');
        text.push_str(path.as_str());
    }
    text
}

fn is_wide(action: &Action) -> bool {
    action.args.iter().any(|(_, value)| exact::is_wide(value)) || action.effects.iter().any(is_wide)
}

fn letter(verdict: Verdict) -> char {
    match verdict {
        Verdict::Allow => 'a',
        Verdict::DryRun => 'd',
        Verdict::RequireApproval => 'r',
        Verdict::Deny => 'n',
    }
}

/// Whether the file that was decided about may be opened: to change it, only to be read, or not at all.
fn opens(decision: &Decision) -> char {
    if decision.may_open(true).is_ok() {
        'w'
    } else if decision.may_open(false).is_ok() {
        'r'
    } else {
        '-'
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolgate::{Gate, ToolCall};

    fn packed(policy: &str, tool: &str, args: &str) -> String {
        let gate = Gate::from_yaml(policy).unwrap();
        pack(&gate.guard(&ToolCall::from_json(tool, args).unwrap()))
    }

    #[test]
    fn what_is_asked_first_stands_in_front() {
        let text = packed("audit: off\ntools: { note: { decision: allow } }", "note", r#"{"text": "a\nb"}"#);
        assert!(text.starts_with("a--cdec_"), "{text}");
        assert_eq!(text.get(40..41), Some("{"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        let text = packed("audit: off", "note", r#"{"list": [9007199254740993]}"#);
        assert!(text.starts_with("r--wdec_"), "{text}");
    }

    #[test]
    fn the_real_path_stands_behind() {
        let policy = "audit: off\nmode: observe\ntools: { file.*: { decision: allow, allowed_paths: [/workspace/] } }";
        let text = packed(policy, "read_file", r#"{"path": "/workspace/none"}"#);
        assert!(text.starts_with("aarcdec_"), "{text}");
        assert_eq!(text.lines().nth(1), Some("/workspace/none"), "{text}");
        assert!(packed(policy, "write_file", r#"{"path": "/workspace/a"}"#).starts_with("aawcdec_"));
        assert!(packed(policy, "read_file", r#"{"path": "/etc/passwd"}"#).starts_with("an"));
    }
}
