//! Finds the files that a patch touches: `apply_patch` documents and unified diffs.

/// The effects of a patch and the path of each, each once; `None` if it names no file, or one that cannot be read.
pub(super) fn read(text: &str) -> Option<Vec<(&'static str, &str)>> {
    let mut files = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("diff --git ") {
            // A binary file is named in this line alone.
            Some(names) => files.extend(git_names(names)?.map(|name| ("file.write", name))),
            None => files.extend(file_of(line)),
        }
    }
    files.sort_unstable();
    files.dedup();
    (!files.is_empty()).then_some(files)
}

/// The two names of `a/x b/y`. Git quotes names with odd characters; those are not read.
fn git_names(names: &str) -> Option<[&str; 2]> {
    let rest = names.strip_prefix("a/").filter(|_| !names.contains('"'))?;
    // A name may contain ` b/` itself; unless the file is renamed, both names are alike.
    let half = rest
        .len()
        .checked_sub(3)
        .map(|length| length / 2)
        .and_then(|half| Some((rest.get(..half)?, rest.get(half..)?)));
    let alike =
        half.filter(|(before, after)| after.strip_prefix(" b/") == Some(before)).map(|(before, _)| [before, before]);
    alike.or_else(|| rest.rsplit_once(" b/").map(|(before, after)| [before, after]))
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
            [("file.delete", "d.txt"), ("file.write", "../c.txt"), ("file.write", "a.txt"), ("file.write", "b.txt")];
        assert_eq!(read(patch).unwrap(), expected);
    }

    #[test]
    fn a_diff_names_its_files() {
        let diff = "--- a/src/x.rs\t2026\n+++ b/src/x.rs\n@@ -1 +1 @@\n-a\n+b\n--- /dev/null\n+++ b/new\n";
        assert_eq!(read(diff).unwrap(), [("file.write", "new"), ("file.write", "src/x.rs")]);
        assert_eq!(read("just text"), None);
        assert_eq!(read("diff --git a/x b/y b/x b/y\n").unwrap(), [("file.write", "x b/y")]);
        assert_eq!(
            read("diff --git a/x b/../y\nrename from x\n").unwrap(),
            [("file.delete", "x"), ("file.write", "../y"), ("file.write", "x")]
        );
        assert_eq!(read("diff --git \"a/x\" \"b/x\"\n"), None);
    }
}
