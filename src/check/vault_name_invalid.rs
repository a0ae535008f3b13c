//! A vault whose name Azure refuses.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{NameFault, Severity, vault_name};

pub(super) const CHECK: Check = Check {
    id: "vault-name-invalid",
    title: "the name of the vault is not allowed",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

The name of the vault that is meant against the rule for names of Recovery Services vaults.

## Why it matters for backup

Azure refuses to create a vault of another name, so a template or a plan with one fails before anything is protected.

## How it decides

2 to 50 characters, the first a letter, the others letters, digits or hyphens, passes; anything else fails. With no \
vault in the input, or several and none of them meant, it is not examined.

## How to fix

Choose another name.

## References

- https://learn.microsoft.com/azure/backup/backup-create-recovery-services-vault
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let id = case.vault_id()?;
    let (name, rule) = (id.name(), vault_name());
    let evidence = Evidence::text("vault", name);
    let fault = match rule.fault(name) {
        None => return Ok(Conclusion::Pass(vec![evidence])),
        Some(NameFault::TooShort) => format!("it has fewer than {} characters", rule.shortest),
        Some(NameFault::TooLong) => format!("it has more than {} characters", rule.longest),
        Some(NameFault::FirstNotLetter) => "its first character is not a letter".to_owned(),
        Some(NameFault::Character(other)) => format!("it holds `{other}`"),
    };
    let mut found =
        Finding::new(format!("Azure refuses `{name}` as the name of a vault: {fault}"), id.as_str());
    found.place = case.facts.vaults.find(&id).ok().map(|vault| vault.place.clone());
    let remedy = Remediation::new(format!("choose another name: {}", rule.reason));
    Ok(Conclusion::Fail(vec![found.with(evidence).citing(rule.sources).remedied_by(remedy)]))
}
