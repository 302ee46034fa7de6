//! The published JSON Schema of policies, and that it agrees with the loader.
//!
//! `TOOLGATE_WRITE_SCHEMA=1 cargo test --test schema` writes the schema anew.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and reads files

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use toolgate::policy::POLICY;
use toolgate::shape::json_schema;

const ID: &str = "urn:toolgate:policy:1";

/// What a schema can see: the form of a policy, not what its words mean.
const STRUCTURAL: [&str; 5] =
    ["policy.unknown_field", "policy.wrong_type", "policy.unknown_word", "policy.missing_field", "policy.empty_list"];

/// Structural problems that a schema does not express.
const BEYOND_A_SCHEMA: [&str; 4] = [
    "a version with a fraction",
    "a mapping without an action",
    "a mapping with two ways to say what it does",
    "a mapping that chooses between nothing",
];

#[test]
fn the_published_schema_is_the_one_of_this_version() {
    let file = root().join("policies/toolgate.schema.json");
    let expected = format!("{}\n", serde_json::to_string_pretty(&json_schema(&POLICY, ID)).unwrap());
    if std::env::var_os("TOOLGATE_WRITE_SCHEMA").is_some() {
        std::fs::write(&file, &expected).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(published == expected, "policies/toolgate.schema.json is old; write it with TOOLGATE_WRITE_SCHEMA=1");
}

#[test]
fn the_schema_is_a_schema() {
    jsonschema::meta::validate(&json_schema(&POLICY, ID)).unwrap();
}

#[test]
fn the_schema_accepts_what_loads_and_refuses_what_is_malformed() {
    let schema = jsonschema::validator_for(&json_schema(&POLICY, ID)).unwrap();
    let (mut accepted, mut refused, mut wrong) = (0, 0, Vec::new());
    for case in cases() {
        let Ok(policy) = serde_yaml::from_str::<Json>(&text(&case)) else { continue };
        let problems = case["expect"].as_array().unwrap();
        let structural = problems.iter().any(|problem| STRUCTURAL.contains(&problem["code"].as_str().unwrap()));
        let why = case["why"].as_str().unwrap();
        if problems.is_empty() {
            accepted += 1;
            wrong.extend(schema.iter_errors(&policy).map(|error| format!("{why}: refused: {error}")));
        } else if structural && !BEYOND_A_SCHEMA.contains(&why) {
            refused += 1;
            if schema.is_valid(&policy) {
                wrong.push(format!("{why}: accepted"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted > 15 && refused > 60, "{accepted} accepted, {refused} refused");
}

#[test]
fn the_schema_accepts_every_policy_of_the_vectors() {
    let schema = jsonschema::validator_for(&json_schema(&POLICY, ID)).unwrap();
    let document = read("guard.json");
    for (name, policy) in document["policies"].as_object().unwrap() {
        let policy: Json = serde_yaml::from_str(&lines(policy)).unwrap();
        let errors: Vec<String> = schema.iter_errors(&policy).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

fn cases() -> Vec<Json> {
    read("policy.json")["cases"].as_array().unwrap().clone()
}

fn text(case: &Json) -> String {
    lines(&case["policy"])
}

fn lines(of: &Json) -> String {
    of.as_array().unwrap().iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
}

fn read(name: &str) -> Json {
    serde_json::from_str(&std::fs::read_to_string(root().join("tests/vectors").join(name)).unwrap()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
