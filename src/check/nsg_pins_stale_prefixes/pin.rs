//! What is said of rules that list the prefixes of a service.

use crate::check::finding::documented;
use crate::check::path::Demand;
use crate::check::{Case, Evidence, Finding, Remediation};
use crate::lint::{Pin, Pinned};
use crate::net::PortSet;
use crate::nsg::AddressTerm;
use crate::script::azure_cli::Command;

/// How many of the missing prefixes are listed.
const LISTED: usize = 5;
/// With more prefixes than this a command that puts them back is none that a person would run.
const FEW: usize = 64;

/// The far end of a demand, where it is a service that rules may list; `None` where it is an address, or not known.
pub(super) fn pinned(demand: &Demand) -> Option<Pinned> {
    let end = demand.far_end.as_ref().ok()?;
    matches!(end.terms.as_slice(), [AddressTerm::Tag(_)]).then(|| Pinned {
        key: demand.requirement.id,
        tag: end.name.clone(),
        addresses: end.addresses.clone(),
        ports: PortSet::from_ranges(demand.requirement.ports.iter().map(|port| (*port, *port))),
        protocol: demand.requirement.protocol,
    })
}

/// What is said of a list that misses something.
pub(super) fn finding(case: &Case<'_>, pin: &Pin<'_>) -> Finding {
    let message = format!(
        "the prefixes that {} of `{}` list for `{}` miss {:.1} % of its addresses",
        pin.names(),
        pin.group.id.name(),
        pin.service.tag,
        pin.missing_share() * 100.0
    );
    let prefixes = pin.missing().prefixes();
    let first: Vec<String> = prefixes.iter().take(LISTED).map(ToString::to_string).collect();
    let more = prefixes.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let date = case.tags.release().date.map_or_else(|| "not stated".to_owned(), |date| date.to_string());
    let place = pin.rules.first().map_or(&pin.group.place, |rule| &rule.place);
    Finding::new(message, pin.group.id.as_str())
        .at(place)
        .with(Evidence::text("missing", format!("{}{rest}", first.join(", "))))
        .with(Evidence::text("service tags of", date))
        .citing(documented(&["TAGS"]))
        .remedied_by(remedy(pin))
}

/// One rule by its tag; a command where there is one rule to change and it lists nothing else.
fn remedy(pin: &Pin<'_>) -> Remediation {
    let remediation =
        Remediation::new(format!("name `{}` in one rule instead of its prefixes", pin.service.tag))
            .step(
                "the rule then follows the tag; prefixes that are not in the tag are no longer allowed by it",
            )
            .link("https://learn.microsoft.com/azure/virtual-network/service-tags-overview");
    let [rule] = pin.rules.as_slice() else { return remediation };
    if rule.destination.addresses.iter().flatten().count() != Pin::prefixes(rule).count() {
        return remediation;
    }
    let update = || Command::update_rule(&pin.group.id, &rule.name);
    let change = update().list("--destination-address-prefixes", [&pin.service.tag]);
    let mut remediation = remediation.command(change.to_string());
    if Pin::prefixes(rule).count() <= FEW {
        let back = update().list("--destination-address-prefixes", Pin::prefixes(rule));
        remediation = remediation.rollback(back.to_string());
    }
    remediation
}
