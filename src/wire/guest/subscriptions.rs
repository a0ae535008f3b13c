//! Ids of subscriptions: no secret, but some do not want to mail them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use crate::input::Bundle;

/// How many letters an id has.
const LENGTH: usize = 36;
/// How far before an id is said that it is a subscription's.
const BEFORE: usize = 24;

/// Puts other ids in the place of those of subscriptions, wherever they stand: the first that is met becomes
/// `00000000-0000-0000-0000-000000000001`, the same everywhere, the next `…2`.
///
/// An id is known for a subscription's where something says so once (`/subscriptions/…`, `subscriptionId`), and is then
/// replaced in all documents.
pub fn redact_subscriptions(bundle: &mut Bundle) {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for document in &bundle.documents {
        let Some(text) = super::text_of(&document.bytes) else { continue };
        for at in ids(&text) {
            if is_subscription(text.get(..at.start).unwrap_or_default()) {
                let next = known.len() + 1;
                known.entry(text.get(at).unwrap_or_default().to_ascii_lowercase()).or_insert(next);
            }
        }
    }
    for document in &mut bundle.documents {
        // What is no text was emptied before.
        let Some(text) = super::text_of(&document.bytes) else { continue };
        let mut kept = String::with_capacity(text.len());
        let mut from = 0;
        for at in ids(&text) {
            let id = text.get(at.clone()).unwrap_or_default().to_ascii_lowercase();
            if let Some(number) = known.get(&id) {
                kept.push_str(text.get(from..at.start).unwrap_or_default());
                // Writing to a text cannot fail.
                let _ = write!(kept, "00000000-0000-0000-0000-{number:012}");
                from = at.end;
            }
        }
        if from > 0 {
            kept.push_str(text.get(from..).unwrap_or_default());
            document.bytes = kept.into_bytes();
        }
    }
}

/// Where ids stand: `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
fn ids(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = move |window: &[u8]| {
        let fits = |(at, byte): (usize, &u8)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
        window.get(8) == Some(&b'-') && window.iter().enumerate().all(fits)
    };
    let windows = bytes.windows(LENGTH).enumerate();
    windows.filter(move |(_, window)| fits(window)).map(|(at, _)| at..at + LENGTH)
}

/// Whether what stands before an id says that it is a subscription's.
fn is_subscription(before: &str) -> bool {
    let bytes = before.as_bytes();
    let near = bytes.get(bytes.len().saturating_sub(BEFORE)..).unwrap_or_default();
    let near = String::from_utf8_lossy(near).to_ascii_lowercase().replace("%2f", "/");
    let letters: String = near.chars().filter(char::is_ascii_alphabetic).collect();
    ["subscription", "subscriptions", "subscriptionid", "subscriptionguid"]
        .iter()
        .any(|word| letters.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Document;

    const ONE: &str = "11111111-2222-3333-4444-555555555555";
    const TWO: &str = "AAAAAAAA-2222-3333-4444-555555555555";

    fn redacted(texts: &[&str]) -> Vec<String> {
        let document = |text: &&str| Document {
            name: "d".into(),
            bytes: text.as_bytes().to_vec(),
            named_by_user: false,
        };
        let mut bundle = Bundle { documents: texts.iter().map(document).collect() };
        redact_subscriptions(&mut bundle);
        bundle.documents.into_iter().map(|each| String::from_utf8(each.bytes).unwrap()).collect()
    }

    #[test]
    fn the_same_becomes_the_same_everywhere() {
        let other = "99999999-2222-3333-4444-555555555555";
        let found = redacted(&[
            &format!("é {ONE} and {other}"),
            &format!("GET /subscriptions/{TWO}/x \"subscriptionId\": \"{ONE}\" {}", TWO.to_lowercase()),
            &format!("%2Fsubscriptions%2F{ONE}%2F x{ONE}"),
        ]);
        let (one, two) = ("00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000001");
        assert_eq!(found[0], format!("é {one} and {other}"));
        assert_eq!(found[1], format!("GET /subscriptions/{two}/x \"subscriptionId\": \"{one}\" {two}"));
        assert_eq!(found[2], format!("%2Fsubscriptions%2F{one}%2F x{one}"));
    }

    #[test]
    fn other_ids_stay() {
        let text = format!("correlation {ONE} tenantId={TWO}");
        assert_eq!(redacted(&[&text]), [text]);
    }
}
