//! .NET Framework: which version 4 is there, and which TLS its programs use.

use std::fmt;

use super::Listed;
use crate::guest::Read;

/// What is known of .NET Framework.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DotNet {
    /// Version 4.5 or later; absent where the list of versions has none.
    pub version: Listed<DotNetVersion>,
    /// What each of its runtimes is told, by version and width.
    pub runtimes: Vec<Read<Runtime>>,
    /// Whether programs for 64 bits run as such: `Enable64Bit`; absent where nothing is said, which means yes.
    pub wide: Listed<bool>,
}

/// What a runtime is told about TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runtime {
    /// Its version as its key has it, `v4.0.30319`. From the document: whoever shows it escapes.
    pub version: String,
    /// Whether it is that for programs of 32 bits on a machine of 64.
    pub narrow: bool,
    /// `SchUseStrongCrypto`: programs may use TLS 1.2.
    pub strong: Option<bool>,
    /// `SystemDefaultTlsVersions`: the versions of Windows hold.
    pub system_default: Option<bool>,
}

/// A version of .NET Framework from 4.5 on, by the number `Release` that Microsoft documents for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DotNetVersion(u32);

impl DotNetVersion {
    /// .NET Framework 4.5.
    pub const V4_5: Self = Self(378_389);
    /// .NET Framework 4.6.2.
    pub const V4_6_2: Self = Self(394_802);
    /// .NET Framework 4.8.
    pub const V4_8: Self = Self(528_040);

    /// From which release on which version it is; source NETREL.
    const NAMES: [(u32, &'static str); 10] = [
        (528_040, "4.8 or later"),
        (461_808, "4.7.2"),
        (461_308, "4.7.1"),
        (460_798, "4.7"),
        (394_802, "4.6.2"),
        (394_254, "4.6.1"),
        (393_295, "4.6"),
        (379_893, "4.5.2"),
        (378_675, "4.5.1"),
        (378_389, "4.5"),
    ];

    /// The version of that release.
    #[must_use]
    pub const fn of_release(release: u32) -> Self {
        Self(release)
    }

    /// The number in the registry.
    #[must_use]
    pub const fn release(self) -> u32 {
        self.0
    }
}

/// As people name it: `4.7.2`.
impl fmt::Display for DotNetVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(from, _)| self.0 >= *from) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "before 4.5 (release {})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_the_names_that_people_know() {
        let named = |release| DotNetVersion::of_release(release).to_string();
        assert_eq!(
            (named(378_389).as_str(), named(378_388).as_str()),
            ("4.5", "before 4.5 (release 378388)")
        );
        // Both releases of 4.6.2, and one after the last that is known.
        assert_eq!(
            (named(394_802).as_str(), named(394_806).as_str(), named(600_000).as_str()),
            ("4.6.2", "4.6.2", "4.8 or later")
        );
        assert!(DotNetVersion::V4_5 < DotNetVersion::V4_6_2 && DotNetVersion::V4_6_2 < DotNetVersion::V4_8);
        assert!(DotNetVersion::NAMES.is_sorted_by(|one, next| one.0 > next.0));
    }
}
