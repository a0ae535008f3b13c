//! JSON for Azure Resource Manager: a template to deploy, or requests to send.
//!
//! A deployment deletes nothing, so where a rule is to go there is no template that would do it: what a template cannot
//! say, the requests below it can.

use serde_json::{Map, Value as Json, json};

use super::API_VERSION;
use super::azure_cli::Command;
use super::fields::{self, Field, Value};
use super::step::{Act, Step, grouped, target};
use crate::azure::ResourceId;
use crate::nsg::{Priority, SecurityRule};

const KIND: &str = "Microsoft.Network/networkSecurityGroups/securityRules";
const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// A template; requests where a rule is taken out.
pub(super) fn write(steps: &[Step<'_>]) -> String {
    let json = if steps.iter().all(Step::stays) { template(steps) } else { requests(steps) };
    format!("{json:#}")
}

/// One template for a deployment to a resource group, with a deployment inside for each where there are several.
fn template(steps: &[Step<'_>]) -> Json {
    let mut parts = grouped(steps, target);
    if parts.len() > 1 {
        let nested = parts.iter().enumerate().map(|(index, steps)| nested(index + 1, steps));
        return json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": nested.collect::<Vec<_>>()});
    }
    let steps = parts.pop().unwrap_or_default();
    json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "metadata": metadata(&steps), "resources": resources(&steps)})
}

/// What a person has to know about the template.
fn metadata(steps: &[&Step<'_>]) -> Json {
    let mut notes = Map::new();
    if let Some(step) = steps.first() {
        let deploy = Command::new(&["deployment", "group", "create"]).within(step.group);
        notes.insert("deploy".into(), literal(&deploy.value("--template-file", "rules.json").to_string()));
    }
    if steps.iter().any(|step| matches!(step.act, Act::Renumber(_))) {
        let note = "a rule that exists is restated at another priority; its description is not known here: add it, if it has one";
        notes.insert("descriptions".into(), note.into());
    }
    let open = steps.iter().flat_map(|step| fields::of(step.rule, step.priority()));
    let open: Vec<String> = open
        .filter_map(|field| match field.value {
            Value::Open(why) => {
                Some(format!("{}: {why}; Azure refuses the rule without it", field.key.arm[0]))
            }
            _ => None,
        })
        .collect();
    if !open.is_empty() {
        notes.insert("missing".into(), open.into());
    }
    Json::Object(notes)
}

fn nested(number: usize, steps: &[&Step<'_>]) -> Json {
    let mut resource = json!({
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": format!("rules-{number}"),
    });
    let (Some(object), Some(step)) = (resource.as_object_mut(), steps.first()) else { return resource };
    if let Some(subscription) = step.group.subscription() {
        object.insert("subscriptionId".into(), literal(subscription));
    }
    if let Some(group) = step.group.resource_group() {
        object.insert("resourceGroup".into(), literal(group));
    }
    let inner = json!({
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": metadata(steps),
        "resources": resources(steps),
    });
    let properties =
        json!({"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner});
    object.insert("properties".into(), properties);
    resource
}

fn resources(steps: &[&Step<'_>]) -> Vec<Json> {
    let mut resources = Vec::new();
    for part in grouped(steps.iter().copied(), |step| step.group.clone()) {
        let before = std::iter::once(None).chain(part.iter().copied().map(Some));
        resources.extend(part.iter().zip(before).map(|(step, before)| resource(step, before)));
    }
    resources
}

fn resource(step: &Step<'_>, before: Option<&Step<'_>>) -> Json {
    let name = format!("{}/{}", step.group.name(), step.rule.name);
    let mut resource = json!({"type": KIND, "apiVersion": API_VERSION, "name": literal(&name)});
    let Some(object) = resource.as_object_mut() else { return resource };
    if let Some(before) = before {
        let argument = |text: &str| text.replace('\'', "''");
        let (group, rule) = (argument(before.group.name()), argument(&before.rule.name));
        object.insert("dependsOn".into(), json!([format!("[resourceId('{KIND}', '{group}', '{rule}')]")]));
    }
    object.insert("properties".into(), properties(step, literal));
    resource
}

fn properties(step: &Step<'_>, text: fn(&str) -> Json) -> Json {
    properties_of((step.rule, step.priority()), text)
}

/// The properties of a rule at a priority, each text as `text` has it; what cannot be written is left out.
pub(super) fn properties_of((rule, priority): (&SecurityRule, Priority), text: fn(&str) -> Json) -> Json {
    let mut properties = Map::new();
    for Field { key, value } in fields::of(rule, priority) {
        let [one, several] = key.arm;
        let (key, value) = match value {
            Value::Number(number) => (one, number.into()),
            Value::One(value) => (one, text(&value)),
            Value::Several(values) => (several, values.iter().map(|value| text(value)).collect()),
            Value::Groups(ids) => (several, ids.iter().map(|id| json!({"id": text(id)})).collect()),
            Value::Open(_) => continue,
        };
        properties.insert(key.into(), value);
    }
    Json::Object(properties)
}

/// A text of a template that is nothing but data: what begins with `[` and ends with `]` would be an expression.
///
/// Source: "Escape characters" in the template syntax reference of learn.microsoft.com.
fn literal(text: &str) -> Json {
    if text.starts_with('[') && text.ends_with(']') { format!("[{text}").into() } else { text.into() }
}

/// The requests, in order, each with the path that `az rest` and `Invoke-AzRestMethod` take.
fn requests(steps: &[Step<'_>]) -> Json {
    let request = |step: &Step<'_>| {
        let path = path(step.group, &step.rule.name);
        if step.stays() {
            let plain = |text: &str| Json::from(text);
            json!({"method": "PUT", "path": path, "body": {"properties": properties(step, plain)}})
        } else {
            json!({"method": "DELETE", "path": path})
        }
    };
    json!({
        "comment": "A deployment deletes no rule. These requests to Azure Resource Manager do, sent in this order: \
                    `az rest --method METHOD --url PATH --body BODY`, or \
                    `Invoke-AzRestMethod -Method METHOD -Path PATH -Payload BODY`.",
        "requests": steps.iter().map(request).collect::<Vec<_>>(),
    })
}

/// The path of a rule, with the reference's own placeholders for what the id does not tell.
fn path(group: &ResourceId, rule: &str) -> String {
    let subscription = group.subscription().map_or_else(|| "{subscriptionId}".to_owned(), encoded);
    let within = group.resource_group().map_or_else(|| "{resourceGroupName}".to_owned(), encoded);
    format!(
        "/subscriptions/{subscription}/resourceGroups/{within}/providers/Microsoft.Network/networkSecurityGroups/{}\
         /securityRules/{}?api-version={API_VERSION}",
        encoded(group.name()),
        encoded(rule)
    )
}

/// One segment of a path (RFC 3986).
fn encoded(segment: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let letter = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    segment.bytes().map(letter).collect()
}
