use proptest::prelude::*;

use super::*;

/// Stack of a thread that has little of it.
const SMALL_STACK: usize = 256 << 10;

fn on_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(SMALL_STACK).spawn(work).unwrap().join().unwrap()
}

fn dialects() -> impl Iterator<Item = Dialect> {
    [Dialect::Generic].into_iter().chain(Dialect::NAMED)
}

fn all(statements: &[Statement]) -> Vec<&Statement> {
    statements.iter().flat_map(|statement| std::iter::once(statement).chain(all(&statement.parts))).collect()
}

/// The schema may have been lost on the way.
fn names_zz(name: &TableName) -> bool {
    name.parts().last().is_some_and(|last| &**last == "zz")
}

fn is_clear(reading: &Reading) -> bool {
    reading.doubt.is_none() && all(&reading.statements).iter().all(|statement| statement.doubts.is_empty())
}

/// What is repeated, what stands within, and what is repeated behind it.
const NESTS: [(&str, &str, &str, &str); 26] = [
    ("SELECT ", "(", "1", ")"),
    ("SELECT ", "[", "1", "]"),
    ("SELECT ", "f([{(", "1", ")}])"),
    ("SELECT ", "CASE WHEN ", "1", " THEN 1 END"),
    ("SELECT ", "(SELECT ", "1", ")"),
    ("SELECT * FROM ", "(SELECT * FROM ", "t", ") a"),
    ("SELECT * FROM ", "(", "a", " JOIN b ON 1 = 1)"),
    ("SELECT * FROM ", "TABLE(", "f(1)", ")"),
    ("SELECT 1 WHERE ", "EXISTS (SELECT 1 FROM t WHERE ", "1 = 1", ")"),
    ("", "WITH a AS (", "SELECT 1", ") SELECT 1"),
    ("", "WITH a AS (DELETE FROM t WHERE x IN (", "SELECT 1", ")) SELECT 1"),
    ("", "(", "SELECT 1", " UNION SELECT 1)"),
    ("", "EXPLAIN ANALYZE ", "SELECT 1", ""),
    ("", "EXPLAIN ", "SELECT 1", ""),
    ("", "PREPARE p AS ", "SELECT 1", ""),
    ("", "DECLARE c CURSOR FOR ", "SELECT 1", ""),
    ("", "INSERT INTO t EXEC ", "p", ""),
    ("", "IF 1 = 1 ", "SELECT 1", ""),
    ("DELETE FROM t WHERE ", "NOT ", "a", ""),
    ("DELETE FROM t WHERE ", "(1 = 1 OR NOT (", "a = 1", "))"),
    ("SELECT 1", " + 1", "", ""),
    ("SELECT 1", " UNION SELECT 1", "", ""),
    ("SELECT * FROM a", " JOIN b ON 1 = 1", "", ""),
    ("CREATE TABLE t (a int DEFAULT ", "(", "1", "))"),
    ("", "/*", "SELECT 1", "*/"),
    ("SELECT * FROM a", ".a", "", ""),
];

#[test]
fn nesting_does_not_reach_the_stack() {
    for (before, open, inner, close) in NESTS {
        let most = limits::SQL_BYTES_MAX / (open.len() + close.len() + 1);
        let depths = [limits::SQL_DEPTH_MAX / 2, limits::SQL_DEPTH_MAX, 1 << 10, most];
        let texts = depths.map(|depth| format!("{before}{}{inner}{}", open.repeat(depth), close.repeat(depth)));
        // What is cut into pieces by one database's rules is enough for the longest.
        let [short, full, long, longest] = texts;
        on_small_stack(move || {
            dialects().for_each(|dialect| drop([&short, &full, &long].map(|text| read(text, dialect))));
            drop(read(&longest, Dialect::PostgreSql));
        });
    }
}

#[test]
fn what_people_write_is_not_too_deep() {
    let text = format!("SELECT * FROM {}t{}", "(SELECT * FROM ".repeat(12), ") a".repeat(12));
    assert!(is_clear(&read(&text, Dialect::PostgreSql)));
    let text = format!("SELECT {}1{}", "coalesce(".repeat(40), ")".repeat(40));
    assert!(is_clear(&read(&text, Dialect::Generic)));
}

#[test]
fn beyond_the_limits_nothing_is_guessed() {
    let long = format!("SELECT '{}'", "x".repeat(limits::SQL_BYTES_MAX));
    assert!(read(&long, Dialect::Generic).doubt.is_some());
    let many = "SELECT 1;".repeat(limits::EFFECTS_MAX + 1);
    assert!(read(&many, Dialect::Generic).doubt.is_some());
    let names = (0..=limits::SQL_NAMES_MAX).map(|number| format!(", t{number}")).collect::<String>();
    assert!(!is_clear(&read(&format!("SELECT * FROM t{names}"), Dialect::Generic)));
    let deep = format!("SELECT {}1{}", "(".repeat(limits::SQL_DEPTH_MAX + 1), ")".repeat(limits::SQL_DEPTH_MAX + 1));
    assert!(!is_clear(&read(&deep, Dialect::Generic)));
}

/// Words and signs without strings, names in quotes and comments.
const PIECES: &str = "\
    SELECT FROM WHERE JOIN ON USING a b t ( ) , . * = 1 AND OR AS INTO INSERT VALUES UPDATE SET DELETE WITH \
    UNION ALL ORDER BY LIMIT GROUP CASE WHEN THEN END NOT IN EXISTS TABLE CREATE VIEW ALTER DROP GRANT TO \
    EXEC BEGIN IF ELSE MERGE MATCHED COPY SHOW EXPLAIN ANALYZE FOR OFFSET LEFT OUTER LATERAL PIVOT WINDOW \
    RETURNING count f { } : ? % - + | < > USE INDEX DECLARE CURSOR PREPARE REPLACE TRUNCATE DISTINCT OVER \
    PARTITION IS NULL go DO REVOKE LOCK VACUUM ATTACH PRAGMA RENAME COMMENT LOAD DATA INFILE BULK BACKUP KILL \
    CALL EXECUTE IMMEDIATE DESCRIBE RESET ROLE SCHEMA DATABASE POLICY SEQUENCE TEMP EXTERNAL CLONE LIKE \
    RETURN PRINT WHILE FETCH NEXT CLOSE OPEN SAMPLE AT FINAL INDEXED MINUS EXCEPT QUALIFY OPTION OUTPUT START \
    CONNECT COMMIT ROLLBACK SAVEPOINT LISTEN EXPORT PUT GET REFRESH CONFLICT NOTHING DUPLICATE KEY OUTFILE \
    PROGRAM STDIN VERBOSE FORMAT TOP APPLY CROSS NATURAL RECURSIVE MATERIALIZED FUNCTION TRIGGER USER SESSION \
    GLOBAL IMMUTABLE";

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(PIECES.split_whitespace().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the text is, there is an answer.
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}", dialect in prop::sample::select(dialects().collect::<Vec<_>>())) {
        let reading = read(&text, dialect);
        prop_assert!(!reading.statements.is_empty() || reading.doubt.is_some());
    }

    /// A statement behind a semicolon is found, whatever stands before it, or something is said to be unclear.
    #[test]
    fn nothing_hides_what_follows_a_semicolon(pieces in prop::collection::vec(piece(), 0..14), dialect in prop::sample::select(dialects().collect::<Vec<_>>())) {
        let text = format!("{}; DROP TABLE zz", pieces.join(" "));
        let reading = read(&text, dialect);
        let finds = all(&reading.statements).iter().any(|one| one.kind == StatementKind::Drop && one.writes.iter().any(names_zz));
        prop_assert!(finds || !is_clear(&reading), "{text}: {reading:?}");
    }

    /// SQL Server needs no semicolon between statements.
    #[test]
    fn nothing_hides_a_statement_without_a_semicolon(
        pieces in prop::collection::vec(piece(), 0..14),
        last in prop::sample::select(vec!["DROP TABLE zz", "DELETE FROM zz", "INSERT INTO zz VALUES (1)", "UPDATE zz SET a = 1"]),
    ) {
        let text = format!("{} 1 {last}", pieces.join(" "));
        let reading = read(&text, Dialect::MsSql);
        let finds = all(&reading.statements).iter().any(|one| one.writes.iter().any(names_zz));
        prop_assert!(finds || !is_clear(&reading), "{text}: {reading:?}");
    }

    /// A table in a clause of its own is found wherever a query is read without doubt.
    #[test]
    fn nothing_hides_a_table(pieces in prop::collection::vec(piece(), 0..12), at in 0usize..13, dialect in prop::sample::select(dialects().collect::<Vec<_>>())) {
        let mut pieces = pieces;
        pieces.insert(at.min(pieces.len()), "(SELECT * FROM zz)");
        let text = format!("SELECT {}", pieces.join(" "));
        let reading = read(&text, dialect);
        let finds = all(&reading.statements).iter().any(|one| one.tables().any(names_zz));
        prop_assert!(finds || !is_clear(&reading), "{text}: {reading:?}");
    }

    /// A comment between two words changes nothing.
    #[test]
    fn comments_are_spaces(pieces in prop::collection::vec(piece(), 0..14), dialect in prop::sample::select(dialects().collect::<Vec<_>>())) {
        let facts = |text: &str| all(&read(text, dialect).statements).iter().map(|one| (one.kind, one.reads.clone(), one.writes.clone(), one.doubts.clone())).collect::<Vec<_>>();
        prop_assert_eq!(facts(&pieces.join(" ")), facts(&pieces.join(" /* x */ ")));
    }
}
