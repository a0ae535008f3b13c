//! Targets that show the same symptom in the same way.

use std::fmt::Write;
use std::time::Duration;

use super::weight::requirement;
use crate::backup::Severity;
use crate::check::finding::documented;
use crate::check::{Case, Evidence, Finding, Placement, Remediation, place};
use crate::facts::Observed;
use crate::probe::{Failure, Fault, Observation, Phase};

/// How many targets a message names.
const NAMED: usize = 3;

/// Targets that show the same symptom in the same way, the first being the one that the finding is at.
pub(in crate::check) struct Afflicted<'c, 'f> {
    /// The subject they were probed from.
    pub(in crate::check) case: &'c Case<'f>,
    /// The targets, at least one.
    pub(in crate::check) all: Vec<&'f Observed>,
    severity: Severity,
    placement: Option<Placement>,
}

impl<'c, 'f> Afflicted<'c, 'f> {
    pub(super) fn new(case: &'c Case<'f>, seen: &'f Observed, severity: Severity) -> Self {
        let placement = place(case, &seen.target, &seen.observation);
        Self { case, all: vec![seen], severity, placement }
    }

    /// Takes another in, where both show the same in the same way.
    pub(super) fn take(&mut self, other: &Self) -> bool {
        let like = |one: &Self| {
            let first = one.first();
            let kind = first.and_then(|seen| seen.observation.failure.as_ref()).map(|failure| failure.kind);
            let via = first.map(|seen| seen.target.via.to_string());
            (kind, via, one.severity, one.fault())
        };
        let same = like(self) == like(other);
        if same {
            self.all.extend(&other.all);
        }
        same
    }

    /// Where the fault lies.
    pub(in crate::check) fn fault(&self) -> Option<Fault> {
        self.placement.as_ref().and_then(|placement| placement.fault)
    }

    /// The target that the finding is at.
    pub(in crate::check) fn first(&self) -> Option<&'f Observed> {
        self.all.first().copied()
    }

    /// The failure of the first.
    pub(in crate::check) fn failure(&self) -> Option<&'f Failure> {
        self.first()?.observation.failure.as_ref()
    }

    /// The proxy before them, as in `the proxy http://10.0.0.5:3128`.
    pub(in crate::check) fn proxy(&self) -> String {
        let proxy = self.first().and_then(|seen| seen.target.via.proxy());
        proxy.map_or_else(|| "a proxy in the way".to_owned(), |proxy| format!("the proxy {proxy}"))
    }

    /// Their names, as in `` `a:443`, `b:443` and 3 more``.
    pub(in crate::check) fn names(&self) -> String {
        named(self.all.iter().map(|seen| seen.target.authority.to_string()))
    }

    /// A finding about them, with what was seen of each, where the fault lies and what they are needed for.
    pub(in crate::check) fn finding(
        &self,
        message: impl Into<String>,
        sources: &[&str],
        remediation: Remediation,
    ) -> Finding {
        let subject = self.first().map(|seen| seen.target.authority.to_string()).unwrap_or_default();
        let mut finding = Finding::new(message, subject).weighing(self.severity);
        if let Some(seen) = self.first() {
            finding = finding.at(&seen.place);
        }
        for seen in &self.all {
            finding =
                finding.with(Evidence::text(seen.target.authority.to_string(), sight(&seen.observation)));
        }
        finding.evidence.extend(self.placed());
        finding.evidence.extend(self.used());
        let ids = self.all.iter().filter_map(|seen| seen.target.requirement.as_deref());
        let mut needs: Vec<_> = ids.filter_map(|id| requirement(self.case, id)).collect();
        needs.dedup_by_key(|requirement| requirement.id);
        for requirement in needs {
            finding = finding.citing(requirement.sources);
            finding.evidence.push(Evidence::text("needed because", requirement.reason));
        }
        finding.citing(documented(sources)).remedied_by(remediation)
    }

    fn placed(&self) -> Vec<Evidence> {
        let mut sentences: Vec<String> = Vec::new();
        for seen in &self.all {
            let sentence =
                place(self.case, &seen.target, &seen.observation).map(|placement| placement.sentence);
            sentences.extend(sentence.filter(|sentence| !sentences.contains(sentence)));
        }
        let label = self.fault().map_or_else(|| "fault".to_owned(), |fault| format!("fault: {fault}"));
        sentences.into_iter().take(NAMED).map(|sentence| Evidence::text(label.clone(), sentence)).collect()
    }

    /// Who uses them, and what sends them through a proxy.
    fn used(&self) -> Option<Evidence> {
        let mut by: Vec<String> = Vec::new();
        for seen in &self.all {
            for consumer in seen.target.consumers() {
                let user = match &seen.target.configured_by {
                    Some(setting) => format!("{consumer} ({setting})"),
                    None => consumer.to_string(),
                };
                if !by.contains(&user) {
                    by.push(user);
                }
            }
        }
        (!by.is_empty()).then(|| Evidence::text("used by", by.join(", ")))
    }
}

/// Names in backticks, the first few of them.
pub(super) fn named(names: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for name in names.map(|name| format!("`{name}`")) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let rest = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    match (rest, all.split_last()) {
        (0, Some((last, before))) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        (0, _) => all.join(", "),
        (rest, _) => format!("{} and {rest} more", all.join(", ")),
    }
}

/// What was seen of one target, and how long each phase took.
pub(super) fn sight(observation: &Observation) -> String {
    let mut text = observation.failure.as_ref().map_or_else(
        || observation.outcome.to_string(),
        |failure| format!("{} ({})", failure.kind, failure.detail),
    );
    let times = Phase::ALL.iter().filter_map(|phase| Some((phase, observation.phases.of(*phase)?)));
    for (phase, took) in times {
        // Writing to a text cannot fail.
        let _ = write!(text, ", {phase} {}", milliseconds(took));
    }
    text
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}
