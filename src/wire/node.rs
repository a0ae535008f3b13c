//! The cursor: a place in a document, and what can be read there.
//!
//! [`Node`] knows the ways in which Azure's tools write one and the same resource, so that the readers need not:
//! a field may stand in `properties` (REST, Resource Graph) or beside `id` (`az`), its name in any case (`PowerShell`),
//! a list of one may be written without brackets, a number as a text. Nothing is read into what is not there:
//! absent, null, `""` and "known after apply" all give `None`; only [`Node::attachment`] tells them apart.

mod fields;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use super::fault::Fault;
use super::json::{Json, Value, View};
use crate::azure::{Region, ResourceId};
use crate::input::{Place, Pointer};
use crate::net::Prefix;
use crate::network::Attachment;
pub(super) use fields::{Entries, Stated};

/// The only key of an object that stands for a value the document leaves open.
const OPEN: &str = "\u{1}open";

/// Where the values of a document stand in the bytes the user gave.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The document's name.
    pub(super) document: Arc<str>,
    /// What the root of the values is called in the document.
    pub(super) root: Pointer,
    /// For values that were rewritten before reading: rewritten place to the place it came from. A place that is
    /// not in the table lies under the nearest one above it that is.
    pub(super) moved: BTreeMap<String, Pointer>,
}

/// A place in a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    value: Value<'a>,
    origin: &'a Origin,
}

/// A value that a document leaves open, for readers to take as not stated.
pub(super) fn open(reason: &str) -> serde_json::Value {
    serde_json::Value::Object(Map::from_iter([(OPEN.to_owned(), reason.into())]))
}

/// Why a value is open, if it is.
pub(super) fn open_reason(value: &serde_json::Value) -> Option<&str> {
    value.as_object()?.get(OPEN)?.as_str()
}

/// Whether a value is open.
#[inline]
fn is_open(value: Value<'_>) -> bool {
    value.only_member().is_some_and(|(key, reason)| key == OPEN && reason.is_text())
}

impl<'a> Node<'a> {
    /// The first value of a document, or of a part of one.
    pub(super) const fn root(json: &'a Json<'a>, origin: &'a Origin) -> Self {
        Self { value: json.root(), origin }
    }

    /// A value of a document.
    pub(super) const fn of(value: Value<'a>, origin: &'a Origin) -> Self {
        Self { value, origin }
    }

    /// The JSON underneath.
    pub(super) const fn value(&self) -> Value<'a> {
        self.value
    }

    /// The place, as the document the user gave has it.
    pub(super) fn place(&self) -> Place {
        let Origin { document, root, .. } = self.origin;
        let pointer = self.value.pointer();
        let pointer = match self.origin.source_of(pointer.as_str()) {
            Some(source) => source,
            None if *root == Pointer::root() => pointer,
            None => joined(root, pointer.as_str()),
        };
        Place { document: document.clone(), pointer }
    }

    /// Whether this is a whole resource as its API gives it, so that what is absent is not there; a reference to
    /// a resource, or a few of its fields picked by a query, is not.
    pub(super) fn is_whole(&self) -> bool {
        let has = |key| self.own(key).is_some_and(|node| !node.is_empty());
        self.own("properties").is_some_and(|node| node.value.is_object())
            || has("provisioningState")
            || has("etag")
    }

    /// What stands under `key`: in `properties`, or else beside it.
    pub(super) fn stated(&self, key: &str) -> Stated<'a> {
        match self.stated_here("properties") {
            Stated::Open => return Stated::Open,
            Stated::Value(properties) => match properties.stated_here(key) {
                Stated::Absent => {}
                found => return found,
            },
            Stated::Absent | Stated::Null => {}
        }
        self.stated_here(key)
    }

    /// What is stated under `key`: in `properties`, or else beside it.
    pub(super) fn field(&self, key: &str) -> Option<Self> {
        match self.stated(key) {
            Stated::Value(node) => Some(node),
            Stated::Absent | Stated::Null | Stated::Open => None,
        }
    }

    /// What is stated under `key` of this very object: for `id`, `name`, `type`, which mean other things inside `properties`.
    pub(super) fn own(&self, key: &str) -> Option<Self> {
        match self.stated_here(key) {
            Stated::Value(node) => Some(node),
            Stated::Absent | Stated::Null | Stated::Open => None,
        }
    }

    /// The field at the end of a path of keys.
    pub(super) fn path(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(*self, |node, key| node.field(key))
    }

    /// Whether the value says nothing: `""`, `{}` or `[]`.
    pub(super) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// The value as a text; a number or truth value is written out. `""` is `None`.
    pub(super) fn text(&self) -> Result<Option<String>, Fault> {
        Ok(self.str()?.map(Cow::into_owned))
    }

    /// The same for who only looks at it.
    pub(super) fn str(&self) -> Result<Option<Cow<'a, str>>, Fault> {
        match self.value.view() {
            View::Text("") => Ok(None),
            View::Text(text) => Ok(Some(text.into())),
            View::Number(number) => Ok(Some(number.to_string().into())),
            View::Bool(flag) => Ok(Some(flag.to_string().into())),
            _ => Err(self.fault("a text")),
        }
    }

    /// The value as a list. One object or text without brackets is a list of one, as `PowerShell` writes it;
    /// elements that are null are left out, and a list with an open element is open.
    pub(super) fn list(&self) -> Result<Option<Vec<Self>>, Fault> {
        Ok(self.entries()?.map(Iterator::collect))
    }

    /// The same, one element after the other.
    pub(super) fn entries(&self) -> Result<Option<Entries<'a>>, Fault> {
        let items = match self.value.view() {
            View::List => self.value.items(),
            // Of anything but a list there are no elements.
            View::Object | View::Text(_) if self.is_empty() => self.value.items(),
            View::Object => self.value.alone(),
            View::Text(_) => {
                self.refuse_cut_off()?;
                self.value.alone()
            }
            _ => return Err(self.fault("a list")),
        };
        let open = self.value.is_list() && items.clone().any(is_open);
        Ok((!open).then_some(Entries { items, origin: self.origin }))
    }

    /// Refuses anything but an object, where it can be nothing else.
    pub(super) fn object(&self) -> Result<(), Fault> {
        self.refuse_cut_off()?;
        if self.value.is_object() { Ok(()) } else { Err(self.fault("an object")) }
    }

    /// The error of finding this value where something else was expected.
    pub(super) fn fault(&self, expected: &str) -> Fault {
        Fault::found_value(self.place(), self.value, expected)
    }

    /// The elements of an array with their places; of anything else, none.
    pub(super) fn elements(&self) -> impl Iterator<Item = Self> + use<'a> {
        let origin = self.origin;
        self.value.items().map(move |value| Self { value, origin })
    }

    /// The members of an object with their places; of anything else, none.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let origin = self.origin;
        self.value.members().map(move |(key, value)| (key, Self { value, origin }))
    }

    fn stated_here(&self, key: &str) -> Stated<'a> {
        self.value.member(key).map_or(Stated::Absent, |value| Self { value, ..*self }.state())
    }

    /// What it says, for whoever has come upon it.
    #[inline]
    fn state(self) -> Stated<'a> {
        if self.value.is_null() {
            Stated::Null
        } else if is_open(self.value) {
            Stated::Open
        } else {
            Stated::Value(self)
        }
    }

    /// `ConvertTo-Json` stops at a depth of 2 unless told otherwise, and writes .NET's name of what it left out.
    fn refuse_cut_off(&self) -> Result<(), Fault> {
        let Some(text) = self.value.as_str() else { return Ok(()) };
        if text.starts_with("@{") || text.starts_with("Microsoft.Azure.") || text.starts_with("System.") {
            return Err(self.fault("the whole object: ConvertTo-Json cut it off, export with `-Depth 20`"));
        }
        Ok(())
    }
}

/// Fields of a node by their key, checked for kind. All give `None` for what is not stated.
impl Node<'_> {
    /// A text.
    pub(super) fn text_at(&self, key: &str) -> Result<Option<String>, Fault> {
        self.field(key).map_or(Ok(None), |node| node.text())
    }

    /// A text, for who only looks at it.
    pub(super) fn str_at(&self, key: &str) -> Result<Option<Cow<'_, str>>, Fault> {
        self.field(key).map_or(Ok(None), |node| node.str())
    }

    /// A text of this very object, not of its `properties`.
    pub(super) fn own_text(&self, key: &str) -> Result<Option<String>, Fault> {
        self.own(key).map_or(Ok(None), |node| node.text())
    }

    /// A truth value, possibly written as a text.
    pub(super) fn flag_at(&self, key: &str) -> Result<Option<bool>, Fault> {
        let Some(node) = self.field(key) else { return Ok(None) };
        match node.value.view() {
            View::Bool(flag) => Ok(Some(flag)),
            View::Text("") => Ok(None),
            View::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            View::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(node.fault("true or false")),
        }
    }

    /// Whether a text is `word`, in any case.
    pub(super) fn says_at(&self, key: &str, word: &str) -> Result<Option<bool>, Fault> {
        Ok(self.str_at(key)?.map(|text| text.eq_ignore_ascii_case(word)))
    }

    /// A whole number, possibly written as a text.
    pub(super) fn number_at(&self, key: &str) -> Result<Option<u64>, Fault> {
        self.field(key).map_or(Ok(None), |node| node.number())
    }

    /// The value as a whole number, possibly written as a text.
    pub(super) fn number(&self) -> Result<Option<u64>, Fault> {
        match self.value.view() {
            View::Number(number) => {
                // 1023.0 is how some tools write a whole number.
                let whole = || number.as_f64().filter(|n| n.fract() == 0.0 && (0.0..1e15).contains(n));
                let read = number.as_u64().or_else(|| format!("{:.0}", whole()?).parse().ok());
                read.map(Some).ok_or_else(|| self.fault("a whole number"))
            }
            View::Text("") => Ok(None),
            View::Text(text) => text.trim().parse().map(Some).map_err(|_| self.fault("a whole number")),
            _ => Err(self.fault("a whole number")),
        }
    }

    /// A list of texts, or one.
    pub(super) fn texts_at(&self, key: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(nodes) = self.list_at(key)? else { return Ok(None) };
        let texts: Result<Vec<_>, Fault> = nodes.iter().map(Node::text).collect();
        Ok(Some(texts?.into_iter().flatten().collect()))
    }

    /// A region.
    pub(super) fn region(&self) -> Result<Option<Region>, Fault> {
        Ok(self.own_text("location")?.map(|text| Region::parse(&text)))
    }

    /// A list of prefixes, or one.
    pub(super) fn prefixes_at(&self, key: &str) -> Result<Option<Vec<Prefix>>, Fault> {
        let Some(nodes) = self.list_at(key)? else { return Ok(None) };
        let mut prefixes = Vec::new();
        for node in nodes {
            if let Some(text) = node.text()? {
                prefixes.push(
                    text.trim().parse().map_err(|_| node.fault("an address prefix such as `10.0.0.0/16`"))?,
                );
            }
        }
        Ok(Some(prefixes))
    }

    /// The id of the resource that `key` refers to, by an object with an `id` or by the id itself.
    pub(super) fn reference_at(&self, key: &str) -> Result<Option<ResourceId>, Fault> {
        self.field(key).map_or(Ok(None), |node| node.reference())
    }

    /// This node as a reference.
    pub(super) fn reference(&self) -> Result<Option<ResourceId>, Fault> {
        self.refuse_cut_off()?;
        let id = if self.value.is_object() { self.own("id") } else { Some(*self) };
        Ok(id.map_or(Ok(None), |id| id.text())?.map(ResourceId::new))
    }

    /// References in a list, which is not stated where one of them is left open.
    pub(super) fn references_at(&self, key: &str) -> Result<Option<Vec<ResourceId>>, Fault> {
        self.field(key).map_or(Ok(None), |node| node.references())
    }

    /// This node as a list of references; `None` where one of them is left open.
    pub(super) fn references(&self) -> Result<Option<Vec<ResourceId>>, Fault> {
        let Some(nodes) = self.entries()? else { return Ok(None) };
        let mut ids = Vec::new();
        for node in nodes {
            if matches!(node.own_state("id"), Stated::Open) {
                return Ok(None);
            }
            ids.extend(node.reference()?);
        }
        Ok(Some(ids))
    }

    /// What is attached under `key`. Absent means nothing only where the resource is `whole`; null and `{}` always do.
    pub(super) fn attachment(&self, key: &str, whole: bool) -> Result<Attachment, Fault> {
        Ok(match self.stated(key) {
            Stated::Absent if whole => Attachment::None,
            Stated::Null => Attachment::None,
            Stated::Absent | Stated::Open => Attachment::Unknown,
            Stated::Value(node) if node.is_empty() => Attachment::None,
            Stated::Value(node) if matches!(node.own_state("id"), Stated::Open) => Attachment::Unknown,
            Stated::Value(node) => node.reference()?.map_or(Attachment::None, Attachment::To),
        })
    }

    /// A required text.
    pub(super) fn required_text(&self, key: &str, expected: &str) -> Result<String, Fault> {
        match self.stated(key) {
            Stated::Open => Err(Fault::Open(self.place(), format!("`{key}` is left open"))),
            Stated::Value(node) => node.text()?.ok_or_else(|| node.fault(expected)),
            Stated::Absent | Stated::Null => Err(Fault::absent(self.place(), key, expected)),
        }
    }
}

impl<'a> Node<'a> {
    /// A list.
    pub(super) fn list_at(&self, key: &str) -> Result<Option<Vec<Node<'a>>>, Fault> {
        self.field(key).map_or(Ok(None), |node| node.list())
    }

    /// A list of objects, which is empty where a `whole` resource does not have it, and where it is null.
    pub(super) fn records_at(&self, key: &str, whole: bool) -> Result<Option<Vec<Node<'a>>>, Fault> {
        let list = match self.stated(key) {
            Stated::Absent if whole => Some(Vec::new()),
            Stated::Null => Some(Vec::new()),
            Stated::Absent | Stated::Open => None,
            Stated::Value(node) => node.list()?,
        };
        for node in list.iter().flatten() {
            node.object()?;
        }
        Ok(list)
    }

    /// What stands under `key` of this very object.
    pub(super) fn own_state(&self, key: &str) -> Stated<'a> {
        self.stated_here(key)
    }
}

impl Origin {
    /// An origin whose values stand in the document as they are.
    pub(super) fn of(document: Arc<str>, root: Pointer) -> Self {
        Self { document, root, moved: BTreeMap::new() }
    }

    /// The place of the longest rewritten path that `pointer` lies at or under, with what is below it kept.
    fn source_of(&self, pointer: &str) -> Option<Pointer> {
        if self.moved.is_empty() {
            return None;
        }
        let mut above = pointer;
        loop {
            if let Some(source) = self.moved.get(above) {
                return Some(joined(source, pointer.strip_prefix(above)?));
            }
            above = above.rsplit_once('/')?.0;
        }
    }
}

/// `below`, itself a pointer, under `above`.
fn joined(above: &Pointer, below: &str) -> Pointer {
    below
        .split('/')
        .skip(1)
        .fold(above.clone(), |pointer, step| pointer.key(&step.replace("~1", "/").replace("~0", "~")))
}
