//! Finds the policy of this place.

use super::{Gate, source};
use crate::error::{Code, PolicyError};

/// A short policy that someone without one can begin with.
const FIRST_POLICY: &str = "write `toolgate.yaml` here, for example:\n\n    version: 1\n    default: require_approval\n    tools:\n      file.read: { decision: allow, allowed_paths: [/workspace/] }\n\n  or name a policy file with the environment variable `TOOLGATE_POLICY`";

/// The gate for the policy named by the environment, else for the nearest `toolgate.yaml`, else one that denies.
pub(super) fn gate() -> Gate {
    let found = source::named_policy().or_else(source::nearest_policy);
    let path = found.clone().unwrap_or_else(|| "toolgate.yaml".into());
    let error = match found {
        None => {
            let message = "no policy was found, so nothing is allowed";
            PolicyError::whole(Code::PolicyMissing, "toolgate.yaml", message, FIRST_POLICY)
        }
        Some(_) => match Gate::from_file(&path) {
            Ok(gate) => return gate,
            Err(error) => error,
        },
    };
    Gate::builder().policy_file(path).refusing(error)
}
