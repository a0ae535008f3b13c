//! Denials of `SELinux`, `AppArmor` and fapolicyd in the logs of a guest, as far as they are about the VM agent and its
//! extensions; and what `SELinux` is told.

use super::{Known, Text, TextReader, Told, ini};
use crate::facts::Facts;
use crate::guest::{Denial, Guard, Read, SelinuxMode};

/// A log that guards write to.
pub(super) const LOG: TextReader = TextReader { known: Known::ByName(is_log), read: read_log };
/// `/etc/selinux/config`.
pub(super) const CONFIGURATION: TextReader =
    TextReader { known: Known::ByName(is_configuration), read: read_configuration };
/// Whether `SELinux` denies at present.
pub(super) const ENFORCED: TextReader = TextReader { known: Known::ByName(is_enforced), read: read_enforced };

/// What names the VM agent or an extension: programs, folders, labels.
const OF_AGENT: [&str; 5] =
    ["waagent", "/var/log/azure", "/etc/azure", "Microsoft.Azure.RecoveryServices", "safefreeze"];

/// Whether a document is a log that guards write to.
pub(super) fn is_log(text: &Text<'_>) -> bool {
    let logs = ["log/audit/audit.log", "log/kern.log", "log/syslog", "log/messages"];
    logs.iter().any(|tail| text.is_called(tail))
}

/// Of a log only the lines that are read here: the rest is nobody's business.
pub(super) fn kept(text: &Text<'_>) -> String {
    let mut kept = String::from("# denials about the VM agent; other lines are left out\n");
    for line in text.text.lines().filter(|line| denial(line).is_some()) {
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

fn read_log(text: &Text<'_>, facts: &mut Facts) -> Told {
    facts.guest.documents += 1;
    facts.guest.security.logs.push(Read { value: (), place: text.place() });
    for value in text.text.lines().filter_map(denial) {
        facts.guest.security.denied(Read { value, place: text.place() });
    }
    Told::Something
}

/// What a line says was denied to the VM agent or to an extension.
fn denial(line: &str) -> Option<Denial> {
    if !OF_AGENT.iter().any(|word| line.contains(word)) {
        return None;
    }
    if line.contains("avc:") && line.contains("denied") {
        selinux(line)
    } else if field(line, "apparmor").as_deref() == Some("DENIED") {
        let what = field(line, "operation")?;
        Some(of_line(Guard::Apparmor, what, line, "name"))
    } else if line.contains(" dec=deny") && line.contains("fapolicyd") {
        let what = field(line, "perm").unwrap_or_else(|| "open".to_owned());
        let program = field(line, "exe");
        Some(Denial { program, ..of_line(Guard::Fapolicyd, what, line, "path") })
    } else {
        None
    }
}

/// `avc:  denied  { read open } for  pid=1 comm="python3" path="…" … permissive=0`.
fn selinux(line: &str) -> Option<Denial> {
    let (_, after) = line.split_once("denied")?;
    let (_, inside) = after.split_once('{')?;
    let (permissions, _) = inside.split_once('}')?;
    let what = permissions.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = if line.contains(" path=") { "path" } else { "name" };
    Some(of_line(Guard::Selinux, what, line, named))
}

fn of_line(guard: Guard, what: String, line: &str, path: &str) -> Denial {
    let permissive = field(line, "permissive").as_deref() == Some("1");
    Denial { guard, what, program: field(line, "comm"), path: field(line, path), permissive, count: 1 }
}

/// The value of `name=value` or `name="value"`, at the beginning of a word.
fn field(line: &str, name: &str) -> Option<String> {
    let mut rest = line;
    loop {
        let at = rest.find(name)?;
        let (before, after) = rest.split_at(at);
        let after = after.get(name.len()..)?;
        let begins = before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || c == ',');
        if let Some(value) = after.strip_prefix('=').filter(|_| begins) {
            let end = match value.strip_prefix('"') {
                Some(quoted) => return quoted.split('"').next().map(str::to_owned),
                None => value.find(char::is_whitespace).unwrap_or(value.len()),
            };
            return value.get(..end).map(str::to_owned);
        }
        rest = after;
    }
}

fn is_configuration(text: &Text<'_>) -> bool {
    text.is_called("etc/selinux/config")
}

fn read_configuration(text: &Text<'_>, facts: &mut Facts) -> Told {
    let stated = ini::entries(text.text).into_iter().rev().find(|(_, key, _)| key == "SELINUX");
    let mode = stated.and_then(|(_, _, value)| SelinuxMode::from_word(&value.to_ascii_lowercase()));
    let Some(value) = mode else { return Told::Nothing("it does not say what SELinux is to do") };
    facts.guest.documents += 1;
    facts.guest.security.configured = Some(Read { value, place: text.place() });
    Told::Something
}

fn is_enforced(text: &Text<'_>) -> bool {
    text.is_called("sys/fs/selinux/enforce")
}

fn read_enforced(text: &Text<'_>, facts: &mut Facts) -> Told {
    let value = match text.text.trim() {
        "1" => SelinuxMode::Enforcing,
        "0" => SelinuxMode::Permissive,
        _ => return Told::Nothing("neither 0 nor 1"),
    };
    facts.guest.documents += 1;
    facts.guest.security.enforced = Some(Read { value, place: text.place() });
    Told::Something
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Security;
    use crate::input::{Bundle, Document};

    const AVC: &str = "type=AVC msg=audit(1700000000.123:456): avc:  denied  { read open } for  pid=123 comm=\"python3\" \
                       path=\"/var/lib/waagent/x\" dev=\"sda1\" ino=1 scontext=system_u:system_r:init_t:s0 \
                       tcontext=unconfined_u:object_r:user_home_t:s0 tclass=file permissive=0";
    const APPARMOR: &str = "Nov 21 13:00:00 vm kernel: [1.2] audit: type=1400 audit(1700000000.1:2): apparmor=\"DENIED\" \
                            operation=\"exec\" class=\"file\" profile=\"x\" name=\"/usr/sbin/waagent\" pid=1 comm=\"sh\" \
                            requested_mask=\"x\" denied_mask=\"x\"";
    const FAPOLICYD: &str = "Nov 21 13:00:00 vm fapolicyd[1]: rule=13 dec=deny_syslog perm=execute auid=-1 pid=2 \
                             exe=/usr/bin/bash : path=/var/lib/waagent/a/b.sh ftype=text/x-shellscript trust=0";

    fn security(name: &str, text: &str) -> Security {
        let document = Document { name: name.into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        crate::wire::parse(&Bundle { documents: vec![document] }).unwrap().guest.security
    }

    #[test]
    fn denials_of_every_guard() {
        let text = format!("{AVC}\n{AVC}\n{APPARMOR}\n{FAPOLICYD}\nother waagent line\n");
        let found = security("/var/log/audit/audit.log", &text);
        let shown: Vec<_> = found
            .denials
            .iter()
            .map(|read| {
                let denial = &read.value;
                let of = |part: &Option<String>| part.clone().unwrap_or_default();
                format!(
                    "{} {} {} {} {}",
                    denial.guard,
                    denial.what,
                    of(&denial.program),
                    of(&denial.path),
                    denial.count
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "SELinux read open python3 /var/lib/waagent/x 2",
                "AppArmor exec sh /usr/sbin/waagent 1",
                "fapolicyd execute /usr/bin/bash /var/lib/waagent/a/b.sh 1",
            ]
        );
    }

    #[test]
    fn what_is_about_others_is_neither_read_nor_kept() {
        let other = AVC.replace("/var/lib/waagent/x", "/home/kim/secret");
        let text = format!("{other}\nwaagent: token=secret\n{APPARMOR}\n");
        let name = "/var/log/syslog".into();
        let kept = kept(&Text { name: &name, text: &text });
        assert!(!kept.contains("secret") && kept.contains("apparmor"), "{kept}");
        assert_eq!(security("/var/log/syslog", &text).denials, security("/var/log/syslog", &kept).denials);
        let none = security("/var/log/kern.log", "# nothing\n");
        assert_eq!((none.logs.len(), none.denials.len()), (1, 0));
    }

    #[test]
    fn what_is_only_reported_is_told() {
        let text = AVC.replace("permissive=0", "permissive=1");
        assert!(security("/var/log/audit/audit.log", &text).denials[0].value.permissive);
    }

    #[test]
    fn what_selinux_is_told() {
        let mode = |text: &str| security("/etc/selinux/config", text).configured.map(|read| read.value);
        assert_eq!(
            mode("# SELINUX=permissive\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"),
            Some(SelinuxMode::Enforcing)
        );
        assert_eq!(mode("SELINUX=Disabled\n"), Some(SelinuxMode::Disabled));
        assert_eq!(mode("SELINUX=maybe\n"), None);
        let now = security("/sys/fs/selinux/enforce", "0").enforced.map(|read| read.value);
        assert_eq!(now, Some(SelinuxMode::Permissive));
    }
}
