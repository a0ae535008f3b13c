//! Prefixes of one list overlap.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;
use crate::net::Prefix;
use crate::nsg::AddressTerm;

pub(super) const LINT: Lint = Lint {
    id: "prefixes-overlap",
    title: "prefixes of one side of a rule overlap",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the prefixes that a rule lists for one side are apart from one another.

## Why it matters for backup

Azure refuses the rule (OverlappingSubnetsNotPermittedInSecurityRule), so that what it is to let out stays in. Lists of \
prefixes that were put together from several sources overlap easily.

## How it decides

By the plural list of each side: a prefix that holds another, or the same twice.

## How to fix

Leave out the prefix that another holds.

## References

- https://github.com/kubernetes-sigs/cloud-provider-azure/issues/6775
- https://github.com/alan-turing-institute/data-safe-haven/issues/2077
";

fn run(subject: &Subject<'_>) -> Found {
    let mut findings = Vec::new();
    for rule in &subject.group.rules {
        let Some(text) = subject.text_of(rule) else { continue };
        for (name, listed) in ["source", "destination"].iter().zip(&text.listed) {
            let Some((wide, narrow, more)) = overlap(listed) else { continue };
            let others = if more > 0 { format!(", and {more} more such pairs") } else { String::new() };
            let message = format!(
                "{} lists `{wide}` and `{narrow}` in its {name}, which overlap{others}: azure refuses that",
                subject.named(rule)
            );
            findings.push(Finding::about(rule, message, format!("leave `{narrow}` out: `{wide}` holds it")));
        }
    }
    findings.into()
}

/// The first two prefixes of which one holds the other, and how many more there are.
fn overlap(listed: &[AddressTerm]) -> Option<(Prefix, Prefix, usize)> {
    let mut prefixes: Vec<Prefix> = listed
        .iter()
        .filter_map(|term| match term {
            AddressTerm::Prefix(prefix) => Some(*prefix),
            _ => None,
        })
        .collect();
    // By first address, the widest first: a prefix that holds others then stands before them.
    prefixes.sort_by_key(|prefix| (prefix.first(), prefix.length()));
    let mut widest: Option<Prefix> = None;
    let mut found = Vec::new();
    for prefix in prefixes {
        match widest {
            Some(wide) if wide.covers(&prefix) => found.push((wide, prefix)),
            _ => widest = Some(prefix),
        }
    }
    let (wide, narrow) = *found.first()?;
    Some((wide, narrow, found.len() - 1))
}
