#![allow(clippy::disallowed_methods)] // a test makes the files it opens

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, Mode, OFlags};

use super::*;

/// `root/a/f` says `inside`; `root/../secret/f` says `secret`; `root/in` and `root/out` are links to their directories.
fn tree() -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().join("root");
    fs::create_dir_all(root.join("a")).unwrap();
    fs::create_dir_all(temporary.path().join("secret")).unwrap();
    fs::write(root.join("a/f"), "inside").unwrap();
    fs::write(temporary.path().join("secret/f"), "secret").unwrap();
    symlink("a", root.join("in")).unwrap();
    symlink("../secret", root.join("out")).unwrap();
    symlink("a/f", root.join("file")).unwrap();
    (temporary, root)
}

type Open = fn(&Path, &str, &OpenOptions) -> Result<File>;

/// Each of the ways in which some system opens a file.
const WAYS: [(&str, Open); 3] = [
    ("at once", |root, path, options| open_beneath(root, path, options)),
    ("name by name", |root, path, options| {
        let root = rustix::fs::openat(CWD, root, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        unix::name_by_name(root, &plain_names(path.as_ref())?, unix::flags(options)).map(File::from)
    }),
    ("checked", |root, path, options| checked::open(root, &plain_names(path.as_ref())?, options)),
];

fn text_of(file: Result<File>) -> String {
    let mut text = String::new();
    file.unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_file_beneath_the_root_is_opened() {
    let (_temporary, root) = tree();
    for (way, open) in WAYS {
        assert_eq!(text_of(open(&root, "a/f", &OpenOptions::reading())), "inside", "{way}");
        assert_eq!(text_of(open(&root, "./a//f", &OpenOptions::reading())), "inside", "{way}");
        // The root is the caller's own, and may be a link.
        assert_eq!(text_of(open(&root.join("in"), "f", &OpenOptions::reading())), "inside", "{way}");
    }
}

#[test]
fn no_link_and_no_way_out_is_followed() {
    let (temporary, root) = tree();
    let absolute = temporary.path().join("secret/f");
    for (way, open) in WAYS {
        for path in ["out/f", "in/f", "file", "../secret/f", "a/../../secret/f", absolute.to_str().unwrap(), "", "."] {
            assert!(open(&root, path, &OpenOptions::reading()).is_err(), "{way}: {path}");
            assert!(open(&root, path, &OpenOptions::writing()).is_err(), "{way}: {path}");
        }
        assert!(open(&root, "a/missing", &OpenOptions::reading()).is_err(), "{way}");
    }
    assert_eq!(fs::read_to_string(absolute).unwrap(), "secret");
}

#[test]
fn options_mean_what_they_do_elsewhere() {
    let (_temporary, root) = tree();
    for (way, open) in WAYS {
        let name = way.replace(' ', "");
        let write = |options: &OpenOptions, text: &str| {
            open(&root, &name, options).and_then(|mut file| file.write_all(text.as_bytes()))
        };
        let new = OpenOptions { write: true, create_new: true, ..OpenOptions::default() };
        assert!(write(&new, "one two").is_ok() && write(&new, "x").is_err(), "{way}");
        assert!(write(&OpenOptions { write: true, ..OpenOptions::default() }, "ONE").is_ok(), "{way}");
        assert!(write(&OpenOptions { append: true, ..OpenOptions::default() }, "!").is_ok(), "{way}");
        assert_eq!(fs::read_to_string(root.join(&name)).unwrap(), "ONE two!", "{way}");
        assert!(write(&OpenOptions::writing(), "three").is_ok(), "{way}");
        assert_eq!(text_of(open(&root, &name, &OpenOptions::reading())), "three", "{way}");
    }
    for options in [OpenOptions::default(), OpenOptions { read: true, truncate: true, ..OpenOptions::default() }] {
        assert_eq!(open_beneath(&root, "a/f", &options).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

/// Somebody swaps a directory for a link to another, as fast as they can. Whatever is opened is never the other's.
#[test]
fn a_link_swapped_in_while_opening_is_never_followed() {
    let (temporary, root) = tree();
    let (dir, aside, link) = (root.join("a"), root.join("aside"), root.join("link"));
    symlink(temporary.path().join("secret"), &link).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                fs::rename(&dir, &aside).unwrap();
                fs::rename(&link, &dir).unwrap();
                fs::rename(&dir, &link).unwrap();
                fs::rename(&aside, &dir).unwrap();
            }
        });
        let mut opened = 0;
        for _ in 0..3_000 {
            for (_, open) in &WAYS[..2] {
                if let Ok(file) = open(&root, "a/f", &OpenOptions::reading()) {
                    assert_eq!(text_of(Ok(file)), "inside");
                    opened += 1;
                }
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(opened > 0, "nothing was ever opened, so nothing was tried");
    });
}
