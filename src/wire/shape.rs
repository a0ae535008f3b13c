//! What a document is: recognised by its content, and unwrapped until resources appear.

use super::fault::{Fault, quoted};
use super::kinds::{self, Read};
use super::node::Node;
use super::reader::Reader;
use super::{effective, group, guest, observation, route, template, terraform, vault, vm};

/// What became of a part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// At least a part of it was understood.
    Known,
    /// Nothing of it was; the words say what it looks like.
    Strange(String),
}

/// Reads a value of a document, whatever it is.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Result<Seen, Fault> {
    if node.value().is_list() {
        let nodes: Vec<Node> = node.elements().collect();
        return list(reader, node, &nodes, true);
    }
    if !node.value().is_object() {
        return Ok(Seen::Strange("a JSON value that is neither object nor list".to_owned()));
    }
    if terraform::is_terraform(node) {
        return terraform::read(reader, node);
    }
    if template::is_template(node) {
        return template::read(reader, node, None);
    }
    if let Some(template) = node.own("template").filter(template::is_template) {
        return template::read(reader, &template, node.own("parameters").as_ref());
    }
    if let Some(seen) = answer(reader, node)? {
        return Ok(seen);
    }
    match kinds::kind_of(node)? {
        Some(kind) => resource(reader, node, &kind),
        None => wrapped(reader, node),
    }
}

/// Reads one resource of a kind that is known by now.
pub(super) fn resource(reader: &mut Reader, node: &Node, kind: &str) -> Result<Seen, Fault> {
    let Some(read) = kinds::reader_of(kind) else {
        return Ok(Seen::Strange(format!("a resource of the type `{}`, which plays no part", quoted(kind))));
    };
    if let Read::With(read) = read {
        kind.clone_into(&mut reader.kind);
        match read(reader, node) {
            Err(Fault::Open(place, reason)) => reader.pass_over(place, reason),
            other => other?,
        }
    }
    Ok(Seen::Known)
}

/// The answers that are recognised by the keys they have, because they have neither type nor id.
fn answer(reader: &mut Reader, node: &Node) -> Result<Option<Seen>, Fault> {
    let has = |key: &str| node.own(key).is_some();
    if observation::is_answer(node) {
        observation::read(reader, node)?;
        return Ok(Some(Seen::Known));
    }
    if let Some(error) = node.own("error").filter(|error| error.own("code").is_some()) {
        let code = error.text_at("code")?.unwrap_or_default();
        reader.pass_over(node.place(), format!("an answer of Azure that is an error: `{}`", quoted(&code)));
        return Ok(Some(Seen::Known));
    }
    if has("effectiveSecurityRules") {
        effective::rules(reader, node, std::slice::from_ref(node))?;
        return Ok(Some(Seen::Known));
    }
    if let Some(interfaces) = node.own("networkInterfaces")
        && interfaces.elements().all(|each| each.own("securityRuleAssociations").is_some())
        && !has("id")
    {
        effective::view(reader, node)?;
        return Ok(Some(Seen::Known));
    }
    if !has("id") && !has("type") && has("statuses") && (has("vmAgent") || has("osName") || has("disks")) {
        vm::bare_view(reader, node)?;
        return Ok(Some(Seen::Known));
    }
    if !has("id") && (has("protectionStatus") || (has("backedUp") && has("vaultId"))) {
        vault::status(reader, node)?;
        return Ok(Some(Seen::Known));
    }
    if guest::is_survey(node) {
        guest::survey(reader, node)?;
        return Ok(Some(Seen::Known));
    }
    if guest::is_ruleset(node) {
        guest::ruleset(reader, node);
        return Ok(Some(Seen::Known));
    }
    if guest::is_handler_report(node) {
        guest::handler_report(reader, node);
        return Ok(Some(Seen::Known));
    }
    if guest::is_devices(node) {
        guest::devices(reader, node)?;
        return Ok(Some(Seen::Known));
    }
    if guest::is_overrides(node) {
        reader.facts.proxy_settings.add(guest::overrides(node)?);
        reader.facts.guest.documents += 1;
        return Ok(Some(Seen::Known));
    }
    if has("environmentName") && has("tenantId") {
        let name = node.text_at("environmentName")?.unwrap_or_default();
        reader.facts.cloud = name.parse().ok().or(reader.facts.cloud);
        return Ok(Some(Seen::Known));
    }
    Ok(None)
}

/// An object that is no resource itself: a list with its envelope, a table, or something around resources.
fn wrapped(reader: &mut Reader, node: &Node) -> Result<Seen, Fault> {
    if let Some(value) = node.own("value").filter(|value| value.value().is_list()) {
        let nodes: Vec<Node> = value.elements().collect();
        let complete =
            ["nextLink", "skipToken"].iter().all(|key| node.own(key).is_none_or(|link| link.is_empty()));
        return list(reader, node, &nodes, complete);
    }
    if let (Some(columns), Some(rows)) = (node.own("columns"), node.own("rows")) {
        return super::table::read(reader, &columns, &rows);
    }
    let mut strange = None;
    let mut known = false;
    for (_, member) in node.members().filter(|(_, member)| member.value().is_object() || is_list(member)) {
        match read(reader, &member)? {
            Seen::Known => known = true,
            Seen::Strange(what) => strange = strange.or(Some(what)),
        }
    }
    if known {
        return Ok(Seen::Known);
    }
    Ok(Seen::Strange(strange.unwrap_or_else(|| "JSON that is no resource of Azure".to_owned())))
}

fn is_list(node: &Node) -> bool {
    node.elements().next().is_some_and(|first| first.value().is_object())
}

/// A list: of one kind of thing that only means something together, or of resources of all kinds.
fn list(reader: &mut Reader, whole: &Node, nodes: &[Node], complete: bool) -> Result<Seen, Fault> {
    if nodes.is_empty() {
        reader.pass_over(whole.place(), "an empty list, which does not say what it is a list of");
        return Ok(Seen::Known);
    }
    let all = |test: fn(&Node) -> bool| nodes.iter().all(test);
    if all(kinds::is_effective_route) {
        route::effective(reader, whole, nodes)?;
    } else if all(kinds::is_effective_group) {
        effective::rules(reader, whole, nodes)?;
    } else if all(kinds::is_admin_rule) {
        effective::admin_rules(reader, whole, nodes)?;
    } else if complete && all(kinds::is_security_rule) {
        group::rule_list(reader, nodes)?;
    } else if complete && all(kinds::is_route) {
        route::route_list(reader, nodes)?;
    } else {
        reader.facts.locks_listed |= complete && all(kinds::is_lock);
        let around = std::mem::replace(&mut reader.listed, complete);
        let seen = each(reader, nodes);
        reader.listed = around;
        return seen;
    }
    Ok(Seen::Known)
}

fn each(reader: &mut Reader, nodes: &[Node]) -> Result<Seen, Fault> {
    let mut strange = None;
    let mut known = false;
    for node in nodes {
        match read(reader, node)? {
            Seen::Known => known = true,
            Seen::Strange(what) => strange = strange.or(Some(what)),
        }
    }
    Ok(match strange {
        Some(what) if !known => Seen::Strange(what),
        _ => Seen::Known,
    })
}
