//! What has been read so far.

use super::fault::Fault;
use super::firewall::RuleGroups;
use super::node::{Node, Stated};
use super::pending::Pending;
use crate::azure::{Cloud, Region, ResourceId};
use crate::facts::{Facts, Unrecognised};
use crate::input::Place;

/// The facts so far, with what can only be placed when everything is read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What is known.
    pub(super) facts: Facts,
    /// Whether rules are read as written, their faults kept beside them.
    pub(super) as_written: bool,
    /// The kind of the resource being read, as in `Microsoft.Network/networkInterfaces`.
    pub(super) kind: String,
    /// Whether what is being read stands in a list of all there are of its kind.
    pub(super) listed: bool,
    /// The groups of rules of firewall policies.
    pub(super) rule_groups: RuleGroups,
    /// Parts of other resources, waiting for them.
    pub(super) pending: Vec<(Place, Pending)>,
    /// The names by which guests call themselves.
    pub(super) computer_names: Vec<(String, ResourceId)>,
}

impl Reader {
    /// The id of the resource at `node`: its own, or one made of its type and name for a document without ids.
    pub(super) fn id_of(&self, node: &Node) -> Result<ResourceId, Fault> {
        for key in ["id", "resourceId"] {
            if let Some(id) = node.own_text(key)? {
                return Ok(ResourceId::new(id));
            }
        }
        if matches!(node.own_state("name"), Stated::Open) {
            return Err(Fault::Open(node.place(), "the name of the resource is left open".into()));
        }
        let name = match node.own_text("name")? {
            Some(name) => name,
            // The body of a request has no name: its place tells it from others.
            None if self.kind.matches('/').count() == 1 && node.is_whole() => {
                format!("unnamed ({})", node.place()).replace('/', ".")
            }
            None => return Err(Fault::absent(node.place(), "id", "the id or the name of the resource")),
        };
        let group = match node.own_text("resourceGroup")? {
            None => node.own_text("resourceGroupName")?,
            group => group,
        };
        Ok(made_up_id(&self.kind, &name, group.as_deref()))
    }

    /// Records that a part of a document was understood and could not be used.
    pub(super) fn pass_over(&mut self, place: Place, reason: impl Into<String>) {
        self.facts.unrecognised.push(Unrecognised { place, reason: reason.into() });
    }

    /// Keeps a part of another resource until everything is read.
    pub(super) fn later(&mut self, node: &Node, pending: Pending) {
        self.pending.push((node.place(), pending));
    }

    /// Puts the waiting parts into place and answers with the facts.
    pub(super) fn finish(mut self) -> Facts {
        for (place, pending) in std::mem::take(&mut self.pending) {
            if let Err(reason) = pending.settle(&mut self) {
                self.pass_over(place, reason);
            }
        }
        for (place, reason) in std::mem::take(&mut self.rule_groups).settle(&mut self.facts) {
            self.pass_over(place, reason);
        }
        prefer_real(&mut self.facts);
        self.facts.cloud = self.facts.cloud.or_else(|| cloud_of_regions(&self.facts));
        self.facts.unrecognised.sort_by(|a, b| a.place.cmp(&b.place));
        self.facts
    }
}

/// Where a template and Azure tell of the same resource, Azure's account stays.
fn prefer_real(facts: &mut Facts) {
    facts.vms.prefer_real();
    facts.disks.prefer_real();
    facts.interfaces.prefer_real();
    facts.networks.prefer_real();
    facts.subnets.prefer_real();
    facts.security_groups.prefer_real();
    facts.application_groups.prefer_real();
    facts.route_tables.prefer_real();
    facts.public_addresses.prefer_real();
    facts.nat_gateways.prefer_real();
    facts.load_balancers.prefer_real();
    facts.storage_accounts.prefer_real();
    facts.vaults.prefer_real();
    facts.policies.prefer_real();
}

/// The cloud of the first region that is known, of a VM if there is one.
fn cloud_of_regions(facts: &Facts) -> Option<Cloud> {
    let vms = facts.vms.iter().filter_map(|vm| vm.region.as_ref());
    let interfaces = facts.interfaces.iter().filter_map(|interface| interface.region.as_ref());
    let groups = facts.security_groups.iter().filter_map(|group| group.region.as_ref());
    vms.chain(interfaces).chain(groups).find_map(Region::cloud)
}

/// An id for a resource without one: `Microsoft.Network/virtualNetworks/v/subnets/s`.
///
/// Where the resource group is known it is kept, so that resources which name each other still find each other:
/// `-/resourceGroups/g/providers/Microsoft.Network/…`, the `-` standing for a subscription that is not known.
pub(super) fn made_up_id(kind: &str, name: &str, group: Option<&str>) -> ResourceId {
    let mut kinds = kind.split('/');
    let provider = kinds.next().unwrap_or_default();
    let mut text = match group {
        Some(group) => format!("-/resourceGroups/{group}/providers/{provider}"),
        None => provider.to_owned(),
    };
    let mut names = name.split('/');
    for kind in kinds {
        let name = names.next().unwrap_or("-");
        text = format!("{text}/{kind}/{name}");
    }
    ResourceId::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_ids_keep_what_is_known() {
        let subnet = made_up_id("Microsoft.Network/virtualNetworks/subnets", "v/s", Some("g"));
        assert_eq!(
            subnet.as_str(),
            "-/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
        );
        assert_eq!(subnet.resource_group(), Some("g"));
        assert!(!subnet.is_path() && subnet.is_a("Microsoft.Network/virtualNetworks/subnets"));
        let group = made_up_id("Microsoft.Network/networkSecurityGroups", "nsg1", None);
        assert_eq!(group.as_str(), "Microsoft.Network/networkSecurityGroups/nsg1");
    }
}
