//! Findings that a person has looked at and keeps, with a reason.

use jiff::civil::Date;

use super::finding::{Answer, Reported, Suppressed};

/// A finding that is known and does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Which findings.
    pub scope: Scope,
    /// Why they do not count.
    pub reason: String,
    /// The last day on which it holds; `None`: for good.
    pub expires: Option<Date>,
    /// Where it is stated, to tell it from others.
    pub stated: String,
}

/// Which findings a suppression is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The id of the lint.
    pub id: &'static str,
    /// The name or id of the group, in any case; `None`: any.
    pub group: Option<String>,
    /// The name of the rule, in any case; `None`: any.
    pub rule: Option<String>,
}

impl Scope {
    /// Every finding of one lint.
    #[must_use]
    pub const fn of(id: &'static str) -> Self {
        Self { id, group: None, rule: None }
    }

    fn holds(&self, reported: &Reported) -> bool {
        let fits = |wanted: &Option<String>, named: &[&str]| {
            wanted.as_ref().is_none_or(|wanted| named.iter().any(|name| name.eq_ignore_ascii_case(wanted)))
        };
        let rule: Vec<&str> = reported.finding.rule.iter().map(|rule| rule.name.as_str()).collect();
        self.id == reported.lint.id
            && fits(&self.group, &[&reported.group, &reported.group_id])
            && fits(&self.rule, &rule)
    }
}

impl Suppression {
    /// Whether it no longer holds on this day. On the day that it names it still does.
    #[must_use]
    pub fn is_expired(&self, as_of: Date) -> bool {
        self.expires.is_some_and(|last| as_of > last)
    }
}

impl Answer {
    /// Sets aside what is suppressed on this day, and marks what was until lately.
    ///
    /// Where several suppressions hold one finding, the first that has not expired does.
    pub fn suppress(&mut self, suppressions: &[Suppression], as_of: Date) {
        let mut used = vec![false; suppressions.len()];
        for mut reported in std::mem::take(&mut self.reported) {
            let mut holding: Vec<&Suppression> = Vec::new();
            for (suppression, used) in suppressions.iter().zip(&mut used) {
                if suppression.scope.holds(&reported) {
                    *used = true;
                    holding.push(suppression);
                }
            }
            if let Some(by) = holding.iter().find(|suppression| !suppression.is_expired(as_of)) {
                self.suppressed.push(Suppressed { reported, by: (*by).clone() });
                continue;
            }
            reported.expired = holding.first().map(|suppression| (*suppression).clone());
            self.reported.push(reported);
        }
        let idle = suppressions.iter().zip(used).filter(|(_, used)| !used).map(|(one, _)| one.clone());
        self.unused.extend(idle);
    }
}
