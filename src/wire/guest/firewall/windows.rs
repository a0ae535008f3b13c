//! Rules of the Windows firewall as the registry keeps them: `v2.30|Action=Block|Active=TRUE|Dir=Out|…`.

use std::net::Ipv4Addr;

use super::addresses;
use crate::guest::Read;
use crate::guest::firewall::{Profile, ProfileSettings, WindowsFirewall, WindowsRule};
use crate::net::RangeSet;
use crate::wire::guest::registry::{Export, Key, is_export};
use crate::wire::guest::{Known, TextReader, Told};

/// Where the rules and profiles of the machine stand, and those of a policy, below the hive, in lower case.
const OF_MACHINE: &str = r"system\services\sharedaccess\parameters\firewallpolicy\";
const OF_POLICY: &str = r"software\policies\microsoft\windowsfirewall\";

/// Fields that do not change what a rule applies to.
const IDLE: [&str; 8] = ["Name", "Desc", "EmbedCtxt", "Edge", "Defer", "Action", "Active", "Dir"];

/// Exports of the registry that hold rules.
pub(in crate::wire::guest) const OF_WINDOWS: TextReader = TextReader {
    known: Known::ByContent(|text| is_export(text.text)),
    read: |text, facts| {
        let before = facts.guest.windows_firewall.take();
        let mut read =
            before.unwrap_or_else(|| Read { value: WindowsFirewall::default(), place: text.place() });
        let told = of_export(&Export::parse(text.text), &mut read.value);
        if told || read.value != WindowsFirewall::default() {
            facts.guest.windows_firewall = Some(read);
        }
        if !told {
            return Told::Nothing("an export of the registry without rules of the firewall");
        }
        facts.guest.documents += 1;
        Told::Something
    },
};

/// Takes what an export says; whether it said anything. What a policy says of a profile goes before what the machine does.
fn of_export(export: &Export, firewall: &mut WindowsFirewall) -> bool {
    let mut told = false;
    for (above, by_policy) in [(OF_MACHINE, false), (OF_POLICY, true)] {
        for (path, key) in export.of_machine() {
            let Some(below) = path.strip_prefix(above) else { continue };
            told = true;
            if below == "firewallrules" {
                let rules = key.texts().filter_map(|(id, text)| rule(id, text, by_policy));
                firewall.rules.extend(rules);
            }
            let settings = if by_policy { &mut firewall.policies } else { &mut firewall.profiles };
            let [domain, private, public] = settings;
            match below {
                "domainprofile" => add_settings(domain, key, by_policy),
                "standardprofile" | "privateprofile" => add_settings(private, key, by_policy),
                "publicprofile" => add_settings(public, key, by_policy),
                _ => {}
            }
        }
    }
    told
}

/// The settings of a profile. Where the key is and does not say, the firewall is on and lets out what no rule stops.
fn add_settings(profile: &mut ProfileSettings, key: &Key, by_policy: bool) {
    let flag = |name| key.number(name).map(|number| number != 0);
    let otherwise = |default| (!by_policy).then_some(default);
    *profile = ProfileSettings {
        enabled: flag("EnableFirewall").or(otherwise(true)),
        blocks_leaving: flag("DefaultOutboundAction").or(otherwise(false)),
        merges_rules: flag("AllowLocalPolicyMerge"),
    };
}

/// Reads the rule that stands in the registry under this name; `None` for one that is off, or about packets that arrive,
/// or no rule at all.
fn rule(id: &str, text: &str, by_policy: bool) -> Option<WindowsRule> {
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
    fn an_export_holds_rules_and_profiles() {
        let export = format!(
            "Windows Registry Editor Version 5.00\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\PublicProfile]\r\n\
             \"EnableFirewall\"=dword:00000001\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules]\r\n\
             \"{{1}}\"=\"{}\"\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile]\r\n\
             \"DefaultOutboundAction\"=dword:00000001\r\n",
            RULE.replace('\\', "\\\\")
        );
        let mut firewall = WindowsFirewall::default();
        assert!(of_export(&Export::parse(&export), &mut firewall));
        assert_eq!((firewall.rules.len(), firewall.rules[0].id.as_str()), (1, "{1}"));
        let [_, private, public] = firewall.profiles;
        assert_eq!((private.enabled, public.enabled, public.blocks_leaving), (None, Some(true), Some(false)));
        assert_eq!((firewall.policies[2].blocks_leaving, firewall.policies[2].enabled), (Some(true), None));
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
