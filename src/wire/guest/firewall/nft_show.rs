//! A rule of nftables as `nft` shows it, near enough to be found again.

use super::nft::text;
use crate::wire::json::{Value, View};

/// How deep values are shown; what lies deeper is left out.
const DEEPEST: usize = 4;
/// How many characters of a rule are shown.
const LONGEST: usize = 300;

/// The rule as one line, without counters.
pub(super) fn shown(rule: Value<'_>) -> String {
    let mut line = String::new();
    for statement in rule.member("expr").into_iter().flat_map(Value::items) {
        let Some((kind, value)) = statement.only_member() else { continue };
        if kind == "counter" {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&stated(kind, value));
        if line.len() > LONGEST {
            break;
        }
    }
    if line.len() > LONGEST {
        line = line.chars().take(LONGEST).chain(['…']).collect();
    }
    line
}

fn stated(kind: &str, value: Value<'_>) -> String {
    match kind {
        "match" => compared(value),
        "vmap" => format!("{} vmap {}", part(value, "key"), part(value, "data")),
        "jump" | "goto" => format!("{kind} {}", text(value, "target")),
        "xt" => format!("xt {} {}", text(value, "type"), text(value, "name")),
        "mangle" => format!("{} set {}", part(value, "key"), part(value, "value")),
        kind => kind.to_owned(),
    }
}

fn part(value: Value<'_>, key: &str) -> String {
    value.member(key).map(|part| written(part, 0)).unwrap_or_default()
}

fn compared(value: Value<'_>) -> String {
    let operator = match text(value, "op") {
        "==" | "in" => " ".to_owned(),
        other => format!(" {other} "),
    };
    format!("{}{operator}{}", part(value, "left"), part(value, "right"))
}

/// A value, or an expression.
fn written(value: Value<'_>, depth: usize) -> String {
    if depth > DEEPEST {
        return "…".to_owned();
    }
    let list = |value: Value<'_>, divider: &str| {
        // More are not read by anyone.
        let most = 16;
        let mut each: Vec<String> = value.items().take(most).map(|item| written(item, depth + 1)).collect();
        if value.items().count() > most {
            each.push("…".to_owned());
        }
        each.join(divider)
    };
    match value.view() {
        View::Null => String::new(),
        View::Bool(flag) => flag.to_string(),
        View::Number(number) => number.to_string(),
        View::Text(text) => text.to_owned(),
        View::List => list(value, ","),
        View::Object => match value.only_member() {
            Some(("payload", of)) => format!("{} {}", text(of, "protocol"), text(of, "field")),
            Some(("meta", of)) => text(of, "key").to_owned(),
            Some(("ct", of)) => format!("ct {}", text(of, "key")),
            Some(("prefix", of)) => format!("{}/{}", text(of, "addr"), part(of, "len")),
            Some(("range", of)) => list(of, "-"),
            Some(("set", of)) => format!("{{ {} }}", list(of, ", ")),
            Some(("concat", of)) => list(of, " . "),
            Some((operator @ ("&" | "|" | "^"), of)) => list(of, &format!(" {operator} ")),
            Some(("elem", of)) => part(of, "val"),
            Some((kind @ ("jump" | "goto"), of)) => format!("{kind} {}", text(of, "target")),
            Some((kind, _)) => kind.to_owned(),
            None => "…".to_owned(),
        },
    }
}
