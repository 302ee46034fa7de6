//! Files that are damaged, of others, locked, full, read-only or gone: each is told apart, and what can get well does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods, missing_docs)] // a test may fail

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{document, held, hold, make, open, place, step};
use rusqlite::Connection;
use toolgate::store::{Begun, Kind, Store, StoreError};
use toolgate_store_sqlite::SqliteStore;

fn error(path: &Path) -> StoreError {
    SqliteStore::open(path).err().unwrap()
}

fn assert_corrupt(path: &Path, word: &str) {
    let StoreError::Corrupt(text) = error(path) else { panic!("{:?}", error(path)) };
    assert!(text.contains(word), "{text}");
}

fn assert_unavailable(path: &Path, word: &str) {
    let StoreError::Unavailable(text) = error(path) else { panic!("{:?}", error(path)) };
    assert!(text.contains(word), "{text}");
}

/// A state with something in it, all of which is in the one file.
fn filled() -> (tempfile::TempDir, std::path::PathBuf) {
    let (directory, path) = place();
    let store = open(&path);
    for number in 0..200 {
        make(&store, &format!("{number}")).unwrap();
        store.begin(&step(&format!("{number}"), vec![hold("x", 1, None)]), None).unwrap();
    }
    drop(store);
    flush(&path);
    (directory, path)
}

fn flush(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[test]
fn a_damaged_file_is_corrupt() {
    let (_directory, path) = filled();
    let whole = fs::read(&path).unwrap();
    for start in [0, 20, 100, 4096] {
        let mut damaged = whole.clone();
        damaged[start..start + 60].fill(0xa5);
        fs::write(&path, &damaged).unwrap();
        let store = SqliteStore::open(&path);
        let failed = store.and_then(|store| store.documents(Kind::Approval, None).map(|_| ()));
        assert!(matches!(failed, Err(StoreError::Corrupt(_))), "damaged at {start}: {failed:?}");
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let store = SqliteStore::open(&path);
    let failed = store.and_then(|store| store.documents(Kind::Approval, None).map(|_| ()));
    assert!(matches!(failed, Err(StoreError::Corrupt(_))), "half of it: {failed:?}");
    // What is whole again works again.
    fs::write(&path, &whole).unwrap();
    assert_eq!(open(&path).documents(Kind::Approval, None).unwrap().len(), 200);
}

#[test]
fn whatever_is_not_ours_is_left_alone() {
    let (_directory, path) = place();
    fs::write(&path, "a letter to a friend, long enough to be taken for the first page of a database").unwrap();
    restrict(&path, 0o600);
    let before = fs::read(&path).unwrap();
    assert_corrupt(&path, "not a database");
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE friends (name)").unwrap();
    restrict(&path, 0o600);
    let before = fs::read(&path).unwrap();
    assert_corrupt(&path, "another program");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_version_is_not_touched() {
    let (_directory, path) = filled();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_corrupt(&path, "version 99");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(open(&path).documents(Kind::Approval, None).unwrap().len(), 200);
}

#[test]
fn an_empty_file_is_begun() {
    let (_directory, path) = place();
    fs::write(&path, "").unwrap();
    restrict(&path, 0o600);
    make(&open(&path), "a").unwrap();
    assert!(open(&path).document(Kind::Approval, "a").unwrap().is_some());
}

#[test]
fn nobody_waits_longer_than_told() {
    let (_directory, path) = filled();
    let store = open(&path).waiting(Duration::from_millis(50));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let charge = || store.begin(&step("late", vec![hold("x", 1, None)]), None);
    assert!(matches!(charge(), Err(StoreError::Timeout(_))));
    assert_eq!(held(&store, "x").amount, 200, "who reads does not wait for who writes");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(charge().unwrap(), Begun::Done);
}

#[test]
fn what_was_deleted_is_begun_anew() {
    let (directory, path) = filled();
    let store = open(&path);
    assert_eq!(held(&store, "x").amount, 200);
    for file in directory.path().read_dir().unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    make(&store, "a").unwrap();
    assert_eq!(open(&path).documents(Kind::Approval, None).unwrap(), [document("a", "free")]);
    assert_eq!(held(&store, "x").amount, 0);
}

#[test]
fn what_is_no_place_for_a_file_is_unavailable() {
    let (_directory, path) = place();
    fs::create_dir(&path).unwrap();
    assert_unavailable(&path, "not a file");
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "").unwrap();
    assert_unavailable(&path.join("below"), "not a directory");
    assert_unavailable(Path::new(".."), "not the path of a file");
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) {}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::os::unix::process::CommandExt;

    use super::*;
    use common::{job, worker_command};

    #[test]
    fn everything_made_is_for_the_owner_alone() {
        let (directory, _) = place();
        let path = directory.path().join("new/state/state.db");
        make(&open(&path), "a").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&directory.path().join("new")), 0o700);
        let files: Vec<_> = path.parent().unwrap().read_dir().unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 4, "{files:?}");
        assert!(files.iter().all(|file| mode(file) == 0o600));
    }

    #[test]
    fn what_others_may_change_is_refused() {
        let (directory, path) = filled();
        let store = open(&path);
        restrict(&path, 0o620);
        assert_unavailable(&path, "others can write");
        assert!(matches!(store.documents(Kind::Grant, None), Err(StoreError::Unavailable(_))));
        restrict(&path, 0o600);
        store.documents(Kind::Grant, None).unwrap();
        restrict(directory.path(), 0o777);
        assert_unavailable(&path, "others can write");
        restrict(directory.path(), 0o700);
        let link = directory.path().join("link.db");
        symlink(&path, &link).unwrap();
        assert_unavailable(&link, "symbolic link");
        fs::create_dir(directory.path().join("real")).unwrap();
        symlink(directory.path().join("real"), directory.path().join("linked")).unwrap();
        assert_unavailable(&directory.path().join("linked/state.db"), "symbolic link");
    }

    #[test]
    fn a_file_that_may_only_be_read_is_unavailable() {
        let (directory, path) = filled();
        restrict(directory.path(), 0o755);
        restrict(&path, 0o444);
        run("read-only", &path, |command| {
            // SAFETY: who is asked for is a number.
            #[allow(unsafe_code)]
            if unsafe { libc::geteuid() } == 0 {
                command.uid(65534);
            }
        });
        restrict(&path, 0o600);
        make(&open(&path), "later").unwrap();
    }

    #[test]
    fn a_full_disk_is_unavailable_until_there_is_room() {
        let (_directory, path) = filled();
        run("full", &path, |_| {});
        assert!(open(&path).document(Kind::Approval, "room again").unwrap().is_some());
    }

    #[test]
    #[ignore = "the process that the others start"]
    fn worker() {
        match job() {
            Some((job, path, _)) if job == "full" => fill_up(&path),
            Some((_, path, _)) => fail_to_write(&path),
            None => {}
        }
    }

    fn run(job: &str, path: &Path, prepare: impl Fn(&mut std::process::Command)) {
        let mut command = worker_command(job, path, 0);
        command.args(["unix::worker"]);
        prepare(&mut command);
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{told}");
    }

    fn fail_to_write(path: &Path) {
        let failed = SqliteStore::open(path).and_then(|store| make(&store, "no"));
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }

    fn fill_up(path: &Path) {
        let store = open(path);
        limit_files(2_000_000);
        let long = "x".repeat(100_000);
        let put = |id: &str| store.change(Kind::Approval, id, &mut |_| Ok(Some(document("", &long))));
        let kept = (0..100).take_while(|number| put(&format!("long-{number}")).is_ok()).count();
        assert!(kept > 0 && kept < 100, "{kept}");
        assert!(matches!(put("one more"), Err(StoreError::Unavailable(_))));
        limit_files(libc::RLIM_INFINITY);
        put("room again").unwrap();
        assert_eq!(store.documents(Kind::Approval, None).unwrap().len(), 200 + kept + 1);
    }

    /// Lets this process write files of so many bytes and no longer ones.
    #[allow(unsafe_code)]
    fn limit_files(bytes: libc::rlim_t) {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: the limit is a value of this function, and the signal is only ignored.
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
        }
    }
}
