//! Many processes at once, some of which are killed.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use toolgate::store::{Asked, Begun, Claim, Document, Kind, Refused, Settlement, Store, Unit};
use toolgate::{Code, Timestamp};
use toolgate_store_postgres::PostgresStore;

use crate::support::{PATIENCE, Server, at, document, hold, step, sum};

const PROCESSES: usize = 8;
const THREADS: usize = 4;
/// Approvals that are raced for.
const ROUNDS: usize = 1_000;
/// What the budget allows, in charges of 1 or 2.
const CAP: i64 = 3_000;

/// Runs as a process of its own, told by its environment what to do.
#[test]
#[ignore = "the others start it"]
fn worker() {
    let Ok(url) = std::env::var("TOOLGATE_TEST_URL") else { return };
    let (work, name) = (std::env::var("TOOLGATE_TEST_WORK").unwrap(), std::env::var("TOOLGATE_TEST_NAME").unwrap());
    let store = PostgresStore::options(&url).connections(THREADS).timeout(PATIENCE).open().unwrap();
    let work = match work.as_str() {
        "claim" => claim_all,
        "spend" => spend,
        "churn" => churn,
        other => panic!("{other}"),
    };
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (store, name) = (&store, &name);
            scope.spawn(move || work(store, &format!("{name}-{number}")));
        }
    });
}

fn start(url: &str, work: &str, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::worker", "--ignored", "--nocapture"])
        .envs([("TOOLGATE_TEST_URL", url), ("TOOLGATE_TEST_WORK", work), ("TOOLGATE_TEST_NAME", name)])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn run_all(url: &str, work: &str) {
    let children: Vec<_> = (0..PROCESSES).map(|number| start(url, work, &format!("p{number}"))).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

fn total(store: &PostgresStore, account: &str, moment: Timestamp) -> (i64, i64) {
    let asked = Asked { at: Some(moment), sums: vec![sum(account)], ..Asked::default() };
    let total = store.read(&asked).unwrap().sums[0];
    (total.amount, total.count)
}

/// The change that takes an approval for `who`, once.
fn take(who: &str) -> impl FnMut(Option<&Document>) -> Result<Option<Document>, Refused> {
    move |found| match found {
        Some(found) if &*found.body == "free" => Ok(Some(Document { body: who.into(), ..found.clone() })),
        _ => Err(Refused { code: Code::ApprovalAlreadyUsed, message: "it was used".into() }),
    }
}

fn claim(store: &PostgresStore, who: &str, id: &str, account: &str) -> Begun {
    let step = step(&format!("{who}/{id}"), vec![hold(account, 1, None)]);
    store.begin(&step, Some(Claim { kind: Kind::Approval, id, change: &mut take(who) })).unwrap()
}

fn claim_all(store: &PostgresStore, who: &str) {
    for round in 0..ROUNDS {
        let begun = claim(store, who, &format!("approval-{round}"), &format!("by {who}"));
        assert!(matches!(begun, Begun::Done | Begun::Refused(_)), "{begun:?}");
    }
}

fn free(store: &PostgresStore, id: &str) {
    store.change(Kind::Approval, id, &mut |_| Ok(Some(document(id, "free")))).unwrap();
}

#[test]
fn one_of_many_processes_claims_an_approval() {
    let server = Server::start();
    let store = PostgresStore::options(&server.url).timeout(PATIENCE).open().unwrap();
    (0..ROUNDS).for_each(|round| free(&store, &format!("approval-{round}")));
    run_all(&server.url, "claim");
    let mut winners = BTreeMap::new();
    for found in store.documents(Kind::Approval, None).unwrap() {
        assert_ne!(&*found.body, "free", "{}", found.id);
        *winners.entry(found.body).or_insert(0_i64) += 1;
    }
    assert_eq!(winners.values().sum::<i64>(), i64::try_from(ROUNDS).unwrap());
    // Whoever is charged has claimed, and nobody else: each won as often as it was told so.
    for process in 0..PROCESSES {
        for thread in 0..THREADS {
            let who: Arc<str> = format!("p{process}-{thread}").into();
            let won = winners.get(&who).copied().unwrap_or_default();
            assert_eq!(total(&store, &format!("by {who}"), at(0)), (won, won), "{who}");
        }
    }
}

/// Spends from one budget until it is used up, settling most of it at less than was held.
fn spend(store: &PostgresStore, who: &str) {
    for number in 0.. {
        let id = format!("{who}/{number}");
        match store.begin(&step(&id, vec![hold("budget", 2, Some(CAP))]), None).unwrap() {
            Begun::Done => {}
            Begun::Exceeded(0, total) => return assert!(total.amount > CAP - 2 && total.amount <= CAP, "{total:?}"),
            other => panic!("{other:?}"),
        }
        let settlement = match number % 5 {
            0 => Settlement::Nothing,
            1 => Settlement::Spent(vec![]),
            _ => Settlement::Spent(vec![(Unit::Usd, 1)]),
        };
        assert!(store.settle(&id, at(1), &settlement).unwrap());
        let real = match number % 5 {
            0 => continue,
            1 => 2,
            _ => 1,
        };
        let counted = store.begin(&step(&format!("{id}/told"), vec![hold("told", real, None)]), None);
        assert_eq!(counted.unwrap(), Begun::Done);
    }
}

#[test]
fn many_processes_never_pass_a_cap_and_lose_nothing() {
    let server = Server::start();
    let store = PostgresStore::options(&server.url).timeout(PATIENCE).open().unwrap();
    run_all(&server.url, "spend");
    let (spent, in_flight) = total(&store, "budget", at(1));
    assert!(spent > CAP - 2 && spent <= CAP, "{spent}");
    assert_eq!(in_flight, 0);
    assert_eq!(total(&store, "told", at(1)).0, spent, "what was settled is what the account holds");
}

/// Claims, holds and settles without end.
fn churn(store: &PostgresStore, who: &str) {
    for number in 0.. {
        let id = format!("{who}/{number}");
        free(store, &id);
        assert_eq!(claim(store, who, &id, "claims"), Begun::Done);
        assert!(matches!(claim(store, &format!("{who} again"), &id, "claims"), Begun::Refused(_)));
        assert!(store.settle(&format!("{who}/{id}"), at(1), &Settlement::Spent(vec![])).unwrap());
        // The other budget is always near its cap.
        if store.begin(&step(&id, vec![hold("tight", 7, Some(70))]), None).unwrap() == Begun::Done {
            assert!(store.settle(&id, at(1), &Settlement::Nothing).unwrap());
        }
    }
}

/// How many processes are killed at least, how many claims they make until then, and how many milliseconds pass in between.
const KILLS: usize = 60;
const CLAIMS: i64 = 500;
const PACE: usize = 150;

#[test]
fn killed_processes_leave_nothing_halfway() {
    let server = Server::start();
    let store = PostgresStore::options(&server.url).timeout(PATIENCE).open().unwrap();
    let mut children: Vec<_> = (0..4).map(|number| start(&server.url, "churn", &format!("k{number}"))).collect();
    for kill in 0.. {
        thread::sleep(Duration::from_millis(u64::try_from(PACE + kill * 7 % 50).unwrap()));
        let place = kill % children.len();
        children[place].kill().unwrap();
        children[place].wait().unwrap();
        let (tight, _) = total(&store, "tight", at(1));
        assert!(tight <= 70 && tight % 7 == 0, "{tight}");
        if kill >= KILLS && total(&store, "claims", at(1)).0 >= CLAIMS {
            break;
        }
        children[place] = start(&server.url, "churn", &format!("again{kill}"));
    }
    for mut child in children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    claims_are_charges(&store);
    // What is in flight and belongs to nobody any more is given back when it expires.
    assert_eq!(total(&store, "tight", at(1_000_000)), (0, 0));
    store.prune(at(2_000_000)).unwrap();
    assert_eq!(total(&store, "tight", at(1)), (0, 0));
    assert!(store.documents(Kind::Approval, None).unwrap().is_empty());
}

/// As many approvals were claimed as were charged. The server notices the end of a client on its own time.
fn claims_are_charges(store: &PostgresStore) {
    let look = || {
        let approvals = store.documents(Kind::Approval, None).unwrap();
        let claimed = approvals.iter().filter(|found| &*found.body != "free").count();
        (i64::try_from(claimed).unwrap(), total(store, "claims", at(1)).0)
    };
    let mut last = look();
    for _ in 0..100 {
        thread::sleep(Duration::from_millis(100));
        let now = look();
        if now == last && now.0 == now.1 {
            return;
        }
        last = now;
    }
    panic!("{} were claimed and {} charged", last.0, last.1);
}
