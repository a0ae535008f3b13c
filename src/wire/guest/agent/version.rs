//! Versions of the agent: what it prints, what package managers list, what its modules state.

use super::super::{Text, Told};
use crate::facts::Facts;
use crate::guest::{Package, Printed, Read};
use crate::input::Document;
use crate::version::AgentVersion;

/// Packages of the agent, by the names that distributions give them.
const PACKAGES: [&str; 6] = [
    "walinuxagent",
    "waagent",
    "python-azure-agent",
    "python3-azure-agent",
    "python311-azure-agent",
    "azure-linux-agent",
];
/// How its output begins.
const NAME: &str = "WALinuxAgent";
/// What ends the name of a file of a package.
const ARCHITECTURES: [&str; 3] = [".noarch", ".x86_64", ".aarch64"];

/// Whether this is what `waagent --version` prints, or `rpm -q` of its package.
pub(in crate::wire::guest) fn is_printed(text: &Text<'_>) -> bool {
    let first = text.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.starts_with(NAME) && first.parse::<AgentVersion>().is_ok()
}

/// Reads it: `WALinuxAgent-2.7.3.0 running on debian 12.5`, in old documents `WALinuxAgent - 2.2.45`, then lines about
/// Python and about the goal-state agent, which agents before 2.0.15 do not print.
pub(in crate::wire::guest) fn read_printed(text: &Text<'_>, facts: &mut Facts) -> Told {
    if packages_of(text).next().is_some() {
        return read_package_list(text, facts);
    }
    let Some((installed, distribution)) = text.text.lines().find_map(first_line) else {
        return Told::Nothing("no version of the VM agent");
    };
    let after = |label: &str| text.text.lines().find_map(|line| line.trim().strip_prefix(label));
    let printed = Printed {
        installed,
        goal_state: after("Goal state agent:").and_then(|rest| rest.trim().parse().ok()),
        python: after("Python:").and_then(|rest| rest.trim().parse().ok()),
        distribution,
    };
    facts.guest.agent.printed = Some(Read { value: printed, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

fn first_line(line: &str) -> Option<(AgentVersion, Option<String>)> {
    let line = line.trim();
    let version = line.starts_with(NAME).then(|| line.parse().ok())??;
    let distribution = line.split_once(" running on ").map(|(_, rest)| rest.trim().to_owned());
    Some((version, distribution))
}

/// Whether this is what `rpm` was asked about the agent.
pub(in crate::wire::guest) fn is_package_list(text: &Text<'_>) -> bool {
    text.is_called("commands/rpm-agent.txt")
}

/// Reads names and versions, one package a line: `NAME VERSION-RELEASE`, or as `rpm -q` prints them.
pub(in crate::wire::guest) fn read_package_list(text: &Text<'_>, facts: &mut Facts) -> Told {
    let lines = text.text.lines().filter_map(|line| {
        let (name, version) = line.trim().split_once(' ')?;
        package(name, version)
    });
    let found: Vec<Package> = lines.chain(packages_of(text)).collect();
    facts.guest.documents += 1;
    let place = text.place();
    let read = found.into_iter().map(|value| Read { value, place: place.clone() });
    facts.guest.agent.packages.extend(read);
    Told::Something
}

/// Packages as `rpm -q` prints them: `WALinuxAgent-2.9.1.1-3.el9.noarch`.
fn packages_of<'t>(text: &'t Text<'_>) -> impl Iterator<Item = Package> + 't {
    text.text.lines().filter_map(|line| {
        let line = line.trim();
        let file = ARCHITECTURES.iter().find_map(|ending| line.strip_suffix(ending))?;
        let mut parts = file.rsplitn(3, '-');
        let (_release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
        package(name, version)
    })
}

fn package(name: &str, version: &str) -> Option<Package> {
    let known = PACKAGES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let version = known.then(|| without_epoch(version).parse().ok())??;
    Some(Package { name: name.to_owned(), version, installed: true })
}

/// `1:2.2.46-0ubuntu1` without what stands before the colon.
fn without_epoch(version: &str) -> &str {
    version.split_once(':').map_or(version, |(_, version)| version).trim()
}

/// Whether this is the database of `dpkg`, or a part of it.
pub(in crate::wire::guest) fn is_package_database(text: &Text<'_>) -> bool {
    text.is_called("/var/lib/dpkg/status")
}

/// Reads what it says of the agent.
pub(in crate::wire::guest) fn read_package_database(text: &Text<'_>, facts: &mut Facts) -> Told {
    let place = text.place();
    for paragraph in own_paragraphs(text.text) {
        let field = |name: &str| {
            let mut lines = paragraph.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
        };
        let (Some(name), Some(version)) = (field("Package"), field("Version")) else { continue };
        let Ok(version) = without_epoch(version).parse() else { continue };
        let installed = field("Status").is_some_and(|status| status.ends_with(" installed"));
        let value = Package { name: name.to_owned(), version, installed };
        facts.guest.agent.packages.push(Read { value, place: place.clone() });
    }
    facts.guest.documents += 1;
    Told::Something
}

/// Of the database of `dpkg` what is about the agent: the rest is nobody's business.
pub(in crate::wire::guest) fn keep_packages(document: &Document, text: &str) -> Document {
    let mut kept = String::new();
    for paragraph in own_paragraphs(text) {
        let wanted = ["Package:", "Status:", "Version:"];
        for line in paragraph.lines().filter(|line| wanted.iter().any(|field| line.starts_with(field))) {
            kept.push_str(line);
            kept.push('\n');
        }
        kept.push('\n');
    }
    Document { bytes: kept.into_bytes(), ..document.clone() }
}

fn own_paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").filter(|paragraph| {
        let name = paragraph.lines().find_map(|line| line.strip_prefix("Package:"));
        name.is_some_and(|name| PACKAGES.contains(&name.trim()))
    })
}

/// Whether this is the module in which the agent states its version.
pub(in crate::wire::guest) fn is_version_module(text: &Text<'_>) -> bool {
    text.is_called("azurelinuxagent/common/version.py")
}

/// Reads `AGENT_VERSION = '2.7.3.0'`.
pub(in crate::wire::guest) fn read_version_module(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(value) = text.text.lines().find_map(|line| assigned(line, "AGENT_VERSION")) else {
        return Told::Nothing("a module of the VM agent without a version");
    };
    // A goal-state agent that was unpacked is not the one installed.
    if !text.name.contains("/WALinuxAgent-") || text.name.contains(".egg") {
        facts.guest.agent.modules.push(Read { value, place: text.place() });
    }
    facts.guest.documents += 1;
    Told::Something
}

/// The version that a line of Python gives to a name.
pub(super) fn assigned(line: &str, name: &str) -> Option<AgentVersion> {
    let value = line.strip_prefix(name)?.trim_start().strip_prefix('=')?.trim();
    value.trim_matches(|c| c == '\'' || c == '"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts_of;
    use super::*;
    use crate::guest::LinuxAgent;

    fn agent(name: &str, text: &str) -> LinuxAgent {
        facts_of(name, text).guest.agent
    }

    fn version(text: &str) -> AgentVersion {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_of_the_printed_version_is_read() {
        let whole = "WALinuxAgent-2.2.46 running on ubuntu 18.04\nPython: 3.6.9\nGoal state agent: 2.9.1.1\n";
        for name in ["commands/waagent-version.txt", "copied.txt"] {
            let printed = agent(name, whole).printed.unwrap().value;
            assert_eq!(printed.installed, version("2.2.46"));
            assert_eq!(printed.goal_state, Some(version("2.9.1.1")));
            assert_eq!(printed.python, Some(version("3.6.9")));
            assert_eq!(printed.distribution.as_deref(), Some("ubuntu 18.04"));
        }
        let dashed = agent("x", "\nWALinuxAgent - 2.2.45\n").printed.unwrap().value;
        assert_eq!((dashed.installed, dashed.goal_state), (version("2.2.45"), None));
        let old = agent("x", "WALinuxAgent-2.0.16 running on centos 6.8\nGoal state agent: Unknown\n");
        assert_eq!(old.printed.unwrap().value.goal_state, None);
    }

    #[test]
    fn package_managers_are_believed_about_what_is_installed() {
        let rpm = agent("x", "WALinuxAgent-2.9.1.1-3.el9_3.noarch\n");
        assert!(rpm.printed.is_none());
        assert_eq!(rpm.packages[0].value.version, version("2.9.1.1"));
        let listed = agent(
            "b/commands/rpm-agent.txt",
            "python-azure-agent 2.2.49.2-150100.3.26.1\nWALinuxAgent-udev 2.3-1\n",
        );
        assert_eq!(listed.packages.len(), 1);
        let status = "Package: bash\nStatus: install ok installed\nVersion: 5\n\nPackage: walinuxagent\n\
                      Status: deinstall ok config-files\nMaintainer: Kim <kim@example>\nVersion: 2.2.46-0ubuntu1~18.04.1\n\n";
        let database = agent("/var/lib/dpkg/status", status);
        assert_eq!(database.packages[0].value.version, version("2.2.46"));
        assert!(!database.packages[0].value.installed);
        let document =
            Document { name: "/var/lib/dpkg/status".into(), bytes: status.into(), named_by_user: false };
        let kept = String::from_utf8(keep_packages(&document, status).bytes).unwrap();
        assert!(!kept.contains("bash") && !kept.contains("Kim") && kept.contains("2.2.46-0"), "{kept}");
    }

    #[test]
    fn the_modules_on_a_disk_tell() {
        let path = "/usr/lib/python3/dist-packages/azurelinuxagent/common/version.py";
        let text = "import os\nAGENT_NAME = \"WALinuxAgent\"\nAGENT_VERSION = '2.7.3.0'\n";
        assert_eq!(agent(path, text).modules[0].value, version("2.7.3.0"));
        assert!(agent(path, "AGENT_VERSION = read()\n").modules.is_empty());
    }
}
