//! The certificate by which the host knows the VM agent is out of date.

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

By the clock of the machine when it was looked at while it ran: expired warns, and so does one that is not valid yet, which \
points at the clock. Both dates around that moment pass. No certificate, or one that root alone may read, is inconclusive. \
Not applicable to a disk or a machine that is off, as the agent makes a new certificate when it starts, nor without an \
agent; not examined on Windows, whose store is not read.

## How to fix

Set the clock right, then restart the agent: it makes a new certificate when it starts. If that is not enough, stop the VM so \
that it is deallocated, and start it.

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
    let survey = case.survey()?;
    if !survey.live {
        let reason = "the VM agent makes a new certificate when it starts: that of a disk does not count";
        return Err(Withheld::out_of_sight(reason));
    }
    let now =
        survey.collected_at.ok_or_else(|| Withheld::inconclusive("the clock of the machine is not told"))?;
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
    let remedy =
        Remediation::new("set the clock right, then restart the VM agent: it makes a new certificate")
            .step("if that is not enough: stop the VM so that it is deallocated, and start it");
    Ok(Conclusion::Fail(vec![found.remedied_by(remedy)]))
}
