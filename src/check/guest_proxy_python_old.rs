//! A proxy is set, and the Python of the VM is too old for it.

use super::case::ways_as_evidence;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::version::AgentVersion;
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-proxy-python-old",
    title: "the Python of the VM is too old for a proxy",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The lowest Python of a Linux VM behind a proxy.
const LOWEST: AgentVersion = AgentVersion::new([2, 7, 0, 0]);

const EXPLANATION: &str = "\
## What it checks

Where a proxy is set in a VM with Linux: the version of the Python that the VM agent runs under.

## Why it matters for backup

Behind a proxy, backup of VMs with Linux needs Python 2.7 or later.

## How it decides

It warns for Python before 2.7. A version that nothing tells is inconclusive. Not applicable on Windows, where no proxy is set, \
and to the MARS agent.

## How to fix

Install Python 2.7 or later, or the newest that the distribution has, and restart the VM agent.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    let told = machine.survey.as_ref().and_then(|survey| survey.value.system);
    if told.or(case.vm()?.os) == Some(OsFamily::Windows) {
        return Err(Withheld::not_applicable("on Windows backup needs no Python"));
    }
    let settings = case.proxies()?;
    let unknown = || Withheld::inconclusive("nothing tells which Python the VM agent runs under");
    let python = machine.agent_python().ok_or_else(unknown)?;
    let mut evidence = ways_as_evidence(&case.ways(settings), settings);
    evidence.push(Evidence::text("Python", python.to_string()));
    if python >= LOWEST {
        return Ok(Conclusion::Pass(evidence));
    }
    let message = format!("a proxy is set, and the VM has Python {python}: behind a proxy backup needs 2.7");
    let remedy = Remediation::new("install Python 2.7 or later, and restart the VM agent")
        .link("https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas");
    let found =
        Finding::new(message, case.vm()?.id.as_str()).citing(documented(&["MATRIX"])).remedied_by(remedy);
    Ok(Conclusion::Fail(vec![Finding { evidence, ..found }]))
}
