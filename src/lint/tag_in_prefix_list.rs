//! A service tag or `*` in a list of prefixes.

use super::service::joined;
use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::nsg::AddressTerm;

pub(super) const LINT: Lint = Lint {
    id: "tag-in-prefix-list",
    title: "a list of prefixes holds a service tag or `*`",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether `sourceAddressPrefixes` and `destinationAddressPrefixes`, the plural lists, hold prefixes and nothing else.

## Why it matters for backup

`AzureBackup` and `Storage` in one list is the rule that comes to mind, and Azure refuses it: a rule takes one service tag \
a side, in the singular field.

## How it decides

By the text of the plural lists: `*` and names of service tags do not belong there \
(SecurityRuleParameterContainsUnsupportedValue).

## How to fix

Make a rule for each tag, in the singular field, each with a priority of its own.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- https://github.com/hashicorp/terraform-provider-azurerm/issues/5617
";

fn run(subject: &Subject<'_>) -> Found {
    let mut findings = Vec::new();
    for rule in &subject.group.rules {
        let Some(text) = subject.text_of(rule) else { continue };
        for (side, listed) in ["source", "destination"].iter().zip(&text.listed) {
            let misplaced: Vec<String> = listed
                .iter()
                .filter(|term| match term {
                    AddressTerm::Any => true,
                    AddressTerm::Tag(name) => !super::prefix_invalid::is_meant_as_prefix(name),
                    _ => false,
                })
                .map(|term| format!("`{term}`"))
                .collect();
            if misplaced.is_empty() {
                continue;
            }
            let message = format!(
                "{} lists {} among the prefixes of its {side}: azure refuses that",
                subject.named(rule),
                joined(&misplaced, 3)
            );
            let remedy = match misplaced.as_slice() {
                [_] if listed.len() == 1 => "write it in the singular field instead of the list".to_owned(),
                _ => "make a rule for each tag, in the singular field, each with its own priority".to_owned(),
            };
            findings.push(Finding::about(rule, message, remedy));
        }
    }
    findings.into()
}
