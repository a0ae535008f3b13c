//! How the snapshot extension takes snapshots of the VM, and who says so.

use super::{Case, Withheld};
use crate::backup::SnapshotMethod;
use crate::facts::Missing;
use crate::guest::{Looked, Machine};
use crate::input::Place;
use crate::vm::{OsFamily, SecurityType};

/// Where the Linux extension reads its settings.
pub(in crate::check) const SETTINGS: &str = "/etc/azure/vmbackup.conf";

/// How snapshots are taken.
#[derive(Debug, Clone)]
pub(in crate::check) struct Method<'f> {
    /// The method.
    pub(in crate::check) taken: SnapshotMethod,
    /// Who says so, as one clause.
    pub(in crate::check) because: String,
    /// Where that was read.
    pub(in crate::check) place: Option<&'f Place>,
}

impl<'f> Case<'f> {
    /// The family of the guest's system: as the collector saw it, or as the VM is said to be.
    pub(in crate::check) fn guest_system(&self) -> Option<OsFamily> {
        let surveyed = self.facts.guest.survey.as_ref().and_then(|read| read.value.system);
        surveyed.or_else(|| self.vm().ok()?.os)
    }

    /// How snapshots are taken: what disks force, else what is set inside, else what the last run was told, else the default.
    ///
    /// What the service asks of a run that has not been cannot be known.
    pub(in crate::check) fn snapshot_method(&self) -> Result<Method<'f>, Withheld> {
        let machine = self.guest()?;
        let own = &machine.extension;
        if self.guest_system() == Some(OsFamily::Windows) {
            let missing = || Missing::new("`SnapshotMethod` of the registry, under BcdrAgentPersistentKeys");
            return windows(machine).ok_or_else(|| Withheld::NotExamined { missing: missing() });
        }
        if let Some(because) = self.forced() {
            return Ok(Method { taken: SnapshotMethod::OnlyHost, because: because.to_owned(), place: None });
        }
        let set = own.settings.as_ref().and_then(|read| Some((read.value.method.as_deref()?, &read.place)));
        if let Some((word, place)) = set {
            return Ok(named(word, format!("`SnapshotMethod` in {SETTINGS}"), place));
        }
        if let Some(used) = &own.method_used {
            return Ok(named(&used.value, "the log of the last snapshot".to_owned(), &used.place));
        }
        let absent = machine.survey.as_ref().is_some_and(|read| read.value.is_absent(SETTINGS));
        if own.settings.is_none() && !absent {
            return Err(self.unread(SETTINGS));
        }
        let because = format!("the default: nothing is set in {SETTINGS}");
        Ok(Method { taken: SnapshotMethod::FirstHostThenGuest, because, place: None })
    }

    /// Leaves where something could not be read that may tell of a later run of the extension.
    pub(in crate::check) fn runs_are_told(&self) -> Result<(), Withheld> {
        let Ok(survey) = self.survey() else { return Ok(()) };
        let tells = |path: &str| {
            let last = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
            path.contains("VMSnapshot") && (last.ends_with("status") || path.starts_with("/var/log/azure/"))
        };
        let is_unread =
            |(path, looked): &(&String, &Looked)| matches!(looked, Looked::Unread { .. }) && tells(path);
        survey.looked.iter().find(is_unread).map_or(Ok(()), |(path, _)| Err(self.unread(path)))
    }

    /// Why only the host can take snapshots of the VM's disks, where an export says so. Known of the Linux extension.
    fn forced(&self) -> Option<&'static str> {
        let vm = self.vm().ok()?;
        let disks = self.disks().unwrap_or_default();
        let is_direct =
            |sku: &str| ["UltraSSD_LRS", "PremiumV2_LRS"].iter().any(|known| known.eq_ignore_ascii_case(sku));
        if disks.iter().any(|disk| disk.attached.write_accelerator == Some(true)) {
            return Some("a disk with Write Accelerator");
        }
        if disks.iter().any(|disk| disk.sku().is_some_and(is_direct)) {
            return Some("an Ultra or Premium v2 disk");
        }
        let guarded =
            matches!(vm.security_type, Some(SecurityType::TrustedLaunch | SecurityType::Confidential));
        guarded.then_some("the guest state of a Trusted Launch or confidential VM")
    }
}

/// The method of a word as the Linux extension takes it: a word that it does not know means the default.
fn named<'f>(word: &str, source: String, place: &'f Place) -> Method<'f> {
    let known = SnapshotMethod::ALL.into_iter().find(|method| method.word() == word);
    let because = if known.is_some() {
        source
    } else {
        format!(
            "{source} says `{}`, which the extension does not know, so that it takes its default",
            word.escape_debug()
        )
    };
    Method { taken: known.unwrap_or(SnapshotMethod::FirstHostThenGuest), because, place: Some(place) }
}

fn windows(machine: &Machine) -> Option<Method<'_>> {
    let settings = machine.windows.snapshot_settings.as_ref()?;
    let is_it = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("SnapshotMethod");
    let (_, word) = settings.value.iter().find(is_it)?;
    let because = "`SnapshotMethod` under BcdrAgentPersistentKeys in the registry".to_owned();
    Some(Method { taken: SnapshotMethod::parse(word)?, because, place: Some(&settings.place) })
}
