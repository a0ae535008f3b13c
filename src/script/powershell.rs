//! Commands of Az PowerShell.
//!
//! A group is fetched, changed in memory and put back as one, so that Azure never sees half of a change. What a block
//! sets, it sets for itself; only the subscription that the session works in stays changed.

use super::fields::{self, Field, Value};
use super::step::{Act, Step, grouped};
use crate::azure::ResourceId;

/// The steps, in one block.
pub(super) fn write(steps: &[Step<'_>]) -> String {
    let mut lines = vec!["& {".to_owned(), "    $ErrorActionPreference = 'Stop'".to_owned()];
    for part in grouped(steps, |step| step.group.clone()) {
        let Some(first) = part.first() else { continue };
        fetch(&mut lines, first.group);
        for step in part {
            change(&mut lines, step);
        }
        lines.push("    $null = $group | Set-AzNetworkSecurityGroup".to_owned());
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

fn fetch(lines: &mut Vec<String>, group: &ResourceId) {
    if let Some(subscription) = group.subscription() {
        lines.push(format!("    $null = Set-AzContext -Subscription {}", quoted(subscription)));
    }
    let within = if let Some(name) = group.resource_group() {
        pattern(name)
    } else {
        lines.push(
            "    if (-not $ResourceGroup) { throw 'set $ResourceGroup to the resource group first' }"
                .to_owned(),
        );
        "$ResourceGroup".to_owned()
    };
    let name = pattern(group.name());
    lines.push(format!("    $group = Get-AzNetworkSecurityGroup -ResourceGroupName {within} -Name {name}"));
}

fn change(lines: &mut Vec<String>, step: &Step<'_>) {
    let name = quoted(&step.rule.name);
    match step.act {
        Act::Add => {
            lines.push("    $rule = @{".to_owned());
            lines.push(format!("        Name = {name}"));
            let fields = fields::of(step.rule, step.rule.priority);
            lines.extend(fields.iter().map(|field| format!("        {}", entry(field))));
            lines.push("    }".to_owned());
            lines.push("    $null = $group | Add-AzNetworkSecurityRuleConfig @rule".to_owned());
        }
        Act::Remove => {
            lines.push(format!("    $null = $group | Remove-AzNetworkSecurityRuleConfig -Name {name}"));
        }
        Act::Renumber(to) => {
            lines.push(format!("    ($group.SecurityRules | Where-Object Name -EQ {name}).Priority = {to}"))
        }
    }
}

fn entry(Field { key, value }: &Field) -> String {
    let name = key.powershell;
    match value {
        Value::Number(number) => format!("{name} = {number}"),
        Value::One(text) => format!("{name} = {}", quoted(text)),
        Value::Several(texts) | Value::Groups(texts) => {
            let all: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("{name} = @({})", all.join(", "))
        }
        Value::Open(why) => format!("{name} = $(throw {})", quoted(&format!("{name}: {why}"))),
    }
}

/// A value where a command takes wildcards, which a name is none of.
fn pattern(value: &str) -> String {
    if value.contains(['*', '?', '[', ']', '`']) {
        return format!("([WildcardPattern]::Escape({}))", quoted(value));
    }
    quoted(value)
}

/// A string that is nothing but data.
///
/// Between single quotes only the single quote is special, of which PowerShell knows five; doubled it is itself.
/// Control characters, which a console may act on when the text is pasted, are added by their numbers.
pub(crate) fn quoted(value: &str) -> String {
    let mut parts = vec![String::from("'")];
    for letter in value.chars() {
        if letter.is_control() {
            parts.push(format!("[char]{}", u32::from(letter)));
            parts.push(String::from("'"));
            continue;
        }
        let Some(part) = parts.last_mut() else { continue };
        part.push(letter);
        if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') {
            part.push(letter);
        }
    }
    let close = |part: String| if part.starts_with('\'') { format!("{part}'") } else { part };
    let parts: Vec<String> = parts.into_iter().map(close).collect();
    if parts.len() == 1 { parts.concat() } else { format!("({})", parts.join(" + ")) }
}
