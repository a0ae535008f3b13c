//! The snapshot extension cannot read its settings.

use super::finding::documented;
use super::{
    About, Case, Check, Conclusion, Evidence, Finding, Remediation, SNAPSHOT_SETTINGS, Source, Withheld,
};
use crate::backup::Severity;
use crate::guest::{BackupSettings, TextEncoding};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-backup-conf-unreadable",
    title: "the snapshot extension cannot read its settings",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether `/etc/azure/vmbackup.conf` is written in ASCII, and whether the Linux snapshot extension can read it.

## Why it matters for backup

A file that an editor saved as UTF-16, or with a byte-order mark, makes backup fail with \
`VMBackupLinuxExtensionConfFileWrongEncodingFormat`. A file in which something is set twice, or outside of a section, is not \
read at all: whatever else it sets, mounts to be skipped above all, then does not hold.

## How it decides

UTF-16, a byte-order mark, and bytes that are no text block. Characters beyond ASCII warn, and so does a file that Python's \
parser refuses. No file passes: the defaults hold. Not applicable to Windows.

## How to fix

Convert the file with `iconv -t ASCII`, or remove it: without it the defaults hold. Give each setting once, under `[SnapshotThread]`.

## References

- https://github.com/TheresaLui/SelfHelpContent_v2/tree/7f86468ac6/articles/microsoft.recoveryservices
- https://github.com/Azure/azure-linux-extensions/tree/b7eecd4b/VMBackup
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_agent()?;
    let machine = case.guest()?;
    if case.guest_system() == Some(OsFamily::Windows) {
        return Err(Withheld::not_applicable("the extension of Windows keeps its settings in the registry"));
    }
    let Some(settings) = &machine.extension.settings else {
        if case.survey()?.is_absent(SNAPSHOT_SETTINGS) {
            return Ok(Conclusion::Pass(vec![Evidence::text(
                "settings",
                "no file, so that the defaults hold",
            )]));
        }
        return Err(case.unread(SNAPSHOT_SETTINGS));
    };
    let encoding = settings.value.encoding;
    let evidence = vec![Evidence::text("encoding", encoding.name())];
    let Some((severity, what, source)) = fault(&settings.value) else {
        return Ok(Conclusion::Pass(evidence));
    };
    let message = format!("`{SNAPSHOT_SETTINGS}` {what}");
    let mut found = Finding::new(message, case.vm()?.id.as_str()).weighing(severity).at(&settings.place);
    found.evidence = evidence;
    let remedy = Remediation::new("write the file anew in ASCII, each setting once under `[SnapshotThread]`")
        .step(format!("keep a copy: cp {SNAPSHOT_SETTINGS} {SNAPSHOT_SETTINGS}.before"))
        .step("convert it, as in `iconv -f UTF-16 -t ASCII`, or remove it: without it the defaults hold");
    Ok(Conclusion::Fail(vec![found.citing(documented(&[source])).remedied_by(remedy)]))
}

fn fault(settings: &BackupSettings) -> Option<(Severity, String, &'static str)> {
    let encoding = settings.encoding;
    match (encoding, &settings.fault) {
        (TextEncoding::Utf16 | TextEncoding::Utf8Marked | TextEncoding::Unknown, _) => {
            let what = format!("is written in {}: the extension takes ASCII", encoding.name());
            Some((Severity::Blocker, what, "CRC"))
        }
        (_, Some(fault)) => {
            let what = format!("is not read at all ({}), so that nothing in it holds", fault.escape_debug());
            Some((Severity::Warning, what, "VMB"))
        }
        (TextEncoding::Utf8, None) => Some((
            Severity::Warning,
            "holds characters beyond ASCII, in which it is to be written".to_owned(),
            "CRC",
        )),
        (TextEncoding::Ascii, None) => None,
    }
}
