//! A policy and what is made from it: swapped whole at a reload.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::secrets::{LazyKeys, SecretPlace};
use super::source::{self, Beside};
use super::stores::{LazyStore, StorePlace};
use super::{AuditTarget, Settings, names};
use crate::audit::{AuditSink, JsonlLog};
use crate::error::{Code, PolicyError};
use crate::mapper::Mapper;
use crate::net::Resolver;
use crate::policy::{ApprovalSetting, AuditSetting, Machine, Policy, Source, StoreSetting};
use crate::redact::Redactor;
use crate::store::{Store, StoreError};

/// Everything that changes when the policy does.
pub(super) struct Loaded {
    pub(super) policy: Result<Policy, PolicyError>,
    pub(super) mapper: Mapper,
    pub(super) redactor: Redactor,
    pub(super) sink: Option<Arc<dyn AuditSink>>,
    pub(super) audit_directory: Option<PathBuf>,
    pub(super) resolver: Option<Arc<dyn Resolver>>,
    pub(super) keys: LazyKeys,
    store: Arc<LazyStore>,
    kill_file: Option<PathBuf>,
}

impl Loaded {
    /// Reads the policy. `before` lends its log, so that one process does not open the same one twice.
    pub(super) fn new(settings: &Settings, before: Option<&Loaded>) -> Result<Loaded, PolicyError> {
        let text = settings.source.read(&settings.directory)?;
        let source = Source { name: settings.source.name(), text: &text, home: settings.home.as_deref() };
        let machine = Machine { files: &*settings.files, rules: settings.rules };
        let policy = Policy::load_for(source, &Beside(&settings.directory), &Mapper::default(), &machine)?;
        if let Some(pin) = settings.pin.as_ref().filter(|pin| **pin != policy.hash) {
            let message = format!("this policy is `{}`, not the pinned `{pin}`", policy.hash);
            return Err(PolicyError::whole(
                Code::PolicyDigestMismatch,
                source.name,
                message,
                "pin the new digest if the change is meant",
            ));
        }
        let patterns: &[String] = match &policy.audit {
            AuditSetting::Off => &[],
            AuditSetting::On { redact, .. } => redact,
        };
        let redactor =
            Redactor::new(patterns).map_err(|why| PolicyError::whole(Code::PolicyInvalid, source.name, why, ""))?;
        let audit_directory = directory(settings, &policy.audit);
        let sink = sink(settings, audit_directory.as_ref(), before);
        let resolver = settings.resolver.clone().or_else(|| names::resolver(&policy.network));
        let mapper = Mapper::new(&policy.mappings);
        let store = store(settings, &policy.state.store, before);
        let keys = keys(settings, policy.state.approvals.as_ref());
        let kill_file = policy.state.kill_file.as_ref().map(|file| settings.directory.join(&**file));
        Ok(Loaded { mapper, policy: Ok(policy), redactor, sink, audit_directory, resolver, keys, store, kill_file })
    }

    /// The store, opened if need be.
    pub(super) fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.store.get()
    }

    /// Whether it takes a wait to ask the store.
    pub(super) fn store_waits(&self) -> bool {
        self.store.waits()
    }

    /// The file that stops everything, if it is there. One that cannot be looked for may be.
    pub(super) fn kill_file(&self) -> Option<&Path> {
        self.kill_file.as_deref().filter(|file| source::may_exist(file))
    }

    /// No policy: everything is denied because of `error`.
    pub(super) fn refusing(error: PolicyError) -> Loaded {
        Loaded {
            policy: Err(error),
            mapper: Mapper::default(),
            redactor: Redactor::default(),
            sink: None,
            audit_directory: None,
            resolver: None,
            keys: LazyKeys::new(SecretPlace::File(PathBuf::new())),
            store: Arc::new(LazyStore::at(StorePlace::Memory, None)),
            kill_file: None,
        }
    }
}

fn directory(settings: &Settings, policy: &AuditSetting) -> Option<PathBuf> {
    match (&settings.audit, policy) {
        (AuditTarget::Directory(directory), _) => Some(settings.directory.join(directory)),
        (AuditTarget::AsPolicySays, AuditSetting::On { path, .. }) => {
            Some(settings.directory.join(path.as_deref().unwrap_or(".toolgate/audit")))
        }
        _ => None,
    }
}

/// Whatever the host gives, or where the policy says. A reload goes on with the store there is, if it is the same one:
/// what a memory holds is not forgotten.
fn store(settings: &Settings, setting: &StoreSetting, before: Option<&Loaded>) -> Arc<LazyStore> {
    if let Some(store) = &settings.store {
        return Arc::new(LazyStore::given(store.clone()));
    }
    let place = place(settings, setting);
    match before.filter(|before| *before.store.place() == place) {
        Some(before) => before.store.clone(),
        None => Arc::new(LazyStore::at(place, settings.opener.clone())),
    }
}

fn place(settings: &Settings, setting: &StoreSetting) -> StorePlace {
    let file = |path: &Path| StorePlace::File(settings.directory.join(path));
    match (&settings.place, setting) {
        (Some(StorePlace::File(path)), _) => file(path),
        (Some(place), _) => place.clone(),
        (None, StoreSetting::Memory) => StorePlace::Memory,
        (None, StoreSetting::File(path)) => file(Path::new(&**path)),
        (None, StoreSetting::Postgres(variable)) => StorePlace::Postgres(variable.clone()),
        (None, StoreSetting::Unsaid) if settings.opener.is_none() => StorePlace::Memory,
        (None, StoreSetting::Unsaid) => file(Path::new(".toolgate/state.db")),
    }
}

fn keys(settings: &Settings, setting: Option<&ApprovalSetting>) -> LazyKeys {
    if let Some(keys) = &settings.keys {
        return LazyKeys::given(keys.clone());
    }
    let place = match setting.map(|setting| (&setting.secret_env, &setting.secret_file)) {
        Some((Some(variable), _)) => SecretPlace::Variable(variable.clone()),
        Some((None, Some(file))) => SecretPlace::File(settings.directory.join(&**file)),
        _ => SecretPlace::Own(settings.directory.join(".toolgate/secret")),
    };
    LazyKeys::new(place)
}

fn sink(settings: &Settings, directory: Option<&PathBuf>, before: Option<&Loaded>) -> Option<Arc<dyn AuditSink>> {
    if let AuditTarget::Sink(sink) = &settings.audit {
        return Some(sink.clone());
    }
    let directory = directory?;
    match before.filter(|before| before.audit_directory.as_ref() == Some(directory)) {
        Some(before) => before.sink.clone(),
        None => Some(Arc::new(JsonlLog::new(directory.clone()))),
    }
}
