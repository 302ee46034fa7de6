//! Builds a gate.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::ids::DecisionIds;
use super::loaded::Loaded;
use super::reentry::Reentry;
use super::source::PolicySource;
use super::stores::{StoreOpener, StorePlace};
use super::{Gate, Settings, source};
use crate::approval::KeyRing;
use crate::audit::AuditSink;
use crate::clock::{Clock, SystemClock};
use crate::error::{Code, PolicyError};
use crate::net::Resolver;
use crate::path::{FileSystem, HostFileSystem, PathRules};
use crate::store::{Store, StoreError};

/// What a gate needs besides its policy. Everything has a default.
#[derive(Clone, Default)]
pub struct GateBuilder {
    source: Option<PolicySource>,
    audit: AuditTarget,
    pin: Option<Arc<str>>,
    clock: Option<Arc<dyn Clock>>,
    cwd: Option<Arc<str>>,
    home: Option<Arc<str>>,
    files: Option<Arc<dyn FileSystem>>,
    rules: Option<PathRules>,
    id_seed: Option<u64>,
    resolver: Option<Arc<dyn Resolver>>,
    store: Option<Arc<dyn Store>>,
    place: Option<StorePlace>,
    opener: Option<Arc<StoreOpener>>,
    keys: Option<KeyRing>,
}

/// Where decisions are recorded.
#[derive(Clone, Default)]
pub enum AuditTarget {
    /// Where the policy says; if it does not, in `.toolgate/audit/` beside it.
    #[default]
    AsPolicySays,
    /// Nowhere.
    Off,
    /// In this directory.
    Directory(PathBuf),
    /// Wherever this sink puts them.
    Sink(Arc<dyn AuditSink>),
}

impl GateBuilder {
    /// Takes the policy from `text`. Files it includes are looked for in the working directory.
    pub fn policy_text(mut self, text: impl Into<String>) -> GateBuilder {
        self.source = Some(PolicySource::Text(text.into()));
        self
    }

    /// Takes the policy from the file at `path`.
    pub fn policy_file(mut self, path: impl Into<PathBuf>) -> GateBuilder {
        self.source = Some(PolicySource::File(path.into()));
        self
    }

    /// Refuses any policy, also at a reload, whose [`Gate::policy_hash`] is not `digest`.
    pub fn policy_digest(mut self, digest: impl Into<Arc<str>>) -> GateBuilder {
        self.pin = Some(digest.into());
        self
    }

    /// Records decisions at `target` instead of where the policy says.
    pub fn audit(mut self, target: AuditTarget) -> GateBuilder {
        self.audit = target;
        self
    }

    /// Asks `clock` for the time.
    pub fn clock(mut self, clock: impl Clock + 'static) -> GateBuilder {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Says where the tools run: relative paths start there, and commands run there unless the call says otherwise.
    /// Without it, relative paths start in the directory the process has now.
    pub fn cwd(mut self, directory: impl Into<Arc<str>>) -> GateBuilder {
        self.cwd = Some(directory.into());
        self
    }

    /// Says what `~` stands for; the user's home directory if unsaid.
    pub fn home(mut self, directory: impl Into<Arc<str>>) -> GateBuilder {
        self.home = Some(directory.into());
        self
    }

    /// Asks `resolver` for the addresses of host names, whatever the policy says under `network`.
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> GateBuilder {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// Follows links on `files`; on this machine's own file system if unsaid. Give [`NoFileSystem`](crate::path::NoFileSystem)
    /// where the tools work on another machine's files. A policy with `paths: { links: ignore }` follows none.
    pub fn file_system(mut self, files: impl FileSystem + 'static) -> GateBuilder {
        self.files = Some(Arc::new(files));
        self
    }

    /// Says by which rules paths are compared where the policy does not; by those of this system if unsaid.
    pub fn path_rules(mut self, rules: PathRules) -> GateBuilder {
        self.rules = Some(rules);
        self
    }

    /// Keeps budgets, approvals and all other state in `store`, whatever the policy says under `store`.
    pub fn store(mut self, store: Arc<dyn Store>) -> GateBuilder {
        self.store = Some(store);
        self
    }

    /// Keeps budgets, approvals and all other state at `place`, whatever the policy says under `store`. A file is looked
    /// for from the directory of the policy, and opened by [`GateBuilder::store_opener`].
    pub fn store_at(mut self, place: StorePlace) -> GateBuilder {
        self.place = Some(place);
        self
    }

    /// Opens the store that the policy names with `opener`, if it needs one that the core does not have. Without it such
    /// a policy denies whatever depends on its state.
    pub fn store_opener(
        mut self,
        opener: impl Fn(&StorePlace) -> Result<Arc<dyn Store>, StoreError> + Send + Sync + 'static,
    ) -> GateBuilder {
        self.opener = Some(Arc::new(opener));
        self
    }

    /// Signs tokens with `keys`, whatever the policy says under `approvals`.
    pub fn keys(mut self, keys: KeyRing) -> GateBuilder {
        self.keys = Some(keys);
        self
    }

    /// Makes decision ids repeatable. For tests and vectors only: ids of two gates with one seed collide.
    pub fn id_seed(mut self, seed: u64) -> GateBuilder {
        self.id_seed = Some(seed);
        self
    }

    /// Loads the policy and makes the gate.
    ///
    /// # Errors
    /// Every problem of the policy.
    pub fn build(self) -> Result<Gate, PolicyError> {
        let (settings, id_seed) = self.settings()?;
        let loaded = Loaded::new(&settings, None)?;
        let gate = Gate::assemble(loaded, settings, id_seed);
        gate.announce(&gate.loaded.load());
        Ok(gate)
    }

    /// A gate that denies everything because of `error`, until a reload finds a policy.
    pub(super) fn refusing(self, error: PolicyError) -> Gate {
        match self.settings() {
            Ok((settings, id_seed)) => Gate::assemble(Loaded::refusing(error), settings, id_seed),
            Err(_) => GateBuilder::default().policy_text("").refusing(error),
        }
    }

    fn settings(self) -> Result<(Settings, Option<u64>), PolicyError> {
        let Some(source) = self.source else {
            return Err(PolicyError::whole(
                Code::PolicyMissing,
                "",
                "no policy was given",
                "give a policy as text or as a file",
            ));
        };
        let working = source::working_directory();
        let settings = Settings {
            directory: source.directory(working.as_deref()),
            source,
            audit: self.audit,
            pin: self.pin,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            cwd_is_given: self.cwd.is_some(),
            cwd: self.cwd.or_else(|| working.as_deref().and_then(|path| path.to_str()).map(Arc::from)),
            home: self.home.or_else(source::home_directory),
            resolver: self.resolver,
            files: self.files.unwrap_or_else(|| Arc::new(HostFileSystem)),
            rules: self.rules.unwrap_or_else(PathRules::of_host),
            store: self.store,
            place: self.place,
            opener: self.opener,
            keys: self.keys,
        };
        Ok((settings, self.id_seed))
    }
}

impl Gate {
    fn assemble(loaded: Loaded, settings: Settings, id_seed: Option<u64>) -> Gate {
        Gate {
            loaded: ArcSwap::from_pointee(loaded),
            settings,
            ids: DecisionIds::new(id_seed),
            reentry: Reentry::default(),
        }
    }
}
