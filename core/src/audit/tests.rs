use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::action::{Action, Category, Confidence, Target};
use crate::call::ToolCall;
use crate::canonical;
use crate::decision::{Decision, Risk, Verdict};
use crate::error::Code;
use crate::principal::Principal;
use crate::redact::Redactor;
use crate::value::{Map, Value};

const DAY: i64 = 86_400_000_000;
const NOON: i64 = 1_795_262_400_000_000; // 2026-11-21T12:00:00Z

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn map(json: &str) -> Map {
    Value::from_json(json).unwrap().as_map().unwrap().clone()
}

fn action(kind: &str, target: &str, args: Map) -> Action {
    Action { kind: kind.into(), target: Target::Name(target.into()), args, ..blank_action() }
}

fn blank_action() -> Action {
    let action = Action::new("".into(), "".into(), Category::Http, 10);
    Action { confidence: Confidence::Partial, ..action }
}

fn sample(args: &str) -> (ToolCall, Decision) {
    let mut call = ToolCall::new("fetch", map(args))
        .with_principal(Principal::new("agent:finance-sync").with_role("prod"))
        .with_session("run-7");
    call.context.call_id = Some("call-1".into());
    let mut action = action("http.request", "https://example.com/a?token=abc", map(args));
    action.effects = vec![self::action("file.write", "/tmp/x", Map::default()), self::action("x", "", Map::default())];
    let decision = Decision {
        id: "d-1".into(),
        at: at(NOON),
        verdict: Verdict::RequireApproval,
        observed: Some(Verdict::Deny),
        code: Code::PolicyRequireApproval,
        reason: "needs \"two\" leads, password=hunter2".into(),
        rules: vec!["large-charge".into(), "tools.http".into()],
        action: Arc::new(action),
        risk: Risk { score: 35, factors: vec![("http.request".into(), 25), ("external_host".into(), 10)] },
        policy_hash: "sha256:00".into(),
        obligations: Vec::new(),
        approval: None,
    };
    (call, decision)
}

fn entry(args: &str) -> Entry {
    let (call, decision) = sample(args);
    Entry::decision(&call, &decision, &Redactor::default())
}

/// Records of all kinds and of several lengths.
fn entries() -> Vec<Entry> {
    let redactor = Redactor::default();
    let outcome = Outcome {
        status: Status::Failed,
        duration_ms: Some(u64::MAX),
        cost_usd: Some("0.0125".to_owned()),
        tokens: None,
        result_digest: Some("sha256:11".to_owned()),
        error: Some("Bearer abc123def".to_owned()),
    };
    let skipped = Outcome {
        status: Status::Skipped,
        duration_ms: None,
        cost_usd: None,
        tokens: None,
        result_digest: None,
        error: None,
    };
    vec![
        Entry::policy_loaded("sha256:00", "toolgate.yaml", &redactor),
        entry(r#"{"url":"https://example.com","n":[1,2.5,1e19,5e-324,-0.0,1e21,0.1],"é":"\u0001\n\"\\","a\"b":null}"#),
        Entry::execution("d-1", &outcome, &redactor),
        Entry::error(Code::InternalError, "out of luck", &redactor),
        Entry::execution("d-1", &skipped, &redactor),
        entry("{}"),
    ]
}

struct Log {
    dir: TempDir,
    log: JsonlLog,
}

impl Log {
    fn new() -> Log {
        let dir = TempDir::new().unwrap();
        let log = JsonlLog::new(dir.path().join("audit"));
        Log { dir, log }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("audit")
    }

    fn file(&self, day: &str) -> PathBuf {
        self.path().join(format!("{day}.jsonl"))
    }

    fn append(&self, micros: i64) -> Result<Receipt, AuditError> {
        self.log.append(at(micros), &entry("{}"))
    }

    fn verify(&self) -> Verification {
        JsonlLog::verify(&self.path()).unwrap()
    }
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_record_says_what_was_decided_and_no_secret() {
    let log = MemoryLog::new();
    log.append(at(NOON), &entry(r#"{"b":1,"password":"hunter2"}"#)).unwrap();
    let line = log.lines().concat();
    let digest = canonical::sha256_hex(&[br#"{"b":1,"password":"hunter2"}"#]);
    let expected = format!(
        r#"{{"action":"http.request","actor":"agent:finance-sync","args":{{"b":1,"password":"[redacted:key]"}},"args_digest":"sha256:{digest}","call_id":"call-1","category":"http","code":"policy.require_approval","confidence":"partial","decision":"require_approval","decision_id":"d-1","effects":[{{"target":"/tmp/x","type":"file.write"}},{{"type":"x"}}],"event":"decision","#
    );
    assert!(line.starts_with(&expected), "{line}");
    let rest = r#""observed":"deny","policy_hash":"sha256:00","prev":"0000000000000000000000000000000000000000000000000000000000000000","reason":"needs \"two\" leads, password=[redacted:password]","risk":["http.request","external_host"],"risk_score":35,"role":"prod","rules":["large-charge","tools.http"],"seq":0,"session":"run-7","target":"https://example.com/a?token=[redacted:token]","tool":"fetch","ts":"2026-11-21T12:00:00.000000Z","v":1}"#;
    assert!(line.ends_with(&format!("{rest}\n")), "{line}");
    assert!(!line.contains("hunter2") && !line.contains("abc"));
}

#[test]
fn every_line_is_what_the_canonical_writer_writes() {
    let log = MemoryLog::new();
    for entry in entries() {
        log.append(at(NOON), &entry).unwrap();
    }
    for line in log.lines() {
        let text = line.strip_suffix('\n').unwrap();
        assert!(line::read(text).is_ok(), "{:?}: {text}", line::read(text).err());
        // `Value` takes no whole number beyond 63 bits, and 1e19 is written as one.
        let value = Value::from_json(&text.replace("10000000000000000000", "1e+30")).unwrap();
        assert_eq!(canonical::to_string(&value), text.replace("10000000000000000000", "1e+30"));
        let without: Vec<_> = value.as_map().unwrap().iter().filter(|(key, _)| key.as_ref() != "hash").collect();
        let pairs = without.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let content = canonical::to_string(&Value::Map(Map::from_pairs(pairs).unwrap()));
        let content = content.replace("1e+30", "10000000000000000000");
        assert!(text.contains(&canonical::sha256_hex(&[content.as_bytes()])), "{text}");
    }
}

#[test]
fn long_texts_are_clipped_and_too_long_records_refused() {
    let (call, mut decision) = sample("{}");
    decision.reason = "é".repeat(5000).into();
    let log = MemoryLog::new();
    log.append(at(NOON), &Entry::decision(&call, &decision, &Redactor::default())).unwrap();
    assert!(log.lines().concat().contains(&format!("\"{}…\"", "é".repeat(2048))));
    let text = "\u{1}".repeat(3 << 20);
    let pairs = vec![("x".into(), Value::from(text.as_str()))];
    Arc::make_mut(&mut decision.action).args = Map::from_pairs(pairs).unwrap();
    let large = Entry::decision(&call, &decision, &Redactor::default());
    assert_eq!(log.append(at(NOON), &large), Err(AuditError::TooLarge));
    assert_eq!(log.append(at(NOON), &entry("{}")).unwrap().seq, 1);
}

#[test]
fn nothing_is_on_disk_before_the_first_record() {
    let log = Log::new();
    assert!(!log.path().exists());
    assert_eq!(log.verify(), Verification::default());
    assert_eq!(log.append(NOON).unwrap().seq, 0);
    assert_eq!(log.append(NOON).unwrap().seq, 1);
    let found = log.verify();
    assert!(found.is_whole());
    assert_eq!((found.records, found.files, found.first, found.last), (2, 1, Some(at(NOON)), Some(at(NOON))));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_or_write() {
    use std::os::unix::fs::PermissionsExt;
    let log = Log::new();
    log.append(NOON).unwrap();
    let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&log.path()), 0o700);
    assert_eq!(mode(&log.file("2026-11-21")), 0o600);
    assert_eq!(mode(&log.path().join(".lock")), 0o600);
}

#[cfg(unix)]
#[test]
fn what_others_could_have_put_there_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let elsewhere = TempDir::new().unwrap();
    let target = elsewhere.path().join("x");
    fs::write(&target, "").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();

    let log = Log::new();
    symlink(elsewhere.path(), log.path()).unwrap();
    assert!(matches!(log.append(NOON), Err(AuditError::Unsafe(_))), "the directory is a link");

    for name in ["2026-11-21.jsonl", ".lock", "2026-11-20.jsonl"] {
        let log = Log::new();
        fs::create_dir(log.path()).unwrap();
        symlink(&target, log.path().join(name)).unwrap();
        assert!(matches!(log.append(NOON), Err(AuditError::Unsafe(_))), "{name} is a link");
        fs::remove_file(log.path().join(name)).unwrap();
        fs::create_dir(log.path().join(name)).unwrap();
        assert!(log.append(NOON).is_err(), "{name} is a directory");
    }
    assert_eq!(fs::read(&target).unwrap(), b"", "nothing was written through a link");

    let log = Log::new();
    log.append(NOON).unwrap();
    fs::set_permissions(log.file("2026-11-21"), fs::Permissions::from_mode(0o620)).unwrap();
    let again = JsonlLog::new(log.path());
    assert!(matches!(again.append(at(NOON), &entry("{}")), Err(AuditError::Unsafe(_))), "the group may write");
    fs::set_permissions(log.file("2026-11-21"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(log.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(again.append(at(NOON), &entry("{}")), Err(AuditError::Unsafe(_))), "everyone may write");
    fs::set_permissions(log.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(again.append(at(NOON), &entry("{}")).unwrap().seq, 1, "once it is safe it works");
}

/// A log cut at any byte, as a crash leaves it: no whole record is lost and the chain goes on.
#[test]
fn a_log_cut_at_any_byte_is_mended() {
    let log = Log::new();
    for entry in entries() {
        log.log.append(at(NOON), &entry).unwrap();
    }
    let whole = fs::read(log.file("2026-11-21")).unwrap();
    let cut_log = Log::new();
    fs::create_dir(cut_log.path()).unwrap();
    let file = cut_log.file("2026-11-21");
    let mut cuts = 0;
    for cut in 0..=whole.len() {
        write_private(&file, &whole[..cut]);
        let receipt = JsonlLog::new(cut_log.path()).append(at(NOON), &entry("{}")).unwrap();
        // A record whose every byte is there counts, with or without its line end.
        let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(end, _)| end);
        let records = ends.filter(|end| *end <= cut).count() as u64;
        assert_eq!(receipt.seq, records, "cut at {cut}");
        let found = cut_log.verify();
        assert!(found.is_whole(), "cut at {cut}: {:?}", found.problem);
        assert_eq!(found.records, records + 1);
        cuts += 1;
    }
    assert!(cuts > 3000, "{cuts}");
}

/// The same over midnight: the torn line is the only one of its file.
#[test]
fn a_new_day_cut_at_any_byte_is_mended() {
    let log = Log::new();
    log.append(NOON).unwrap();
    log.append(NOON + DAY).unwrap();
    let first = fs::read(log.file("2026-11-21")).unwrap();
    let second = fs::read(log.file("2026-11-22")).unwrap();
    for (cut_first, cut_second) in
        (0..=second.len()).map(|cut| (first.len(), cut)).chain([(first.len() - 1, 0), (9, 0)])
    {
        for next in [NOON, NOON + DAY, NOON + 2 * DAY] {
            write_private(&log.file("2026-11-21"), &first[..cut_first]);
            write_private(&log.file("2026-11-22"), &second[..cut_second]);
            let _ = fs::remove_file(log.file("2026-11-23"));
            let receipt = JsonlLog::new(log.path()).append(at(next), &entry("{}")).unwrap();
            let records = u64::from(cut_first + 1 >= first.len()) + u64::from(cut_second + 1 >= second.len());
            assert_eq!(receipt.seq, records, "cut at {cut_first} and {cut_second}");
            let found = log.verify();
            assert!(found.is_whole(), "cut at {cut_second}, next {next}: {:?}", found.problem);
        }
    }
}

fn write_private(path: &Path, bytes: &[u8]) {
    #[cfg(unix)]
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    use std::io::Write;
    options.write(true).create(true).truncate(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Every byte changed to others, taken out or doubled: verification finds each.
#[test]
fn every_change_of_a_byte_is_found() {
    let log = Log::new();
    for entry in entries().into_iter().take(5) {
        log.log.append(at(NOON), &entry).unwrap();
    }
    let file = log.file("2026-11-21");
    let whole = fs::read(&file).unwrap();
    assert!(log.verify().is_whole());
    for at in 0..whole.len() {
        for other in [whole[at] ^ 1, whole[at] ^ 0x20, b' ', b'0', b'\n', b'"', 0xff] {
            let mut changed = whole.clone();
            changed[at] = other;
            if changed != whole {
                write_private(&file, &changed);
                assert!(!log.verify().is_whole(), "byte {at} as {other}");
            }
        }
        let mut shorter = whole.clone();
        shorter.remove(at);
        write_private(&file, &shorter);
        assert!(!log.verify().is_whole(), "byte {at} taken out");
        let mut longer = whole.clone();
        longer.insert(at, whole[at]);
        write_private(&file, &longer);
        assert!(!log.verify().is_whole(), "byte {at} doubled");
    }
}

#[test]
fn a_line_moved_taken_out_or_put_twice_is_found() {
    let log = Log::new();
    for micros in [NOON, NOON, NOON, NOON + DAY, NOON + DAY] {
        log.append(micros).unwrap();
    }
    let (one, two) = (lines(&log.file("2026-11-21")), lines(&log.file("2026-11-22")));
    let write = |day: &str, lines: &[&String]| {
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        write_private(&log.file(day), text.as_bytes());
    };
    let wrong: [(&[&String], &[&String], &str, u64); 7] = [
        (&[&one[0], &one[2]], &[&two[0], &two[1]], "2026-11-21.jsonl", 2),
        (&[&one[1], &one[2]], &[&two[0], &two[1]], "2026-11-21.jsonl", 1),
        (&[&one[0], &one[2], &one[1]], &[&two[0], &two[1]], "2026-11-21.jsonl", 2),
        (&[&one[0], &one[0], &one[1]], &[&two[0], &two[1]], "2026-11-21.jsonl", 2),
        (&[&one[0], &one[1]], &[&one[2], &two[0], &two[1]], "2026-11-22.jsonl", 1),
        (&[&one[0], &one[1], &one[2], &two[0]], &[&two[1]], "2026-11-21.jsonl", 4),
        (&[], &[&two[0], &two[1]], "2026-11-22.jsonl", 1),
    ];
    for (first, second, file, line) in wrong {
        write("2026-11-21", first);
        write("2026-11-22", second);
        let problem = log.verify().problem.unwrap();
        assert_eq!((problem.file.as_str(), problem.line), (file, line), "{}", problem.why);
    }
}

#[test]
fn a_last_line_that_is_no_record_stops_the_log() {
    let log = Log::new();
    log.append(NOON).unwrap();
    let file = log.file("2026-11-21");
    let whole = fs::read_to_string(&file).unwrap();
    for changed in [format!("{whole}{{}}\n"), format!("{whole}\n"), whole.replacen("fetch", "fetcH", 1)] {
        write_private(&file, changed.as_bytes());
        assert!(matches!(log.append(NOON), Err(AuditError::Tampered(_))));
        assert!(matches!(JsonlLog::new(log.path()).append(at(NOON), &entry("{}")), Err(AuditError::Tampered(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), changed, "the evidence stays as it is");
    }
    write_private(&file, whole.as_bytes());
    assert_eq!(log.append(NOON).unwrap().seq, 1);
}

#[test]
fn records_that_vanish_under_a_running_log_leave_a_gap() {
    for vanish in ["cut", "file", "directory"] {
        let log = Log::new();
        for _ in 0..3 {
            log.append(NOON).unwrap();
        }
        let file = log.file("2026-11-21");
        match vanish {
            "cut" => write_private(&file, format!("{}\n", lines(&file)[0]).as_bytes()),
            "file" => fs::remove_file(&file).unwrap(),
            _ => fs::remove_dir_all(log.path()).unwrap(),
        }
        assert_eq!(log.append(NOON).unwrap().seq, 3, "{vanish}");
        let why = log.verify().problem.unwrap().why;
        assert!(why.starts_with("record 3 stands where record"), "{vanish}: {why}");
    }
}

#[test]
fn days_roll_over_and_a_clock_that_steps_back_keeps_the_order() {
    let log = Log::new();
    let other = JsonlLog::new(log.path());
    let times = [NOON, NOON, NOON + DAY, NOON, NOON + DAY, NOON - 9 * DAY, NOON + 40 * DAY, NOON + 2 * DAY];
    for (seq, micros) in times.into_iter().enumerate() {
        // Two logs in turn, as two processes would: each has to notice what the other began.
        let log = if seq % 2 == 0 { &log.log } else { &other };
        assert_eq!(log.append(at(micros), &entry("{}")).unwrap().seq, seq as u64);
    }
    let found = log.verify();
    assert!(found.is_whole(), "{:?}", found.problem);
    assert_eq!((found.records, found.files), (8, 3));
    assert_eq!(lines(&log.file("2026-11-22")).len(), 4);
}

#[test]
fn empty_files_are_no_days() {
    let log = Log::new();
    log.append(NOON).unwrap();
    write_private(&log.file("2026-11-25"), b"");
    write_private(&log.file("2026-11-20"), b"");
    for micros in [NOON, NOON + DAY, NOON + 4 * DAY, NOON + 5 * DAY] {
        JsonlLog::new(log.path()).append(at(micros), &entry("{}")).unwrap();
    }
    let found = log.verify();
    assert!(found.is_whole(), "{:?}", found.problem);
    assert_eq!(found.records, 5);
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_until_it_can() {
    let log = Log::new();
    fs::write(log.path(), "in the way").unwrap();
    let error = log.append(NOON).unwrap_err();
    assert!(matches!(error, AuditError::Unwritable(_)) && error.to_string().contains("not a directory"), "{error}");
    let below = JsonlLog::new(log.path().join("below"));
    assert!(below.append(at(NOON), &entry("{}")).is_err());
    fs::remove_file(log.path()).unwrap();
    assert_eq!(log.append(NOON).unwrap().seq, 0);
    assert_eq!(below.append(at(NOON), &entry("{}")).unwrap().seq, 0);
}

#[test]
fn a_panic_or_a_second_log_in_one_process_breaks_nothing() {
    let log = Log::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let own = JsonlLog::new(log.path());
                for step in 0..50 {
                    let log = if step % 3 == 0 { &own } else { &log.log };
                    log.append(at(NOON), &entry("{}")).unwrap();
                }
            });
        }
    });
    assert_eq!(log.verify().records, 200);
    let own = super::own::Own::<Vec<u8>>::default();
    own.with(|state| state.push(1));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| own.with(|_| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert_eq!(own.with(|state| state.len()), 0);
    own.with(|state| state.push(1));
    assert_eq!(own.with(|state| state.len()), 1);
}

/// The part of the tests below that runs in a process of its own: this very test, found by an environment variable.
#[test]
fn a_child_process() {
    let Ok(dir) = std::env::var("TOOLGATE_TEST_AUDIT_DIR") else { return };
    let name = std::env::var("TOOLGATE_TEST_AUDIT_NAME").unwrap();
    let log = JsonlLog::new(PathBuf::from(dir));
    match name.as_str() {
        #[cfg(unix)]
        "full" => fill_the_disk(&log),
        #[cfg(unix)]
        "fork" => fork_while_writing(&log),
        name => write_from_threads(&log, name),
    }
}

fn child(dir: &Path, name: &str) -> std::process::Child {
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "audit::tests::a_child_process", "--nocapture", "--test-threads=1"])
        .env("TOOLGATE_TEST_AUDIT_DIR", dir)
        .env("TOOLGATE_TEST_AUDIT_NAME", name)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

const THREADS: usize = 4;
const RECORDS: usize = 60;

fn write_from_threads(log: &JsonlLog, name: &str) {
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for record in 0..RECORDS {
                    // Over midnight half way, a little earlier in some threads than in others.
                    let moment = at(NOON + if record * 2 > RECORDS + thread { DAY } else { 0 });
                    let text = format!("{name}/{thread}/{record}");
                    log.append(moment, &Entry::error(Code::InternalError, &text, &Redactor::default())).unwrap();
                }
            });
        }
    });
}

fn reasons(dir: &Path) -> BTreeSet<String> {
    let mut reasons = BTreeSet::new();
    for day in file::days(dir).unwrap() {
        for line in lines(&file::path_of(dir, &day)) {
            let value = Value::from_json(&line).unwrap();
            reasons.insert(value.as_map().unwrap().get("reason").unwrap().as_str().unwrap().to_owned());
        }
    }
    reasons
}

#[test]
fn processes_and_threads_keep_one_chain_while_it_is_verified() {
    let log = Log::new();
    let mut children: Vec<_> = (0..8).map(|number| child(&log.path(), &format!("p{number}"))).collect();
    let mut last = 0;
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let found = log.verify();
        assert!(found.is_whole(), "{:?}", found.problem);
        assert!(found.records >= last);
        last = found.records;
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    let found = log.verify();
    assert!(found.is_whole(), "{:?}", found.problem);
    assert_eq!((found.records, found.files), ((8 * THREADS * RECORDS) as u64, 2));
    assert_eq!(reasons(&log.path()).len(), 8 * THREADS * RECORDS, "each record once");
}

#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing_that_was_kept() {
    let log = Log::new();
    assert!(child(&log.path(), "full").wait().unwrap().success());
    let found = log.verify();
    assert!(found.is_whole(), "{:?}", found.problem);
    assert_eq!(found.records, reasons(&log.path()).len() as u64);
}

/// Appends up to a limit on the size of files, which cuts a write short as a full disk does, and on after it is lifted.
#[cfg(unix)]
#[allow(unsafe_code)]
fn fill_the_disk(log: &JsonlLog) {
    let limit = |bytes: u64| {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: plain system calls; the limit only concerns this process.
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
        }
    };
    let append = |number: usize| {
        log.append(at(NOON), &Entry::error(Code::InternalError, &format!("n{number}"), &Redactor::default()))
    };
    for round in 0..60 {
        limit(1000 + 97 * round);
        let mut number = 0;
        while append(round as usize * 1000 + number).is_ok() {
            number += 1;
        }
        assert!(append(0).is_err(), "the disk is still full");
        limit(libc::RLIM_INFINITY);
        append(round as usize * 1000 + number).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn forked_children_go_on_with_the_chain() {
    let log = Log::new();
    assert!(child(&log.path(), "fork").wait().unwrap().success());
    let found = log.verify();
    assert!(found.is_whole(), "{:?}", found.problem);
    assert_eq!(found.records, 1 + 2 * 1000 + 20 * 5);
    assert_eq!(reasons(&log.path()).len() as u64, found.records, "each record once");
}

/// Forks again and again while other threads hold the log's locks; each child must get through.
#[cfg(unix)]
#[allow(unsafe_code)]
fn fork_while_writing(log: &JsonlLog) {
    let append = |text: String| {
        log.append(at(NOON), &Entry::error(Code::InternalError, &text, &Redactor::default())).map(|_| ())
    };
    append("first".to_owned()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            scope.spawn(move || (0..1000).for_each(|record| append(format!("parent/{thread}/{record}")).unwrap()));
        }
        for number in 0..20 {
            // SAFETY: the child appends and leaves at once, without running anything of the test harness.
            match unsafe { libc::fork() } {
                0 => {
                    let all = (0..5).all(|record| append(format!("child/{number}/{record}")).is_ok());
                    unsafe { libc::_exit(i32::from(!all)) }
                }
                child => {
                    let mut status = -1;
                    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                    assert_eq!(status, 0, "child {number}");
                }
            }
        }
    });
}
