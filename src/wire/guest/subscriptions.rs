//! Ids of subscriptions: no secret, but some do not want to mail them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use crate::input::Bundle;

/// How many letters an id has, with and without its dashes.
const LENGTH: usize = 36;
const PLAIN_LENGTH: usize = 32;
/// How far before an id is said that it is a subscription's.
const BEFORE: usize = 48;

/// Puts other ids in the place of those of subscriptions, wherever they stand: the first that is met becomes
/// `00000000-0000-0000-0000-000000000001`, the same everywhere, the next `…2`.
///
/// An id is known for a subscription's where something says so once (`/subscriptions/…`, `subscriptionId`), and is then
/// replaced in all documents, with dashes and without.
pub fn redact_subscriptions(bundle: &mut Bundle) {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for document in &bundle.documents {
        let Some(text) = super::text_of(&document.bytes) else { continue };
        for at in ids(&text) {
            if is_subscription(text.get(..at.start).unwrap_or_default()) {
                let next = known.len() + 1;
                known.entry(digits(&text, at)).or_insert(next);
            }
        }
    }
    for document in &mut bundle.documents {
        // What is no text was emptied before.
        let Some(text) = super::text_of(&document.bytes) else { continue };
        let mut kept = String::with_capacity(text.len());
        let mut from = 0;
        for at in ids(&text) {
            let has_dashes = at.len() == LENGTH;
            if let Some(number) = known.get(&digits(&text, at.clone())) {
                kept.push_str(text.get(from..at.start).unwrap_or_default());
                // Writing to a text cannot fail.
                let _ = if has_dashes {
                    write!(kept, "00000000-0000-0000-0000-{number:012}")
                } else {
                    write!(kept, "{number:032}")
                };
                from = at.end;
            }
        }
        if from > 0 {
            kept.push_str(text.get(from..).unwrap_or_default());
            document.bytes = kept.into_bytes();
        }
    }
}

/// The digits of an id, in lower case.
fn digits(text: &str, at: Range<usize>) -> String {
    text.get(at).unwrap_or_default().to_ascii_lowercase().replace('-', "")
}

/// Where ids stand, each once: `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, or 32 digits with no other letter beside them.
fn ids(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            let length = if has_dashes(bytes, at) { LENGTH } else { plain_length(bytes, at) };
            at += length.max(1);
            if length > 0 {
                return Some(start..start + length);
            }
        }
        None
    })
}

fn has_dashes(bytes: &[u8], at: usize) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, &u8)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    bytes
        .get(at..at + LENGTH)
        .is_some_and(|window| window.get(8) == Some(&b'-') && window.iter().enumerate().all(fits))
}

/// The length of an id without dashes; 0 where there is none.
fn plain_length(bytes: &[u8], at: usize) -> usize {
    let beside = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    // What is written for a letter before it, `%2F`, `\u002f`, is no part of it.
    let escaped = [(6, &b"\\u00"[..]), (3, b"%")].iter().any(|(length, mark)| {
        at.checked_sub(*length).and_then(|from| bytes.get(from..at)).is_some_and(|own| own.starts_with(mark))
    }) || at
        .checked_sub(5)
        .and_then(|from| bytes.get(from..at))
        .is_some_and(|own| own.starts_with(b"%25"));
    if beside(at.checked_sub(1)) && !escaped {
        return 0;
    }
    let hex = bytes.iter().skip(at).take(PLAIN_LENGTH).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if hex == PLAIN_LENGTH && !beside(Some(at + PLAIN_LENGTH)) { PLAIN_LENGTH } else { 0 }
}

/// Whether what stands before an id says that it is a subscription's: that word, and after it nothing but words of no weight.
fn is_subscription(before: &str) -> bool {
    const LIGHT: [&str; 15] = [
        "id", "ids", "guid", "is", "was", "to", "the", "value", "string", "text", "name", "key", "eq",
        "quot", "s",
    ];
    let from = before.floor_char_boundary(before.len().saturating_sub(BEFORE));
    let mut near = before.get(from..).unwrap_or_default().to_ascii_lowercase();
    // What a letter is written as is no word.
    for (mark, count) in [("%25", 2), ("%", 2), ("\\u00", 2)] {
        while let Some(at) = near.find(mark) {
            let end = near.ceil_char_boundary(
                (at + mark.len() + if mark == "%25" { 2 } else { count }).min(near.len()),
            );
            near.replace_range(at..end, "/");
        }
    }
    let mut words = near.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).rev();
    let heavy = words.find(|word| !LIGHT.contains(word)).unwrap_or_default();
    ["subscription", "subscriptions", "subscriptionid", "subscriptionids", "subscriptionguid"]
        .iter()
        .any(|word| heavy.ends_with(word))
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

    /// However it is said that an id is a subscription's.
    #[test]
    fn an_id_is_known_by_what_is_said_before_it() {
        let plain = ONE.replace('-', "");
        for before in [
            "/subscriptions/",
            "subscriptions%2F",
            "subscriptions%252F",
            r"subscriptions\u002f",
            r"\\u002fsubscriptions\\u002F",
            r"\/subscriptions\/",
            "subscription id is ",
            "Subscription ID: ",
            "the subscription is '",
            r#""subscriptionId":{"value":""#,
            r#"\"subscriptionId\": \""#,
            "<SubscriptionId>",
            "&quot;subscriptionId&quot;:&quot;",
            "--subscription ",
            "-SubscriptionId {",
            "subscription_id=",
            "AZURE_SUBSCRIPTION_ID=",
            "hidden-subscription-guid:",
            "é subscription ",
        ] {
            for (id, other) in [
                (ONE, "00000000-0000-0000-0000-000000000001"),
                (plain.as_str(), "00000000000000000000000000000001"),
            ] {
                assert_eq!(redacted(&[&format!("{before}{id} x")]), [format!("{before}{other} x")]);
            }
        }
        let found = redacted(&[&format!("subscription {ONE}; {plain} {}", plain.to_uppercase())]);
        let other = "00000000000000000000000000000001";
        assert_eq!(found, [format!("subscription 00000000-0000-0000-0000-000000000001; {other} {other}")]);
    }

    #[test]
    fn other_ids_stay() {
        let plain = ONE.replace('-', "");
        for text in [
            format!("correlation {ONE} tenantId={TWO}"),
            format!("subscription of tenant {ONE}, subscriptions: 3, id {TWO}"),
            format!("md5 {plain} subscriptions: {plain}0a"),
        ] {
            assert_eq!(redacted(&[&text]), [text]);
        }
    }

    #[test]
    fn other_letters_are_survived() {
        for text in ["%", "%é", "%25é", r"\u00é", "subscription %2", "ééééééééééééééééééééééééééééééé"]
        {
            let text = format!("{text}{ONE}");
            redacted(&[&text]);
        }
    }
}
