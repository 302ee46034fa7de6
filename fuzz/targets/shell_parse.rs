//! Any text is parsed or refused, the same way each time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate::shell::parse::parse;

fuzz_target!(|text: &str| assert_eq!(parse(text), parse(text)));
