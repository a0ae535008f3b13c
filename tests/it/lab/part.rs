//! Programs that serve, for as long as a test needs them.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::space::Space;

/// How long a program may take to listen. Node on a busy machine takes long.
const START: Duration = Duration::from_secs(40);

/// How many this process has started.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A program that serves. It ends on drop, with all that it started.
pub(crate) struct Part {
    child: Child,
    log: PathBuf,
}

/// What a program listens on once it serves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Listens {
    /// TCP, on this address or on all.
    Tcp(SocketAddr),
    /// UDP, on this address or on all.
    Udp(SocketAddr),
}

impl Listens {
    /// TCP on `address:port`.
    pub(crate) fn tcp(at: &str) -> Self {
        Self::Tcp(at.parse().expect("an address and a port"))
    }

    /// UDP on `address:port`.
    pub(crate) fn udp(at: &str) -> Self {
        Self::Udp(at.parse().expect("an address and a port"))
    }
}

impl Part {
    pub(super) fn start(mut command: Command, folder: &Path) -> Self {
        let log = folder.join(format!("part-{}.log", COUNT.fetch_add(1, Ordering::Relaxed)));
        let file = File::create(&log).expect("a file");
        let also = file.try_clone().expect("the same file");
        // A group of its own, so that its children end with it.
        command.process_group(0).stdin(Stdio::null()).stdout(file).stderr(also);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log }
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub(super) fn wait(&self, space: &Space, listens: &[Listens]) {
        let begun = Instant::now();
        while !listens.iter().all(|wanted| self.is_listening(space, *wanted)) {
            assert!(self.is_alive(), "it has ended: {}", self.log());
            assert!(begun.elapsed() < START, "not yet listening on {listens:?}: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn proc(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.child.id()))
    }

    /// Neither gone nor a zombie: the letter after the name in parentheses.
    fn is_alive(&self) -> bool {
        let stat = fs::read_to_string(self.proc().join("stat")).unwrap_or_default();
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.is_some_and(|state| state != 'Z' && state != 'X')
    }

    /// Whether somebody in its space listens there, by the kernel's own list: nothing is sent to find out.
    fn is_listening(&self, space: &Space, wanted: Listens) -> bool {
        let inode = |path: &Path| fs::metadata(path).ok().map(|file| file.ino());
        // Until it has entered the space, the lists are those of this machine.
        if inode(&self.proc().join("ns/net")) != inode(&Path::new("/run/netns").join(space.name())) {
            return false;
        }
        let (address, files, state) = match wanted {
            Listens::Tcp(address) => (address, ["net/tcp", "net/tcp6"], "0A"),
            Listens::Udp(address) => (address, ["net/udp", "net/udp6"], "07"),
        };
        files.iter().any(|file| {
            let list = fs::read_to_string(self.proc().join(file)).unwrap_or_default();
            list.lines().skip(1).any(|line| {
                let mut fields = line.split_whitespace().skip(1);
                let local = fields.next().and_then(socket);
                local.is_some_and(|local| serves(local, address)) && fields.nth(1) == Some(state)
            })
        })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        drop(self.child.wait());
    }
}

fn serves(local: SocketAddr, wanted: SocketAddr) -> bool {
    local.port() == wanted.port() && (local.ip() == wanted.ip() || local.ip().is_unspecified())
}

/// An address as `/proc/net/tcp` writes it: words of 32 bits in this machine's order, in hexadecimal, then the port.
fn socket(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words = address.as_bytes().chunks(8).map(|word| {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        Some(word.to_ne_bytes())
    });
    let bytes = words.collect::<Option<Vec<_>>>()?.concat();
    let ip = match bytes.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[test]
fn the_kernels_addresses_are_read() {
    assert_eq!(socket("0100007F:01BB"), Some("127.0.0.1:443".parse().unwrap()));
    assert_eq!(socket("00000000000000000000000001000000:0035"), Some("[::1]:53".parse().unwrap()));
    assert_eq!(
        socket("00000000:0050").map(|local| serves(local, "20.60.1.1:80".parse().unwrap())),
        Some(true)
    );
}
