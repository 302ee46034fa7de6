//! What a gate remembers: where it is kept, and everything that is done with it by hand.

use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, External};
use napi::{Error, Result};
use napi_derive::napi;
use toolgate::approval::{KeyRing, Refused, Secret};
use toolgate::error::CallError;
use toolgate::store::{Store, StoreError};
use toolgate::{StorePlace, Value, wire};
use toolgate_store_sqlite::SqliteStore;

use crate::aside::{Aside, aside};
use crate::gate::Held;
use crate::values::{self, object};

/// Does one of the operations of [`wire::operate`]: JSON text of its `answer`, or of the `code` and `message` of why it
/// was not done.
#[napi(catch_unwind)]
pub fn operate(gate: &External<Held>, operation: String, args: String) -> AsyncTask<Aside> {
    let gate = Held::clone(gate);
    aside(move || Some(operated(&gate, &operation, &args)))
}

/// The keys that are made of secrets; the error never shows one.
#[napi(catch_unwind)]
pub fn keys(secrets: Vec<String>) -> Result<External<KeyRing>> {
    let secrets = secrets.into_iter().map(Secret::new).collect::<std::result::Result<Vec<_>, _>>();
    let secrets = secrets.map_err(|error| Error::from_reason(error.to_string()))?;
    let keys = KeyRing::new(&secrets).ok_or_else(|| Error::from_reason("there is none"))?;
    Ok(External::new(keys))
}

/// Opens what the core does not have itself.
pub(crate) fn open(place: &StorePlace) -> std::result::Result<Arc<dyn Store>, StoreError> {
    match place {
        StorePlace::File(path) => Ok(Arc::new(SqliteStore::open(path)?)),
        _ => Err(StoreError::Unavailable("this package has no PostgreSQL store yet".to_owned())),
    }
}

fn operated(gate: &Held, operation: &str, args: &str) -> String {
    let unread = |error: CallError| Refused::new(error.code, error.message);
    let args = values::written(args).and_then(values::map).map_err(unread);
    match args.and_then(|args| wire::operate(gate, operation, &args)) {
        Ok(answer) => object([("answer", answer)]),
        Err(Refused { code, message }) => {
            object([("code", Value::from(code.as_str())), ("message", Value::from(&*message))])
        }
    }
    .to_json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_and_a_refusal_look_different() {
        let gate = Arc::new(toolgate::Gate::from_yaml("audit: off").unwrap());
        assert_eq!(operated(&gate, "switches", "{}"), r#"{"answer":[]}"#);
        let refused = operated(&gate, "revoke", "{}");
        assert!(refused.contains(r#""code":"call.malformed_args""#), "{refused}");
    }

    #[test]
    fn there_is_no_other_store_than_files() {
        let refused = open(&StorePlace::Postgres("URL".into())).map(drop);
        assert_eq!(refused.unwrap_err().code().as_str(), "store.unavailable");
    }
}
