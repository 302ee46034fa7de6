//! Any text is a call or refused; any call has an answer, the same each time, that never comes from a failure inside.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use toolgate::path::NoFileSystem;
use toolgate::{AuditTarget, Code, Gate, Map, ToolCall, Verdict, wire};

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    let text = include_str!("../../policies/coding-agent.yaml");
    let builder = Gate::builder().policy_text(text).audit(AuditTarget::Off).cwd("/workspace").home("/home/me");
    builder.file_system(NoFileSystem).build().expect("the policy loads")
});

fuzz_target!(|text: &str| match wire::call_from_json(text) {
    Ok(call) => {
        let (decision, again) = (GATE.guard(&call), GATE.guard(&call));
        assert!(!matches!(decision.code, Code::InternalPanic | Code::InternalError), "{decision:?}");
        assert_eq!((decision.verdict, decision.code, &decision.rules), (again.verdict, again.code, &again.rules));
        assert_eq!(decision.action, again.action);
        let written = wire::decision_json(&decision);
        assert!(toolgate::Value::from_json(&written).is_ok(), "{written}");
    }
    Err(error) => assert_eq!(GATE.refuse(&ToolCall::new("x", Map::default()), &error).verdict, Verdict::Deny),
});
