//! Names that stand in many effects.

use std::sync::{Arc, LazyLock};

/// Names that stand in many effects, made once.
pub(super) struct Names {
    pub(super) read: Arc<str>,
    pub(super) write: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) list: Arc<str>,
    pub(super) search: Arc<str>,
    pub(super) permissions: Arc<str>,
    pub(super) copy: Arc<str>,
    pub(super) moved: Arc<str>,
    pub(super) request: Arc<str>,
    pub(super) connect: Arc<str>,
    pub(super) path: Arc<str>,
    pub(super) url: Arc<str>,
    pub(super) body: Arc<str>,
    pub(super) headers: Arc<str>,
    pub(super) mode: Arc<str>,
}

/// The canonical types that roles lead to by themselves.
pub(super) const OF_ROLES: [&str; 8] = [
    "file.read",
    "file.write",
    "file.delete",
    "file.list",
    "file.search",
    "file.permissions",
    "http.request",
    "net.connect",
];

/// The name for an effect, which is a shared one if many have it.
pub(in crate::shell) fn shared(name: &str) -> Arc<str> {
    match name {
        "file.read" => NAMES.read.clone(),
        "file.write" => NAMES.write.clone(),
        "path" => NAMES.path.clone(),
        "url" => NAMES.url.clone(),
        other => other.into(),
    }
}

pub(super) static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    read: "file.read".into(),
    write: "file.write".into(),
    delete: "file.delete".into(),
    list: "file.list".into(),
    search: "file.search".into(),
    permissions: "file.permissions".into(),
    copy: "file.copy".into(),
    moved: "file.move".into(),
    request: "http.request".into(),
    connect: "net.connect".into(),
    path: "path".into(),
    url: "url".into(),
    body: "body".into(),
    headers: "headers".into(),
    mode: "mode".into(),
});
