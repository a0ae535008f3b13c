//! A list of hosts without a proxy lacks the addresses of the platform.

use super::case::ways_as_evidence;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;

pub(super) const CHECK: Check = Check {
    id: "guest-proxy-lacks-bypass",
    title: "the addresses of the platform are not exempt from the proxy",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Where a proxy is set in the VM: whether the list beside it of hosts that need none (`no_proxy`, `ProxyOverride`) exempts \
168.63.129.16 and 169.254.169.254, as each reader of such a list understands it.

## Why it matters for backup

168.63.129.16 belongs to the host that the VM runs on: no proxy elsewhere reaches it for the VM. The metadata service at \
169.254.169.254 refuses what has passed a proxy. Extensions and scripts that follow the settings fail there.

## How it decides

It warns for every setting that would send one of the two addresses to a proxy: to the programs that follow it. The VM agent \
for Linux goes to both without a proxy whatever is set, and the snapshot extension to the host; hence no blocker. A script \
that decides (`AutoConfigURL`) is inconclusive. Not applicable where no proxy is set, and to the MARS agent.

## How to fix

Add both addresses to the list, each on its own: not every reader knows ranges or `*`.

## References

- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
- https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
- https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let settings = case.proxies()?;
    let subject = case.vm()?.id.as_str();
    let evidence = ways_as_evidence(&case.ways(settings), settings);
    let findings: Vec<Finding> = case
        .astray(settings)
        .into_iter()
        .map(|note| Finding { evidence: evidence.clone(), ..finding(note, subject) })
        .collect();
    if findings.is_empty() {
        let open = settings.iter().flat_map(|setting| &setting.open).next().cloned();
        let undecided = case.ways(settings).into_iter().find_map(|(_, route)| route.undecided);
        if let Some(why) = open.or(undecided) {
            return Err(Withheld::inconclusive(why));
        }
    }
    Ok(Conclusion::of(findings, evidence))
}

fn finding(message: String, subject: &str) -> Finding {
    let remedy = Remediation::new("exempt both addresses from the proxy")
        .step("Linux: add `168.63.129.16,169.254.169.254` to `no_proxy` and `NO_PROXY`, where the proxy itself is set")
        .step("Windows: add `168.63.129.16;169.254.169.254` to `ProxyOverride` of the same account")
        .link("https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16");
    Finding::new(message, subject).citing(documented(&["WIRE", "IMDS", "TSAGENT"])).remedied_by(remedy)
}
