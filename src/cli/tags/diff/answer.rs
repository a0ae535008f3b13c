//! `azpreflight/tags-diff/v1`.

use serde::Serialize;

use super::pins::Pin;
use crate::cli::Exit;
use crate::cli::catalog::Catalog;
use crate::cli::nsg::diff;
use crate::cli::tags::Rests;
use crate::net::AddressSet;
use crate::tags::{TagChange, TagVersion};

/// What became of the rules of the input.
pub(super) struct Rules {
    pub(super) diff: diff::Answer,
    pub(super) pins: Vec<Pin>,
}

/// The published answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    schema: &'static str,
    pub(super) equivalent: bool,
    pub(super) old: Rests,
    pub(super) new: Rests,
    pub(super) summary: Summary,
    /// Tags that came, went or hold other addresses.
    pub(super) tags: Vec<Tag>,
    /// Tags that hold the same addresses in other prefixes.
    pub(super) respelled: Vec<String>,
    /// Tags whose name is in another case.
    pub(super) renamed: Vec<Renamed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rules: Option<diff::Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pins: Option<Vec<PinAnswer>>,
}

#[derive(Default, Serialize)]
pub(super) struct Summary {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) changed: usize,
    pub(super) respelled: usize,
    pub(super) renamed: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) change: &'static str,
    change_number: Numbers,
    pub(super) gained: Addresses,
    pub(super) lost: Addresses,
}

#[derive(Serialize)]
struct Numbers {
    old: Option<u32>,
    new: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Addresses {
    pub(super) addresses: String,
    pub(super) prefixes: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Renamed {
    old: String,
    new: String,
}

/// Rules that list the prefixes of a tag, and cover less of it than they did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PinAnswer {
    pub(super) network_security_group: String,
    pub(super) rules: Vec<String>,
    pub(super) tag: String,
    pub(super) coverage: Coverage,
    pub(super) missing: Addresses,
}

/// Shares between 0 and 1.
#[derive(Serialize)]
pub(super) struct Coverage {
    pub(super) old: f64,
    pub(super) new: f64,
}

impl Answer {
    pub(super) fn of([old, new]: [&Catalog; 2], changes: &[TagChange], rules: Option<Rules>) -> Self {
        let tags: Vec<Tag> = changes.iter().filter(|change| change.is_of_meaning()).map(Tag::of).collect();
        let renamed: Vec<Renamed> = changes.iter().filter_map(Renamed::of).collect();
        let same = changes.iter().filter(|change| !change.is_of_meaning() && !change.is_renamed());
        let respelled: Vec<String> = same.map(|change| change.name.clone()).collect();
        let counted = |word: &str| tags.iter().filter(|tag| tag.change == word).count();
        let summary = Summary {
            added: counted(ADDED),
            removed: counted(REMOVED),
            changed: counted(CHANGED),
            respelled: respelled.len(),
            renamed: renamed.len(),
        };
        let (diff, pins) = rules.map(|rules| (rules.diff, rules.pins)).unzip();
        Self {
            schema: "azpreflight/tags-diff/v1",
            equivalent: tags.is_empty(),
            old: old.used().into(),
            new: new.used().into(),
            summary,
            tags,
            respelled,
            renamed,
            rules: diff,
            pins: pins.map(|pins| pins.into_iter().map(PinAnswer::of).collect()),
        }
    }

    /// About the rules where there are any, else about the tags.
    pub(super) fn exit(&self) -> Exit {
        let word = |found: bool| if found { Exit::NotReady } else { Exit::Ready };
        match (&self.rules, &self.pins) {
            (Some(rules), pins) => {
                Exit::worst([rules.exit(), word(pins.as_ref().is_some_and(|pins| !pins.is_empty()))])
            }
            (None, _) => word(!self.equivalent),
        }
    }
}

const ADDED: &str = "added";
const REMOVED: &str = "removed";
const CHANGED: &str = "changed";

impl Tag {
    fn of(change: &TagChange) -> Self {
        let number =
            |version: &Option<TagVersion>| version.as_ref().and_then(|version| version.change_number);
        Self {
            name: change.name.clone(),
            change: match (&change.old, &change.new) {
                (None, _) => ADDED,
                (_, None) => REMOVED,
                _ => CHANGED,
            },
            change_number: Numbers { old: number(&change.old), new: number(&change.new) },
            gained: Addresses::of(&change.gained),
            lost: Addresses::of(&change.lost),
        }
    }
}

impl Addresses {
    fn of(set: &AddressSet) -> Self {
        let prefixes = set.prefixes().iter().map(ToString::to_string).collect();
        Self { addresses: set.count().to_string(), prefixes }
    }
}

impl Renamed {
    fn of(change: &TagChange) -> Option<Self> {
        let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
        change.is_renamed().then(|| Self { old: old.name.clone(), new: new.name.clone() })
    }

    pub(super) fn text(&self) -> String {
        format!("`{}` is spelled `{}` now", self.old, self.new)
    }
}

impl PinAnswer {
    fn of(pin: Pin) -> Self {
        let [old, new] = pin.coverage;
        Self {
            network_security_group: pin.group,
            rules: pin.rules,
            tag: pin.tag,
            coverage: Coverage { old, new },
            missing: Addresses::of(&pin.missing),
        }
    }
}
