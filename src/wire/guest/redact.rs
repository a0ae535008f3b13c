//! Secrets that stand in texts of any kind: taken out before a document is kept.

use super::{Text, addressing, identity, security};
use crate::input::Document;

/// Documents of which only a part is kept: which, and what of them.
const REDUCED: &[Reduction] = &[
    (addressing::may_hold_secrets, addressing::without_secrets),
    (identity::is_instance_data, identity::kept),
    (security::is_log, security::kept),
];

/// A kind of document, and what is kept of it.
type Reduction = (fn(&Text<'_>) -> bool, fn(&Text<'_>) -> String);

/// What stands in place of a secret.
const WITHHELD: &str = "withheld";

/// The document without the secrets that stand in it: credentials in addresses, signatures of shared access.
///
/// What is no text has nothing that could be looked through, and is emptied.
#[must_use]
pub fn redact(document: Document) -> Document {
    let Some(text) = super::text_of(&document.bytes) else {
        return Document { bytes: Vec::new(), ..document };
    };
    let text = Text { name: &document.name, text: &text };
    let reduction = REDUCED.iter().find(|(knows, _)| knows(&text));
    let kept = reduction.map_or_else(|| text.text.to_owned(), |(_, kept)| kept(&text));
    let kept = without_signatures(&without_credentials(&kept));
    if kept == text.text {
        // As it is, its encoding with it: that alone tells something of some files.
        return document;
    }
    Document { bytes: kept.into_bytes(), ..document }
}

/// `https://kim:secret@host/` becomes `https://withheld@host/`.
fn without_credentials(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        kept.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(after.len());
        let (authority, next) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                kept.push_str(WITHHELD);
                kept.push('@');
                kept.push_str(host);
            }
            None => kept.push_str(authority),
        }
        rest = next;
    }
    kept.push_str(rest);
    kept
}

/// `?sv=…&sig=abc&se=…` becomes `?sv=…&sig=withheld&se=…`.
fn without_signatures(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("sig=") {
        let (before, after) = rest.split_at(at + 4);
        kept.push_str(before);
        kept.push_str(WITHHELD);
        let end = after.find(|c: char| c.is_whitespace() || "&\"'<>".contains(c)).unwrap_or(after.len());
        rest = after.get(end..).unwrap_or_default();
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        let document = Document { name: "d".into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        String::from_utf8(redact(document).bytes).unwrap()
    }

    #[test]
    fn what_is_secret_goes_and_the_rest_stays() {
        assert_eq!(
            redacted("PUT https://kim:p@ss@host:443/x?sv=1&sig=a%2Fb&se=2 done"),
            "PUT https://withheld@host:443/x?sv=1&sig=withheld&se=2 done"
        );
        assert_eq!(redacted("at 10:00 a://b mail kim@example"), "at 10:00 a://b mail kim@example");
    }
}
