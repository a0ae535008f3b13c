//! Codes in JSON: the same in every text of it, numbers under keys that say that they are codes, and errors of other names.

use super::{Codes, UnknownCode, text, without_secrets};
use crate::backup::{ErrorCode, error_code};
use crate::input::{Document, Place, Pointer};
use crate::wire::json::{Json, Value};
use crate::wire::node::{Node, Origin};

/// Lists in which every object is an error, or says that there is none.
const LISTS: [&str; 3] = ["errorDetails", "healthDetails", "resourceHealthDetails"];
/// How much of a message is kept, in characters.
const KEPT: usize = 300;

/// A value that is yet to be looked at, with the key of its list or object.
struct Ahead<'a> {
    value: Value<'a>,
    key: &'a str,
}

/// Looks through a document. Nothing recurses: a document may be nested as deep as it likes.
pub(super) fn scan(json: &Json<'_>, document: &Document, codes: &mut Codes) {
    let values = json.values();
    let several = values.len() > 1;
    for (index, value) in values.into_iter().enumerate() {
        let root = if several { Pointer::root().index(index) } else { Pointer::root() };
        let origin = Origin::of(document.name.clone(), root);
        let of_extension =
            document.bytes.windows(text::SIGN.len()).any(|window| window == text::SIGN.as_bytes());
        Walk { origin: &origin, of_extension, codes, last: None }.through(value);
    }
}

struct Walk<'a, 'c> {
    origin: &'a Origin,
    of_extension: bool,
    codes: &'c mut Codes,
    /// What was named last, and in which object: a number and its name side by side are one mention.
    last: Option<(usize, String)>,
}

impl<'a> Walk<'a, '_> {
    fn through(&mut self, value: Value<'a>) {
        let mut ahead = vec![Ahead { value, key: "" }];
        while let Some(Ahead { value, key }) = ahead.pop() {
            let from = ahead.len();
            if value.is_object() {
                self.error(value, key);
                for (key, member) in value.members() {
                    self.member(key, member);
                    ahead.push(Ahead { value: member, key });
                }
            } else if value.is_list() {
                for item in value.items() {
                    self.member("", item);
                    ahead.push(Ahead { value: item, key });
                }
            }
            // In the order of the document.
            if let Some(added) = ahead.get_mut(from..) {
                added.reverse();
            }
        }
    }

    /// A text, or a number under a key.
    fn member(&mut self, key: &str, value: Value<'a>) {
        let number = if value.is_number() {
            Node::of(value, self.origin).number().ok().flatten().map(|number| number.to_string())
        } else {
            value
                .as_str()
                .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
                .map(str::to_owned)
        };
        if let Some(number) = number {
            if let Some(row) = text::number(&format!("\"{key}\":"), &number, "", self.of_extension) {
                self.name(row, &number, value);
            }
        } else if let Some(words) = value.as_str() {
            let mut found = Vec::new();
            text::scan(words, self.of_extension, &mut |row, named| found.push((row, named.to_owned())));
            for (row, named) in found {
                self.name(row, &named, value);
            }
        }
    }

    fn name(&mut self, row: &'static ErrorCode, named: &str, value: Value<'a>) {
        let place = self.place(value);
        let above = place.pointer.as_str().rsplit_once('/').map_or("", |(above, _)| above);
        let mention = (std::ptr::from_ref(row).addr(), above.to_owned());
        if self.last.as_ref() != Some(&mention) {
            self.codes.name(row, named, &|| place.clone());
            self.last = Some(mention);
        }
    }

    fn place(&self, value: Value<'a>) -> Place {
        Node::of(value, self.origin).place()
    }

    /// An object that says of itself that it is an error, of a name that the table does not know.
    fn error(&mut self, object: Value<'a>, key: &str) {
        let text =
            |names: &[&str]| names.iter().find_map(|name| object.member(name)?.as_str().map(str::to_owned));
        let number = || {
            let value = ["errorCode", "code"].iter().find_map(|name| object.member(name))?;
            Node::of(value, self.origin).number().ok().flatten().filter(|number| *number != 0)
        };
        let name = if LISTS.contains(&key) {
            text(&["errorTitle", "title"]).or_else(|| number().map(|number| number.to_string()))
        } else if key == "error" {
            text(&["code"])
        } else {
            None
        };
        let Some(code) = name.filter(|name| !is_well(name)) else { return };
        let known = error_code(&code).is_some()
            || number().is_some_and(|number| error_code(&number.to_string()).is_some());
        if !known {
            let message = text(&["errorString", "errorMessage", "message"]).filter(|text| !text.is_empty());
            let message = message.map(|text| without_secrets(&text).chars().take(KEPT).collect());
            let code = without_secrets(&code);
            let place = self.place(object);
            self.codes.put(UnknownCode { code, message, count: 1, place });
        }
    }
}

/// Whether a name says that nothing is wrong.
fn is_well(name: &str) -> bool {
    name.is_empty() || name.eq_ignore_ascii_case("Success") || name.contains("HealthGreen")
}
