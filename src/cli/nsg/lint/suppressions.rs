//! The file of findings that are known: `[[suppress]]` with `id`, `group`, `rule`, `reason`, `expires`.

use std::fs;
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use crate::cli::explain::nearest_ids;
use crate::cli::failure::Unreadable;
use crate::cli::{Failure, input};
use crate::lint::{LINTS, Scope, Suppression, lint};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    suppress: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    group: Option<String>,
    rule: Option<String>,
    reason: Spanned<String>,
    expires: Option<Spanned<Value>>,
}

/// Reads the file; an id that is no lint, a reason that says nothing and a date that is none end the run.
pub(super) fn read(path: &Path) -> Result<Vec<Suppression>, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failure::reading(&name, &error))?;
    parse(&Origin { name: &name, text: &text })
}

/// The lints whose ids share most words with `what`, at most three.
pub(super) fn nearest(what: &str) -> Vec<&'static str> {
    nearest_ids(what, LINTS.iter().map(|lint| lint.id))
}

struct Origin<'t> {
    name: &'t str,
    text: &'t str,
}

impl Origin<'_> {
    /// The line and column of a byte, counted from 1.
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }

    fn refuse(&self, at: &Range<usize>, found: &str, expected: &str) -> Failure {
        Failure::Input(Unreadable {
            message: format!("{}: {found}, expected {expected}", self.place(at.start)),
            document: self.name.to_owned(),
            expected: expected.to_owned(),
            ..Unreadable::default()
        })
    }
}

fn parse(origin: &Origin<'_>) -> Result<Vec<Suppression>, Failure> {
    let file: File = toml::from_str(origin.text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        // What TOML itself says may take several lines, and repeat the text.
        let said = error.message().lines().collect::<Vec<_>>().join(" ");
        origin.refuse(&at, &said, "`[[suppress]]` with `id`, `reason` and perhaps `group`, `rule`, `expires`")
    })?;
    file.suppress.into_iter().map(|entry| suppression(origin, entry)).collect()
}

fn suppression(origin: &Origin<'_>, entry: Spanned<Entry>) -> Result<Suppression, Failure> {
    let at = entry.span();
    let entry = entry.into_inner();
    let id = entry.id.get_ref();
    let known = lint(id).ok_or_else(|| {
        let near: Vec<&str> = nearest(id).into_iter().collect();
        let wanted = if near.is_empty() {
            "the id of one, as `nsg lint` shows it with each finding".to_owned()
        } else {
            format!("the id of one, such as {}", input::listed(near.into_iter()))
        };
        origin.refuse(&entry.id.span(), &format!("`{id}` is no lint"), &wanted)
    })?;
    let reason = entry.reason.get_ref().trim();
    if reason.is_empty() {
        let found = "the reason is empty";
        return Err(origin.refuse(
            &entry.reason.span(),
            found,
            "a few words on why the finding does not count",
        ));
    }
    let expires = entry.expires.map(|date| expiry(origin, &date)).transpose()?;
    Ok(Suppression {
        scope: Scope { id: known.id, group: entry.group, rule: entry.rule },
        reason: reason.to_owned(),
        expires,
        stated: origin.place(at.start),
    })
}

/// A date of TOML's own, or its text.
fn expiry(origin: &Origin<'_>, value: &Spanned<Value>) -> Result<Date, Failure> {
    let text = match value.get_ref() {
        Value::Datetime(date) if date.time.is_none() => date.to_string(),
        Value::String(text) => text.clone(),
        other => other.type_str().to_owned(),
    };
    // Only the whole text, so that a time of day is not passed over.
    let plain = text.len() == "2027-01-31".len();
    let date = text.parse().ok().filter(|_| plain);
    date.ok_or_else(|| origin.refuse(&value.span(), &format!("found `{text}`"), "a date such as 2027-01-31"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Suppression>, String> {
        parse(&Origin { name: "s.toml", text }).map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_is_stated_is_read() {
        let text = "# known\n[[suppress]]\nid = \"Rule-Shadowed\"\ngroup = \"n\"\nrule = \"r\"\nreason = \" on purpose \"\nexpires = 2027-01-31\n\n[[suppress]]\nid = \"probe-denied\"\nreason = \"no load balancer\"\nexpires = \"2027-02-01\"\n";
        let all = read(text).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].scope.id, "rule-shadowed");
        assert_eq!((all[0].reason.as_str(), all[0].stated.as_str()), ("on purpose", "s.toml:2:1"));
        assert!(!all[0].is_expired("2027-01-31".parse().unwrap()));
        assert!(all[0].is_expired("2027-02-01".parse().unwrap()));
        assert_eq!((all[1].scope.group.as_ref(), all[1].expires), (None, "2027-02-01".parse().ok()));
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        for (text, place, said) in [
            ("[[suppress]]\nid = \"rule-shadwed\"\nreason = \"x\"", "s.toml:2:6", "`rule-shadowed`"),
            ("[[suppress]]\nid = \"rule-shadowed\"", "s.toml:1:1", "reason"),
            ("[[suppress]]\nid = \"rule-shadowed\"\nreason = \" \"", "s.toml:3:10", "empty"),
            ("[[suppress]]\nid = \"rule-shadowed\"\nreason = \"x\"\nuntil = 1", "s.toml:4:1", "until"),
            (
                "[[suppress]]\nid = \"rule-shadowed\"\nreason = \"x\"\nexpires = \"soon\"",
                "s.toml:4:11",
                "`soon`",
            ),
            (
                "[[suppress]]\nid = \"rule-shadowed\"\nreason = \"x\"\nexpires = 2027-01-31T00:00:00Z",
                "s.toml:4:11",
                "date",
            ),
            ("[[suppress]\n", "s.toml:1:", "suppress"),
            ("suppress = 1", "s.toml:1:", "[[suppress]]"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(place) && error.contains(said), "{text}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}
