//! Any line is read, the same way each time and within the bounds; a line of plain words alone is these words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use toolgate::mapper::{Mapper, Surroundings};
use toolgate::shell::reading::Reading;
use toolgate::{ToolCall, limits, shell};

fuzz_target!(|text: &str| {
    let reading = shell::read(text, Some("/home/me"));
    assert_eq!(reading, shell::read(text, Some("/home/me")));
    assert!(reading.runs.len() <= limits::COMMAND_RUNS_MAX);
    assert!(reading.doubts.len() <= limits::COMMAND_DOUBTS_MAX);
    for run in &reading.runs {
        assert!(run.words.len() <= limits::COMMAND_WORDS_MAX);
        assert!(run.inside.is_none_or(|inside| (inside as usize) < reading.runs.len()));
    }
    check_plain(text, &reading);
    check_action(text);
});

/// Words that no shell does anything with are the first command, as they are.
fn check_plain(text: &str, reading: &Reading) {
    const OTHERWISE: [&str; 17] = [
        "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function",
        "select", "time", "coproc", "in",
    ];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+, ".contains(c);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let is_command = words.first().is_some_and(|first| !OTHERWISE.contains(first));
    if text.chars().all(is_plain) && is_command && reading.doubts.is_empty() {
        let read = reading.runs.first().map(|run| run.words.iter().filter_map(|word| word.literal()).collect());
        assert_eq!(read, Some(words));
    }
}

fn check_action(text: &str) {
    let Ok(call) = ToolCall::from_json("Bash", &json!({ "command": text }).to_string()) else { return };
    let map = || Mapper::default().map(&call, Surroundings::default());
    let action = map();
    assert_eq!(action, map());
    assert!(action.walk().all(|part| part.effects.len() <= limits::EFFECTS_MAX));
}
