//! The certificate by which the host knows the VM agent is out of date.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::finding::documented;
use super::{About, Case, Check, Conclusion, Evidence, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::facts::Missing;
use crate::vm::OsFamily;

pub(super) const CHECK: Check = Check {
    id: "guest-agent-certificate-expired",
    title: "the certificate of the VM agent is out of date",
    severity: Severity::Warning,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

/// The certificate; its key lies beside it and is not read.
const PATH: &str = "/var/lib/waagent/TransportCert.pem";

const EXPLANATION: &str = "\
## What it checks

From when until when the certificate is valid that the VM agent for Linux made for its talk with the host: \
`TransportCert.pem`. Its private key is not read.

## Why it matters for backup

The host encrypts the settings of extensions for this certificate. A certificate that has expired, or a clock by which it \
has, is what Microsoft's support names for `GuestAgentCertificateNotFound`.

## How it decides

By the clock of the machine where it was looked at while it ran, else by `--as-of`: expired warns, and so does one that is \
not valid yet, which points at the clock. Both dates around that moment pass. No certificate, or one that root alone may \
read, is inconclusive. Not applicable without an agent; not examined on Windows, whose store is not read.

## How to fix

Set the clock right. Then stop the agent, take `TransportCert.pem` and `TransportPrivate.pem` out of its folder, and start \
it: it makes new ones. If that is not enough, stop the VM so that it is deallocated, and start it.

## References

- https://github.com/TheresaLui/SelfHelpContent_v2/tree/7f86468ac6/articles/microsoft.recoveryservices
- https://github.com/Azure/WALinuxAgent/tree/a976115fd
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    let machine = case.machine_with_agent()?;
    if machine.family() == Some(OsFamily::Windows) {
        return Err(Withheld::NotExamined { missing: Missing::new("the certificates of Windows") });
    }
    let Some(read) = &machine.agent.certificate else { return Err(case.unread(PATH)) };
    let (from, until) = (read.value.from, read.value.until);
    let now = now(case)?;
    let evidence = vec![
        Evidence::text("valid from", from.to_string()),
        Evidence::text("valid until", until.to_string()),
        Evidence::text("looked at", now.to_string()),
    ];
    let claim = if now > until {
        "has expired"
    } else if now < from {
        "is not valid yet: look at the clock of the machine"
    } else {
        return Ok(Conclusion::Pass(evidence));
    };
    let mut found = Finding::new(format!("the certificate of the VM agent {claim}"), case.vm()?.id.as_str())
        .at(&read.place)
        .citing(documented(&["CRC", "WALA"]));
    found.evidence = evidence;
    let remedy = Remediation::new("set the clock right, then have the agent make a new certificate")
        .step("as root: stop the agent, move `TransportCert.pem` and `TransportPrivate.pem` out of its folder, start it")
        .step("if that is not enough: stop the VM so that it is deallocated, and start it");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}

/// When the certificate has to be valid: when it was looked at on a machine that ran, else on the day asked about.
fn now(case: &Case<'_>) -> Result<Timestamp, Withheld> {
    if let Some(at) = case.live("clock").ok().and_then(|survey| survey.collected_at) {
        return Ok(at);
    }
    let noon = case.question.as_of.at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
    noon.map(|noon| noon.timestamp())
        .map_err(|_| Withheld::inconclusive("the day asked about is out of range"))
}
