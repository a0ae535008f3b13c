//! Files about names: `hosts`, `resolv.conf`, and what systemd-resolved is told.

use std::net::IpAddr;

use super::{Known, Text, TextReader, Told};
use crate::facts::Facts;
use crate::guest::{Pinned, Read, Resolver, ResolverKind};

/// How many lines of a hosts file are kept: lists of what to block have a hundred thousand.
const MOST: usize = 500_000;

/// `/etc/hosts`, and that of Windows.
pub(super) const HOSTS: TextReader = TextReader {
    known: Known::ByName(|text| text.is_called("hosts")),
    read: |text, facts| {
        facts.guest.names.hosts.push(Read { value: hosts(text.text), place: text.place() });
        facts.guest.documents += 1;
        Told::Something
    },
};

/// Files that name name servers.
pub(super) const RESOLVERS: TextReader =
    TextReader { known: Known::ByName(|text| kind(text).is_some()), read: read_resolver };

fn kind(text: &Text<'_>) -> Option<ResolverKind> {
    if text.is_called("systemd/resolve/resolv.conf") {
        return Some(ResolverKind::Running);
    }
    // The one with the address of systemd-resolved in it, where it was copied by its own name.
    if text.is_called("resolv.conf") || text.is_called("systemd/resolve/stub-resolv.conf") {
        return Some(ResolverKind::Programs);
    }
    let mut parts = super::parts(text.name);
    let (last, folder) = (parts.next()?, parts.next());
    let is_dropped_in =
        folder == Some("resolved.conf.d") && last.rsplit_once('.').is_some_and(|(_, end)| end == "conf");
    (last == "resolved.conf" || is_dropped_in).then_some(ResolverKind::Configured)
}

fn read_resolver(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Some(kind) = kind(text) else { return Told::Nothing("it names no name servers") };
    let value = match kind {
        ResolverKind::Programs | ResolverKind::Running | ResolverKind::Registry => {
            resolver(kind, name_servers(text.text))
        }
        ResolverKind::Configured => resolver(kind, configured(text.text)),
    };
    let resolvers = &mut facts.guest.names.resolvers;
    // A file dropped in that names none leaves those of the files before it.
    let known = resolvers.iter().any(|read| read.value.kind == kind);
    if !(known && kind == ResolverKind::Configured && value.servers.is_empty() && !value.more) {
        resolvers.push(Read { value, place: text.place() });
    }
    facts.guest.documents += 1;
    Told::Something
}

fn resolver<'t>(kind: ResolverKind, texts: impl Iterator<Item = &'t str>) -> Resolver {
    let (mut servers, mut more) = (Vec::new(), false);
    for text in texts {
        match address(text) {
            Some(server) => servers.push(server),
            None => more = true,
        }
    }
    Resolver { kind, servers, more }
}

/// `nameserver 168.63.129.16`
fn name_servers(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.starts_with(['#', ';']));
    lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next())?
    })
}

/// `DNS=168.63.129.16 10.0.0.4` in the section `[Resolve]`; an empty one takes back those before it.
fn configured(text: &str) -> impl Iterator<Item = &str> {
    let mut named: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if line.starts_with('[') {
            inside = line == "[Resolve]";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside)
            && key.trim() == "DNS"
        {
            if value.trim().is_empty() {
                named.clear();
            }
            named.extend(value.split_whitespace());
        }
    }
    named.into_iter()
}

/// An address with what may stand beside it: `10.0.0.4:53%eth0#name`, `[fd00::4]:53`, `fe80::1%eth0`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.split('#').next()?.split('%').next()?;
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let bare = bare.unwrap_or(text);
    let without_port = || bare.rsplit_once(':').and_then(|(address, _)| address.parse().ok());
    bare.parse().ok().or_else(without_port)
}

/// `127.0.0.1 localhost loopback # here`
fn hosts(text: &str) -> Vec<Pinned> {
    let line = |(at, line): (usize, &str)| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.split('%').next()?.parse().ok()?;
        let names: Vec<String> = words.map(str::to_ascii_lowercase).collect();
        (!names.is_empty()).then_some(Pinned { address, names, line: at + 1 })
    };
    text.lines().enumerate().filter_map(line).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_hosts_files() {
        let pinned = hosts(
            "# none\n127.0.0.1\tlocalhost\r\n\n::1 ip6-localhost\n10.0.0.4 A.Blob.Core.Windows.NET b # c\nbad line\n10.0.0.5\n",
        );
        assert_eq!(pinned.len(), 3);
        assert_eq!((pinned[2].names.join(","), pinned[2].line), ("a.blob.core.windows.net,b".to_owned(), 5));
        assert!(pinned[0].is_nowhere() && !pinned[2].is_nowhere());
    }

    fn read(name: &str, text: &str) -> Vec<Read<Resolver>> {
        let name: std::sync::Arc<str> = name.into();
        let mut facts = Facts::default();
        read_resolver(&Text { name: &name, text }, &mut facts);
        facts.guest.names.resolvers
    }

    #[test]
    fn name_servers_are_found() {
        let found = read(
            "/etc/resolv.conf",
            "# nameserver 1.1.1.1\nsearch a.b\nnameserver 168.63.129.16\nnameserver fe80::1%eth0\noptions ndots:1\n",
        );
        assert_eq!(found[0].value.servers.len(), 2);
        assert_eq!(found[0].value.kind, ResolverKind::Programs);
        let strange = read("/etc/resolv.conf", "nameserver dns.example\n");
        assert!(strange[0].value.more && strange[0].value.servers.is_empty());
        assert_eq!(read("x/run/systemd/resolve/resolv.conf", "")[0].value.kind, ResolverKind::Running);
        let told = read(
            "/etc/systemd/resolved.conf",
            "[Resolve]\n#DNS=9.9.9.9\nDNS=1.1.1.1\nDNS=\nDNS=10.0.0.4:53%eth0#x [fd00::4]:53\nFallbackDNS=8.8.8.8\n[Other]\nDNS=1.2.3.4\n",
        );
        let servers: Vec<String> = told[0].value.servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["10.0.0.4", "fd00::4"]);
    }
}
