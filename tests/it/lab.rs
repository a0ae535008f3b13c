//! A network of our own to probe in: a guest and the world around it, each a network namespace, joined by one cable.
//!
//! ```text
//!   guest  10.9.0.4 ───────── 10.9.0.1  world   every other address, 168.63.129.16 included, is the world's own
//!          fd09::4            fd09::1           and added by the test; nothing leads out of it
//! ```
//!
//! The guest sends everything to the world. What the world has no address for it swallows, as a black hole does. Rules of
//! nftables in either refuse, reset or lose packets. Each has its own `resolv.conf`, `hosts` and `nsswitch.conf`.
//!
//! Programs run in a [`Space`]; those that serve are [`Part`]s and end with the value. A `Part` must be dropped before its
//! [`Lab`] (declare it later) and by the thread that started it: the kernel ends it with that thread, so that nothing
//! outlives a test that is killed. What a killed run leaves behind otherwise, the next one removes.
//!
//! All of this needs root. Without it `Lab::new` says so and gives nothing; where real components were asked for
//! (`AZPREFLIGHT_REAL`, as `tests/run.sh --real` sets it) it fails.

mod certificates;
mod leftovers;
mod part;
mod space;
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use certificates::{Authority, Leaf};
pub(crate) use part::{Listens, Part};
pub(crate) use space::Space;

use crate::cli::Run;

/// The guest's address.
pub(crate) const GUEST: &str = "10.9.0.4";
/// Where name servers are expected by default: the `resolv.conf` of both spaces.
pub(crate) const NAME_SERVER: &str = "10.53.0.53";

/// How many this process has made.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A guest, the world, and a folder; all three gone on drop.
pub(crate) struct Lab {
    /// Where the program under test runs.
    pub(crate) guest: Space,
    /// Where everything is that it talks to.
    pub(crate) world: Space,
    folder: PathBuf,
}

impl Lab {
    /// A new one, with nothing in it yet; `None` without the right to make one.
    pub(crate) fn new() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            let asked = std::env::var_os("AZPREFLIGHT_REAL").is_some();
            assert!(!asked, "tests against real components need root, for network namespaces");
            eprintln!("skipped: network namespaces need root");
            return None;
        }
        leftovers::remove();
        let name =
            format!("{}{}-{}", leftovers::MARK, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = leftovers::folders().join(&name);
        fs::create_dir_all(&folder).expect("a folder");
        let guest = Space::new(&format!("{name}-guest"), &folder);
        let world = Space::new(&format!("{name}-world"), &folder);
        let lab = Self { guest, world, folder };
        lab.join();
        Some(lab)
    }

    /// The folder of this lab. Others may enter it, and read what is written there.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file into the folder and gives its path.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("within the folder")).expect("a folder");
        fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    }

    /// Starts a name server at [`NAME_SERVER`] that knows what these lines of dnsmasq's configuration say, such as
    /// `host-record=acct.example,20.60.1.1`, and refuses the rest.
    pub(crate) fn name_server(&self, lines: &[&str]) -> Part {
        self.world.own(&[NAME_SERVER]);
        let at = format!("{NAME_SERVER}:53");
        let text = format!(
            "listen-address={NAME_SERVER}\nbind-interfaces\nno-resolv\nno-hosts\npid-file=\nuser=root\n{}\n",
            lines.join("\n")
        );
        let path = self.write("dnsmasq.conf", text);
        self.world.start("dnsmasq", &["-k", "-C", &path], &[Listens::udp(&at), Listens::tcp(&at)])
    }

    /// The program under test in the guest, with nothing in its environment but what is needed.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        self.program_as(&[], arguments)
    }

    /// The same, started by another program: `&["faketime", "-f", "+400d"]`, `&["setpriv", "--reuid=nobody"]`.
    pub(crate) fn program_as(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let mut words = vec!["timeout", "--kill-after=5", "120"];
        words.extend(starter);
        let mut command = self.guest.command(words[0]);
        command.args(&words[1..]).arg(self.binary()).args(arguments);
        command
    }

    /// Runs the program under test in the guest.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.program(arguments).output().expect("the program runs").into()
    }

    /// The program where everyone may start it: `target` may be for root alone.
    fn binary(&self) -> PathBuf {
        let (built, here) = (env!("CARGO_BIN_EXE_azpreflight"), self.folder.join("azpreflight"));
        // The second name of a file costs nothing, but is not to be had on another disk.
        if !here.exists() && fs::hard_link(built, &here).is_err() {
            fs::copy(built, &here).expect("a copy");
        }
        here
    }

    fn join(&self) {
        let (guest, world) = (self.guest.name(), self.world.name());
        ip(&format!("-n {guest} link add name cable type veth peer name cable netns {world}"));
        for (space, v4, v6) in [(guest, GUEST, "fd09::4"), (world, "10.9.0.1", "fd09::1")] {
            ip(&format!("-n {space} address add {v4}/24 dev cable"));
            // Duplicates cannot be, so the address need not wait until they are looked for.
            ip(&format!("-n {space} address add {v6}/64 dev cable nodad"));
            ip(&format!("-n {space} link set lo up"));
            ip(&format!("-n {space} link set cable up"));
        }
        ip(&format!("-n {guest} route add default via 10.9.0.1"));
        ip(&format!("-n {guest} -6 route add default via fd09::1"));
        self.world.set("net.ipv4.icmp_ratelimit", "0");
        self.world.set("net.ipv6.icmp.ratelimit", "0");
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Runs `ip` with these words.
fn ip(words: &str) {
    succeed(Command::new("ip").args(words.split(' ')));
}

/// Runs a command to its end, which must be a good one.
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&text));
    output
}
