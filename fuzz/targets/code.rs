//! Any program text in any language is mapped, the same way each time and within the bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use toolgate::mapper::{Mapper, Surroundings};
use toolgate::{ToolCall, limits};

const LANGUAGES: [&str; 9] = ["python", "javascript", "ruby", "perl", "php", "sed", "awk", "jq", "bash"];

fuzz_target!(|text: &str| {
    for language in LANGUAGES {
        let args = json!({ "code": text, "language": language });
        let Ok(call) = ToolCall::from_json("code.exec", &args.to_string()) else { return };
        let map = || Mapper::default().map(&call, Surroundings::default());
        let action = map();
        assert_eq!(action, map());
        assert!(action.walk().all(|part| part.effects.len() <= limits::EFFECTS_MAX));
    }
});
