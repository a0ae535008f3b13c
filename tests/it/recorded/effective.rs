//! What the platform reported to be in force, against what the configuration of the same recording makes.

use azpreflight::facts::{Facts, Resolution, internet};
use azpreflight::input::{Bundle, Document};
use azpreflight::net::AddressSet;
use azpreflight::nsg::{Direction, Operand, ResolvedRule, RuleTable, Stated};
use azpreflight::reach::Filters;
use azpreflight::tags::TagCatalog;
use azpreflight::wire;

use super::case::Recorded;

fn facts(recorded: &Recorded) -> Facts {
    let mut documents = recorded.documents();
    documents.push(recorded.answer().clone());
    let document = |value: &serde_json::Value| Document {
        name: recorded.name.as_str().into(),
        bytes: value.to_string().into_bytes(),
        named_by_user: false,
    };
    wire::parse(&Bundle { documents: documents.iter().map(document).collect() })
        .unwrap_or_else(|error| panic!("{}: {error}", recorded.name))
}

/// Both filters of the interface that the recording reports on; `None` where one of them is missing.
fn both(facts: &Facts) -> Option<(Filters, Filters)> {
    let with = Resolution { tags: TagCatalog::embedded(), prefer: None, assumed_space: &[] };
    let reported = facts.interfaces.iter().find(|i| facts.effective_rules_of(&i.id).is_some())?;
    let reach = facts.reach(&facts.context_of(reported), with).unwrap();
    reach.configured.zip(reach.effective)
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn configured_rules_are_those_the_platform_reports() {
    let (mut rules, mut groups) = (0, 0);
    for recorded in Recorded::all(&["effective-nsg", "security-group-view"]) {
        let facts = facts(&recorded);
        let Some((configured, effective)) = both(&facts) else {
            println!("left out: {}: {}", recorded.name, reason(&recorded, &facts));
            continue;
        };
        for direction in [Direction::Inbound, Direction::Outbound] {
            for ours in configured.of(direction) {
                let same = |table: &&RuleTable| table.id.is_some() && same_group(table, ours);
                let Some(theirs) = effective.of(direction).iter().find(same) else { continue };
                groups += 1;
                rules += compare(&recorded.name, ours, theirs);
            }
        }
    }
    assert!(groups >= 30 && rules >= 120, "only {groups} lists with {rules} rules were compared");
}

/// A recording names its group by id in the answer, and a template by name alone.
fn same_group(theirs: &RuleTable, ours: &RuleTable) -> bool {
    theirs.applied_to == ours.applied_to && theirs.name.eq_ignore_ascii_case(&ours.name)
}

fn reason(recorded: &Recorded, facts: &Facts) -> String {
    if recorded.answer()["error"].is_object() {
        return format!("the service refused: {}", recorded.answer()["error"]["code"]);
    }
    if facts.effective_rules.is_empty() {
        return "the answer holds no interface".into();
    }
    "the configuration of the interface is not in the recording".into()
}

/// Every reported rule is one of ours with the same meaning; how many were compared.
fn compare(name: &str, ours: &RuleTable, theirs: &RuleTable) -> usize {
    let mut compared = 0;
    for reported in &theirs.rules {
        // Older answers list the last rule a second time, under its internal name.
        if reported.name.starts_with("DefaultInbound") || reported.name.starts_with("DefaultOutbound") {
            continue;
        }
        let place = format!("{name}: {} of {}", reported.name, theirs.name);
        let configured = ours.rules.iter().find(|rule| rule.name == reported.name).expect(&place);
        assert_eq!((configured.priority, configured.access), (reported.priority, reported.access), "{place}");
        assert_eq!(configured.protocols, reported.protocols, "{place}");
        assert_eq!(ports(configured), ports(reported), "{place}");
        for (own, other) in
            [(&configured.source, &reported.source), (&configured.destination, &reported.destination)]
        {
            assert!(same_addresses(own, other), "{place}: {own:?} is not {other:?}");
        }
        compared += 1;
    }
    compared
}

fn ports(rule: &ResolvedRule) -> (String, String) {
    let shown = |ports: &Stated<azpreflight::net::PortSet>| match ports {
        Stated::Known(ports) => ports.to_string(),
        Stated::Open(open) => open.name.clone(),
    };
    (shown(&rule.source_ports), shown(&rule.destination_ports))
}

/// Azure writes `*` as 0.0.0.0/0 and expands `Internet` to another list every year; the rest is equal.
fn same_addresses(own: &Operand, other: &Operand) -> bool {
    let ipv4 = |set: &AddressSet| set.intersection(&AddressSet::all_ipv4());
    let (a, b) = (ipv4(&own.known), ipv4(&other.known));
    // Where the network is not in the recording our side is open: what is certain of it must still be right.
    let open = own.is_open() && b.covers(&a);
    a == b || open || (ipv4(&internet()).overlaps(&a) && both_public(&a, &b))
}

/// Both are expansions of `Internet`: what they do not share is public blocks that come and go.
fn both_public(a: &AddressSet, b: &AddressSet) -> bool {
    let special = azpreflight::azure::platform::internet_complement().special;
    let special = special.iter().filter_map(|s| azpreflight::net::Prefix::new(s.address, s.length).ok());
    let special = AddressSet::from_prefixes(special);
    let large = |set: &AddressSet| set.count().share_of(AddressSet::all_ipv4().count()) > 0.7;
    large(a) && large(b) && !a.overlaps(&special) && !b.overlaps(&special)
}

/// The figures in the data are those of the newest recorded answer, and every answer leaves out the special ranges.
#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn the_internet_is_what_the_newest_answer_says() {
    let mut exact = 0;
    for recorded in Recorded::all(&["effective-nsg"]) {
        let facts = facts(&recorded);
        let Some((_, effective)) = both(&facts) else { continue };
        for rule in effective.outbound.iter().flat_map(|table| &table.rules) {
            if rule.name != "AllowInternetOutBound" || rule.destination.is_open() {
                continue;
            }
            let ours = internet().intersection(&AddressSet::all_ipv4());
            exact += usize::from(rule.destination.known == ours);
        }
    }
    assert!(exact >= 1, "no recorded answer equals the figures");
}
