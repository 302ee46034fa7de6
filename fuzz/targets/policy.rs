//! Any policy loads or is refused with every problem in its place, the same way each time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate::{AuditTarget, Gate, PolicyError};

fuzz_target!(|text: &str| {
    let load = || Gate::builder().policy_text(text).audit(AuditTarget::Off).cwd("/workspace").home("/home/me").build();
    match (load(), load()) {
        (Ok(one), Ok(other)) => assert_eq!(one.policy_hash(), other.policy_hash()),
        (Err(one), Err(other)) => check(text, &one, &other),
        _ => panic!("it loads only sometimes"),
    }
});

fn check(text: &str, one: &PolicyError, other: &PolicyError) {
    assert_eq!(one.to_string(), other.to_string());
    assert!(!one.problems.is_empty());
    for problem in &one.problems {
        assert!(!problem.message.is_empty());
        assert!(problem.line <= text.split(['\n', '\r']).count() + 1, "{problem:?}");
    }
}
