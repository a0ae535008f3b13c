//! Any rules, anything wanted: a repair, applied to the rules as stated, does what its proof says and Azure would take it.
#![no_main]

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use azpreflight::net::{AddressSet, Protocol};
use azpreflight::nsg::repair::{Lists, NewRule, Repair, Wanted, propose};
use azpreflight::nsg::{self, Access, AddressTerm, AssociatedTo, Priority, RuleOrigin};
use azpreflight::tags::TagCatalog;
use azpreflight_fuzz::{Case, flows, known_tag, ports, prefix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut u = Unstructured::new(bytes);
    let Ok(case) = Case::arbitrary(&mut u) else { return };
    let source = AddressSet::from(prefix("10.0.1.4/32"));
    let Ok(wanted) = wanted(&mut u, &source) else { return };
    let tables = case.tables();
    let lists = Lists { tables: &tables, opposite: &[], planned: &[] };
    let Ok(repair) = propose(lists, &wanted, TagCatalog::embedded()) else { return };
    let after = applied(&case, &repair);
    azure_would_take(&after);
    let copy = after.tables();
    let to = match wanted.destination.as_slice() {
        [AddressTerm::Tag(tag)] => TagCatalog::embedded().find(tag).expect("a tag").addresses(),
        _ => unreachable!("a tag is wanted"),
    };
    assert!(repair.proof.newly_denied.is_empty());
    for flow in flows(&mut u) {
        let [was, is] = [&tables, &copy].map(|tables| nsg::evaluate(tables, &flow).access());
        let asked = wanted.protocol == flow.protocol
            && source.contains(flow.source)
            && to.contains(flow.destination)
            && wanted.ports.contains(flow.destination_port);
        assert!(!asked || is == Some(Access::Allow), "{flow} is wanted and does not pass");
        assert!(was != Some(Access::Allow) || is == was, "{flow} passed before");
        assert!(was.is_some() || is != Some(Access::Deny), "{flow} may have passed before");
        let announced = repair.proof.newly_allowed.iter().any(|flows| flows.contains(&flow));
        if announced {
            assert!(is == Some(Access::Allow) && was != is, "{flow} is announced: {was:?} {is:?}");
        } else if repair.proof.because.is_empty() {
            assert_eq!(was, is, "{flow} is not announced");
        }
    }
});

fn wanted<'a>(u: &mut Unstructured<'_>, source: &'a AddressSet) -> Result<Wanted<'a>> {
    let subnet = if u.arbitrary()? { vec![prefix("10.0.1.0/24")] } else { Vec::new() };
    Ok(Wanted {
        source,
        subnet,
        destination: vec![AddressTerm::Tag(known_tag(u)?.to_owned())],
        protocol: *u.choose(&[Protocol::Tcp, Protocol::Udp])?,
        ports: ports(u)?.parse().expect("ports"),
        name: "AllowWanted".into(),
    })
}

/// The repair in the rules as stated: no set, no table.
fn applied(case: &Case, repair: &Repair) -> Case {
    let mut case = case.clone();
    for NewRule { group, rule, moved, .. } in &repair.rules {
        let list = case
            .lists
            .iter_mut()
            .find(|list| list.id == *group && list.applied_to != AssociatedTo::VirtualNetwork);
        let list = list.expect("the group is in the way");
        for step in moved {
            let taken = |priority: Priority| {
                list.rules.iter().any(|r| r.priority == priority && r.direction == case.direction)
            };
            assert!(!taken(step.to), "rule {} cannot move to {}", step.rule, step.to);
            let is_it = |r: &&mut nsg::SecurityRule| r.name == step.rule && r.priority == step.from;
            list.rules.iter_mut().find(is_it).expect("the rule that moves").priority = step.to;
        }
        list.rules.push(rule.clone());
    }
    case
}

fn azure_would_take(case: &Case) {
    for list in case.lists.iter().filter(|list| list.applied_to != AssociatedTo::VirtualNetwork) {
        let custom = || list.rules.iter().filter(|rule| rule.origin != RuleOrigin::Default);
        let distinct = custom().map(|rule| (rule.priority, rule.direction)).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct, custom().count(), "two rules share a priority");
        let names = list.rules.iter().map(|rule| rule.name.to_lowercase()).collect::<BTreeSet<_>>().len();
        assert_eq!(names, list.rules.len(), "two rules share a name");
        assert!(custom().all(|rule| rule.priority.is_custom()), "a priority that no rule may have");
    }
}
