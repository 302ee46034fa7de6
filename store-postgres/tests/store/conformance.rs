//! The checks that every store has to pass.

use std::sync::Arc;

use toolgate::store::conformance::CHECKS;

use crate::support::Server;

#[test]
fn it_does_what_every_store_has_to() {
    let server = Server::start();
    for (name, check) in CHECKS {
        println!("{name}");
        check(&|| Arc::new(server.fresh()));
    }
}
