//! Any URL is read or refused, the same way each time, and its normal form is its own normal form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate::net::{read, read_repository};

fuzz_target!(|text: &str| {
    let reading = read(text);
    assert_eq!(reading, read(text));
    let _ = read_repository(text);
    let Ok(reading) = reading else { return };
    // A credential or a host may be in doubt in one form and refused in the other, but never lead elsewhere; only the host
    // of a file may be dropped, and then it is in doubt.
    let is_dropped = reading.url.scheme() == "file" && reading.notes.ambiguous.is_some();
    if let Ok(again) = read(reading.url.as_str())
        && !is_dropped
    {
        assert_eq!(again.url.host(), reading.url.host());
        assert_eq!(again.url.port(), reading.url.port());
        assert_eq!(again.url.special(), reading.url.special());
    }
});
