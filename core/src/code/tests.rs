use proptest::prelude::*;

use super::*;

const NAMES: [&str; 16] = [
    "sed",
    "awk",
    "jq",
    "yq",
    "python",
    "javascript",
    "perl",
    "ruby",
    "php",
    "lua",
    "powershell",
    "cmd",
    "applescript",
    "bash",
    "zsh",
    "brainf",
];

/// Pieces that open, close, join and hide things in one language or another.
const PIECES: [&str; 56] = [
    "'", "\"", "`", "'''", "\"\"\"", "(", ")", "[", "]", "{", "}", "${", "#{", "$(", "@{", "f'", "\\", "\n", " ", ";",
    ",", "/", "//", "/*", "*/", "#", "--", "[[", "]]", "<<EOF\n", "EOF\n", "<<<A\n", "@\"\n", "\n\"@", "s/a/b/e",
    "w x\n", "system(", "getline", " > ", " | ", "=", "=>", ":", "?", ".", "->", "+", "a", "exec(", "%w[", "q(",
    "<?php ", "?>", "-enc ", "é", "1",
];

fn text_of(pieces: Vec<usize>) -> String {
    pieces.into_iter().filter_map(|index| PIECES.get(index)).copied().collect()
}

proptest! {
    #[test]
    fn any_text_is_read_in_any_language(pieces in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let text = text_of(pieces);
        for name in NAMES {
            read(name, &text);
        }
    }

    #[test]
    fn code_in_a_general_language_is_always_doubted(pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let text = text_of(pieces);
        for name in NAMES.iter().filter(|name| matches!(Tongue::named(name), Some(Tongue::General(_) | Tongue::Cmd))) {
            prop_assert!(!read(name, &text).doubts.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_stands_on_the_next_line_of_a_sed_script_is_seen(pieces in prop::collection::vec(0..SED_PIECES.len(), 0..6)) {
        let text: String = pieces.into_iter().filter_map(|index| SED_PIECES.get(index)).copied().collect();
        // Behind a backslash the last text goes on.
        let is_whole = read("sed", &text).doubts.is_empty() && !text.ends_with('\\');
        let both = read("sed", &format!("{text}\nw /tmp/last"));
        let wanted = Found { kind: "file.write", what: What::Text("/tmp/last".into()), recursive: false };
        prop_assert!(!is_whole || both.effects.contains(&wanted), "{text:?}: {both:?}");
    }
}

/// Pieces of which many make a script that can be read.
const SED_PIECES: [&str; 20] = [
    "s/a/b/",
    "s,[,],x,g",
    "p",
    ";",
    "\n",
    "/x/",
    "1,$",
    "!",
    "{",
    "}",
    "a text",
    "i\\\nmore",
    "\\",
    "#x",
    "b end",
    ":end",
    "y/a/b/",
    "q5",
    "s/a/b/w x",
    " ",
];

#[test]
fn repeated_pieces_of_every_kind_come_to_an_end() {
    for piece in PIECES {
        let text = piece.repeat(4096 / piece.len());
        for name in NAMES {
            read(name, &text);
        }
    }
}

#[test]
fn texts_that_double_stay_within_the_bounds() {
    let doubling = format!("a = 'x'\n{}os.system(a)", "a = a + a\n".repeat(1000));
    let reading = read("python", &doubling);
    let length: usize = reading.effects.iter().map(|found| format!("{found:?}").len()).sum();
    assert!(length < 2 * limits::CODE_FOLD_BYTES_MAX, "{length}");
}

#[test]
fn what_is_too_long_is_read_to_the_limit_and_doubted() {
    let long = format!("os.system('id')\n{}", "# x\n".repeat(limits::CODE_BYTES_MAX / 4));
    let reading = read("python", &long);
    assert_eq!(reading.effects.len(), 1);
    assert!(reading.doubts.iter().any(|doubt| doubt.contains("longer")));
    // A language that is read whole is not read by half.
    let reading = read("sed", &"p\n".repeat(limits::CODE_BYTES_MAX));
    assert!(reading.effects.is_empty() && !reading.doubts.is_empty());
}

#[test]
fn more_effects_than_are_kept_are_doubted() {
    let many: String = (0..=limits::EFFECTS_MAX).map(|number| format!("os.remove('/a/{number}')\n")).collect();
    let reading = read("python", &many);
    assert_eq!(reading.effects.len(), limits::EFFECTS_MAX);
    assert!(reading.doubts.iter().any(|doubt| doubt.contains("more than is read")));
}

#[test]
fn brackets_nested_too_deeply_are_doubted() {
    for (name, bracket) in [("python", "("), ("awk", "("), ("jq", "[")] {
        let reading = read(name, &bracket.repeat(limits::CODE_DEPTH_MAX + 2));
        assert!(!reading.doubts.is_empty(), "{name}");
    }
    let strings = "f'{".repeat(limits::CODE_HOLES_MAX + 2);
    assert!(read("python", &strings).doubts.iter().any(|doubt| doubt.contains("nests too deeply")));
}

#[test]
fn code_that_runs_itself_in_other_languages_comes_to_an_end() {
    let powershell = "cmd /c powershell -c ".repeat(2000);
    assert!(!read("powershell", &powershell).doubts.is_empty());
    assert!(!read("cmd", &powershell).doubts.is_empty());
}

#[test]
fn names_of_languages_are_found_in_any_spelling() {
    for (given, usual) in
        [("Python3.11", "python"), ("TypeScript", "javascript"), ("pwsh", "powershell"), ("gawk", "awk")]
    {
        assert_eq!(read(given, "").language, usual);
    }
    assert_eq!(read("x\u{1}y", "").language, "xy");
}
