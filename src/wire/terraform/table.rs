//! Which resource of the provider `azurerm` is which of Azure's, attribute by attribute.
//!
//! Source of the attribute names: the documentation of the provider, versions 2 to 4; a name that has changed between them
//! stands here in each of its spellings.

mod machine;
mod network;

use As::Same;

/// How a resource is rewritten.
pub(super) struct Form {
    /// Its kind at Azure.
    pub(super) kind: &'static str,
    /// The attributes with the names of what it is part of, outermost first.
    pub(super) parents: &'static [&'static str],
    /// Its attributes.
    pub(super) attributes: &'static [Attribute],
    /// What is always so for this type: path and value.
    pub(super) fixed: &'static [(&'static str, &'static str)],
}

/// One attribute: its name, and the path it is written to.
pub(super) struct Attribute {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) as_: As,
}

/// How an attribute is rewritten.
#[derive(Clone, Copy)]
pub(super) enum As {
    /// As it is.
    Same,
    /// As it is; left out only where it is not known, not where it is not configured.
    Later,
    /// A truth value, turned round.
    Not,
    /// A truth value as one of two words.
    Word(&'static str, &'static str),
    /// An id as a reference.
    Id,
    /// Ids as references.
    Ids,
    /// The same, of a block in which nothing is left out but what is not known.
    LaterIds,
    /// Texts as objects with this key.
    Each(&'static str),
    /// The only block of its name, as an object.
    One(&'static [Attribute]),
    /// Blocks, as a list of objects.
    Many(&'static [Attribute]),
}

const fn a(from: &'static str, to: &'static str, as_: As) -> Attribute {
    Attribute { from, to, as_ }
}

/// The form of a type of the provider; none for types that play no part.
pub(super) fn form_of(kind: &str) -> Option<&'static Form> {
    network::FORMS.iter().chain(machine::FORMS).find(|(known, _)| *known == kind).map(|(_, form)| form)
}

/// A form of which nothing is fixed.
const fn form(
    kind: &'static str,
    parents: &'static [&'static str],
    attributes: &'static [Attribute],
) -> Form {
    Form { kind, parents, attributes, fixed: &[] }
}

const NAME: Attribute = a("name", "name", Same);
const LOCATION: Attribute = a("location", "location", Same);
