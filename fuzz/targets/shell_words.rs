//! Words in quotes are read as the same words handed over without a shell.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use toolgate::shell;

fuzz_target!(|text: &str| {
    let words: Vec<Arc<str>> = text.split('\n').map(Arc::from).collect();
    let single = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''")));
    let direct = shell::read_words(&words, None);
    assert_eq!(direct, shell::read_words(&words, None));
    for line in [single.collect::<Vec<_>>().join(" "), doubled(&words)] {
        let read = shell::read(&line, None);
        // A longer text may take more work, and what is not read at all is in doubt.
        if direct.doubts.is_empty() && read.doubts.is_empty() {
            assert_eq!(direct.runs, read.runs, "{line}");
        }
    }
});

fn doubled(words: &[Arc<str>]) -> String {
    let escaped =
        |word: &Arc<str>| word.replace(['\\'], r"\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
    words.iter().map(|word| format!("\"{}\"", escaped(word))).collect::<Vec<_>>().join(" ")
}
