//! How a store is opened, and by whom it may be used.

use std::thread;

use tokio::runtime::Builder;
use toolgate::store::{Begun, Kind, Store, StoreError};
use toolgate_store_postgres::PostgresStore;

use crate::support::{PATIENCE, Server, document, hold, step};

#[test]
fn many_open_the_same_new_store() {
    let server = Server::start();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let store = PostgresStore::options(&server.url).schema("shared").timeout(PATIENCE).open().unwrap();
                assert_eq!(store.documents(Kind::Agent, None).unwrap(), []);
            });
        }
    });
}

#[test]
fn what_a_newer_version_made_is_left_alone() {
    let server = Server::start();
    drop(PostgresStore::options(&server.url).timeout(PATIENCE).open().unwrap());
    server.query("UPDATE toolgate.version SET number = 99");
    let Err(StoreError::Corrupt(text)) = PostgresStore::open(&server.url) else { panic!("it was opened") };
    assert_eq!(text, "the database is of version 99 and this is version 1: it needs a newer Toolgate");
}

#[test]
fn a_password_is_never_told() {
    let server = Server::start();
    let wrong = server.url.replace("a%20password%20of%20the%20tests", "hunter2");
    let broken = "postgres//gate:hunter2@host/x";
    let other = "postgres://gate:hunter2@host/x?hunter2=hunter2";
    let secure = "postgres://gate:hunter2@127.0.0.1/x?sslmode=require";
    let checked = "postgres://gate:hunter2@127.0.0.1/x?sslmode=verify-full";
    for url in [&wrong, broken, other, secure, checked] {
        let options = PostgresStore::options(url).timeout(PATIENCE);
        assert!(!format!("{options:?}").contains("hunter2"));
        let error = options.open().unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let store = PostgresStore::options(&server.url).timeout(PATIENCE).open().unwrap();
    assert!(!format!("{store:?}").contains("password"), "{store:?}");
}

#[test]
fn a_schema_is_a_plain_name() {
    for name in ["", "a-b", "a\"; DROP", "A", "1a", &"a".repeat(64)] {
        let opened = PostgresStore::options("postgres://gate@127.0.0.1/x").schema(name).open();
        assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{name}");
    }
}

#[test]
fn it_may_be_used_within_an_async_runtime() {
    let server = Server::start();
    Builder::new_current_thread().build().unwrap().block_on(async {
        let store = server.fresh();
        assert_eq!(store.begin(&step("s", vec![hold("x", 1, None)]), None).unwrap(), Begun::Done);
    });
}

#[test]
fn characters_that_the_database_does_not_know_come_back() {
    let server = Server::start();
    let store = server.fresh();
    let strange = document("a\0b\u{1a}0", "\0\u{1a}");
    store.change(Kind::Agent, &strange.id, &mut |_| Ok(Some(strange.clone()))).unwrap();
    assert_eq!(store.documents(Kind::Agent, None).unwrap(), [strange]);
}

/// The child is given the parent's store with connections in it; both use it at the same time.
#[cfg(unix)]
#[test]
fn a_forked_child_has_connections_of_its_own() {
    let server = Server::start();
    let store = server.fresh();
    let work = |name: &str| {
        (0..50).all(|number| {
            let step = step(&format!("{name}-{number}"), vec![hold(name, 1, None)]);
            store.begin(&step, None) == Ok(Begun::Done)
        })
    };
    assert!(work("before"));
    #[allow(unsafe_code)]
    // SAFETY: the child only uses the store and ends without running anything else of the parent's.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_done = work("child");
        #[allow(unsafe_code)]
        // SAFETY: it does not return.
        unsafe {
            libc::_exit(i32::from(!is_done));
        }
    }
    assert!(work("parent"));
    let mut status = 0;
    #[allow(unsafe_code)]
    // SAFETY: it writes to `status`, and the child is ours.
    unsafe {
        libc::waitpid(child, &raw mut status, 0);
    }
    assert_eq!(status, 0);
    assert!(work("after"));
}
