//! What differs from the round before.

use std::io;

use super::super::super::page::{Ink, Page, Styled};
use super::super::{ProbeReport, Probed};
use super::{gist, mark};

pub(in crate::report::probe) fn write(
    before: &ProbeReport,
    now: &ProbeReport,
    stamp: &str,
    page: &mut Page<'_>,
) -> io::Result<()> {
    for (probed, earlier) in now.results.iter().zip(&before.results) {
        if is_same(probed, earlier) {
            continue;
        }
        let (mark, ink) = mark(probed);
        let what = format!("{} via {}", probed.target.authority, probed.target.via);
        let change = format!(": {}, was {}", gist(probed), gist(earlier));
        let lead = format!("{stamp} ");
        let parts = [
            Styled(Ink::Dim, lead.as_str()),
            Styled(ink, mark),
            Styled(Ink::Plain, " "),
            Styled(Ink::Bold, &what),
            Styled(ink, &change),
        ];
        page.line(0, &parts)?;
        if let Some(failure) = &probed.observation.failure {
            page.entry(stamp.len() + 3, Styled(Ink::Dim, "seen "), &failure.detail)?;
        }
    }
    Ok(())
}

/// Whether nothing worth telling changed: times and addresses differ every time.
fn is_same(one: &Probed, other: &Probed) -> bool {
    let what = |probed: &Probed| {
        (probed.observation.outcome, probed.observation.failure.as_ref().map(|f| (f.phase, f.kind)))
    };
    what(one) == what(other)
}
