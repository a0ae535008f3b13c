//! The private DNS zones that names of backup lead through.

use std::fmt;

use super::demand::demands;
use crate::backup::AlternativeKind;
use crate::check::Case;

/// The name of a zone; a label `*` stands for the geo code of a vault's region that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct ZoneName(String);

impl ZoneName {
    /// Whether a zone of this name is meant.
    pub(in crate::check) fn fits(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        match self.0.split_once('*') {
            None => self.0 == name,
            Some((start, end)) => {
                let inner = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
                inner.is_some_and(|label| !label.is_empty() && !label.contains('.'))
            }
        }
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The zones of the private endpoints that the workload can use, that of the backup service first.
pub(in crate::check) fn backup_zones(case: &Case<'_>) -> Vec<ZoneName> {
    let mut zones: Vec<ZoneName> = Vec::new();
    for demand in demands(case) {
        let Some(alternative) = demand.requirement.alternative(AlternativeKind::PrivateEndpoint) else {
            continue;
        };
        for zone in alternative.zones.of(case.cloud()) {
            let name = ZoneName((*zone).to_owned());
            if !zones.contains(&name) {
                zones.push(name);
            }
        }
    }
    zones.sort_by_key(|zone| !zone.0.contains('*'));
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_label() {
        let zone = ZoneName("privatelink.*.backup.windowsazure.com".into());
        assert!(zone.fits("privatelink.krc.Backup.windowsazure.com"));
        assert!(!zone.fits("privatelink..backup.windowsazure.com"));
        assert!(!zone.fits("privatelink.a.b.backup.windowsazure.com"));
        assert!(
            ZoneName("privatelink.blob.core.windows.net".into()).fits("PRIVATELINK.blob.core.windows.net")
        );
    }
}
