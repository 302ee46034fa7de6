//! A policy and what is made from it: swapped whole at a reload.

use std::path::PathBuf;
use std::sync::Arc;

use super::source::Beside;
use super::{AuditTarget, Settings, names};
use crate::audit::{AuditSink, JsonlLog};
use crate::error::{Code, PolicyError};
use crate::mapper::Mapper;
use crate::net::Resolver;
use crate::policy::{AuditSetting, Machine, Policy, Source};
use crate::redact::Redactor;

/// Everything that changes when the policy does.
pub(super) struct Loaded {
    pub(super) policy: Result<Policy, PolicyError>,
    pub(super) mapper: Mapper,
    pub(super) redactor: Redactor,
    pub(super) sink: Option<Arc<dyn AuditSink>>,
    pub(super) audit_directory: Option<PathBuf>,
    pub(super) resolver: Option<Arc<dyn Resolver>>,
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
        Ok(Loaded { mapper, policy: Ok(policy), redactor, sink, audit_directory, resolver })
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
