//! What of a Windows registry is looked at, and nothing else of it.
//!
//! A document holds keys that belong together, in the form of an export. An export that holds a key says of the keys below
//! that they are not there where it has none: so either all that is asked for below a key is listed here, or not the key.

use crate::wire::RegistryValue;

/// A root of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hive {
    /// `HKEY_LOCAL_MACHINE`.
    Machine,
    /// `HKEY_USERS`.
    Users,
    /// `HKEY_CURRENT_USER`.
    User,
}

/// A key, and how much of what is below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Branch {
    /// The document that holds it: `registry/<this>.reg`.
    pub(super) document: &'static str,
    /// Where it begins.
    pub(super) hive: Hive,
    /// From there.
    pub(super) path: &'static str,
    /// How many levels of keys below it are taken.
    pub(super) depth: u8,
    /// Which values of each key.
    pub(super) values: Values,
}

/// Which values of a key are taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    /// These, in whichever case they are written.
    Named(&'static [&'static str]),
    /// Those whose text holds this.
    Holding(&'static str),
    /// All of them.
    All,
}

impl Hive {
    /// As an export writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Machine => "HKEY_LOCAL_MACHINE",
            Self::Users => "HKEY_USERS",
            Self::User => "HKEY_CURRENT_USER",
        }
    }
}

impl Branch {
    /// Its whole path.
    pub(super) fn whole(&self) -> String {
        format!("{}\\{}", self.hive.name(), self.path)
    }

    /// Whether it begins below the key of this whole path.
    pub(super) fn is_below(&self, path: &str) -> bool {
        self.whole().strip_prefix(path).is_some_and(|rest| rest.starts_with('\\'))
    }
}

impl Values {
    /// Whether a value is taken.
    pub(super) fn take(self, name: &str, value: &RegistryValue) -> bool {
        let holds =
            |part: &str| if let RegistryValue::Text(text) = value { text.contains(part) } else { false };
        match self {
            Self::Named(_) | Self::All => self.may_take(name),
            Self::Holding(part) => holds(part),
        }
    }

    /// Whether a value may be taken, as far as its name tells.
    pub(super) fn may_take(self, name: &str) -> bool {
        match self {
            Self::Named(names) => names.iter().any(|known| known.eq_ignore_ascii_case(name)),
            Self::Holding(_) | Self::All => true,
        }
    }
}

const fn machine(document: &'static str, path: &'static str, depth: u8, values: Values) -> Branch {
    Branch { document, hive: Hive::Machine, path, depth, values }
}

const fn account(hive: Hive, path: &'static str) -> Branch {
    Branch { document: "proxies", hive, path, depth: 0, values: Values::Named(PROXY) }
}

const fn service(path: &'static str) -> Branch {
    machine("services", path, 0, Values::Named(&["Start", "ObjectName"]))
}

/// Values that say something about proxies, plain and packed.
const PROXY: &[&str] = &[
    "ProxyEnable",
    "ProxyServer",
    "ProxyOverride",
    "AutoConfigURL",
    "ProxySettingsPerUser",
    "DefaultConnectionSettings",
    "WinHttpSettings",
];
const FIREWALL: Values = Values::Named(&[
    "EnableFirewall",
    "DefaultInboundAction",
    "DefaultOutboundAction",
    "DoNotAllowExceptions",
    "AllowLocalPolicyMerge",
]);
/// Of the rules of the firewall those about what leaves the machine.
const OUTBOUND: Values = Values::Holding("|Dir=Out|");
const RUNTIME: Values = Values::Named(&["SchUseStrongCrypto", "SystemDefaultTlsVersions"]);

/// The settings of proxies: of the account SYSTEM, of the SQL plugin's, of the machine, and of whoever asks.
pub(super) const PROXIES: &[Branch] = &[
    account(Hive::Users, r"S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings"),
    account(Hive::Users, r"S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"),
    account(
        Hive::Users,
        r"S-1-5-80-1631947889-4033244730-3205203906-53534054-4184208151\Software\Microsoft\Windows\CurrentVersion\Internet Settings",
    ),
    account(
        Hive::Users,
        r"S-1-5-80-1631947889-4033244730-3205203906-53534054-4184208151\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections",
    ),
    account(Hive::Machine, r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings"),
    account(Hive::Machine, r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"),
    account(Hive::Machine, r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"),
    account(Hive::User, r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"),
    account(Hive::User, r"Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"),
];

/// Everything else that the checks of a Windows guest read.
pub(super) const BRANCHES: &[Branch] = &[
    machine(
        "agent",
        r"SOFTWARE\Microsoft\GuestAgent",
        0,
        Values::Named(&[
            "GuestAgentVersion",
            "HeartbeatLastStatusUpdateTime",
            "Incarnation",
            "Update-NewGAVersion",
            "VmProvisionedAt",
        ]),
    ),
    machine("agent", r"SOFTWARE\Microsoft\Virtual Machine\Guest", 0, Values::Named(&["GuestAgentVersion"])),
    machine("agent", r"SOFTWARE\Microsoft\BcdrAgentPersistentKeys", 0, Values::All),
    machine(
        "extensions",
        r"SOFTWARE\Microsoft\Windows Azure\HandlerState",
        1,
        Values::Named(&["InstallState"]),
    ),
    machine(
        "applocker",
        r"SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe",
        1,
        Values::Named(&["EnforcementMode", "Value"]),
    ),
    machine(
        "system",
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion",
        0,
        Values::Named(&[
            "ProductName",
            "CurrentBuild",
            "CurrentBuildNumber",
            "UBR",
            "EditionID",
            "InstallationType",
        ]),
    ),
    machine(
        "system",
        r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
        0,
        Values::Named(&["PROCESSOR_ARCHITECTURE"]),
    ),
    machine(
        "security",
        r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL",
        3,
        Values::Named(&["Enabled", "DisabledByDefault"]),
    ),
    machine("security", r"SOFTWARE\Microsoft\.NETFramework", 0, Values::Named(&["Enable64Bit"])),
    machine("security", r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319", 0, RUNTIME),
    machine("security", r"SOFTWARE\WOW6432Node\Microsoft\.NETFramework\v4.0.30319", 0, RUNTIME),
    machine(
        "security",
        r"SOFTWARE\Microsoft\NET Framework Setup\NDP",
        2,
        Values::Named(&["Release", "Version"]),
    ),
    service(r"SYSTEM\CurrentControlSet\Services\RdAgent"),
    service(r"SYSTEM\CurrentControlSet\Services\WindowsAzureGuestAgent"),
    service(r"SYSTEM\CurrentControlSet\Services\AppIDSvc"),
    service(r"SYSTEM\CurrentControlSet\Services\BFE"),
    service(r"SYSTEM\CurrentControlSet\Services\COMSysApp"),
    service(r"SYSTEM\CurrentControlSet\Services\CryptSvc"),
    service(r"SYSTEM\CurrentControlSet\Services\Dhcp"),
    service(r"SYSTEM\CurrentControlSet\Services\EventSystem"),
    service(r"SYSTEM\CurrentControlSet\Services\KeyIso"),
    service(r"SYSTEM\CurrentControlSet\Services\MSDTC"),
    service(r"SYSTEM\CurrentControlSet\Services\MpsSvc"),
    service(r"SYSTEM\CurrentControlSet\Services\RpcSs"),
    service(r"SYSTEM\CurrentControlSet\Services\swprv"),
    service(r"SYSTEM\CurrentControlSet\Services\VSS"),
    service(r"SYSTEM\CurrentControlSet\Services\W32Time"),
    service(r"SYSTEM\CurrentControlSet\Services\Winmgmt"),
    service(r"SYSTEM\CurrentControlSet\Services\msiserver"),
    machine(
        "firewall",
        r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile",
        0,
        FIREWALL,
    ),
    machine(
        "firewall",
        r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile",
        0,
        FIREWALL,
    ),
    machine(
        "firewall",
        r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile",
        0,
        FIREWALL,
    ),
    machine(
        "firewall",
        r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules",
        0,
        OUTBOUND,
    ),
    machine("firewall", r"SOFTWARE\Policies\Microsoft\WindowsFirewall\DomainProfile", 0, FIREWALL),
    machine("firewall", r"SOFTWARE\Policies\Microsoft\WindowsFirewall\StandardProfile", 0, FIREWALL),
    machine("firewall", r"SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile", 0, FIREWALL),
    machine("firewall", r"SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules", 0, OUTBOUND),
    machine(
        "network",
        r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
        0,
        Values::Named(&["DataBasePath", "NameServer", "SearchList", "Domain"]),
    ),
    machine(
        "network",
        r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces",
        1,
        Values::Named(&[
            "EnableDHCP",
            "DhcpServer",
            "DhcpIPAddress",
            "DhcpNameServer",
            "DhcpInterfaceOptions",
            "LeaseTerminatesTime",
            "IPAddress",
            "NameServer",
        ]),
    ),
];

#[cfg(test)]
mod tests {
    use super::super::lists;
    use super::*;

    #[test]
    fn branches_of_a_document_stand_together_and_none_comes_twice() {
        let all: Vec<&Branch> = PROXIES.iter().chain(BRANCHES).collect();
        let mut documents: Vec<&str> = all.iter().map(|branch| branch.document).collect();
        documents.dedup();
        let mut once = documents.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(documents.len(), once.len(), "{documents:?}");
        let mut paths: Vec<String> = all.iter().map(|branch| branch.whole().to_ascii_lowercase()).collect();
        paths.sort_unstable();
        let count = paths.len();
        paths.dedup();
        assert_eq!(count, paths.len());
    }

    #[test]
    fn values_are_taken_by_name_or_by_what_they_hold() {
        let number = RegistryValue::Number(4);
        let text = |text: &str| RegistryValue::Text(text.to_owned());
        let start = Values::Named(&["Start"]);
        assert!(start.take("START", &number) && !start.take("Other", &number) && !start.may_take("Other"));
        assert!(OUTBOUND.take("{x}", &text("v2.30|Action=Block|Dir=Out|")) && OUTBOUND.may_take("{x}"));
        assert!(!OUTBOUND.take("{x}", &text("|Dir=In|")) && !OUTBOUND.take("{x}", &number));
        assert!(Values::All.take("", &number));
    }

    #[test]
    fn a_branch_is_below_another_by_whole_names() {
        let [above, below] = [0, 1].map(|at| &PROXIES[at]);
        assert!(below.is_below(&above.whole()) && !above.is_below(&above.whole()));
        assert!(!below.is_below(&above.whole()[..above.whole().len() - 1]));
    }

    /// `docs/collect.ps1` gathers the same where no program may run.
    #[test]
    fn the_collector_for_powershell_looks_at_the_same() {
        let script = include_str!("../../../docs/collect.ps1");
        for branch in PROXIES.iter().chain(BRANCHES) {
            let last = branch.path.rsplit('\\').next().unwrap();
            assert!(script.contains(last), "{}", branch.path);
            match branch.values {
                Values::Named(names) => {
                    for name in names {
                        assert!(script.contains(&format!("'{name}'")), "{name}");
                    }
                }
                Values::Holding(part) => assert!(script.contains(&format!("'{part}'")), "{part}"),
                Values::All => {}
            }
        }
        for order in lists::WINDOWS_ORDERS {
            let name = order.document.trim_start_matches("commands/");
            let arguments: Vec<String> =
                order.arguments.iter().map(|argument| format!("'{argument}'")).collect();
            let line = format!("'{name}' '{}' @({}) ${}", order.program, arguments.join(", "), order.root);
            assert!(script.contains(&line), "{line}");
        }
        // In the script folders that come often have names of their own.
        let named = |path: &str| {
            let path =
                path.replace("Microsoft.Azure.RecoveryServices.VMSnapshot", "$extension").replace('/', "\\");
            path.replace(r"\WindowsAzure\Logs\", r"$logs\")
        };
        let folders = lists::FOLDERS.iter().filter(|folder| folder.starts_with("/Packages/"));
        for path in lists::WINDOWS.iter().map(|wanted| wanted.pattern).chain(folders.copied()) {
            assert!(script.contains(&named(path)), "{}", named(path));
        }
        for path in lists::EXECUTABLES {
            let mut parts = path.rsplit('/');
            let (program, folder) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(
                script.contains(&format!("'{program}'")) && script.contains(&format!("'{folder}'")),
                "{path}"
            );
        }
    }
}
