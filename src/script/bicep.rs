//! Bicep: the group, which exists, and its rules.
//!
//! A deployment that adds to a resource group deletes nothing, so that a rule cannot be declared away. Declaring the
//! whole group without it would, and would take with it whatever of the group the input does not tell.

use super::azure_cli::{self, Command};
use super::fields::{self, Field, Value};
use super::step::{Act, Step, grouped, target};
use super::{API_VERSION, comment};

/// One file for each resource group.
pub(super) fn write(steps: &[Step<'_>]) -> String {
    let files: Vec<String> = grouped(steps, target).iter().map(|steps| file(steps)).collect();
    files.join("\n")
}

fn file(steps: &[&Step<'_>]) -> String {
    let mut blocks = Vec::new();
    if let Some(step) = steps.iter().find(|step| step.stays()) {
        let deploy = Command::new(&["deployment", "group", "create"]).within(step.group);
        let deploy = deploy.value("--template-file", "rules.bicep").to_string();
        blocks.push(format!("// Deployed on its own as rules.bicep:\n//   {}\n", comment(&deploy)));
    }
    let removed: Vec<&Step<'_>> = steps.iter().filter(|step| !step.stays()).copied().collect();
    if !removed.is_empty() {
        blocks.push(by_hand(&removed));
    }
    for part in grouped(steps.iter().filter(|step| step.stays()).copied(), |step| step.group.clone()) {
        let Some(first) = part.first() else { continue };
        blocks.push(format!(
            "resource {} 'Microsoft.Network/networkSecurityGroups@{API_VERSION}' existing = {{\n  name: {}\n}}\n",
            first.group_label,
            quoted(first.group.name())
        ));
        let before = std::iter::once(None).chain(part.iter().copied().map(Some));
        blocks.extend(part.iter().zip(before).map(|(step, before)| rule(step, before)));
    }
    blocks.join("\n")
}

/// What deletes rules, as Bicep cannot; a parameter keeps a deployment from passing for it.
fn by_hand(steps: &[&Step<'_>]) -> String {
    let mut lines = vec![
        "// A deployment deletes no rule. Take the declaration out of your own file, so that no later deployment"
            .to_owned(),
        "// brings the rule back, and delete the rule:".to_owned(),
    ];
    let commands = steps.iter().map(|step| azure_cli::command(step).to_string());
    lines.extend(commands.map(|command| format!("//   {}", comment(&command))));
    let label = steps.first().map_or("", |step| step.label.as_str());
    lines.extend([
        "@description('Whether the commands above have been run: deploying this file deletes nothing')"
            .to_owned(),
        "@allowed([\n  'yes'\n])".to_owned(),
        "#disable-next-line no-unused-params".to_owned(),
        format!("param {label}_deleted string\n"),
    ]);
    lines.join("\n")
}

fn rule(step: &Step<'_>, before: Option<&Step<'_>>) -> String {
    let mut lines = Vec::new();
    if matches!(step.act, Act::Renumber(_)) {
        lines.push("// The rule as it stands, at another priority.".to_owned());
        lines.push("// Its description is not known here: add it, if it has one.".to_owned());
    }
    lines.push(format!(
        "resource {} 'Microsoft.Network/networkSecurityGroups/securityRules@{API_VERSION}' = {{",
        step.label
    ));
    lines.push(format!("  parent: {}", step.group_label));
    lines.push(format!("  name: {}", quoted(&step.rule.name)));
    lines.push("  properties: {".to_owned());
    lines.extend(fields::of(step.rule, step.priority()).iter().map(property));
    lines.push("  }".to_owned());
    lines.extend(before.map(|before| format!("  dependsOn: [\n    {}\n  ]", before.label)));
    lines.push("}\n".to_owned());
    lines.join("\n")
}

fn property(Field { key, value }: &Field) -> String {
    let [one, several] = key.arm;
    let list = |entries: Vec<String>| format!("    {several}: [\n{}\n    ]", entries.join("\n"));
    match value {
        Value::Number(number) => format!("    {one}: {number}"),
        Value::One(text) => format!("    {one}: {}", quoted(text)),
        Value::Several(texts) => list(texts.iter().map(|text| format!("      {}", quoted(text))).collect()),
        Value::Groups(ids) => {
            list(ids.iter().map(|id| format!("      {{\n        id: {}\n      }}", quoted(id))).collect())
        }
        Value::Open(why) => format!("    // {one}: {why}; Azure refuses the rule without it"),
    }
}

/// A string that is nothing but data: what is special in one, and what is no plain text, is escaped.
fn quoted(value: &str) -> String {
    let mut text = String::from("'");
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\'' => text.push_str("\\'"),
            '$' if letters.peek() == Some(&'{') => text.push_str("\\$"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other if other.is_control() => text.extend(other.escape_unicode()),
            other => text.push(other),
        }
    }
    text.push('\'');
    text
}
