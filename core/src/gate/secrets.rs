//! Where the secrets for tokens come from: the environment, a file, or a file of their own beside the policy.
#![allow(clippy::disallowed_methods)] // reads and makes the secret's file; see `source.rs`

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::approval::{KeyRing, Refused, Secret};
use crate::error::Code;

/// Bytes of a file of secrets.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// Where secrets are looked for.
#[derive(Clone, Debug)]
pub(super) enum SecretPlace {
    /// In an environment variable. It may hold several, with blanks between them; the first signs.
    Variable(Arc<str>),
    /// In a file, one a line.
    File(PathBuf),
    /// In a file that is made if it is not there.
    Own(PathBuf),
}

/// Keys that are made when they are first asked for: a gate that signs nothing needs no secret.
pub(super) struct LazyKeys {
    place: SecretPlace,
    made: ArcSwapOption<KeyRing>,
}

impl LazyKeys {
    pub(super) fn new(place: SecretPlace) -> LazyKeys {
        LazyKeys { place, made: ArcSwapOption::empty() }
    }

    pub(super) fn given(keys: KeyRing) -> LazyKeys {
        LazyKeys { place: SecretPlace::Own(PathBuf::new()), made: ArcSwapOption::from_pointee(keys) }
    }

    pub(super) fn get(&self) -> Result<Arc<KeyRing>, Refused> {
        if let Some(keys) = self.made.load_full() {
            return Ok(keys);
        }
        let text = self.place.text().map_err(|why| Refused::new(Code::ApprovalUnknownKey, why))?;
        let keys = Arc::new(keys(&text, &self.place)?);
        self.made.store(Some(keys.clone()));
        Ok(keys)
    }
}

impl SecretPlace {
    fn text(&self) -> Result<Zeroizing<String>, String> {
        match self {
            SecretPlace::Variable(name) => std::env::var(&**name)
                .map(Zeroizing::new)
                .map_err(|_| format!("the environment variable `{name}` holds no secret to sign with")),
            SecretPlace::File(path) => read(path),
            SecretPlace::Own(path) => match read(path) {
                Err(_) if !path.exists() => make(path).and_then(|()| read(path)),
                result => result,
            },
        }
    }

    fn name(&self) -> String {
        match self {
            SecretPlace::Variable(name) => format!("the environment variable `{name}`"),
            SecretPlace::File(path) | SecretPlace::Own(path) => format!("`{}`", path.display()),
        }
    }
}

fn keys(text: &str, place: &SecretPlace) -> Result<KeyRing, Refused> {
    let refused = |why: String| Refused::new(Code::ApprovalUnknownKey, format!("{}: {why}", place.name()));
    let secrets = text.split_whitespace().map(Secret::new).collect::<Result<Vec<_>, _>>();
    let secrets = secrets.map_err(|error| refused(error.to_string()))?;
    KeyRing::new(&secrets).ok_or_else(|| refused("it is empty".to_owned()))
}

fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let unreadable = |error: std::io::Error| format!("the secret in `{}` cannot be read: {error}", path.display());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    refuse_open_to_others(&file, path)?;
    let mut text = Zeroizing::new(String::new());
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// A secret that others can read is none.
#[cfg(unix)]
fn refuse_open_to_others(file: &std::fs::File, path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let mode = file.metadata().map_err(|error| error.to_string())?.mode();
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(format!("others may read or write `{}`; `chmod 600` it", path.display()))
    }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &std::fs::File, _: &Path) -> Result<(), String> {
    Ok(())
}

/// Makes a secret of 32 random bytes. It comes to stand there whole, or another process's does.
fn make(path: &Path) -> Result<(), String> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| format!("no secret can be made: {error}"))?;
    let text = Zeroizing::new(HEXLOWER.encode(&*bytes));
    let failed = |error: std::io::Error| format!("the secret in `{}` cannot be made: {error}", path.display());
    let directory = path.parent().unwrap_or(Path::new("."));
    private_directory().create(directory).map_err(failed)?;
    let draft = directory.join(format!("secret.{:016x}.new", getrandom::u64().map_err(|error| error.to_string())?));
    let mut file = own_file(&draft).map_err(failed)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    // A link to what is there already fails, and what is there already counts.
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private_directory() -> std::fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_directory() -> std::fs::DirBuilder {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    builder
}

fn own_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
