//! A firewall inside the VM keeps the VM agent from its host.

use super::guest_firewall::{rules, windows};
use super::{About, Case, Check, Conclusion, Source, Withheld};
use crate::backup::Severity;
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-firewall-blocks-platform",
    title: "a firewall inside the VM keeps the VM agent from its host",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The rules of firewalls inside the VM: iptables and nftables as the kernel has them, what they, ufw and firewalld are loaded \
from when the machine starts, and the rules of the Windows firewall. Whether they let the VM agent reach 168.63.129.16 on \
ports 80 and 32526, and let the answers in.

## Why it matters for backup

Over these two ports the agent fetches its goal state, and relays extension packages and status. Rules of network security \
groups do not filter them; a firewall in the guest does, and then every extension fails.

## How it decides

Four packets of a connection are followed through the rules as the kernel would: the first rule of a chain that matches \
decides, and every table must let them pass. The agent of Linux runs as root; its own rules, which drop what others send to \
the host, are no fault, but a probe by anyone else fails under them. What a rule asks for and is not known here (a set kept \
elsewhere, a rate, a device) may hold or not: where that matters the check is inconclusive and names the rule. Saved rules \
block where nothing tells what is in force, as on a disk, and warn beside rules in force that let the agent pass. Of the \
language of `nftables.conf` is only known whether it says anything that could stop a packet. In Windows a rule that blocks \
wins over those that allow, and rules of other programs do not count.

## How to fix

Take the rule out, or let the agent's connections pass before it. The finding has the command for the one rule.

## References

- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    let subject = case.vm()?.id.as_str();
    let system = machine.survey.as_ref().and_then(|survey| survey.value.system);
    match &machine.windows_firewall {
        Some(firewall) => windows::conclude(firewall, subject),
        None if system == Some(OsFamily::Windows) => Err(windows::missing()),
        None => rules::conclude(case, machine, subject),
    }
}
