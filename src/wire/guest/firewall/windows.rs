//! Rules of the Windows firewall as the registry keeps them: `v2.30|Action=Block|Active=TRUE|Dir=Out|…`.

use std::net::Ipv4Addr;

use super::addresses;
use crate::guest::firewall::{Profile, WindowsRule};
use crate::net::RangeSet;

/// Fields that do not change what a rule applies to.
const IDLE: [&str; 8] = ["Name", "Desc", "EmbedCtxt", "Edge", "Defer", "Action", "Active", "Dir"];

/// Reads the rule that stands in the registry under this name; `None` for one that is off, or about packets that arrive,
/// or no rule at all.
pub(in crate::wire::guest) fn rule(id: &str, text: &str, by_policy: bool) -> Option<WindowsRule> {
    let mut fields = text.split('|').filter(|field| !field.is_empty());
    fields.next().filter(|version| version.starts_with('v'))?;
    let fields: Vec<(&str, &str)> = fields.filter_map(|field| field.split_once('=')).collect();
    let of =
        |key: &str| fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| *value);
    if !of("Active")?.eq_ignore_ascii_case("TRUE") || !of("Dir")?.eq_ignore_ascii_case("Out") {
        return None;
    }
    let mut rule = WindowsRule {
        id: id.to_owned(),
        title: of("Name").unwrap_or(id).to_owned(),
        blocks: of("Action")?.eq_ignore_ascii_case("Block"),
        by_policy,
        profiles: Vec::new(),
        protocol: None,
        addresses: None,
        ports: None,
        program: None,
        service: None,
        more: false,
    };
    for (key, value) in &fields {
        add(&mut rule, key, value);
    }
    Some(rule)
}

fn add(rule: &mut WindowsRule, key: &str, value: &str) {
    match key {
        "Profile" => match Profile::from_word(value) {
            Some(profile) => rule.profiles.push(profile),
            None => rule.more = true,
        },
        "Protocol" => match value.parse() {
            Ok(number) => rule.protocol = Some(number),
            // 256 stands for any.
            Err(_) => rule.more |= value != "256",
        },
        "RA4" => match remote(value) {
            Some(more) => {
                let known = rule.addresses.take().unwrap_or_else(RangeSet::empty);
                rule.addresses = Some(known.union(&more));
            }
            None => rule.more = true,
        },
        // Addresses of IPv6 beside none of IPv4: it is not about the host.
        "RA6" => rule.addresses = Some(rule.addresses.take().unwrap_or_else(RangeSet::empty)),
        "RPort" | "RPort2_10" => match ports(value) {
            Some(more) => {
                let known = rule.ports.take().unwrap_or_else(RangeSet::empty);
                rule.ports = Some(known.union(&more));
            }
            None => rule.more = true,
        },
        "App" => rule.program = Some(value.to_owned()),
        "Svc" => rule.service = Some(value.to_owned()),
        // Programs of packages of the store; the agent is none.
        "AppPkgId" => rule.program = Some(String::new()),
        key => rule.more |= !IDLE.contains(&key),
    }
}

/// An address, a prefix, an address and a mask, or two with all between.
fn remote(value: &str) -> Option<RangeSet<u32>> {
    match value.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (first.parse::<Ipv4Addr>().ok()?, last.parse::<Ipv4Addr>().ok()?);
            (first <= last).then(|| RangeSet::from_ranges([(first.into(), last.into())]))
        }
        None => addresses(value),
    }
}

fn ports(value: &str) -> Option<RangeSet<u16>> {
    let (first, last) = value.split_once('-').unwrap_or((value, value));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then(|| RangeSet::from_ranges([(first, last)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r"v2.30|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Profile=Public|RPort=80|RPort=32526|RA4=168.63.129.16/255.255.255.255|App=%SystemRoot%\x.exe|Name=No host|Desc=a=b|EmbedCtxt=x|";

    #[test]
    fn a_rule_is_taken_apart() {
        let rule = rule("{1}", RULE, false).unwrap();
        assert!(rule.blocks && !rule.more && rule.profiles == [Profile::Public]);
        assert_eq!((rule.title.as_str(), rule.protocol), ("No host", Some(6)));
        assert_eq!(rule.addresses, Some(RangeSet::from_ranges([(0xa83f_8110, 0xa83f_8110)])));
        assert_eq!(rule.ports, Some(RangeSet::from_ranges([(80, 80), (32526, 32526)])));
        assert_eq!(rule.program.as_deref(), Some(r"%SystemRoot%\x.exe"));
    }

    #[test]
    fn rules_that_are_off_or_about_arrivals_are_none() {
        for (from, to) in [("Active=TRUE", "Active=FALSE"), ("Dir=Out", "Dir=In"), ("v2.30|", "")] {
            assert_eq!(rule("{1}", &RULE.replace(from, to), false), None, "{to}");
        }
    }

    #[test]
    fn what_is_not_known_stays_open() {
        for more in [
            "RA42=LocalSubnet|",
            "LUAuth=O:LSD:(A;;CC;;;WD)|",
            "IFType=Wireless|",
            "RPort=RPC|",
            "Profile=New|",
        ] {
            assert!(rule("{1}", &format!("{RULE}{more}"), false).unwrap().more, "{more}");
        }
        let keyword =
            rule("{1}", &RULE.replace("168.63.129.16/255.255.255.255", "LocalSubnet"), false).unwrap();
        assert!(keyword.more && keyword.addresses.is_none());
        let six = rule("{1}", "v2.30|Action=Block|Active=TRUE|Dir=Out|RA6=fe80::/10|", false).unwrap();
        assert_eq!(six.addresses, Some(RangeSet::empty()));
    }
}
