//! Any path is read or refused, the same way each time, and no reading of it has a step back or up in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate::path::{Base, PathRules, read};

fuzz_target!(|text: &str| {
    for (rules, cwd, home) in [
        (PathRules::Posix, Some("/workspace"), Some("/home/me")),
        (PathRules::Windows, Some("C:\\work"), Some("C:\\Users\\me")),
        (PathRules::MacOs, None, None),
    ] {
        let base = Base { cwd, home, rules };
        let reading = read(text, &base);
        assert_eq!(reading, read(text, &base));
        let Ok(reading) = reading else { continue };
        for path in reading.all() {
            assert!(path.components().all(|name| !matches!(name, "" | "." | "..")), "{path:?}");
            assert!(path.is_within(path));
        }
        // What is clean stays as it is, but for a share of another machine and what begins nobody knows where.
        let clean = reading.path.as_str();
        if let Ok(again) = read(clean, &base).as_ref()
            && !clean.starts_with("//")
            && !reading.notes.unanchored
        {
            assert!(again.all().any(|path| *path == reading.path), "{again:?} of {reading:?}");
        }
    }
});
