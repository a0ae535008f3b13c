//! What a Linux system is called, and whether what was looked at is the inside of a container.

use super::{Known, Text, TextReader, Told};
use crate::facts::Facts;
use crate::guest::{Read, ReleaseBy, SystemRelease};

/// Files of one line or a few that older systems have, by name.
const FILES: [(&str, ReleaseBy); 6] = [
    ("oracle-release", ReleaseBy::Oracle),
    ("centos-release", ReleaseBy::Centos),
    ("redhat-release", ReleaseBy::RedHat),
    ("SuSE-release", ReleaseBy::Suse),
    ("lsb-release", ReleaseBy::Lsb),
    ("debian_version", ReleaseBy::Debian),
];

/// Words in the names of control groups that engines of containers make.
const ENGINES: [&str; 5] = ["/docker", "kubepods", "libpod", "/lxc", "containerd"];

/// `/etc/os-release`, wherever it was copied to.
pub(super) const OS_RELEASE: TextReader =
    TextReader { known: Known::ByContent(|text| is_os_release(text.text)), read: read_os_release };
/// The files that older systems have.
pub(super) const OLDER: TextReader =
    TextReader { known: Known::ByName(|text| older(text).is_some()), read: read_older };
/// `/proc/1/cgroup`.
pub(super) const CONTROL_GROUPS: TextReader =
    TextReader { known: Known::ByName(|text| text.is_called("proc/1/cgroup")), read: read_control_groups };
fn is_os_release(text: &str) -> bool {
    value(text, "ID").is_some() && (value(text, "PRETTY_NAME").is_some() || value(text, "NAME").is_some())
}

fn read_os_release(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(name) = value(text.text, "ID") else { return Told::Nothing("no name of a system") };
    tell(ReleaseBy::OsRelease, (name, value(text.text, "VERSION_ID")), text, facts)
}

fn older(text: &Text<'_>) -> Option<ReleaseBy> {
    FILES.iter().find(|(name, _)| text.is_called(name)).map(|(_, by)| *by)
}

fn read_older(text: &Text<'_>, facts: &mut Facts) -> Told {
    let told = older(text).and_then(|by| Some((by, said(by, text.text)?)));
    let Some((by, said)) = told else { return Told::Nothing("no name of a system") };
    tell(by, said, text, facts)
}

/// The name and the version, as each of the files says it.
fn said(by: ReleaseBy, text: &str) -> Option<(String, Option<String>)> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    match by {
        ReleaseBy::Lsb => Some((value(text, "DISTRIB_ID")?, value(text, "DISTRIB_RELEASE"))),
        ReleaseBy::Debian => Some((
            "debian".to_owned(),
            first.starts_with(|c: char| c.is_ascii_digit()).then(|| first.to_owned()),
        )),
        ReleaseBy::Suse => {
            let name = first.split(" (").next().unwrap_or(first).to_owned();
            let major = value(text, "VERSION");
            let minor = value(text, "PATCHLEVEL").filter(|minor| minor != "0");
            let version =
                major.map(|major| minor.map_or_else(|| major.clone(), |minor| format!("{major}.{minor}")));
            Some((name, version))
        }
        // `CentOS Linux release 7.9.2009 (Core)`
        ReleaseBy::OsRelease | ReleaseBy::Oracle | ReleaseBy::Centos | ReleaseBy::RedHat => {
            let (name, version) = first.split_once(" release ").unwrap_or((first, ""));
            let version = version.split_whitespace().next().map(str::to_owned);
            Some((name.trim().to_owned(), version))
        }
    }
}

fn tell(
    by: ReleaseBy,
    (name, version): (String, Option<String>),
    text: &Text<'_>,
    facts: &mut Facts,
) -> Told {
    let value = SystemRelease { by, name, version };
    facts.guest.system.tell_release(Read { value, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

fn read_control_groups(text: &Text<'_>, facts: &mut Facts) -> Told {
    let of_engine = |line: &str| ENGINES.iter().any(|word| line.contains(word));
    let value = text.text.lines().any(of_engine);
    facts.guest.system.contained = Some(Read { value, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

/// The value of `KEY=value`, perhaps with spaces around the sign or in quotation marks; `None` where it is empty.
fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (_, value) = line.split_once('=').filter(|(own, _)| own.trim() == key)?;
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use crate::input::{Bundle, Document};

    fn release(documents: &[(&str, &str)]) -> String {
        let document = |(name, text): &(&str, &str)| Document {
            name: (*name).into(),
            bytes: text.as_bytes().to_vec(),
            named_by_user: true,
        };
        let bundle = Bundle { documents: documents.iter().map(document).collect() };
        let release = crate::wire::parse(&bundle).unwrap().guest.system.release.unwrap().value;
        format!("{} {}", release.name, release.version.as_deref().unwrap_or("-"))
    }

    #[test]
    fn systems_of_all_ages_tell_their_name() {
        let ubuntu = "PRETTY_NAME=\"Ubuntu 22.04.4 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"22.04\"\nID=ubuntu\n";
        assert_eq!(release(&[("x.txt", ubuntu)]), "ubuntu 22.04");
        assert_eq!(release(&[("/etc/os-release", "NAME=Arch\nID=arch\n")]), "arch -");
        let redhat = "Red Hat Enterprise Linux Server release 6.4 (Santiago)\n";
        assert_eq!(release(&[("/etc/redhat-release", redhat)]), "Red Hat Enterprise Linux Server 6.4");
        let oracle = "Oracle Linux Server release 6.4\n";
        assert_eq!(
            release(&[("/etc/oracle-release", oracle), ("/etc/redhat-release", redhat)]),
            "Oracle Linux Server 6.4"
        );
        let suse = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n";
        assert_eq!(release(&[("/etc/SuSE-release", suse)]), "SUSE Linux Enterprise Server 11 11.4");
        let lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n";
        assert_eq!(release(&[("lsb-release", lsb), ("debian_version", "jessie/sid\n")]), "Ubuntu 14.04");
        assert_eq!(release(&[("debian_version", "7.11\n")]), "debian 7.11");
    }

    #[test]
    fn the_first_process_tells_of_a_container() {
        let contained = |text: &str| {
            let document =
                Document { name: "/proc/1/cgroup".into(), bytes: text.into(), named_by_user: true };
            let facts = crate::wire::parse(&Bundle { documents: vec![document] }).unwrap();
            facts.guest.system.contained.map(|read| read.value)
        };
        assert_eq!(contained("4:memory:/docker/3f2a\n"), Some(true));
        assert_eq!(contained("0::/init.scope\n"), Some(false));
    }
}
