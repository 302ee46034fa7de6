//! Finds the policy of this place.

use super::{Gate, GateBuilder, source};
use crate::error::{Code, PolicyError};

/// A short policy that someone without one can begin with.
const FIRST_POLICY: &str = "write `toolgate.yaml` here, for example:\n\n    version: 1\n    default: require_approval\n    tools:\n      file.read: { decision: allow, allowed_paths: [/workspace/] }\n\n  or name a policy file with the environment variable `TOOLGATE_POLICY`";

impl GateBuilder {
    /// The gate of this place, with whatever else this builder says: the policy named by `TOOLGATE_POLICY`, else
    /// `toolgate.yaml` in the working directory or above it. Never fails: without a usable policy the gate denies
    /// everything and says why.
    pub fn discover(self) -> Gate {
        let Some(path) = source::named_policy().or_else(source::nearest_policy) else {
            let message = "no policy was found, so nothing is allowed";
            let error = PolicyError::whole(Code::PolicyMissing, "toolgate.yaml", message, FIRST_POLICY);
            return self.policy_file("toolgate.yaml").refusing(error);
        };
        let builder = self.policy_file(path);
        builder.clone().build().unwrap_or_else(|error| builder.refusing(error))
    }
}
