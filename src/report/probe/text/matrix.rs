//! Who reaches what: a row an endpoint, a column a way there; shown where one endpoint is probed more than one way.

use std::collections::BTreeMap;
use std::io;

use super::super::super::page::{Ink, Page, Styled};
use super::super::Probed;
use super::mark;
use crate::probe::{Authority, Consumer, Outcome, Via};

/// Who asks, and by which way.
type Way = (Consumer, String);

pub(super) fn write(page: &mut Page<'_>, results: &[Probed]) -> io::Result<()> {
    let mut endpoints: Vec<&Authority> = Vec::new();
    let mut ways: Vec<Way> = Vec::new();
    let mut cells: BTreeMap<(&Authority, Way), &Probed> = BTreeMap::new();
    for probed in several_ways(results) {
        let (endpoint, way) = (&probed.target.authority, way(probed));
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
        if !ways.contains(&way) {
            ways.push(way.clone());
        }
        cells.entry((endpoint, way)).or_insert(probed);
    }
    if endpoints.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &[Styled(Ink::Bold, "By who asks, and how")])?;
    for endpoint in endpoints {
        page.line(2, &[Styled(Ink::Plain, &endpoint.to_string())])?;
        let known =
            ways.iter().filter_map(|way| cells.get(&(endpoint, way.clone())).map(|probed| (way, probed)));
        for ((consumer, via), probed) in known {
            let (mark, ink) = mark(probed);
            let who = format!(" {consumer:9}  ");
            let what = format!("{:28}  ", result(probed));
            let how = match &probed.target.configured_by {
                Some(place) => format!("{via} ({place})"),
                None => via.clone(),
            };
            let parts =
                [Styled(ink, mark), Styled(Ink::Plain, &who), Styled(ink, &what), Styled(Ink::Dim, &how)];
            page.line(4, &parts)?;
        }
    }
    Ok(())
}

/// The results of endpoints that were probed more than one way.
fn several_ways(results: &[Probed]) -> impl Iterator<Item = &Probed> {
    let differs = |one: &&Probed| {
        let (endpoint, own) = (&one.target.authority, &one.target.via);
        results.iter().any(|other| other.target.authority == *endpoint && other.target.via != *own)
    };
    results.iter().filter(differs)
}

fn way(probed: &Probed) -> Way {
    let via = match &probed.target.via {
        Via::Direct => "directly".to_owned(),
        Via::Proxy(proxy) => format!("through {proxy}"),
    };
    (probed.target.consumer, via)
}

fn result(probed: &Probed) -> String {
    match (&probed.observation.failure, probed.observation.outcome) {
        (Some(failure), _) => failure.kind.to_string(),
        (None, Outcome::Reached) => "reached".to_owned(),
        (None, outcome) => outcome.to_string(),
    }
}
