//! The VM asks name servers of its own.

use super::finding::documented;
use super::path::{asked, is_platform};
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::azure::platform::WIRE_SERVER;
use crate::backup::Severity;
use crate::facts::Missing;
use crate::guest::{Asked, Read, Resolver};
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

const EXPLANATION: &str = "\
## What it checks

Which name servers the guest asks: those of `/etc/resolv.conf`, and behind systemd-resolved those that it asks in its turn.

## Why it matters for backup

Every service of backup is named by host. Other name servers than 168.63.129.16 must resolve public names, and must ask \
168.63.129.16 for the names of private endpoints: their private zones are known there alone.

## How it decides

A note where other servers are asked; a warning where none is. What they answer a probe tells. Inconclusive where a program \
of the machine answers and nothing says whom it asks. Not applicable where nothing has to be resolved.

## How to fix

Let the servers forward to 168.63.129.16, or take the name servers by DHCP.

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
        None => Err(unread(case)),
        Some(Asked::Nobody(read)) => {
            let message = format!("`{}` names no name server", read.place.document.escape_debug());
            Ok(Conclusion::Fail(vec![finding(read, message, subject).weighing(Severity::Warning)]))
        }
        Some(Asked::Through(_, address)) => Err(Withheld::inconclusive(format!(
            "names are resolved by a program of this machine, at {address}; nothing that was read says whom it asks"
        ))),
        Some(Asked::Servers(read)) => {
            if read.value.servers.iter().all(|server| *server == WIRE_SERVER) && !read.value.more {
                return Ok(Conclusion::Pass(vec![evidence(read)]));
            }
            let message =
                format!("names are resolved by {}: they must forward to {WIRE_SERVER}", servers(read));
            Ok(Conclusion::Fail(vec![finding(read, message, subject)]))
        }
    }
}

fn unread(case: &Case<'_>) -> Withheld {
    match case.survey().ok().and_then(|survey| survey.system) {
        Some(OsFamily::Linux) => case.unread("/etc/resolv.conf"),
        Some(OsFamily::Windows) | None => {
            Withheld::NotExamined { missing: Missing::new("whom the machine asks for names") }
        }
    }
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
