//! The VM agent is told not to update itself.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{AgentBand, Severity};
use crate::guest::Configuration;

pub(super) const CHECK: Check = Check {
    id: "guest-agent-update-off",
    title: "the VM agent does not update itself",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The two switches, the older first.
const KEYS: [&str; 2] = ["AutoUpdate.Enabled", "AutoUpdate.UpdateToLatestVersion"];

const EXPLANATION: &str = "\
## What it checks

`AutoUpdate.UpdateToLatestVersion` and `AutoUpdate.Enabled` in `waagent.conf`, read as the agent reads them.

## Why it matters for backup

An agent that updates itself is supported where its package is old; one that does not grows old with its package.

## How it decides

The first switch exists since 2.10.0.8 and wins there over the second; both are on where nothing is stated. On passes. Off \
is a note while the agent in effect is in support, and warns where it is not, or where its version is not known. Where the \
two switches differ and the version is not known, and where the configuration could not be read, it is inconclusive. Not \
applicable on Windows, whose agent is updated from outside.

## How to fix

Take the lines away or set them to `y`, and restart the agent; or see to it that the package is updated.

## References

- https://github.com/Azure/WALinuxAgent/tree/a976115fd
- https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/support-extensions-agent-version
- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-linux
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let read = case.configuration()?;
    let vm = case.vm()?;
    let evidence = evidence(&read.value);
    match case.linux_with_agent()?.auto_update() {
        Some(true) => return Ok(Conclusion::Pass(evidence)),
        Some(false) => {}
        None => {
            let reason = "the two switches differ, and which counts hangs on the version, which is not known";
            return Err(Withheld::inconclusive(reason));
        }
    }
    let supported = case.agent_band(vm) == Some(AgentBand::Supported);
    let (severity, rest) = if supported {
        (Severity::Note, "it stays what its package is")
    } else {
        (Severity::Warning, "it would be supported if it did, and otherwise is not known to be")
    };
    let message = format!("the VM agent does not update itself: {rest}");
    let mut found = Finding::new(message, vm.id.as_str())
        .weighing(severity)
        .at(&read.place)
        .citing(documented(&["WALA", "MINVER", "LINAGENT"]));
    found.evidence = evidence;
    let remedy = Remediation::new("let the agent update itself, or update its package")
        .step("set `AutoUpdate.UpdateToLatestVersion=y` in that file, and take `AutoUpdate.Enabled` away")
        .step("restart the service of the VM agent while no backup runs");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}

fn evidence(configuration: &Configuration) -> Vec<Evidence> {
    let said = |key: &&str| Evidence::text(*key, configuration.text(key).unwrap_or("not stated"));
    KEYS.iter().map(said).collect()
}
