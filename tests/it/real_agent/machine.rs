//! Machines with the real agent: its package over this machine's `/usr`, everything else their own, in namespaces of their
//! own. The program looks at each as a disk (`--root`) and from within (`--here`).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{agents, root_of};

/// A machine that is gone on drop.
struct Machine {
    folder: PathBuf,
    package: PathBuf,
}

/// What the program says of one: the answer of `agent`, and its exit code.
struct Seen {
    answer: Value,
    exit: i32,
}

impl Seen {
    fn failed(&self) -> Vec<&str> {
        let findings = self.answer["findings"].as_array().expect("findings").iter();
        findings
            .filter(|finding| finding["severity"] != "note")
            .map(|f| f["check"].as_str().expect("an id"))
            .collect()
    }
}

impl Machine {
    /// With the package as it is: enabled, never run.
    fn new(package: &Path, name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("azpreflight-real-agent-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let machine = Self { folder, package: package.to_path_buf() };
        for path in [
            "usr",
            "proc",
            "tmp",
            "var/lib/waagent",
            "var/log",
            "etc/systemd/system/multi-user.target.wants",
            "run",
        ] {
            fs::create_dir_all(machine.folder.join(path)).expect("a folder");
        }
        for path in ["bin", "lib", "lib64", "sbin"] {
            symlink(format!("usr/{path}"), machine.folder.join(path)).expect("a link");
        }
        machine.write("dev/null", "");
        machine.write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        let configuration = fs::read_to_string(package.join("etc/waagent.conf")).expect("its configuration");
        machine.write("etc/waagent.conf", &configuration);
        symlink(
            "/lib/systemd/system/walinuxagent.service",
            machine.folder.join("etc/systemd/system/multi-user.target.wants/walinuxagent.service"),
        )
        .expect("a link");
        machine
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    /// Changes its configuration.
    fn configured(self, change: impl Fn(String) -> String) -> Self {
        let path = self.folder.join("etc/waagent.conf");
        let text = fs::read_to_string(&path).expect("its configuration");
        fs::write(path, change(text)).expect("written");
        self
    }

    /// What `agent` says: of its disk from outside, and where `here`, from within, with `before` done there first.
    fn seen(&self, here: bool, before: &str) -> Seen {
        let program = env!("CARGO_BIN_EXE_azpreflight");
        let base = self.folder.display();
        let package = self.package.display();
        let call = if here {
            format!(
                "cp {program} {base}/tmp/azpreflight && exec chroot {base} /bin/sh -c '{before} /tmp/azpreflight agent --format json'"
            )
        } else {
            format!("exec {program} agent --root {base} --format json")
        };
        let script = format!(
            "set -e; mount --make-rprivate /; mount -t overlay overlay -o lowerdir={package}/usr:/usr {base}/usr; \
             mount -t proc proc {base}/proc; mount --bind /dev/null {base}/dev/null; {call}"
        );
        let output = Command::new("timeout")
            .args(["60", "unshare", "--net", "--mount", "--pid", "--fork", "sh", "-c", &script])
            .env("AZPREFLIGHT_CACHE", "")
            .output()
            .expect("unshare runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let answer = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}: {stderr}", String::from_utf8_lossy(&output.stdout)));
        Seen { answer, exit: output.status.code().expect("an exit code") }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A line of a log, so many minutes ago.
fn line(minutes: i64, text: &str) -> String {
    let now = jiff::Timestamp::now().as_second() - minutes * 60;
    let at = jiff::Timestamp::from_second(now).expect("a moment");
    format!("{} INFO ExtHandler ExtHandler {text}\n", at.strftime("%Y-%m-%dT%H:%M:%S.000001Z"))
}

fn beat(minutes: i64) -> String {
    line(
        minutes,
        "[HEARTBEAT] Agent WALinuxAgent-2.9.1.1 is running as the goal state agent [DEBUG UpdateGSErrors: 0;]",
    )
}

/// Something that looks like the agent at work, and only sleeps.
const AT_WORK: &str = "mkdir -p /tmp/bin && echo \"import time; time.sleep(30)\" >/tmp/bin/WALinuxAgent-2.9.1.1-py3.egg && \
                       (cd /tmp && exec python3 -u bin/WALinuxAgent-2.9.1.1-py3.egg -run-exthandlers) & sleep 1;";

/// Has the space of process numbers look like the one that the kernel starts with, as every machine has it and none of the
/// test may use: a `/proc` with the same processes in it, which says so.
const FIRST_SPACE: &str = "mkdir -p /real && mount --move /proc /real && mount -t tmpfs none /proc && \
                           mkdir -p /proc/self/ns && ln -s \"pid:[4026531836]\" /proc/self/ns/pid && \
                           cp /real/self/mountinfo /proc/self/ && ln -s /real/meminfo /proc/meminfo && for p in /real/[0-9]*; do \
                           mkdir /proc/${p#/real/} && mount --bind $p /proc/${p#/real/} || true; done;";

#[test]
#[ignore = "needs the VM agent's modules: tests/run.sh --real"]
fn each_state_of_a_machine_is_recognised() {
    for modules in agents() {
        let package = root_of(&modules);
        let plain = || Machine::new(package, "plain");
        let at = |seen: &Seen| seen.answer.to_string();

        let disk = plain().seen(false, "");
        assert_eq!((disk.exit, disk.answer["band"].as_str()), (0, Some("supported")), "{}", at(&disk));
        assert_eq!(disk.failed(), Vec::<&str>::new(), "{}", at(&disk));
        assert_eq!(disk.answer["service"]["start"], "enabled", "{}", at(&disk));

        let dead = plain().seen(true, FIRST_SPACE);
        assert_eq!(dead.failed(), ["guest-agent-stopped"], "{}", at(&dead));
        assert_eq!((dead.exit, &dead.answer["service"]["runs"]), (0, &Value::Bool(false)), "{}", at(&dead));
        assert_eq!(dead.answer["installed"], disk.answer["installed"], "{}", at(&dead));

        let machine = plain();
        machine.write("var/log/waagent.log", &beat(5));
        let at_work = format!("{AT_WORK} {FIRST_SPACE}");
        let alive = machine.seen(true, &at_work);
        assert_eq!(alive.failed(), Vec::<&str>::new(), "{}", at(&alive));
        assert_eq!(alive.answer["service"]["runs"], true, "{}", at(&alive));
        assert_eq!(alive.answer["goalState"], "2.9.1.1", "{}", at(&alive));

        machine.write("var/log/waagent.log", &beat(300));
        let silent = machine.seen(true, &at_work);
        assert_eq!(silent.failed(), ["guest-agent-stopped"], "{}", at(&silent));
        // From a space of its own, as a container is, nobody sees the processes of the machine.
        let apart = plain().seen(true, "");
        assert_eq!(apart.failed(), Vec::<&str>::new(), "{}", at(&apart));
        assert_eq!(apart.answer["service"]["runs"], Value::Null, "{}", at(&apart));

        let off =
            plain().configured(|text| text.replace("Extensions.Enabled=y", "Extensions.Enabled = N # no"));
        assert_eq!(off.seen(false, "").failed(), ["guest-extensions-disabled"]);

        let disabled = plain().configured(|text| text + "Provisioning.Agent=disabled\n");
        assert_eq!(disabled.seen(false, "").failed(), ["guest-provisioning-agent-changed"]);

        let asleep = plain();
        asleep.write("var/lib/waagent/disable_agent", "");
        assert_eq!(asleep.seen(false, "").failed(), ["guest-agent-stopped"]);

        let bare = plain();
        fs::remove_file(bare.folder.join("etc/waagent.conf")).expect("removed");
        assert_eq!(bare.seen(false, "").failed(), ["guest-agent-stopped"]);
    }
}
