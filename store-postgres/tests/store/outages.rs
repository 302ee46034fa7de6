//! Servers that go away, ways that break, and whoever does not answer.

use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use toolgate::store::{
    Asked, Begun, Changed, Claim, Document, Kind, Refused, Settlement, Store, StoreError, Total, Unit,
};
use toolgate::{Code, Timestamp};
use toolgate_store_postgres::PostgresStore;

use crate::proxy::{Cut, Proxy};
use crate::support::{PATIENCE, Server, at, document, hold, step, sum};

/// Time for a loaded machine to open a store in, and no more than a test may wait for.
const BRIEF: Duration = Duration::from_secs(3);

fn total(store: &PostgresStore, account: &str) -> Total {
    store.read(&Asked { at: Some(at(1)), sums: vec![sum(account)], ..Asked::default() }).unwrap().sums[0]
}

/// Asks until there is an answer; what is no answer is that of a server that is away.
fn insist<T>(failures: &AtomicUsize, call: impl Fn() -> Result<T, StoreError>) -> T {
    loop {
        match call() {
            Ok(answer) => return answer,
            Err(StoreError::Unavailable(_) | StoreError::Timeout(_)) => {
                failures.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(20));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Begins and settles steps, the same again whenever it got no answer, until told to stop. Tells which began.
fn work(store: &PostgresStore, name: usize, failures: &AtomicUsize, over: &AtomicBool) -> Vec<String> {
    let mut begun = Vec::new();
    for number in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{name}/{number}");
        let step = step(&id, vec![hold("capped", 1, Some(200)), hold("free", 2, None)]);
        if insist(failures, || store.begin(&step, None)) == Begun::Done {
            begun.push(id.clone());
            continue;
        }
        let id = format!("{id}/more");
        let step = crate::support::step(&id, vec![hold("settled", 5, None)]);
        assert_eq!(insist(failures, || store.begin(&step, None)), Begun::Done);
        insist(failures, || store.settle(&id, at(1), &Settlement::Spent(vec![(Unit::Usd, 3)])));
        begun.push(id);
    }
    begun
}

#[test]
fn a_server_that_was_stopped_under_load_has_lost_nothing() {
    let server = Server::durable();
    let store = PostgresStore::options(&server.url).connections(3).open().unwrap();
    let (failures, over, all) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for name in 0..4 {
            let (store, failures, over, all) = (&store, &failures, &over, &all);
            scope.spawn(move || all.lock().unwrap().extend(work(store, name, failures, over)));
        }
        for stop in [Server::stop, Server::stop_at_once, Server::stop_at_once] {
            thread::sleep(Duration::from_millis(500));
            let before = failures.load(Ordering::Relaxed);
            stop(&server);
            while failures.load(Ordering::Relaxed) < before + 4 {
                thread::sleep(Duration::from_millis(10));
            }
            let away = store.document(Kind::Switch, "all").unwrap_err();
            assert!(matches!(away, StoreError::Unavailable(_)), "{away:?}");
            server.go_on();
            assert_eq!(store.document(Kind::Switch, "all").unwrap(), None, "the first call afterwards finds it");
        }
        thread::sleep(Duration::from_millis(500));
        over.store(true, Ordering::Relaxed);
    });
    let begun = all.into_inner().unwrap();
    let (more, few): (Vec<_>, Vec<_>) = begun.iter().partition(|id| id.ends_with("/more"));
    let [few, more] = [few, more].map(|ids| i64::try_from(ids.len()).unwrap());
    assert_eq!(few, 200, "the cap was reached and not passed");
    assert_eq!(total(&store, "capped"), Total { amount: few, count: few });
    assert_eq!(total(&store, "free"), Total { amount: 2 * few, count: few });
    assert_eq!(total(&store, "settled"), Total { amount: 3 * more, count: 0 });
}

/// Counts in a document.
fn count(store: &PostgresStore) -> Changed {
    let mut change = |found: Option<&Document>| {
        let next = found.map_or(1, |found| found.body.parse::<u32>().unwrap() + 1);
        Ok(Some(document("count", &next.to_string())))
    };
    store.change(Kind::Agent, "count", &mut change).unwrap()
}

/// Takes a document away, once.
fn claim(store: &PostgresStore, id: &str) -> Begun {
    let mut take = |found: Option<&Document>| match found {
        Some(_) => Ok(None),
        None => Err(Refused { code: Code::ApprovalAlreadyUsed, message: "it was used".into() }),
    };
    let claim = Claim { kind: Kind::Grant, id, change: &mut take };
    store.begin(&step(id, vec![hold("claims", 1, None)]), Some(claim)).unwrap()
}

#[test]
fn what_a_broken_connection_hides_is_done_once() {
    let server = Server::start();
    let proxy = Proxy::to(&server.address());
    let store = PostgresStore::options(&server.url_by(proxy.port)).timeout(PATIENCE).open().unwrap();
    let cuts = [Cut::Before, Cut::After, Cut::Late];
    for (round, cut) in (1_i64..).zip(cuts.into_iter().cycle().take(9)) {
        let id = format!("grant-{round}");
        store.change(Kind::Grant, &id, &mut |_| Ok(Some(document(&id, "1")))).unwrap();
        let cut_next = || {
            assert!(proxy.is_done());
            proxy.plan(cut);
        };
        cut_next();
        assert_eq!(claim(&store, &id), Begun::Done, "{cut:?}");
        assert_eq!(store.document(Kind::Grant, &id).unwrap(), None);
        assert_eq!(total(&store, "claims"), Total { amount: 5 * (round - 1) + 1, count: 1 });
        cut_next();
        assert!(store.settle(&id, at(1), &Settlement::Spent(vec![(Unit::Usd, 5)])).unwrap(), "{cut:?}");
        assert_eq!(total(&store, "claims"), Total { amount: 5 * round, count: 0 });
        cut_next();
        assert_eq!(count(&store), Changed::Done(Some(document("count", &round.to_string()))), "{cut:?}");
        cut_next();
        let made = store.change(Kind::Agent, "other", &mut |_| Ok(Some(document("other", "1")))).unwrap();
        assert_eq!(made, Changed::Done(Some(document("other", "1"))));
    }
}

#[test]
fn a_step_that_is_begun_again_has_begun_once() {
    let server = Server::start();
    let store = server.fresh();
    let first = step("s", vec![hold("x", 3, Some(3))]);
    assert_eq!(store.begin(&first, None).unwrap(), Begun::Done);
    assert_eq!(store.begin(&first, None).unwrap(), Begun::Done);
    assert_eq!(total(&store, "x"), Total { amount: 3, count: 1 });
    let other = toolgate::store::Step { at: at(1), ..first };
    assert!(matches!(store.begin(&other, None), Err(StoreError::Corrupt(_))));
}

#[test]
fn whoever_waits_for_a_connection_waits_no_longer_than_it_may() {
    let server = Server::start();
    let store = PostgresStore::options(&server.url).connections(1).timeout(BRIEF).open().unwrap();
    let mut inner = None;
    let outer = store.change(Kind::Agent, "a", &mut |_| {
        inner = Some(store.document(Kind::Agent, "a"));
        Ok(None)
    });
    assert!(matches!(inner, Some(Err(StoreError::Timeout(_)))), "{inner:?}");
    assert!(outer.is_err(), "its own time was over too: {outer:?}");
    assert_eq!(store.document(Kind::Agent, "a").unwrap(), None);
}

#[test]
fn a_row_that_another_holds_is_not_waited_for_forever() {
    let server = Server::start();
    let holder = PostgresStore::options(&server.url).timeout(PATIENCE).open().unwrap();
    let store = PostgresStore::options(&server.url).timeout(BRIEF).open().unwrap();
    let body = |text: &str| Ok(Some(document("a", text)));
    holder.change(Kind::Agent, "a", &mut |_| body("1")).unwrap();
    holder
        .change(Kind::Agent, "a", &mut |_| {
            let refused = store.change(Kind::Agent, "a", &mut |_| body("2"));
            assert!(matches!(refused, Err(StoreError::Timeout(_))), "{refused:?}");
            body("3")
        })
        .unwrap();
    assert_eq!(store.document(Kind::Agent, "a").unwrap(), Some(document("a", "3")));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://gate:secret@{}/x?sslmode=disable", listener.local_addr().unwrap());
    let accepted = thread::spawn(move || listener.accept());
    let start = Instant::now();
    let opened = PostgresStore::options(&url).timeout(Duration::from_millis(300)).open();
    assert!(matches!(opened, Err(StoreError::Timeout(_))), "{opened:?}");
    assert!(start.elapsed() < PATIENCE);
    drop(accepted.join());
}

#[test]
fn a_server_that_refuses_is_unavailable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let opened = PostgresStore::open(&format!("postgres://gate:secret@127.0.0.1:{port}/x"));
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
}

#[test]
fn moments_of_other_clocks_do_not_matter_to_receipts() {
    let server = Server::start();
    let store = server.fresh();
    for moment in [i64::MIN, 0, i64::MAX] {
        let moment = Timestamp::from_micros(moment);
        let step =
            toolgate::store::Step { at: moment, expires: moment, ..step(&moment.as_micros().to_string(), vec![]) };
        assert_eq!(store.begin(&step, None).unwrap(), Begun::Done);
        store.prune(Timestamp::from_micros(i64::MAX)).unwrap();
        assert_eq!(store.begin(&step, None).unwrap(), Begun::Done);
    }
}
