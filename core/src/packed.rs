//! Unpacks the tables that are compiled in; `core/build.rs` packs them.

/// The files of a packed table, sorted: the name of each and its text. They stay for as long as the process does.
pub(crate) fn files(packed: &[u8]) -> Vec<(&'static str, &'static str)> {
    // What does not unpack is a defect of this crate, which the tests of each table find.
    let bytes = lz4_flex::decompress_size_prepended(packed).unwrap_or_default();
    let text: &'static str = String::from_utf8(bytes).unwrap_or_default().leak();
    let mut parts = text.split_terminator('\0');
    std::iter::from_fn(|| Some((parts.next()?, parts.next()?))).collect()
}
