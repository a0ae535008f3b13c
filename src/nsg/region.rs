//! Sets of flows as people read them: few regions, with names for addresses.
//!
//! An exact answer comes in as many boxes as the rules cut it into. Here they are put together again, and their
//! addresses get the names that a rule would have: `*`, service tags, a tag without something, or the fewest prefixes.

mod merge;
mod name;

use std::collections::BTreeMap;
use std::fmt;

use crate::net::{AddressSet, FlowBox, Protocol, ProtocolSet};

pub use name::Naming;
use name::{Name, Namer};

/// How many names or prefixes a side of a region lists; it says how many more there are.
pub const LISTED: usize = 64;
/// How many of them are shown in one line of text.
const SHOWN: usize = 4;
/// So many pairs of regions of the two families are weighed at most: that takes names for all.
const PAIRS: usize = 64;

/// A region of flows in words.
#[derive(Debug, Clone)]
pub struct Region {
    /// Who sends: `*`, tags and prefixes with commas, or `TAG without PREFIXES`; at most [`LISTED`] of each.
    pub source: String,
    /// The senders' ports; none where they do not matter.
    pub source_ports: Option<String>,
    /// Who receives, in the same form.
    pub destination: String,
    /// The receivers' ports: `443`, `80-443`, `*`, or several with commas.
    pub ports: String,
    /// The protocols: `Tcp`, `*`, several with commas, or `* without …`.
    pub protocol: String,
    /// The flows.
    pub flows: FlowBox,
    sides: [String; 2],
}

impl fmt::Display for Region {
    /// One line, with the first few of long lists.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [source, destination] = &self.sides;
        write!(f, "{} {source}", self.protocol)?;
        if let Some(ports) = &self.source_ports {
            write!(f, " from port {ports}")?;
        }
        write!(f, " → {destination}")?;
        if self.flows.destination_ports.is_all() { Ok(()) } else { write!(f, " port {}", self.ports) }
    }
}

/// Disjoint boxes as few regions, by protocol and then by addresses.
///
/// The boxes of one set of flows give the same regions however the set was cut, as long as they are few. What a region
/// says in words is exactly its flows, as far as its lists are not cut off.
///
/// ```
/// use azpreflight::net::{FlowBox, PortSet, Protocol};
/// use azpreflight::nsg::{Naming, Scope, regions};
/// use azpreflight::tags::TagCatalog;
///
/// let tags = TagCatalog::embedded();
/// let naming = Naming::new(tags, &Scope::unknown(azpreflight::facts::internet()));
/// let storage = FlowBox {
///     protocols: Protocol::Tcp.into(),
///     destination: tags.resolve("Storage.KoreaCentral")?.addresses(),
///     destination_ports: PortSet::one(443),
///     ..FlowBox::all()
/// };
/// let found = regions(&[storage], &naming);
/// assert_eq!(found[0].destination, "Storage.KoreaCentral");
/// # Ok::<(), azpreflight::tags::UnknownTag>(())
/// ```
#[must_use]
pub fn regions(flows: &[FlowBox], naming: &Naming<'_>) -> Vec<Region> {
    let mut namer = Namer::new(naming);
    let families = [AddressSet::all_ipv4(), AddressSet::all_ipv6()];
    let [ipv4, ipv6] = families.map(|family| merge::fewest(flows, &family));
    let mut boxes = paired(ipv4, ipv6, &mut namer);
    boxes.sort();
    boxes.into_iter().map(|flows| region(flows, &mut namer)).collect()
}

fn region(flows: FlowBox, namer: &mut Namer<'_>) -> Region {
    let ends = unmistakable(namer.name(&flows.source), namer.name(&flows.destination), &flows);
    let [source, destination] = ends.each_ref().map(|name| name.listed(LISTED));
    Region {
        source,
        source_ports: (!flows.source_ports.is_all()).then(|| flows.source_ports.to_string()),
        destination,
        ports: flows.destination_ports.to_string(),
        protocol: protocols(flows.protocols),
        sides: ends.map(|name| name.listed(SHOWN)),
        flows,
    }
}

/// The names of both ends, so that together they mean no family that the flows do not have.
fn unmistakable(source: Name, destination: Name, flows: &FlowBox) -> [Name; 2] {
    if !(source.other_family && destination.other_family) {
        return [source, destination];
    }
    let ipv4 = !flows.source.ipv4().is_empty();
    if source.is_any() {
        return [source.of_family(ipv4), destination];
    }
    [source, destination.of_family(ipv4)]
}

/// The protocols as a rule names them; those that no rule can name are in `*` alone.
fn protocols(set: ProtocolSet) -> String {
    if set == ProtocolSet::ALL || !set.contains(Protocol::Other) {
        return set.to_string();
    }
    format!("* without {}", ProtocolSet::ALL.difference(set))
}

/// Puts boxes of the two families together where everything but the addresses agrees: no flow is in both families,
/// so the product of both is what the two had.
fn paired(ipv4: Vec<FlowBox>, ipv6: Vec<FlowBox>, namer: &mut Namer<'_>) -> Vec<FlowBox> {
    let mut groups: BTreeMap<_, [Vec<FlowBox>; 2]> = BTreeMap::new();
    for (family, flows) in ipv4.into_iter().map(|b| (0, b)).chain(ipv6.into_iter().map(|b| (1, b))) {
        let key = (flows.protocols, flows.source_ports.clone(), flows.destination_ports.clone());
        let [four, six] = groups.entry(key).or_default();
        if family == 0 { four.push(flows) } else { six.push(flows) }
    }
    groups.into_values().flat_map(|[four, six]| couple(four, six, namer)).collect()
}

fn couple(four: Vec<FlowBox>, six: Vec<FlowBox>, namer: &mut Namer<'_>) -> Vec<FlowBox> {
    let mut ends = |boxes: &[FlowBox]| -> Vec<[Name; 2]> {
        boxes.iter().map(|b| [namer.name(&b.source), namer.name(&b.destination)]).collect()
    };
    let (ours, theirs) = (ends(&four), ends(&six));
    let mut pairs = Vec::new();
    for (i, (a, [from, to])) in four.iter().zip(&ours).enumerate() {
        for (j, (b, [source, destination])) in six.iter().zip(&theirs).enumerate() {
            // Two that share no name are clearer apart.
            if from.shares(source) && to.shares(destination) && pairs.len() < PAIRS {
                let both = both(a, b);
                let weight = namer.weight(&both);
                if weight < namer.weight(a) + namer.weight(b) {
                    pairs.push((weight, i, j, both));
                }
            }
        }
    }
    pairs.sort();
    let (mut four, mut six): (Vec<_>, Vec<_>) =
        (four.into_iter().map(Some).collect(), six.into_iter().map(Some).collect());
    let mut boxes = Vec::new();
    for (_, i, j, both) in pairs {
        if let (Some(a @ Some(_)), Some(b @ Some(_))) = (four.get_mut(i), six.get_mut(j)) {
            (*a, *b) = (None, None);
            boxes.push(both);
        }
    }
    boxes.extend(four.into_iter().chain(six).flatten());
    boxes
}

fn both(four: &FlowBox, six: &FlowBox) -> FlowBox {
    FlowBox {
        source: four.source.union(&six.source),
        destination: four.destination.union(&six.destination),
        ..four.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{FlowSet, PortSet, Prefix};
    use crate::nsg::Scope;
    use crate::tags::TagCatalog;

    fn set(prefixes: &[&str]) -> AddressSet {
        AddressSet::from_prefixes(prefixes.iter().map(|text| text.parse::<Prefix>().unwrap()))
    }

    fn place() -> Scope {
        let mut scope = Scope::unknown(set(&["0.0.0.0/1", "2000::/3"]));
        (scope.virtual_network, scope.virtual_network_open) = (set(&["10.0.0.0/16", "fd00::/48"]), None);
        scope
    }

    fn flows(from: &AddressSet, to: &AddressSet, ports: &str) -> FlowBox {
        FlowBox {
            protocols: Protocol::Tcp.into(),
            source: from.clone(),
            source_ports: PortSet::all(),
            destination: to.clone(),
            destination_ports: ports.parse().unwrap(),
        }
    }

    fn tag(name: &str) -> AddressSet {
        TagCatalog::embedded().find(name).unwrap().addresses()
    }

    fn shown(boxes: &[FlowBox]) -> Vec<String> {
        let scope = place();
        let found = regions(boxes, &Naming::new(TagCatalog::embedded(), &scope));
        let kept: Vec<FlowBox> = found.iter().map(|region| region.flows.clone()).collect();
        let whole = |boxes: &[FlowBox]| {
            boxes.iter().fold(FlowSet::empty(), |set, b| set.union(&FlowSet::from(b.clone())))
        };
        assert!(whole(boxes).same_flows(&whole(&kept)), "the regions are other flows");
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_get_the_names_that_a_rule_would_have() {
        let (all, storage) = (AddressSet::all(), tag("Storage.KoreaCentral"));
        for (to, named) in [
            (all.clone(), "*"),
            (storage.clone(), "Storage.KoreaCentral"),
            (tag("AzureBackup"), "AzureBackup"),
            (set(&["10.0.0.0/16", "fd00::/48"]), "VirtualNetwork"),
            (set(&["8.8.8.0/25", "8.8.8.128/25"]), "8.8.8.0/24"),
            (storage.union(&tag("AzureBackup")), "AzureBackup, Storage.KoreaCentral"),
            (storage.union(&set(&["8.8.8.8/32"])), "Storage.KoreaCentral, 8.8.8.8/32"),
            (all.difference(&set(&["10.2.0.0/16"])), "* without 10.2.0.0/16"),
            (all.difference(&storage), "* without Storage.KoreaCentral"),
            (tag("AzureBackup").difference(&set(&["20.0.0.0/12"])), ""),
        ] {
            let shown = shown(&[flows(&all, &to, "443")]);
            assert_eq!(shown.len(), 1, "{shown:?}");
            assert!(named.is_empty() || shown[0] == format!("Tcp * → {named} port 443"), "{shown:?}");
        }
    }

    #[test]
    fn a_region_of_one_family_does_not_speak_of_both() {
        let ipv4 = AddressSet::all_ipv4();
        let four = tag("Storage").intersection(&ipv4);
        assert_eq!(shown(&[flows(&ipv4, &four, "443")]), ["Tcp 0.0.0.0/0 → Storage port 443"]);
        assert_eq!(
            shown(&[flows(&set(&["10.0.0.0/24"]), &four, "443")]),
            ["Tcp 10.0.0.0/24 → Storage port 443"]
        );
        let near = tag("AzureBackup").intersection(&ipv4);
        assert_eq!(shown(&[flows(&near, &four, "443")]), ["Tcp AzureBackup → Storage (IPv4) port 443"]);
    }

    #[test]
    fn what_was_cut_is_put_together_again_however_it_was_cut() {
        let (all, storage) = (AddressSet::all(), tag("Storage"));
        let whole = flows(&all, &storage, "80,443");
        let mut cut = vec![whole.clone()];
        let knives = [
            flows(&set(&["10.0.0.0/8", "fd00::/16"]), &all, "443"),
            flows(&all, &tag("Storage.KoreaCentral"), "*"),
            flows(&set(&["0.0.0.0/0"]), &set(&["20.0.0.0/8"]), "80"),
        ];
        for knife in &knives {
            let both: Vec<FlowBox> = cut.iter().filter_map(|b| b.intersection(knife)).collect();
            cut = cut.iter().flat_map(|b| b.difference(knife)).chain(both).collect();
            assert_eq!(shown(&cut), ["Tcp * → Storage port 80,443"]);
        }
        assert!(cut.len() > 8, "{}", cut.len());
        assert_eq!(shown(&[]), Vec::<String>::new());
    }

    #[test]
    fn two_ways_to_cut_a_corner_are_one_region_list() {
        let (near, far) = (set(&["10.0.0.0/16"]), set(&["8.0.0.0/8"]));
        let corner = flows(&set(&["10.0.1.0/24"]), &set(&["8.8.0.0/16"]), "*");
        let whole = flows(&near, &far, "*");
        let one = whole.difference(&corner);
        let mirrored = [
            flows(&near, &far.difference(&corner.destination), "*"),
            flows(&near.difference(&corner.source), &corner.destination, "*"),
        ];
        assert_eq!(shown(&one), shown(&mirrored));
        assert_eq!(shown(&one).len(), 2);
    }

    #[test]
    fn protocols_that_no_rule_names_are_not_lost() {
        let rest = ProtocolSet::ALL.difference(Protocol::Tcp.into());
        let boxes = [FlowBox { protocols: rest, ..FlowBox::all() }];
        assert_eq!(shown(&boxes), ["* without Tcp * → *"]);
        let from = FlowBox { source_ports: PortSet::one(53), ..FlowBox::all() };
        assert_eq!(shown(&[from]), ["* * from port 53 → *"]);
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let many: Vec<String> = (0..100).map(|i| format!("8.{}.0.0/24", 2 * i)).collect();
        let to = set(&many.iter().map(String::as_str).collect::<Vec<_>>());
        let scope = place();
        let boxes = [flows(&AddressSet::all_ipv4(), &to, "*")];
        let found = regions(&boxes, &Naming::new(TagCatalog::embedded(), &scope));
        assert!(found[0].destination.ends_with("and 36 more"), "{}", found[0].destination);
        assert!(found[0].to_string().ends_with("and 96 more"), "{}", found[0]);
    }
}
