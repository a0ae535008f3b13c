//! `explain --log FILE [INPUT…]`: the codes that a log names, and what the checks make of the causes of each.

mod answer;
mod standing;

use std::path::PathBuf;

use super::super::catalog::Catalog;
use super::super::check::{cloud_of, sources, subjects};
use super::super::machine::Machine;
use super::super::{Exit, Failure, Session, input};
use crate::backup::{Profile, Workload};
use crate::check::{self, Assumptions, CHECKS, Case, CaseOutcomes, Question, Source};
use crate::facts::Facts;
use crate::input::{Bundle, Document};
use crate::wire::{self, Codes};
use answer::Answer;

/// How much of a long log is read for what it tells beside its codes, in bytes.
const END: usize = 16 << 20;

/// What is to be explained, and what is known of the machine beside it.
#[derive(Debug)]
pub(super) struct Asked {
    /// The log, or a folder of logs.
    pub(super) log: PathBuf,
    /// What else is known.
    pub(super) inputs: Vec<PathBuf>,
    /// The machine whose inside is looked at.
    pub(super) machine: Machine,
    /// The VM, where the input holds several.
    pub(super) vm: Option<String>,
}

/// Finds, explains, and settles what can be settled. Exit 1 where a code was found.
pub(super) fn run(asked: &Asked, session: &Session) -> Result<Exit, Failure> {
    let log = input::documents(std::slice::from_ref(&asked.log))?;
    let mut codes = Codes::default();
    log.documents.iter().for_each(|document| codes.add(Codes::of(document)));
    let mut documents = input::documents(&asked.inputs)?.documents;
    documents.extend(asked.machine.told()?.into_iter().flat_map(|told| told.documents.documents));
    let mut facts = facts(log.documents, documents)?;
    // Before a VM is made up for the guest, which no export tells of.
    let sources = sources(&facts);
    facts.adopt_guest();
    facts.adopt_protected();
    let outcomes =
        if codes.known.is_empty() { Vec::new() } else { judged(&facts, sources, (asked, session))? };
    let survey = facts.guest.survey.as_ref();
    let looked_at = survey.and_then(|survey| survey.value.collected_at).map(|at| at.to_string());
    let answer = Answer::of(&asked.log.display().to_string(), &codes, (&outcomes, looked_at));
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session.write(|out| answer.page(out, session.layout()))?;
    }
    Ok(if codes.is_empty() { Exit::Ready } else { Exit::NotReady })
}

/// What everything tells. A log that cannot be read as a document is none, and no error.
fn facts(mut log: Vec<Document>, others: Vec<Document>) -> Result<Facts, Failure> {
    for document in &mut log {
        document.named_by_user = false;
        keep_end(document);
    }
    let of_log = log.len();
    // Logs may be large: they are moved, not copied.
    let mut bundle = Bundle { documents: log };
    bundle.documents.extend(others);
    match wire::parse(&bundle) {
        Ok(facts) => Ok(facts),
        Err(_) => Ok(wire::parse(&Bundle { documents: bundle.documents.split_off(of_log) })?),
    }
}

/// Keeps of a long log its end, from the beginning of a line on: that is what tells how things stand, and no collector brings
/// more. What is JSON or of two bytes a letter is kept whole.
fn keep_end(document: &mut Document) {
    let bytes = &document.bytes;
    let Some(from) = bytes.len().checked_sub(END) else { return };
    let is_text =
        bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(u8::is_ascii_alphanumeric)
            && bytes.get(1) != Some(&0);
    let line = bytes.iter().skip(from).position(|byte| *byte == b'\n');
    if let Some(line) = line.filter(|_| is_text) {
        document.bytes = document.bytes.split_off(from + line + 1);
    }
}

/// What the checks make of every VM that is known of.
fn judged(
    facts: &Facts,
    mut sources: Vec<Source>,
    (asked, session): (&Asked, &Session),
) -> Result<Vec<CaseOutcomes>, Failure> {
    if facts.vms.is_empty() && facts.security_groups.is_empty() && asked.vm.is_none() {
        return Ok(Vec::new());
    }
    let subjects = subjects(facts, asked.vm.as_deref())?;
    let catalog = Catalog::choose(session, session.options.cloud.or(cloud_of(facts, &subjects)))?;
    if !facts.observations.is_empty() {
        sources.push(Source::Probe);
    }
    let question = Question {
        workload: Workload::Vm,
        profile: Profile::Current,
        prefer: None,
        as_of: session.as_of(),
        vault: None,
        assumed: Assumptions { cloud: session.options.cloud, ..Assumptions::default() },
        ignored: Vec::new(),
        sources,
        alone: subjects.len() == 1,
    };
    let judged = |subject| check::run(CHECKS, &Case::new(facts, &catalog, subject, &question));
    Ok(subjects.into_iter().map(judged).collect())
}

#[cfg(test)]
mod tests {
    use super::{Document, END, keep_end};

    fn kept(bytes: Vec<u8>) -> Vec<u8> {
        let mut document = Document { name: "d".into(), bytes, named_by_user: true };
        keep_end(&mut document);
        document.bytes
    }

    #[test]
    fn of_a_long_log_the_end_is_kept_by_lines() {
        let long = b"2026 first line\n2026 second line\n".repeat(END / 32);
        let end = kept(long.clone());
        assert!(end.len() <= END && end.len() > END - 64, "{}", end.len());
        assert!(end.starts_with(b"2026 ") && long.ends_with(&end));
        assert_eq!(kept(b"2026 short\n".to_vec()), b"2026 short\n");
        for whole in
            [b"{\"a\":\n1}".repeat(END / 4), b"2\x000\x00\n\x00".repeat(END / 3), b"x".repeat(2 * END)]
        {
            assert_eq!(kept(whole.clone()).len(), whole.len());
        }
    }
}
