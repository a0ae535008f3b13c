//! A rule allows a service of backup on a port that backup does not use.

use super::service::{Fate, Service, fate, lets_out, listed, names, services};
use super::subject::at;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::net::{FlowBox, PortSet};
use crate::nsg::SecurityRule;
use crate::tags::ServiceTag;

pub(super) const LINT: Lint = Lint {
    id: "backup-tag-wrong-port",
    title: "a rule allows a service of backup, but not on the port that backup needs",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Allow rules that name the service tag of something that backup must reach: whether port and protocol are those that \
backup uses, and whether the sender's port is left free.

## Why it matters for backup

All workloads of today reach `AzureBackup`, `Storage` and `AzureActiveDirectory` by HTTPS, Tcp 443. A rule for port 80 or \
8443 comes from older documents, and a rule that names 443 as the sender's port matches next to nothing: clients send from \
any port.

## How it decides

A finding only where the port that is missing is denied for every sender of the rule: where another rule lets it through, \
nothing is wrong. `Storage` on port 445 alone is taken for Azure Files, which is no business of backup's. A rule that never \
decides is `rule-shadowed` and no near miss.

## How to fix

Allow Tcp 443 to the tag, from any source port.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

/// The port of Azure Files.
const FILES: u16 = 445;
/// The ports from which clients send, at the least.
const CLIENTS: (u16, u16) = (49152, 65535);

fn run(subject: &Subject<'_>) -> Found {
    let mut found = Found::default();
    let services = services();
    for rule in subject.group.rules.iter().filter(|rule| lets_out(rule) && !subject.never_decides(rule)) {
        let terms = rule.destination.addresses.iter().flatten();
        let named = terms.filter_map(|term| {
            services.iter().find_map(|service| Some((service, service.named_by(subject.setting.tags, term)?)))
        });
        for (service, tag) in named {
            let Some(slip) = slip(rule, service) else { continue };
            // What the rule itself lets through is not what is missing.
            let own = rule.source.ports.as_ref().filter(|_| service.is_served_by(rule));
            let source_ports = own.map_or_else(PortSet::all, |own| PortSet::all().difference(own));
            let asked = |table: &_| {
                let flows = service.flows(at(table, &rule.place)?, &tag.addresses());
                Some(FlowBox { source_ports: source_ports.clone(), ..flows })
            };
            let (fate, leant) = fate(subject, asked);
            match fate {
                Fate::Pass => {}
                Fate::Denied(by) => {
                    let finding = finding(subject, (rule, service, tag), (&slip, &listed(&by)));
                    found.findings.push(finding.by(names(&by)).assuming(leant));
                }
                Fate::Open(because) => found.open.push(format!(
                    "whether `{}` is reached on {} beside {}: {}",
                    tag.name(),
                    service.asks(),
                    subject.named(rule),
                    because.into_iter().collect::<Vec<_>>().join("; ")
                )),
            }
        }
    }
    found
}

/// In what a rule misses what backup needs of a service, in words; `None` where it does not, or is about something else.
fn slip(rule: &SecurityRule, service: &Service) -> Option<String> {
    let (ports, protocols) = (rule.destination.ports.as_ref()?, rule.protocols?);
    if *ports == PortSet::one(FILES) {
        return None;
    }
    let mut slips = Vec::new();
    if !protocols.contains(service.protocol) {
        slips.push(format!("for {protocols}"));
    }
    if !ports.covers(&service.ports) {
        slips.push(format!("on port {ports}"));
    }
    let from = rule.source.ports.as_ref().filter(|from| !from.covers(&PortSet::from_ranges([CLIENTS])));
    slips.extend(from.map(|from| format!("from the sender's port {from}")));
    (!slips.is_empty()).then(|| slips.join(" and "))
}

fn finding(
    subject: &Subject<'_>,
    (rule, service, tag): (&SecurityRule, &Service, ServiceTag<'_>),
    (slip, by): (&str, &str),
) -> Finding {
    let message = format!(
        "{} allows `{}` only {slip}; backup needs {} from any port, which {by} denies",
        subject.named(rule),
        tag.name(),
        service.asks()
    );
    let remedy = format!("allow {} to `{}` from any source port", service.asks(), tag.name());
    Finding::about(rule, message, remedy)
}
