//! What happened after a decision, and what an audit log holds, as they cross.

use toolgate::audit::{Broken, Outcome, Status, Verification};
use toolgate::error::{CallError, Code};

/// What became of a decision.
#[derive(uniffi::Record)]
pub(crate) struct NativeOutcome {
    status: String,
    duration_ms: Option<u64>,
    cost_usd: Option<String>,
    tokens: Option<u64>,
    result_digest: Option<String>,
    error: Option<String>,
}

impl TryFrom<NativeOutcome> for Outcome {
    type Error = CallError;

    fn try_from(outcome: NativeOutcome) -> Result<Outcome, CallError> {
        let NativeOutcome { status, duration_ms, cost_usd, tokens, result_digest, error } = outcome;
        let known =
            [Status::Executed, Status::Failed, Status::Skipped].into_iter().find(|known| known.as_str() == status);
        let status = known.ok_or_else(|| {
            CallError::new(Code::CallUnsupportedValue, "`status` is `executed`, `failed` or `skipped`")
        })?;
        Ok(Outcome { status, duration_ms, cost_usd, tokens, result_digest, error })
    }
}

/// What an audit log holds, and the first thing wrong with it.
#[derive(uniffi::Record)]
pub(crate) struct NativeVerification {
    records: u64,
    files: u64,
    problem: Option<NativeBroken>,
}

/// Where an audit log is not as it was written.
#[derive(uniffi::Record)]
pub(crate) struct NativeBroken {
    file: String,
    line: u64,
    seq: u64,
    why: String,
}

impl From<Verification> for NativeVerification {
    fn from(found: Verification) -> NativeVerification {
        let files = u64::try_from(found.files).unwrap_or(u64::MAX);
        NativeVerification { records: found.records, files, problem: found.problem.map(NativeBroken::from) }
    }
}

impl From<Broken> for NativeBroken {
    fn from(broken: Broken) -> NativeBroken {
        let Broken { file, line, seq, why } = broken;
        NativeBroken { file, line, seq, why }
    }
}
