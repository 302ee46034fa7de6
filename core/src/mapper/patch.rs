//! Finds the files that a patch touches: `apply_patch` documents and unified diffs.

/// The effects of a patch and the path of each; `None` if it names no file.
pub(super) fn read(text: &str) -> Option<Vec<(&'static str, &str)>> {
    let files: Vec<_> = text.lines().filter_map(file_of).collect();
    (!files.is_empty()).then_some(files)
}

fn file_of(line: &str) -> Option<(&'static str, &str)> {
    let headers = [
        ("*** Add File:", "file.write"),
        ("*** Update File:", "file.write"),
        ("*** Move to:", "file.write"),
        ("*** Delete File:", "file.delete"),
        ("+++ ", "file.write"),
        ("--- ", "file.write"),
        ("rename to ", "file.write"),
        ("rename from ", "file.delete"),
        ("copy to ", "file.write"),
    ];
    let (effect, rest) =
        headers.into_iter().find_map(|(header, effect)| Some((effect, line.trim_start().strip_prefix(header)?)))?;
    let path = rest.split('\t').next().unwrap_or_default().trim();
    let is_diff = line.starts_with("+++ ") || line.starts_with("--- ");
    // A unified diff writes `a/` and `b/` before the path, and /dev/null for a file that is not there.
    let path = if is_diff { path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path) } else { path };
    (!path.is_empty() && path != "/dev/null").then_some((effect, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_patch_is_found() {
        let patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** Update File: b.txt\n*** Move to: ../c.txt\n@@\n-x\n+y\n*** Delete File: d.txt\n*** End Patch";
        let expected =
            [("file.write", "a.txt"), ("file.write", "b.txt"), ("file.write", "../c.txt"), ("file.delete", "d.txt")];
        assert_eq!(read(patch).unwrap(), expected);
    }

    #[test]
    fn a_diff_names_its_files() {
        let diff = "--- a/src/x.rs\t2026\n+++ b/src/x.rs\n@@ -1 +1 @@\n-a\n+b\n--- /dev/null\n+++ b/new\n";
        assert_eq!(
            read(diff).unwrap(),
            [("file.write", "src/x.rs"), ("file.write", "src/x.rs"), ("file.write", "new")]
        );
        assert_eq!(read("just text"), None);
    }
}
