//! A range of ports stands where two ports are meant.

use super::finding::documented;
use super::path::groups;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::lint::literal;
use crate::nsg::{Access, Direction, NetworkSecurityGroup, SecurityRule};
use crate::script::azure_cli::Command;

pub(super) const CHECK: Check = Check {
    id: "nsg-port-range-literal",
    title: "a range of ports stands where two ports are meant",
    severity: Severity::Note,
    about: About::Rules,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Allow rules whose ports are written as a range between two of the ports that backup uses, as in `80-443`.

## Why it matters for backup

The founding documents of backup through a proxy write `80-443` in their sample rule while the text says 80 or 443. A \
rule copied from there opens 364 ports. Backup works; the rule lets out more than was meant.

## How it decides

By the text of the rule: both ends of the range are among 80, 443 and 8443.

## How to fix

List the ports: `80` and `443`.

## References

- https://github.com/MicrosoftDocs/azure-docs.ko-kr (articles/backup/backup-azure-arm-vms-prepare.md)
- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let groups = groups(case)?;
    let allowing = |group: &&'_ NetworkSecurityGroup| {
        group
            .rules
            .iter()
            .filter(|rule| rule.direction == Direction::Outbound && rule.access == Access::Allow)
            .count()
    };
    let findings: Vec<Finding> =
        groups.iter().flat_map(|group| group.rules.iter().filter_map(|rule| finding(group, rule))).collect();
    let looked = groups.iter().map(allowing).sum::<usize>();
    Ok(Conclusion::of(findings, vec![Evidence::text("outbound Allow rules", looked.to_string())]))
}

fn finding(group: &NetworkSecurityGroup, rule: &SecurityRule) -> Option<Finding> {
    if rule.direction != Direction::Outbound || rule.access != Access::Allow {
        return None;
    }
    let written = &rule.destination.ports_text;
    let (text, (first, last)) = written.iter().find_map(|entry| Some((entry, literal(entry)?)))?;
    let message = format!(
        "rule `{}` ({}) of `{}` allows `{text}`, which is {} ports, not {first} and {last}",
        rule.name,
        rule.priority,
        group.id.name(),
        last - first + 1
    );
    let ports = written.iter().flat_map(|entry| match literal(entry) {
        Some((first, last)) => vec![first.to_string(), last.to_string()],
        None => vec![entry.clone()],
    });
    let change = Command::update_rule(&group.id, &rule.name).list("--destination-port-ranges", ports);
    let back = Command::update_rule(&group.id, &rule.name).list("--destination-port-ranges", written);
    let remediation = Remediation::new(format!("list {first} and {last} instead of the range"))
        .command(change.to_string())
        .rollback(back.to_string());
    Some(
        Finding::new(message, group.id.as_str())
            .at(&rule.place)
            .with(Evidence::text("ports as written", written.join(", ")))
            .citing(documented(&["SARM18", "SCL17"]))
            .remedied_by(remediation),
    )
}
