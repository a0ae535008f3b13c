//! Named raw documents, and a place inside one.

use std::fmt::{self, Write};
use std::sync::Arc;

/// One document as it was read: a name to call it by and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The path the user gave, or `-` for standard input.
    pub name: Arc<str>,
    /// The bytes, undecoded.
    pub bytes: Vec<u8>,
    /// Whether the user named this very document, so that not recognising it is an error.
    pub named_by_user: bool,
}

/// All documents of one run, in the order in which they are considered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// The documents.
    pub documents: Vec<Document>,
}

/// A place inside a JSON document, as RFC 6901 writes it. The empty pointer is the whole document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// The whole document, with room for so many bytes of a way into it.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// One member of the object at this place; `~` and `/` in the key are escaped.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut below = self.clone();
        below.push_key(key);
        below
    }

    /// One element of the array at this place, counted from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut below = self.clone();
        below.push_index(index);
        below
    }

    /// Goes on to one member of the object at this place; `~` and `/` in the key are escaped.
    pub fn push_key(&mut self, key: &str) {
        self.0.push('/');
        if key.contains(['~', '/']) {
            self.0.push_str(&key.replace('~', "~0").replace('/', "~1"));
        } else {
            self.0.push_str(key);
        }
    }

    /// Goes on to one element of the array at this place, counted from 0.
    pub fn push_index(&mut self, index: usize) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "/{index}");
    }

    /// The pointer's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where something was read: which document, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The document's name.
    pub document: Arc<str>,
    /// The place inside it.
    pub pointer: Pointer,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.document, self.pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_as_rfc_6901_says() {
        assert_eq!(Pointer::root().key("a/b").index(3).key("m~n").as_str(), "/a~1b/3/m~0n");
    }
}
