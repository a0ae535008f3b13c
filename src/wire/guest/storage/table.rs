//! What is to be mounted: `/etc/fstab` as fstab(5) has it, and units of systemd.

use super::unescaped;
use crate::guest::{Planned, PlannedBy};
use crate::wire::guest::unit::logical_lines;

/// The lines of `/etc/fstab` that mount something or add swap.
pub(super) fn read(text: &str) -> Vec<Planned> {
    text.lines().enumerate().filter_map(|(index, line)| planned(index + 1, line)).collect()
}

/// Whether the text is a unit that mounts something.
pub(super) fn is_unit(text: &str) -> bool {
    text.contains("[Mount]") && logical_lines(text).iter().any(|line| line == "[Mount]")
}

/// What it mounts; `None` where it does not say where.
pub(super) fn read_unit(text: &str) -> Option<Planned> {
    let mut section = String::new();
    let mut planned = Planned {
        by: PlannedBy::Unit,
        line: None,
        what: String::new(),
        point: None,
        kind: String::new(),
        options: Vec::new(),
    };
    for line in logical_lines(text) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| section == "[Mount]") else { continue };
        let value = value.trim().to_owned();
        match key.trim() {
            "What" => planned.what = shown(&value),
            "Where" => planned.point = Some(value),
            "Type" => planned.kind = value,
            "Options" => planned.options = names(&value),
            _ => {}
        }
    }
    planned.point.is_some().then_some(planned)
}

fn planned(number: usize, line: &str) -> Option<Planned> {
    let line = line.trim_start();
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split([' ', '\t']).filter(|field| !field.is_empty());
    let (what, point) = (unescaped(fields.next()?), unescaped(fields.next()?));
    let kind = fields.next().map(unescaped).unwrap_or_default();
    Some(Planned {
        by: PlannedBy::Table,
        line: Some(number),
        what: shown(&what),
        point: point.starts_with('/').then_some(point),
        kind,
        options: fields.next().map(|options| names(&unescaped(options))).unwrap_or_default(),
    })
}

/// The names of options, without the values that may be secret.
fn names(options: &str) -> Vec<String> {
    options
        .split(',')
        .map(|option| option.split_once('=').map_or(option, |(name, _)| name).to_owned())
        .collect()
}

/// What is mounted, without a user and a password before the host.
fn shown(what: &str) -> String {
    match what.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_keep_no_secrets() {
        let text = "# <file system> <mount point>\nUUID=1 / ext4 defaults,discard 0 1\n\n\
                    \t//kim:secret@nas/share\t/mnt/a\\040b\tcifs\tusername=kim,password=secret,noexec\n/swapfile none swap sw 0 0\nalone\n";
        let plans = read(text);
        let rows: Vec<_> = plans
            .iter()
            .map(|each| (each.line, each.what.as_str(), each.point.as_deref(), each.kind.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                (Some(2), "UUID=1", Some("/"), "ext4"),
                (Some(4), "…@nas/share", Some("/mnt/a b"), "cifs"),
                (Some(5), "/swapfile", None, "swap")
            ]
        );
        assert!(plans.iter().any(Planned::forbids_programs));
        assert!(!format!("{plans:?}").contains("secret"));
    }

    #[test]
    fn units_mount_where_they_say() {
        let text = "[Unit]\nDescription=x\n[Mount]\nWhat=/dev/sdc1\nWhere=/var\nType=xfs\nOptions=nodev,\\\n noexec\n[Install]\nWhere=/no\n";
        assert!(is_unit(text));
        let unit = read_unit(text).unwrap();
        assert_eq!((unit.what.as_str(), unit.point.as_deref()), ("/dev/sdc1", Some("/var")));
        assert_eq!(unit.line, None);
        assert!(!is_unit("[Service]\nExecStart=/bin/x") && read_unit("[Mount]\nWhat=/x\n").is_none());
    }
}
