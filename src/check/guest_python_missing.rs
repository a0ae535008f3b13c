//! The Python that the VM agent runs under is not there.

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::guest::{Interpreter, Machine, Read, Survey};
use crate::version::AgentVersion;

pub(super) const CHECK: Check = Check {
    id: "guest-python-missing",
    title: "the Python of the VM agent is missing or too old",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The lowest that the agent runs under.
const LOWEST: AgentVersion = AgentVersion::new([2, 6, 0, 0]);

const EXPLANATION: &str = "\
## What it checks

The interpreter that the first line of the program `waagent` names: whether it is there, and its version where anything \
tells it.

## Why it matters for backup

The VM agent for Linux and the snapshot extension are written in Python. Without it neither starts.

## How it decides

It fails where the folder of the interpreter was listed and does not hold it, where it is a link to something that is not \
there, over links of `/etc/alternatives` too, and for Python before 2.6. An interpreter that is there passes. A program or a \
folder that could not be read, or that a link leads into and nobody listed, is inconclusive. Not applicable on Windows, and where the program is not run by Python itself.

## How to fix

Install the Python that the package of the agent asks for (`python3`), or the package again.

## References

- https://learn.microsoft.com/azure/virtual-machines/extensions/agent-linux
- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.linux_with_agent()?;
    let subject = case.vm()?.id.as_str();
    if let Some(version) = machine.agent_python().filter(|version| *version < LOWEST) {
        let message = format!("the VM agent runs under Python {version}: it needs {LOWEST} or later");
        return Ok(Conclusion::Fail(vec![finding(machine, subject, message)]));
    }
    let Some(read) = machine.agent.launchers.first() else { return Err(case.unread("/usr/sbin/waagent")) };
    if !read.value.program.contains("python") {
        return Err(Withheld::not_applicable("the program of the VM agent is not run by Python itself"));
    }
    let survey = case.survey()?;
    let shown = read.value.program.escape_debug().to_string();
    let Some(there) = there(&read.value, case, survey) else {
        return Err(Withheld::inconclusive(format!("whether `{shown}` is there was not looked for")));
    };
    let mut evidence = vec![Evidence::text("interpreter", &shown)];
    evidence.extend(machine.agent_python().map(|version| Evidence::text("Python", version.to_string())));
    if there {
        return Ok(Conclusion::Pass(evidence));
    }
    let message = format!("the VM agent is run by `{shown}`, which is not there");
    let found = finding(machine, subject, message).at(&read.place);
    Ok(Conclusion::Fail(vec![Finding { evidence, ..found }]))
}

/// Whether an interpreter is there; `None` where that is not known.
fn there(interpreter: &Interpreter, case: &Case<'_>, survey: &Survey) -> Option<bool> {
    let mut all_known = true;
    for (folder, name) in interpreter.candidates() {
        let here = holds(survey, &folder, name);
        let path = format!("{folder}/{name}");
        match if here == Some(true) { leads_on(&path, case, survey) } else { here } {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all_known = false,
        }
    }
    all_known.then_some(false)
}

/// Whether what is at a path is there, after every link of which it is known where it leads.
fn leads_on(path: &str, case: &Case<'_>, survey: &Survey) -> Option<bool> {
    if !survey.links.contains_key(path) {
        return Some(true);
    }
    let end = case.linked(path);
    if survey.links.contains_key(&end) {
        // The links lead to one another.
        return Some(false);
    }
    let (folder, name) = end.rsplit_once('/')?;
    if survey.is_absent(&end) {
        return Some(false);
    }
    holds(survey, folder, name)
}

/// Whether a folder holds a name.
fn holds(survey: &Survey, folder: &str, name: &str) -> Option<bool> {
    match survey.folders.get(folder) {
        Some(names) if names.iter().any(|known| known == name) => Some(true),
        // Of other programs a listing keeps no names.
        Some(_) => is_listed(name).then_some(false),
        None => survey.is_absent(folder).then_some(false),
    }
}

/// Whether a program of this name is kept in the listing of a folder.
fn is_listed(name: &str) -> bool {
    let version = name.trim_start_matches("platform-").strip_prefix("python");
    version.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn finding(machine: &Machine, subject: &str, message: String) -> Finding {
    let place = machine.agent.printed.as_ref().map(|Read { place, .. }| place);
    let found = Finding::new(message, subject)
        .with(Evidence::text("lowest", LOWEST.to_string()))
        .citing(documented(&["LINAGENT", "MATRIX"]))
        .remedied_by(
            Remediation::new("install the Python that the VM agent asks for")
                .step("install `python3`, or the package of the VM agent again")
                .step("restart the service of the VM agent"),
        );
    match place {
        Some(place) => found.at(place),
        None => found,
    }
}
