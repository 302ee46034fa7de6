//! Tells disks from files.

/// Whether a path is that of a disk rather than of a file on one.
pub(super) fn is_disk(path: &str) -> bool {
    const DISKS: [&str; 13] =
        ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk", "rdisk", "dm-", "md", "mapper/", "loop", "nbd"];
    let plain = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/");
    let device = plain.strip_prefix("dev/").filter(|_| path.starts_with('/'));
    device.is_some_and(|name| DISKS.iter().any(|disk| name.starts_with(disk)))
        || path.to_ascii_lowercase().starts_with("\\\\.\\physicaldrive")
}
