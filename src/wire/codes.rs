//! The codes of backup errors that a document names: a log, a failed job, the health of a protected item, a status file.
//!
//! Names count wherever they stand as a word. Numbers count only where the form says that they are codes: `"code": 76`,
//! `ExtErrorCode=76`, `Enable,error,76,…`, `error code 76`; a status of HTTP is none.

mod json;
mod text;

use std::collections::HashMap;

use super::decode::{self, Content};
use super::guest::redact;
use super::json::Json;
use crate::backup::ErrorCode;
use crate::input::{Document, Place, Pointer};

/// What a document, or several, name.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    /// Codes of the table, the one that was named last first.
    pub known: Vec<KnownCode>,
    /// What a document calls an error, and the table does not know; in order.
    pub unknown: Vec<UnknownCode>,
    /// Where in that list each is.
    places: HashMap<String, usize>,
}

/// A row of the table that a document names.
#[derive(Debug, Clone)]
pub struct KnownCode {
    /// The row.
    pub row: &'static ErrorCode,
    /// By which of its codes it was named, each once, in order.
    pub named: Vec<String>,
    /// How many times.
    pub count: usize,
    /// Where first.
    pub first: Place,
    /// Where last.
    pub last: Place,
}

/// An error without a row in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode {
    /// Its name, or its number, without secrets. Hostile text.
    pub code: String,
    /// What the document says of it, without secrets. Hostile text.
    pub message: Option<String>,
    /// How many times.
    pub count: usize,
    /// Where first.
    pub place: Place,
}

impl Codes {
    /// The codes that a document names. Nothing is an error: what cannot be read as JSON is read as lines of text.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let mut codes = Self::default();
        if let Content::Json(text) = decode::decode(document)
            && let Ok(read) = Json::parse(&text)
        {
            json::scan(&read, document, &mut codes);
        } else {
            let text = decode::text_of(&document.bytes);
            codes.lines(&text.unwrap_or_else(|| String::from_utf8_lossy(&document.bytes)), document);
        }
        codes.known.reverse();
        codes
    }

    /// Adds what another document names; what is named there counts as later.
    pub fn add(&mut self, other: Self) {
        let mut known = other.known;
        for old in std::mem::take(&mut self.known) {
            match known.iter_mut().find(|new| new.row == old.row) {
                Some(new) => {
                    new.count += old.count;
                    new.first = old.first;
                    new.named.extend(old.named);
                    new.named.sort();
                    new.named.dedup();
                }
                None => known.push(old),
            }
        }
        self.known = known;
        other.unknown.into_iter().for_each(|unknown| self.put(unknown));
    }

    /// Whether no error is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.unknown.is_empty()
    }

    fn lines(&mut self, text: &str, document: &Document) {
        let of_extension = text.contains(text::SIGN);
        for (index, line) in text.lines().enumerate() {
            let at = || Place {
                document: document.name.clone(),
                pointer: Pointer::root().key("line").index(index + 1),
            };
            text::scan(line, of_extension, &mut |row, named| self.name(row, named, &at));
        }
    }

    /// Counts a code. While a document is read, what was named last stands last.
    fn name(&mut self, row: &'static ErrorCode, named: &str, at: &dyn Fn() -> Place) {
        let Some(known) = self.known.iter().position(|known| known.row == row) else {
            let place = at();
            let named = vec![named.to_owned()];
            return self.known.push(KnownCode { row, named, count: 1, first: place.clone(), last: place });
        };
        let mut known = self.known.remove(known);
        known.count += 1;
        known.last = at();
        if !known.named.iter().any(|own| own.eq_ignore_ascii_case(named)) {
            known.named.push(named.to_owned());
        }
        self.known.push(known);
    }

    fn put(&mut self, unknown: UnknownCode) {
        let place = self.places.get(&unknown.code).copied();
        if let Some(own) = place.and_then(|place| self.unknown.get_mut(place)) {
            own.count += unknown.count;
            return;
        }
        self.places.insert(unknown.code.clone(), self.unknown.len());
        self.unknown.push(unknown);
    }
}

/// What a document says of an error, as it may be shown.
fn without_secrets(text: &str) -> String {
    let document = Document { name: "message".into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
    String::from_utf8_lossy(&redact(document).bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Codes {
        Codes::of(&Document { name: "d".into(), bytes: text.as_bytes().to_vec(), named_by_user: true })
    }

    fn named(text: &str) -> Vec<String> {
        codes(text).known.iter().flat_map(|known| known.named.clone()).collect()
    }

    #[test]
    fn each_is_there_once_with_its_places_the_newest_first() {
        let found = codes(
            "x UserErrorFsFreezeFailed\n\"code\": 76\nUserErrorFsFreezeFailed. Enable,error,76,x,False\nend",
        );
        let known: Vec<_> = found.known.iter().map(|k| (k.named.join("+"), k.count)).collect();
        assert_eq!(known, [("76".to_owned(), 2), ("UserErrorFsFreezeFailed".to_owned(), 2)]);
        assert_eq!(found.known[0].first.pointer.as_str(), "/line/2");
        assert_eq!(found.known[0].last.pointer.as_str(), "/line/3");
    }

    #[test]
    fn jobs_and_health_details_tell_names_numbers_and_what_is_not_known() {
        let found = codes(
            r#"{"properties":{"errorDetails":[{"errorCode":400003,"errorTitle":"RestoreOperationFailed",
                "errorString":"see https://a.blob.core.windows.net/x?sv=1&sig=SECRET"}],
                "healthDetails":[{"code":400206,"title":"ExtensionSnapshotFailedNoNetwork","message":"m"},
                {"code":400239,"title":"IaasVmHealthGreenDefault"}]}}"#,
        );
        assert_eq!(found.known.len(), 1);
        assert_eq!(found.known[0].first.pointer.as_str(), "/properties/healthDetails/0/title");
        assert_eq!(found.unknown.len(), 1);
        assert_eq!(found.unknown[0].code, "RestoreOperationFailed");
        assert!(!found.unknown[0].message.as_ref().unwrap().contains("SECRET"));
        assert_eq!(codes(r#"{"error":{"code":"ResourceRequestsThrottled","message":"m"}}"#).unknown.len(), 1);
    }

    #[test]
    fn nothing_that_an_error_is_called_or_says_is_a_secret() {
        let found = codes(
            r#"{"errorDetails":[{"errorTitle":"Foo?sig=SECRET&x=y","errorString":"password=SECRET"},
                {"errorTitle":"https://kim:SECRET@host/"}],"error":{"code":"Bar token=SECRET"}}"#,
        );
        let unknown: Vec<_> = found.unknown.iter().map(|unknown| unknown.code.as_str()).collect();
        assert_eq!(
            unknown,
            ["Foo?sig=withheld&x=y", "https://credentials-withheld@host/", "Bar token=withheld"]
        );
        assert!(!format!("{found:?}").contains("SECRET"));
    }

    #[test]
    fn unknown_errors_are_counted_however_many_there_are() {
        let errors: Vec<_> = (0..20_000)
            .map(|n| serde_json::json!({ "errorTitle": format!("Error{}", n % 10_000) }))
            .collect();
        let mut found = codes(&serde_json::json!({ "errorDetails": errors }).to_string());
        assert_eq!((found.unknown.len(), found.unknown[9_999].count), (10_000, 2));
        found.add(found.clone());
        assert_eq!((found.unknown.len(), found.unknown[0].count), (10_000, 4));
    }

    #[test]
    fn a_number_and_its_name_in_one_object_are_one_mention() {
        let found = codes(r#"[{"errorCode":320001,"errorTitle":"ResourceNotFound"}]"#);
        assert_eq!((found.known.len(), found.known[0].count, found.unknown.len()), (1, 1, 0));
    }

    #[test]
    fn json_inside_of_texts_is_looked_through() {
        let text = r#"[{"status":{"code":"1","substatus":[{"name":"[{\"status\":{\"code\": \"76\"},\"x\":\"VMSnapshotLinux\"}]"}]}}]"#;
        assert_eq!(named(text), ["76"]);
    }

    #[test]
    fn hostile_documents_are_survived() {
        for text in
            ["", "{", "[[[[", "\"code\": ", "é\u{1b}[2J UserErrorFsFreezeFailed", "{\"a\":{\"code\":1e400}}"]
        {
            _ = codes(text);
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(codes(&deep).is_empty());
        let endless = "x ".repeat(1 << 20) + "UserErrorFsFreezeFailed";
        assert_eq!(named(&endless), ["UserErrorFsFreezeFailed"]);
        let wide: Vec<u8> =
            "\u{feff}UserErrorFsFreezeFailed".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let found = Codes::of(&Document { name: "d".into(), bytes: wide, named_by_user: true });
        assert_eq!(found.known.len(), 1);
    }
}
