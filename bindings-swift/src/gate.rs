//! The gate, as Swift holds it.

use std::sync::Arc;

use toolgate::approval::{KeyRing, Secret};
use toolgate::error::{CallError, Code};
use toolgate::path::{NoFileSystem, PathRules, StaticFileSystem};
use toolgate::{AuditTarget, Gate, GateBuilder, SettableClock, Timestamp, ToolCall, Value, wire};

use crate::call::{self, Attempt};
use crate::decision::NativeDecision;
use crate::error::NativeError;
use crate::outcome::{NativeOutcome, NativeVerification};

/// What a gate needs beside its policy. What is not given has a default.
#[derive(uniffi::Record)]
pub(crate) struct NativeSettings {
    /// Whether decisions are recorded at all.
    audited: bool,
    audit_directory: Option<String>,
    policy_digest: Option<String>,
    cwd: Option<String>,
    home: Option<String>,
    /// What tokens are signed with; empty for where the policy says.
    secrets: Vec<String>,
}

/// Decides about tool calls by one policy.
#[derive(uniffi::Object)]
pub(crate) struct NativeGate {
    core: Gate,
    /// For the vectors.
    clock: Option<SettableClock>,
}

#[uniffi::export]
impl NativeGate {
    /// A gate for a policy given as text.
    #[uniffi::constructor]
    pub(crate) fn from_yaml(text: String, settings: NativeSettings) -> Result<Arc<NativeGate>, NativeError> {
        built(builder(settings)?.policy_text(text))
    }

    /// A gate for the policy in the file at `path`.
    #[uniffi::constructor]
    pub(crate) fn from_file(path: String, settings: NativeSettings) -> Result<Arc<NativeGate>, NativeError> {
        built(builder(settings)?.policy_file(path))
    }

    /// The gate of this place, which denies everything if there is no usable policy.
    #[uniffi::constructor]
    pub(crate) fn discover() -> Result<Arc<NativeGate>, NativeError> {
        Ok(Arc::new(NativeGate { core: Gate::discover(), clock: None }))
    }

    /// A gate on no machine in particular that records nothing and whose clock stands still at `now` until it is set, for
    /// the vectors. `files` is a JSON object of paths, each with what stands there.
    #[uniffi::constructor]
    pub(crate) fn at(
        text: String,
        now: String,
        cwd: String,
        home: String,
        files: Option<String>,
        id_seed: Option<u64>,
        secrets: Vec<String>,
    ) -> Result<Arc<NativeGate>, NativeError> {
        let clock = SettableClock::new(moment(&now)?);
        let builder = Gate::builder().policy_text(text).audit(AuditTarget::Off).cwd(cwd).home(home);
        let mut builder = signing(builder, secrets)?.clock(clock.clone()).path_rules(PathRules::Posix);
        if let Some(seed) = id_seed {
            builder = builder.id_seed(seed);
        }
        let builder = match files {
            None => builder.file_system(NoFileSystem),
            Some(json) => builder.file_system(tree(&json)?),
        };
        Ok(Arc::new(NativeGate { core: builder.build()?, clock: Some(clock) }))
    }

    /// Sets the clock of a gate for the vectors.
    pub(crate) fn set_time(&self, now: String) -> Result<(), NativeError> {
        let clock = self.clock.as_ref().ok_or_else(|| unsupported("this gate has the system's clock"))?;
        clock.set(moment(&now)?);
        Ok(())
    }

    /// Does one of the core's operations with JSON text of its arguments; JSON text of the answer.
    pub(crate) fn operate(&self, operation: String, args: String) -> Result<String, NativeError> {
        let args = ToolCall::from_json("", &args)?.args;
        Ok(wire::operate(&self.core, &operation, &args)?.to_json())
    }

    /// Decides about a call, records the decision and returns it.
    pub(crate) fn decide(&self, call: &[u8]) -> Result<Arc<NativeDecision>, NativeError> {
        let Attempt { call, error } = call::read(call);
        let decision = match &error {
            None => self.core.guard(&call),
            Some(error) => self.core.refuse(&call, error),
        };
        Ok(NativeDecision::new(decision, call.args))
    }

    /// The recorded deny of a call that could not even be handed over.
    pub(crate) fn refuse(
        &self,
        call: &[u8],
        code: String,
        message: String,
    ) -> Result<Arc<NativeDecision>, NativeError> {
        let code = Code::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(Code::InternalError);
        let Attempt { call, .. } = call::read(call);
        let decision = self.core.refuse(&call, &CallError::new(code, message));
        Ok(NativeDecision::new(decision, call.args))
    }

    /// Records what became of a decision.
    pub(crate) fn record(&self, decision: Arc<NativeDecision>, outcome: NativeOutcome) -> Result<(), NativeError> {
        Ok(self.core.record(&decision.core, &outcome.try_into()?)?)
    }

    /// How a call is read and what every clause of the policy says of it, as JSON text.
    pub(crate) fn explain(&self, call: &[u8]) -> Result<String, NativeError> {
        let Attempt { call, error } = call::read(call);
        let explained = error.map_or_else(|| self.core.explain(&call), Err);
        Ok(explained.map_or_else(|error| wire::unread_explanation(&error), |found| wire::explanation(&found)).to_json())
    }

    /// Loads the policy again.
    pub(crate) fn reload(&self) -> Result<(), NativeError> {
        Ok(self.core.reload()?)
    }

    /// Checks the whole audit log on disk.
    pub(crate) fn verify_audit(&self) -> Result<NativeVerification, NativeError> {
        Ok(self.core.verify_audit()?.into())
    }

    /// Whether a decision may take as long as the network or a store does.
    pub(crate) fn waits(&self) -> Result<bool, NativeError> {
        Ok(self.core.waits())
    }

    /// The digest of the policy in force; empty if there is none.
    pub(crate) fn policy_hash(&self) -> Result<String, NativeError> {
        Ok(self.core.policy_hash().to_string())
    }

    /// The directory of the audit log, if there is one.
    pub(crate) fn audit_directory(&self) -> Result<Option<String>, NativeError> {
        Ok(self.core.audit_directory().map(|directory| directory.to_string_lossy().into_owned()))
    }
}

fn built(builder: GateBuilder) -> Result<Arc<NativeGate>, NativeError> {
    Ok(Arc::new(NativeGate { core: builder.build()?, clock: None }))
}

fn builder(settings: NativeSettings) -> Result<GateBuilder, NativeError> {
    let mut builder = Gate::builder().audit(match (settings.audited, settings.audit_directory) {
        (false, _) => AuditTarget::Off,
        (true, None) => AuditTarget::AsPolicySays,
        (true, Some(directory)) => AuditTarget::Directory(directory.into()),
    });
    if let Some(digest) = settings.policy_digest {
        builder = builder.policy_digest(digest);
    }
    if let Some(directory) = settings.cwd {
        builder = builder.cwd(directory);
    }
    if let Some(directory) = settings.home {
        builder = builder.home(directory);
    }
    signing(builder, settings.secrets)
}

/// With keys made of secrets, if there are any. No message shows one.
fn signing(builder: GateBuilder, secrets: Vec<String>) -> Result<GateBuilder, NativeError> {
    let secrets = secrets.into_iter().map(Secret::new).collect::<Result<Vec<_>, _>>();
    let secrets = secrets.map_err(|error| unsupported(&error.to_string()))?;
    Ok(match KeyRing::new(&secrets) {
        Some(keys) => builder.keys(keys),
        None => builder,
    })
}

fn moment(text: &str) -> Result<Timestamp, NativeError> {
    Timestamp::parse(text).ok_or_else(|| unsupported("this is no RFC 3339 time"))
}

fn tree(json: &str) -> Result<StaticFileSystem, NativeError> {
    let value = Value::from_json(json)?;
    let pairs = value.as_map().into_iter().flat_map(|map| map.iter());
    let entries = pairs.map(|(path, word)| (&**path, word.as_str().unwrap_or_default()));
    StaticFileSystem::new(entries).map_err(|error| unsupported(error.clause))
}

fn unsupported(message: &str) -> NativeError {
    CallError::new(Code::CallUnsupportedValue, message).into()
}
