//! Work that waits for the disk or the network, away from the event loop.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Error, Result, Task};

/// One piece of work, done by one of Node's own threads.
pub struct Aside {
    work: Option<Box<dyn FnOnce() -> Option<String> + Send>>,
}

/// A promise of what `work` answers.
pub(crate) fn aside(work: impl FnOnce() -> Option<String> + Send + 'static) -> AsyncTask<Aside> {
    AsyncTask::new(Aside { work: Some(Box::new(work)) })
}

impl Task for Aside {
    type Output = Option<String>;
    type JsValue = Option<String>;

    fn compute(&mut self) -> Result<Option<String>> {
        let Some(work) = self.work.take() else { return Ok(None) };
        // Nothing of the work is seen again after a panic.
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| Error::from_reason("the guard failed inside"))
    }

    fn resolve(&mut self, _: Env, answer: Option<String>) -> Result<Option<String>> {
        Ok(answer)
    }
}
