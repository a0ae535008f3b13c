//! Where in a group a rule has to go: its group, its priority, its name.

use std::collections::{BTreeMap, BTreeSet};

use super::room::{Room, make_room};
use super::{Lists, MOST_RULES, Moved, NewRule, Unrepairable};
use crate::azure::ResourceId;
use crate::net::FlowBox;
use crate::nsg::resolve::RuleTable;
use crate::nsg::rule::{Access, AssociatedTo, Priority, RuleOrigin, SecurityRule};
use crate::nsg::verify::{Verification, verify};

/// Where in one group a rule has to go.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    group: ResourceId,
    name: String,
    priority: Priority,
    before: Option<(String, Priority)>,
    moved: Vec<Moved>,
}

impl Spot {
    /// The rule, put here.
    pub(super) fn rule(&self, rule: &SecurityRule) -> NewRule {
        NewRule {
            group: self.group.clone(),
            rule: SecurityRule { name: self.name.clone(), priority: self.priority, ..rule.clone() },
            before: self.before.clone(),
            moved: self.moved.clone(),
        }
    }
}

/// One spot for every group that does not let all of it pass, in the order in which a flow meets them.
pub(super) fn spots(lists: Lists<'_>, asked: &FlowBox, name: &str) -> Result<Vec<Spot>, Unrepairable> {
    let mut obstacles: Vec<(&RuleTable, Obstacle)> = Vec::new();
    for table in lists.tables {
        let alone = verify(std::slice::from_ref(table), asked);
        if alone.with_access(Some(Access::Deny)).next().is_none() && alone.with_access(None).next().is_none()
        {
            continue;
        }
        let obstacle = Obstacle::of(table, &alone);
        if table.applied_to == AssociatedTo::VirtualNetwork {
            let denied = alone.with_access(Some(Access::Deny)).next().and(obstacle.rule);
            return Err(match denied {
                Some((rule, _)) => Unrepairable::AdminRule { rule },
                None => Unrepairable::Unproved { because: alone.because() },
            });
        }
        // One group on both the interface and the subnet takes one rule.
        match obstacles.iter_mut().find(|(known, _)| known.id.is_some() && known.id == table.id) {
            Some((_, known)) => known.keep_earlier(obstacle),
            None => obstacles.push((table, obstacle)),
        }
    }
    obstacles.into_iter().map(|(table, obstacle)| spot(lists, table, (obstacle, name))).collect()
}

fn spot(
    lists: Lists<'_>,
    table: &RuleTable,
    (obstacle, name): (Obstacle, &str),
) -> Result<Spot, Unrepairable> {
    let group = table.id.clone().ok_or_else(|| Unrepairable::NotInInput { what: table.name.clone() })?;
    if custom_rules(lists, &group) >= MOST_RULES {
        return Err(Unrepairable::Full { group: table.name.clone() });
    }
    let ours = planned(lists, &group).filter(|rule| rule.direction == table.direction);
    let reserved: Vec<Priority> = ours.map(|rule| rule.priority).collect();
    let gap = obstacle.free_priority_before(table, &reserved);
    let room = || obstacle.rule.as_ref().and_then(|(_, limit)| make_room(table, *limit, &reserved));
    let Some(Room { priority, moved }) =
        gap.map(|priority| Room { priority, moved: Vec::new() }).or_else(room)
    else {
        let (rule, priority) = obstacle.rule.unwrap_or_else(|| ("(end)".to_owned(), Priority::LAST));
        return Err(Unrepairable::NoPriority { group: table.name.clone(), rule, priority });
    };
    let name = free_name(lists, &group, name);
    Ok(Spot { group, name, priority, before: obstacle.rule, moved })
}

/// How many rules the group has of those that count, the planned ones among them.
fn custom_rules(lists: Lists<'_>, group: &ResourceId) -> usize {
    let rules = both_directions(lists, group).flat_map(|table| &table.rules);
    rules.filter(|rule| rule.origin == RuleOrigin::Custom).count() + planned(lists, group).count()
}

/// The name, or the first of `NAME-2`, `NAME-3` … that no rule of the group has, in any case.
fn free_name(lists: Lists<'_>, group: &ResourceId, name: &str) -> String {
    let known = both_directions(lists, group).flat_map(|table| &table.rules).map(|rule| &rule.name);
    let taken: BTreeSet<String> =
        known.chain(planned(lists, group).map(|rule| &rule.name)).map(|name| name.to_lowercase()).collect();
    let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default()
}

fn planned<'a>(lists: Lists<'a>, group: &ResourceId) -> impl Iterator<Item = &'a SecurityRule> {
    lists.planned.iter().filter(move |new| new.group == *group).map(|new| &new.rule)
}

/// The group's rules: one table a direction, however often it is met.
fn both_directions<'a>(
    lists: Lists<'a>,
    group: &ResourceId,
) -> impl Iterator<Item = &'a RuleTable> + use<'a> {
    let of = |tables: &'a [RuleTable]| tables.iter().find(|table| table.id.as_ref() == Some(group));
    of(lists.tables).into_iter().chain(of(lists.opposite))
}

/// The earliest rule of a table that may deny some of what is asked.
#[derive(Debug, Clone, Default)]
struct Obstacle {
    rule: Option<(String, Priority)>,
}

impl Obstacle {
    fn of(table: &RuleTable, alone: &Verification) -> Self {
        let refused = alone.pieces.iter().filter(|piece| piece.access != Some(Access::Allow));
        let decided = refused.flat_map(|piece| &piece.decisions).filter(|d| d.access != Some(Access::Allow));
        let rules = decided.filter_map(|decision| table.rules.get(decision.decided_by()?.rule));
        let earliest = rules.min_by_key(|rule| rule.priority);
        Self { rule: earliest.map(|rule| (rule.name.clone(), rule.priority)) }
    }

    fn keep_earlier(&mut self, other: Self) {
        let priority = |obstacle: &Self| obstacle.rule.as_ref().map(|(_, priority)| *priority);
        if priority(&other) < priority(self) {
            *self = other;
        }
    }

    /// A free priority before the obstacle, as late as may be so that earlier rules keep their say: the last multiple
    /// of ten where no rule stands between it and the obstacle, else the last that is free.
    fn free_priority_before(&self, table: &RuleTable, reserved: &[Priority]) -> Option<Priority> {
        let beyond = Priority(Priority::LAST.0 + 1);
        let limit = self.rule.as_ref().map_or(beyond, |(_, priority)| (*priority).min(beyond));
        let taken: BTreeMap<Priority, &str> =
            table.rules.iter().map(|rule| (rule.priority, rule.name.as_str())).collect();
        let free =
            |number: &u32| !taken.contains_key(&Priority(*number)) && !reserved.contains(&Priority(*number));
        let before = || (Priority::FIRST.0..limit.0).rev().filter(free);
        let round = before().find(|number| number.is_multiple_of(10)).map(Priority);
        let unbroken = |round: &Priority| taken.range(*round..limit).next().is_none();
        round.filter(unbroken).or_else(|| before().next().map(Priority))
    }
}
