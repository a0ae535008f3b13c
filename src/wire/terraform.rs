//! Terraform: `terraform show -json` of a plan or a state, and the raw state file.
//!
//! Every resource is rewritten into the form the API would answer with, under its own place in the document, and then read
//! like any other. In a plan most ids are not known yet; who refers to whom is then told by the configuration the plan
//! holds, and the resources get made-up ids. What is neither known nor told stays open.

mod body;
mod graph;
mod links;
mod table;

use std::collections::BTreeMap;

use serde_json::Value;

use super::fault::Fault;
use super::json::Json;
use super::node::{Node, Origin};
use super::reader::Reader;
use super::shape::{self, Seen};
use crate::azure::ResourceId;
use crate::input::Pointer;
use body::Body;
use graph::Graph;

/// Whether a document is Terraform's.
pub(super) fn is_terraform(node: &Node) -> bool {
    let has = |key: &str| node.own(key).is_some();
    let shown = has("format_version") && (has("planned_values") || has("values"));
    let raw = has("version")
        && node.own("resources").is_some_and(|all| {
            all.elements()
                .next()
                .is_none_or(|one| one.own("instances").is_some() && one.own("mode").is_some())
        })
        && (has("terraform_version") || has("lineage") || has("serial") || node.own("resources").is_some());
    shown || (raw && !has("$schema"))
}

/// Reads a plan or a state.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Result<Seen, Fault> {
    let declared = graph::declared(node)?;
    if declared.is_empty() {
        return Ok(Seen::Strange("of Terraform, without resources of `azurerm` that have values".to_owned()));
    }
    let graph = Graph::new(node, &declared)?;
    let mut bodies: BTreeMap<ResourceId, Body> = BTreeMap::new();
    for (resource, id) in declared.iter().zip(graph.ids()) {
        if let (Some(form), Some(id)) = (table::form_of(&resource.kind), id) {
            bodies.insert(id.clone(), body::of(form, id, resource, &graph)?);
        }
    }
    for resource in &declared {
        links::apply(resource, &graph, &mut bodies)?;
    }
    links::close_lists(&mut bodies);
    for body in bodies.into_values() {
        read_body(reader, node, body)?;
    }
    Ok(Seen::Known)
}

fn read_body(reader: &mut Reader, node: &Node, body: Body) -> Result<(), Fault> {
    let kind = body.kind;
    let origin = Origin { document: node.place().document, root: Pointer::root(), moved: body.moved };
    let value = Json::from(&Value::Object(body.value));
    shape::resource(reader, &Node::root(&value, &origin), kind)?;
    Ok(())
}
