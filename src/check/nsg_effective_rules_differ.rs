//! The platform's rules are not those of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::ResourceId;
use crate::backup::Severity;
use crate::facts::{InterfaceContext, Missing};
use crate::nsg::{AddressTerm, Direction, NetworkSecurityGroup, RuleSide, SecurityRule};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "nsg-effective-rules-differ",
    title: "the rules in force are not those of the configuration",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The effective security rules that Azure reports for the VM's interfaces against the groups as they are configured: which \
groups act, and each custom rule by name, priority, access, protocol, ports and addresses.

## Why it matters for backup

One of the two exports is stale, or a change has not taken effect. A verdict that rests on the wrong one is wrong.

## How it decides

Fails where a group or a custom rule is in one of the two only, or differs. What Azure expands a tag to is not compared, \
and neither are addresses of application security groups. While they differ, every verdict that depends on it is \
undetermined, unless `--prefer effective|configured` says which to believe. Not examined without effective rules.

## How to fix

Export both again, close together: effective rules need a running VM.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let contexts: Vec<&InterfaceContext<'_>> =
        case.around()?.iter().filter_map(|around| around.context.as_ref()).collect();
    if let Some(first) = contexts.first().filter(|_| contexts.iter().all(|c| c.effective_rules.is_none())) {
        let interface = &first.interface.id;
        let what = format!("the effective security rules of network interface `{}`", interface.name());
        let missing = Missing::new(what).with_lookup("network nic list-effective-nsg", interface);
        return Err(Withheld::NotExamined { missing });
    }
    let mut findings = Vec::new();
    for context in contexts {
        let differences = differences(context)?;
        if !differences.is_empty() {
            findings.push(finding(context, differences));
        }
    }
    Ok(Conclusion::of(findings, vec![Evidence::text("effective rules", "the same as the configuration")]))
}

/// What differs, a line each.
fn differences(context: &InterfaceContext<'_>) -> Result<Vec<String>, Missing> {
    let Some(effective) = context.effective_rules else { return Ok(Vec::new()) };
    let configured = [context.interface_group.clone()?, context.subnet_group.clone()?];
    let configured: Vec<&NetworkSecurityGroup> = configured.into_iter().flatten().collect();
    let mut lines = Vec::new();
    for group in &configured {
        let reported = effective.groups.iter().find(|reported| reported.id.as_ref() == Some(&group.id));
        match reported {
            Some(reported) => lines.extend(compare(&group.rules, &reported.rules)),
            None => lines.push(format!("group `{}` is configured and not in force", group.id.name())),
        }
    }
    let known = |id: &ResourceId| configured.iter().any(|group| group.id == *id);
    let strangers = effective.groups.iter().filter_map(|group| group.id.as_ref()).filter(|id| !known(id));
    lines.extend(strangers.map(|id| format!("group `{}` is in force and not configured", id.name())));
    Ok(lines)
}

/// What differs between the custom rules of one group.
fn compare(configured: &[SecurityRule], effective: &[SecurityRule]) -> Vec<String> {
    let by_name = |rules: &[SecurityRule]| -> BTreeMap<(Direction, String), SecurityRule> {
        let custom = rules.iter().filter(|rule| rule.priority.is_custom());
        custom.map(|rule| ((rule.direction, rule.name.to_ascii_lowercase()), rule.clone())).collect()
    };
    let (configured, effective) = (by_name(configured), by_name(effective));
    let names: BTreeSet<_> = configured.keys().chain(effective.keys()).collect();
    let mut lines = Vec::new();
    for name in names {
        match (configured.get(name), effective.get(name)) {
            (Some(rule), None) => lines.push(format!("rule `{}` is configured and not in force", rule.name)),
            (None, Some(rule)) => lines.push(format!("rule `{}` is in force and not configured", rule.name)),
            (Some(rule), Some(other)) => lines.extend(changes(rule, other)),
            (None, None) => {}
        }
    }
    lines
}

fn changes(configured: &SecurityRule, effective: &SecurityRule) -> Option<String> {
    let text = |value: Option<String>| value.unwrap_or_else(|| "not stated".to_owned());
    let row = |field: &str, one: String, other: String| {
        (one != other).then(|| format!("{field} {one} in the configuration, {other} in force"))
    };
    let protocols = |rule: &SecurityRule| text(rule.protocols.map(|protocols| protocols.to_string()));
    let ports = |side: &RuleSide| text(side.ports.as_ref().map(ToString::to_string));
    let (from, to) =
        ((&configured.source, &effective.source), (&configured.destination, &effective.destination));
    let rows = [
        row("priority", configured.priority.to_string(), effective.priority.to_string()),
        row("access", configured.access.to_string(), effective.access.to_string()),
        row("protocol", protocols(configured), protocols(effective)),
        row("source ports", ports(from.0), ports(from.1)),
        row("destination ports", ports(to.0), ports(to.1)),
        addresses(from.0).zip(addresses(from.1)).and_then(|(one, other)| row("source", one, other)),
        addresses(to.0).zip(addresses(to.1)).and_then(|(one, other)| row("destination", one, other)),
    ];
    let rows: Vec<String> = rows.into_iter().flatten().collect();
    (!rows.is_empty()).then(|| format!("rule `{}`: {}", configured.name, rows.join("; ")))
}

/// The addresses of a side in one spelling; `None` where they cannot be compared.
fn addresses(side: &RuleSide) -> Option<String> {
    let words = side.addresses.as_ref()?.iter().map(|term| match term {
        AddressTerm::Group(_) => None,
        AddressTerm::Prefix(prefix) if prefix.length() == 0 => Some("*".to_owned()),
        other => Some(other.to_string().to_ascii_lowercase()),
    });
    let words: BTreeSet<String> = words.collect::<Option<_>>()?;
    Some(words.into_iter().collect::<Vec<_>>().join(", "))
}

fn finding(context: &InterfaceContext<'_>, differences: Vec<String>) -> Finding {
    let interface = &context.interface.id;
    let message = format!(
        "the rules in force on network interface `{}` are not those of the configuration: {}",
        interface.name(),
        differences.first().map_or("", String::as_str)
    );
    let mut finding = Finding::new(message, interface.as_str()).citing(documented(&["NSGHOW"])).remedied_by(
        Remediation::new("export the effective rules and the groups again, close together")
            .step("or say which of the two to believe: `--prefer effective` or `--prefer configured`")
            .command(Command::lookup("network nic list-effective-nsg", interface).to_string()),
    );
    if let Some(effective) = context.effective_rules {
        finding = finding.at(&effective.place);
    }
    differences.into_iter().fold(finding, |finding, line| finding.with(Evidence::text("difference", line)))
}
