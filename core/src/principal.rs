//! Who asks.

use std::sync::Arc;

use crate::value::Map;

/// The one on whose authority a tool is called. The host program says who that is; an agent never does.
///
/// ```
/// use toolgate::Principal;
/// let principal = Principal::new("agent:finance-sync").with_role("prod");
/// assert_eq!(principal.role.as_deref(), Some("prod"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Principal {
    /// A name such as `agent:finance-sync`; empty if nobody said.
    pub id: Arc<str>,
    /// The role whose entries of the policy apply, such as `prod`.
    pub role: Option<Arc<str>>,
    /// Those who delegated, the nearest first.
    pub on_behalf_of: Vec<Arc<str>>,
    /// Anything else the host knows about it, for conditions.
    pub attributes: Map,
}

impl Principal {
    /// A principal called `id`, without a role.
    pub fn new(id: impl Into<Arc<str>>) -> Principal {
        Principal { id: id.into(), ..Principal::default() }
    }

    /// The same principal in `role`.
    pub fn with_role(mut self, role: impl Into<Arc<str>>) -> Principal {
        self.role = Some(role.into());
        self
    }
}
