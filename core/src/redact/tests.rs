use proptest::prelude::*;

use super::*;

fn clean(text: &str) -> String {
    Redactor::default().text(text).into_inner().to_string()
}

fn vectors() -> Vec<(String, Value, Value)> {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../../tests/vectors/redaction.json")).unwrap();
    let part = |case: &serde_json::Value, name: &str| Value::from_json(&case[name].to_string()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().map(|case| (case["id"].to_string(), part(case, "input"), part(case, "expect"))).collect()
}

#[test]
fn the_vectors_hold_and_hold_twice() {
    let redactor = Redactor::default();
    let vectors = vectors();
    assert!(vectors.len() >= 60);
    let mut wrong = String::new();
    for (id, input, expect) in vectors {
        let once = redactor.value(&input);
        if *once.as_ref() != expect {
            wrong += &format!("{id}: {}\n    not {expect}\n", once.as_ref());
        }
        if once.is_changed() != (input != expect) {
            wrong += &format!("{id}: changed: {}\n", once.is_changed());
        }
        assert!(!redactor.value(once.as_ref()).is_changed(), "{id} changes again");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_shape_compiles_and_has_a_bit() {
    assert!(pattern::PATTERNS.len() <= 64);
    for pattern in &pattern::PATTERNS {
        assert!(matches!(pattern.search(), pattern::Search::Ready(_)), "{:?}", pattern.marks);
    }
}

#[test]
fn what_has_no_secrets_is_shared_not_copied() {
    let text: Arc<str> = "an ordinary text".into();
    let map = Map::from_pairs(vec![("note".into(), Value::String(text.clone()))]).unwrap();
    let clean = Redactor::default().map(&map).into_inner();
    let Some(Value::String(kept)) = clean.get("note") else { panic!("{clean:?}") };
    assert!(Arc::ptr_eq(kept, &text));
}

#[test]
fn a_policy_names_more() {
    let extra = ["/(?i)ticket-[0-9]+/", "Project Falcon", "/^internal_/"].map(str::to_owned);
    let redactor = Redactor::new(&extra).unwrap();
    let args = Value::from_json(r#"{"note":"see TICKET-12 of project falcon","internal_x":{"a":1},"b":"ok"}"#).unwrap();
    let clean = redactor.value(&args).into_inner();
    let expected = r#"{"b":"ok","internal_x":"[redacted:key]","note":"see [redacted:policy] of [redacted:policy]"}"#;
    assert_eq!(clean.to_json(), expected);
    assert!(!redactor.value(&clean).is_changed());
}

#[test]
fn patterns_that_cannot_work_are_refused() {
    for pattern in ["", "/(/", "/a*/", "//", "/a)|(b/", "/(a{1000}){1000}/"] {
        assert!(Redactor::new(&[pattern.to_owned()]).is_err(), "{pattern}");
    }
}

#[test]
fn a_policy_pattern_cannot_eat_replacements() {
    for pattern in ["redacted", "/./", "/[a-z]+/", "/aws|key/", "["] {
        let redactor = Redactor::new(&[pattern.to_owned()]).unwrap();
        let once = redactor.text("x AKIAEXAMPLEEXAMPLE00 y").into_inner();
        assert!(!redactor.text(&once).is_changed(), "{pattern}: {once}");
    }
}

#[test]
fn depth_does_not_reach_the_stack() {
    let mut value = Value::from("x");
    for _ in 0..1000 {
        value = Value::from(vec![value]);
    }
    assert!(Redactor::default().value(&value).into_inner().to_json().contains(TOO_DEEP));
}

#[test]
fn hostile_texts_take_linear_time() {
    // Each is a mark that never becomes a secret, or one that leads far ahead. Quadratic work would take minutes.
    let seeds =
        ["password", "password=\"", "--token '", "://a:", "eyJa.", "mysql -", "curl -u ", "-----BEGIN ", "4242 "];
    for seed in seeds {
        let text = seed.repeat((1 << 18) / seed.len());
        let once = clean(&text);
        assert_eq!(clean(&once), once, "{seed}");
    }
}

fn fragment() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "AKIAEXAMPLEEXAMPLE00",
        "password=",
        "--token ",
        "Authorization: ",
        "Bearer ",
        "Basic ",
        "abc123def456",
        "postgres://u:",
        "@host",
        "\"",
        "'",
        "\\",
        " ",
        "\n",
        ":",
        "=",
        "[redacted:",
        "]",
        "[redacted:key]",
        "4242424242424242",
        "4242 ",
        "-",
        "eyJhbGciOiJI.eyJzdWIi.x",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "Cookie: a=b",
        "?key=",
        "&sig=",
        "secret",
        "api_key",
        "mysql -p",
        "curl -u a:",
        "sk-",
        "ghp_EXAMPLEEXAMPLEEXAMPLEEXAMPLE",
        "é",
        "$",
        "{",
        ";",
    ];
    prop_oneof![4 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn redacting_twice_is_redacting_once(parts in prop::collection::vec(fragment(), 0..12)) {
        let text = parts.concat();
        for redactor in [Redactor::default(), Redactor::new(&["/[a-e]+/".to_owned()]).unwrap()] {
            let once = redactor.text(&text).into_inner();
            let twice = redactor.text(&once);
            prop_assert!(!twice.is_changed(), "{} -> {} -> {}", text, once, twice.as_ref());
        }
    }

    #[test]
    fn whole_values_too(parts in prop::collection::vec((fragment(), fragment(), fragment()), 0..5)) {
        let pairs = parts.into_iter().map(|(a, b, text)| (Arc::from(a + &b), Value::from(text.as_str()))).collect();
        if let Ok(map) = Map::from_pairs(pairs) {
            let once = Redactor::default().map(&map).into_inner();
            prop_assert_eq!(once.len(), map.len());
            let twice = Redactor::default().map(&once);
            prop_assert!(!twice.is_changed(), "{:?} -> {:?}", once, twice);
        }
    }

    #[test]
    fn a_secret_never_survives_its_surroundings(before in fragment(), after in prop::option::of("[ .,;\n]")) {
        let text = format!("{before} AKIAEXAMPLEEXAMPLE00{}", after.unwrap_or_default());
        prop_assert!(!clean(&text).contains("AKIAEXAMPLEEXAMPLE00"));
    }
}
