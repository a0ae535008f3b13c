//! A place in a network and the rule lists in the way, as documents would state them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use azpreflight::azure::ResourceId;
use azpreflight::facts;
use azpreflight::net::{AddressSet, Prefix};
use azpreflight::nsg::{
    self, AssociatedTo, Direction, Members, OpenOperand, RuleList, RuleTable, Scope, SecurityRule,
};
use azpreflight::tags::TagCatalog;

/// What the contextual names mean where the flows are judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// What `VirtualNetwork` holds.
    pub(crate) network: Vec<Prefix>,
    /// What it may hold besides; empty where its meaning is known.
    pub(crate) network_open: Vec<Prefix>,
    /// What it holds because a user route says so; also in `network`.
    pub(crate) routed: Vec<Prefix>,
    /// Which address is in which application security group.
    pub(crate) members: Vec<(ResourceId, IpAddr)>,
    /// Addresses whose groups are known.
    pub(crate) described: Vec<IpAddr>,
}

/// One rule list.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) name: String,
    /// The rules of both directions in any order; `None` where there may be a group nobody knows.
    pub(crate) rules: Option<Vec<SecurityRule>>,
    pub(crate) applied_to: AssociatedTo,
}

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) direction: Direction,
    pub(crate) place: Place,
    pub(crate) lists: Vec<List>,
}

impl Place {
    fn scope(&self) -> Scope {
        let set = |prefixes: &[Prefix]| AddressSet::from_prefixes(prefixes.iter().copied());
        let open = OpenOperand { name: "service tag `VirtualNetwork`".into(), reason: "of the case".into() };
        let mut groups: BTreeMap<ResourceId, Members> = BTreeMap::new();
        for (group, address) in &self.members {
            groups.entry(group.clone()).or_default().known.push(*address);
        }
        Scope {
            virtual_network: set(&self.network),
            virtual_network_open: (!self.network_open.is_empty()).then(|| (open, set(&self.network_open))),
            routed: set(&self.routed),
            internet: facts::internet(),
            groups,
            described: AddressSet::from_prefixes(self.described.iter().map(|address| Prefix::host(*address))),
        }
    }
}

impl Case {
    /// The lists as the library resolves them.
    pub(crate) fn tables(&self) -> Vec<RuleTable> {
        let scope = self.place.scope();
        let resolve = |list: &List| {
            let Some(rules) = &list.rules else {
                let open = OpenOperand { name: list.name.clone(), reason: "nobody knows it".into() };
                return RuleTable::unknown(self.direction, list.applied_to, open);
            };
            let (name, rules) = (list.name.clone(), rules.iter().collect());
            let rules = RuleList { name, id: None, applied_to: list.applied_to, rules };
            nsg::resolve(&rules, self.direction, &scope, TagCatalog::embedded()).expect("no clash")
        };
        self.lists.iter().map(resolve).collect()
    }
}
