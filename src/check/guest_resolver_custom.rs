//! The VM asks name servers of its own.

use super::finding::documented;
use super::path::{asked, is_platform};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::platform::WIRE_SERVER;
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{Asked, Read, Resolver, ResolverKind};
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-resolver-custom",
    title: "the VM asks other name servers than the platform's",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// What programs read.
const PROGRAMS: &str = "/etc/resolv.conf";
/// Where Windows keeps the name servers of its interfaces.
const INTERFACES: &str = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces";

const EXPLANATION: &str = "\
## What it checks

Which name servers the guest asks: those of `/etc/resolv.conf`, and behind systemd-resolved those that it asks in its turn; \
of Windows those of each interface that has an address, written down or by DHCP, as the registry keeps them.

## Why it matters for backup

Every service of backup is named by host. Other name servers than 168.63.129.16 must resolve public names, and must ask \
168.63.129.16 for the names of private endpoints: their private zones are known there alone.

## How it decides

A note where other servers are asked; a warning where none is. What they answer a probe tells. Inconclusive where a program \
of the machine answers and nothing says whom it asks. On a disk whose `resolv.conf` leads into `/run` only what \
systemd-resolved is set to counts, and without that it is not applicable: the rest comes when the machine starts. Not \
applicable either where nothing has to be resolved.

## How to fix

Let the servers forward to 168.63.129.16, or take the name servers by DHCP. Where none is named, name one.

## References

- https://learn.microsoft.com/azure/private-link/private-endpoint-dns
- https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.guest()?;
    if asked(case, &|requirement| !is_platform(requirement)).is_err() {
        return Err(Withheld::not_applicable("backup of this VM resolves no name of a public service"));
    }
    let subject = case.vm()?.id.as_str();
    match machine.names.asked() {
        None => match configured(case) {
            Some(read) => Ok(Conclusion::Fail(vec![own(read, subject)])),
            None => Err(unread(case)),
        },
        Some(Asked::Nobody(read)) => {
            let message = format!("`{}` names no name server", read.place.document.escape_debug());
            let found = finding(read, message, subject).weighing(Severity::Warning).remedied_by(name_one());
            Ok(Conclusion::Fail(vec![found]))
        }
        Some(Asked::Through(_, address)) => Err(Withheld::inconclusive(format!(
            "names are resolved by a program of this machine, at {address}; nothing that was read says whom it asks"
        ))),
        Some(Asked::Servers(read)) => {
            if read.value.is_platform() {
                return Ok(Conclusion::Pass(vec![evidence(read)]));
            }
            Ok(Conclusion::Fail(vec![own(read, subject)]))
        }
    }
}

/// What systemd-resolved of a disk is set to ask, where programs of the disk ask it.
fn configured<'f>(case: &Case<'f>) -> Option<&'f Read<Resolver>> {
    let mut set = case.guest().ok()?.names.resolvers.iter().rev();
    let is_foreign = |read: &Resolver| read.more || read.servers.iter().any(|server| *server != WIRE_SERVER);
    set.find(|read| read.value.kind == ResolverKind::Configured && is_foreign(&read.value))
        .filter(|_| is_made_at_start(case) && case.linked(PROGRAMS).contains("/systemd/resolve/"))
}

/// Whether whom programs ask is written anew whenever the machine starts, and this is its disk.
fn is_made_at_start(case: &Case<'_>) -> bool {
    case.survey().is_ok_and(|survey| !survey.live)
        && ["/run/", "/var/run/"].iter().any(|folder| case.linked(PROGRAMS).starts_with(folder))
}

fn unread(case: &Case<'_>) -> Withheld {
    if is_made_at_start(case) {
        return Withheld::out_of_sight(format!(
            "`{PROGRAMS}` leads into `/run`, which is made when the machine starts: a disk does not have it"
        ));
    }
    match case.survey().ok().and_then(|survey| survey.system) {
        Some(OsFamily::Linux) => case.unread(PROGRAMS),
        Some(OsFamily::Windows) => case.unregistered(INTERFACES),
        None => Withheld::NotExamined { missing: Missing::new("whom the machine asks for names") },
    }
}

fn own(read: &Read<Resolver>, subject: &str) -> Finding {
    let message = format!("names are resolved by {}: they must forward to {WIRE_SERVER}", servers(read));
    finding(read, message, subject)
}

fn finding(read: &Read<Resolver>, message: String, subject: &str) -> Finding {
    Finding::new(message, subject)
        .at(&read.place)
        .with(evidence(read))
        .citing(documented(&["PEDNS", "WIRE"]))
        .remedied_by(
            Remediation::new("let the servers forward to 168.63.129.16, or take them by DHCP")
                .step("resolve a host of the service through each server and through 168.63.129.16: the answers must agree")
                .link("https://learn.microsoft.com/azure/private-link/private-endpoint-dns"),
        )
}

fn name_one() -> Remediation {
    Remediation::new("take the name servers by DHCP, or name one: 168.63.129.16, or one that forwards to it")
        .step("restart what keeps the name servers of this machine (systemd-resolved, NetworkManager, the DHCP client), or the machine")
        .step("look whether a name server is named then")
}

fn evidence(read: &Read<Resolver>) -> Evidence {
    let place = read.place.document.escape_debug();
    Evidence::text("name servers", format!("{} (`{place}`)", servers(read)))
}

fn servers(read: &Read<Resolver>) -> String {
    let mut texts: Vec<String> = read.value.servers.iter().map(ToString::to_string).collect();
    if read.value.more {
        texts.push("something that is no address".to_owned());
    }
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}
