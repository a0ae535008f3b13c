//! A rule names a service tag that is not known.

use super::service::joined;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::azure::platform;
use crate::backup::Severity;
use crate::nsg::{AddressTerm, SecurityRule};
use crate::tags::{TagCatalog, UnknownTag};

pub(super) const LINT: Lint = Lint {
    id: "tag-unknown",
    title: "a rule names a service tag that is not known",
    kind: Kind::NearMiss,
    severity: Severity::Warning,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Every name in the rules of the group that is no prefix: whether the service tags at hand have it.

## Why it matters for backup

A misspelt tag in a rule meant to let backup out lets nothing out; Azure refuses it when the rule is made. The tag of \
storage, to name the one that is missed most, is `Storage` and not `AzureStorage`.

## How it decides

Names are compared without regard to case, regions in any spelling. `VirtualNetwork`, `Internet`, `AzureLoadBalancer` and \
the tags of the platform are always known. A warning where a name is near that is known; else a note, since the tag may be \
younger than the copy at hand, or not public. Where no service tags of this cloud are at hand nothing is said of any name.

## How to fix

Correct the name, or give a newer tag file with `--tags FILE`.

## References

- https://learn.microsoft.com/azure/virtual-network/service-tags-overview
";

/// The tags that mean something else in every network; no file lists them.
const CONTEXTUAL: [&str; 3] = ["VirtualNetwork", "Internet", "AzureLoadBalancer"];

/// Other names of services, and the tags that they have.
const RENAMED: [(&str, &str); 5] = [
    ("AAD", "AzureActiveDirectory"),
    ("AzureAD", "AzureActiveDirectory"),
    ("EntraID", "AzureActiveDirectory"),
    ("MicrosoftEntraID", "AzureActiveDirectory"),
    ("ARM", "AzureResourceManager"),
];

fn run(subject: &Subject<'_>) -> Found {
    let tags = subject.setting.tags;
    let mut found = Found::default();
    let named = subject.group.rules.iter().flat_map(|rule| listed_tags(rule).map(move |tag| (rule, tag)));
    let wanted = |name: &&(&SecurityRule, &str)| !super::prefix_invalid::is_meant_as_prefix(name.1);
    let mut named: Vec<(&SecurityRule, &str)> = named.collect();
    named.retain(|name| wanted(&name));
    if tags.names().next().is_none() {
        let first = named.first();
        found.open.extend(first.map(|_| {
            format!("what the service tags in the rules of `{}` hold: no tags of this cloud are at hand (`--tags FILE`)", subject.group.id.name())
        }));
        return found;
    }
    for (rule, tag) in named {
        let Err(unknown) = tags.resolve(tag) else { continue };
        let near: Vec<String> = meant(tags, &unknown).iter().map(|name| format!("`{name}`")).collect();
        let known =
            format!("{} names `{}`, which is no service tag known here", subject.named(rule), unknown.name);
        found.findings.push(if near.is_empty() {
            let remedy = "give a newer tag file with `--tags FILE`, or correct the name";
            Finding::about(rule, known, remedy).weighing(Severity::Note)
        } else {
            let message =
                format!("{known}; did you mean {}?", joined(&near, near.len()).replace(" and ", " or "));
            Finding::about(rule, message, "correct the name: azure refuses a tag that does not exist")
        });
    }
    found
}

/// The names in a rule that a tag file would have to hold.
pub fn listed_tags(rule: &SecurityRule) -> impl Iterator<Item = &str> {
    let listed = |tag: &str| {
        platform::service_of_tag(tag).is_none()
            && !CONTEXTUAL.iter().any(|known| known.eq_ignore_ascii_case(tag))
    };
    let terms =
        [&rule.source, &rule.destination].into_iter().flat_map(|side| side.addresses.iter().flatten());
    terms.filter_map(move |term| match term {
        AddressTerm::Tag(tag) if listed(tag) => Some(tag.as_str()),
        _ => None,
    })
}

/// The names that a person may have meant by one that is no tag: the same with or without what Azure puts before some
/// (`AzureStorage` for `Storage`), another name of the service, a contextual tag; else what is spelt nearly so.
#[must_use]
pub fn meant(tags: &TagCatalog, unknown: &UnknownTag) -> Vec<String> {
    let name = unknown.name.strip_prefix("Microsoft.").unwrap_or(&unknown.name);
    let (base, region) = name.split_once('.').map_or((name, None), |(base, region)| (base, Some(region)));
    let renamed =
        RENAMED.iter().filter(|(old, _)| old.eq_ignore_ascii_case(base)).map(|(_, tag)| (*tag).to_owned());
    let shortened = base.get(..5).filter(|azure| azure.eq_ignore_ascii_case("Azure")).and(base.get(5..));
    let bases = renamed.chain([base.to_owned(), format!("Azure{base}")]).chain(shortened.map(str::to_owned));
    let regional = |base: String| region.map_or_else(|| base.clone(), |region| format!("{base}.{region}"));
    let found = bases.filter_map(|base| tags.find(&regional(base))).map(|tag| tag.name().to_owned());
    let contextual = CONTEXTUAL.iter().filter(|known| near(known, name)).map(|known| (*known).to_owned());
    let mut all: Vec<String> = found.chain(contextual).collect();
    all.dedup();
    if all.is_empty() { unknown.nearest.clone() } else { all }
}

/// Whether two names differ by no more than what separates their words, or by a plural.
fn near(known: &str, name: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.flat_map(char::to_lowercase).collect()
    };
    let (known, name) = (plain(known), plain(name));
    known == name || name == format!("{known}s") || name == "vnet" && known == "virtualnetwork"
}
