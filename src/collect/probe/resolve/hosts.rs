//! The hosts file: names that the host answers by itself, before any name server.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::PathBuf;

/// How much of the file is read, in bytes. Lists that block advertisements have millions.
const LARGEST: u64 = 16 << 20;

/// What the hosts file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Hosts(HashMap<String, Vec<IpAddr>>);

impl Hosts {
    /// That of this host; an empty one where it cannot be read.
    pub(super) fn of_this_host() -> Self {
        let mut bytes = Vec::new();
        // What was read before an error still counts, as it does for the host.
        let _: io::Result<usize> =
            File::open(path()).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        Self::read(&String::from_utf8_lossy(&bytes))
    }

    /// Lines of an address and the names that have it, `#` begins a comment. Lines that make no sense are passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut hosts = Self::default();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split_once('#').map_or(line, |(line, _)| line);
            let mut words = line.split_whitespace();
            let Some(address) = words.next().and_then(read_address) else { continue };
            for name in words {
                let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
                let addresses = hosts.0.entry(name).or_default();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        hosts
    }

    /// The addresses of a name, in lower case and without dot at its end; none where it is not in the file.
    pub(super) fn addresses(&self, name: &str) -> &[IpAddr] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// An address, without the interface that a link-local one may name.
fn read_address(word: &str) -> Option<IpAddr> {
    word.split_once('%').map_or(word, |(address, _)| address).parse().ok()
}

#[cfg(not(windows))]
fn path() -> PathBuf {
    PathBuf::from("/etc/hosts")
}

#[cfg(windows)]
fn path() -> PathBuf {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    PathBuf::from(root).join("System32\\drivers\\etc\\hosts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_addresses_of_all_their_lines() {
        let text = "\u{feff}# comment\n10.0.0.5 Acct.Blob.core.windows.net alias # 10.9.9.9 alias\r\n\
                    \n::1 localhost\n127.0.0.1\tlocalhost\nfe80::1%eth0 near\nnot-an-address x\n10.0.0.5 alias.\n";
        let hosts = Hosts::read(text);
        let addresses =
            |name: &str| hosts.addresses(name).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(addresses("acct.blob.core.windows.net"), ["10.0.0.5"]);
        assert_eq!(addresses("alias"), ["10.0.0.5"]);
        assert_eq!(addresses("localhost"), ["::1", "127.0.0.1"]);
        assert_eq!(addresses("near"), ["fe80::1"]);
        assert!(addresses("x").is_empty());
    }
}
