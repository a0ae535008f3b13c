//! ARM templates: the resources they would deploy, as far as literals, defaults of parameters and simple expressions tell.
//!
//! A resource of a template has no id; it gets one made of its type and name, which is also what `resourceId(…)` gives, so
//! that the resources of a template find each other. What an expression leaves open (a parameter without default, a
//! function of deployment time, a copy loop) stays open.

mod expression;
mod scope;

use serde_json::{Map, Value};

use super::fault::{Fault, quoted};
use super::json::{Json, View};
use super::node::{Node, Origin, open, open_reason};
use super::reader::Reader;
use super::shape::{self, Seen};
use crate::input::Place;
use scope::Scope;

/// How deep templates are followed into templates they deploy.
const DEPTH: usize = 8;
/// A loop, which makes resources that are not written down.
const LOOP: &str = "it is made in a copy loop";

/// Whether a document is a template.
pub(super) fn is_template(node: &Node) -> bool {
    let schema = node.own("$schema").and_then(|schema| schema.value().as_str());
    match schema {
        Some(schema) => schema.to_ascii_lowercase().contains("deploymenttemplate"),
        None => node.own("contentVersion").is_some() && node.own("resources").is_some(),
    }
}

/// Reads a template; `given` are values for its parameters, where they stand beside it.
pub(super) fn read(reader: &mut Reader, node: &Node, given: Option<&Node>) -> Result<Seen, Fault> {
    let given = given.map(|given| given.value().to_json());
    let scope = Scope::new(node, given.as_ref());
    let mut found = Vec::new();
    Walk { scope: &scope, depth: DEPTH, found: &mut found }.template(node)?;
    spoil(&mut found);
    for Found { origin, kind, resource, left_open } in found {
        if let Some(reason) = left_open {
            let place = Place { document: origin.document, pointer: origin.root };
            reader.pass_over(
                place,
                format!("the resource of the type `{}` is not known: {reason}", quoted(&kind)),
            );
            continue;
        }
        let value = Json::from(&Value::Object(resource));
        shape::resource(reader, &Node::root(&value, &origin), &kind)?;
    }
    Ok(Seen::Known)
}

/// A resource with its expressions evaluated.
struct Found {
    /// Where it stands.
    origin: Origin,
    /// Its type.
    kind: String,
    /// The resource.
    resource: Map<String, Value>,
    /// Why it cannot be told, if it cannot.
    left_open: Option<&'static str>,
}

struct Walk<'w> {
    scope: &'w Scope<'w>,
    depth: usize,
    found: &'w mut Vec<Found>,
}

/// What a child resource takes from the one it stands in.
#[derive(Clone, Copy)]
struct Parent<'p> {
    kind: &'p str,
    name: Option<&'p str>,
}

impl Walk<'_> {
    /// Every resource of a template: in a list, or by symbolic names.
    fn template(&mut self, node: &Node) -> Result<(), Fault> {
        let Some(resources) = node.own("resources") else { return Ok(()) };
        let nodes: Vec<Node> = match resources.value().view() {
            View::List => resources.elements().collect(),
            View::Object => resources.members().map(|(_, resource)| resource).collect(),
            _ => return Err(resources.fault("a list of resources, or an object of them")),
        };
        nodes.iter().try_for_each(|resource| self.resource(resource, None))
    }

    fn resource(&mut self, node: &Node, parent: Option<Parent>) -> Result<(), Fault> {
        node.object()?;
        let own_kind = node.required_text("type", "the type of a resource")?;
        let kind = match parent {
            Some(parent) if !own_kind.contains('/') => format!("{}/{own_kind}", parent.kind),
            _ => own_kind,
        };
        if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
            return self.deployment(node);
        }
        if self.is_left_out(node) {
            return Ok(());
        }
        let mut resource: Map<String, Value> = node
            .members()
            .filter(|(key, _)| {
                !key.eq_ignore_ascii_case("resources") && !key.eq_ignore_ascii_case("dependsOn")
            })
            .map(|(key, value)| (key.to_owned(), self.scope.evaluate(&value.value().to_json())))
            .collect();
        let name = full_name(resource.get("name"), parent);
        resource.insert("type".to_owned(), Value::String(kind.clone()));
        resource.insert(
            "name".to_owned(),
            name.clone().map_or_else(|| open("its name is left open"), Value::String),
        );
        // A resource declared without properties is declared whole: what could be in them is not there.
        resource.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        let place = node.place();
        self.found.push(Found {
            origin: Origin::of(place.document, place.pointer),
            kind: kind.clone(),
            resource,
            left_open: self.reason_open(node, name.is_some()),
        });
        let inside = Parent { kind: &kind, name: name.as_deref() };
        for child in node.own("resources").iter().flat_map(Node::elements) {
            self.resource(&child, Some(inside))?;
        }
        Ok(())
    }

    /// A template deployed by the template. Unless it says otherwise, its expressions are those of the outer one.
    fn deployment(&mut self, node: &Node) -> Result<(), Fault> {
        let Some(depth) = self.depth.checked_sub(1) else { return Ok(()) };
        let (Some(template), false) = (node.path(&["properties", "template"]), self.is_left_out(node)) else {
            return Ok(());
        };
        let scope = node.path(&["properties", "expressionEvaluationOptions", "scope"]);
        let inner = scope
            .is_some_and(|scope| scope.value().as_str().is_some_and(|s| s.eq_ignore_ascii_case("inner")));
        if !inner {
            return Walk { scope: self.scope, depth, found: &mut *self.found }.template(&template);
        }
        let given = node
            .path(&["properties", "parameters"])
            .map(|given| self.scope.evaluate(&given.value().to_json()));
        let scope = Scope::new(&template, given.as_ref());
        Walk { scope: &scope, depth, found: &mut *self.found }.template(&template)
    }

    /// Whether a resource is certainly not deployed here: its condition is false, or it exists already.
    fn is_left_out(&self, node: &Node) -> bool {
        let is = |key: &str, wanted: bool| {
            node.own(key)
                .is_some_and(|flag| self.scope.evaluate(&flag.value().to_json()) == Value::Bool(wanted))
        };
        is("condition", false) || is("existing", true)
    }

    /// Why a resource cannot be told, if it cannot.
    fn reason_open(&self, node: &Node, is_named: bool) -> Option<&'static str> {
        let conditional = node
            .own("condition")
            .is_some_and(|flag| self.scope.evaluate(&flag.value().to_json()) != Value::Bool(true));
        match () {
            () if node.own("copy").is_some() => Some(LOOP),
            () if conditional => Some("whether it is deployed is left open"),
            () if !is_named => Some("its name is left open"),
            () => None,
        }
    }
}

/// The name with those of the resources around it: `vnet/subnet`.
fn full_name(own: Option<&Value>, parent: Option<Parent>) -> Option<String> {
    let own = own?.as_str()?;
    match parent {
        None => Some(own.to_owned()),
        Some(parent) => Some(format!("{}/{own}", parent.name?)),
    }
}

/// A child resource that cannot be told may belong to any resource of the parent's kind: what those list themselves is
/// then not all they have.
fn spoil(found: &mut [Found]) {
    for (child, parent, list) in [
        (
            "Microsoft.Network/networkSecurityGroups/securityRules",
            "Microsoft.Network/networkSecurityGroups",
            "securityRules",
        ),
        ("Microsoft.Network/routeTables/routes", "Microsoft.Network/routeTables", "routes"),
        (
            "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
            "Microsoft.Network/virtualNetworks",
            "virtualNetworkPeerings",
        ),
    ] {
        let is = |found: &Found, kind: &str| found.kind.eq_ignore_ascii_case(kind);
        if !found.iter().any(|one| is(one, child) && one.left_open.is_some()) {
            continue;
        }
        for Found { resource, .. } in found.iter_mut().filter(|one| is(one, parent)) {
            let properties = resource.entry("properties").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(properties) = properties
                && properties.get(list).and_then(open_reason).is_none()
            {
                properties.insert(list.to_owned(), open(LOOP));
            }
        }
    }
}
