//! Which operating systems backup takes.

use super::{Profile, Severity, Source, Support, operating_systems};
use crate::vm::OsFamily;

/// What the documents of a profile say of some releases of one operating system.
#[derive(Debug, PartialEq, Eq)]
pub struct OperatingSystem {
    /// Its id, kebab-case.
    pub id: &'static str,
    /// The family.
    pub family: OsFamily,
    /// Lower-case names it goes by.
    pub names: &'static [&'static str],
    /// The first release; `None` for no lower bound.
    pub from: Option<&'static str>,
    /// The last release with all its minor ones; `None` for no upper bound.
    pub through: Option<&'static str>,
    /// The profiles it holds in.
    pub profiles: &'static [Profile],
    /// Whether backup takes it.
    pub support: Support,
    /// How much it weighs where it is not fully taken.
    pub severity: Severity,
    /// What the documents say, in words.
    pub reason: &'static str,
    /// Where this was read.
    pub sources: &'static [Source],
}

/// What the tables say of one system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OsStanding {
    /// The row that speaks of it.
    Listed(&'static OperatingSystem),
    /// No row speaks of it: neither supported nor unsupported by name.
    NotListed,
    /// Rows speak of it, but of no release so low: the row that begins next.
    Older(&'static OperatingSystem),
    /// Rows speak of it, but of no release so high: the row that ends last.
    Newer(&'static OperatingSystem),
    /// Rows speak of it, but they differ by release, and no release was found.
    ReleaseUnknown,
}

/// What the documents of `profile` say of the system called `name`, as in `ubuntu` with version `18.04`, or
/// `Windows Server 2012 R2 Datacenter`.
///
/// The release of Windows is part of its name, and `version` (a build) is left aside; for Linux the version goes first,
/// then a number in the name.
///
/// ```
/// use azpreflight::backup::{OsStanding, Profile, Support, operating_system};
/// use azpreflight::vm::OsFamily;
/// let old = operating_system(Profile::Current, OsFamily::Windows, "Windows Server 2012 R2 Datacenter", None);
/// assert!(matches!(old, OsStanding::Listed(row) if row.support == Support::Limited));
/// ```
#[must_use]
pub fn operating_system(profile: Profile, family: OsFamily, name: &str, version: Option<&str>) -> OsStanding {
    let name = name.to_lowercase().replace(['-', '_'], " ");
    let named: Vec<_> = operating_systems()
        .iter()
        .filter(|row| row.family == family && row.profiles.contains(&profile))
        .filter_map(|row| Some((row, named_at(row, &name)?)))
        .collect();
    let Some(longest) = named.iter().map(|(_, mention)| mention.length).max() else {
        return OsStanding::NotListed;
    };
    let closest = named.iter().filter(|(_, mention)| mention.length == longest);
    let mut open = false;
    let mut beside = Vec::new();
    let mut best: Option<(Release, &'static OperatingSystem)> = None;
    for (row, mention) in closest {
        let after = name.get(mention.end..).unwrap_or("");
        let stated = version.filter(|_| family == OsFamily::Linux).and_then(Release::find);
        let release = stated.or_else(|| Release::find(after));
        match covers(row, release.as_ref()) {
            None => open = true,
            Some(None) => beside.extend(release.map(|release| (release, *row))),
            Some(Some(from)) => {
                if best.as_ref().is_none_or(|(known, _)| from > *known) {
                    best = Some((from, row));
                }
            }
        }
    }
    match best {
        Some((_, row)) => OsStanding::Listed(row),
        None if open => OsStanding::ReleaseUnknown,
        None => nearest(&beside),
    }
}

/// How a release stands beside the rows of its system, of which none covers it.
fn nearest(beside: &[(Release, &'static OperatingSystem)]) -> OsStanding {
    let bound = |text: Option<&'static str>| text.and_then(Release::find);
    let above = beside.iter().filter(|(release, row)| bound(row.from).is_some_and(|from| *release < from));
    match above.min_by_key(|(_, row)| bound(row.from)) {
        Some((_, row)) => OsStanding::Older(row),
        None => beside
            .iter()
            .max_by_key(|(_, row)| bound(row.through))
            .map_or(OsStanding::NotListed, |(_, row)| OsStanding::Newer(row)),
    }
}

/// Where a system's name was found.
struct Mention {
    length: usize,
    end: usize,
}

/// The longest of the row's names at the start of a word of `name`. Short names must be the whole word.
fn named_at(row: &OperatingSystem, name: &str) -> Option<Mention> {
    const SHORT: usize = 4;
    let starts = |at: usize| at == 0 || name.get(..at).is_some_and(|before| before.ends_with(' '));
    let ends = |at: usize| name.get(at..).is_none_or(|after| after.is_empty() || after.starts_with(' '));
    let mentions = row.names.iter().flat_map(|alias| {
        name.match_indices(alias)
            .map(|(at, alias)| (at, at + alias.len(), alias.len()))
            .filter(|(start, end, length)| starts(*start) && (*length >= SHORT || ends(*end)))
    });
    mentions.max_by_key(|(_, _, length)| *length).map(|(_, end, length)| Mention { length, end })
}

/// The lower bound of a row that covers `release`, `Some(None)` where it does not, `None` where that hangs on the release.
#[expect(clippy::option_option, reason = "three answers, at one place, each said above")]
fn covers(row: &OperatingSystem, release: Option<&Release>) -> Option<Option<Release>> {
    let from = row.from.and_then(Release::find);
    let through = row.through.and_then(Release::find);
    if from.is_none() && through.is_none() {
        return Some(Some(Release(Vec::new())));
    }
    let release = release?;
    let low = from.as_ref().is_none_or(|from| release >= from);
    let high = through.as_ref().is_none_or(|through| release.shortened_to(through) <= *through);
    Some((low && high).then(|| from.unwrap_or(Release(Vec::new()))))
}

/// A release as numbers: `18.04` is 18, 4 and `2012 R2` is 2012, 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Release(Vec<u32>);

impl Release {
    /// The first release in `text`.
    fn find(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let rest = text.get(start..)?;
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (numbers, after) = rest.split_at_checked(end)?;
        let numbers: Result<Vec<u32>, _> =
            numbers.split('.').filter(|part| !part.is_empty()).map(str::parse).collect();
        let mut numbers = numbers.ok()?;
        let after = after.trim_start().to_ascii_lowercase();
        if let Some(second) = after.strip_prefix('r').and_then(|rest| rest.chars().next()?.to_digit(10)) {
            numbers.push(second);
        }
        Some(Self(numbers))
    }

    fn shortened_to(&self, other: &Self) -> Self {
        Self(self.0.iter().take(other.0.len()).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(
        profile: Profile,
        family: OsFamily,
        name: &str,
        version: Option<&str>,
    ) -> Option<(&'static str, Support)> {
        match operating_system(profile, family, name, version) {
            OsStanding::Listed(row) => Some((row.id, row.support)),
            _ => None,
        }
    }

    #[test]
    fn windows_is_known_by_its_name() {
        let now = |name| listed(Profile::Current, OsFamily::Windows, name, Some("10.0.14393"));
        assert_eq!(now("Windows Server 2016 Datacenter"), Some(("windows-server", Support::Full)));
        assert_eq!(now("WindowsServer 2012-R2-Datacenter"), Some(("windows-server-old", Support::Limited)));
        assert_eq!(now("Windows Server 2003 R2"), Some(("windows-server-ancient", Support::None)));
        assert_eq!(now("Windows 10 Enterprise"), Some(("windows-client", Support::Full)));
        assert_eq!(now("Windows 7"), None);
    }

    #[test]
    fn the_founding_documents_begin_at_2008_r2() {
        let then = |name| listed(Profile::Y2018, OsFamily::Windows, name, None);
        assert_eq!(then("Windows Server 2008 R2"), Some(("windows-server-2018", Support::Full)));
        assert_eq!(then("Windows Server 2008"), Some(("windows-server-2008-2018", Support::None)));
        assert_eq!(then("Windows Server 2016"), Some(("windows-server-2018", Support::Full)));
        assert_eq!(listed(Profile::Y2018, OsFamily::Linux, "CoreOS", None), Some(("coreos", Support::None)));
    }

    #[test]
    fn linux_is_known_by_name_and_version() {
        let now = |name, version| listed(Profile::Current, OsFamily::Linux, name, version).map(|(id, _)| id);
        assert_eq!(now("ubuntu", Some("18.04")), Some("ubuntu"));
        assert_eq!(now("ubuntu", Some("16.04")), None);
        assert_eq!(now("UbuntuServer 20.04-LTS", None), Some("ubuntu"));
        assert_eq!(now("0001-com-ubuntu-server-jammy", Some("22_04-lts")), Some("ubuntu"));
        assert_eq!(now("rhel", Some("10.1")), Some("rhel"));
        assert_eq!(now("openSUSE", Some("15.5")), Some("opensuse"));
        assert_eq!(now("sles", Some("15.5")), Some("sles"));
        assert_eq!(now("oldOS", Some("9")), None);
    }

    #[test]
    fn a_release_beside_what_is_listed_is_older_or_newer() {
        let side = |family, name, version| match operating_system(Profile::Current, family, name, version) {
            OsStanding::Older(row) => Some(("older", row.id)),
            OsStanding::Newer(row) => Some(("newer", row.id)),
            _ => None,
        };
        let linux = |name, version| side(OsFamily::Linux, name, Some(version));
        assert_eq!(linux("rhel", "6.4"), Some(("older", "rhel")));
        assert_eq!(linux("rhel", "11"), Some(("newer", "rhel")));
        assert_eq!(linux("azurelinux", "3.0"), Some(("newer", "azure-linux")));
        assert_eq!(linux("ubuntu", "16.04"), Some(("older", "ubuntu")));
        assert_eq!(linux("plan9", "4"), None);
        let windows = |name| side(OsFamily::Windows, name, None);
        assert_eq!(windows("Windows Server 2031"), Some(("newer", "windows-server")));
        assert_eq!(windows("Windows 7"), Some(("older", "windows-client")));
    }

    #[test]
    fn a_missing_release_is_unknown_and_a_strange_name_not_listed() {
        let now = |name| operating_system(Profile::Current, OsFamily::Linux, name, None);
        assert_eq!(now("debian"), OsStanding::ReleaseUnknown);
        assert_eq!(now("plan9"), OsStanding::NotListed);
        assert_eq!(now(""), OsStanding::NotListed);
    }
}
