//! Places and names that matter wherever they stand: credentials, what runs at login, disks, logs.

/// Whether a file holds credentials.
pub(super) fn is_credentials(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let has_directory = CREDENTIAL_DIRECTORIES.iter().any(|place| has_place(&path, place));
    let name = path.rsplit('/').next().unwrap_or_default();
    // The public half of a key and the list of known hosts are no secrets.
    let is_public = name.ends_with(".pub") || matches!(name, "known_hosts" | "authorized_keys");
    !is_public && (has_directory || CREDENTIAL_FILES.contains(&name) || is_process_environment(&path))
}

/// Whether what is written there runs again later.
pub(super) fn is_persistence(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    PERSISTENCE.iter().any(|place| has_place(&path, place))
}

/// Whether a path is a log of the system.
pub(super) fn is_log(path: &str) -> bool {
    ["/var/log/", "/private/var/log/"].iter().any(|log| path.starts_with(log))
}

/// Whether a path is a whole disk or a part of one.
pub(super) fn is_disk(path: &str) -> bool {
    let disks = [
        "/dev/sd",
        "/dev/hd",
        "/dev/vd",
        "/dev/xvd",
        "/dev/nvme",
        "/dev/mmcblk",
        "/dev/disk",
        "/dev/rdisk",
        "/dev/mem",
    ];
    disks.iter().any(|disk| path.starts_with(disk)) || path.to_ascii_lowercase().starts_with(r"\\.\physicaldrive")
}

/// Whether an environment variable of this name holds a secret.
pub(super) fn is_secret_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["SECRET", "TOKEN", "PASSW", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY"]
        .iter()
        .any(|part| name.contains(part))
}

const CREDENTIAL_DIRECTORIES: [&str; 13] = [
    ".ssh",
    ".aws",
    ".gnupg",
    ".azure",
    ".config/gcloud",
    ".password-store",
    ".kube/config",
    ".docker/config.json",
    ".config/gh/hosts.yml",
    "library/keychains",
    "system32/config/sam",
    "/etc/ssl/private",
    "/run/secrets",
];

const CREDENTIAL_FILES: [&str; 24] = [
    "shadow",
    "gshadow",
    "shadow-",
    "master.passwd",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".vault-token",
    ".env",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "login data",
    "logins.json",
    "key4.db",
    "ntds.dit",
    "wallet.dat",
    "credentials.json",
    ".htpasswd",
];

const PERSISTENCE: [&str; 24] = [
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".ssh/authorized_keys",
    ".config/autostart",
    ".config/systemd",
    ".git/hooks",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/rc.local",
    "/etc/init.d",
    "/etc/crontab",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/systemd",
    "/etc/ld.so.preload",
    "/var/spool/cron",
    "library/launchagents",
    "library/launchdaemons",
    "start menu/programs/startup",
];

/// Whether `place`, one or more components, stands in `path` as whole components.
fn has_place(path: &str, place: &str) -> bool {
    path.match_indices(place).any(|(at, _)| {
        let before = path.get(..at).unwrap_or_default();
        let after = path.get(at + place.len()..).unwrap_or_default();
        let starts = before.is_empty() || before.ends_with('/') || place.starts_with('/');
        starts && (after.is_empty() || after.starts_with('/'))
    })
}

fn is_process_environment(path: &str) -> bool {
    path.starts_with("/proc/") && path.ends_with("/environ")
}
