//! Directories of this machine that a container sees.

/// A directory of this machine that a container sees.
pub(super) struct Mount<'a> {
    pub(super) source: &'a str,
    pub(super) is_read_only: bool,
}

impl Mount<'_> {
    /// Reads `source:target[:options]` or `key=value,…`; a volume that only has a name is none of this machine's files.
    pub(super) fn read(text: &str) -> Option<Mount<'_>> {
        if text.contains("source=") || text.contains("src=") {
            return Mount::of_keys(text);
        }
        let drive = text.get(1..3).is_some_and(|two| matches!(two, ":\\" | ":/"));
        let colon = text.char_indices().skip(if drive { 2 } else { 0 }).find(|(_, c)| *c == ':').map(|(at, _)| at);
        let (source, rest) = text.split_at_checked(colon?)?;
        let is_read_only = rest.rsplit(':').next()?.split(',').any(|option| option == "ro");
        (drive || source.starts_with(['/', '.', '~', '$', '`', '\\'])).then_some(Mount { source, is_read_only })
    }

    fn of_keys(text: &str) -> Option<Mount<'_>> {
        let mut keys = text.split(',').map(|key| key.split_once('=').unwrap_or((key, "true")));
        let is_read_only =
            keys.clone().any(|(key, value)| matches!(key, "readonly" | "ro") && !matches!(value, "false" | "0"));
        let is_volume = keys.clone().any(|(key, value)| key == "type" && value == "volume");
        let (_, source) = keys.find(|(key, _)| matches!(*key, "source" | "src"))?;
        (!is_volume).then_some(Mount { source, is_read_only })
    }
}
