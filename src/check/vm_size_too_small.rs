//! A VM with a single core, or with little memory.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{self, Limit, LimitId, Severity, limit};
use crate::facts::Missing;
use crate::guest::Survey;

pub(super) const CHECK: Check = Check {
    id: "vm-size-too-small",
    title: "the VM is smaller than backup asks for",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export, Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// Memory in MiB that a kernel counts of 1 GB or more, having kept some for itself.
const ENOUGH: u64 = 768;
/// Memory in MiB that is less than 1 GB, whatever a kernel keeps.
const CERTAINLY_LESS: u64 = 600;

const EXPLANATION: &str = "\
## What it checks

The processors and the memory of the VM against the two cores and the 1 GB that the support matrix asks for.

## Why it matters for backup

The support matrix states a minimum of cores and memory without saying what fails below it; the extension competes with \
the workload while it freezes the file systems.

## How it decides

On the running machine by what it has: fewer than two processors is a warning, and so is memory of less than 600 MiB. The \
kernel keeps some memory for itself, so that 768 MiB that it counts are taken for 1 GB, and what lies between is \
inconclusive. Without the machine by the number in the name of the size, such as the 2 of `Standard_D2s_v5`: 0 and 1 stand for one core in every series, \
and every larger number for two or more. One core is a warning. A size whose name holds no number, or no size at all, is \
inconclusive.

## How to fix

Resize the VM to two cores or more.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let minimum =
        limit(LimitId::CpuCores, case.question.profile).and_then(|limit| Some((limit, limit.minimum?)));
    let Some((limit, minimum)) = minimum else {
        return Err(Withheld::not_applicable("the documents of this profile name no lowest size"));
    };
    let vm = case.vm()?;
    if let Ok(survey) = case.live("processors")
        && let Some(processors) = survey.processors
    {
        return of_machine(case, survey, (limit, minimum, processors));
    }
    if vm.size.is_none() && !case.question.sources.contains(&Source::Export) {
        case.live("processors")?;
        return Err(Withheld::inconclusive("the processors of the machine were not counted"));
    }
    let missing = || Missing::new(format!("the size of `{}`", vm.id.name())).with_lookup("vm show", &vm.id);
    let size = vm.size.as_deref().ok_or_else(missing)?;
    let number = number(size).ok_or_else(|| {
        Withheld::inconclusive(format!("size `{size}` does not tell how many cores it has"))
    })?;
    let evidence = Evidence::text("size", size);
    // The numbers of old series are not counts of cores, but in all of them 0 and 1 are the sizes with one.
    if number > 1 {
        return Ok(Conclusion::Pass(vec![evidence]));
    }
    let message = format!("`{}` is of size `{size}`, with one core: backup asks for {minimum}", vm.id.name());
    let found = Finding::new(message, vm.id.as_str())
        .weighing(limit.severity)
        .at(&vm.place)
        .with(evidence)
        .citing(limit.sources)
        .remedied_by(Remediation::new(format!("resize the VM to {minimum} cores or more; it restarts")));
    Ok(Conclusion::Fail(vec![found]))
}

/// What the machine itself has.
fn of_machine(
    case: &Case<'_>,
    survey: &Survey,
    (limit, minimum, processors): (&'static Limit, u64, u64),
) -> Result<Conclusion, Withheld> {
    let id = &case.vm()?.id;
    let mut evidence = vec![Evidence::text("processors", processors.to_string())];
    let mebibytes = survey.memory_bytes.map(|bytes| bytes >> 20);
    evidence.extend(mebibytes.map(|mebibytes| Evidence::text("memory", format!("{mebibytes} MiB"))));
    let finding = |message: String, limit: &'static Limit| {
        let remedy =
            Remediation::new(format!("resize the VM to {minimum} cores and 1 GB or more; it restarts"));
        let mut found = Finding::new(message, id.as_str()).weighing(limit.severity).citing(limit.sources);
        found.evidence.clone_from(&evidence);
        found.remedied_by(remedy)
    };
    let mut findings = Vec::new();
    if processors < minimum {
        let message = format!("`{}` has {processors} processor: backup asks for {minimum}", id.name());
        findings.push(finding(message, limit));
    }
    let memory = backup::limit(LimitId::Memory, case.question.profile);
    match mebibytes.zip(memory) {
        Some((mebibytes, memory)) if mebibytes < CERTAINLY_LESS => {
            findings.push(finding(
                format!("`{}` has {mebibytes} MiB of memory: backup asks for 1 GB", id.name()),
                memory,
            ));
        }
        Some((mebibytes, _)) if mebibytes < ENOUGH && findings.is_empty() => {
            let reason = format!(
                "of {mebibytes} MiB it is not known whether the kernel keeps the rest of 1 GB for itself"
            );
            return Err(Withheld::inconclusive(reason));
        }
        _ => {}
    }
    Ok(Conclusion::of(findings, evidence))
}

/// The first number in the part of the name that tells the size: 2 in `Standard_D2s_v5`.
fn number(size: &str) -> Option<u64> {
    let name = size.split_once('_').map_or(size, |(_, name)| name);
    let digits = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_number_is_the_first_of_the_size() {
        let sizes =
            [("Standard_D2s_v5", 2), ("Basic_A0", 0), ("Standard_A1_v2", 1), ("Standard_E4-2s_v5", 4)];
        for (size, expected) in sizes {
            assert_eq!(number(size), Some(expected), "{size}");
        }
        assert_eq!((number("ExtraSmall"), number(""), number("Standard_")), (None, None, None));
    }
}
