//! A name that Azure refuses.

use super::{Finding, Found, Kind, Lint, Subject};
use crate::backup::Severity;

pub(super) const LINT: Lint = Lint {
    id: "rule-name-invalid",
    title: "the name of a rule is none that Azure takes",
    kind: Kind::Rejected,
    severity: Severity::Blocker,
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Whether the name of each rule is one that Azure takes.

## Why it matters for backup

Azure refuses the rule, so that what it is to let out stays in.

## How it decides

At most 80 characters; a word character first, a word character or `_` last, and between them also `.` and `-`. Letters \
and digits of ASCII count as word characters.

## How to fix

Rename the rule. That makes a new rule, so delete the old one with it.

## References

- https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
";

/// The longest name, in characters.
const LONGEST: usize = 80;

fn run(subject: &Subject<'_>) -> Found {
    let refused = |name: &str| fault(name);
    let found = subject.group.rules.iter().filter_map(|rule| Some((rule, refused(&rule.name)?)));
    found
        .map(|(rule, fault)| {
            let message = format!("{} has a name that azure refuses: {fault}", subject.named(rule));
            Finding::about(rule, message, "rename it: letters, digits, `.`, `-` and `_`, at most 80 of them")
        })
        .collect()
}

/// What is wrong with a name.
fn fault(name: &str) -> Option<String> {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let length = name.chars().count();
    if length > LONGEST {
        return Some(format!("it has {length} characters, {LONGEST} at most"));
    }
    if let Some(other) = name.chars().find(|letter| !(word(*letter) || matches!(letter, '.' | '-'))) {
        return Some(format!("it holds `{other}`"));
    }
    // A name may begin with what it may end with: whether `_` may come first is told in two ways.
    let ends = [name.chars().next(), name.chars().next_back()];
    ends.iter()
        .any(|end| !end.is_some_and(word))
        .then(|| "it does not begin and end with a word character".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_azure_itself_are_taken_and_others_are_told() {
        for name in ["a", "AllowVnetInBound", "default-allow-ssh", "a.b-c_", "_x", "9", &"x".repeat(80)] {
            assert_eq!(fault(name), None, "{name}");
        }
        for name in ["", "a-", ".a", "-", "a b", "sh!", "é", "a/b", "a\u{1b}", &"x".repeat(81)] {
            assert!(fault(name).is_some(), "{name}");
        }
    }
}
