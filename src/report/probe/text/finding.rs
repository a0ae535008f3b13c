//! What there is to say of targets: those of which the same is to be said stand together.

use std::collections::{HashMap, HashSet};
use std::io;

use super::super::super::page::{Detail, Ink, Page, Styled};
use super::super::{Probed, Reached};
use super::mark;
use crate::probe::{Consumer, Need, Outcome, Target, Via, advice, meaning};

/// Labels stand in a column this wide.
const LABELS: usize = 13;
/// How many targets, and how many accounts of one thing, stand together; the table has them all.
const MOST: usize = 8;
/// What stands for a target where the same is said of several.
const EACH: &str = "each of them";

/// Targets of which the same is to be said.
struct Group<'r> {
    members: Vec<&'r Probed>,
    said: Said,
}

/// What is said of a target, the target itself left out.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Said {
    outcome: Outcome,
    weighs: Reached,
    via: Option<String>,
    proves: String,
    notes: Vec<String>,
    fault: Option<String>,
    advice: Option<String>,
}

/// Writes of every target of which there is more to say than that it was reached; with all details, of every one.
pub(super) fn write(page: &mut Page<'_>, results: &[Probed]) -> io::Result<()> {
    let all = page.detail() == Detail::Everything;
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: HashMap<Said, usize> = HashMap::new();
    for probed in results.iter().filter(|probed| all || is_telling(probed)) {
        let said = Said::of(probed);
        let place = *known.entry(said).or_insert_with_key(|said| {
            groups.push(Group { members: Vec::new(), said: said.clone() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.members.push(probed);
        }
    }
    groups
        .sort_by_key(|group| std::cmp::Reverse((group.said.weighs, group.said.outcome != Outcome::Reached)));
    groups.iter().try_for_each(|group| {
        page.blank()?;
        group.write(page)
    })
}

/// Whether there is more to say of it than that it was reached.
fn is_telling(probed: &Probed) -> bool {
    let seen = &probed.observation;
    seen.outcome != Outcome::Reached || !notes(probed).is_empty() || probed.placement.is_some()
}

fn notes(probed: &Probed) -> Vec<String> {
    let seen = &probed.observation;
    let resolution = seen.resolution.iter().flat_map(|resolution| &resolution.notes);
    // Where nothing was seen, they are what there is to say, and said already.
    let said =
        seen.failure.is_none() && seen.outcome != Outcome::Reached && probed.target.uncertain.is_none();
    let own = seen.notes.iter().filter(|_| !said);
    let mut notes: Vec<String> = Vec::new();
    for note in own.chain(resolution) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    notes
}

impl Said {
    fn of(probed: &Probed) -> Self {
        let Probed { target, observation: seen, placement } = probed;
        let plain = |text: &str| {
            let text = text.replace(&target.authority.to_string(), EACH);
            text.replace(&target.authority.host.to_string(), EACH)
        };
        let fault = placement.as_ref().map(|placement| {
            let fault = placement.fault.map_or_else(|| "open".to_owned(), |fault| fault.to_string());
            format!("{fault}: {}", placement.sentence)
        });
        Self {
            outcome: seen.outcome,
            weighs: probed.weighs(),
            via: through(target),
            proves: plain(&meaning(target, seen)),
            notes: notes(probed),
            fault,
            advice: advice(target, seen).map(|advice| plain(&advice)),
        }
    }
}

fn through(target: &Target) -> Option<String> {
    let Via::Proxy(proxy) = &target.via else { return None };
    Some(match &target.configured_by {
        Some(place) => format!("{proxy}, set by {place}"),
        None => proxy.to_string(),
    })
}

impl Group<'_> {
    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let Some(first) = self.members.first() else { return Ok(()) };
        let (mark, ink) = mark(first);
        let word = match (self.said.outcome, self.said.weighs) {
            (Outcome::Failed, Reached::Not) => "FAILED",
            (Outcome::Undecided, Reached::Open) => "UNDECIDED",
            (outcome, _) => outcome.word(),
        };
        let lead = format!("{mark} {word}  ");
        for probed in self.members.iter().take(MOST) {
            let whom = probed.target.authority.to_string();
            page.line(0, &[Styled(ink, &lead), Styled(Ink::Bold, &whom)])?;
        }
        if self.members.len() > MOST {
            let more = format!("and {} more, in the table below", self.members.len() - MOST);
            page.line(lead.chars().count(), &[Styled(Ink::Dim, &more)])?;
        }
        self.details(page, first)
    }

    fn details(&self, page: &mut Page<'_>, first: &Probed) -> io::Result<()> {
        rows(page, "needed for", &self.each(|probed| Some(needed(&probed.target))))?;
        rows(page, "through", self.said.via.as_slice())?;
        let seen = |probed: &Probed| {
            let failure = probed.observation.failure.as_ref();
            failure.map(|failure| format!("{failure}; {}", failure.detail))
        };
        rows(page, "seen", &self.each(seen))?;
        // Of one target alone it is said by its name.
        let alone = self.members.len() == 1;
        let proves =
            if alone { meaning(&first.target, &first.observation) } else { self.said.proves.clone() };
        rows(page, "proves", &[proves])?;
        self.said.notes.iter().try_for_each(|note| rows(page, "note", std::slice::from_ref(note)))?;
        rows(page, "fault", self.said.fault.as_slice())?;
        let own = if alone { advice(&first.target, &first.observation) } else { self.said.advice.clone() };
        own.map_or(Ok(()), |advice| {
            page.entry(4, Styled(Ink::Bold, &format!("{:LABELS$}", "what to do")), &advice)
        })
    }

    /// What is told of the members, each account once.
    fn each(&self, tell: impl Fn(&Probed) -> Option<String>) -> Vec<String> {
        let mut known = HashSet::new();
        let accounts = self.members.iter().filter_map(|probed| tell(probed));
        let mut told: Vec<String> = accounts.filter(|account| known.insert(account.clone())).collect();
        if told.len() > MOST {
            let more = told.len() - MOST;
            told.truncate(MOST);
            told.push(format!("and {more} more"));
        }
        told
    }
}

fn needed(target: &Target) -> String {
    let Some(requirement) = &target.requirement else { return "you named it".to_owned() };
    let who = target.consumers().filter(|consumer| *consumer != Consumer::User);
    let who: Vec<String> = who.map(|consumer| format!("the {consumer}")).collect();
    let who = if who.is_empty() { String::new() } else { format!(", by {}", who.join(" and ")) };
    match &target.need {
        Need::Required => format!("{requirement}{who}; backup depends on it"),
        Need::Optional => format!("{requirement}{who}; backup does not hang on it"),
        Need::Depends(on) => format!("{requirement}{who}; whether backup depends on it depends on {on}"),
    }
}

/// Values under one label.
fn rows(page: &mut Page<'_>, label: &str, values: &[String]) -> io::Result<()> {
    for (index, value) in values.iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        page.entry(4, Styled(Ink::Dim, &format!("{label:LABELS$}")), value)?;
    }
    Ok(())
}
