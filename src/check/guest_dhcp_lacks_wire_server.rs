//! DHCP does not tell the guest where the wire server is.

use jiff::SignedDuration;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::platform::WIRE_SERVER;
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{FabricOption, Lease, Read};

pub(super) const CHECK: Check = Check {
    id: "guest-dhcp-lacks-wire-server",
    title: "the DHCP lease lacks the address of the wire server",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Option 245 of the newest DHCP lease of each network card, as dhclient, systemd-networkd, NetworkManager or Windows keep it.

## Why it matters for backup

The option holds the address of the host, 168.63.129.16, by which the VM agent finds the wire server. Without it \
extensions are neither downloaded nor run.

## How it decides

Passes where one lease has 168.63.129.16. Leases without the option, or with another address, block; they warn where the \
agent may not depend on them: leases are there that could not be read, a route to 168.63.129.16 is there, `waagent.conf` has \
`Protocol.EndpointDiscovery=static`, or the last heartbeat on a machine that runs is less than two hours old, which is \
azpreflight's own figure, and counts no failure to fetch the goal state: the agent asks for the option itself where it has to. Leases that had run out when a running machine was looked at do not count. Some clients \
do not write the option down: a route to 168.63.129.16 then passes, and without one this is not examined, or inconclusive where a \
lease is there that could not be read. Not applicable to \
classic VMs, whose host may have another address.

## How to fix

Have the lease renewed. If the option still does not come, look for another DHCP server in the way, and for a DHCP client \
that is told to leave options out.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

/// Where clients keep their leases.
const LEASES: [&str; 5] = [
    "/var/lib/dhcp",
    "/var/lib/dhclient",
    "/var/lib/NetworkManager",
    "/var/lib/wicked",
    "/run/systemd/netif/leases",
];

/// A heartbeat of so long ago tells how it stands: four of them. Microsoft names no figure.
const LATELY: SignedDuration = SignedDuration::from_hours(2);

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    let vm = case.vm()?;
    if vm.classic {
        return Err(Withheld::not_applicable("the host of a classic VM may have another address"));
    }
    let leases = newest(&machine.addressing.leases, case);
    let routed = machine.addressing.has_wire_server_route() == Some(true);
    let evidence: Vec<Evidence> = leases.iter().map(evidence).collect();
    if leases.iter().any(|lease| lease.value.option == FabricOption::Address(WIRE_SERVER)) {
        return Ok(Conclusion::Pass(evidence));
    }
    let told = leases.iter().filter(|lease| lease.value.option != FabricOption::Unrecorded);
    // What could not be read may be a lease that has it.
    let served = served(case);
    let harmless =
        routed || served.is_some() || case.discovers_statically() || case.looked_through(&LEASES).is_err();
    let severity = if harmless { Severity::Warning } else { Severity::Blocker };
    let mut findings: Vec<Finding> =
        told.map(|lease| finding(lease, vm.id.as_str()).weighing(severity)).collect();
    for found in &mut findings {
        found.evidence.extend(served.clone());
    }
    if findings.is_empty() && !routed {
        return Err(nothing_told(case));
    }
    let route = Evidence::text("route", format!("there is one to {WIRE_SERVER}, which the agent goes by"));
    let evidence = evidence.into_iter().chain(routed.then_some(route)).collect();
    Ok(Conclusion::of(findings, evidence))
}

/// A heartbeat without a failure to fetch the goal state, not long before a running machine was looked at: the agent, which
/// asks for the option itself where it has to, has its host.
fn served(case: &Case<'_>) -> Option<Evidence> {
    let now = case.live("heartbeat").ok()?.collected_at?;
    let beat = case.guest().ok()?.agent.log.as_ref()?.value.heartbeat?;
    let at = beat.at.filter(|at| at.universal && !at.is_older(LATELY, now))?;
    let fetched = beat.goal_state_errors == Some(0);
    fetched.then(|| Evidence::text("last heartbeat", format!("{}, with its goal state fetched", at.at)))
}

/// Why no lease tells: one is there that could not be read, or none has its options.
fn nothing_told(case: &Case<'_>) -> Withheld {
    let missing = Missing::new("a DHCP lease that holds and has its options written down");
    case.looked_through(&LEASES).err().unwrap_or(Withheld::NotExamined { missing })
}

/// The newest lease of each card in each document, without those that had run out when a running machine was looked at.
fn newest(leases: &[Read<Lease>], case: &Case<'_>) -> Vec<Read<Lease>> {
    let now = case.survey().ok().filter(|survey| survey.live).and_then(|survey| survey.collected_at);
    let mut newest: Vec<Read<Lease>> = Vec::new();
    for lease in leases.iter().filter(|lease| now.and_then(|now| lease.value.holds(now)) != Some(false)) {
        newest.retain(|known| known.place != lease.place || known.value.interface != lease.value.interface);
        newest.push(lease.clone());
    }
    newest
}

fn finding(lease: &Read<Lease>, subject: &str) -> Finding {
    let of = lease.value.interface.as_deref().map(|name| format!(" of `{}`", name.escape_debug()));
    let says = match lease.value.option {
        FabricOption::Address(address) => format!("has {address} in option 245, not {WIRE_SERVER}"),
        FabricOption::Unclear => "has something in option 245 that is no address".to_owned(),
        FabricOption::Absent | FabricOption::Unrecorded => {
            format!("lacks option 245, which tells the agent that the host is {WIRE_SERVER}")
        }
    };
    let message = format!("the DHCP lease{} {says}", of.unwrap_or_default());
    let mut found =
        Finding::new(message, subject).at(&lease.place).citing(documented(&["TSAGENT", "WIRE", "WALA"]));
    found.evidence = vec![evidence(lease)];
    found.remedied_by(
        Remediation::new("have the DHCP lease renewed, and see whether option 245 comes")
            .step("renew the lease (`dhclient -r && dhclient`, `networkctl renew`, `ipconfig /renew`), or restart the VM")
            .step("if it does not come: is there another DHCP server, or a client that is told to leave options out?")
            .step("restart the VM agent, and run the check again"),
    )
}

fn evidence(lease: &Read<Lease>) -> Evidence {
    let option = match lease.value.option {
        FabricOption::Address(address) => address.to_string(),
        FabricOption::Absent => "absent".to_owned(),
        FabricOption::Unclear => "not understood".to_owned(),
        FabricOption::Unrecorded => "not written down by this client".to_owned(),
    };
    let interface = lease.value.interface.as_deref().unwrap_or("lease");
    Evidence::text(format!("option 245 of {interface}"), option)
}
