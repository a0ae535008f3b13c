//! One resource of Terraform, rewritten as the API would answer with it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::fault::Fault;
use super::super::node::{Node, open};
use super::graph::{Declared, Graph, is_unset};
use super::table::{As, Attribute, Form};
use crate::azure::ResourceId;
use crate::input::Pointer;

/// Why a value of a plan is open.
pub(super) const AFTER_APPLY: &str = "it is known after apply";

/// A rewritten resource.
pub(super) struct Body {
    /// The kind, as in `Microsoft.Network/networkInterfaces`.
    pub(super) kind: &'static str,
    /// The resource.
    pub(super) value: Map<String, Value>,
    /// Where its parts were read.
    pub(super) moved: BTreeMap<String, Pointer>,
}

/// Rewrites a declared resource.
pub(super) fn of(form: &Form, id: &ResourceId, resource: &Declared, graph: &Graph) -> Result<Body, Fault> {
    let mut body = Body { kind: form.kind, value: Map::new(), moved: BTreeMap::new() };
    body.moved.insert(String::new(), resource.values.place().pointer);
    body.value.insert("id".into(), id.as_str().into());
    body.value.insert("properties".into(), json!({}));
    let top = Spot { path: Vec::new(), trail: Vec::new() };
    for (key, value) in form.fixed {
        body.put(&top.below(key, "").path, json!(value), None);
    }
    Writer { resource, graph, body: &mut body }.block(&resource.values, form.attributes, &top)?;
    Ok(body)
}

impl Body {
    /// Writes a value at a path, whose steps are keys and indices; `from` is where it was read.
    pub(super) fn put(&mut self, path: &[String], value: Value, from: Option<Pointer>) {
        if let Some(from) = from {
            self.note(path, from);
        }
        put(&mut self.value, path, value);
    }

    /// Whether anything stands at a path.
    fn states(&self, path: &[String]) -> bool {
        let [first, rest @ ..] = path else { return false };
        let mut at = self.value.get(first);
        for step in rest {
            at = at.and_then(|value| match value {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                value => value.get(step),
            });
        }
        at.is_some()
    }

    /// Records where what is at a path was read.
    fn note(&mut self, path: &[String], from: Pointer) {
        let pointer = path.iter().fold(Pointer::root(), |pointer, step| pointer.key(step));
        self.moved.insert(pointer.as_str().to_owned(), from);
    }

    /// Appends to a list in `properties`.
    pub(super) fn push(&mut self, path: &[&str], value: Value) {
        let mut at = self.value.entry("properties").or_insert_with(|| json!({}));
        for key in path {
            if !at.is_object() {
                *at = json!({});
            }
            let Value::Object(object) = at else { return };
            at = object.entry(*key).or_insert(Value::Null);
        }
        if !at.is_array() {
            *at = json!([]);
        }
        if let Value::Array(items) = at {
            items.push(value);
        }
    }
}

/// Where a block is read and written.
struct Spot {
    /// The way to it in the rewritten resource.
    path: Vec<String>,
    /// The way to it in the configuration.
    trail: Vec<String>,
}

impl Spot {
    fn below(&self, path: &str, trail: &str) -> Self {
        let steps = path.split('.').map(str::to_owned);
        Self {
            path: self.path.iter().cloned().chain(steps).collect(),
            trail: self.trail.iter().cloned().chain([trail.to_owned()]).collect(),
        }
    }

    fn element(&self, index: usize) -> Self {
        let step = index.to_string();
        self.below(&step, &step)
    }
}

/// Rewrites one resource.
struct Writer<'w, 'a> {
    resource: &'w Declared<'a>,
    graph: &'w Graph<'a>,
    body: &'w mut Body,
}

impl<'a> Writer<'_, 'a> {
    /// Rewrites the attributes of one block.
    fn block(&mut self, block: &Node<'a>, attributes: &[Attribute], spot: &Spot) -> Result<(), Fault> {
        if !block.value().is_object() {
            return Err(block.fault("a block of attributes"));
        }
        for attribute in attributes {
            let spot = spot.below(attribute.to, attribute.from);
            match block.own(attribute.from) {
                Some(node) if !is_unset(node.value()) => self.stated(&node, attribute.as_, &spot)?,
                // Terraform writes null, `""` or `[]` for what is not set.
                _ if block.value().has(attribute.from) => {}
                _ => {
                    // An attribute has several names over the versions: what one of them says stands.
                    let unstated = self.unstated(attribute.as_, &spot.trail);
                    if let Some(value) = unstated.filter(|_| !self.body.states(&spot.path)) {
                        self.body.put(&spot.path, value, None);
                    }
                }
            }
        }
        Ok(())
    }

    fn stated(&mut self, node: &Node<'a>, as_: As, spot: &Spot) -> Result<(), Fault> {
        let flag = || node.value().as_bool().ok_or_else(|| node.fault("true or false"));
        let wrapped =
            |key: &str| node.elements().map(|item| json!({ key: item.value().to_json() })).collect();
        let value = match as_ {
            As::Same | As::Later => node.value().to_json(),
            As::Not => json!(!flag()?),
            As::Word(yes, no) => json!(if flag()? { yes } else { no }),
            As::Id => json!({ "id": node.value().to_json() }),
            As::Ids | As::LaterIds => wrapped("id"),
            As::Each(key) => wrapped(key),
            As::One(attributes) => return self.one(node, attributes, spot),
            As::Many(attributes) => return self.many(node, attributes, spot),
        };
        self.body.put(&spot.path, value, Some(node.place().pointer));
        Ok(())
    }

    fn one(&mut self, node: &Node<'a>, attributes: &[Attribute], spot: &Spot) -> Result<(), Fault> {
        let Some(block) = node.elements().next() else { return Ok(()) };
        self.body.note(&spot.path, block.place().pointer);
        let inside = Spot { path: spot.path.clone(), trail: spot.element(0).trail };
        self.block(&block, attributes, &inside)
    }

    fn many(&mut self, node: &Node<'a>, attributes: &[Attribute], spot: &Spot) -> Result<(), Fault> {
        self.body.put(&spot.path, json!([]), Some(node.place().pointer));
        for (index, block) in node.elements().enumerate() {
            let spot = spot.element(index);
            self.body.put(&spot.path, json!({}), Some(block.place().pointer));
            self.block(&block, attributes, &spot)?;
        }
        Ok(())
    }

    /// What stands for an attribute that has no value: the resources it refers to; nothing, where it is not configured
    /// and not for Azure to say either; else that it is open.
    fn unstated(&self, as_: As, trail: &[String]) -> Option<Value> {
        let expression = self.graph.expression(self.resource, trail);
        let configured = expression.is_some() || !self.graph.tells_configuration();
        if !configured && !matches!(as_, As::Later | As::LaterIds) {
            return None;
        }
        let ids = expression.and_then(|expression| self.graph.referents(self.resource, &expression));
        match (as_, ids.as_deref()) {
            (As::Id, Some([id])) => Some(json!({ "id": id.as_str() })),
            (As::Ids | As::LaterIds, Some(ids)) => {
                Some(ids.iter().map(|id| json!({ "id": id.as_str() })).collect())
            }
            _ => Some(open(AFTER_APPLY)),
        }
    }
}

fn put(object: &mut Map<String, Value>, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        object.insert(first.clone(), value);
        return;
    }
    let child = object.entry(first.clone()).or_insert_with(|| json!({}));
    match (child, rest) {
        (Value::Array(items), [index, rest @ ..]) => {
            let Ok(index) = index.parse::<usize>() else { return };
            if index == items.len() {
                items.push(json!({}));
            }
            match items.get_mut(index) {
                Some(item) if rest.is_empty() => *item = value,
                Some(Value::Object(item)) => put(item, rest, value),
                _ => {}
            }
        }
        (Value::Object(child), rest) => put(child, rest, value),
        // Two attributes may make one object together: what said nothing before gives way.
        (other, rest) => {
            let mut fresh = Map::new();
            put(&mut fresh, rest, value);
            *other = Value::Object(fresh);
        }
    }
}
