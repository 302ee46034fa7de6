//! The agents that are known here.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::canonical::sha256_hex;
use crate::clock::Timestamp;
use crate::error::Code;

/// A registered agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Its id, the principal's.
    pub id: Arc<str>,
    /// The role it has; a call of it in another is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Arc<str>>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Arc<str>>,
    /// Whether it may work.
    pub state: AgentState,
    /// Until when it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// SHA-256 of its API key, `sha256:…`; the key itself is kept nowhere. A key has 256 random bits, so that there is
    /// nothing to guess and no salt to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_hash: Option<Arc<str>>,
}

/// Whether an agent may work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// It may.
    #[default]
    Active,
    /// It may not for now.
    Suspended,
}

/// An API key, told once when it is made.
pub struct ApiKey {
    text: String,
}

impl Agent {
    /// An active agent called `id`, without a key.
    pub fn new(id: impl Into<Arc<str>>) -> Agent {
        Agent { id: id.into(), role: None, owner: None, state: AgentState::Active, expires: None, key_hash: None }
    }

    /// Why it may not work at `now` in `role`, if it may not.
    pub fn refusal(&self, role: Option<&str>, now: Timestamp) -> Option<(Code, &'static str)> {
        if self.state == AgentState::Suspended {
            Some((Code::PrincipalInactive, "the agent is suspended"))
        } else if self.expires.is_some_and(|expires| now >= expires) {
            Some((Code::PrincipalInactive, "the agent's registration has expired"))
        } else if self.role.is_some() && self.role.as_deref() != role {
            Some((Code::PrincipalUnregistered, "the agent is registered in another role"))
        } else {
            None
        }
    }

    /// Whether `key` is its API key.
    pub fn has_key(&self, key: &str) -> bool {
        // What is compared are digests: how long that takes says nothing about the key.
        self.key_hash.as_deref() == Some(&*hash(key))
    }

    /// The same agent with a new API key, which is told here and never again.
    ///
    /// # Errors
    /// If the system has no randomness to give.
    pub fn with_new_key(mut self) -> Result<(Agent, ApiKey), getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let key = ApiKey { text: format!("tgk_{}", BASE64URL_NOPAD.encode(&bytes)) };
        self.key_hash = Some(hash(&key.text).into());
        Ok((self, key))
    }
}

impl ApiKey {
    /// The key. Hand it to the agent; do not keep it.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

fn hash(key: &str) -> String {
    format!("sha256:{}", sha256_hex(&[key.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash() {
        let (agent, key) = Agent::new("agent:a").with_new_key().unwrap();
        assert!(agent.has_key(key.reveal()) && !agent.has_key("tgk_") && !Agent::new("agent:b").has_key(""));
        assert!(!serde_json::to_string(&agent).unwrap().contains(key.reveal().trim_start_matches("tgk_")));
    }

    #[test]
    fn who_may_not_work_is_told_why() {
        let now = Timestamp::from_micros(0);
        let agent = Agent { role: Some("prod".into()), ..Agent::new("agent:a") };
        assert_eq!(agent.refusal(Some("prod"), now), None);
        assert_eq!(agent.refusal(None, now).unwrap().0, Code::PrincipalUnregistered);
        let expired = Agent { expires: Some(now), ..Agent::new("agent:a") };
        assert_eq!(expired.refusal(None, now).unwrap().0, Code::PrincipalInactive);
        let suspended = Agent { state: AgentState::Suspended, ..Agent::new("agent:a") };
        assert_eq!(suspended.refusal(None, now).unwrap().0, Code::PrincipalInactive);
    }
}
