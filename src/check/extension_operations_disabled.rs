//! The VM refuses extensions.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;

pub(super) const CHECK: Check = Check {
    id: "extension-operations-disabled",
    title: "the VM refuses extensions",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

`allowExtensionOperations` in the profile of the VM's operating system.

## Why it matters for backup

Backup installs an extension (`VMSnapshot` or `VMSnapshotLinux`) with the first job. Where extensions are refused, it \
cannot.

## How it decides

False fails. True passes, and so does a VM described in full that does not name the switch, because it is on unless \
stated. A VM that is not described in full is inconclusive. Switches inside the VM, such as `Extensions.Enabled=n` in \
`/etc/waagent.conf`, are not seen from outside. Not applicable under an agentless policy and for the MARS agent.

## How to fix

Set `osProfile.allowExtensionOperations` of the VM to true.

## References

- https://learn.microsoft.com/azure/virtual-machines/extensions/features-windows
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let vm = case.vm()?;
    let label = "allowExtensionOperations";
    match (vm.allow_extension_operations, &vm.os_disk) {
        (Some(true), _) => Ok(Conclusion::Pass(vec![Evidence::text(label, "true")])),
        (None, Some(_)) => Ok(Conclusion::Pass(vec![Evidence::text(label, "not stated, so on")])),
        (None, None) => {
            let what = format!("whether `{}` takes extensions", vm.id.name());
            Err(Missing::new(what).with_lookup("vm show", &vm.id).into())
        }
        (Some(false), _) => {
            let remedy = Remediation::new("let the VM take extensions")
                .command_on(&["vm", "update", "--set", "osProfile.allowExtensionOperations=true"], &vm.id);
            let message = format!("`{}` refuses extensions: backup cannot install its own", vm.id.name());
            let found = Finding::new(message, vm.id.as_str())
                .at(&vm.place)
                .with(Evidence::text(label, "false"))
                .citing(documented(&["EXT", "WINAGENT"]))
                .remedied_by(remedy);
            Ok(Conclusion::Fail(vec![found]))
        }
    }
}
