//! Commands of `az` for a POSIX shell.

use std::borrow::Cow;
use std::fmt;

use super::fields::{self, Field, Value};
use super::shell::{push_word, quote};
use super::step::{Act, Step};
use crate::azure::ResourceId;
use crate::nsg::{Priority, SecurityRule};

/// One command of `az`, every value of it a single word to the shell, whatever is in it.
///
/// ```
/// use azpreflight::script::azure_cli::Command;
/// let command = Command::new(&["network", "nic", "show"]).value("--name", "nic 1; rm -rf ~").value("--query", "-x");
/// assert_eq!(command.to_string(), "az network nic show --name 'nic 1; rm -rf ~' --query=-x");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(String);

impl Command {
    /// The command of these words, such as `["network", "nic", "show"]`, without values yet.
    #[must_use]
    pub fn new(words: &[&str]) -> Self {
        let mut line = String::from("az");
        for word in words {
            push_word(&mut line, word);
        }
        Self(line)
    }

    /// The command that prints one resource as JSON: `command` holds the words after `az`, as in `network nic show`.
    #[must_use]
    pub fn lookup(command: &str, id: &ResourceId) -> Self {
        let words: Vec<&str> = command.split_whitespace().collect();
        Self::new(&words).value("--ids", id.as_str()).value("--output", "json")
    }

    /// The command that adds a rule to a group.
    ///
    /// A field that cannot be written leaves a shell variable for the user to set.
    #[must_use]
    pub fn create_rule(group: &ResourceId, rule: &SecurityRule) -> Self {
        let fields = fields::of(rule, rule.priority);
        fields.into_iter().fold(Self::rule("create", group, &rule.name), |command, Field { key, value }| {
            let flag = key.azure_cli;
            match value {
                Value::Number(number) => command.value(flag, number.to_string()),
                Value::One(text) if flag.ends_with('s') => command.value(flag, shorthand(&text, plain_entry)),
                Value::One(text) => command.exact(flag, &text),
                Value::Several(texts) | Value::Groups(texts) => {
                    command.list(flag, texts.iter().map(|text| shorthand(text, plain_entry)))
                }
                Value::Open(why) => command.asked(flag, why),
            }
        })
    }

    /// The command that takes a rule out of a group again.
    #[must_use]
    pub fn delete_rule(group: &ResourceId, name: &str) -> Self {
        Self::rule("delete", group, name)
    }

    /// A command that changes a rule of a group: what to change is still to be added.
    #[must_use]
    pub fn update_rule(group: &ResourceId, name: &str) -> Self {
        Self::rule("update", group, name)
    }

    /// The command that gives a rule of a group another priority.
    #[must_use]
    pub fn renumber_rule(group: &ResourceId, name: &str, to: Priority) -> Self {
        Self::update_rule(group, name).value("--priority", to.to_string())
    }

    fn rule(verb: &str, group: &ResourceId, name: &str) -> Self {
        Self::new(&["network", "nsg", "rule", verb])
            .inside(group, plain_value)
            .exact("--nsg-name", group.name())
            .exact("--name", name)
    }

    /// The same with one value of a command that reads its values as shorthand, as those about rules do.
    fn exact(self, flag: &str, value: &str) -> Self {
        self.value(flag, shorthand(value, plain_value))
    }

    /// The same with one value more.
    ///
    /// What begins with `-` would be taken for a flag, and what holds `=@` for a file to read; joined to the flag by
    /// `=`, neither is. What begins with `@` az reads from a file in any form, so it goes with a backslash in front:
    /// no name of Azure's begins with either, and the command fails instead of sending a file's content.
    #[must_use]
    pub fn value(mut self, flag: &str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        self.0.push(' ');
        self.0.push_str(flag);
        let joined = value.starts_with('-') || value.contains("=@");
        self.0.push(if joined { '=' } else { ' ' });
        if value.starts_with('@') {
            quote(&mut self.0, &format!("\\{value}"));
        } else {
            quote(&mut self.0, value);
        }
        self
    }

    /// The same with a flag that takes several values.
    ///
    /// For numbers, prefixes and ids: each is quoted, but not guarded against a leading `-` or `@`.
    #[must_use]
    pub fn list(mut self, flag: &str, values: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        self.0.push(' ');
        self.0.push_str(flag);
        for value in values {
            push_word(&mut self.0, &value.to_string());
        }
        self
    }

    /// The same with a flag whose value the user has to give: a shell stops at the variable until it is set.
    fn asked(mut self, flag: &str, why: &str) -> Self {
        let variable = flag.trim_start_matches('-').replace('-', "_").to_ascii_uppercase();
        let word = format!(" {flag} \"${{{variable}:?{why}}}\"");
        self.0.push_str(&word);
        self
    }

    /// The same within the subscription and resource group of `id`.
    ///
    /// An id that names no group, as inputs without ids have it, leaves a shell variable for the user to set.
    #[must_use]
    pub fn within(self, id: &ResourceId) -> Self {
        self.inside(id, |_| true)
    }

    fn inside(self, id: &ResourceId, plain: fn(&str) -> bool) -> Self {
        let named = match id.subscription() {
            Some(subscription) => self.value("--subscription", subscription),
            None => self,
        };
        match id.resource_group() {
            Some(group) => named.value("--resource-group", shorthand(group, plain)),
            None => Self(format!("{} --resource-group \"${{RESOURCE_GROUP:?}}\"", named.0)),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The commands on one line, each run only if the one before it succeeded.
pub(super) fn write(steps: &[Step<'_>]) -> String {
    let commands: Vec<String> = steps.iter().map(|step| command(step).to_string()).collect();
    commands.join(" && ")
}

/// The command that carries out one step.
pub(super) fn command(step: &Step<'_>) -> Command {
    match step.act {
        Act::Add => Command::create_rule(step.group, step.rule),
        Act::Remove => Command::delete_rule(step.group, &step.rule.name),
        Act::Renumber(to) => Command::renumber_rule(step.group, &step.rule.name, to),
    }
}

/// A value as `az` itself reads it in commands that know its shorthand: between single quotes only the quote is special,
/// and written `'/`. What is `plain` goes as it is.
///
/// Source: `az` 2.91.0, `azure.cli.core.aaz` (`AAZShortHandSyntaxParser`); what it takes otherwise is tried in tests.
fn shorthand(value: &str, plain: fn(&str) -> bool) -> Cow<'_, str> {
    if plain(value) { Cow::Borrowed(value) } else { Cow::Owned(format!("'{}'", value.replace('\'', "'/"))) }
}

/// Whether a value by itself stands for nothing but itself.
fn plain_value(value: &str) -> bool {
    !matches!(value, "null" | "??") && !value.starts_with(['\'', '@', '-']) && !value.contains("=@")
}

/// Whether an entry of a list does, where `[a]`, `{a}` and `a=b` mean something too.
fn plain_entry(value: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-:/*".contains(letter);
    value.chars().all(plain) && plain_value(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_bare_and_the_rest_is_quoted() {
        let command = Command::new(&["network", "nsg", "rule", "create"])
            .value("--name", "a'b")
            .value("--description", "")
            .list("--destination-port-ranges", [80, 443])
            .value("--x", "@/etc/passwd");
        let expected = "az network nsg rule create --name 'a'\\''b' --description '' \
                        --destination-port-ranges 80 443 --x '\\@/etc/passwd'";
        assert_eq!(command.to_string(), expected);
    }

    #[test]
    fn a_resource_is_named_by_its_own_group() {
        let id = ResourceId::new(
            "/subscriptions/S/resourceGroups/my group/providers/Microsoft.Network/networkInterfaces/nic1",
        );
        let within = Command::new(&["x"]).within(&id).to_string();
        assert_eq!(within, "az x --subscription S --resource-group 'my group'");
        let nameless = Command::new(&["x"]).within(&ResourceId::new("nsg1")).to_string();
        assert_eq!(nameless, "az x --resource-group \"${RESOURCE_GROUP:?}\"");
        let shown = Command::lookup("vm show --show-details", &id).to_string();
        assert_eq!(
            shown,
            "az vm show --show-details --ids '/subscriptions/S/resourceGroups/my group/providers/Microsoft.Network/\
             networkInterfaces/nic1' --output json"
        );
    }
}
