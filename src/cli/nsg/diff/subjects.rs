//! What of the one input is to be compared with what of the other.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::azure::ResourceId;
use crate::cli::Failure;
use crate::cli::flow::At;
use crate::cli::input::nothing;
use crate::cli::standing::Standing;
use crate::facts::{Facts, Item, Items};
use crate::network::NetworkInterface;

/// What is compared, and what has nothing to be compared with.
#[derive(Debug, Default)]
pub(in crate::cli) struct Paired<'f> {
    pub(in crate::cli) subjects: Vec<Subject<'f>>,
    pub(in crate::cli) only_old: Vec<Label>,
    pub(in crate::cli) only_new: Vec<Label>,
}

/// One place as it was and as it is.
#[derive(Debug)]
pub(in crate::cli) struct Subject<'f> {
    pub(in crate::cli) label: Label,
    pub(in crate::cli) old: Standing<'f>,
    pub(in crate::cli) new: Standing<'f>,
}

/// What a place is called.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(in crate::cli) struct Label {
    kind: &'static str,
    pub(in crate::cli) name: String,
    id: String,
    /// Whether it acts on something that is compared: then that shows what it does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) attached: bool,
}

impl Label {
    fn of<T: Item>(item: &T) -> Self {
        let kind =
            if T::KIND == NetworkInterface::KIND { "networkInterface" } else { "networkSecurityGroup" };
        Self { kind, name: item.id().name().to_owned(), id: item.id().as_str().to_owned(), attached: false }
    }

    /// As in a sentence.
    pub(in crate::cli) fn text(&self) -> String {
        let kind = if self.kind == "networkInterface" { "network interface" } else { "group" };
        format!("{kind} `{}`", self.name)
    }
}

/// Pairs what the user named; else the only group of each; else everything of one id or name.
pub(in crate::cli) fn pair<'f>(old: &'f Facts, new: &'f Facts, at: &At) -> Result<Paired<'f>, Failure> {
    let wanted = at.wanted();
    if wanted.nsg.is_some() || wanted.nic.is_some() || wanted.vm.is_some() {
        let one = |facts, side| Standing::choose(facts, wanted).map_err(|failure| on_side(failure, side));
        return Ok(of_one(one(old, "OLD")?, one(new, "NEW")?));
    }
    let (before, after) = (&old.security_groups, &new.security_groups);
    if !old.interfaces.is_empty() && !new.interfaces.is_empty() {
        return Ok(environments(old, new));
    }
    for (groups, side) in [(before, "OLD"), (after, "NEW")] {
        if groups.is_empty() {
            return Err(nothing(&format!("{side} holds no network security group to compare")));
        }
    }
    if let (Some(one), Some(other), 1, 1) =
        (before.iter().next(), after.iter().next(), before.len(), after.len())
    {
        return Ok(of_one(Standing::Group(one), Standing::Group(other)));
    }
    let mut paired = Paired::default();
    paired.add(matched(before, after), Standing::Group);
    Ok(paired)
}

/// Every interface with everything in its way, and the groups that no interface in the input is behind.
fn environments<'f>(old: &'f Facts, new: &'f Facts) -> Paired<'f> {
    let mut paired = Paired::default();
    paired.add(matched(&old.interfaces, &new.interfaces), Standing::Interface);
    let acting = [acting(old), acting(new)];
    let mut groups = matched(&old.security_groups, &new.security_groups);
    groups.both.retain(|(one, other)| !acting[0].contains(&one.id) && !acting[1].contains(&other.id));
    let (before, after) = (paired.only_old.len(), paired.only_new.len());
    paired.add(groups, Standing::Group);
    let [old, new] = acting;
    let attach = |labels: &mut [Label], from: usize, acting: &BTreeSet<ResourceId>| {
        for label in labels.iter_mut().skip(from) {
            label.attached = acting.contains(&ResourceId::new(&label.id));
        }
    };
    attach(&mut paired.only_old, before, &old);
    attach(&mut paired.only_new, after, &new);
    paired
}

/// The groups in the way of some interface.
fn acting(facts: &Facts) -> BTreeSet<ResourceId> {
    let contexts = facts.interfaces.iter().map(|interface| facts.context_of(interface));
    let groups = contexts.flat_map(|context| [context.interface_group.ok(), context.subnet_group.ok()]);
    groups.flatten().flatten().map(|group| group.id.clone()).collect()
}

fn of_one<'f>(old: Standing<'f>, new: Standing<'f>) -> Paired<'f> {
    let label = match new {
        Standing::Interface(interface) => Label::of(interface),
        Standing::Group(group) => Label::of(group),
    };
    Paired { subjects: vec![Subject { label, old, new }], ..Paired::default() }
}

/// Resources of two inputs, side by side.
struct Matched<'f, T> {
    both: Vec<(&'f T, &'f T)>,
    only_old: Vec<&'f T>,
    only_new: Vec<&'f T>,
}

impl<'f> Paired<'f> {
    fn add<T: Item>(&mut self, matched: Matched<'f, T>, standing: fn(&'f T) -> Standing<'f>) {
        let subjects = matched.both.into_iter().map(|(one, other)| Subject {
            label: Label::of(other),
            old: standing(one),
            new: standing(other),
        });
        self.subjects.extend(subjects);
        self.only_old.extend(matched.only_old.into_iter().map(Label::of));
        self.only_new.extend(matched.only_new.into_iter().map(Label::of));
    }
}

/// By id; what is left by name, where the name says which: environments differ in subscription and resource group.
fn matched<'f, T: Item>(old: &'f Items<T>, new: &'f Items<T>) -> Matched<'f, T> {
    let (mut both, mut only_old) = (Vec::new(), Vec::new());
    let mut left: Vec<&T> = new.iter().collect();
    for one in old.iter() {
        match left.iter().position(|other| other.id() == one.id()) {
            Some(at) => both.push((one, left.remove(at))),
            None => only_old.push(one),
        }
    }
    let named = |items: &[&'f T], name: &str| -> Vec<&'f T> {
        items.iter().copied().filter(|item| item.id().name().eq_ignore_ascii_case(name)).collect()
    };
    for one in only_old.clone() {
        let name = one.id().name();
        if let ([_], [other]) = (named(&only_old, name).as_slice(), named(&left, name).as_slice()) {
            both.push((one, other));
            only_old.retain(|item| item.id() != one.id());
            left.retain(|item| item.id() != other.id());
        }
    }
    Matched { both, only_old, only_new: left }
}

/// Which of the two inputs an error is about.
fn on_side(failure: Failure, side: &str) -> Failure {
    match failure {
        Failure::Usage(message) => Failure::Usage(format!("{side}: {message}")),
        other => other,
    }
}
