//! What the guest has mounted, or will have once its disk starts.

use super::{Case, Withheld};
use crate::facts::Missing;
use crate::guest::{Looked, Mounts, Plans, Read, Survey};
use crate::input::Place;
use crate::vm::OsFamily;

/// Where units of systemd stand, of which some mount something.
const UNITS: &str = "/etc/systemd/system";
/// How many links are followed.
const MOST_LINKS: usize = 8;

/// What is known of mounts.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) enum MountView<'f> {
    /// What the running system has mounted.
    Mounted(&'f Read<Mounts>),
    /// What a disk mounts when it starts.
    Planned(&'f Plans),
}

/// What holds a path.
#[derive(Debug, Clone)]
pub(in crate::check) struct Holder<'f> {
    /// Where it is mounted.
    pub(in crate::check) point: &'f str,
    /// Where that was read.
    pub(in crate::check) place: &'f Place,
    /// Whether programs on it may not be run.
    pub(in crate::check) forbids_programs: bool,
    /// Its options, as they are written.
    pub(in crate::check) options: String,
    /// The number of the line that says so, of a table of mounts.
    pub(in crate::check) line: Option<usize>,
}

impl<'f> MountView<'f> {
    /// What holds a path; `None` where nothing tells.
    pub(in crate::check) fn holder(&self, path: &str) -> Option<Holder<'f>> {
        match self {
            Self::Mounted(mounts) => mounts.value.of(path).map(|mount| Holder {
                point: &mount.point,
                place: &mounts.place,
                forbids_programs: mount.forbids_programs(),
                options: mount.options.join(","),
                line: None,
            }),
            Self::Planned(plans) => plans.of(path).map(|planned| Holder {
                point: planned.value.point.as_deref().unwrap_or_default(),
                place: &planned.place,
                forbids_programs: planned.value.forbids_programs(),
                options: planned.value.options.join(","),
                line: planned.value.line,
            }),
        }
    }
}

impl<'f> Case<'f> {
    /// Leaves for a guest that runs Windows.
    pub(in crate::check) fn needs_linux(&self) -> Result<(), Withheld> {
        let surveyed = self.looked_at()?.survey.as_ref().and_then(|survey| survey.value.system);
        let family = surveyed.or(self.vm()?.os).or(self.question.assumed.situation.os);
        if family == Some(OsFamily::Windows) {
            return Err(Withheld::not_applicable("this is about Linux, and the VM runs Windows"));
        }
        Ok(())
    }

    /// What the guest has mounted; of a disk, what it will mount. Of a running machine the plan tells nothing.
    pub(in crate::check) fn mounts(&self) -> Result<MountView<'f>, Withheld> {
        let storage = &self.guest()?.storage;
        let mounted = storage.mounted.as_ref().map(MountView::Mounted);
        let planned = storage.planned.knows_table().then_some(MountView::Planned(&storage.planned));
        match self.survey() {
            Ok(survey) if survey.live => mounted.ok_or_else(|| self.unread("/proc/self/mountinfo")),
            Ok(survey) => {
                let mut unread = survey.unread_around(&[UNITS]);
                match unread.find(|path| *path == UNITS || path.strip_suffix(".mount").is_some()) {
                    Some(path) => Err(self.unread(path)),
                    None => planned.ok_or_else(|| self.untold_plan(survey)),
                }
            }
            Err(_) => mounted.or(planned).ok_or_else(|| {
                let what = "what is mounted (`/proc/self/mountinfo` or `/etc/fstab`)";
                Withheld::NotExamined { missing: Missing::new(what) }
            }),
        }
    }

    /// Why it is not known what a disk mounts.
    fn untold_plan(&self, survey: &Survey) -> Withheld {
        const TABLE: &str = "/etc/fstab";
        if survey.looked(TABLE) != Some(&Looked::Absent) {
            return self.unread(TABLE);
        }
        Withheld::inconclusive(format!(
            "there is no `{TABLE}` in what was given of the disk: with it, what is mounted and how can be told"
        ))
    }

    /// Where a path leads by the links that the collector saw.
    pub(in crate::check) fn linked(&self, path: &str) -> String {
        let links = self.survey().map(|survey| &survey.links);
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let longest = links.iter().flat_map(|links| links.iter()).filter_map(|(link, target)| {
                let rest = path.strip_prefix(link.as_str())?;
                (rest.is_empty() || rest.starts_with('/')).then_some((link, target, rest))
            });
            // The link nearest to the root is met first.
            let Some((link, target, rest)) = longest.min_by_key(|(link, _, _)| link.len()) else { break };
            let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
            let onto = if target.starts_with('/') { target.clone() } else { format!("{folder}/{target}") };
            path = format!("{}{rest}", plain(&onto));
        }
        path
    }
}

/// The path without `.` and `..`.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn dots_lead_nowhere_past_the_root() {
        assert_eq!(plain("/var/../../mnt/./data"), "/mnt/data");
        assert_eq!(plain(""), "/");
    }
}
