//! One network namespace.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::part::{Listens, Part};
use super::{NAME_SERVER, ip, leftovers, succeed};

/// A network namespace with its own configuration of names. Gone on drop, with all that runs in it.
pub(crate) struct Space {
    name: String,
    folder: PathBuf,
}

impl Space {
    pub(super) fn new(name: &str, folder: &Path) -> Self {
        ip(&format!("netns add {name}"));
        let space = Self { name: name.to_owned(), folder: folder.to_owned() };
        fs::create_dir_all(leftovers::settings(name)).expect("a folder");
        space.configure("resolv.conf", &format!("nameserver {NAME_SERVER}\n"));
        space.configure("hosts", "127.0.0.1 localhost\n::1 localhost\n");
        space.configure("nsswitch.conf", "hosts: files dns\n");
        space
    }

    /// As `ip netns` knows it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What stands in `/etc/FILE` for the programs started from now on.
    pub(crate) fn configure(&self, file: &str, text: &str) {
        fs::write(leftovers::settings(&self.name).join(file), text).expect("written");
    }

    /// Makes these addresses, of either family, this space's own.
    pub(crate) fn own(&self, addresses: &[&str]) {
        for address in addresses {
            let (family, length) = if address.contains(':') { ("-6", 128) } else { ("-4", 32) };
            let nodad = if family == "-6" { " nodad" } else { "" };
            ip(&format!("-n {} {family} address add {address}/{length} dev lo{nodad}", self.name));
        }
    }

    /// Sets a variable of the kernel, of those that every namespace has for itself.
    pub(crate) fn set(&self, name: &str, value: &str) {
        let file = format!("/proc/sys/{}", name.replace('.', "/"));
        succeed(self.command("sh").args(["-c", "echo \"$1\" >\"$2\"", "sh", value, &file]));
    }

    /// Replaces all rules of nftables by these.
    pub(crate) fn nft(&self, rules: &str) {
        let mut command = self.command("nft");
        command.args(["-f", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("nft");
        let text = format!("flush ruleset\n{rules}\n");
        child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("read");
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What happens to packets that arrive here, one statement of nftables each: `tcp dport 8443 drop`.
    pub(crate) fn on_arrival(&self, statements: &[&str]) {
        let chain = |family: &str| {
            let hook = "type filter hook input priority 0; policy accept;";
            format!("table {family} lab {{ chain arriving {{ {hook}\n{}\n}}\n}}", statements.join("\n"))
        };
        self.nft(&chain("inet"));
    }

    /// A program in this space and in the lab's folder, with nothing in its environment but where programs are.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]).current_dir(&self.folder).env_clear();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        command.env("HOME", &self.folder).env("LANG", "C.UTF-8");
        command
    }

    /// Runs a program to its end, which must be a good one.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Output {
        succeed(self.command(program).args(arguments))
    }

    /// Starts a program that serves, and waits until it listens.
    pub(crate) fn start(&self, program: &str, arguments: &[&str], listens: &[Listens]) -> Part {
        let mut command = self.command("setpriv");
        command.args(["--pdeathsig", "KILL", "--", program]).args(arguments);
        self.start_command(command, listens)
    }

    /// The same of a command of this space that needs more said about it.
    pub(crate) fn start_command(&self, command: Command, listens: &[Listens]) -> Part {
        let part = Part::start(command, &self.folder);
        part.wait(self, listens);
        part
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        leftovers::remove_space(&self.name);
    }
}
