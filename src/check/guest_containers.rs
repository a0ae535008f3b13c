//! Containers that the VM runs.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{FeatureId, Severity, feature};

pub(super) const CHECK: Check = Check {
    id: "guest-containers",
    title: "containers inside the VM are not supported by backup",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// Where engines of containers keep images and volumes.
const FOLDERS: [&str; 4] =
    ["/var/lib/docker", "/var/lib/containerd", "/var/lib/containers/storage", "/var/lib/kubelet"];

const EXPLANATION: &str = "\
## What it checks

Whether a Linux VM keeps images and volumes of containers: Docker, containerd, Podman, Kubernetes.

## Why it matters for backup

The support matrix lists Docker inside the VM as not supported. The disks are taken as they are; that what containers keep \
on them is whole is nobody's promise.

## How it decides

By the folders in which the engines keep what they have. Any is a note: an engine may be installed and hold nothing. The \
founding documents do not speak of it.

## How to fix

Back up what containers keep by their own means: dumps of databases, copies of volumes.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    case.needs_linux()?;
    let Some(feature) = feature(FeatureId::Zfs, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of containers"));
    };
    let survey = case.survey()?;
    let there: Vec<&str> = FOLDERS.into_iter().filter(|path| survey.folders.contains_key(*path)).collect();
    if there.is_empty() {
        if let Some(unknown) = FOLDERS.into_iter().find(|path| !survey.is_absent(path)) {
            return Err(case.unread(unknown));
        }
        return Ok(Conclusion::Pass(vec![Evidence::text("containers", "no engine keeps anything here")]));
    }
    let name = case.vm()?.id.name();
    let message = format!("`{name}` keeps what containers need: {}", feature.reason);
    let found = Finding::new(message, case.vm()?.id.as_str())
        .weighing(Severity::Note)
        .with(Evidence::text("folders", there.join(", ")))
        .citing(feature.sources)
        .remedied_by(Remediation::new("back up what containers keep by their own means"));
    Ok(Conclusion::Fail(vec![found]))
}
