//! From documents to rule tables, routes and ways out: everything around one interface.

use super::{AdminRules, Fact, Facts, InterfaceContext, Missing};
use crate::azure::ResourceId;
use crate::azure::platform::{self, PlatformService};
use crate::net::{AddressSet, Prefix};
use crate::nsg::{
    self, AddressTerm, AssociatedTo, Direction, EffectiveRules, NetworkSecurityGroup, OpenOperand,
    ResolveError, RuleList, RuleTable, Scope, SecurityRule, Unmatched,
};
use crate::reach::{Filters, PlatformFilter, Prefer, Reach, Unguarded};
use crate::tags::TagCatalog;

/// What the rule lists are resolved with.
#[derive(Debug, Clone, Copy)]
pub struct Resolution<'a> {
    /// The service tags.
    pub tags: &'a TagCatalog,
    /// Which source to believe where two disagree.
    pub prefer: Option<Prefer>,
    /// Address space of the virtual network that the user vouches for.
    pub assumed_space: &'a [Prefix],
}

impl Facts {
    /// Everything in the way of one interface's packets.
    ///
    /// Fails where a rule list has no meaning: two rules of one priority.
    pub fn reach(&self, context: &InterfaceContext<'_>, with: Resolution<'_>) -> Result<Reach, ResolveError> {
        let scope = self.scope(Some(context), with.assumed_space);
        let defaults = nsg::default_rules();
        let lists = configured_lists(context, &defaults);
        let admin = self.admin_list(context);
        let configured_known = context.interface_group.is_ok() || context.subnet_group.is_ok();
        let effective = context.effective_rules.map(effective_lists);
        let resolver = ListResolver { scope: &scope, tags: with.tags };
        let configured = match (&effective, configured_known) {
            (Some(_), false) => None,
            _ => Some(resolver.filters(admin.as_ref(), &lists)?),
        };
        let in_force: Vec<List<'_>> = effective.into_iter().flatten().map(List::Known).collect();
        let effective = match context.effective_rules {
            Some(_) => Some(resolver.filters(admin.as_ref(), &in_force)?),
            None => None,
        };
        Ok(Reach {
            platform: resolver.platform(if effective.is_some() { &in_force } else { &lists })?,
            configured,
            effective,
            prefer: with.prefer,
            unguarded: self.unguarded(context),
            routing: self.routing(context, &scope, with.tags),
            egress: self.egress(context),
            addresses: AddressSet::from_prefixes(context.addresses().map(Prefix::host)),
            virtual_network: scope.virtual_network,
        })
    }

    /// A group judged on its own, as if it were the only one.
    pub fn reach_of_group(
        &self,
        group: &NetworkSecurityGroup,
        with: Resolution<'_>,
    ) -> Result<Reach, ResolveError> {
        let scope = self.scope(None, with.assumed_space);
        let defaults = nsg::default_rules();
        let lists = [List::Known(group_list(group, AssociatedTo::NetworkInterface, &defaults))];
        let resolver = ListResolver { scope: &scope, tags: with.tags };
        Ok(Reach {
            platform: resolver.platform(&lists)?,
            configured: Some(resolver.filters(None, &lists)?),
            effective: None,
            prefer: with.prefer,
            unguarded: Unguarded::Open,
            routing: None,
            egress: unknown_egress(),
            addresses: AddressSet::empty(),
            virtual_network: scope.virtual_network,
        })
    }

    /// The admin rules of the interface's network; a lone list that names no network is taken for its own.
    fn admin_list<'l>(&'l self, context: &InterfaceContext<'_>) -> Option<RuleList<'l>> {
        let network = context.network.as_ref().ok().map(|network| &network.id);
        let ours = |rules: &&AdminRules| match (&rules.network, network) {
            (Some(named), Some(own)) => named == own,
            (named, _) => named.is_none() || self.networks.len() <= 1,
        };
        let rules: Vec<&SecurityRule> =
            self.admin_rules.iter().filter(ours).flat_map(|list| &list.rules).collect();
        (!rules.is_empty()).then(|| RuleList {
            name: "security admin rules".into(),
            id: None,
            applied_to: AssociatedTo::VirtualNetwork,
            rules,
        })
    }

    /// What becomes of packets from outside where no group stands in their way.
    fn unguarded(&self, context: &InterfaceContext<'_>) -> Unguarded {
        let mut unknown = None;
        for configuration in &context.interface.ip_configurations {
            let balanced = self.load_balancers.iter().filter(|balancer| {
                balancer
                    .snat_pools
                    .iter()
                    .chain(&balancer.outbound_pools)
                    .any(|p| configuration.load_balancer_pools.contains(p))
            });
            let public = configuration.public_address.id().map(|id| self.public_addresses.find(id));
            let standard = public.map(|found| found.ok().and_then(|address| address.standard));
            for kind in balanced.map(|balancer| balancer.standard).chain(standard) {
                match kind {
                    Some(true) => return Unguarded::Closed,
                    Some(false) => {}
                    None => unknown = Some("the kind of its public address is not in the input"),
                }
            }
        }
        unknown.map_or(Unguarded::Open, |reason| {
            let name = format!("the public address of `{}`", context.interface.id.name());
            Unguarded::Unknown(OpenOperand { name, reason: reason.into() })
        })
    }
}

fn configured_lists<'l>(context: &InterfaceContext<'l>, defaults: &'l [SecurityRule]) -> Vec<List<'l>> {
    let list = |group: &Fact<Option<&'l NetworkSecurityGroup>>, applied_to| match group {
        Ok(group) => group.map(|group| List::Known(group_list(group, applied_to, defaults))),
        Err(missing) => Some(List::Unknown(missing.clone(), applied_to)),
    };
    let interface = list(&context.interface_group, AssociatedTo::NetworkInterface);
    interface.into_iter().chain(list(&context.subnet_group, AssociatedTo::Subnet)).collect()
}

/// A rule list, or a group of which only that it may be there is known.
enum List<'r> {
    Known(RuleList<'r>),
    Unknown(Missing, AssociatedTo),
}

impl List<'_> {
    const fn applied_to(&self) -> AssociatedTo {
        match self {
            Self::Known(list) => list.applied_to,
            Self::Unknown(_, applied_to) => *applied_to,
        }
    }
}

struct ListResolver<'a> {
    scope: &'a Scope,
    tags: &'a TagCatalog,
}

impl ListResolver<'_> {
    fn filters(&self, admin: Option<&RuleList<'_>>, lists: &[List<'_>]) -> Result<Filters, ResolveError> {
        Ok(Filters {
            inbound: self.ordered(admin, lists, Direction::Inbound)?,
            outbound: self.ordered(admin, lists, Direction::Outbound)?,
        })
    }

    /// The tables in the order in which a packet meets them: inbound subnet first, outbound interface first.
    fn ordered(
        &self,
        admin: Option<&RuleList<'_>>,
        lists: &[List<'_>],
        direction: Direction,
    ) -> Result<Vec<RuleTable>, ResolveError> {
        let mut tables = Vec::new();
        if let Some(list) = admin {
            tables.push(nsg::resolve(list, direction, self.scope, self.tags)?);
        }
        let mut groups: Vec<&List<'_>> = lists.iter().collect();
        groups.sort_by_key(|list| {
            (list.applied_to() == AssociatedTo::Subnet) == (direction == Direction::Outbound)
        });
        for list in groups {
            tables.push(match list {
                List::Known(list) => nsg::resolve(list, direction, self.scope, self.tags)?,
                List::Unknown(missing, applied_to) => unknown_table(missing, *applied_to, direction),
            });
        }
        Ok(tables)
    }

    /// For each kind of platform traffic, the outbound rules that name its tag.
    fn platform(&self, lists: &[List<'_>]) -> Result<Vec<PlatformFilter>, ResolveError> {
        platform::services().iter().map(|service| self.platform_filter(service, lists)).collect()
    }

    fn platform_filter(
        &self,
        service: &'static PlatformService,
        lists: &[List<'_>],
    ) -> Result<PlatformFilter, ResolveError> {
        let mut tables = Vec::new();
        // Without a tag there is nothing that a rule could name.
        for list in lists.iter().filter(|_| service.tag.is_some()) {
            let list = match list {
                List::Known(list) => list,
                List::Unknown(missing, applied_to) => {
                    tables.push(unknown_table(missing, *applied_to, Direction::Outbound));
                    continue;
                }
            };
            let names = |rule: &&&SecurityRule| service.tag.is_some_and(|tag| names_tag(rule, tag));
            let rules: Vec<&SecurityRule> = list.rules.iter().filter(names).copied().collect();
            if rules.is_empty() {
                continue;
            }
            let narrowed = RuleList { rules, ..list.clone() };
            let mut table = nsg::resolve(&narrowed, Direction::Outbound, self.scope, self.tags)?;
            table.unmatched = Unmatched::Passes;
            tables.push(table);
        }
        Ok(PlatformFilter { service, tables })
    }
}

fn names_tag(rule: &SecurityRule, tag: &str) -> bool {
    rule.destination.addresses.iter().flatten().any(|term| {
        matches!(term, AddressTerm::Tag(name) | AddressTerm::Expanded { tag: name, .. } if name.eq_ignore_ascii_case(tag))
    })
}

fn group_list<'r>(
    group: &'r NetworkSecurityGroup,
    applied_to: AssociatedTo,
    defaults: &'r [SecurityRule],
) -> RuleList<'r> {
    RuleList {
        name: group.id.name().to_owned(),
        id: Some(group.id.clone()),
        applied_to,
        rules: group.rules.iter().chain(defaults).collect(),
    }
}

fn effective_lists(rules: &EffectiveRules) -> Vec<RuleList<'_>> {
    let name = |id: &Option<ResourceId>| id.as_ref().map_or("effective rules", ResourceId::name).to_owned();
    let list = |group: &nsg::EffectiveGroup| (name(&group.id), group.id.clone(), group.associated_to);
    rules
        .groups
        .iter()
        .map(|group| {
            let (name, id, applied_to) = list(group);
            RuleList { name, id, applied_to, rules: group.rules.iter().collect() }
        })
        .collect()
}

fn unknown_table(missing: &Missing, applied_to: AssociatedTo, direction: Direction) -> RuleTable {
    let reason = OpenOperand { name: missing.what.clone(), reason: missing.to_string() };
    RuleTable::unknown(direction, applied_to, reason)
}

fn unknown_egress() -> crate::reach::Egress {
    crate::reach::Egress::Unknown(OpenOperand {
        name: "the way out".into(),
        reason: "the network interface is not in the input".into(),
    })
}
