//! Finds the policy of this place.

use super::{Gate, GateBuilder, source};
use crate::error::{Code, PolicyError};

/// A short policy that someone without one can begin with.
const FIRST_POLICY: &str = "write `toolgate.yaml` here, for example:\n\n    version: 1\n    default: require_approval\n    tools:\n      file.read: { decision: allow, allowed_paths: [/workspace/] }\n\n  or name a policy file with the environment variable `TOOLGATE_POLICY`";

/// The gate for the policy named by the environment, else for the nearest `toolgate.yaml`, else one that denies.
pub(super) fn gate() -> Gate {
    let Some(path) = source::named_policy().or_else(source::nearest_policy) else {
        let message = "no policy was found, so nothing is allowed";
        return GateBuilder::refusing(PolicyError::whole(Code::PolicyMissing, "toolgate.yaml", message, FIRST_POLICY));
    };
    Gate::from_file(path).unwrap_or_else(GateBuilder::refusing)
}
