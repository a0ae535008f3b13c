//! Reading what the user named, and choosing among what is in it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Failure;
use super::failure::Unreadable;
use crate::azure::ResourceId;
use crate::collect::{self, Sources};
use crate::facts::{Facts, Item, Items};
use crate::input::Bundle;
use crate::wire::{self, ParseError};

/// How many candidates an error names.
const NAMED: usize = 8;

/// Everything that the documents tell. Input of which nothing at all is recognised cannot be judged.
pub(super) fn read(inputs: &[PathBuf]) -> Result<Facts, Failure> {
    facts(wire::parse, &documents(inputs)?)
}

/// The same with security rules as they are written, faults and all.
pub(super) fn read_as_written(inputs: &[PathBuf]) -> Result<Facts, Failure> {
    facts(wire::parse_as_written, &documents(inputs)?)
}

/// What the user named, as it is.
pub(super) fn documents(inputs: &[PathBuf]) -> Result<Bundle, Failure> {
    keep_freed_memory();
    Ok(collect::configuration(&Sources { inputs: inputs.to_vec() })?)
}

/// What documents tell, of which something must be recognised.
pub(super) fn facts(
    parse: impl Fn(&Bundle) -> Result<Facts, ParseError>,
    bundle: &Bundle,
) -> Result<Facts, Failure> {
    let facts = parse(bundle)?;
    if is_nothing(&facts, bundle) {
        let seen: Vec<String> =
            facts.unrecognised.iter().take(NAMED).map(|u| format!("{}: {}", u.place, u.reason)).collect();
        let seen = if seen.is_empty() { "no document at all".to_owned() } else { seen.join("; ") };
        return Err(nothing(&format!("nothing in the input is recognised: {seen}")));
    }
    Ok(facts)
}

/// Whether each of the documents as a whole was passed over: what one holds of others does not count for it.
fn is_nothing(facts: &Facts, bundle: &Bundle) -> bool {
    let whole = facts.unrecognised.iter().filter(|passed| passed.place.pointer.as_str().is_empty());
    let passed: BTreeSet<&str> = whole.map(|passed| passed.place.document.as_ref()).collect();
    bundle.documents.iter().all(|document| passed.contains(document.name.as_ref()))
}

/// Has the memory of the documents stay at hand for what is made of them.
///
/// The allocator of glibc gives large blocks back to the system, and every page that is had from there again costs a
/// fault. Having freed one block, it keeps all that are no larger. Nothing is ever written to this one.
fn keep_freed_memory() {
    /// The largest that glibc can be brought to keep.
    const KEPT: usize = 32 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT)));
}

/// An error about the input as a whole.
pub(super) fn nothing(message: &str) -> Failure {
    Failure::Input(Unreadable {
        message: message.to_owned(),
        expected: "what az, the REST API, PowerShell or Terraform prints about a VM and its network".into(),
        ..Unreadable::default()
    })
}

/// The one resource that `wanted` names, by id or by name in any case.
///
/// No such resource, or several of that name, is wrong usage; the candidates are named.
pub(super) fn named<'f, T: Item>(items: &'f Items<T>, wanted: &str) -> Result<&'f T, Failure> {
    let id = ResourceId::new(wanted);
    let fits = |item: &&T| *item.id() == id || item.id().name().eq_ignore_ascii_case(id.as_str());
    let found: Vec<&T> = items.iter().filter(fits).collect();
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(Failure::Usage(format!(
            "no {} `{wanted}` in the input: it holds {}",
            T::KIND,
            listed(items.iter().map(|item| item.id().name()))
        ))),
        several => Err(Failure::Usage(format!(
            "`{wanted}` names several: say which by its id, {}",
            listed(several.iter().map(|item| item.id().as_str()))
        ))),
    }
}

/// Names in backticks, the first few of them.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let all: Vec<&str> = names.collect();
    let mut shown: Vec<String> = all.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    if all.is_empty() {
        return "none".into();
    }
    if all.len() > NAMED {
        shown.push(format!("{} more", all.len() - NAMED));
    }
    shown.join(", ")
}
