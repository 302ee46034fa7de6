/// The files of the table, and their texts.
const FILES: &[(&str, &str)] = &[
    ("coreutils", include_str!("coreutils.yaml")),
];
