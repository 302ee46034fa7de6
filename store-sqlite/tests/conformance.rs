//! The checks that every store has to pass.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;

use toolgate::store::conformance::CHECKS;
use toolgate_store_sqlite::SqliteStore;

#[test]
fn it_does_what_every_store_has_to() {
    for (name, check) in CHECKS {
        println!("{name}");
        // Kept until the check is over.
        let directories = std::cell::RefCell::new(Vec::new());
        check(&|| {
            let directory = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(directory.path().join("state.db")).unwrap();
            directories.borrow_mut().push(directory);
            Arc::new(store)
        });
    }
}
