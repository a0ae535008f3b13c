//! The storage account of unmanaged disks is closed to backup.

use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::{Feature, FeatureId, Severity, feature};
use crate::facts::Missing;
use crate::vault::StorageAccount;

pub(super) const CHECK: Check = Check {
    id: "storage-account-restricted",
    title: "a storage account is closed to backup",
    severity: Severity::Blocker,
    about: About::Vm,
    needs: &[Source::Export],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

For unmanaged disks: whether the firewall of the storage account that holds them lets trusted Microsoft services in.

## Why it matters for backup

Backup copies unmanaged disks out of the account. An account that is restricted to some networks refuses it.

## How it decides

An account open to all networks passes, and so does one that lets trusted services pass. One that denies both fails. An \
account that is not in the input, or that does not say, is inconclusive. Managed disks are in no account of yours: not \
applicable.

## How to fix

Let trusted Microsoft services pass the account's firewall.

## References

- https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.needs_snapshots()?;
    let Some(feature) = feature(FeatureId::StorageAccountFirewall, case.question.profile) else {
        return Err(Withheld::not_applicable("the documents of this profile do not speak of it"));
    };
    let mut names: Vec<String> =
        case.disks()?.iter().filter_map(|disk| account_of(disk.attached.blob.as_ref()?)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Err(Withheld::not_applicable("no disk of the VM is in a storage account"));
    }
    let mut findings = Vec::new();
    let mut unknown = None;
    for name in &names {
        let account =
            case.facts.storage_accounts.iter().find(|account| account.id.name().eq_ignore_ascii_case(name));
        match account.and_then(|account| Some((account, is_closed(account)?))) {
            Some((account, true)) => findings.push(finding(account, feature)),
            Some((_, false)) => {}
            None => {
                let what = format!("the firewall of storage account `{name}`");
                let missing = Missing::new(what);
                unknown = Some(match account {
                    Some(account) => missing.with_lookup("storage account show", &account.id),
                    None => missing,
                });
            }
        }
    }
    match unknown {
        Some(missing) if findings.is_empty() => Err(missing.into()),
        _ => Ok(Conclusion::of(findings, vec![Evidence::text("storage accounts", names.join(", "))])),
    }
}

/// The account in `https://ACCOUNT.blob.…`.
fn account_of(blob: &str) -> Option<String> {
    let host = blob.split_once("://").map_or(blob, |(_, rest)| rest);
    let name = host.split(['.', '/', ':']).next()?;
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

/// Whether backup is refused; `None` where the account does not say.
fn is_closed(account: &StorageAccount) -> Option<bool> {
    let restricted = match (account.denies_by_default, account.public_network_access) {
        (Some(true), _) | (_, Some(false)) => true,
        (Some(false), _) => false,
        (None, _) => return None,
    };
    if restricted { account.trusts_azure_services.map(|trusted| !trusted) } else { Some(false) }
}

fn finding(account: &StorageAccount, feature: &'static Feature) -> Finding {
    let message = format!(
        "storage account `{}` holds disks of the VM and lets neither all networks nor trusted services in",
        account.id.name()
    );
    let remedy = Remediation::new("let trusted Microsoft services pass the account's firewall")
        .command_on(&["storage", "account", "update", "--bypass", "AzureServices"], &account.id);
    Finding::new(message, account.id.as_str())
        .weighing(feature.severity)
        .at(&account.place)
        .with(Evidence::text("trusted Microsoft services", "denied"))
        .citing(feature.sources)
        .remedied_by(remedy)
}
