//! What is meant as a prefix and is none.

use super::service::joined;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::{AddressTerm, SecurityRule};

pub(super) const LINT: Lint = Lint {
    id: "prefix-invalid",
    title: "an address of a rule is neither a prefix nor a name",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether each address of a rule can be a prefix or the name of a service tag.

## Why it matters for backup

Azure refuses the rule (SecurityRuleInvalidAddressPrefix), so that what it is to let out stays in.

## How it decides

By the text: names of service tags begin with a letter and hold letters, digits, `.`, `_` and `-`; what begins with a digit \
or holds anything else and is no prefix, such as `10.0.0.0/33`, `10.0.0.4-10.0.0.9` or `10.0.0.0/24,10.0.1.0/24`, is \
neither. `Any` is none of Azure's words either: that is `*`. What a field of a template or plan leaves open is not looked at.

## How to fix

Write a prefix (`10.0.0.0/24`), an address, `*` or the name of a service tag; several prefixes go into the plural list.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- https://github.com/hashicorp/terraform-provider-azurerm/issues/5617
- https://github.com/ernestio/ernest/issues/473
";

fn run(subject: &Subject<'_>) -> Found {
    let wrong = |rule: &SecurityRule| {
        let terms =
            [&rule.source, &rule.destination].into_iter().flat_map(|side| side.addresses.iter().flatten());
        let wrong: Vec<String> = terms
            .filter_map(|term| match term {
                AddressTerm::Tag(name) if is_meant_as_prefix(name) => Some(format!("`{name}`")),
                _ => None,
            })
            .collect();
        (!wrong.is_empty()).then_some(wrong)
    };
    let found = subject.group.rules.iter().filter_map(|rule| Some((rule, wrong(rule)?)));
    found
        .map(|(rule, wrong)| {
            let numbers = wrong.iter().all(|text| text.trim_matches('`').parse::<u32>().is_ok());
            let taken = if numbers { "" } else { ": azure refuses that" };
            let (wrong, are) = (joined(&wrong, 3), if wrong.len() == 1 { "is" } else { "are" });
            let message = format!(
                "{} names {wrong}, which {are} neither a prefix nor a service tag{taken}",
                subject.named(rule)
            );
            let remedy = "write a prefix such as `10.0.0.0/24`, an address, `*` or a service tag";
            let finding = Finding::about(rule, message, remedy);
            // Recorded answers of older versions hold rules with plain numbers.
            if numbers { finding.weighing(Severity::Warning) } else { finding }
        })
        .collect()
}

/// Whether a text that is no prefix cannot be the name of a service tag either.
pub(super) fn is_meant_as_prefix(name: &str) -> bool {
    let letters = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | ' ');
    !name.starts_with(|first: char| first.is_alphabetic())
        || !name.chars().all(letters)
        || name.eq_ignore_ascii_case("any")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_broken_prefixes_are_told_apart() {
        for name in
            ["Storage.KoreaCentral", "storage.Korea Central", "AzureCloud.norwaye", "CorpNetSaw", "abc"]
        {
            assert!(!is_meant_as_prefix(name), "{name}");
        }
        for text in
            ["789", "10.0.0.0/33", "10.0.0.4-10.0.0.9", "10.0.0.0/24, 10.1.0.0/24", "fe80::/129", "any", ""]
        {
            assert!(is_meant_as_prefix(text), "{text}");
        }
    }
}
