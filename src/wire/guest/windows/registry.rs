//! Which keys of a machine's registry say what.

use std::sync::Arc;

use super::{applocker, at_key, interfaces, moment, security, services};
use crate::guest::windows::{AppLocker, Release, Windows};
use crate::guest::{BackupExtension, Machine};
use crate::wire::guest::registry::{Export, Key};

/// Takes what an export says of the machine; whether it said anything.
pub(in crate::wire::guest) fn read(export: &Export, name: &Arc<str>, machine: &mut Machine) -> bool {
    let of = |machine: &Machine| {
        let Machine { windows, addressing, names, extension, .. } = machine;
        (windows.clone(), addressing.clone(), names.resolvers.clone(), extension.handlers.clone())
    };
    let before = of(machine);
    for (path, key) in export.of_machine() {
        read_key(&path, key, name, machine);
    }
    of(machine) != before
}

fn read_key(path: &str, key: &Key, name: &Arc<str>, machine: &mut Machine) {
    let windows = &mut machine.windows;
    if let Some(rest) = path.strip_prefix(r"system\") {
        read_system(rest, key, name, machine);
    } else if path.starts_with(r"software\microsoft\windows azure\handlerstate\") {
        read_handler(key, name, &mut machine.extension);
    } else if let Some(rest) = path.strip_prefix(r"software\") {
        let (narrow, rest) = match rest.strip_prefix(r"wow6432node\") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        read_software(rest, narrow, key, (name, windows));
    }
}

/// The key of an extension's handler, `Microsoft.Compute.CustomScriptExtension_1.10.15`: what the agent did with it last.
fn read_handler(key: &Key, name: &Arc<str>, extension: &mut BackupExtension) {
    let written = key.path.rsplit('\\').next().unwrap_or_default();
    let Some((handler, version)) = written.rsplit_once('_') else { return };
    let Some(state) = key.text("InstallState").map(str::trim).filter(|state| !state.is_empty()) else {
        return;
    };
    extension.handler(handler, version).state = Some(at_key(state.to_owned(), name, &key.path));
}

fn read_system(path: &str, key: &Key, name: &Arc<str>, machine: &mut Machine) {
    let windows = &mut machine.windows;
    if let Some(below) = below(path, r"control\securityproviders\schannel") {
        security::read_schannel(below, key, name, &mut windows.tls);
    } else if let Some(interface) = path.strip_prefix(r"services\tcpip\parameters\interfaces\") {
        interfaces::read_key(interface, key, name, machine);
    } else if path == r"services\tcpip\parameters" {
        interfaces::read_parameters(key, name, &mut machine.names);
    } else if path == "services" {
        services::read_all(key, &mut windows.services);
    } else if let Some(service) = path.strip_prefix(r"services\").filter(|service| !service.contains('\\')) {
        let written = key.path.rsplit('\\').next().unwrap_or(service);
        services::read_key(written, key, name, &mut windows.services);
    }
}

fn read_software(path: &str, narrow: bool, key: &Key, (name, windows): (&Arc<str>, &mut Windows)) {
    if let Some(below) = below(path, r"microsoft\.netframework") {
        security::read_runtime(below, narrow, key, (name, &mut windows.dotnet));
    } else if narrow {
        // The rest is kept once, for programs of both widths.
    } else if let Some(below) = below(path, r"microsoft\net framework setup\ndp") {
        security::read_versions(below, key, name, &mut windows.dotnet);
    } else if path == r"microsoft\guestagent" || path == r"microsoft\virtual machine\guest" {
        read_agent(key, name, windows);
    } else if path == r"microsoft\bcdragentpersistentkeys" {
        let settings = key.texts().map(|(value, text)| (value.to_owned(), text.to_owned())).collect();
        windows.snapshot_settings = Some(at_key(settings, name, &key.path));
    } else if let Some(below) = below(path, r"policies\microsoft\windows\srpv2\exe") {
        let known = windows.applocker.take();
        let mut read = known.unwrap_or_else(|| at_key(AppLocker::default(), name, &key.path));
        applocker::read_key(below, key, &mut read.value);
        windows.applocker = Some(read);
    } else if path == r"microsoft\windows nt\currentversion" {
        let product = key.text("ProductName").map(str::to_owned);
        let build = key.text("CurrentBuildNumber").or_else(|| key.text("CurrentBuild"));
        let build = build.and_then(|build| build.trim().parse().ok());
        if product.is_some() || build.is_some() {
            windows.release = Some(at_key(Release { product, build }, name, &key.path));
        }
    }
}

/// What the VM agent registers of itself.
fn read_agent(key: &Key, name: &Arc<str>, windows: &mut Windows) {
    let agent = &mut windows.agent;
    let version = |value: &str| key.text(value).and_then(|text| text.parse().ok());
    let at = |version| at_key(version, name, &key.path);
    agent.registered = version("GuestAgentVersion").map(at).or(agent.registered.take());
    agent.update = version("Update-NewGAVersion").map(at).or(agent.update.take());
    if let Some(text) = key.text("HeartbeatLastStatusUpdateTime").filter(|text| !text.trim().is_empty()) {
        agent.heartbeat = Some(at_key(moment::of_registry(text), name, &key.path));
    }
}

/// What is left of a path at or below another.
fn below<'p>(path: &'p str, above: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(above)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('\\') }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Method;
    use crate::guest::windows::{Listed, Moment, Start};

    fn machine(keys: &str) -> Machine {
        let text = format!("Windows Registry Editor Version 5.00\n\n{keys}");
        let mut machine = Machine::default();
        read(&Export::parse(&text), &"r.reg".into(), &mut machine);
        machine
    }

    fn read_all(keys: &str) -> Windows {
        machine(keys).windows
    }

    #[test]
    fn the_agent_speaks_of_itself() {
        let windows = read_all(
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest]\n\"GuestAgentVersion\"=\"2.7.41491.1010\"\n\
             [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\GuestAgent]\n\"HeartbeatLastStatusUpdateTime\"=\"2026-11-20T10:00:00Z\"\n",
        );
        let registered = windows.agent.registered.unwrap();
        assert_eq!(registered.value.to_string(), "2.7.41491.1010");
        assert!(registered.place.pointer.as_str().contains("Virtual Machine"));
        assert!(matches!(windows.agent.heartbeat.unwrap().value, Moment::Exact(_)));
        // A text that is no version takes nothing away.
        let kept = read_all(
            "[HKLM\\SOFTWARE\\Microsoft\\GuestAgent]\n\"GuestAgentVersion\"=\"2.7.41491.1010\"\n\
             [HKLM\\SOFTWARE\\Microsoft\\Virtual Machine\\Guest]\n\"GuestAgentVersion\"=\"none\"\n",
        );
        assert!(kept.agent.registered.is_some() && kept.agent.heartbeat.is_none());
    }

    #[test]
    fn services_are_told_with_their_accounts() {
        let windows = read_all(
            "[HKLM\\SYSTEM\\CurrentControlSet\\Services\\VSS]\n\"Start\"=dword:00000004\n\"ObjectName\"=\"LocalSystem\"\n\
             [HKLM\\SYSTEM\\CurrentControlSet\\Services\\VSS\\Diag]\n\"Start\"=dword:2\n\
             [HKLM\\SYSTEM\\CurrentControlSet\\Services\\.NET Data]\n\"x\"=dword:2\n",
        );
        assert_eq!(windows.services.iter().count(), 1);
        let vss = windows.services.named("vss").unwrap();
        assert_eq!(vss.start.as_ref().unwrap().value, Start::Disabled);
        assert_eq!(vss.account.as_ref().unwrap().value, "LocalSystem");
    }

    const SCHANNEL: &str = "[HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL";

    #[test]
    fn tls_is_unknown_absent_or_stated() {
        let tls = |keys: &str| read_all(keys).tls;
        assert_eq!(tls("").enabled, Listed::Unknown);
        assert_eq!(tls(&format!("{SCHANNEL}\\Protocols]\n")).enabled, Listed::Absent);
        // A branch of these keys in which the one that counts would not be.
        assert_eq!(tls(&format!("{SCHANNEL}\\Protocols\\TLS 1.0\\Client]\n")).enabled, Listed::Unknown);
        let stated = tls(&format!(
            "{SCHANNEL}]\n{SCHANNEL}\\Protocols\\TLS 1.2\\Client]\n\"Enabled\"=dword:ffffffff\n\"DisabledByDefault\"=dword:1\n\
             {SCHANNEL}\\Protocols\\TLS 1.2\\Server]\n\"Enabled\"=dword:0\n"
        ));
        assert_eq!(stated.enabled.known().map(|read| read.value), Some(true));
        assert_eq!(stated.disabled_by_default.known().map(|read| read.value), Some(true));
    }

    #[test]
    fn dotnet_tells_versions_and_switches() {
        const FRAMEWORK: &str = "Microsoft\\.NETFramework";
        let dotnet = read_all(&format!(
            "[HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full]\n\"Release\"=dword:00082348\n\
             [HKLM\\SOFTWARE\\{FRAMEWORK}]\n\"Enable64Bit\"=dword:0\n\
             [HKLM\\SOFTWARE\\{FRAMEWORK}\\v4.0.30319]\n\"SchUseStrongCrypto\"=dword:1\n\
             [HKLM\\SOFTWARE\\{FRAMEWORK}\\v4.0.30319\\SKUs]\n\
             [HKLM\\SOFTWARE\\WOW6432Node\\{FRAMEWORK}\\v4.0.30319]\n\"SystemDefaultTlsVersions\"=dword:0\n"
        ))
        .dotnet;
        assert_eq!(dotnet.version.known().unwrap().value.release(), 533_320);
        assert_eq!(dotnet.wide.known().map(|read| read.value), Some(false));
        let told: Vec<_> = dotnet
            .runtimes
            .iter()
            .map(|read| (read.value.narrow, read.value.strong, read.value.system_default))
            .collect();
        assert_eq!(told, [(false, Some(true), None), (true, None, Some(false))]);
        let none = read_all("[HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP]\n").dotnet;
        assert_eq!((none.version, none.wide), (Listed::Absent, Listed::Unknown));
    }

    #[test]
    fn interfaces_settings_and_the_release_are_read() {
        let machine = machine(
            "[HKLM\\SYSTEM\\ControlSet001\\Services\\Tcpip\\Parameters\\Interfaces\\{a}]\n\"EnableDHCP\"=dword:0\n\"IPAddress\"=\"10.0.0.4\"\n\
             [HKLM\\SOFTWARE\\Microsoft\\BcdrAgentPersistentKeys]\n\"SnapshotMethod\"=\"firstHostThenGuest\"\n\
             [HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\"ProductName\"=\"Windows Server 2022 Datacenter\"\n\
             \"CurrentBuild\"=\"20348\"\n",
        );
        assert_eq!(machine.addressing.interfaces[0].value.method, Method::Static);
        let windows = machine.windows;
        assert_eq!(windows.snapshot_settings.unwrap().value[0].1, "firstHostThenGuest");
        assert_eq!(windows.release.unwrap().value.build, Some(20348));
    }

    #[test]
    fn applocker_tells_its_mode_and_rules() {
        const KEY: &str = "[HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\SrpV2\\Exe";
        let locker = read_all(&format!(
            "{KEY}]\n\"EnforcementMode\"=dword:1\n{KEY}\\{{1}}]\n\"Value\"=\"<FilePathRule Name='n' UserOrGroupSid='S-1-1-0' \
             Action='Allow'><Conditions><FilePathCondition Path='*'/></Conditions></FilePathRule>\"\n\
             {KEY}\\{{2}}]\n\"Value\"=\"nonsense\"\n"
        ))
        .applocker
        .unwrap()
        .value;
        assert_eq!((locker.audits, locker.rules.len()), (Some(false), 2));
        assert_eq!((locker.rules[0].allows, locker.rules[1].allows), (Some(true), None));
    }

    #[test]
    fn handlers_tell_what_became_of_them() {
        const STATE: &str = "[HKLM\\SOFTWARE\\Microsoft\\Windows Azure\\HandlerState";
        const NAME: &str = "Microsoft.Azure.RecoveryServices.VMSnapshot";
        let extension = machine(&format!(
            "{STATE}]\n\"Incarnation\"=\"2\"\n{STATE}\\{NAME}_1.0.111.0]\n\"InstallState\"=\"Enabled\"\n\"SequenceNumber\"=\"7\"\n\
             {STATE}\\{NAME}_1.0.112.0]\n\"InstallState\"=\"NotInstalled\"\n{STATE}\\A.B_1.2]\n{STATE}\\A.B]\n\"InstallState\"=\"x\"\n",
        ))
        .extension;
        let told: Vec<_> = extension.handlers.iter().map(|handler| handler.version.as_str()).collect();
        assert_eq!(told, ["1.0.111.0", "1.0.112.0"]);
        assert!(extension.handlers[0].is_snapshot());
        assert_eq!(extension.current()[0].version, "1.0.111.0");
        let place = &extension.handlers[0].state.as_ref().unwrap().place;
        assert!(place.pointer.as_str().contains("HandlerState"));
    }

    #[test]
    fn an_export_of_other_things_says_nothing() {
        let export = Export::parse("REGEDIT4\n[HKEY_CURRENT_USER\\Software\\X]\n\"a\"=\"b\"\n");
        assert!(!read(&export, &"r".into(), &mut Machine::default()));
    }
}
