//! The answer to a tool call, as Swift holds it: a handle that is asked for what is wanted.

use std::sync::Arc;

use toolgate::{Decision, Map, Value, Verdict, wire};

use crate::error::NativeError;
use crate::open::{NativeOpenOptions, descriptor};

/// A decision, and the arguments that it is about.
#[derive(uniffi::Object)]
pub(crate) struct NativeDecision {
    pub(crate) core: Decision,
    args: Map,
}

impl NativeDecision {
    pub(crate) fn new(core: Decision, args: Map) -> Arc<NativeDecision> {
        Arc::new(NativeDecision { core, args })
    }
}

#[uniffi::export]
impl NativeDecision {
    /// Whether the tool may run.
    pub(crate) fn allowed(&self) -> Result<bool, NativeError> {
        Ok(self.core.verdict == Verdict::Allow)
    }

    /// Everything as canonical JSON text.
    pub(crate) fn json(&self) -> Result<String, NativeError> {
        Ok(wire::decision_json(&self.core))
    }

    /// Where the action's path really leads, if it has one whose links were followed.
    pub(crate) fn real_path(&self) -> Result<Option<String>, NativeError> {
        Ok(self.core.real_path().map(|path| path.as_str().to_owned()))
    }

    /// The arguments as they were read, as JSON text that keeps whole numbers and others apart.
    pub(crate) fn arguments(&self) -> Result<String, NativeError> {
        Ok(Value::Map(self.args.clone()).to_json())
    }

    /// The descriptor of exactly the file that was decided about.
    pub(crate) fn open(&self, options: NativeOpenOptions) -> Result<i32, NativeError> {
        descriptor(self.core.open(&options.into()))
    }
}
