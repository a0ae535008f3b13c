//! Which answers occur among some flows, without telling which flows those are.

use std::ops::ControlFlow;

use super::Classes;
use super::lanes::{Column, Lane};
use crate::net::FlowBox;
use crate::nsg::resolve::Unmatched;
use crate::nsg::rule::Access;
use crate::nsg::verify::Overall;

impl Classes<'_> {
    /// Which answers occur among the flows of `asked`: what [`verify`](Self::verify) finds overall, sooner. It stops at
    /// the first two flows that settle it.
    #[must_use]
    pub fn overall(&self, asked: &FlowBox) -> Overall {
        let mut seen = Seen::default();
        let see = |others: &[u64], row: &[u64]| {
            seen.add(self.access(others, row));
            if seen.is_settled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        match self.space.combinations(asked, (self.columns.len(), see)) {
            Some(_) => seen.overall(),
            None => self.verify(asked).overall(),
        }
    }

    /// What becomes of flows that exactly the columns in both rows hold; `None` where the worlds differ.
    fn access(&self, others: &[u64], row: &[u64]) -> Option<Access> {
        let mut agreed = None;
        for chains in &self.worlds {
            let access = follow(chains.first()?, &self.columns, (others, row))?;
            if *agreed.get_or_insert(access) != access {
                return None;
            }
        }
        agreed
    }
}

/// First match, lane after lane.
fn follow(lanes: &[Lane], columns: &[Column], (others, row): (&[u64], &[u64])) -> Option<Access> {
    for lane in lanes {
        let words = lane.mask.iter().zip(others).zip(row).enumerate();
        let mut shared = words.map(|(index, ((mask, other), word))| (index, mask & other & word));
        let first = shared.find(|(_, word)| *word != 0);
        let Some((index, word)) = first else {
            match lane.unmatched {
                Unmatched::Passes => continue,
                Unmatched::Open => return None,
            }
        };
        match columns.get(index * 64 + word.trailing_zeros() as usize)?.access {
            Access::Deny => return Some(Access::Deny),
            Access::AlwaysAllow => break,
            Access::Allow => {}
        }
    }
    Some(Access::Allow)
}

/// The answers seen so far.
#[derive(Debug, Default)]
struct Seen {
    allow: bool,
    deny: bool,
    open: bool,
}

impl Seen {
    fn add(&mut self, access: Option<Access>) {
        match access {
            Some(Access::Deny) => self.deny = true,
            Some(Access::Allow | Access::AlwaysAllow) => self.allow = true,
            None => self.open = true,
        }
    }

    /// Whether nothing that is still to be seen can change what is said of all.
    const fn is_settled(&self) -> bool {
        self.deny && (self.allow || self.open)
    }

    const fn overall(&self) -> Overall {
        match (self.allow, self.deny, self.open) {
            (false, true, false) => Overall::Deny,
            (_, true, _) => Overall::Mixed,
            (_, false, true) => Overall::Undetermined,
            (_, false, false) => Overall::Allow,
        }
    }
}
