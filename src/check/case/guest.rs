//! What the guest tells of the VM that is judged.

use super::{Case, Withheld};
use crate::azure::Region;
use crate::facts::Missing;
use crate::guest::{Looked, Machine, Survey, Windows};
use crate::vm::OsFamily;

/// File systems of the roots of containers: layers over one another.
const LAYERED: [&str; 3] = ["overlay", "aufs", "fuse.fuse-overlayfs"];
/// What engines of containers leave in the root.
const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

impl<'f> Case<'f> {
    /// The inside of the VM.
    ///
    /// Not examined where nothing of it was supplied, nor where it is of another of the VMs in the input; inconclusive where
    /// several could be the one that it is of, and where a container was looked at, which is not the VM.
    pub(in crate::check) fn guest(&self) -> Result<&'f Machine, Withheld> {
        let machine = self.looked_at()?;
        if container_sign(machine).is_some() {
            return Err(Withheld::inconclusive(
                "what was looked at is a container, not the VM that it is on",
            ));
        }
        Ok(machine)
    }

    /// What shows that the inside of a container was looked at, or a root without a machine: the control group of its first
    /// process, process numbers of its own, no `/proc`, or a mark together with a layered root. A mark alone may have come
    /// with the image of a VM.
    pub(in crate::check) fn container_sign(&self) -> Option<&'static str> {
        self.looked_at().ok().and_then(container_sign)
    }

    /// What was looked at as the inside of the VM, be it that of a container.
    pub(in crate::check) fn looked_at(&self) -> Result<&'f Machine, Withheld> {
        let machine = &self.facts.guest;
        if machine.is_empty() {
            return Err(Withheld::NotExamined { missing: Missing::new("what the machine itself tells") });
        }
        match self.is_the_guest() {
            Some(true) => return Ok(machine),
            Some(false) if self.question.alone => {
                return Err(Withheld::inconclusive("by what it was told by Azure, the guest is another VM"));
            }
            Some(false) => {
                return Err(Withheld::NotExamined {
                    missing: Missing::new("what this machine itself tells"),
                });
            }
            None => {}
        }
        if !self.question.alone {
            let reason =
                "the input holds several VMs, and nothing says which of them the guest is: say so with --vm";
            return Err(Withheld::inconclusive(reason));
        }
        Ok(machine)
    }

    /// Whether the guest is the VM that is judged, by the id that Azure told it; `None` where it knows none.
    fn is_the_guest(&self) -> Option<bool> {
        let known = self.facts.guest.identity.as_ref()?.value.id.as_ref()?;
        let own = &self.vm().ok()?.id;
        own.is_path().then(|| own == known)
    }

    /// Where the guest says it is, if it is the VM that is judged.
    pub(super) fn region_by_guest(&self) -> Option<Region> {
        let identity = &self.facts.guest.identity.as_ref()?.value;
        (self.is_the_guest() == Some(true)).then(|| identity.region.clone()).flatten()
    }

    /// Whether the VM agent is told to take the well-known address of the wire server, and asks nobody for it.
    pub(in crate::check) fn discovers_statically(&self) -> bool {
        let configuration = self.facts.guest.agent.configuration.as_ref();
        let discovery = configuration.and_then(|read| read.value.text("Protocol.EndpointDiscovery"));
        discovery == Some("static")
    }

    /// What the collector measured. Not examined where only files were supplied.
    pub(in crate::check) fn survey(&self) -> Result<&'f Survey, Withheld> {
        let missing =
            || Withheld::NotExamined { missing: Missing::new("what a collector measures on the machine") };
        self.guest()?.survey.as_ref().map(|read| &read.value).ok_or_else(missing)
    }

    /// What a Windows guest tells of itself. Not applicable to Linux; not examined where nothing of it was supplied and no
    /// document says that it is Windows.
    pub(in crate::check) fn windows(&self) -> Result<&'f Windows, Withheld> {
        let machine = self.guest()?;
        let surveyed = machine.survey.as_ref().and_then(|read| read.value.system);
        match surveyed.or(self.vm()?.os) {
            Some(OsFamily::Linux) => {
                Err(Withheld::not_applicable("it is about Windows, and the VM runs Linux"))
            }
            None if machine.windows == Windows::default() => {
                Err(Withheld::NotExamined { missing: Missing::new("what a Windows machine tells of itself") })
            }
            Some(OsFamily::Windows) | None => Ok(&machine.windows),
        }
    }

    /// Whether the collector looked for a key of the registry, written as a path below `HKEY_LOCAL_MACHINE`, and there is none.
    pub(in crate::check) fn lacks_key(&self, key: &str) -> bool {
        let survey = self.facts.guest.survey.as_ref();
        survey.is_some_and(|read| read.value.is_absent(&format!(r"HKEY_LOCAL_MACHINE\{key}")))
    }

    /// Why what stands at or below a key of the registry is not known: it could not be read, or nobody supplied it.
    pub(in crate::check) fn unregistered(&self, key: &str) -> Withheld {
        let path = format!(r"HKEY_LOCAL_MACHINE\{key}");
        let survey = self.facts.guest.survey.as_ref();
        let mut looked = survey.into_iter().flat_map(|read| &read.value.looked);
        let unread = looked.find(|(known, looked)| {
            matches!(looked, Looked::Unread { .. }) && (known.starts_with(&path) || path.starts_with(*known))
        });
        if let Some((known, _)) = unread {
            return self.unread(known);
        }
        Withheld::NotExamined { missing: Missing::new(format!("the key `{path}` of the machine's registry")) }
    }

    /// The same of a running machine; of a disk, `what` is out of sight.
    pub(in crate::check) fn live(&self, what: &str) -> Result<&'f Survey, Withheld> {
        let survey = self.survey()?;
        if survey.live {
            return Ok(survey);
        }
        Err(Withheld::out_of_sight(format!("a disk has no {what}: only the running machine does")))
    }

    /// Leaves where something at, above or below these paths could not be read: what is not told may still be there.
    pub(in crate::check) fn looked_through(&self, paths: &[&str]) -> Result<(), Withheld> {
        let unread = self.survey().ok().and_then(|survey| survey.unread_around(paths).next());
        unread.map_or(Ok(()), |path| Err(self.unread(path)))
    }

    /// Why what stands in a file is not known: it could not be read, is not there, or was not looked for.
    pub(in crate::check) fn unread(&self, path: &str) -> Withheld {
        match self.survey().map(|survey| survey.looked(path)) {
            Err(withheld) => withheld,
            Ok(Some(Looked::Unread { reason, root })) => {
                let root = if *root { "; run as root or administrator to read it" } else { "" };
                Withheld::inconclusive(format!("`{path}` could not be read: {reason}{root}"))
            }
            Ok(Some(Looked::Read)) => Withheld::inconclusive(format!("`{path}` does not tell")),
            Ok(Some(Looked::Absent)) => Withheld::inconclusive(format!("there is no `{path}`")),
            Ok(None) => Withheld::inconclusive(format!("`{path}` was not looked for")),
        }
    }
}

fn container_sign(machine: &Machine) -> Option<&'static str> {
    let survey = machine.survey.as_ref().map(|read| &read.value);
    if survey.is_some_and(|survey| !survey.live) {
        return None;
    }
    let layered = || {
        let root = machine.storage.mounted.as_ref().and_then(|mounted| mounted.value.of("/"));
        root.is_some_and(|mount| LAYERED.contains(&mount.kind.as_str()))
    };
    let marked = |survey: &Survey| MARKS.iter().any(|mark| survey.looked(mark) == Some(&Looked::Read));
    if machine.system.contained.as_ref().is_some_and(|contained| contained.value) {
        return Some("the control group of its first process");
    }
    let survey = survey?;
    if survey.has_own_process_numbers() == Some(true) {
        return Some("process numbers of its own");
    }
    // What the kernel says of itself is mounted on every Linux that runs.
    if survey.system != Some(OsFamily::Windows) && survey.is_absent("/proc/self/mountinfo") {
        return Some("no `/proc`");
    }
    (marked(survey) && layered()).then_some("an engine's mark in a layered root")
}
