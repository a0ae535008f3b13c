//! `/proc/self/mountinfo`, as proc(5) describes it: `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`.

use super::{ROWS, unescaped};
use crate::guest::{Mount, Mounts};

/// Whether the text is such a list.
pub(super) fn is_list(text: &str) -> bool {
    text.lines().next().and_then(mount).is_some()
}

/// The mounts; lines that are none are left out.
pub(super) fn read(text: &str) -> Mounts {
    Mounts::new(text.lines().filter_map(mount).take(ROWS).collect())
}

fn mount(line: &str) -> Option<Mount> {
    // Fields are parted by single spaces: one can be empty, as the source of some.
    let mut fields = line.split(' ');
    let mut next = || fields.next();
    let (id, parent) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let (major, minor) = next()?.split_once(':')?;
    let device = (major.parse().ok()?, minor.parse().ok()?);
    let (root, point) = (unescaped(next()?), unescaped(next()?));
    let options = options(next()?);
    // Any number of optional fields, ended by a hyphen.
    fields.by_ref().find(|field| *field == "-")?;
    let (kind, source) = (unescaped(fields.next()?), unescaped(fields.next()?));
    let shared_options = fields.next().map(self::options).unwrap_or_default();
    Some(Mount { id, parent, device, root, point, options, kind, source, shared_options })
}

fn options(field: &str) -> Vec<String> {
    field.split(',').map(unescaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unescaped_and_optional_fields_skipped() {
        let text = "36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime shared:1 master:2 - ext4 /dev/root rw,errors=continue\n\
                    not a mount\n37 36 0:20 / / ro - tmpfs  rw\n38 36 0:21 / /x rw,noexec propagate_from:3 - fuse.sshfs host:\\040 rw\n";
        assert!(is_list(text));
        let mounts = read(text);
        let rows: Vec<_> = mounts
            .iter()
            .map(|mount| {
                (mount.point.as_str(), mount.kind.as_str(), mount.source.as_str(), mount.forbids_programs())
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("/mnt/a b", "ext4", "/dev/root", false),
                ("/", "tmpfs", "", false),
                ("/x", "fuse.sshfs", "host: ", true)
            ]
        );
        let first = mounts.iter().next().unwrap();
        assert_eq!((first.id, first.parent, first.device, first.root.as_str()), (36, 35, (98, 0), "/mnt1"));
        assert_eq!(first.shared_options, ["rw", "errors=continue"]);
    }

    #[test]
    fn what_is_cut_off_is_no_mount() {
        for text in [
            "",
            "36 35 98:0 / / rw",
            "36 35 98:0 / / rw -",
            "x 35 98:0 / / rw - a b c",
            "36 35 980 / / rw - a b c",
        ] {
            assert!(!is_list(text), "{text}");
        }
    }
}
