//! Changes in the order of their writing, with the identifiers that languages need for them.

use std::collections::BTreeMap;

use super::RuleChange;
use crate::azure::ResourceId;
use crate::nsg::{Priority, SecurityRule};

/// What becomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Add,
    Remove,
    Renumber(Priority),
}

/// One change, ready to be written.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) group: &'a ResourceId,
    pub(super) rule: &'a SecurityRule,
    pub(super) act: Act,
    /// Whether this takes an earlier change back.
    pub(super) back: bool,
    /// The identifier of the group: letters, digits and `_`, unique in the script, the same there and back.
    pub(super) group_label: String,
    /// The identifier of the rule, likewise.
    pub(super) label: String,
}

impl Step<'_> {
    /// The priority the rule has afterwards.
    pub(super) const fn priority(&self) -> Priority {
        match self.act {
            Act::Add | Act::Remove => self.rule.priority,
            Act::Renumber(to) => to,
        }
    }

    /// Whether the rule is there afterwards.
    pub(super) fn stays(&self) -> bool {
        self.act != Act::Remove
    }
}

/// The changes as they are listed.
pub(super) fn forth<'a>(changes: &[RuleChange<'a>]) -> Vec<Step<'a>> {
    let mut labels = Labels::default();
    let step = |change: &RuleChange<'a>| {
        let RuleChange { group, rule, act } = *change;
        let (group_label, label) = labels.of(group, &rule.name);
        Step { group, rule, act, back: false, group_label, label }
    };
    changes.iter().map(step).collect()
}

/// What takes them back, the last first.
pub(super) fn back<'a>(changes: &[RuleChange<'a>]) -> Vec<Step<'a>> {
    let undone = |step: Step<'a>| {
        let act = match step.act {
            Act::Add => Act::Remove,
            Act::Remove => Act::Add,
            Act::Renumber(_) => Act::Renumber(step.rule.priority),
        };
        Step { act, back: true, ..step }
    };
    forth(changes).into_iter().rev().map(undone).collect()
}

/// The steps of each key, keys in the order of their first step.
pub(super) fn grouped<'s, 'a, K: PartialEq>(
    steps: impl IntoIterator<Item = &'s Step<'a>>,
    key: impl Fn(&Step<'a>) -> K,
) -> Vec<Vec<&'s Step<'a>>> {
    let mut parts: Vec<(K, Vec<&Step<'a>>)> = Vec::new();
    for step in steps {
        let own = key(step);
        match parts.iter_mut().find(|(known, _)| *known == own) {
            Some((_, part)) => part.push(step),
            None => parts.push((own, vec![step])),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// The subscription and the resource group of a step, in one case: what a deployment goes to.
pub(super) fn target(step: &Step<'_>) -> (Option<String>, Option<String>) {
    let lower = |text: &str| text.to_ascii_lowercase();
    (step.group.subscription().map(lower), step.group.resource_group().map(lower))
}

/// Identifiers already given.
#[derive(Default)]
struct Labels {
    groups: BTreeMap<ResourceId, String>,
    taken: Vec<String>,
}

impl Labels {
    /// The identifiers of a group and of a rule in it.
    fn of(&mut self, group: &ResourceId, rule: &str) -> (String, String) {
        let group = if let Some(known) = self.groups.get(group) {
            known.clone()
        } else {
            let label = self.free(&group_identifier(group.name()));
            self.groups.insert(group.clone(), label.clone());
            label
        };
        let label = self.free(&format!("{group}_{}", identifier(rule)));
        (group, label)
    }

    fn free(&mut self, wanted: &str) -> String {
        let numbered = (2..).map(|number: u32| format!("{wanted}_{number}"));
        let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
        let label = candidates.find(|label| !self.taken.contains(label)).unwrap_or_default();
        self.taken.push(label.clone());
        label
    }
}

/// An identifier that no language takes for a word of its own or for a number.
fn group_identifier(name: &str) -> String {
    let plain = identifier(name);
    let begins = plain.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && plain.to_ascii_lowercase().contains("nsg") { plain } else { format!("nsg_{plain}") }
}

/// ASCII letters and digits, everything else as `_`; no longer than a name of Azure's.
fn identifier(name: &str) -> String {
    const LONGEST: usize = 80;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().take(LONGEST).map(plain).collect()
}
