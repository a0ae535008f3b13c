//! What stands under the keys of an object, one at a time or many at once.

use super::super::json::Items;
use super::{Node, Origin};

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(in crate::wire) enum Stated<'a> {
    /// The key is not there.
    Absent,
    /// It is there, and says there is nothing.
    Null,
    /// It is there, and what it says is not known yet.
    Open,
    /// It says this.
    Value(Node<'a>),
}

impl Stated<'_> {
    const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'a> Node<'a> {
    /// What stands under each of `keys`, as [`stated`](Self::stated) would say: in one pass over the object, for those
    /// who want most of what is in it.
    pub(in crate::wire) fn fields<const N: usize>(&self, keys: &[&str; N]) -> [Stated<'a>; N] {
        let mut found = [Stated::Absent; N];
        match self.own_state("properties") {
            Stated::Open => return [Stated::Open; N],
            Stated::Value(properties) => properties.fill(keys, &mut found),
            Stated::Absent | Stated::Null => {}
        }
        self.fill(keys, &mut found);
        found
    }

    /// Puts what this very object states into the places that are still empty.
    fn fill<const N: usize>(&self, keys: &[&str; N], found: &mut [Stated<'a>; N]) {
        let mut empty = found.map(|stated| stated.is_absent());
        for (own, node) in self.members() {
            for ((key, empty), found) in keys.iter().zip(&mut empty).zip(found.iter_mut()) {
                if key.len() != own.len() || !*empty {
                    continue;
                }
                let exact = own == *key;
                if exact || (found.is_absent() && own.eq_ignore_ascii_case(key)) {
                    *found = node.state();
                    *empty = !exact;
                }
            }
        }
    }
}

/// The elements of a list, but for those that are null.
#[derive(Debug, Clone)]
pub(in crate::wire) struct Entries<'a> {
    pub(super) items: Items<'a>,
    pub(super) origin: &'a Origin,
}

impl<'a> Entries<'a> {
    /// One value as if it stood in a list.
    pub(in crate::wire) fn alone(node: &Node<'a>) -> Self {
        Self { items: node.value.alone(), origin: node.origin }
    }

    /// No elements, somewhere in the same document.
    pub(in crate::wire) fn none(node: &Node<'a>) -> Self {
        Self { items: node.value.no_items(), origin: node.origin }
    }

    /// At most so many elements.
    pub(in crate::wire) const fn most(&self) -> usize {
        self.items.most()
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let value = self.items.by_ref().find(|value| !value.is_null())?;
        Some(Node { value, origin: self.origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Pointer;
    use crate::wire::json::Json;

    #[test]
    fn many_at_once_are_what_each_is_alone() {
        let keys = ["a", "B", "c", "dd", "name"];
        for text in [
            r#"{"a":1,"b":2,"properties":{"A":3,"B":4,"b":5,"dd":null,"c":{"\u0001open":"later"}}}"#,
            r#"{"a":1,"b":2,"B":null,"properties":"none","name":"n"}"#,
            r#"{"a":1,"properties":{"\u0001open":"later"}}"#,
            r#"{"DD":1,"dD":2,"properties":{"a":[],"name":""},"name":"n","NAME":"m"}"#,
            "[1]",
        ] {
            let json = Json::parse(text).unwrap();
            let origin = Origin::of("d".into(), Pointer::root());
            let node = Node::root(&json, &origin);
            let shown = |stated| match stated {
                Stated::Value(node) => node.place().to_string(),
                other => format!("{other:?}"),
            };
            let alone = keys.map(|key| shown(node.stated(key)));
            assert_eq!(node.fields(&keys).map(shown), alone, "{text}");
        }
    }
}
