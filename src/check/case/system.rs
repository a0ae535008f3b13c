//! What the system of the VM is called.

use super::{Case, Source, Withheld};
use crate::facts::Missing;
use crate::guest::Machine;
use crate::input::Place;
use crate::vm::{OsFamily, VirtualMachine};

/// A system by its name.
#[derive(Debug, Clone)]
pub(in crate::check) struct NamedSystem {
    /// The family.
    pub(in crate::check) family: OsFamily,
    /// As in `ubuntu`, or `Windows Server 2016 Datacenter`. From the input.
    pub(in crate::check) name: String,
    /// As in `18.04`.
    pub(in crate::check) version: Option<String>,
    /// Where it was read.
    pub(in crate::check) place: Place,
}

impl Case<'_> {
    /// The system as the machine itself calls it, or as Azure does.
    pub(in crate::check) fn system(&self) -> Result<NamedSystem, Withheld> {
        if let Some(system) = self.guest().ok().and_then(told) {
            return Ok(system);
        }
        let vm = self.vm()?;
        let family = vm.os.or(self.question.assumed.situation.os);
        let family = family.ok_or_else(|| self.untold_system("the family"))?;
        let (name, version) = exported(vm, family).ok_or_else(|| self.untold_system("the name"))?;
        Ok(NamedSystem { family, name, version, place: vm.place.clone() })
    }

    /// Why something of the system is not known. Where nothing but single files of the machine was supplied, nobody was asked.
    pub(in crate::check) fn untold_system(&self, what: &str) -> Withheld {
        let Ok(vm) = self.vm() else { return Missing::new("the virtual machine").into() };
        let missing = Missing::new(format!("{what} of the operating system of `{}`", vm.id.name()))
            .with_lookup("vm get-instance-view", &vm.id);
        if self.question.sources.contains(&Source::Export) || self.survey().is_ok() {
            return missing.into();
        }
        Withheld::NotExamined { missing }
    }
}

/// The system as the machine itself calls it.
fn told(machine: &Machine) -> Option<NamedSystem> {
    if let Some(release) = &machine.system.release {
        return Some(NamedSystem {
            family: OsFamily::Linux,
            name: release.value.name.clone(),
            version: release.value.version.clone(),
            place: release.place.clone(),
        });
    }
    let release = machine.windows.release.as_ref()?;
    let name = release.value.product.clone()?;
    Some(NamedSystem { family: OsFamily::Windows, name, version: None, place: release.place.clone() })
}

/// Name and version: as the agent reports them, or else as the image is called.
fn exported(vm: &VirtualMachine, family: OsFamily) -> Option<(String, Option<String>)> {
    if let Some((name, reported)) = vm.reported_os.as_ref().and_then(|os| Some((os.name.clone()?, os))) {
        return Some((name, reported.version.clone()));
    }
    let image = vm.image.as_ref()?;
    let (offer, sku) = (image.offer.clone()?, image.sku.clone());
    match (family, sku) {
        (OsFamily::Windows, Some(sku)) => Some((format!("{offer} {sku}"), None)),
        // The release stands in the offer or in the SKU, such as `ubuntu-24_04-lts` and `22_04-lts`.
        (OsFamily::Linux, Some(sku)) if sku.contains(|c: char| c.is_ascii_digit()) => {
            Some((offer, Some(sku.replace('_', "."))))
        }
        (_, _) => Some((offer.replace('_', "."), None)),
    }
}
