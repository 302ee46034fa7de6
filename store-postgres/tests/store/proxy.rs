//! A way to the server that breaks at chosen moments.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens to the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It does not reach the server.
    Before,
    /// It does, but its answer does not come back.
    After,
    /// It reaches the server when the client has been cut off for a while.
    Late,
}

/// Forwards connections until it is dropped; those that are open then end with the test.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    next: Arc<Mutex<Option<Cut>>>,
}

impl Proxy {
    pub(crate) fn to(address: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let next = Arc::new(Mutex::new(None));
        let (address, plan) = (address.to_owned(), Arc::clone(&next));
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&address).unwrap();
                forward(client.unwrap(), server, Arc::clone(&plan));
            }
        });
        Proxy { port, next }
    }

    /// Plans what happens to the next commit.
    pub(crate) fn plan(&self, cut: Cut) {
        *self.next.lock().unwrap() = Some(cut);
    }

    /// Whether what was planned has happened.
    pub(crate) fn is_done(&self) -> bool {
        self.next.lock().unwrap().is_none()
    }
}

fn forward(client: TcpStream, server: TcpStream, next: Arc<Mutex<Option<Cut>>>) {
    let muted = Arc::new(AtomicBool::new(false));
    let (from, to, silent) = (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(&muted));
    thread::spawn(move || answers(from, to, &silent));
    thread::spawn(move || requests(client, server, &next, &muted));
}

fn answers(mut server: TcpStream, mut client: TcpStream, muted: &AtomicBool) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        if muted.load(Ordering::SeqCst) || client.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn requests(mut client: TcpStream, mut server: TcpStream, next: &Mutex<Option<Cut>>, muted: &AtomicBool) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let sent = &buffer[..length];
        let commits = sent.windows(7).any(|part| part == b"COMMIT\0");
        let cut = if commits { next.lock().unwrap().take() } else { None };
        if cut.is_some() {
            muted.store(true, Ordering::SeqCst);
        }
        if cut == Some(Cut::Late) {
            client.shutdown(Shutdown::Both).unwrap();
            thread::sleep(Duration::from_millis(300));
        }
        if cut != Some(Cut::Before) && server.write_all(sent).is_err() || cut.is_some() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Write);
}
