//! Directories of this machine that a container sees.

/// A directory of this machine that a container sees.
pub(super) struct Mount<'a> {
    pub(super) source: &'a str,
    pub(super) is_read_only: bool,
}

/// What a path of this machine begins with; a volume has a name.
const PATH: [char; 6] = ['/', '.', '~', '$', '`', '\\'];

impl Mount<'_> {
    /// Reads `source:target[:options]` or `key=value,…`; a volume that only has a name is none of this machine's files.
    pub(super) fn read(text: &str) -> Option<Mount<'_>> {
        // The root directory is no drive: `/:/host`.
        let drive = text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.get(1..3).is_some_and(|two| matches!(two, ":\\" | ":/"));
        // A path may have an equals sign in it too.
        if !drive && !text.starts_with(PATH) && has_source(text) {
            return Mount::of_keys(text);
        }
        let colon = text.char_indices().skip(if drive { 2 } else { 0 }).find(|(_, c)| *c == ':').map(|(at, _)| at);
        let (source, rest) = text.split_at_checked(colon?)?;
        let is_read_only = rest.rsplit(':').next()?.split(',').any(|option| option == "ro");
        (drive || source.starts_with(PATH)).then_some(Mount { source, is_read_only })
    }

    fn of_keys(text: &str) -> Option<Mount<'_>> {
        let mut keys = text.split(',').map(|key| key.split_once('=').unwrap_or((key, "true")));
        let is_read_only =
            keys.clone().any(|(key, value)| matches!(key, "readonly" | "ro") && !matches!(value, "false" | "0"));
        let is_volume = keys.clone().any(|(key, value)| key == "type" && value == "volume");
        let (_, source) = keys.find(|(key, _)| is_source(key))?;
        (!is_volume).then_some(Mount { source, is_read_only })
    }
}

fn has_source(text: &str) -> bool {
    text.split(',').filter_map(|key| key.split_once('=')).any(|(key, _)| is_source(key))
}

fn is_source(key: &str) -> bool {
    matches!(key, "source" | "src")
}
