//! Protected, but without a recovery point.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::vault::ProtectedItem;

pub(super) const CHECK: Check = Check {
    id: "note-first-backup-pending",
    title: "the first backup has not been made yet",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the protected item of the VM waits for its first backup (`IRPending`).

## Why it matters for backup

Protection alone makes no recovery point. Until the schedule comes around, or a backup is run on demand, there \
is nothing to restore.

## How it decides

A protected item in state `IRPending` gives the note. Otherwise it is not applicable.

## How to fix

Wait for the schedule, or run a backup on demand.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr
- https://learn.microsoft.com/azure/backup/backup-azure-arm-vms-prepare
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let items = case.protected_items()?;
    let pending = |item: &&&ProtectedItem| {
        item.protection_state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("IRPending"))
    };
    let Some(item) = items.iter().find(pending) else {
        return Err(Withheld::not_applicable("no protected item of the VM waits for its first backup"));
    };
    let remedy = Remediation::new("wait for the schedule, or run a backup on demand")
        .command_on(&["backup", "protection", "backup-now"], &item.id);
    let found = Finding::new(
        format!("`{}` is protected and has no recovery point yet", case.vm()?.id.name()),
        item.id.as_str(),
    )
    .at(&item.place)
    .with(Evidence::text("protection state", "IRPending"))
    .citing(documented(&["SARM16", "SFL", "SVMS"]))
    .remedied_by(remedy);
    Ok(Conclusion::Fail(vec![found]))
}
