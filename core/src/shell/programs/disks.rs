//! Tells disks from files.

/// How the names of disks begin.
const DISKS: [&str; 13] =
    ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk", "rdisk", "dm-", "md", "mapper/", "loop", "nbd"];
/// How Windows calls its disks, in any case.
const DRIVE: &str = r"\\.\physicaldrive";

/// Whether a path is that of a disk rather than of a file on one.
pub(super) fn is_disk(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    if path.starts_with('/') && parts.next() == Some("dev") {
        let name = parts.collect::<Vec<_>>().join("/");
        return DISKS.iter().any(|disk| name.starts_with(disk));
    }
    path.get(..DRIVE.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(DRIVE))
}
