/// The files of the table, and their texts.
const FILES: &[(&str, &str)] = &[
    ("archives", include_str!("archives.yaml")),
    ("builtins", include_str!("builtins.yaml")),
    ("coreutils", include_str!("coreutils.yaml")),
    ("files", include_str!("files.yaml")),
    ("shells", include_str!("shells.yaml")),
    ("text", include_str!("text.yaml")),
    ("wrappers", include_str!("wrappers.yaml")),
];
