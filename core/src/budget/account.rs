//! Names of accounts.

use crate::canonical::write_str;

/// A name made of `parts`, as a list in JSON: no two lists have the same name, whatever stands in them.
pub(super) fn name(parts: &[&str]) -> String {
    let mut name = String::with_capacity(64);
    for part in parts {
        name.push(if name.is_empty() { '[' } else { ',' });
        write_str(&mut name, part);
    }
    name.push(']');
    name
}
