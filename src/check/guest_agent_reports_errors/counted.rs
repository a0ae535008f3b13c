//! What the agent for Linux does too often: end, start, and fail to fetch its goal state.

use jiff::SignedDuration;

use super::super::finding::documented;
use super::super::{Evidence, Finding, Remediation};
use super::{is_recent, reach_the_host};
use crate::backup::Severity;
use crate::guest::{LinuxLog, LinuxTrouble};

/// How long before the end of the log ends and starts count.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// So many ends with an error are a loop. Microsoft names no figure.
const ENDS: usize = 3;
/// So many starts are one: people and updates restart the agent, too. Microsoft names no figure.
const STARTS: usize = 6;
/// So many failures within half an hour are more than a passing fault: the agent tries every six seconds by default.
const FAILURES: u64 = 10;

/// An agent that ends over and over, be it that it lives for a while each time.
pub(super) fn restless(log: &LinuxLog, subject: &str) -> Option<Finding> {
    let (ends, starts) = (log.ends_within(HOUR), log.starts_within(HOUR));
    let did = match (ends >= ENDS, starts >= STARTS) {
        (true, _) => format!("ended with an error {ends} times"),
        (false, true) => format!("started {starts} times"),
        (false, false) => return None,
    };
    let message = format!("the VM agent {did} in the hour before its log ends");
    let mut found = Finding::new(message, subject)
        .with(Evidence::text("ends with an error in that hour", ends.to_string()))
        .with(Evidence::text("starts in that hour", starts.to_string()));
    if let Some(line) = &log.last_end {
        found = found.with(Evidence::text("it says", &line.text));
    }
    let remedy = Remediation::new("find out why the VM agent ends, and put that right")
        .step("read what stands before each end in `/var/log/waagent.log`, and what `journalctl` says of the service");
    Some(found.citing(documented(&["LINTS", "WALA"])).remedied_by(remedy))
}

/// Failures to fetch the goal state that the last heartbeat counts, where no line of the log says more of it.
pub(super) fn unfetched(log: &LinuxLog, subject: &str) -> Option<Finding> {
    let (times, line) = log.unfetched.as_ref().filter(|(_, line)| is_recent(line, log))?;
    let said = [LinuxTrouble::GoalState, LinuxTrouble::WireServer];
    if log.troubles.iter().any(|(trouble, line)| said.contains(trouble) && is_recent(line, log)) {
        return None;
    }
    let often = if *times == 1 { "once".to_owned() } else { format!("{times} times") };
    let message = format!(
        "the VM agent failed {often} to fetch its goal state in the half hour before its last heartbeat"
    );
    let severity = if *times < FAILURES { Severity::Note } else { Severity::Warning };
    let mut found =
        Finding::new(message, subject).weighing(severity).with(Evidence::text("it says", &line.text));
    found.evidence.extend(line.at.map(|at| Evidence::text("last at", at.at.to_string())));
    Some(found.citing(documented(&["LINTS", "WALA"])).remedied_by(reach_the_host()))
}
