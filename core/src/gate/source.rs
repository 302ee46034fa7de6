//! Where a policy comes from on this machine. The only place in the core that reads policy files, the environment
//! and the working directory.
#![allow(clippy::disallowed_methods)] // this file is the replacement that the lint names

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Code, PolicyError};
use crate::limits;
use crate::policy::Sources;

/// A policy's text, or the file it stands in.
#[derive(Clone, Debug)]
pub(super) enum PolicySource {
    Text(String),
    File(PathBuf),
}

impl PolicySource {
    /// The file as the user named it; empty for a text.
    pub(super) fn name(&self) -> &str {
        match self {
            PolicySource::Text(_) => "",
            PolicySource::File(path) => path.to_str().unwrap_or("policy"),
        }
    }

    /// The directory that includes and the audit log are beside.
    pub(super) fn directory(&self, working: Option<&Path>) -> PathBuf {
        let working = working.unwrap_or(Path::new("."));
        match self {
            PolicySource::Text(_) => working.to_owned(),
            PolicySource::File(path) => working.join(path.parent().unwrap_or(Path::new(""))),
        }
    }

    /// The text of the policy.
    pub(super) fn read(&self, directory: &Path) -> Result<String, PolicyError> {
        match self {
            PolicySource::Text(text) => Ok(text.clone()),
            PolicySource::File(path) => {
                let file = path.file_name().unwrap_or_default();
                read_bounded(&directory.join(file)).map_err(|why| {
                    let help = "write one, or name another with `TOOLGATE_POLICY`";
                    PolicyError::whole(
                        Code::PolicyMissing,
                        self.name(),
                        format!("the policy cannot be read: {why}"),
                        help,
                    )
                })
            }
        }
    }
}

/// Finds included files beside a policy.
pub(super) struct Beside<'a>(pub(super) &'a Path);

impl Sources for Beside<'_> {
    fn read(&self, name: &str) -> Result<String, String> {
        read_bounded(&self.0.join(name))
    }
}

/// Never reads more than the limit, whatever stands behind the name.
fn read_bounded(path: &Path) -> Result<String, String> {
    use std::io::Read;
    let file = std::fs::File::open(path).map_err(|error| plain(&error))?;
    let mut bytes = Vec::new();
    file.take(limits::POLICY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|error| plain(&error))?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this process may not read it".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// Whether there may be a file: it is there, or nobody can tell.
pub(super) fn may_exist(path: &Path) -> bool {
    !matches!(std::fs::symlink_metadata(path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

pub(super) fn working_directory() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

pub(super) fn home_directory() -> Option<Arc<str>> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var(variable).ok().filter(|home| !home.is_empty()).map(Arc::from)
}

/// The policy file that `TOOLGATE_POLICY` names.
pub(super) fn named_policy() -> Option<PathBuf> {
    std::env::var_os("TOOLGATE_POLICY").filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// `toolgate.yaml` in the working directory or the nearest one above it.
pub(super) fn nearest_policy() -> Option<PathBuf> {
    let working = working_directory()?;
    working.ancestors().map(|directory| directory.join("toolgate.yaml")).find(|file| std::fs::metadata(file).is_ok())
}
