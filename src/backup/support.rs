//! The support matrix: agent minima, figures, features and names, by profile.

use jiff::civil;

use super::{AgentVersion, OperatingSystem, Profile, Severity, Source, Support};
use crate::azure::Region;
use crate::vm::OsFamily;

include!(concat!(env!("OUT_DIR"), "/support_matrix.rs"));

/// The lowest versions of the VM agent that one family of systems may have.
#[derive(Debug, PartialEq, Eq)]
pub struct AgentMinimum {
    /// The family.
    pub os: OsFamily,
    /// The profiles it holds in.
    pub profiles: &'static [Profile],
    /// Below this, backup does not work.
    pub blocker: AgentVersion,
    /// Where that was read.
    pub blocker_sources: &'static [Source],
    /// Below this, the agent is out of support, and the VM needs storage egress of its own.
    pub support: AgentVersion,
    /// Where that was read.
    pub support_sources: &'static [Source],
    /// Above this, an agent that updates itself is supported although it is below the minima.
    pub above_with_auto_update: Option<AgentVersion>,
}

impl AgentMinimum {
    /// How `version` stands against the minima.
    ///
    /// `auto_update` is whether the agent updates itself; where only that would decide and it is not known, the answer is `None`.
    #[must_use]
    pub fn band(&self, version: AgentVersion, auto_update: Option<bool>) -> Option<AgentBand> {
        if version >= self.support {
            return Some(AgentBand::Supported);
        }
        if self.above_with_auto_update.is_some_and(|above| version > above) {
            match auto_update {
                Some(true) => return Some(AgentBand::Supported),
                Some(false) => {}
                None => return None,
            }
        }
        Some(if version < self.blocker { AgentBand::Unsupported } else { AgentBand::Warning })
    }
}

/// How a VM agent stands against the minima.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentBand {
    /// At or above what is supported.
    Supported,
    /// It works, but is out of support.
    Warning,
    /// Too old for backup to work.
    Unsupported,
    /// There is none.
    Missing,
}

impl AgentBand {
    /// The word for it in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Warning => "warning",
            Self::Unsupported => "unsupported",
            Self::Missing => "missing",
        }
    }

    /// Whether the VM needs storage egress of its own: its agent is too old for the host to relay for it.
    #[must_use]
    pub const fn needs_storage(self) -> bool {
        matches!(self, Self::Warning | Self::Unsupported)
    }
}

/// A figure of the support matrix with its bounds, all inclusive.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which figure.
    pub id: LimitId,
    /// What is counted.
    pub title: &'static str,
    /// In what unit.
    pub unit: &'static str,
    /// The profiles it holds in.
    pub profiles: &'static [Profile],
    /// The least allowed.
    pub minimum: Option<u64>,
    /// The most allowed.
    pub maximum: Option<u64>,
    /// What is taken or recommended where nothing is said.
    pub default: Option<u64>,
    /// The only values allowed; empty where every value between the bounds is.
    pub allowed: &'static [u64],
    /// What another source says.
    pub disputed: Option<Dispute>,
    /// How much it weighs when broken. A disputed bound weighs a warning at most.
    pub severity: Severity,
    /// Where this was read.
    pub sources: &'static [Source],
}

impl Limit {
    /// How `figure` stands against the bounds.
    ///
    /// ```
    /// use azpreflight::backup::{LimitId, Profile, Standing, limit};
    /// let disks = limit(LimitId::DataDisks, Profile::Y2018).unwrap();
    /// assert_eq!(disks.standing(15), Standing::Within);
    /// assert_eq!(disks.standing(16), Standing::Disputed);
    /// assert_eq!(disks.standing(17), Standing::TooHigh);
    /// ```
    #[must_use]
    pub fn standing(&self, figure: u64) -> Standing {
        if self.maximum.is_some_and(|maximum| figure > maximum) {
            Standing::TooHigh
        } else if self.minimum.is_some_and(|minimum| figure < minimum) {
            Standing::TooLow
        } else if !self.allowed.is_empty() && !self.allowed.contains(&figure) {
            Standing::NotAllowed
        } else if self.disputed.is_some_and(|dispute| figure > dispute.maximum) {
            Standing::Disputed
        } else {
            Standing::Within
        }
    }
}

/// A lower maximum that another source states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispute {
    /// The most that it allows.
    pub maximum: u64,
    /// Where that was read.
    pub sources: &'static [Source],
}

/// How a figure stands against a [`Limit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Every source allows it.
    Within,
    /// Below the minimum.
    TooLow,
    /// Above the maximum.
    TooHigh,
    /// Not one of the values allowed.
    NotAllowed,
    /// One source allows it and another does not.
    Disputed,
}

/// Whether backup takes VMs or vaults of some kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Feature {
    /// Which feature.
    pub id: FeatureId,
    /// What it is.
    pub title: &'static str,
    /// The profiles it holds in.
    pub profiles: &'static [Profile],
    /// Whether backup takes it.
    pub support: Support,
    /// The day from which it is retired.
    pub since: Option<civil::Date>,
    /// The regions it is confined to, by canonical name; empty for no such bound.
    pub regions: &'static [&'static str],
    /// How much it weighs where it is not taken.
    pub severity: Severity,
    /// What the documents say: one lower-case sentence without full stop.
    pub reason: &'static str,
    /// Where this was read.
    pub sources: &'static [Source],
}

impl Feature {
    /// Whether it is to be had in `region`.
    #[must_use]
    pub fn is_in(&self, region: &Region) -> bool {
        self.regions.is_empty() || self.regions.contains(&region.name())
    }
}

/// A rule for names.
#[derive(Debug, PartialEq, Eq)]
pub struct NameRule {
    /// Fewest characters.
    pub shortest: usize,
    /// Most characters.
    pub longest: usize,
    /// The rule in words.
    pub reason: &'static str,
    /// Where this was read.
    pub sources: &'static [Source],
}

impl NameRule {
    /// What is wrong with `name`: its length, its first character, then any other, in this order.
    #[must_use]
    pub fn fault(&self, name: &str) -> Option<NameFault> {
        let length = name.chars().count();
        if length < self.shortest {
            return Some(NameFault::TooShort);
        }
        if length > self.longest {
            return Some(NameFault::TooLong);
        }
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Some(NameFault::FirstNotLetter);
        }
        name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-').map(NameFault::Character)
    }
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// Fewer characters than allowed.
    TooShort,
    /// More characters than allowed.
    TooLong,
    /// The first character is no letter.
    FirstNotLetter,
    /// This character is neither letter nor digit nor hyphen.
    Character(char),
}

/// The agent minimum of a family; `None` where the documents of the profile name none.
#[must_use]
pub fn agent_minimum(os: OsFamily, profile: Profile) -> Option<&'static AgentMinimum> {
    AGENTS.iter().find(|minimum| minimum.os == os && minimum.profiles.contains(&profile))
}

/// The figure `id`; `None` where the documents of the profile name none.
#[must_use]
pub fn limit(id: LimitId, profile: Profile) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| limit.id == id && limit.profiles.contains(&profile))
}

/// Every figure, of all profiles.
#[must_use]
pub fn limits() -> &'static [Limit] {
    LIMITS
}

/// The feature `id`; `None` where the documents of the profile do not speak of it.
#[must_use]
pub fn feature(id: FeatureId, profile: Profile) -> Option<&'static Feature> {
    FEATURES.iter().find(|feature| feature.id == id && feature.profiles.contains(&profile))
}

/// Every feature, of all profiles.
#[must_use]
pub fn features() -> &'static [Feature] {
    FEATURES
}

/// The rule for names of Recovery Services vaults, the same in both profiles.
#[must_use]
pub fn vault_name() -> &'static NameRule {
    &VAULT_NAME
}

/// Every row about operating systems, of all profiles.
#[must_use]
pub fn operating_systems() -> &'static [OperatingSystem] {
    SYSTEMS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(os: OsFamily, profile: Profile, version: &str, auto_update: Option<bool>) -> Option<AgentBand> {
        agent_minimum(os, profile).unwrap().band(version.parse().unwrap(), auto_update)
    }

    #[test]
    fn windows_agents_fall_into_three_bands() {
        let windows = |version| band(OsFamily::Windows, Profile::Current, version, None);
        assert_eq!(windows("2.6.1198.717"), Some(AgentBand::Unsupported));
        assert_eq!(windows("2.6.1198.718"), Some(AgentBand::Warning));
        assert_eq!(windows("2.7.41491.1009"), Some(AgentBand::Warning));
        assert_eq!(windows("2.7.41491.1010"), Some(AgentBand::Supported));
    }

    #[test]
    fn an_old_linux_agent_that_updates_itself_is_supported() {
        let linux = |version, auto| band(OsFamily::Linux, Profile::Current, version, auto);
        assert_eq!(linux("2.2.53.1", None), Some(AgentBand::Supported));
        assert_eq!(linux("2.2.45", Some(true)), Some(AgentBand::Supported));
        assert_eq!(linux("2.2.45", Some(false)), Some(AgentBand::Unsupported));
        assert_eq!(linux("2.2.45", None), None);
        assert_eq!(linux("2.1.7", Some(true)), Some(AgentBand::Unsupported));
        assert_eq!(linux("2.1.7", None), Some(AgentBand::Unsupported));
    }

    #[test]
    fn the_founding_documents_ask_one_windows_version_and_no_linux_one() {
        assert_eq!(band(OsFamily::Windows, Profile::Y2018, "2.6.1198.718", None), Some(AgentBand::Supported));
        assert_eq!(agent_minimum(OsFamily::Linux, Profile::Y2018), None);
    }

    #[test]
    fn vault_names_are_judged_by_length_then_characters() {
        let fault = |name: &str| vault_name().fault(name);
        assert_eq!(fault("Vault-1"), None);
        assert_eq!(fault("a"), Some(NameFault::TooShort));
        assert_eq!(fault(&"a".repeat(51)), Some(NameFault::TooLong));
        assert_eq!(fault("1vault"), Some(NameFault::FirstNotLetter));
        assert_eq!(fault("my_vault"), Some(NameFault::Character('_')));
        assert_eq!(fault("vaulté"), Some(NameFault::Character('é')));
    }
}
