//! A repair as changes to carry out, each rule as it is stated.

use crate::azure::ResourceId;
use crate::check::Case;
use crate::nsg::repair::NewRule;
use crate::nsg::{Priority, SecurityRule};
use crate::script::{RuleChange, Script};

/// One change of one group.
#[derive(Debug, Clone)]
pub struct Step {
    group: ResourceId,
    rule: SecurityRule,
    to: Option<Priority>,
}

impl Step {
    /// The change, for writing it out.
    #[must_use]
    pub const fn change(&self) -> RuleChange<'_> {
        match self.to {
            Some(to) => RuleChange::renumber(&self.group, &self.rule, to),
            None => RuleChange::add(&self.group, &self.rule),
        }
    }

    /// These steps in every language, and what takes them back.
    #[must_use]
    pub fn scripts(steps: &[Self]) -> [Script; 2] {
        let changes: Vec<RuleChange<'_>> = steps.iter().map(Self::change).collect();
        [Script::of(&changes), Script::undoing(&changes)]
    }
}

/// The moves that make room for a rule, then the rule. None where a rule that moves is stated nowhere.
///
/// `proposed` are rules that were proposed before and may have to move in turn.
pub(in crate::check) fn steps(case: &Case<'_>, new: &NewRule, proposed: &[&NewRule]) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for moved in &new.moved {
        let stated = stated(case, new, (&moved.rule, proposed))?;
        // Its priority is the one that earlier moves have left it at.
        let rule = SecurityRule { priority: moved.from, ..stated };
        steps.push(Step { group: new.group.clone(), rule, to: Some(moved.to) });
    }
    steps.push(Step { group: new.group.clone(), rule: new.rule.clone(), to: None });
    Some(steps)
}

/// A rule of the same group and direction: proposed before, of the configuration, or in force.
fn stated(case: &Case<'_>, new: &NewRule, (name, proposed): (&str, &[&NewRule])) -> Option<SecurityRule> {
    let proposed = proposed.iter().filter(|other| other.group == new.group).map(|other| &other.rule);
    let configured = case.facts.security_groups.find(&new.group).ok();
    let groups = case.facts.effective_rules.iter().flat_map(|rules| &rules.groups);
    let in_force = groups.filter(|group| group.id.as_ref() == Some(&new.group));
    let mut rules = proposed
        .chain(configured.into_iter().flat_map(|group| &group.rules))
        .chain(in_force.flat_map(|group| &group.rules));
    rules.find(|rule| rule.name == name && rule.direction == new.rule.direction).cloned()
}
