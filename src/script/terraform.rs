//! Terraform, as its azurerm provider has it: one resource a rule.

use super::comment;
use super::fields::{self, Field, Value};
use super::step::{Act, Step, grouped};
use crate::azure::ResourceId;

const KIND: &str = "azurerm_network_security_rule";

/// The blocks: what the user has to fill in first, then one resource a rule.
pub(super) fn write(steps: &[Step<'_>]) -> String {
    let mut blocks = Vec::new();
    if steps.iter().any(Step::stays) {
        blocks.push(
            "# Rules written as security_rule blocks inside azurerm_network_security_group do not mix with these: where your\n\
             # configuration has the group that way, write the same arguments as one more such block instead.\n"
                .to_owned(),
        );
    }
    blocks.extend(variables(steps));
    for part in grouped(steps, |step| step.group.clone()) {
        let staying: Vec<&Step<'_>> = part.iter().filter(|step| step.stays()).copied().collect();
        let before = std::iter::once(None).chain(staying.iter().copied().map(Some));
        blocks.extend(part.iter().filter(|step| !step.stays()).map(|step| removed(step)));
        blocks.extend(staying.iter().zip(before).map(|(step, before)| resource(step, before)));
    }
    blocks.join("\n")
}

/// Variables for what the ids do not tell.
fn variables(steps: &[Step<'_>]) -> Vec<String> {
    let declare = |name: &str| format!("variable \"{name}\" {{\n  type = string\n}}\n");
    let staying = || steps.iter().filter(|step| step.stays());
    let mut blocks = Vec::new();
    if staying().any(|step| step.group.resource_group().is_none()) {
        blocks.push(declare("resource_group_name"));
    }
    if staying().any(|step| imported(step) && step.group.subscription().is_none()) {
        blocks.push(declare("subscription_id"));
    }
    blocks
}

/// Whether the rule exists and no earlier text of ours has declared it.
fn imported(step: &Step<'_>) -> bool {
    matches!(step.act, Act::Renumber(_)) && !step.back
}

fn removed(step: &Step<'_>) -> String {
    format!(
        "# In the place of the resource block; apply it before anything else here. Deleting the block does the same, and\n\
         # has to where Terraform is older than 1.7.\n\
         removed {{\n  from = {KIND}.{}\n\n  lifecycle {{\n    destroy = true\n  }}\n}}\n",
        step.label
    )
}

fn resource(step: &Step<'_>, before: Option<&Step<'_>>) -> String {
    let mut lines = Vec::new();
    lines.extend(step.group.subscription().map(|name| format!("# In subscription {}.", comment(name))));
    if imported(step) {
        lines.push(import(step));
    }
    lines.push(format!("resource \"{KIND}\" \"{}\" {{", step.label));
    let mut arguments = vec![("name", quoted(&step.rule.name))];
    let fields = fields::of(step.rule, step.priority());
    arguments.extend(fields.iter().map(argument));
    let within = step.group.resource_group().map_or_else(|| "var.resource_group_name".to_owned(), quoted);
    arguments.push(("resource_group_name", within));
    arguments.push(("network_security_group_name", quoted(step.group.name())));
    let width = arguments.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    lines.extend(arguments.iter().map(|(name, value)| format!("  {name:width$} = {value}")));
    lines.extend(before.map(|before| format!("\n  depends_on = [{KIND}.{}]", before.label)));
    lines.push("}\n".to_owned());
    lines.join("\n")
}

fn import(step: &Step<'_>) -> String {
    let id = rule_id(step.group, &step.rule.name);
    format!(
        "# The rule exists. Where your configuration declares it already, change only `priority` there and leave these\n\
         # two blocks out. Its description is not known here: add it, if it has one.\n\
         import {{\n  to = {KIND}.{}\n  id = {id}\n}}\n",
        step.label
    )
}

fn argument(Field { key, value }: &Field) -> (&'static str, String) {
    let [one, several] = key.terraform;
    match value {
        Value::Number(number) => (one, number.to_string()),
        Value::One(text) => (one, quoted(text)),
        Value::Several(texts) | Value::Groups(texts) => {
            let all: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            (several, format!("[{}]", all.join(", ")))
        }
        Value::Open(why) => (one, format!("null # {why}; Azure refuses the rule without it")),
    }
}

/// The id of a rule, as an import wants it.
fn rule_id(group: &ResourceId, rule: &str) -> String {
    if group.subscription().is_some() && group.resource_group().is_some() {
        return quoted(group.child("securityRules", rule).as_str());
    }
    let inner = |name: &str| format!("${{var.{name}}}");
    let subscription = group.subscription().map_or_else(|| inner("subscription_id"), escaped);
    let within = group.resource_group().map_or_else(|| inner("resource_group_name"), escaped);
    format!(
        "\"/subscriptions/{subscription}/resourceGroups/{within}/providers/Microsoft.Network/networkSecurityGroups/{}\
         /securityRules/{}\"",
        escaped(group.name()),
        escaped(rule)
    )
}

/// A string that is nothing but data.
fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}

/// The inside of a string: what is special in one, and what is no plain text, is escaped.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => text.extend([letter, letter]),
            other if other.is_control() => {
                let escape = format!("\\u{:04x}", u32::from(other));
                text.push_str(&escape);
            }
            other => text.push(other),
        }
    }
    text
}
