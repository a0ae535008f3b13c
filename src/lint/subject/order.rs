//! The tables of a group for one direction, in every order that its rules may stand in.

use super::Setting;
use crate::facts::UnplacedRule;
use crate::nsg::{
    self, AssociatedTo, Direction, NetworkSecurityGroup, Priority, RuleList, RuleTable, Scope, SecurityRule,
};

/// More orders than this are not gone through.
const MOST_ORDERS: usize = 8;

/// One table for each scope and each order of rules that share a priority; or why there is none.
pub(super) fn tables(
    setting: &Setting<'_>,
    group: &NetworkSecurityGroup,
    scopes: &[Scope],
    direction: Direction,
) -> Result<Vec<RuleTable>, String> {
    let not_compared = |why: String| {
        let direction = direction.to_string().to_lowercase();
        format!("the {direction} rules of `{}` were not compared with one another: {why}", group.id.name())
    };
    if let Some(unplaced) = setting.facts.unplaced_rules.iter().find(|rule| rule.group == group.id) {
        return Err(not_compared(unplaced_text(unplaced)));
    }
    let defaults = nsg::default_rules();
    let mut rules: Vec<&SecurityRule> =
        group.rules.iter().chain(&defaults).filter(|rule| rule.direction == direction).collect();
    rules.sort_by_key(|rule| rule.priority);
    let orders = orders(&rules).ok_or_else(|| {
        not_compared("so many of them share priorities that their order cannot be told".into())
    })?;
    let mut tables = Vec::with_capacity(orders.len() * scopes.len());
    for order in &orders {
        for scope in scopes {
            tables.push(table(setting, group, (order, direction), scope).map_err(not_compared)?);
        }
    }
    Ok(tables)
}

fn unplaced_text(unplaced: &UnplacedRule) -> String {
    let name = unplaced.name.as_ref().map_or_else(|| "one of them".to_owned(), |name| format!("`{name}`"));
    format!("{name} has no place among them, as {}", unplaced.fault.message)
}

/// Every order of rules that keeps earlier priorities first; `None` where there are too many.
fn orders<'r>(sorted: &[&'r SecurityRule]) -> Option<Vec<Vec<&'r SecurityRule>>> {
    let mut orders: Vec<Vec<&SecurityRule>> = vec![Vec::with_capacity(sorted.len())];
    for run in sorted.chunk_by(|a, b| a.priority == b.priority) {
        let arrangements = arrangements(run)?;
        if orders.len() * arrangements.len() > MOST_ORDERS {
            return None;
        }
        let extended =
            orders.iter().flat_map(|order| arrangements.iter().map(|run| [&order[..], &run[..]].concat()));
        orders = extended.collect();
    }
    Some(orders)
}

/// The orders of a few rules; `None` of more than three.
fn arrangements<'r>(run: &[&'r SecurityRule]) -> Option<Vec<Vec<&'r SecurityRule>>> {
    Some(match *run {
        [a, b] => vec![vec![a, b], vec![b, a]],
        [a, b, c] => {
            vec![vec![a, b, c], vec![a, c, b], vec![b, a, c], vec![b, c, a], vec![c, a, b], vec![c, b, a]]
        }
        [] | [_] => vec![run.to_vec()],
        _ => return None,
    })
}

/// The table of one order: rules are numbered through to be resolved, and get their own priorities back.
fn table(
    setting: &Setting<'_>,
    group: &NetworkSecurityGroup,
    (order, direction): (&[&SecurityRule], Direction),
    scope: &Scope,
) -> Result<RuleTable, String> {
    let numbered: Vec<SecurityRule> = (0..)
        .zip(order)
        .map(|(rank, rule)| SecurityRule { priority: Priority(rank), ..(*rule).clone() })
        .collect();
    let list = RuleList {
        name: group.id.name().to_owned(),
        id: Some(group.id.clone()),
        applied_to: AssociatedTo::NetworkInterface,
        rules: numbered.iter().collect(),
    };
    let mut table = nsg::resolve(&list, direction, scope, setting.tags).map_err(|error| error.to_string())?;
    for (resolved, stated) in table.rules.iter_mut().zip(order) {
        resolved.priority = stated.priority;
    }
    Ok(table)
}
