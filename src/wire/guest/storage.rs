//! Disks and mounts of a Linux guest: the kernel's lists, and the files that say what is to come.

mod arrays;
mod devices;
mod groups;
mod mapping;
mod mounted;
mod table;

pub(in crate::wire) use devices::{devices, is_devices};

use super::{Known, Text, TextReader, Told};
use crate::facts::Facts;
use crate::guest::{PlannedBy, Read};

/// How many rows of a list are kept; a host of containers has a few thousand mounts.
const ROWS: usize = 20_000;

/// `/proc/self/mountinfo`.
pub(super) const MOUNTED: TextReader =
    TextReader { known: Known::ByContent(|text| mounted::is_list(text.text)), read: read_mounted };
/// `/etc/fstab`.
pub(super) const TABLE: TextReader =
    TextReader { known: Known::ByName(|text| text.is_called("fstab")), read: read_table };
/// Units of systemd that mount something.
pub(super) const UNITS: TextReader =
    TextReader { known: Known::ByContent(|text| table::is_unit(text.text)), read: read_unit };
/// `/etc/crypttab`.
pub(super) const MAPPINGS: TextReader =
    TextReader { known: Known::ByName(|text| text.is_called("crypttab")), read: read_mappings };
/// `/proc/mdstat`.
pub(super) const ARRAYS: TextReader = TextReader {
    known: Known::ByContent(|text| text.text.starts_with("Personalities :")),
    read: read_arrays,
};
/// `/etc/mdadm.conf`, or `/etc/mdadm/mdadm.conf`.
pub(super) const ARRAYS_PLANNED: TextReader =
    TextReader { known: Known::ByName(|text| text.is_called("mdadm.conf")), read: read_planned_arrays };
/// `/etc/lvm/backup/*`.
pub(super) const GROUPS: TextReader =
    TextReader { known: Known::ByContent(|text| groups::is_backup(text.text)), read: read_groups };
/// `lsblk --pairs`.
pub(super) const DEVICES: TextReader =
    TextReader { known: Known::ByContent(|text| devices::is_pairs(text.text)), read: read_devices };

fn read_mounted(text: &Text<'_>, facts: &mut Facts) -> Told {
    facts.guest.storage.mounted = Some(Read { value: mounted::read(text.text), place: text.place() });
    told(facts)
}

fn read_table(text: &Text<'_>, facts: &mut Facts) -> Told {
    facts.guest.storage.planned.has_table();
    for planned in table::read(text.text).into_iter().take(ROWS) {
        facts.guest.storage.planned.add(Read { value: planned, place: text.place() });
    }
    told(facts)
}

fn read_unit(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(planned) = table::read_unit(text.text) else {
        return Told::Nothing("a mount unit that names no mount point");
    };
    debug_assert_eq!(planned.by, PlannedBy::Unit);
    facts.guest.storage.planned.add(Read { value: planned, place: text.place() });
    told(facts)
}

fn read_mappings(text: &Text<'_>, facts: &mut Facts) -> Told {
    facts.guest.storage.mappings = Some(Read { value: mapping::read(text.text), place: text.place() });
    told(facts)
}

fn read_arrays(text: &Text<'_>, facts: &mut Facts) -> Told {
    for array in arrays::read(text.text) {
        facts.guest.storage.arrays.push(Read { value: array, place: text.place() });
    }
    told(facts)
}

fn read_planned_arrays(text: &Text<'_>, facts: &mut Facts) -> Told {
    for array in arrays::read_configuration(text.text) {
        facts.guest.storage.arrays.push(Read { value: array, place: text.place() });
    }
    told(facts)
}

fn read_groups(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(group) = groups::read(text.text) else { return Told::Nothing("a backup of no volume group") };
    facts.guest.storage.groups.push(Read { value: group, place: text.place() });
    told(facts)
}

fn read_devices(text: &Text<'_>, facts: &mut Facts) -> Told {
    facts.guest.storage.devices = Some(Read { value: devices::read_pairs(text.text), place: text.place() });
    told(facts)
}

fn told(facts: &mut Facts) -> Told {
    facts.guest.documents += 1;
    Told::Something
}

/// Text in which `\040` stands for a space, as the kernel and fstab(5) write it. What is no such escape stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = if *first == b'\\' { after.split_at_checked(3) } else { None };
        let escape = digits.and_then(|(digits, after)| Some((octal(digits)?, after)));
        let (byte, next) = escape.unwrap_or((*first, after));
        bytes.push(byte);
        rest = next;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn octal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    u8::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn three_octal_digits_are_a_byte_and_nothing_else_is() {
        assert_eq!(unescaped(r"/mnt/a\040b\011c\134d"), "/mnt/a b\tc\\d");
        assert_eq!(unescaped(r"\303\244"), "ä");
        assert_eq!(unescaped(r"a\04 \9999 \+12 \"), r"a\04 \9999 \+12 \");
        assert_eq!(unescaped(r"\777"), r"\777");
    }
}
