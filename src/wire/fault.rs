//! What can go wrong while reading a document.

use std::sync::Arc;

use thiserror::Error;

use super::guest::without_secrets;
use super::json::{Value, View};
use crate::input::{Place, Pointer};

/// How much of an offending text is quoted, in characters.
const QUOTED: usize = 80;

/// A document that cannot be read: where, what stands there, and what should.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{document}#{pointer}: {message}, expected {expected}")]
pub struct ParseError {
    /// The document's name.
    pub document: Arc<str>,
    /// The place inside it. Where a document holds several values one after another, the first step is the
    /// number of the value, from 0.
    pub pointer: Pointer,
    /// The offending text, shortened and with control characters escaped.
    pub text: String,
    /// What was expected, to follow "expected".
    pub expected: String,
    /// What is wrong, in words; input quoted in backticks.
    pub message: String,
}

impl ParseError {
    /// Where it is wrong.
    pub(super) fn place(&self) -> Place {
        Place { document: self.document.clone(), pointer: self.pointer.clone() }
    }

    /// What is wrong, without the place.
    pub(super) fn reason(&self) -> String {
        format!("{}, expected {}", self.message, self.expected)
    }
}

/// Why a part of a document yields no fact.
#[derive(Debug)]
pub(super) enum Fault {
    /// It cannot be right: the whole run ends.
    Wrong(Box<ParseError>),
    /// It rests on something that the document leaves open (an expression, a value known after apply), so that the
    /// resource it is in cannot be told. Not an error: the resource is passed over, with this reason.
    Open(Place, String),
}

impl Fault {
    /// Found `text` where something else was expected.
    pub(super) fn found(place: Place, text: &str, expected: &str) -> Self {
        let text = quoted(text);
        Self::because(place, text.clone(), format!("found `{text}`"), expected)
    }

    /// The same for a JSON value, which is described rather than printed when it is large.
    pub(super) fn found_value(place: Place, value: Value<'_>, expected: &str) -> Self {
        let shown = |full: &'static str, empty: &'static str| if value.is_empty() { empty } else { full };
        match value.view() {
            View::Text("") => Self::because(place, String::new(), "found an empty text".into(), expected),
            View::Text(text) => Self::found(place, text, expected),
            View::List => Self::because(place, shown("[…]", "[]").into(), "found a list".into(), expected),
            View::Object => {
                Self::because(place, shown("{…}", "{}").into(), "found an object".into(), expected)
            }
            View::Null | View::Bool(_) | View::Number(_) => {
                Self::found(place, &value.to_json().to_string(), expected)
            }
        }
    }

    /// `key` is not there, and nothing can be read without it.
    pub(super) fn absent(place: Place, key: &str, expected: &str) -> Self {
        Self::because(place, String::new(), format!("`{key}` is not stated"), expected)
    }

    /// Any other trouble.
    pub(super) fn because(place: Place, text: String, message: String, expected: &str) -> Self {
        Self::Wrong(Box::new(ParseError {
            document: place.document,
            pointer: place.pointer,
            text,
            expected: expected.to_owned(),
            message,
        }))
    }
}

/// Text of a document as it may be shown: no control characters, no secrets, and not much of it.
pub(super) fn quoted(text: &str) -> String {
    // A secret may begin where the quotation ends: a little more is looked through than is shown.
    let beginning = text.get(..text.floor_char_boundary(QUOTED * 8)).unwrap_or(text);
    let text = without_secrets(beginning);
    let mut shown: String = text
        .chars()
        .take(QUOTED)
        .flat_map(|c| {
            let escaped: Box<dyn Iterator<Item = char>> =
                if is_harmless(c) { Box::new(std::iter::once(c)) } else { Box::new(c.escape_unicode()) };
            escaped
        })
        .collect();
    if text.chars().nth(QUOTED).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character moves neither the cursor nor the direction of the text around it, nor ends a quotation.
fn is_harmless(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !c.is_control() && !reorders && c != '`'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_short_and_plain() {
        assert_eq!(quoted("a\u{1b}[31mb`\u{202e}"), "a\\u{1b}[31mb\\u{60}\\u{202e}");
        assert_eq!(quoted(&"é".repeat(500)).chars().count(), QUOTED + 1);
    }
}
