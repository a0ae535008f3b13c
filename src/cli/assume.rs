//! `--assume KEY=VALUE`: what the user vouches for where the input says nothing.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Failure;
use crate::azure::{Cloud, Region};
use crate::backup::{AgentBand, AgentVersion, DiskKind, Profile, SnapshotMethod, agent_minimum};
use crate::check::Assumptions;
use crate::facts::Facts;
use crate::net::Prefix;
use crate::vm::OsFamily;

/// The keys, as errors name them.
const KEYS: &str = "region, vnet, cloud, os, agent, disks, write-accelerator, agentless, dns, snapshot-method, \
                    hana-snapshot, file-recovery";

/// What the user vouches for, read and as written.
#[derive(Debug, Default)]
pub(super) struct Assumed {
    /// For the checks.
    pub(super) facts: Assumptions,
    /// For the report: what was given, key by key.
    pub(super) given: BTreeMap<String, String>,
    agent: Option<String>,
}

impl Assumed {
    /// Reads every `KEY=VALUE`. A key may be given once, `vnet` as often as there are prefixes.
    pub(super) fn read(pairs: &[String]) -> Result<Self, Failure> {
        let mut assumed = Self::default();
        for pair in pairs {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(Failure::Usage(format!("`--assume {pair}` is not KEY=VALUE: keys are {KEYS}")));
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            assumed.take(&key, value)?;
            match assumed.given.get_mut(&key) {
                Some(earlier) if key == "vnet" => *earlier = format!("{earlier},{value}"),
                Some(_) => return Err(Failure::Usage(format!("`--assume {key}` is given twice"))),
                None => drop(assumed.given.insert(key, value.to_owned())),
            }
        }
        Ok(assumed)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        let refuse =
            |expected: &str| Failure::Usage(format!("`--assume {key}={value}`: expected {expected}"));
        let switch = || yes_or_no(value).ok_or_else(|| refuse("yes or no"));
        let situation = &mut self.facts.situation;
        match key {
            "region" => self.facts.region = Some(Region::parse(value)),
            "vnet" => {
                for text in value.split(',') {
                    let prefix: Prefix =
                        text.trim().parse().map_err(|_| refuse("address prefixes such as 10.0.0.0/16"))?;
                    self.facts.network.push(prefix);
                }
            }
            "cloud" => {
                let cloud: Cloud = value.parse().map_err(|_| refuse("public, us-government or china"))?;
                self.facts.cloud = Some(cloud);
            }
            "os" => situation.os = Some(os(value).ok_or_else(|| refuse("windows or linux"))?),
            "agent" => self.agent = Some(value.to_owned()),
            "disks" => situation.disks = Some(disks(value).ok_or_else(|| refuse(DISKS))?),
            "write-accelerator" => situation.write_accelerator = Some(switch()?),
            "agentless" => situation.agentless = Some(switch()?),
            "hana-snapshot" => situation.hana_instance_snapshot = Some(switch()?),
            "file-recovery" => situation.file_recovery = switch()?,
            "dns" => situation.custom_dns = Some(dns(value).ok_or_else(|| refuse("azure or custom"))?),
            "snapshot-method" => {
                let method = SnapshotMethod::parse(value);
                situation.snapshot_method = Some(method.ok_or_else(|| refuse(METHODS))?);
            }
            _ => return Err(Failure::Usage(format!("`--assume {key}` is not a key: keys are {KEYS}"))),
        }
        Ok(())
    }

    /// Weighs the assumed agent against the minima, which depend on the operating system.
    pub(super) fn weigh_agent(&mut self, facts: &Facts, profile: Profile) -> Result<(), Failure> {
        let Some(text) = &self.agent else { return Ok(()) };
        if let Some(band) = band(text) {
            self.facts.situation.agent = Some(band);
            return Ok(());
        }
        let refuse = |why: &str| Failure::Usage(format!("`--assume agent={text}`: {why}"));
        let version: AgentVersion = text
            .parse()
            .map_err(|_| refuse("expected a version, or supported, warning, unsupported, missing"))?;
        let stated: BTreeSet<OsFamily> = facts.vms.iter().filter_map(|vm| vm.os).collect();
        let only = stated.first().copied().filter(|_| stated.len() == 1);
        let os = self.facts.situation.os.or(only);
        let os = os.ok_or_else(|| {
            refuse("the minimum depends on the operating system: add --assume os=windows or os=linux")
        })?;
        self.facts.situation.agent = agent_minimum(os, profile).and_then(|row| row.band(version, None));
        Ok(())
    }
}

const DISKS: &str = "managed, unmanaged, unmanaged-plain or unmanaged-encrypted";
const METHODS: &str = "firstHostThenGuest, firstGuestThenHost, onlyHost or onlyGuest";

fn yes_or_no(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

fn os(value: &str) -> Option<OsFamily> {
    match value.to_ascii_lowercase().as_str() {
        "windows" => Some(OsFamily::Windows),
        "linux" => Some(OsFamily::Linux),
        _ => None,
    }
}

fn disks(value: &str) -> Option<DiskKind> {
    match value.to_ascii_lowercase().as_str() {
        "managed" => Some(DiskKind::Managed),
        "unmanaged" => Some(DiskKind::Unmanaged { encrypted: None }),
        "unmanaged-plain" => Some(DiskKind::Unmanaged { encrypted: Some(false) }),
        "unmanaged-encrypted" => Some(DiskKind::Unmanaged { encrypted: Some(true) }),
        _ => None,
    }
}

fn dns(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "custom" => Some(true),
        "azure" | "default" => Some(false),
        _ => None,
    }
}

fn band(value: &str) -> Option<AgentBand> {
    [AgentBand::Supported, AgentBand::Warning, AgentBand::Unsupported, AgentBand::Missing]
        .into_iter()
        .find(|band| band.word().eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[&str]) -> Result<Assumed, Failure> {
        Assumed::read(&pairs.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_given_is_read_and_echoed() {
        let mut assumed = read(&[
            "region=Korea Central",
            "vnet=10.0.0.0/16",
            "VNET=10.1.0.0/16",
            "os=linux",
            "agent=2.2.45",
        ])
        .unwrap();
        assumed.weigh_agent(&Facts::default(), Profile::Current).unwrap();
        assert_eq!(assumed.facts.region.as_ref().map(Region::name), Some("koreacentral"));
        assert_eq!(assumed.facts.network.len(), 2);
        assert_eq!(assumed.given["vnet"], "10.0.0.0/16,10.1.0.0/16");
        assert_eq!(assumed.given["agent"], "2.2.45");
    }

    #[test]
    fn a_version_means_nothing_without_a_system_and_a_wrong_value_is_refused() {
        let mut assumed = read(&["agent=2.7.41491.1010"]).unwrap();
        assert!(assumed.weigh_agent(&Facts::default(), Profile::Current).is_err());
        let mut missing = read(&["agent=missing"]).unwrap();
        missing.weigh_agent(&Facts::default(), Profile::Current).unwrap();
        assert_eq!(missing.facts.situation.agent, Some(AgentBand::Missing));
        for pair in ["region", "moon=1", "vnet=10.0.0.0/33", "disks=some", "agentless=maybe", "os=beos"] {
            assert!(read(&[pair]).is_err(), "{pair}");
        }
        assert!(read(&["os=linux", "os=windows"]).is_err());
    }
}
