//! Another system or release than Azure says, another size or state of an extension, or a machine that runs where Azure says that it
//! does not.

use super::finding;
use crate::backup::Severity;
use crate::check::Finding;
use crate::check::finding::documented;
use crate::guest::{Handler, Machine};
use crate::vm::{PowerState, VirtualMachine};

/// Distributions by the words of their names. One does not turn into another but within a line: `CentOS` is made Rocky Linux in
/// place, and never Ubuntu.
const KIN: [&[&str]; 6] = [
    &["ubuntu"],
    &["debian"],
    &["rhel", "redhat", "hat", "centos", "rocky", "rockylinux", "almalinux", "alma", "oracle", "ol"],
    &["sles", "sled", "suse", "opensuse"],
    &["azurelinux", "mariner"],
    &["flatcar", "coreos"],
];

/// The family of the system, or else the distribution.
pub(super) fn system(machine: &Machine, vm: &VirtualMachine) -> Option<Finding> {
    if let (Some(stated), Some(own)) = (vm.os, machine.family())
        && stated != own
    {
        return Some(finding(format!(
            "Azure says that the VM runs {stated}, and the machine runs {own}: it is not this VM"
        )));
    }
    let release = machine.system.release.as_ref()?;
    let own = kin(&release.value.name)?;
    let (verb, stated) = stated(vm)?;
    let differs = kin(&stated).is_some_and(|stated| stated != own);
    differs.then(|| {
        let (stated, own) = (stated.escape_debug(), release.value.name.escape_debug());
        finding(format!(
            "Azure says that the VM {verb} `{stated}`, and the machine runs `{own}`: it is not this VM, or its OS disk was replaced"
        ))
        .at(&release.place)
    })
}

/// Another release of the same system: of Linux by its first number (`20.04`, `7.5.1804`), of Windows by its build
/// (`Microsoft Windows NT 10.0.14393.0`).
pub(super) fn release(machine: &Machine, vm: &VirtualMachine) -> Option<Finding> {
    let reported = vm.reported_os.as_ref()?;
    let version = reported.version.as_deref()?;
    let (stated, own, place) = if let Some(read) = &machine.system.release {
        let own = read.value.version.as_deref()?;
        let same = kin(reported.name.as_deref()?)? == kin(&read.value.name)?;
        let differs = first_number(version)? != first_number(own)?;
        (same && differs).then(|| (version.to_owned(), own.to_owned(), &read.place))?
    } else {
        let read = machine.windows.release.as_ref()?;
        let own = read.value.build?;
        let stated: u32 = version.split('.').nth(2)?.parse().ok()?;
        (stated != own).then(|| (format!("build {stated}"), format!("build {own}"), &read.place))?
    };
    let (stated, own) = (stated.escape_debug(), own.escape_debug());
    let message = format!(
        "Azure says `{stated}` of the system, and the machine says `{own}`: one of the two was looked at before an upgrade"
    );
    Some(finding(message).weighing(Severity::Note).at(place))
}

/// The size that Azure states now, and the one that the machine was told when it started.
pub(super) fn size(machine: &Machine, vm: &VirtualMachine) -> Option<Finding> {
    let identity = machine.identity.as_ref()?;
    let (stated, own) = (vm.size.as_deref()?, identity.value.size.as_deref()?);
    (!stated.eq_ignore_ascii_case(own)).then(|| {
        let (stated, own) = (stated.escape_debug(), own.escape_debug());
        let message = format!(
            "Azure says that the VM is of size `{stated}`, and the machine was told `{own}` when it started: one of the two \
             was looked at before it was resized"
        );
        finding(message).citing(documented(&["IMDS"])).weighing(Severity::Note).at(&identity.place)
    })
}

/// A machine that was looked at while it ran, and that Azure says does not.
pub(super) fn power(machine: &Machine, vm: &VirtualMachine) -> Option<Finding> {
    let power = vm.power.as_ref().filter(|power| **power != PowerState::Running)?;
    let survey = machine.survey.as_ref().filter(|survey| survey.value.live)?;
    let message = format!(
        "Azure says that the VM is {power}, and the machine was looked at while it ran: one of the two is of another time"
    );
    Some(finding(message).weighing(Severity::Note).at(&survey.place))
}

/// An extension that succeeded, by Azure, and that the agent on the machine does not call ready.
pub(super) fn extension(machine: &Machine, vm: &VirtualMachine) -> Option<Finding> {
    let well = vm.extensions.iter().flatten().filter(|extension| {
        let state = extension.provisioning_state.as_deref().unwrap_or_default();
        state.to_ascii_lowercase().contains("succeeded")
    });
    let mut kinds = well.filter_map(|extension| extension.kind.as_deref());
    kinds.find_map(|kind| {
        let is_it = |handler: &&Handler| handler.name.eq_ignore_ascii_case(kind);
        let read = machine.extension.current().into_iter().find(is_it)?.status.as_ref()?;
        let says = read.value.status.as_deref().filter(|word| !word.eq_ignore_ascii_case("Ready"))?;
        let (kind, says) = (kind.escape_debug(), says.escape_debug());
        let message =
            format!("Azure says that extension `{kind}` succeeded, and on the machine it is `{says}`");
        Some(finding(message).weighing(Severity::Note).at(&read.place))
    })
}

/// What Azure calls the system, as the agent reported it, or else as the image is called that the VM was made from.
fn stated(vm: &VirtualMachine) -> Option<(&'static str, String)> {
    if let Some(name) = vm.reported_os.as_ref().and_then(|os| os.name.clone()) {
        return Some(("runs", name));
    }
    Some(("was made from", vm.image.as_ref()?.offer.clone()?))
}

fn first_number(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The line of a distribution; `None` where the name holds no known one, or several.
fn kin(name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let bare = words.map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let mut found = bare.filter_map(|word| KIN.iter().position(|line| line.contains(&word)));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::kin;

    #[test]
    fn spelling_makes_no_other_distribution() {
        for (one, other) in [
            ("0001-com-ubuntu-server-jammy", "ubuntu"),
            ("sql2019-rhel8", "centos"),
            ("Red Hat Enterprise Linux", "rhel"),
            ("CentOS", "almalinux"),
            ("sles-15-sp5", "SLES_SAP"),
            ("Oracle-Linux", "ol"),
        ] {
            assert!(kin(one).is_some() && kin(one) == kin(other), "{one} {other}");
        }
        assert_ne!(kin("ubuntu"), kin("rhel"));
        assert_ne!(kin("ubuntu"), kin("debian"));
        for unknown in ["", "linux", "my-image", "gentoo", "ubuntu-and-debian", "old"] {
            assert_eq!(kin(unknown), None, "{unknown}");
        }
    }
}
