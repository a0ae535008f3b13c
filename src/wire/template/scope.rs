//! What the expressions of a template mean: its parameters, its variables and the functions that need no deployment.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::super::json;
use super::super::node::{Node, open, open_reason};
use super::super::reader::made_up_id;
use super::expression::{Expression, parse};

/// How many steps the expressions of a template may take together; variables that grow by naming each other end here.
const STEPS: u32 = 1_000_000;
/// How long a text may grow.
const LONGEST: usize = 65_536;
/// How deep parameters and variables may lead into each other.
const DEPTH: u32 = 40;
/// Stands for the subscription of the deployment, which no template knows.
const SUBSCRIPTION: &str = "\u{1}s";
/// Stands for its resource group.
const GROUP: &str = "\u{1}g";

/// The parameters and variables of a template.
pub(super) struct Scope<'s> {
    parameters: Option<Map<String, Value>>,
    given: Option<&'s Map<String, Value>>,
    variables: Option<Map<String, Value>>,
    steps: Cell<u32>,
    depth: Cell<u32>,
}

impl<'s> Scope<'s> {
    /// The scope of a template; `given` are values for its parameters, as `{"name": {"value": …}}`.
    pub(super) fn new(template: &Node, given: Option<&'s Value>) -> Self {
        let part = |key: &str| {
            template
                .own(key)
                .map(|node| node.value())
                .filter(|value| value.is_object())
                .map(json::Value::to_map)
        };
        Self {
            parameters: part("parameters"),
            given: given.and_then(Value::as_object),
            variables: part("variables"),
            steps: Cell::new(STEPS),
            depth: Cell::new(DEPTH),
        }
    }

    /// A value with every expression in it evaluated, or left open.
    pub(super) fn evaluate(&self, value: &Value) -> Value {
        if !self.step() {
            return open("the expressions of the template have no end");
        }
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().map(|item| self.evaluate(item)).collect(),
            Value::Object(members) => self.object(members),
            other => other.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>) -> Value {
        let mut object = Map::new();
        for (key, value) in members {
            match value {
                // A copy of properties: each entry makes a list that is not written down.
                Value::Array(loops) if key.eq_ignore_ascii_case("copy") => {
                    for name in loops.iter().filter_map(|one| one.get("name")?.as_str()) {
                        object.insert(name.to_owned(), open("it is made in a copy loop"));
                    }
                }
                value => {
                    object.insert(key.clone(), self.evaluate(value));
                }
            }
        }
        Value::Object(object)
    }

    fn text(&self, text: &str) -> Value {
        // Two brackets stand for one that is meant.
        if let Some(literal) = text.strip_prefix("[[") {
            return Value::String(format!("[{literal}"));
        }
        let Some(inside) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
            return Value::String(text.to_owned());
        };
        let value = parse(inside).and_then(|expression| self.value(&expression)).map(settle);
        value.unwrap_or_else(|| open(text))
    }

    /// `None` for what is left open.
    fn value(&self, expression: &Expression) -> Option<Value> {
        if !self.step() {
            return None;
        }
        match expression {
            Expression::Text(text) => Some(json!(text)),
            Expression::Number(number) => Some(json!(number)),
            Expression::Property(of, key) => {
                let of = self.value(of)?;
                closed(member(&of, key)?.clone())
            }
            Expression::Element(of, index) => {
                let (of, index) = (self.value(of)?, self.value(index)?);
                let element = match &index {
                    Value::String(key) => member(&of, key)?,
                    index => of.get(usize::try_from(index.as_i64()?).ok()?)?,
                };
                closed(element.clone())
            }
            Expression::Call(name, arguments) => self.call(&name.to_ascii_lowercase(), arguments),
        }
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Option<Value> {
        match (name, arguments) {
            // These look at no more arguments than they need, and the others may be open.
            ("if", [condition, yes, no]) => {
                let chosen = if self.value(condition)?.as_bool()? { yes } else { no };
                return self.value(chosen);
            }
            ("coalesce", arguments) => {
                for argument in arguments {
                    let value = self.value(argument)?;
                    if !value.is_null() {
                        return Some(value);
                    }
                }
                return Some(Value::Null);
            }
            _ => {}
        }
        let values: Option<Vec<Value>> = arguments.iter().map(|argument| self.value(argument)).collect();
        let values = values?;
        match (name, values.as_slice()) {
            ("parameters", [Value::String(name)]) => self.parameter(name),
            ("variables", [Value::String(name)]) => {
                let value = find(self.variables.as_ref()?, name)?;
                self.deeper(|scope| closed(scope.evaluate(value)))
            }
            ("resourceid", arguments) => resource_id(arguments),
            ("subscription", []) => Some(json!({ "subscriptionId": SUBSCRIPTION,
                "id": format!("/subscriptions/{SUBSCRIPTION}") })),
            ("resourcegroup", []) => Some(json!({ "name": GROUP,
                "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}") })),
            (name, values) => plain(name, values),
        }
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        if let Some(given) = self.given.and_then(|given| find(given, name)) {
            // Given values are evaluated already.
            return closed(given.get("value")?.clone());
        }
        let default = find(self.parameters.as_ref()?, name)?.get("defaultValue")?;
        self.deeper(|scope| closed(scope.evaluate(default)))
    }

    fn deeper(&self, what: impl FnOnce(&Self) -> Option<Value>) -> Option<Value> {
        self.depth.set(self.depth.get().checked_sub(1)?);
        let value = what(self);
        self.depth.set(self.depth.get() + 1);
        value
    }

    fn step(&self) -> bool {
        let left = self.steps.get().checked_sub(1);
        self.steps.set(left.unwrap_or_default());
        left.is_some()
    }
}

/// Functions of their arguments alone.
fn plain(name: &str, values: &[Value]) -> Option<Value> {
    match (name, values) {
        ("true", []) => Some(json!(true)),
        ("false", []) => Some(json!(false)),
        ("null", []) => Some(Value::Null),
        ("createarray", items) => Some(Value::Array(items.to_vec())),
        ("createobject", pairs) => {
            let pairs = pairs.chunks_exact(2).map(|pair| match pair {
                [Value::String(key), value] => Some((key.clone(), value.clone())),
                _ => None,
            });
            pairs.collect::<Option<Map<String, Value>>>().map(Value::Object)
        }
        ("concat", [Value::Array(_), ..]) => {
            let lists: Option<Vec<&Vec<Value>>> = values.iter().map(Value::as_array).collect();
            Some(Value::Array(lists?.into_iter().flatten().cloned().collect()))
        }
        ("concat", values) => {
            let texts: Option<Vec<String>> = values.iter().map(written).collect();
            bounded(texts?.concat())
        }
        ("format", [Value::String(pattern), values @ ..]) => format(pattern, values),
        ("tolower", [Value::String(text)]) => Some(json!(text.to_lowercase())),
        ("toupper", [Value::String(text)]) => Some(json!(text.to_uppercase())),
        ("trim", [Value::String(text)]) => Some(json!(text.trim())),
        ("string", [value]) => written(value).map(Value::String),
        ("int", [value]) => written(value)?.parse::<i64>().ok().map(|number| json!(number)),
        ("bool", [value]) => {
            written(value)?.to_ascii_lowercase().parse::<bool>().ok().map(|flag| json!(flag))
        }
        ("array", [Value::Array(items)]) => Some(Value::Array(items.clone())),
        ("array", [item]) => Some(json!([item])),
        ("first", [Value::Array(items)]) => items.first().cloned(),
        ("last", [Value::Array(items)]) => items.last().cloned(),
        ("length", [Value::Array(items)]) => Some(json!(items.len())),
        ("length", [Value::String(text)]) => Some(json!(text.chars().count())),
        ("replace", [Value::String(text), Value::String(from), Value::String(to)]) if !from.is_empty() => {
            bounded(text.replace(from.as_str(), to))
        }
        ("empty", [value]) => Some(json!(is_empty(value))),
        ("equals", [left, right]) => Some(json!(same(left, right))),
        ("not", [Value::Bool(flag)]) => Some(json!(!flag)),
        ("and", flags) => {
            flags.iter().map(Value::as_bool).try_fold(true, |all, flag| Some(all & flag?)).map(|b| json!(b))
        }
        ("or", flags) => {
            flags.iter().map(Value::as_bool).try_fold(false, |any, flag| Some(any | flag?)).map(|b| json!(b))
        }
        _ => None,
    }
}

/// The id of a resource: of the deployment's own group, unless a group, or a subscription and a group, come first.
fn resource_id(arguments: &[Value]) -> Option<Value> {
    let texts: Option<Vec<&str>> = arguments.iter().map(Value::as_str).collect();
    let texts = texts?;
    let at = texts.iter().position(|text| text.contains('/'))?;
    let (before, kind_and_names) = texts.split_at_checked(at)?;
    let [kind, names @ ..] = kind_and_names else { return None };
    let group = before.last().copied().filter(|group| *group != GROUP);
    let id = made_up_id(kind, &names.join("/"), group);
    match (before, group) {
        ([subscription, _], Some(_)) if *subscription != SUBSCRIPTION => {
            let rest = id.as_str().strip_prefix('-')?;
            Some(json!(format!("/subscriptions/{subscription}{rest}")))
        }
        _ => Some(json!(id.as_str())),
    }
}

/// Takes the subscription and the group that nobody knows out of a text that is an id; any other text that has
/// one in it is open.
fn settle(value: Value) -> Value {
    let Value::String(text) = value else { return value };
    let own = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/");
    let other = format!("/subscriptions/{SUBSCRIPTION}/");
    let settled = match (text.strip_prefix(&own), text.strip_prefix(&other)) {
        (Some(rest), _) => rest.to_owned(),
        (None, Some(rest)) => format!("-/{rest}"),
        (None, None) => text,
    };
    if settled.contains(SUBSCRIPTION) || settled.contains(GROUP) {
        return open("it depends on the subscription or resource group deployed to");
    }
    Value::String(settled)
}

/// `{0}` and the like replaced; any other use of braces is left open.
fn format(pattern: &str, values: &[Value]) -> Option<Value> {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (index, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&written(values.get(index.parse::<usize>().ok()?)?)?);
        rest = after;
    }
    text.push_str(rest);
    bounded(text)
}

fn bounded(text: String) -> Option<Value> {
    (text.len() <= LONGEST).then_some(Value::String(text))
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(if *flag { "True" } else { "False" }.to_owned()),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Equality of templates: texts without regard to case.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.to_lowercase() == right.to_lowercase(),
        _ => left == right,
    }
}

fn member<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    find(value.as_object()?, key)
}

/// Names of parameters and variables are found in any case.
fn find<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    let exact = members.get(name);
    exact.or_else(|| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The value, unless it is open.
fn closed(value: Value) -> Option<Value> {
    open_reason(&value).is_none().then_some(value)
}
