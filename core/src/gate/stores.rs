//! The store of a gate: given by the host, or opened where the policy says once it is needed.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::store::{MemoryStore, Store, StoreError};

/// Where state is kept, if the host gives no store of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// In this process alone.
    Memory,
    /// In the file at this path.
    File(PathBuf),
    /// In the PostgreSQL database whose address stands in this environment variable.
    Postgres(Arc<str>),
}

/// Opens stores that the core does not have itself. Called again at the next call if it fails.
pub type StoreOpener = dyn Fn(&StorePlace) -> Result<Arc<dyn Store>, StoreError> + Send + Sync;

/// A store that is opened when it is first asked for.
pub(super) struct LazyStore {
    place: StorePlace,
    opener: Option<Arc<StoreOpener>>,
    opened: ArcSwapOption<Arc<dyn Store>>,
}

impl LazyStore {
    pub(super) fn at(place: StorePlace, opener: Option<Arc<StoreOpener>>) -> LazyStore {
        LazyStore { place, opener, opened: ArcSwapOption::empty() }
    }

    pub(super) fn given(store: Arc<dyn Store>) -> LazyStore {
        LazyStore { place: StorePlace::Memory, opener: None, opened: ArcSwapOption::from_pointee(store) }
    }

    pub(super) fn place(&self) -> &StorePlace {
        &self.place
    }

    /// Whether it takes a wait to ask it. One that is not open yet has a place outside memory, or is a memory.
    pub(super) fn waits(&self) -> bool {
        match self.opened.load().as_ref() {
            Some(store) => store.waits(),
            None => self.place != StorePlace::Memory,
        }
    }

    /// The store. What cannot be opened now may be the next time.
    pub(super) fn get(&self) -> Result<Arc<dyn Store>, StoreError> {
        if let Some(store) = self.opened.load().as_ref() {
            return Ok((**store).clone());
        }
        let store = Arc::new(self.open()?);
        // Whoever was first has opened the one that counts: of a memory there must not be two.
        let before = self.opened.compare_and_swap(&None::<Arc<_>>, Some(store.clone()));
        Ok(before.as_ref().map_or_else(|| (*store).clone(), |first| (**first).clone()))
    }

    fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        match (&self.place, &self.opener) {
            (StorePlace::Memory, _) => Ok(Arc::new(MemoryStore::default())),
            (place, Some(opener)) => opener(place),
            (place, None) => {
                Err(StoreError::Unavailable(format!("this program cannot keep state in {}", place.words())))
            }
        }
    }
}

impl StorePlace {
    fn words(&self) -> &'static str {
        match self {
            StorePlace::Memory => "memory",
            StorePlace::File(_) => "a file",
            StorePlace::Postgres(_) => "PostgreSQL",
        }
    }
}
