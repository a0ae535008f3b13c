//! What lints find, and what they could not decide.

use super::Lint;
use super::subject::Subject;
use super::suppression::Suppression;
use crate::backup::Severity;
use crate::input::Place;
use crate::nsg::{Direction, Priority, SecurityRule};

/// One defect of a group.
#[derive(Debug, Clone)]
pub struct Finding {
    /// How much it weighs, where that differs from its lint's.
    pub severity: Option<Severity>,
    /// The rule it is about; `None` where it is the group as a whole.
    pub rule: Option<Named>,
    /// The rules of the same group that make it one, by name, in their order.
    pub by: Vec<String>,
    /// What is wrong, as one sentence. Names from the input are in it as they are: whoever shows it escapes.
    pub message: String,
    /// What to do, as one sentence.
    pub remedy: String,
    /// Where that was read.
    pub place: Place,
    /// Whether it is so where networks that are not wholly known are ordinary ones: see [`Answer::assumed`].
    pub assumed: bool,
}

/// A rule, as findings name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Which way its flows go; `None` where that cannot be told.
    pub direction: Option<Direction>,
    /// Its place in the order; `None` where that cannot be told.
    pub priority: Option<Priority>,
    /// Its name.
    pub name: String,
}

impl From<&SecurityRule> for Named {
    fn from(rule: &SecurityRule) -> Self {
        Self { direction: Some(rule.direction), priority: Some(rule.priority), name: rule.name.clone() }
    }
}

impl Finding {
    /// A finding about a rule.
    #[must_use]
    pub fn about(rule: &SecurityRule, message: String, remedy: impl Into<String>) -> Self {
        Self::of(Named::from(rule), &rule.place, message, remedy)
    }

    /// A finding about a rule that is named.
    #[must_use]
    pub fn of(rule: Named, place: &Place, message: String, remedy: impl Into<String>) -> Self {
        Self { rule: Some(rule), ..Self::on_group(place, message, remedy) }
    }

    /// A finding about a group as a whole.
    #[must_use]
    pub fn on_group(place: &Place, message: String, remedy: impl Into<String>) -> Self {
        Self {
            severity: None,
            rule: None,
            by: Vec::new(),
            message,
            remedy: remedy.into(),
            place: place.clone(),
            assumed: false,
        }
    }

    /// The same at another severity than its lint's.
    #[must_use]
    pub fn weighing(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }

    /// The same, so where networks that are not wholly known are ordinary ones.
    #[must_use]
    pub fn assuming(self, assumed: bool) -> Self {
        Self { assumed, ..self }
    }

    /// The same with the rules that make it one.
    #[must_use]
    pub fn by(self, by: Vec<String>) -> Self {
        Self { by, ..self }
    }
}

/// What one lint found in one group.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Defects.
    pub findings: Vec<Finding>,
    /// What could not be decided, and why: one sentence each.
    pub open: Vec<String>,
}

impl From<Vec<Finding>> for Found {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, open: Vec::new() }
    }
}

impl FromIterator<Finding> for Found {
    fn from_iter<T: IntoIterator<Item = Finding>>(findings: T) -> Self {
        findings.into_iter().collect::<Vec<_>>().into()
    }
}

/// A finding, with the lint and the group that it is of.
#[derive(Debug, Clone)]
pub struct Reported {
    /// The lint.
    pub lint: &'static Lint,
    /// The group's name.
    pub group: String,
    /// The group's id.
    pub group_id: String,
    /// The finding.
    pub finding: Finding,
    /// A suppression that would hold, had it not expired.
    pub expired: Option<Suppression>,
}

impl Reported {
    /// How much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.finding.severity.unwrap_or(self.lint.severity)
    }
}

/// A finding that does not count, and why.
#[derive(Debug, Clone)]
pub struct Suppressed {
    /// The finding.
    pub reported: Reported,
    /// What suppresses it.
    pub by: Suppression,
}

/// What all lints found in all groups.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Findings, by group, direction and priority.
    pub reported: Vec<Reported>,
    /// Findings that do not count.
    pub suppressed: Vec<Suppressed>,
    /// Suppressions that hold nothing back.
    pub unused: Vec<Suppression>,
    /// What could not be decided.
    pub open: Vec<String>,
    /// What was taken to be so, where any finding leans on it.
    pub assumed: Vec<String>,
}

impl Answer {
    /// Takes in what one lint found in one group.
    pub(super) fn take(&mut self, lint: &'static Lint, subject: &Subject<'_>, found: Found) {
        let id = &subject.group.id;
        self.reported.extend(found.findings.into_iter().map(|finding| Reported {
            lint,
            group: id.name().to_owned(),
            group_id: id.as_str().to_owned(),
            finding,
            expired: None,
        }));
        for open in found.open {
            if !self.open.contains(&open) {
                self.open.push(open);
            }
        }
    }

    /// Takes in the answer about another group.
    pub fn join(&mut self, other: Self) {
        self.reported.extend(other.reported);
        self.suppressed.extend(other.suppressed);
        self.unused.extend(other.unused);
        self.open.extend(other.open);
        self.assumed.extend(other.assumed);
    }

    /// Brings findings into the order in which they are told: by group, the group as a whole first, then by direction and
    /// priority, and about one rule in the order of the lints.
    pub fn sort(&mut self) {
        self.reported.sort_by(|a, b| {
            let key =
                |r: &Reported| (r.group.to_lowercase(), r.group_id.to_lowercase(), r.finding.rule.clone());
            key(a).cmp(&key(b))
        });
    }

    /// The weight of the worst finding that counts.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        // Blocker is declared first, so the smallest is the worst.
        self.reported.iter().map(Reported::severity).min()
    }
}
