//! The proxy refuses destinations of backup, or does not reach them.

use super::proxy_refuses_disk_port::opens_another_port;
use super::symptom::{Afflicted, Symptom, conclude, failed_as};
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Observed;
use crate::probe::{FailureKind, Phase, Via};

pub(super) const CHECK: Check = Check {
    id: "proxy-refuses",
    title: "the proxy does not let backup through",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Probe],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

What the proxy answers to CONNECT, or to a plain request, for every target that was probed through one.

## Why it matters for backup

A proxy has rules of its own. Those of the VM's network say nothing of what it lets pass.

## How it decides

Fails where the proxy refuses the destination, does not reach it, or opens no way. One that refuses port 8443 \
and opens 443 of the same host, and one that wants credentials, are other checks'. How much a target weighs is \
what its requirement weighs for this VM; what was named by the user weighs as required. Port 8443 is never a \
blocker but under the profile of 2018.

## How to fix

Let the proxy pass the hosts of the services. The founding documents ask besides that it leaves by the same \
address every time and that no other software rewrites its settings.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/backup/backup-azure-sap-hana-database
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    conclude(
        case,
        &Symptom {
            about: "target was probed through a proxy",
            weight: CHECK.severity,
            phase: Phase::Tunnel,
            of: &|target| target.via != Via::Direct,
            shows: &|seen| refused(seen) && !opens_another_port(case, seen),
            finding: &finding,
        },
    )
}

fn refused(seen: &Observed) -> bool {
    let failure = seen.observation.failure.as_ref();
    let in_tunnel = failure.is_some_and(|failure| failure.phase == Phase::Tunnel);
    let says_no = failed_as(seen, &[FailureKind::ProxyRefused, FailureKind::ProxyBadGateway]);
    (says_no || in_tunnel) && !failed_as(seen, &[FailureKind::ProxyAuthRequired])
}

fn finding(afflicted: &Afflicted<'_, '_>) -> Finding {
    let (proxy, names) = (afflicted.proxy(), afflicted.names());
    let message = match afflicted.failure().map(|failure| failure.kind) {
        Some(FailureKind::ProxyRefused) => format!("{proxy} refuses {names}"),
        Some(FailureKind::ProxyBadGateway) => format!("{proxy} does not itself reach {names}"),
        _ => format!("{proxy} takes the connection and opens no way to {names}"),
    };
    let remedy = Remediation::new("let the proxy pass the hosts of backup")
        .step("its allow-list must hold `*.blob.core.windows.net`, or the VM's own storage account, and the hosts named here")
        .step("it must leave by the same address every time, and no other software may rewrite its settings");
    afflicted.finding(message, &["SCL17", "SARM18", "SQL"], remedy)
}
