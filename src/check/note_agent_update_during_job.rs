//! An agent that is to be updated, but not during a job.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;

pub(super) const CHECK: Check = Check {
    id: "note-agent-update-during-job",
    title: "do not update the agent while a backup runs",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the VM agent is one that should be updated.

## Why it matters for backup

An update of the agent restarts it, and a job that runs meanwhile fails.

## How it decides

An agent below the minima gives the note. Otherwise it is not applicable.

## How to fix

Update the agent between two jobs.

## References

- https://learn.microsoft.com/azure/backup/backup-azure-vms-troubleshoot
- https://github.com/MicrosoftDocs/azure-docs.ko-kr
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let vm = case.vm()?;
    let band = case.agent_band(vm).filter(|band| band.needs_storage());
    let Some(band) = band else {
        return Err(Withheld::not_applicable("the agent is not known to need an update"));
    };
    let found = Finding::new(
        format!("the agent of `{}` needs an update: not while a backup runs", vm.id.name()),
        vm.id.as_str(),
    )
    .at(&vm.place)
    .with(Evidence::text("agent", band.word()))
    .citing(documented(&["TSVM", "SCL17", "SARM18"]))
    .remedied_by(Remediation::new("update the agent between two jobs"));
    Ok(Conclusion::Fail(vec![found]))
}
