//! What is said of the clock, and what of that is wrong.

use jiff::Timestamp;

use crate::backup::Severity;
use crate::check::Evidence;
use crate::guest::Machine;
use crate::guest::windows::Moment;
use crate::input::Place;

/// The oldest task that the Linux extension takes, in seconds: 140 minutes.
const TOO_LATE: i64 = 140 * 60;
/// From here on it is worth a warning, in seconds: a judgement.
const NOTICEABLE: i64 = 15 * 60;

/// What was said of the clock, and what of that is wrong.
#[derive(Default)]
pub(super) struct Said {
    pub(super) evidence: Vec<Evidence>,
    pub(super) found: Vec<(String, Severity, Place)>,
    /// Whether anybody said something who keeps the clock: a log alone does not show that it is right.
    pub(super) by_services: bool,
}

impl Said {
    pub(super) fn services(&mut self, machine: &Machine) {
        if let Some(read) = &machine.clock.tracking {
            let state = if read.value.synchronised { "synchronised" } else { "not synchronised" };
            self.evidence.push(Evidence::text("chrony", state));
            if let Some(ahead) = read.value.ahead {
                self.off("by what chrony sets it by", ahead, &read.place);
            }
            if !read.value.synchronised {
                self.unkept("chrony has not set the clock by any source", &read.place);
            }
        }
        self.by_services = machine.clock.tracking.is_some();
        let Some(read) = &machine.clock.system else { return };
        if let Some(synchronised) = read.value.synchronised {
            self.by_services = true;
            let state = if synchronised { "synchronised" } else { "not synchronised" };
            self.evidence.push(Evidence::text("systemd", state));
            if !synchronised && machine.clock.tracking.is_none() {
                self.unkept("no time service has set the clock", &read.place);
            }
        }
        if let Some(ahead) = read.value.ahead_of_hardware {
            self.evidence.push(Evidence::text("ahead of the hardware's clock", format!("{ahead} s")));
            self.off("by the clock of the hardware", ahead, &read.place);
        }
    }

    pub(super) fn windows(&mut self, machine: &Machine) {
        let Some(read) = &machine.clock.windows else { return };
        self.by_services = true;
        let state = if read.value.synchronised { "synchronised" } else { "not synchronised" };
        self.evidence.push(Evidence::text("time service of Windows", state));
        if !read.value.synchronised {
            self.unkept("the time service of Windows has not set the clock by any source", &read.place);
        }
        let off = read.value.off.unwrap_or_default().try_into().unwrap_or(i64::MAX);
        self.off_by("off, by what the time service sets it by", off, &read.place);
    }

    fn off(&mut self, by: &str, ahead: i64, place: &Place) {
        let direction = if ahead > 0 { "ahead" } else { "behind" };
        self.off_by(&format!("{direction}, {by}"), ahead.saturating_abs(), place);
    }

    fn off_by(&mut self, how: &str, seconds: i64, place: &Place) {
        let severity = if seconds >= TOO_LATE { Severity::Blocker } else { Severity::Warning };
        if seconds >= NOTICEABLE {
            let message = format!("the clock of the guest is {} minutes {how}", seconds / 60);
            self.found.push((message, severity, place.clone()));
        }
    }

    /// What is written down cannot be of the future, unless the clock was ahead then, or is behind now.
    pub(super) fn log(&mut self, machine: &Machine) {
        let now = machine.survey.as_ref().and_then(|read| read.value.collected_at);
        let (Some(now), Some((last, place))) = (now, last_line(machine)) else { return };
        self.evidence.push(Evidence::text("last line of the VM agent's log", last.to_string()));
        let minutes = last.duration_since(now).as_secs() / 60;
        if minutes * 60 >= NOTICEABLE {
            let message = format!(
                "the VM agent's log goes on {minutes} minutes after the time of the guest: its clock was ahead, or is behind"
            );
            self.found.push((message, Severity::Warning, place.clone()));
        }
    }

    pub(super) fn unkept(&mut self, message: &str, place: &Place) {
        self.found.push((message.to_owned(), Severity::Warning, place.clone()));
    }
}

/// When the log of the VM agent was last written, where it says so in UTC.
fn last_line(machine: &Machine) -> Option<(Timestamp, &Place)> {
    let linux = machine.agent.log.as_ref().and_then(|log| {
        let last = log.value.last.filter(|stamp| stamp.universal)?;
        Some((last.at, &log.place))
    });
    linux.or_else(|| {
        let log = machine.windows.agent.log.as_ref()?;
        let Moment::Exact(last) = log.value.last.as_ref()? else { return None };
        Some((*last, &log.place))
    })
}
