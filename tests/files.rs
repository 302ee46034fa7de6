//! Links on a real file system: what the gate takes a path for is compared with what the kernel does.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and makes files

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;
use toolgate::path::{
    EntryKind, FileSystem, FileSystemError, HostFileSystem, OpenOptions, RealPath, follow, open_beneath,
};
use toolgate::{AuditTarget, Decision, Gate, ToolCall, Value, Verdict};

/// Something in a random tree. Names are few, so that links meet what is there, and each other.
#[derive(Clone, Debug)]
enum Entry {
    Directory,
    File,
    Link(String),
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn below() -> impl Strategy<Value = String> {
    prop::collection::vec(select(&NAMES[..]), 1..4).prop_map(|names| names.join("/"))
}

/// A text with names and `..`, as an attacker would write it.
fn way() -> impl Strategy<Value = String> {
    let name = prop_oneof![4 => select(&NAMES[..]), 2 => Just(".."), 1 => Just("."), 1 => Just("")];
    prop::collection::vec(name, 1..7).prop_map(|names| names.join("/"))
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        2 => Just(Entry::Directory),
        2 => Just(Entry::File),
        3 => way().prop_map(Entry::Link),
        1 => way().prop_map(|target| Entry::Link(format!("ROOT/{target}"))),
    ]
}

fn tree() -> impl Strategy<Value = Vec<(String, Entry)>> {
    prop::collection::vec((below(), entry()), 0..14)
}

/// Makes what can be made of `tree` in a directory of its own. What does not fit what is there already is left out.
fn make(tree: &[(String, Entry)]) -> (TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    // The way to the directory itself is not what is tried.
    let root = fs::canonicalize(temporary.path()).unwrap().join("root");
    fs::create_dir(&root).unwrap();
    for (path, entry) in tree {
        let place = root.join(path);
        let is_inside = fs::canonicalize(place.parent().unwrap()).is_ok_and(|parent| parent.starts_with(&root));
        let _ = match entry {
            _ if !is_inside && place.parent().unwrap().exists() => continue,
            Entry::Directory => fs::create_dir_all(&place),
            Entry::File if place.is_symlink() => continue,
            Entry::File => fs::write(&place, path),
            Entry::Link(target) => symlink(target.replace("ROOT", root.to_str().unwrap()), &place),
        };
    }
    (temporary, root)
}

/// This machine's file system, asked name by name as on a system that knows no other way.
struct NameByName;

impl FileSystem for NameByName {
    fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError> {
        HostFileSystem.kind(path)
    }

    fn read_link(&self, path: &str) -> Result<String, FileSystemError> {
        HostFileSystem.read_link(path)
    }
}

fn real(path: &Path) -> Option<PathBuf> {
    let real = follow(path.to_str().unwrap(), &HostFileSystem);
    assert_eq!(real, follow(path.to_str().unwrap(), &NameByName));
    match real {
        Ok(RealPath { path, is_known }) => {
            assert!(is_known);
            Some(path.as_str().into())
        }
        Err(_) => None,
    }
}

fn gate(root: &Path) -> Gate {
    let allowed = root.display();
    let text = format!("tools:\n  file.*: {{ decision: allow, allowed_paths: ['{allowed}/'] }}\ndefault: deny");
    let builder = Gate::builder().policy_text(text).audit(AuditTarget::Off);
    builder.cwd(root.to_str().unwrap()).build().unwrap()
}

fn guard(gate: &Gate, tool: &str, path: &str) -> Decision {
    let args = toolgate::Map::from_pairs(vec![("path".into(), Value::from(path))]).unwrap();
    gate.guard(&ToolCall::new(tool, args))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// What exists is found where the kernel finds it; what the kernel cannot resolve is found beside what it can.
    #[test]
    fn a_path_leads_where_the_kernel_says(tree in tree(), way in way()) {
        let (_temporary, root) = make(&tree);
        let path = PathBuf::from(format!("{}/{way}", root.display()));
        match fs::canonicalize(&path) {
            Ok(kernel) => prop_assert_eq!(real(&path), Some(kernel)),
            Err(error) if error.raw_os_error() == Some(40) => prop_assert_eq!(real(&path), None, "a circle"),
            Err(_) => {
                // Nothing is there. What was found must be a place where nothing is, without a link on the way to it.
                if let Some(found) = real(&path) {
                    let deepest = found.ancestors().find(|dir| dir.exists()).unwrap();
                    prop_assert_eq!(fs::canonicalize(deepest).unwrap(), deepest);
                }
            }
        }
    }

    /// The gate allows nothing that leads out of the directory, and denies nothing that stays in it on both readings.
    #[test]
    fn nothing_outside_is_allowed(tree in tree(), way in way()) {
        let (_temporary, root) = make(&tree);
        let gate = gate(&root);
        let decision = guard(&gate, "file.read", &way);
        if let Ok(kernel) = fs::canonicalize(root.join(&way)) {
            let is_inside = kernel.starts_with(&root);
            prop_assert!(is_inside || decision.verdict != Verdict::Allow, "{} leads to {}", way, kernel.display());
            let lexical = Path::new(decision.action.target.as_str()).starts_with(&root);
            let has_other_reading = decision.action.effects.iter().any(|effect| !Path::new(effect.target.as_str()).starts_with(&root));
            let all_inside = is_inside && lexical && !has_other_reading;
            prop_assert!(!all_inside || decision.verdict == Verdict::Allow, "{}: {}", way, decision.reason);
            if decision.verdict == Verdict::Allow {
                prop_assert_eq!(decision.real_path().map(|path| PathBuf::from(path.as_str())), Some(kernel.clone()));
                if kernel.is_file() {
                    prop_assert!(decision.open(&OpenOptions::reading()).is_ok());
                }
            }
        }
    }

    /// What is opened beneath a directory is beneath it, and is the very file that the names say.
    #[test]
    fn nothing_outside_is_opened(tree in tree(), way in way()) {
        let (_temporary, root) = make(&tree);
        if let Ok(file) = open_beneath(&root, &way, &OpenOptions::reading()) {
            use std::os::unix::fs::MetadataExt;
            // As the standard library reads a path, `f/.` is `f`, also where `f` is a file.
            let plain: PathBuf = root.join(&way).components().collect();
            let kernel = fs::canonicalize(plain).unwrap();
            let (opened, named) = (file.metadata().unwrap(), fs::symlink_metadata(&kernel).unwrap());
            prop_assert!(kernel.starts_with(&root));
            prop_assert_eq!((opened.dev(), opened.ino()), (named.dev(), named.ino()));
        }
    }
}

/// The file is decided about; then somebody puts a link in its place, or in that of its directory.
#[test]
fn a_link_put_there_after_the_decision_is_not_followed() {
    let (temporary, root) = make(&[("a".into(), Entry::Directory), ("a/b".into(), Entry::File)]);
    let secret = temporary.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("b"), "secret").unwrap();
    let gate = gate(&root);
    let (read, write) = (guard(&gate, "file.read", "a/b"), guard(&gate, "file.write", "a/b"));
    assert_eq!((read.verdict, write.verdict), (Verdict::Allow, Verdict::Allow));
    assert!(read.open(&OpenOptions::reading()).is_ok());
    assert!(read.open(&OpenOptions::writing()).is_err(), "it was only to be read");

    fs::remove_file(root.join("a/b")).unwrap();
    symlink(secret.join("b"), root.join("a/b")).unwrap();
    assert!(read.open(&OpenOptions::reading()).is_err());
    assert!(write.open(&OpenOptions::writing()).is_err());
    assert_eq!(guard(&gate, "file.read", "a/b").verdict, Verdict::Deny);

    fs::remove_dir_all(root.join("a")).unwrap();
    symlink(&secret, root.join("a")).unwrap();
    assert!(read.open(&OpenOptions::reading()).is_err());
    assert!(write.open(&OpenOptions::writing()).is_err());
    assert_eq!(fs::read_to_string(secret.join("b")).unwrap(), "secret");
}

#[test]
fn a_decision_opens_only_what_it_allows() {
    let (_temporary, root) = make(&[("a".into(), Entry::File), ("b".into(), Entry::Link("a".into()))]);
    let gate = gate(&root);
    assert!(guard(&gate, "file.read", "/etc/hostname").open(&OpenOptions::reading()).is_err());
    assert!(guard(&gate, "file.list", ".").open(&OpenOptions::reading()).is_err());
    let through_link = guard(&gate, "file.read", "b");
    assert_eq!(through_link.verdict, Verdict::Allow);
    assert_eq!(through_link.real_path().map(|path| path.as_str()), root.join("a").to_str());
    assert!(through_link.open(&OpenOptions::reading()).is_ok());
    let blind = Gate::builder().policy_text("paths: { links: ignore }\ntools: { file.*: { decision: allow } }");
    let blind = blind.audit(AuditTarget::Off).cwd(root.to_str().unwrap()).build().unwrap();
    assert!(guard(&blind, "file.read", "a").open(&OpenOptions::reading()).is_err());
}

/// What the policy denies as it is written is not looked at: a look can hang, or can be what an attacker wants.
#[test]
fn what_is_denied_as_written_is_not_looked_at() {
    struct Untouched;
    impl FileSystem for Untouched {
        fn kind(&self, path: &str) -> Result<EntryKind, FileSystemError> {
            assert!(path == "/a" || path == "/b", "looked at {path}");
            Ok(EntryKind::Directory)
        }
        fn read_link(&self, _: &str) -> Result<String, FileSystemError> {
            panic!("there is no link")
        }
    }
    let text = "default: deny\ntools: { file.*: { decision: allow, allowed_paths: [/a] } }";
    let gate =
        Gate::builder().policy_text(text).audit(AuditTarget::Off).file_system(Untouched).cwd("/a").build().unwrap();
    assert_eq!(guard(&gate, "file.read", "/elsewhere/x").code.as_str(), "path.outside_allowed");
    assert_eq!(guard(&gate, "file.read", "/a").verdict, Verdict::Allow);
    assert_eq!(guard(&gate, "file.read", "/a/x").code.as_str(), "internal.panic");
}

#[test]
fn what_this_process_may_not_look_at_is_held() {
    use std::os::unix::fs::PermissionsExt;
    let (_temporary, root) = make(&[("a".into(), Entry::Directory), ("a/b".into(), Entry::File)]);
    fs::set_permissions(root.join("a"), fs::Permissions::from_mode(0o000)).unwrap();
    let is_hidden = fs::symlink_metadata(root.join("a/b")).is_err();
    let decision = guard(&gate(&root), "file.read", "a/b");
    fs::set_permissions(root.join("a"), fs::Permissions::from_mode(0o700)).unwrap();
    // To root nothing is hidden.
    let expected =
        if is_hidden { (Verdict::RequireApproval, "path.unreadable") } else { (Verdict::Allow, "policy.allow") };
    assert_eq!((decision.verdict, decision.code.as_str()), expected);
}
