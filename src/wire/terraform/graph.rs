//! The resources a plan or state declares, and which of them refers to which.

use std::collections::BTreeMap;

use super::super::fault::Fault;
use super::super::json::{Value, View};
use super::super::node::Node;
use super::super::reader::made_up_id;
use super::table;
use crate::azure::ResourceId;

/// How deep references are followed through variables and outputs of modules.
const DEPTH: usize = 12;

/// A resource as it is declared.
pub(super) struct Declared<'a> {
    /// Its address with the module in front, as in `module.net.azurerm_subnet.apps["a"]`.
    pub(super) address: String,
    /// Its type, as in `azurerm_subnet`.
    pub(super) kind: String,
    /// Its attributes.
    pub(super) values: Node<'a>,
}

/// Who refers to whom.
pub(super) struct Graph<'a> {
    ids: Vec<Option<ResourceId>>,
    /// Address without any index: the instances, each with its full address.
    instances: BTreeMap<String, Vec<(String, ResourceId)>>,
    /// Module path: the configuration of the module.
    modules: BTreeMap<String, Node<'a>>,
    /// Module path: its call in the module above, and the path of that.
    calls: BTreeMap<String, (Node<'a>, String)>,
}

/// Every managed resource of the provider for Azure.
pub(super) fn declared<'a>(node: &Node<'a>) -> Result<Vec<Declared<'a>>, Fault> {
    let mut found = Vec::new();
    for key in ["planned_values", "values"] {
        if let Some(root) = node.path(&[key, "root_module"]) {
            add_module(&root, &mut found)?;
            return Ok(found);
        }
    }
    for resource in node.records_at("resources", false)?.unwrap_or_default() {
        add_raw(&resource, &mut found)?;
    }
    Ok(found)
}

fn add_module<'a>(module: &Node<'a>, found: &mut Vec<Declared<'a>>) -> Result<(), Fault> {
    for resource in module.records_at("resources", false)?.unwrap_or_default() {
        let kind = resource.own_text("type")?.unwrap_or_default();
        let managed = resource.own_text("mode")?.is_none_or(|mode| mode == "managed");
        if let Some(values) = resource.own("values").filter(|_| managed && kind.starts_with("azurerm_")) {
            let address = resource.required_text("address", "the address of a resource")?;
            found.push(Declared { address, kind, values });
        }
    }
    for child in module.records_at("child_modules", false)?.unwrap_or_default() {
        add_module(&child, found)?;
    }
    Ok(())
}

/// A resource of a state file, which has its instances inside.
fn add_raw<'a>(resource: &Node<'a>, found: &mut Vec<Declared<'a>>) -> Result<(), Fault> {
    let kind = resource.own_text("type")?.unwrap_or_default();
    let managed = resource.own_text("mode")?.is_none_or(|mode| mode == "managed");
    if !managed || !kind.starts_with("azurerm_") {
        return Ok(());
    }
    let name = resource.own_text("name")?.unwrap_or_default();
    let module = resource.own_text("module")?.map_or_else(String::new, |module| format!("{module}."));
    for instance in resource.records_at("instances", false)?.unwrap_or_default() {
        let index =
            instance.own("index_key").map_or_else(String::new, |key| format!("[{}]", key.value().to_json()));
        if let Some(values) = instance.own("attributes") {
            found.push(Declared {
                address: format!("{module}{kind}.{name}{index}"),
                kind: kind.clone(),
                values,
            });
        }
    }
    Ok(())
}

impl<'a> Graph<'a> {
    /// The graph of a document's resources.
    pub(super) fn new(node: &Node<'a>, declared: &[Declared<'a>]) -> Result<Self, Fault> {
        let mut graph = Self {
            ids: Vec::with_capacity(declared.len()),
            instances: BTreeMap::new(),
            modules: BTreeMap::new(),
            calls: BTreeMap::new(),
        };
        if let Some(root) = node.path(&["configuration", "root_module"]) {
            graph.add_configuration(root, String::new());
        }
        for resource in declared {
            let id = id_of(resource)?;
            if let Some(id) = &id {
                let known = graph.instances.entry(without_indices(&resource.address)).or_default();
                known.push((resource.address.clone(), id.clone()));
            }
            graph.ids.push(id);
        }
        Ok(graph)
    }

    /// The ids of the declared resources, in their order.
    pub(super) fn ids(&self) -> impl Iterator<Item = Option<&ResourceId>> {
        self.ids.iter().map(Option::as_ref)
    }

    /// What the configuration says about an attribute of a resource; `path` leads through nested blocks.
    pub(super) fn expression(&self, resource: &Declared, path: &[String]) -> Option<Node<'a>> {
        let (module, local) = split(&without_indices(&resource.address))?;
        let resources = self.modules.get(&module)?.own("resources")?;
        let is_it = |one: &Node| matches!(one.own_text("address"), Ok(Some(address)) if address == local);
        let expressions = resources.elements().find(is_it)?.own("expressions")?;
        path.iter().try_fold(expressions, |node, step| match step.parse::<usize>() {
            // A dynamic block is written once for all it makes.
            Ok(index) => node.elements().nth(index).or_else(|| node.elements().last()),
            Err(_) => node.own(step),
        })
    }

    /// Whether the document tells what is configured, so that what is not can be told from what is not known.
    pub(super) fn tells_configuration(&self) -> bool {
        !self.modules.is_empty()
    }

    /// The resources an expression refers to; `None` where one of them cannot be told.
    pub(super) fn referents(&self, resource: &Declared, expression: &Node<'a>) -> Option<Vec<ResourceId>> {
        let (module, _) = split(&without_indices(&resource.address))?;
        let mut found = Vec::new();
        self.follow(
            &Search { module: &module, from: &resource.address, depth: DEPTH },
            expression,
            &mut found,
        )?;
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    fn add_configuration(&mut self, module: Node<'a>, path: String) {
        for (name, call) in module.own("module_calls").iter().flat_map(Node::members) {
            if let Some(inner) = call.own("module") {
                let inner_path = format!("{path}module.{name}.");
                self.calls.insert(inner_path.clone(), (call, path.clone()));
                self.add_configuration(inner, inner_path);
            }
        }
        self.modules.insert(path, module);
    }

    fn follow(&self, at: &Search, expression: &Node<'a>, found: &mut Vec<ResourceId>) -> Option<()> {
        let depth = at.depth.checked_sub(1)?;
        let list = expression.own("references")?;
        let references: Vec<&str> = list.elements().filter_map(|one| one.value().as_str()).collect();
        for (index, reference) in references.iter().enumerate() {
            // Terraform lists `a.b.id` and then, less exactly, `a.b`: the exact one has said it.
            let said = index > 0 && references.get(index - 1).is_some_and(|exact| is_under(exact, reference));
            if said || reference.starts_with("each.") || reference.starts_with("count.") {
                continue;
            }
            let at = Search { depth, ..*at };
            if let Some(name) = reference.strip_prefix("var.") {
                let (call, above) = self.calls.get(at.module)?;
                let name = name.split(['.', '[']).next().unwrap_or_default();
                let expression = call.own("expressions")?.own(name)?;
                self.follow(&Search { module: above, ..at }, &expression, found)?;
            } else if let Some(rest) = reference.strip_prefix("module.") {
                self.follow_output(&at, rest, found)?;
            } else {
                found.push(self.instance(&at, reference)?);
            }
        }
        Some(())
    }

    /// `rest` is `NAME.OUTPUT…` or just `NAME`, which says nothing.
    fn follow_output(&self, at: &Search, rest: &str, found: &mut Vec<ResourceId>) -> Option<()> {
        let (name, output) = rest.split_once('.')?;
        let name = name.split('[').next().unwrap_or_default();
        let output = output.split(['.', '[']).next().unwrap_or_default();
        let module = format!("{}module.{name}.", at.module);
        let expression = self.modules.get(&module)?.own("outputs")?.own(output)?.own("expression")?;
        self.follow(&Search { module: &module, ..*at }, &expression, found)
    }

    /// The instance a reference means: the only one, the one with the index named, or the one with the index of
    /// the resource that refers.
    fn instance(&self, at: &Search, reference: &str) -> Option<ResourceId> {
        let full = format!("{}{reference}", at.module);
        let plain = without_indices(&full);
        let (module, local) = split(&plain)?;
        let mut parts = local.split('.');
        let address = format!("{module}{}.{}", parts.next()?, parts.next()?);
        let instances = self.instances.get(&address)?;
        if let [(_, only)] = instances.as_slice() {
            return Some(only.clone());
        }
        let named = index_of(reference).or_else(|| index_of(at.from))?;
        let mut fitting = instances.iter().filter(|(address, _)| index_of(address) == Some(named));
        let (_, id) = fitting.next()?;
        fitting.next().is_none().then(|| id.clone())
    }
}

/// Where a reference is followed from.
#[derive(Clone, Copy)]
struct Search<'s> {
    module: &'s str,
    from: &'s str,
    depth: usize,
}

/// The id of a resource: as stated, or made of its name and those of what it is part of.
fn id_of(resource: &Declared) -> Result<Option<ResourceId>, Fault> {
    if let Some(id) = resource.values.own("id").filter(|id| id.value().is_text()) {
        return Ok(id.text()?.map(ResourceId::new));
    }
    let Some(form) = table::form_of(&resource.kind) else { return part_id(resource) };
    let mut names = Vec::new();
    for key in form.parents.iter().chain(&["name"]) {
        match resource.values.own_text(key)? {
            Some(name) => names.push(name),
            None => return Ok(None),
        }
    }
    let group = resource.values.own_text("resource_group_name")?;
    Ok(Some(made_up_id(form.kind, &names.join("/"), group.as_deref())))
}

/// An id for a part of a load balancer, which names its whole by an id that a plan does not know: its address does
/// as well, for all that matters is who refers to the same part.
fn part_id(resource: &Declared) -> Result<Option<ResourceId>, Fault> {
    if resource.kind != "azurerm_lb_backend_address_pool" {
        return Ok(None);
    }
    let name = resource.values.own_text("name")?.unwrap_or_else(|| "-".to_owned());
    let names = format!("{}/{name}", resource.address.replace('/', "."));
    Ok(Some(made_up_id("Microsoft.Network/loadBalancers/backendAddressPools", &names, None)))
}

/// An address without its indices: `a["x"].b[0]` is `a.b`.
fn without_indices(address: &str) -> String {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut plain = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// The last index in an address, with its brackets.
fn index_of(address: &str) -> Option<&str> {
    let from = address.rfind('[')?;
    let to = address.rfind(']')?;
    address.get(from..=to)
}

/// The module path (`module.a.module.b.`, or nothing) and the address inside the module.
fn split(address: &str) -> Option<(String, String)> {
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        rest = after.split_once('.')?.1;
    }
    let module = address.get(..address.len() - rest.len())?;
    Some((module.to_owned(), rest.to_owned()))
}

/// Whether `exact` is `general` with more behind it.
fn is_under(exact: &str, general: &str) -> bool {
    exact.strip_prefix(general).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Whether a value says nothing, as Terraform writes unset strings and lists.
pub(super) fn is_unset(value: Value<'_>) -> bool {
    match value.view() {
        View::Null => true,
        View::Text(_) | View::List => value.is_empty(),
        View::Bool(_) | View::Number(_) | View::Object => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        assert_eq!(
            without_indices("module.a[\"x[0]\"].azurerm_subnet.s[0].id"),
            "module.a.azurerm_subnet.s.id"
        );
        let (module, local) = split("module.a.module.b.azurerm_subnet.s").unwrap();
        assert_eq!((module.as_str(), local.as_str()), ("module.a.module.b.", "azurerm_subnet.s"));
        assert_eq!(index_of("azurerm_subnet.s[\"a\"].id"), Some("[\"a\"]"));
        assert!(is_under("a.b.id", "a.b") && !is_under("a.bc", "a.b"));
    }
}
