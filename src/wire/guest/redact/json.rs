//! Documents of JSON, read whole and redacted text by text: what is written inside texts inside texts is found as deep as it
//! stands, and a text whose end looks like the beginning of a value ends there.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::{WITHHELD, is_benign, name, once};

/// Whether a text may be one document of JSON.
pub(super) fn is_likely(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
}

/// Whether it is one.
pub(super) fn is_sound(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The document without the secrets in it; `None` where it cannot be read, or where there are none.
pub(super) fn redacted(text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    redact(&mut value).then(|| value.to_string())
}

/// Whether anything went.
fn redact(value: &mut Value) -> bool {
    match value {
        Value::String(text) => redact_text(text),
        Value::Array(list) => {
            let (mut secret, mut any) = (false, false);
            for each in list {
                let names = each.as_str().is_some_and(|text| text.starts_with('-') && is_secret(text));
                if std::mem::replace(&mut secret, names) {
                    any |= withhold(each);
                }
                any |= redact(each);
            }
            any
        }
        Value::Object(members) => redact_members(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn redact_text(text: &mut String) -> bool {
    let kept = match once(text) {
        std::borrow::Cow::Owned(kept) if kept != *text => kept,
        _ => return false,
    };
    *text = kept;
    true
}

fn redact_members(members: &mut Map<String, Value>) -> bool {
    let named =
        ["name", "key", "Name", "Key"].iter().filter_map(|key| members.get(*key)?.as_str()).any(is_secret);
    let mut any = false;
    let redacted = std::mem::take(members).into_iter().map(|(mut key, mut value)| {
        if is_secret(&key) || (named && key.eq_ignore_ascii_case("value")) {
            any |= withhold(&mut value);
        }
        any |= redact(&mut value) | redact_text(&mut key);
        (key, value)
    });
    members.extend(redacted.collect::<Vec<_>>());
    any
}

fn is_secret(text: &str) -> bool {
    matches!(name::kind(text), Some(name::Kind::Secret | name::Kind::Header))
}

fn withhold(value: &mut Value) -> bool {
    let benign = match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => is_benign(text),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => is_benign(&value.to_string()),
    };
    if !benign {
        *value = Value::String(WITHHELD.to_owned());
    }
    !benign
}
