//! The platform's own services are not reached from the guest.

use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::{FailureKind, Fault, Phase, Target};

pub(super) const CHECK: Check = Check {
    id: "platform-unreachable",
    title: "the VM does not reach its host",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Probes of the host: 168.63.129.16 on ports 80 and 32526, name resolution there, and the instance metadata \
service.

## Why it matters for backup

The agent takes its orders from the host at 168.63.129.16 and hands extension packages and status through it. \
Where the guest does not reach it, every extension fails.

## How it decides

Fails where a probe of such an address fails. Rules of groups never filter the agent's ports, so that a \
firewall, a security product or a proxy in the guest is the reason. Not known where the probe did not run as \
root: on a healthy Linux VM the agent's own firewall rules let nobody else through. Port 443 is listed by the \
backup pages alone and is no more than a warning.

## How to fix

Let the guest's firewall and security products pass 168.63.129.16, keep it from every proxy, and take the \
address by DHCP. Probe as root or administrator.

## References

- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
- https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "service of the platform was probed",
            weight: CHECK.severity,
            phase: Phase::Request,
            of: &Target::is_platform,
            shows: &|seen| {
                seen.observation.failure.is_some() && !failed_as(seen, &[FailureKind::GuestProxyAgent])
            },
            finding: &finding,
        },
    )
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let failure = afflicted.failure();
    let says = match failure.map(|failure| (failure.kind, failure.phase)) {
        Some((FailureKind::UnexpectedAnswer, _)) => "something that is not the host answers",
        Some((FailureKind::Refused, _)) => "it is refused",
        Some((FailureKind::Unreachable, _)) => "there is no way to it",
        Some((_, Phase::Request)) => "the connection is taken and nothing follows",
        _ => "no answer",
    };
    let steps = "look at the firewall of the guest (`iptables`, `nft`, Windows Firewall), at security products, and at \
                 proxies: 168.63.129.16 and 169.254.169.254 belong on the list of what goes without a proxy";
    let remedy = Remediation::new("let the guest reach its host")
        .step(steps)
        .step("the guest must take its address by DHCP: the address of the host comes with it")
        .link("https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16");
    let reason = if afflicted.fault() == Some(Fault::Rule) {
        "a rule that names the platform's tag denies it"
    } else {
        "a rule of a group cannot be the reason, the guest can"
    };
    let message = format!("the host is not reached at {}: {says}; {reason}", afflicted.names());
    afflicted.finding(message, &["WIRE", "TSAGENT", "WALA"], remedy)
}
