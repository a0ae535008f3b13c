//! Arrays of disks: `/proc/mdstat` and `mdadm.conf`.

use super::ROWS;
use crate::guest::Array;

/// `md0 : active raid1 sdd1[1] sdc1[0](F)`; an array that does not run names no level.
pub(super) fn read(text: &str) -> Vec<Array> {
    let array = |line: &str| {
        let (name, rest) = line.split_once(" : ").filter(|(name, _)| name.starts_with("md"))?;
        let words = || rest.split_whitespace();
        let level = words().find(|word| is_level(word)).map(str::to_owned);
        let members = words().filter_map(|word| Some(word.split_once('[')?.0.to_owned())).collect();
        Some(Array { name: name.trim().to_owned(), level, members })
    };
    text.lines().filter_map(array).take(ROWS).collect()
}

/// `ARRAY /dev/md0 level=raid1 num-devices=2 UUID=… devices=/dev/sdc1,/dev/sdd1`, the members mostly left out.
pub(super) fn read_configuration(text: &str) -> Vec<Array> {
    let array = |line: &str| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case("ARRAY"))?;
        let name = words.next().filter(|name| !name.starts_with('<'))?.trim_start_matches("/dev/").to_owned();
        let (mut level, mut members) = (None, Vec::new());
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            match key {
                "level" => level = Some(value.to_owned()),
                "devices" => members = value.split(',').map(str::to_owned).collect(),
                _ => {}
            }
        }
        Some(Array { name, level, members })
    };
    text.lines().filter_map(array).take(ROWS).collect()
}

fn is_level(word: &str) -> bool {
    word.starts_with("raid") || matches!(word, "linear" | "multipath" | "faulty")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(arrays: Vec<Array>) -> Vec<(String, Option<String>, String)> {
        arrays.into_iter().map(|array| (array.name, array.level, array.members.join(" "))).collect()
    }

    fn row(name: &str, level: &str, members: &str) -> (String, Option<String>, String) {
        (name.to_owned(), (!level.is_empty()).then(|| level.to_owned()), members.to_owned())
    }

    #[test]
    fn the_kernels_list() {
        let text = "Personalities : [raid1] [raid0]\nmd0 : active (auto-read-only) raid1 sdd1[1] sdc1[0](F)\n      1046528 blocks super 1.2 [2/1] [_U]\n\n\
                    md127 : inactive sde[0](S)\n      976 blocks\nunused devices: <none>\n";
        assert_eq!(rows(read(text)), [row("md0", "raid1", "sdd1 sdc1"), row("md127", "", "sde")]);
    }

    #[test]
    fn the_configuration() {
        let text = "# x\nHOMEHOST <system>\nARRAY <ignore> UUID=0\nARRAY /dev/md/data metadata=1.2 name=h:data UUID=1:2\n\
                    array /dev/md1 level=raid0 num-devices=2 devices=/dev/sdc,/dev/sdd\n";
        assert_eq!(
            rows(read_configuration(text)),
            [row("md/data", "", ""), row("md1", "raid0", "/dev/sdc /dev/sdd")]
        );
    }
}
