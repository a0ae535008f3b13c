//! The disks of the VM, from what the VM says of them and what they say themselves.

use super::{Case, Withheld};
use crate::azure::ResourceId;
use crate::backup::Workload;
use crate::facts::{Fact, Missing};
use crate::input::Place;
use crate::vm::{AttachedDisk, Disk, VirtualMachine};

/// One disk of the VM.
#[derive(Debug, Clone)]
pub(in crate::check) struct DiskView<'f> {
    /// The disk as its VM sees it.
    pub(in crate::check) attached: &'f AttachedDisk,
    /// The managed disk itself; `None` where the VM names none.
    pub(in crate::check) resource: Option<Fact<&'f Disk>>,
    vm: &'f VirtualMachine,
}

impl<'f> DiskView<'f> {
    /// The resource, where it is in the input.
    pub(in crate::check) fn known(&self) -> Option<&'f Disk> {
        self.resource.as_ref().and_then(|disk| disk.as_ref().ok().copied())
    }

    /// The id of the managed disk.
    pub(in crate::check) fn id(&self) -> Option<&'f ResourceId> {
        self.attached.managed.as_ref()
    }

    /// What findings call it: its id, or its name.
    pub(in crate::check) fn subject(&self) -> String {
        self.id().map_or(self.attached.name.as_str(), ResourceId::as_str).to_owned()
    }

    /// Its name.
    pub(in crate::check) fn name(&self) -> &'f str {
        match (self.attached.name.as_str(), &self.attached.managed) {
            ("", Some(id)) => id.name(),
            (name, _) => name,
        }
    }

    /// Where it was read: the disk itself, or else its VM.
    pub(in crate::check) fn place(&self) -> &'f Place {
        self.known().map_or(&self.vm.place, |disk| &disk.place)
    }

    /// Its size in GiB.
    pub(in crate::check) fn size_gib(&self) -> Option<u64> {
        self.known().and_then(|disk| disk.size_gib).or(self.attached.size_gib)
    }

    /// Its storage type.
    pub(in crate::check) fn sku(&self) -> Option<&'f str> {
        self.known().and_then(|disk| disk.sku.as_deref()).or(self.attached.sku.as_deref())
    }

    /// Whether Azure Disk Encryption is on it.
    pub(in crate::check) fn encrypted(&self) -> Option<bool> {
        let stated = [self.attached.encrypted, self.known().and_then(|disk| disk.encrypted)];
        if stated.contains(&Some(true)) { Some(true) } else { stated.into_iter().flatten().next() }
    }

    /// Whether it is a managed disk. Only those have a storage type in their VM.
    pub(in crate::check) fn is_managed(&self) -> Option<bool> {
        if self.attached.blob.is_some() {
            return Some(false);
        }
        (self.attached.managed.is_some() || self.attached.sku.is_some()).then_some(true)
    }
}

impl<'f> Case<'f> {
    /// Leaves unless whole VMs are backed up, by snapshots of their disks.
    pub(in crate::check) fn needs_snapshots(&self) -> Result<(), Withheld> {
        let workload = self.question.workload;
        if workload == Workload::Vm {
            return Ok(());
        }
        let reason = format!("this is about snapshots of whole VMs, and workload `{workload}` takes none");
        Err(Withheld::not_applicable(reason))
    }

    /// The OS disk and the data disks, in this order.
    pub(in crate::check) fn disks(&self) -> Result<Vec<DiskView<'f>>, Withheld> {
        let vm = self.vm()?;
        let missing =
            |what: &str| Missing::new(format!("{what} of `{}`", vm.id.name())).with_lookup("vm show", &vm.id);
        let os = vm.os_disk.as_ref().ok_or_else(|| missing("the OS disk"))?;
        let data = vm.data_disks.as_ref().ok_or_else(|| missing("the list of data disks"))?;
        let view = |attached: &'f AttachedDisk| DiskView {
            attached,
            resource: attached.managed.as_ref().map(|id| self.facts.disks.find(id)),
            vm,
        };
        Ok([os].into_iter().chain(data).map(view).collect())
    }

    /// What to say of disks about which something is not known: not examined where the input holds none of the
    /// VM's disks at all, inconclusive where it holds some.
    pub(in crate::check) fn untold(disks: &[DiskView<'f>], unknown: &DiskView<'f>, what: &str) -> Withheld {
        let missing = match (&unknown.resource, unknown.id()) {
            (Some(Err(missing)), _) => missing.clone(),
            (_, Some(id)) => {
                Missing::new(format!("{what} of disk `{}`", unknown.name())).with_lookup("disk show", id)
            }
            (_, None) => Missing::new(format!("{what} of disk `{}`", unknown.name())),
        };
        if disks.iter().any(|disk| disk.known().is_some()) {
            return missing.into();
        }
        Withheld::NotExamined { missing }
    }
}
