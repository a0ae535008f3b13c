//! What is looked at on a machine, and nothing else of it.
//!
//! Patterns are paths from the machine's root with `/`; each part may hold one `*`.

use super::root::How;

/// A file that is small, or is of no use by halves.
const SMALL: How = How::Whole(1 << 20);
/// A log: what happened last.
const LOG: How = How::Tail(1 << 20);

/// A kind of files that is read, where it is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Which.
    pub(super) pattern: &'static str,
    /// How much of each.
    pub(super) how: How,
    /// Whether of each only what is about proxies is kept: such files hold anything else, too.
    pub(super) proxies_only: bool,
}

const fn proxies(pattern: &'static str) -> Wanted {
    Wanted { pattern, how: SMALL, proxies_only: true }
}

const fn whole(pattern: &'static str) -> Wanted {
    Wanted { pattern, how: SMALL, proxies_only: false }
}

const fn log(pattern: &'static str) -> Wanted {
    Wanted { pattern, how: LOG, proxies_only: false }
}

/// A file of which only that it is there tells something.
const fn mark(pattern: &'static str) -> Wanted {
    Wanted { pattern, how: How::Head(0), proxies_only: true }
}

/// Files that say something about proxies.
pub(super) const PROXIES: &[Wanted] = &[
    proxies("/etc/environment"),
    proxies("/etc/waagent.conf"),
    proxies("/usr/share/defaults/waagent/waagent.conf"),
    proxies("/usr/share/oem/waagent.conf"),
    proxies("/etc/default/walinuxagent"),
    proxies("/etc/sysconfig/waagent"),
    proxies("/etc/systemd/system.conf"),
    proxies("/opt/msawb/bin/ExtensionSettingsOverrides.json"),
    proxies("/etc/systemd/system/walinuxagent.service"),
    proxies("/etc/systemd/system/waagent.service"),
    proxies("/run/systemd/system/walinuxagent.service"),
    proxies("/lib/systemd/system/walinuxagent.service"),
    proxies("/usr/lib/systemd/system/walinuxagent.service"),
    proxies("/usr/lib/systemd/system/waagent.service"),
    proxies("/etc/apt/apt.conf"),
    proxies("/etc/apt/apt.conf.d/*"),
    proxies("/etc/yum.conf"),
    proxies("/etc/dnf/dnf.conf"),
    proxies("/etc/profile.d/*.sh"),
    proxies("/etc/systemd/system.conf.d/*.conf"),
    proxies("/etc/systemd/system/service.d/*.conf"),
    proxies("/etc/systemd/system/walinuxagent.service.d/*.conf"),
    proxies("/etc/systemd/system/waagent.service.d/*.conf"),
    proxies("/run/systemd/system/walinuxagent.service.d/*.conf"),
    proxies("/run/systemd/system/waagent.service.d/*.conf"),
    proxies("/lib/systemd/system/walinuxagent.service.d/*.conf"),
    proxies("/usr/lib/systemd/system/walinuxagent.service.d/*.conf"),
    proxies("/usr/lib/systemd/system/waagent.service.d/*.conf"),
];

/// Other files of Linux that the checks of the guest read.
pub(super) const LINUX: &[Wanted] = &[
    whole("/etc/os-release"),
    log("/var/log/waagent.log"),
    whole("/etc/azure/vmbackup.conf"),
    // Never `config/*.settings`: they hold what is protected.
    whole("/var/lib/waagent/*/config/HandlerState"),
    whole("/var/lib/waagent/*/config/HandlerStatus"),
    whole("/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-*/status/*.status"),
    log("/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/extension.log"),
    log("/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/*/extension.log"),
    whole("/etc/hosts"),
    whole("/etc/resolv.conf"),
    whole("/run/systemd/resolve/resolv.conf"),
    whole("/etc/systemd/resolved.conf"),
    whole("/etc/systemd/resolved.conf.d/*.conf"),
    whole("/etc/iptables/rules.v4"),
    whole("/etc/iptables/iptables.rules"),
    whole("/etc/sysconfig/iptables"),
    whole("/etc/nftables.conf"),
    whole("/etc/sysconfig/nftables.conf"),
    whole("/etc/firewalld/direct.xml"),
    whole("/etc/firewalld/policies/*.xml"),
    whole("/etc/default/ufw"),
    whole("/etc/ufw/ufw.conf"),
    whole("/etc/ufw/before.rules"),
    whole("/etc/ufw/user.rules"),
    whole("/etc/ufw/after.rules"),
    whole("/etc/netplan/*.yaml"),
    whole("/etc/systemd/network/*.network"),
    whole("/run/systemd/network/*.network"),
    whole("/usr/lib/systemd/network/zz-default.network"),
    whole("/etc/network/interfaces"),
    whole("/etc/network/interfaces.d/*"),
    whole("/run/network/interfaces.d/*"),
    whole("/etc/sysconfig/network-scripts/ifcfg-*"),
    whole("/etc/sysconfig/network/ifcfg-*"),
    whole("/etc/NetworkManager/system-connections/*"),
    whole("/run/NetworkManager/system-connections/*"),
    whole("/run/systemd/netif/leases/*"),
    whole("/var/lib/dhcp/dhclient*"),
    whole("/var/lib/dhclient/dhclient*"),
    whole("/var/lib/NetworkManager/*.lease"),
    whole("/var/lib/wicked/lease-*.xml"),
    whole("/run/cloud-init/instance-data.json"),
    whole("/etc/selinux/config"),
    log("/var/log/audit/audit.log"),
    log("/var/log/kern.log"),
    log("/var/log/messages"),
    log("/var/log/syslog"),
    whole("/usr/sbin/waagent"),
    whole("/usr/bin/waagent"),
    whole("/usr/local/sbin/waagent"),
    whole("/usr/share/oem/bin/waagent"),
    Wanted { pattern: "/var/lib/dpkg/status", how: How::Whole(64 << 20), proxies_only: false },
    whole("/usr/lib/python*/dist-packages/azurelinuxagent/common/version.py"),
    whole("/usr/lib/python*/site-packages/azurelinuxagent/common/version.py"),
    whole("/usr/lib/python*/site-packages/WALinuxAgent-*/azurelinuxagent/common/version.py"),
    whole("/usr/lib64/python*/site-packages/azurelinuxagent/common/version.py"),
    whole("/usr/local/lib/python*/dist-packages/azurelinuxagent/common/version.py"),
    whole("/usr/local/lib/python*/site-packages/azurelinuxagent/common/version.py"),
    whole("/usr/share/oem/python/lib/python*/site-packages/azurelinuxagent/common/version.py"),
    whole("/var/lib/waagent/WALinuxAgent-*/error.json"),
    whole("/var/lib/waagent/TransportCert.pem"),
    whole("/usr/lib/os-release"),
    whole("/etc/oracle-release"),
    whole("/etc/centos-release"),
    whole("/etc/redhat-release"),
    whole("/etc/SuSE-release"),
    whole("/etc/lsb-release"),
    whole("/etc/debian_version"),
    whole("/etc/fstab"),
    whole("/etc/systemd/system/*.mount"),
    whole("/etc/crypttab"),
    whole("/etc/mdadm.conf"),
    whole("/etc/mdadm/mdadm.conf"),
    whole("/etc/lvm/backup/*"),
];

/// What the kernel of a running Linux says.
pub(super) const RUNNING: &[Wanted] = &[
    // A host of containers has thousands of mounts.
    Wanted { pattern: "/proc/self/mountinfo", how: How::Whole(8 << 20), proxies_only: false },
    whole("/proc/mdstat"),
    whole("/proc/net/route"),
    whole("/sys/fs/selinux/enforce"),
    whole("/proc/1/cgroup"),
    mark("/.dockerenv"),
    mark("/run/.containerenv"),
];

/// Files of Windows that the checks of the guest read.
pub(super) const WINDOWS: &[Wanted] = &[
    log("/WindowsAzure/Logs/WaAppAgent.log"),
    log("/WindowsAzure/Logs/TransparentInstaller.log"),
    log("/WindowsAzure/Logs/Plugins/Microsoft.Azure.RecoveryServices.VMSnapshot/*.log"),
    log("/WindowsAzure/Logs/Plugins/Microsoft.Azure.RecoveryServices.VMSnapshot/*/*.log"),
    whole("/Windows/System32/drivers/etc/hosts"),
    whole("/WindowsAzure/Logs/AggregateStatus/aggregatestatus.json"),
    whole("/Packages/Plugins/Microsoft.Azure.RecoveryServices.VMSnapshot/*/Status/*.status"),
];

/// Programs of the VM agent for Windows whose versions are read.
pub(super) const EXECUTABLES: &[&str] = &[
    "/WindowsAzure/Packages/WaAppAgent.exe",
    "/WindowsAzure/Packages/WindowsAzureGuestAgent.exe",
    "/WindowsAzure/GuestAgent_*/WaAppAgent.exe",
    "/WindowsAzure/GuestAgent_*/WindowsAzureGuestAgent.exe",
];

/// Folders whose names alone tell something.
pub(super) const FOLDERS: &[&str] = &[
    "/var/lib/waagent",
    "/etc/systemd/system",
    "/etc/systemd/system/cloud-init.target.wants",
    "/etc/systemd/system/default.target.wants",
    "/etc/systemd/system/multi-user.target.wants",
    "/lib/systemd/system",
    "/lib/systemd/system/multi-user.target.wants",
    "/usr/lib/systemd/system",
    "/usr/lib/systemd/system/multi-user.target.wants",
    "/etc/init",
    "/etc/init.d",
    "/etc/rc.d/init.d",
    "/etc/rc.d/rc3.d",
    "/etc/rc.d/rc5.d",
    "/etc/rc2.d",
    "/etc/rc3.d",
    "/etc/rc5.d",
    "/etc/runlevels/default",
    "/bin",
    "/usr/bin",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/share/oem/python/bin",
    "/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-*",
    "/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-*/main/safefreeze*/bin",
    "/Packages/Plugins",
    "/Packages/Plugins/Microsoft.Azure.RecoveryServices.VMSnapshot",
    "/Packages/Plugins/Microsoft.Azure.RecoveryServices.VMSnapshot/*",
    "/var/lib/azure_disk_encryption_config",
    "/boot/luks",
    "/etc/zfs",
    "/etc/lvm/backup",
    "/dev/disk/azure",
    "/dev/disk/azure/scsi1",
    "/dev/disk/azure/data/by-lun",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers/storage",
    "/var/lib/kubelet",
];

/// Files of the snapshot extension whose presence tells something.
const FILES_OF_EXTENSION: [&str; 3] = ["HandlerManifest.json", "main", "safefreeze"];

/// Names that tell something wherever they stand.
const TELLING: [&str; 9] =
    ["azure_crypt_mount", "osluksheader", "zpool.cache", "root", "os", "resource", "scsi0", "scsi1", "data"];

/// Which names of a folder are kept: those of agents and their services, of extensions with their versions, of disks, of Python;
/// the rest is nobody's business.
pub(super) fn is_telling(name: &str) -> bool {
    let unit = name.strip_prefix("lun").unwrap_or(name);
    let is_version = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    name.starts_with("WALinuxAgent-")
        || name.starts_with("Microsoft.Azure.RecoveryServices.")
        || name.starts_with("Microsoft.Azure.Security.AzureDiskEncryption")
        || TELLING.contains(&name)
        || FILES_OF_EXTENSION.contains(&name)
        || name.contains("waagent")
        || name.contains("walinuxagent")
        || name == "disable_agent"
        || is_version(unit)
        || name.trim_start_matches("platform-").strip_prefix("python").is_some_and(is_version)
}

/// Parts of the names of documents and places that tell something of the VM agent: of its package, its service, its programs,
/// its state and what it runs under.
const OF_AGENT: [&str; 12] = [
    "waagent",
    "walinuxagent",
    "agent.txt",
    "of the VM agent",
    "/dpkg/status",
    "azurelinuxagent",
    "python",
    "/systemd/system",
    "WindowsAzure",
    "GuestAgent",
    "RdAgent",
    "System32\\config\\",
];
/// The folders of programs, in which the agent and what it runs under stand.
const OF_PROGRAMS: [&str; 4] = ["/bin", "/usr/bin", "/usr/libexec", "/usr/local/bin"];

/// Whether a document or a place that could not be read might have told something of the VM agent.
pub(super) fn is_of_agent(path: &str) -> bool {
    OF_PROGRAMS.contains(&path) || OF_AGENT.iter().any(|part| path.contains(part))
}

/// Links whose target alone tells something; those of `/proc` while the machine runs.
pub(super) const LINKS: &[&str] = &[
    "/etc/alternatives/python",
    "/etc/alternatives/python2",
    "/etc/alternatives/python3",
    "/etc/alternatives/unversioned-python",
    "/etc/resolv.conf",
    "/etc/systemd/system/walinuxagent.service",
    "/etc/systemd/system/waagent.service",
    "/etc/systemd/system/multi-user.target.wants/walinuxagent.service",
    "/etc/systemd/system/multi-user.target.wants/waagent.service",
    "/proc/self/ns/pid",
    "/usr/bin/python",
    "/usr/bin/python2",
    "/usr/bin/python3",
    "/usr/libexec/platform-python",
    "/var",
    "/var/lib",
    "/var/lib/waagent",
];

/// Paths whose file systems are measured.
#[cfg(unix)]
pub(super) const VOLUMES: &[&str] =
    &["/", "/var", "/var/lib", "/var/lib/waagent", "/var/log", "/var/log/azure", "/tmp"];

/// A command that only reads, and the document that its output becomes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// The name of the document.
    pub(super) document: &'static str,
    /// The program, without folder.
    pub(super) program: &'static str,
    /// Its arguments.
    pub(super) arguments: &'static [&'static str],
    /// Whether root alone is told everything.
    pub(super) root: bool,
}

/// Programs whose own format tells the architecture of a system that does not run.
pub(super) const PROGRAMS: &[&str] = &["/usr/bin/env", "/bin/sh", "/sbin/init"];

/// Commands of Linux.
pub(super) const ORDERS: &[Order] = &[
    Order {
        document: "commands/lsblk.txt",
        program: "lsblk",
        // In pairs: versions before 2.27 know no JSON.
        arguments: &["--pairs", "--bytes", "--output", "NAME,TYPE,FSTYPE,SIZE,MOUNTPOINT,PKNAME,HCTL"],
        root: false,
    },
    Order {
        document: "commands/waagent-version.txt",
        program: "waagent",
        arguments: &["--version"],
        root: false,
    },
    Order {
        document: "commands/systemctl-agent.txt",
        program: "systemctl",
        arguments: &[
            "show",
            "walinuxagent.service",
            "waagent.service",
            "--property=Id,LoadState,ActiveState,SubState,UnitFileState",
        ],
        root: false,
    },
    Order {
        document: "commands/ip-routes.json",
        program: "ip",
        arguments: &["-j", "-4", "route", "show"],
        root: false,
    },
    Order {
        document: "commands/nmcli-devices.txt",
        program: "nmcli",
        arguments: &["-f", "GENERAL.DEVICE,DHCP4", "device", "show"],
        root: false,
    },
    Order {
        document: "commands/chronyc-tracking.txt",
        program: "chronyc",
        arguments: &["-n", "tracking"],
        root: false,
    },
    Order { document: "commands/timedatectl.txt", program: "timedatectl", arguments: &["show"], root: false },
    Order {
        document: "commands/rpm-agent.txt",
        program: "rpm",
        arguments: &[
            "-qa",
            "--queryformat",
            "%{NAME} %{VERSION}-%{RELEASE}\\n",
            "WALinuxAgent*",
            "python*-azure-agent*",
            "waagent",
        ],
        root: false,
    },
    Order { document: "commands/iptables-save.txt", program: "iptables-save", arguments: &[], root: true },
    Order {
        document: "commands/iptables-legacy-save.txt",
        program: "iptables-legacy-save",
        arguments: &[],
        root: true,
    },
    Order {
        document: "commands/nft-ruleset.json",
        program: "nft",
        arguments: &["-j", "list", "ruleset"],
        root: true,
    },
];

/// Commands of Windows.
pub(super) const WINDOWS_ORDERS: &[Order] = &[
    Order {
        document: "commands/sc-query-RdAgent.txt",
        program: "sc.exe",
        arguments: &["query", "RdAgent"],
        root: false,
    },
    Order {
        document: "commands/sc-query-WindowsAzureGuestAgent.txt",
        program: "sc.exe",
        arguments: &["query", "WindowsAzureGuestAgent"],
        root: false,
    },
    Order {
        document: "commands/netsh-winhttp-proxy.txt",
        program: "netsh.exe",
        arguments: &["winhttp", "show", "proxy"],
        root: false,
    },
    Order {
        document: "commands/w32tm-status.txt",
        program: "w32tm.exe",
        arguments: &["/query", "/status", "/verbose"],
        root: true,
    },
    Order {
        document: "commands/vssadmin-writers.txt",
        program: "vssadmin.exe",
        arguments: &["list", "writers"],
        root: true,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_the_agent_is_told_from_what_does_not() {
        for path in [
            "/var/lib/waagent",
            "/var/lib/dpkg/status",
            "environment of the VM agent",
            "commands/systemctl-agent.txt",
            "commands/rpm-agent.txt",
            "/etc/systemd/system",
            "/usr/bin",
            r"C:\WindowsAzure\Logs\WaAppAgent.log",
            r"C:\Windows\System32\config\SOFTWARE",
            r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RdAgent",
            r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\GuestAgent",
            "commands/sc-query-WindowsAzureGuestAgent.txt",
        ] {
            assert!(is_of_agent(path), "{path}");
        }
        for path in
            ["/etc/netplan", "commands/nft-ruleset.json", "/run/systemd/netif/leases", "/etc/lvm/backup"]
        {
            assert!(!is_of_agent(path), "{path}");
        }
    }
}
