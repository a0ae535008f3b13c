//! Documents of JSON in which a text ends so that what follows it looks like a secret: read whole, and redacted text by text.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::{WITHHELD, name, without_secrets};

/// Whether a text may be one document of JSON.
pub(super) fn is_likely(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Whether it is one.
pub(super) fn is_sound(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The document without the secrets in it; `None` where it cannot be read.
pub(super) fn redacted(text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    redact(&mut value);
    Some(value.to_string())
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_secrets(text).into_owned(),
        Value::Array(list) => {
            let mut secret = false;
            for each in list {
                let names = each.as_str().is_some_and(|text| text.starts_with('-') && is_secret(text));
                if std::mem::replace(&mut secret, names) {
                    withhold(each);
                }
                redact(each);
            }
        }
        Value::Object(members) => redact_members(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn redact_members(members: &mut Map<String, Value>) {
    let named = ["name", "key"].iter().filter_map(|key| members.get(*key)?.as_str()).any(is_secret);
    let redacted = std::mem::take(members).into_iter().map(|(key, mut value)| {
        if is_secret(&key) || (named && key.eq_ignore_ascii_case("value")) {
            withhold(&mut value);
        }
        redact(&mut value);
        (without_secrets(&key).into_owned(), value)
    });
    members.extend(redacted.collect::<Vec<_>>());
}

fn is_secret(text: &str) -> bool {
    matches!(name::kind(text), Some(name::Kind::Secret | name::Kind::Header))
}

fn withhold(value: &mut Value) {
    let benign = match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => super::is_benign(text),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => super::is_benign(&value.to_string()),
    };
    if !benign {
        *value = Value::String(WITHHELD.to_owned());
    }
}
