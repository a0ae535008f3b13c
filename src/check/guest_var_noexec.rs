//! Programs may not be run where the VM agent keeps its extensions.

use super::case::Holder;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Feature, FeatureId, Severity, feature};
use crate::script::shell::line;

pub(super) const CHECK: Check = Check {
    id: "guest-var-noexec",
    title: "programs may not be run in /var or /var/lib",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The places that the support matrix names, and the folder that the agent unpacks extensions to.
const PLACES: [&str; 3] = ["/var", "/var/lib", AGENT];
const AGENT: &str = "/var/lib/waagent";

const EXPLANATION: &str = "\
## What it checks

Whether `/var`, `/var/lib` or `/var/lib/waagent` of a Linux VM is on a file system mounted with `noexec`.

## Why it matters for backup

The VM agent unpacks extensions below `/var/lib/waagent` and runs them there. The support matrix asks that neither `/var` \
nor `/var/lib` is mounted `noexec`; hardening guides often do it.

## How it decides

On a running VM by what the kernel says is mounted: the nearest mount on the way decides, and what hides another counts. \
On a disk by `/etc/fstab` and the mount units of `/etc/systemd/system`: the last of `noexec` and `exec` holds, and `user` \
and `users` mean `noexec`. Links are followed. `/var` and `/var/lib` block, as the matrix names them; `/var/lib/waagent` \
alone warns. Inside a container the mounts are not the VM's: inconclusive.

## How to fix

Take `noexec` out of the options and mount again: `mount -o remount,exec /var`.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
- https://github.com/Azure/azure-support-scripts/tree/6c9066e
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    case.needs_linux()?;
    let Some(feature) = feature(FeatureId::NoexecMounts, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let mounts = case.mounts()?;
    let (mut findings, mut evidence): (Vec<Finding>, Vec<Evidence>) = (Vec::new(), Vec::new());
    let mut judged: Vec<(String, Vec<&str>)> = Vec::new();
    for path in PLACES {
        let Some(holder) = mounts.holder(&case.linked(path)) else {
            evidence.push(Evidence::text(
                path,
                "nothing says how it is mounted, so as the kernel does it: with exec",
            ));
            continue;
        };
        evidence.push(Evidence::text(path, shown(&holder)));
        match judged.iter_mut().find(|(point, _)| point == holder.point) {
            Some((_, paths)) => paths.push(path),
            None => judged.push((holder.point.to_owned(), vec![path])),
        }
    }
    for (point, paths) in judged {
        if let Some(holder) = mounts.holder(&point).filter(|holder| holder.forbids_programs) {
            findings.push(finding(case, feature, &holder, &paths)?);
        }
    }
    Ok(Conclusion::of(findings, evidence))
}

fn finding(
    case: &Case<'_>,
    feature: &'static Feature,
    holder: &Holder<'_>,
    paths: &[&str],
) -> Result<Finding, Withheld> {
    let point = holder.point.escape_debug();
    let of: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    let message = format!("programs may not be run in {}: `{point}` is mounted `noexec`", of.join(", "));
    let found = Finding::new(message, case.vm()?.id.as_str()).at(holder.place);
    let found = if paths == [AGENT] {
        found.weighing(Severity::Warning).citing(documented(&["VMASSIST"]))
    } else {
        found.weighing(feature.severity).citing(feature.sources)
    };
    let remedy = Remediation::new("mount it without `noexec`")
        .step(format!("take `noexec` (or `user`, `users`) out of what mounts `{point}` in `/etc/fstab`"))
        .step(format!(
            "as root: `{}`, or restart the VM",
            line(["mount", "-o", "remount,exec", holder.point])
        ));
    Ok(found.with(Evidence::text(paths.join(", "), shown(holder))).remedied_by(remedy))
}

fn shown(holder: &Holder<'_>) -> String {
    let line = holder.line.map_or_else(String::new, |line| format!(", line {line}"));
    format!("on `{}`, with {}{line}", holder.point, holder.options)
}
