//! Any SQL is read in every dialect, the same way each time and within the bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate::limits;
use toolgate::sql::{Dialect, read};

fuzz_target!(|text: &str| {
    for dialect in Dialect::NAMED.into_iter().chain([Dialect::Generic]) {
        let reading = read(text, dialect);
        assert_eq!(reading, read(text, dialect));
        assert!(reading.statements.len() <= limits::EFFECTS_MAX);
        assert!(!reading.statements.is_empty() || reading.doubt.is_some());
        for statement in &reading.statements {
            assert!(statement.tables().count() <= limits::SQL_NAMES_MAX);
        }
    }
});
