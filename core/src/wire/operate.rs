//! Everything that can be done with a gate's state, by name and with plain values: one face for every language, the
//! sidecar and the command line.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::approval::{Approver, GrantTerms, Refused, Request, Status};
use crate::error::Code;
use crate::gate::Gate;
use crate::registry::Agent;
use crate::store::StoreError;
use crate::switch::Switch;
use crate::value::{Map, Value};

/// Does `operation` with `args` and tells what came of it.
///
/// | operation | arguments | answer |
/// |---|---|---|
/// | `approval_token` | `id`, `to`? | the token |
/// | `approve` | `request` (id or token), `approver`, `reason`?, `args`? | the request |
/// | `deny_approval` | `request`, `approver`, `reason`? | the request |
/// | `delegate_approval` | `request`, `approver`, `to` | the request |
/// | `cancel_approval` | `id` | the request |
/// | `approval` | `id` | the request or null |
/// | `approvals` | `status`? | requests |
/// | `grant` | `principal`, `action`, `target`, `session`?, `uses`?, `expires`, `reason`?, `by` | the grant |
/// | `grants` | | grants |
/// | `revoke` | `id` | whether there was one |
/// | `kill` | `principal`?, `role`?, `tool`?, `action`?, `reason`?, `by`? | the switch |
/// | `unkill` | `id` | whether it was on |
/// | `switches` | | switches |
/// | `register` | `id`, `role`?, `owner`?, `state`?, `expires`? | the agent |
/// | `agent` | `id` | the agent or null |
/// | `agents` | | agents |
/// | `new_key` | `id` | the key, which is told this once |
///
/// An approver is a name that somebody typed, or `{id, role, verified}`. A question mark stands behind what may be left
/// out or null.
///
/// # Errors
/// Why it was not done: [`Code::CallMalformedArgs`] for arguments that make no sense, else the codes of approvals and
/// stores.
pub fn operate(gate: &Gate, operation: &str, args: &Map) -> Result<Value, Refused> {
    let args = Args { args };
    match operation {
        "approval_token" => Ok(Value::from(&*gate.approval_token(args.text("id")?, args.maybe("to")?)?)),
        "approve" => approve(gate, &args),
        "deny_approval" => {
            shown(gate, &gate.deny_approval(args.text("request")?, &args.approver()?, args.maybe("reason")?)?)
        }
        "delegate_approval" => {
            shown(gate, &gate.delegate_approval(args.text("request")?, &args.approver()?, args.text("to")?)?)
        }
        "cancel_approval" => shown(gate, &gate.cancel_approval(args.text("id")?)?),
        "approval" => match gate.approval(args.text("id")?)? {
            Some(request) => shown(gate, &request),
            None => Ok(Value::Null),
        },
        "approvals" => approvals(gate, &args),
        "grant" => plain(&gate.grant(args.grant_terms()?, args.text("by")?)?),
        "grants" => plain(&gate.grants()?),
        "revoke" => Ok(Value::Bool(gate.revoke(args.text("id")?)?)),
        "kill" => switch(&gate.kill(args.read::<Switch>()?)?),
        "unkill" => Ok(Value::Bool(gate.unkill(args.text("id")?)?)),
        "switches" => switches(&gate.switches()?),
        "register" => register(gate, &args),
        "agent" => plain(&gate.agent(args.text("id")?)?),
        "agents" => plain(&gate.agents()?),
        "new_key" => new_key(gate, args.text("id")?),
        _ => Err(malformed(format!("there is no operation `{operation}`"))),
    }
}

fn approve(gate: &Gate, args: &Args) -> Result<Value, Refused> {
    let (request, approver, reason) = (args.text("request")?, args.approver()?, args.maybe("reason")?);
    let approved = match args.get("args") {
        None => gate.approve(request, &approver, reason),
        Some(Value::Map(edited)) => gate.approve_edited(request, &approver, edited.clone(), reason),
        Some(other) => Err(malformed(format!("`args` is {}, not an object", other.kind()))),
    };
    shown(gate, &approved?)
}

fn approvals(gate: &Gate, args: &Args) -> Result<Value, Refused> {
    let status = match args.maybe("status")? {
        None => None,
        Some(word) => Some(Status::parse(word).ok_or_else(|| malformed(format!("there is no status `{word}`")))?),
    };
    let requests = gate.approvals(status)?;
    let shown: Result<Vec<Value>, Refused> = requests.iter().map(|request| shown(gate, request)).collect();
    Ok(Value::from(shown?))
}

/// Registers an agent; a key that it has already stays its key.
fn register(gate: &Gate, args: &Args) -> Result<Value, Refused> {
    let mut given = args.args.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>();
    if args.get("state").is_none() {
        given.retain(|(name, _)| **name != *"state");
        given.push(("state".into(), Value::from("active")));
    }
    let agent: Agent = read(&Map::from_pairs(given).unwrap_or_default())?;
    let key_hash = gate.agent(&agent.id)?.and_then(|before| before.key_hash);
    let agent = Agent { key_hash: agent.key_hash.clone().or(key_hash), ..agent };
    gate.register(&agent)?;
    plain(&agent)
}

fn new_key(gate: &Gate, id: &str) -> Result<Value, Refused> {
    let agent = gate
        .agent(id)?
        .ok_or_else(|| Refused::new(Code::PrincipalUnregistered, format!("there is no agent `{id}`")))?;
    let unavailable = |error: getrandom::Error| StoreError::Unavailable(format!("no key can be made: {error}"));
    let (agent, key) = agent.with_new_key().map_err(unavailable)?;
    gate.register(&agent)?;
    Ok(Value::from(key.reveal()))
}

/// A switch with the id that turns it off.
fn switch(switch: &Switch) -> Result<Value, Refused> {
    with(plain(switch)?, [("id", Value::from(&*switch.id()))])
}

fn switches(switches: &[Switch]) -> Result<Value, Refused> {
    switches.iter().map(switch).collect::<Result<Vec<Value>, Refused>>().map(Value::from)
}

/// A request with how it stands now.
fn shown(gate: &Gate, request: &Request) -> Result<Value, Refused> {
    let status = Value::from(request.status(gate.time()).as_str());
    let missing = Value::Int(i64::try_from(request.missing()).unwrap_or(i64::MAX));
    with(plain(request)?, [("status", status), ("missing", missing)])
}

/// An object with more fields, which it does not have yet.
fn with<const N: usize>(object: Value, more: [(&str, Value); N]) -> Result<Value, Refused> {
    let Value::Map(map) = object else { return Err(malformed("there is nothing to tell")) };
    let own = map.iter().map(|(name, value)| (name.clone(), value.clone()));
    let pairs = own.chain(more.map(|(name, value)| (Arc::from(name), value))).collect();
    Map::from_pairs(pairs).map(Value::Map).map_err(|error| malformed(error.message))
}

fn plain(value: &impl Serialize) -> Result<Value, Refused> {
    let text = serde_json::to_string(value).map_err(|error| malformed(error.to_string()))?;
    Value::from_json(&text).map_err(|error| malformed(error.message))
}

fn read<T: DeserializeOwned>(map: &Map) -> Result<T, Refused> {
    serde_json::from_str(&Value::Map(map.clone()).to_json()).map_err(|error| malformed(error.to_string()))
}

fn malformed(message: impl Into<Arc<str>>) -> Refused {
    Refused::new(Code::CallMalformedArgs, message)
}

struct Args<'a> {
    args: &'a Map,
}

impl<'a> Args<'a> {
    /// What is given and not null.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.args.get(name).filter(|value| **value != Value::Null)
    }

    fn maybe(&self, name: &str) -> Result<Option<&'a str>, Refused> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(malformed(format!("`{name}` is {}, not text", other.kind()))),
        }
    }

    fn text(&self, name: &str) -> Result<&'a str, Refused> {
        self.maybe(name)?.ok_or_else(|| malformed(format!("`{name}` is missing")))
    }

    fn approver(&self) -> Result<Approver, Refused> {
        let map = match self.get("approver") {
            Some(Value::String(name)) => return Ok(Approver::unverified(name.clone())),
            Some(Value::Map(map)) => Args { args: map },
            _ => return Err(malformed("`approver` is neither a name nor an object")),
        };
        if let Some((name, _)) = map.args.iter().find(|(name, _)| !["id", "role", "verified"].contains(&&***name)) {
            return Err(malformed(format!("an approver has no `{}`", name.escape_debug())));
        }
        let verified = matches!(map.get("verified"), Some(Value::Bool(true)));
        let id = map.text("id")?;
        let approver = if verified { Approver::verified(id) } else { Approver::unverified(id) };
        Ok(map.maybe("role")?.map_or(approver.clone(), |role| approver.with_role(role)))
    }

    fn grant_terms(&self) -> Result<GrantTerms, Refused> {
        let terms = self.args.iter().filter(|(name, _)| &***name != "by");
        read(&Map::from_pairs(terms.map(|(name, value)| (name.clone(), value.clone())).collect()).unwrap_or_default())
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        read(self.args)
    }
}
