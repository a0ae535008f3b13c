//! Changes of security rules, written out for people to carry out: what a reader of Azure's documents is the other half of.
//!
//! Names come from the input and are hostile; each language has one place that quotes them, so that every value arrives
//! as data. What the documents leave open is never written as `*`: the text stops there and says what is missing.
//!
//! | Language | A rule added | A rule taken out again |
//! |---|---|---|
//! | [`azure_cli`], PowerShell | a command | a command |
//! | Bicep | a child of the group, which exists | nothing to declare: the command, and a parameter that stops a deployment |
//! | Terraform | a resource | a `removed` block in its place |
//! | ARM | a template to deploy | the requests to send, as a deployment deletes nothing |

mod arm;
pub mod azure_cli;
mod bicep;
mod fields;
pub(crate) mod powershell;
pub(crate) mod shell;
mod step;
mod terraform;

use serde::Serialize;

use crate::azure::ResourceId;
use crate::nsg::{Priority, SecurityRule};
use step::{Act, Step};

/// The version of Azure's network resources that templates and requests name.
const API_VERSION: &str = "2024-05-01";

/// One change of one group.
///
/// Changes are carried out in the order in which they are listed.
#[derive(Debug, Clone, Copy)]
pub struct RuleChange<'a> {
    group: &'a ResourceId,
    rule: &'a SecurityRule,
    act: Act,
}

impl<'a> RuleChange<'a> {
    /// Adds a rule that is not there.
    #[must_use]
    pub const fn add(group: &'a ResourceId, rule: &'a SecurityRule) -> Self {
        Self { group, rule, act: Act::Add }
    }

    /// Takes out a rule that is there.
    #[must_use]
    pub const fn remove(group: &'a ResourceId, rule: &'a SecurityRule) -> Self {
        Self { group, rule, act: Act::Remove }
    }

    /// Gives a rule that is there, stated as it stands, another priority.
    #[must_use]
    pub const fn renumber(group: &'a ResourceId, rule: &'a SecurityRule, to: Priority) -> Self {
        Self { group, rule, act: Act::Renumber(to) }
    }
}

/// The same changes in every language, each text complete in itself.
///
/// ```
/// use azpreflight::azure::ResourceId;
/// use azpreflight::nsg::default_rules;
/// use azpreflight::script::{RuleChange, Script};
///
/// let group = ResourceId::new("nsg1");
/// let rule = &default_rules()[0];
/// let changes = [RuleChange::add(&group, rule)];
/// assert!(Script::of(&changes).azure_cli.starts_with("az network nsg rule create "));
/// assert!(Script::undoing(&changes).azure_cli.starts_with("az network nsg rule delete "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    /// Commands of `az` on one line of a POSIX shell, each run only if the one before it succeeded.
    pub azure_cli: String,
    /// Commands of Az PowerShell, in a block of their own that leaves no variable behind.
    pub powershell: String,
    /// A Bicep file for a deployment to a resource group; one after the other where several groups need one each.
    pub bicep: String,
    /// Terraform blocks for the azurerm provider.
    pub terraform: String,
    /// A template for Azure Resource Manager; requests to it, in order, where a rule is to be deleted.
    pub arm: String,
}

impl Script {
    /// The changes, in their order.
    #[must_use]
    pub fn of(changes: &[RuleChange<'_>]) -> Self {
        Self::written(&step::forth(changes))
    }

    /// What takes the changes back, the last one first, once they have been carried out.
    #[must_use]
    pub fn undoing(changes: &[RuleChange<'_>]) -> Self {
        Self::written(&step::back(changes))
    }

    fn written(steps: &[Step<'_>]) -> Self {
        Self {
            azure_cli: azure_cli::write(steps),
            powershell: powershell::write(steps),
            bicep: bicep::write(steps),
            terraform: terraform::write(steps),
            arm: arm::write(steps),
        }
    }
}

/// The properties of a rule by the names that Azure Resource Manager has for them; what cannot be written is left out.
#[must_use]
pub fn properties(rule: &SecurityRule) -> serde_json::Value {
    arm::properties_of((rule, rule.priority), |text| text.into())
}

/// Text for a comment of one line: what would end the line, or make it read otherwise than it is, is spelled out.
fn comment(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}')
            || ('\u{202a}'..='\u{202e}').contains(&letter)
            || ('\u{2066}'..='\u{2069}').contains(&letter)
        {
            line.extend(letter.escape_unicode());
        } else {
            line.push(letter);
        }
    }
    line
}
