//! Rules list the prefixes of a service of backup, and the service has moved on.

use super::pin::{Pin, Pinned, pins_of};
use super::service::{Fate, Service, base, fate, ipv4, percent, services};
use super::subject::at;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::net::Prefix;
use crate::nsg::{Direction, SecurityRule};
use crate::tags::ServiceTag;

pub(super) const LINT: Lint = Lint {
    id: "backup-prefixes-stale",
    title: "rules list prefixes of a service of backup and miss some",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Outbound Allow rules that list prefixes instead of naming a service tag: whether they are those of a service that backup \
must reach, and whether they still hold all of it.

## Why it matters for backup

Microsoft changes the prefixes of its services every week. A list copied into a rule holds less of the service each month, \
and backup begins to fail now and then.

## How it decides

The rules of a group count together. They are a copy of a tag when at least half of their addresses are in it and they hold \
a quarter of it, or three of its prefixes as they stand there; of the global tag and those of the regions the one that fits \
best is taken (IPv4). A warning where what is missing is denied for every sender of the rules, a note where other rules let \
it through today. A rule that never decides is `rule-shadowed` and no near miss. The tag is that of the copy at hand.

## How to fix

Name the service tag in one rule instead of the prefixes.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

/// From this share of a tag on a list is a copy of it.
const COPY: f64 = 0.25;
/// As many prefixes of a tag, as they stand there, make a list a copy of it too.
const SAME: usize = 3;

fn run(subject: &Subject<'_>) -> Found {
    let mut found = Found::default();
    let tags = subject.setting.tags;
    for service in services() {
        let Some(global) = tags.find(service.base).map(|tag| pinned(&service, tag)) else { continue };
        // A list is put together by what is in the service at all; which tag it copies is seen from the whole of it.
        for pin in pins_of(subject.group, std::slice::from_ref(&global)) {
            let candidates = tags.tags().filter(|tag| base(tag.name()).eq_ignore_ascii_case(service.base));
            let Some(tag) = candidates.max_by(|a, b| likeness(&pin, *a).total_cmp(&likeness(&pin, *b)))
            else {
                continue;
            };
            let meant = pinned(&service, tag);
            let pin = Pin { service: &meant, ..pin };
            if is_copy(&pin, tag) && !pin.missing().is_empty() {
                judge(subject, (&service, &pin), &mut found);
            }
        }
    }
    found
}

fn pinned(service: &Service, tag: ServiceTag<'_>) -> Pinned {
    Pinned {
        key: service.base,
        tag: tag.name().to_owned(),
        addresses: tag.addresses(),
        ports: service.ports.clone(),
        protocol: service.protocol,
    }
}

/// How much list and tag have in common, of what they hold together.
fn likeness(pin: &Pin<'_>, tag: ServiceTag<'_>) -> f64 {
    let addresses = ipv4(&tag.addresses());
    let common = pin.listed.intersection(&addresses).count();
    common.share_of(pin.listed.union(&addresses).count())
}

fn is_copy(pin: &Pin<'_>, tag: ServiceTag<'_>) -> bool {
    let of_tag: std::collections::BTreeSet<Prefix> = tag.prefixes().collect();
    let same = pin.rules.iter().flat_map(|rule| Pin::prefixes(rule)).filter(|prefix| of_tag.contains(prefix));
    1.0 - pin.missing_share() >= COPY || same.count() >= SAME
}

/// Adds what is to be said of a copy that misses something.
fn judge(subject: &Subject<'_>, (service, pin): (&Service, &Pin<'_>), found: &mut Found) {
    let deciding: Vec<&SecurityRule> =
        pin.rules.iter().copied().filter(|rule| !subject.never_decides(rule)).collect();
    let Some(first) = deciding.first().filter(|_| subject.tables(Direction::Outbound).is_ok()) else {
        return;
    };
    let missing = pin.missing();
    let message = format!(
        "the prefixes that {} of `{}` list for `{}` miss {} of its addresses",
        pin.names(),
        subject.group.id.name(),
        pin.service.tag,
        percent(pin.missing_share())
    );
    let remedy = format!("name `{}` in one rule instead of its prefixes", pin.service.tag);
    let finding = Finding::about(first, message, remedy);
    let asked = |table: &_| Some(service.flows(at(table, &first.place)?, &missing));
    let (fate, leant) = fate(subject, asked);
    found.findings.push(match fate {
        Fate::Denied(_) => finding.assuming(leant),
        Fate::Pass => {
            let message = format!("{}; other rules let them through today", finding.message);
            Finding { message, ..finding }.weighing(Severity::Note).assuming(leant)
        }
        Fate::Open(because) => {
            let because: Vec<String> = because.into_iter().collect();
            found.open.push(format!(
                "whether what {} misses of `{}` is let through otherwise: {}",
                subject.named(first),
                pin.service.tag,
                because.join("; ")
            ));
            finding
        }
    });
}
