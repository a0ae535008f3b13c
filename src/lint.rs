//! Judgement of rule lists as they are written: rules that never decide, that Azure refuses, that nearly do what is meant.
//!
//! A [`Lint`] is a constant with its documentation in it. It looks at one group in its [`Subject`], which holds the rules
//! resolved once for every place at which the group stands, and tells what it [`Found`]. What could not be decided is
//! told too, and is never a finding.

mod application_group_with_prefixes;
mod application_groups_too_many;
mod backup_allow_overruled;
mod backup_cloud_tag_too_small;
mod backup_prefixes_stale;
mod backup_tag_wrong_port;
mod description_too_long;
mod finding;
mod pin;
mod platform_tag_denied;
mod port_range_literal;
mod prefix_invalid;
mod prefixes_overlap;
mod prefixes_too_many;
mod priority_out_of_range;
mod priority_shared;
mod probe_denied;
mod rule_name_invalid;
mod rule_name_repeated;
mod rule_redundant;
mod rule_shadowed;
mod rule_unmatchable;
mod rule_value_invalid;
mod rules_too_many;
mod service;
mod subject;
mod suppression;
mod tag_in_prefix_list;
mod tag_unknown;

pub use finding::{Answer, Finding, Found, Named, Reported, Suppressed};
pub use pin::{Pin, Pinned, pins_of};
pub use port_range_literal::literal;
pub use subject::{Setting, Subject, Vouched};
pub use suppression::{Scope, Suppression};
pub use tag_unknown::{listed_tags, meant};

use crate::backup::Severity;

/// One question asked of a group's rules.
#[derive(Debug, Clone, Copy)]
pub struct Lint {
    /// Its permanent id, which names the defect.
    pub id: &'static str,
    /// One line that says what is wrong when it finds something.
    pub title: &'static str,
    /// What kind of defect that is.
    pub kind: Kind,
    /// How much it weighs, unless a finding says otherwise.
    pub severity: Severity,
    /// Its documentation, under the fixed headings that [`EXPLANATION_HEADINGS`] lists.
    pub explanation: &'static str,
    /// Looks at one group.
    pub run: fn(&Subject<'_>) -> Found,
}

/// The headings of the documentation of every check and every lint, in order.
pub const EXPLANATION_HEADINGS: [&str; 5] =
    ["What it checks", "Why it matters for backup", "How it decides", "How to fix", "References"];

/// Kinds of defects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Earlier rules match everything that the rule matches.
    Shadowed,
    /// Without the rule nothing changes: later rules decide alike.
    Redundant,
    /// No flow at all matches the rule.
    Unmatchable,
    /// Azure refuses it.
    Rejected,
    /// It nearly does what is meant.
    NearMiss,
}

impl Kind {
    /// The word of the JSON answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shadowed => "shadowed",
            Self::Redundant => "redundant",
            Self::Unmatchable => "unmatchable",
            Self::Rejected => "rejected",
            Self::NearMiss => "near-miss",
        }
    }
}

/// Every lint, in the order in which their findings about one rule are told.
pub const LINTS: &[Lint] = &[
    rule_value_invalid::LINT,
    priority_out_of_range::LINT,
    priority_shared::LINT,
    rule_name_invalid::LINT,
    rule_name_repeated::LINT,
    description_too_long::LINT,
    tag_in_prefix_list::LINT,
    prefix_invalid::LINT,
    prefixes_overlap::LINT,
    application_group_with_prefixes::LINT,
    rules_too_many::LINT,
    prefixes_too_many::LINT,
    application_groups_too_many::LINT,
    backup_allow_overruled::LINT,
    backup_tag_wrong_port::LINT,
    backup_cloud_tag_too_small::LINT,
    backup_prefixes_stale::LINT,
    tag_unknown::LINT,
    port_range_literal::LINT,
    platform_tag_denied::LINT,
    probe_denied::LINT,
    rule_shadowed::LINT,
    rule_unmatchable::LINT,
    rule_redundant::LINT,
];

/// The lint of that id, in any case.
#[must_use]
pub fn lint(id: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.id.eq_ignore_ascii_case(id))
}

/// Puts every lint to one group, in order.
#[must_use]
pub fn run(lints: &'static [Lint], subject: &Subject<'_>) -> Answer {
    let mut answer = Answer::default();
    for lint in lints {
        answer.take(lint, subject, (lint.run)(subject));
    }
    answer.assumed.extend(subject.assumed());
    answer
}
