//! What a decision costs in Rust, and in engines that a user could pick instead; see `README.md` in the directory above.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request};
use serde_json::{Value as Json, json};
use toolgate::{Gate, ToolCall, Verdict};

/// An engine asked about one call: what is timed, with its answer in our words.
type Ask = Box<dyn FnMut() -> &'static str>;
type Engine = Box<dyn Fn(&Json) -> Ask>;

fn main() {
    let vectors: Json = serde_json::from_str(include_str!("../../calls.json")).expect("JSON");
    let calls = vectors["calls"].as_array().expect("calls");
    let own = toolgate(&vectors);
    println!("{:40}{:>8}{:>12}{:>10}{:>8}", "", "of ten", "ns a call", "ours", "x ours");
    let engines: [(&str, Engine); 3] =
        [("toolgate", toolgate(&vectors)), ("cedar-policy", cedar()), ("regorus", regorus())];
    for (name, engine) in engines {
        let expressed: Vec<&Json> = calls.iter().filter(|call| engine(call)() == call["verdict"]).collect();
        let (theirs, ours) = (each(&engine, &expressed), each(&own, &expressed));
        println!("{name:40}{:>8}{theirs:>12.0}{ours:>10.0}{:>8.2}", expressed.len(), theirs / ours);
    }
}

fn toolgate(vectors: &Json) -> Engine {
    let lines: Vec<&str> = vectors["policy"].as_array().expect("lines").iter().filter_map(Json::as_str).collect();
    let gate = Gate::builder().policy_text(lines.join("\n")).cwd("/workspace").home("/home/me").build();
    let gate = std::sync::Arc::new(gate.expect("a policy without problems"));
    Box::new(move |call| {
        let gate = gate.clone();
        let call = ToolCall::from_json(tool(call), &call["args"].to_string()).expect("a call");
        Box::new(move || match gate.guard(black_box(&call)).verdict {
            Verdict::Allow => "allow",
            Verdict::RequireApproval => "require_approval",
            _ => "deny",
        })
    })
}

/// The policies are parsed once; what a call is made of is built for each.
fn cedar() -> Engine {
    let policies: PolicySet = include_str!("../../policy.cedar").parse().expect("policies");
    let names: HashMap<PolicyId, bool> =
        policies.policies().map(|one| (one.id().clone(), one.annotation("id").is_some_and(holds))).collect();
    let (policies, names) = (std::sync::Arc::new(policies), std::sync::Arc::new(names));
    Box::new(move |call| {
        let (policies, names, args) = (policies.clone(), names.clone(), call["args"].clone());
        let uid = |text: String| text.parse::<EntityUid>().expect("a name");
        let (agent, action) = (uid("Agent::\"sync\"".into()), uid(format!("Action::\"{}\"", tool(call))));
        let (any, entities, authorizer) = (uid("Tool::\"any\"".into()), Entities::empty(), Authorizer::new());
        Box::new(move || {
            let context = Context::from_json_value(args.clone(), None).expect("a context");
            let request = Request::new(agent.clone(), action.clone(), any.clone(), context, None).expect("a request");
            let answer = authorizer.is_authorized(black_box(&request), &policies, &entities);
            match answer.decision() {
                Decision::Allow => "allow",
                Decision::Deny if answer.diagnostics().reason().all(|id| names[id]) => "require_approval",
                Decision::Deny => "deny",
            }
        })
    })
}

/// A policy whose id starts so asks a person.
fn holds(id: &str) -> bool {
    id.starts_with("hold")
}

fn regorus() -> Engine {
    let mut engine = regorus::Engine::new();
    engine.add_policy("policy.rego".into(), include_str!("../../policy.rego").into()).expect("a policy");
    Box::new(move |call| {
        let mut engine = engine.clone();
        let input = regorus::Value::from(json!({ "tool": call["tool"], "args": call["args"] }));
        Box::new(move || {
            engine.set_input(input.clone());
            let answer = engine.eval_rule("data.toolgate.verdict".into()).expect("an answer");
            match answer.as_string().expect("a word").as_ref() {
                "allow" => "allow",
                "deny" => "deny",
                _ => "require_approval",
            }
        })
    })
}

fn tool(call: &Json) -> &str {
    call["tool"].as_str().expect("a tool")
}

/// Nanoseconds of one call, of all of them in turn: the best of many batches.
fn each(engine: &Engine, calls: &[&Json]) -> f64 {
    let mut asks: Vec<Ask> = calls.iter().map(|call| engine(call)).collect();
    let batches = (0..60).map(|_| {
        let start = Instant::now();
        for _ in 0..100 {
            for ask in &mut asks {
                black_box(ask());
            }
        }
        start.elapsed().as_secs_f64()
    });
    batches.fold(f64::INFINITY, f64::min) * 1e9 / 100.0 / calls.len() as f64
}
