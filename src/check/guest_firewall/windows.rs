//! The firewall of Windows.

use super::{PORTS, ports};
use crate::azure::platform::WIRE_SERVER;
use crate::check::finding::documented;
use crate::check::{Conclusion, Evidence, Finding, Remediation, Withheld};
use crate::facts::Missing;
use crate::guest::Read;
use crate::guest::firewall::{WindowsDecider, WindowsFirewall, WindowsVerdict};
use crate::script::powershell::quoted;

/// Nothing was read of it.
pub(in crate::check) fn missing() -> Withheld {
    let what = "the rules of the Windows firewall: an export of `HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\\
                Parameters\\FirewallPolicy`";
    Withheld::NotExamined { missing: Missing::new(what) }
}

/// Concludes about a machine of Windows.
pub(in crate::check) fn conclude(
    read: &Read<WindowsFirewall>,
    subject: &str,
) -> Result<Conclusion, Withheld> {
    let mut stopped: Vec<(WindowsDecider<'_>, Vec<u16>)> = Vec::new();
    let mut open = None;
    for port in PORTS {
        match read.value.judge(WIRE_SERVER, port) {
            WindowsVerdict::Accepted => {}
            WindowsVerdict::Stopped(by) => match stopped.iter_mut().find(|(known, _)| *known == by) {
                Some((_, ports)) => ports.push(port),
                None => stopped.push((by, vec![port])),
            },
            WindowsVerdict::Open(because) => open = open.or(because.first().map(|by| (named(by), port))),
        }
    }
    if let (true, Some((by, port))) = (stopped.is_empty(), open) {
        let reason = format!(
            "whether the VM agent reaches {WIRE_SERVER} port {port} depends on what is not known of the Windows firewall \
             here, such as which profile counts: {by}"
        );
        return Err(Withheld::inconclusive(reason));
    }
    let findings = stopped.iter().map(|(by, ports)| finding(read, by, ports, subject)).collect();
    let says = format!("{} rules for what leaves", read.value.rules.len());
    Ok(Conclusion::of(findings, vec![Evidence::text("the Windows firewall", says)]))
}

fn named(by: &WindowsDecider<'_>) -> String {
    match by {
        WindowsDecider::Rule(rule) => {
            format!("the rule `{}` (`{}`)", rule.title.escape_debug(), rule.id.escape_debug())
        }
        WindowsDecider::Default(profile) => {
            format!("what the profile {profile} does with connections that no rule allows")
        }
    }
}

fn finding(read: &Read<WindowsFirewall>, by: &WindowsDecider<'_>, stopped: &[u16], subject: &str) -> Finding {
    let message = format!(
        "the Windows firewall stops what the VM agent sends to {WIRE_SERVER} {}: {}",
        ports(stopped),
        named(by)
    );
    Finding::new(message, subject)
        .at(&read.place)
        .with(Evidence::text("decided by", named(by)))
        .citing(documented(&["WIRE", "TSAGENT"]))
        .remedied_by(remedy(by))
}

fn remedy(by: &WindowsDecider<'_>) -> Remediation {
    let start = Remediation::new("let the VM agent pass the Windows firewall")
        .link("https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16");
    match by {
        WindowsDecider::Rule(rule) if rule.by_policy => {
            start.step("a group policy sets the rule: take it out there, then `gpupdate /force`")
        }
        WindowsDecider::Rule(rule) => {
            let command = format!("Disable-NetFirewallRule -Name {}", quoted(&rule.id));
            start.step(format!("in PowerShell, as administrator: `{command}`"))
        }
        WindowsDecider::Default(_) => {
            let ports: Vec<String> = PORTS.iter().map(ToString::to_string).collect();
            let command = format!(
                "New-NetFirewallRule -DisplayName 'Azure host' -Direction Outbound -Action Allow -Protocol TCP \
                 -RemoteAddress {WIRE_SERVER} -RemotePort {}",
                ports.join(",")
            );
            start.step(format!("in PowerShell, as administrator: `{command}`"))
        }
    }
}
