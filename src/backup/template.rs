//! Hosts of which a part is known only when a VM is: the account, the region.

use crate::azure::Region;
use crate::probe::Host;

/// What stands for the name of a storage account.
const ACCOUNT: &str = "{account}";
/// What stands for the code of the vault's region.
const GEO: &str = "{geo}";

/// What is known to fill in.
pub(super) struct Template<'i> {
    pub(super) accounts: &'i [String],
    pub(super) region: Option<&'i Region>,
}

impl Template<'_> {
    /// The hosts that a template stands for; or the template itself and why it stands for none.
    pub(super) fn hosts(&self, template: &'static str) -> Vec<(Result<Host, &'static str>, String)> {
        match self.filled(template) {
            Ok(names) => names.into_iter().map(|name| (Ok(Host::Name(name)), String::new())).collect(),
            Err(reason) => vec![(Err(template), reason)],
        }
    }

    fn filled(&self, template: &str) -> Result<Vec<String>, String> {
        if template.contains(ACCOUNT) {
            if self.accounts.is_empty() {
                return Err("which storage account is not known: name one with --storage-account".to_owned());
            }
            return Ok(self.accounts.iter().map(|account| template.replace(ACCOUNT, account)).collect());
        }
        if template.contains(GEO) {
            let region = self.region.ok_or("the region is not known: name it with --region")?;
            let code = region.geo_code().ok_or_else(|| {
                format!(
                    "the code of the region `{region}` in host names is not known: name a host with --target"
                )
            })?;
            return Ok(vec![template.replace(GEO, code)]);
        }
        if template.contains('*') {
            return Err("no host of this pattern is publicly known: name one with --target".to_owned());
        }
        Ok(vec![template.to_owned()])
    }
}

/// Whether `name` is of `pattern`, in which `*` and what stands in braces are any label or labels.
pub(super) fn is_of(pattern: &str, name: &str) -> bool {
    let (before, after) = match (pattern.find(['*', '{']), pattern.rfind(['*', '}'])) {
        (Some(first), Some(last)) => (pattern.get(..first), pattern.get(last + 1..)),
        _ => return pattern == name,
    };
    let (Some(before), Some(after)) = (before, after) else { return false };
    name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_the_place_of_labels() {
        assert!(is_of("*.blob.storage.azure.net", "md-a.z1.blob.storage.azure.net"));
        assert!(is_of("{account}.blob.core.windows.net", "a.blob.core.windows.net"));
        assert!(is_of("pod01-rec2.{geo}.backup.windowsazure.com", "pod01-rec2.krc.backup.windowsazure.com"));
        assert!(!is_of("*.blob.core.windows.net", ".blob.core.windows.net"));
        assert!(!is_of("a.example", "b.example") && is_of("a.example", "a.example"));
    }
}
