//! What DHCP clients wrote down of their leases: dhclient, systemd-networkd, `NetworkManager`, wicked.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::facts::Facts;
use crate::guest::{Ends, FabricOption, Lease, Read};
use crate::wire::guest::{Known, Text, TextReader, Told};

/// The leases of dhclient, known by the name of their file.
pub(in crate::wire::guest) const DHCLIENT: TextReader =
    TextReader { known: Known::ByName(is_dhclient), read: read_dhclient };
/// The same in a file of another name.
pub(in crate::wire::guest) const DHCLIENT_COPY: TextReader =
    TextReader { known: Known::ByContent(is_dhclient_copy), read: read_dhclient };
/// A lease of systemd-networkd.
pub(in crate::wire::guest) const NETWORKD_LEASE: TextReader =
    TextReader { known: Known::ByName(is_networkd), read: read_networkd };
/// A lease of `NetworkManager`'s own client.
pub(in crate::wire::guest) const NETWORK_MANAGER_LEASE: TextReader =
    TextReader { known: Known::ByName(is_network_manager), read: read_network_manager };
/// A lease of wicked.
pub(in crate::wire::guest) const WICKED_LEASE: TextReader =
    TextReader { known: Known::ByName(is_wicked), read: read_wicked };
/// What `nmcli` says of devices.
pub(in crate::wire::guest) const NMCLI: TextReader =
    TextReader { known: Known::ByName(is_nmcli), read: read_nmcli };

/// The most leases of one file that are kept: the last ones.
const MOST: usize = 256;

/// Whether a document is what dhclient keeps, for the system or for `NetworkManager`.
fn is_dhclient(text: &Text<'_>) -> bool {
    let (name, _) = text.name_and_folder();
    name.starts_with("dhclient") && [".lease", ".leases"].iter().any(|ending| name.ends_with(ending))
}

/// Whether its leases are written as dhclient writes them; a server's name an address.
fn is_dhclient_copy(text: &Text<'_>) -> bool {
    let mut lines =
        text.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.find(|line| !line.starts_with("default-duid")) == Some("lease {")
}

/// Every lease of a file of dhclient. As the VM agent reads it, but that more ways of writing a time are understood.
fn read_dhclient(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut leases = Vec::new();
    let mut current: Option<Lease> = None;
    for line in text.text.lines() {
        let statement = line.trim().trim_end_matches(';').trim_end();
        if statement.starts_with("lease") && statement.ends_with('{') {
            current = Some(Lease { interface: None, ends: Ends::Unknown, option: FabricOption::Absent });
        } else if statement == "}" {
            leases.extend(current.take());
        } else if let Some(lease) = &mut current {
            dhclient_statement(lease, statement);
        }
    }
    leases.drain(..leases.len().saturating_sub(MOST));
    take(text, facts, leases)
}

fn dhclient_statement(lease: &mut Lease, statement: &str) {
    let words: Vec<&str> = statement.split_whitespace().collect();
    match words.as_slice() {
        ["interface", name] => lease.interface = Some(name.trim_matches('"').to_owned()),
        ["expire", "never"] => lease.ends = Ends::Never,
        ["expire", "epoch", seconds, ..] => lease.ends = epoch(seconds),
        ["expire", _weekday, date, time, ..] => lease.ends = civil(date, time),
        ["option", "unknown-245" | "option-245", value] => lease.option = option(value),
        ["option", "unknown-245" | "option-245", ..] => lease.option = FabricOption::Unclear,
        _ => {}
    }
}

/// `2157/12/09 06:37:08`, in UTC.
fn civil(date: &str, time: &str) -> Ends {
    let time = DateTime::strptime("%Y/%m/%d %H:%M:%S", format!("{date} {time}"));
    let zoned = time.ok().and_then(|time| time.to_zoned(TimeZone::UTC).ok());
    zoned.map_or(Ends::Unknown, |time| Ends::At(time.timestamp()))
}

/// `expire epoch 1700000000; # Tue Nov 14 22:13:20 2023`, as with `db-time-format local`.
fn epoch(number: &str) -> Ends {
    let time =
        number.trim_end_matches(';').parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or(Ends::Unknown, Ends::At)
}

/// Whether a document is a lease of systemd-networkd: numbered by the interface.
fn is_networkd(text: &Text<'_>) -> bool {
    let (name, _) = text.name_and_folder();
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_digit())
        && text.is_called(&format!("systemd/netif/leases/{name}"))
}

/// A lease of systemd-networkd: it is kept while it holds.
fn read_networkd(text: &Text<'_>, facts: &mut Facts) -> Told {
    let lease = Lease { interface: None, ends: Ends::Never, option: stated(text) };
    if value(text, "ADDRESS").is_none() {
        return Told::Nothing("a lease without an address");
    }
    take(text, facts, vec![lease])
}

/// Whether a document is a lease of `NetworkManager`'s own client.
fn is_network_manager(text: &Text<'_>) -> bool {
    let (name, folder) = text.name_and_folder();
    folder == "NetworkManager"
        && name.starts_with("internal-")
        && name.split('.').next_back() == Some("lease")
}

/// A lease of `NetworkManager`'s own client: of later versions the address alone.
fn read_network_manager(text: &Text<'_>, facts: &mut Facts) -> Told {
    if value(text, "ADDRESS").is_none() {
        return Told::Nothing("a lease without an address");
    }
    let option = match stated(text) {
        FabricOption::Absent => FabricOption::Unrecorded,
        stated => stated,
    };
    // `internal-5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03-eth0.lease`
    let (name, _) = text.name_and_folder();
    let interface = name.trim_end_matches(".lease").rsplit('-').next().map(str::to_owned);
    take(text, facts, vec![Lease { interface, ends: Ends::Unknown, option }])
}

/// The lines `NAME=value` of systemd's way of writing leases.
fn value<'t>(text: &Text<'t>, name: &str) -> Option<&'t str> {
    text.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

fn stated(text: &Text<'_>) -> FabricOption {
    value(text, "OPTION_245").map_or(FabricOption::Absent, option)
}

/// Whether a document is a lease of wicked.
fn is_wicked(text: &Text<'_>) -> bool {
    let (name, folder) = text.name_and_folder();
    folder == "wicked" && name.starts_with("lease-") && name.ends_with("-ipv4.xml")
}

/// A lease of wicked, which keeps the options that it knows.
fn read_wicked(text: &Text<'_>, facts: &mut Facts) -> Told {
    if !text.text.contains("<lease>") {
        return Told::Nothing("a lease of wicked without a lease");
    }
    let (name, _) = text.name_and_folder();
    let interface = name.strip_prefix("lease-").and_then(|rest| rest.rsplit_once("-dhcp-"));
    let interface = interface.map(|(interface, _)| interface.to_owned());
    let lease = Lease { interface, ends: Ends::Unknown, option: FabricOption::Unrecorded };
    take(text, facts, vec![lease])
}

/// Whether a document is what `nmcli` says of devices and what DHCP gave them.
fn is_nmcli(text: &Text<'_>) -> bool {
    text.is_called("commands/nmcli-devices.txt")
}

/// What `nmcli -f GENERAL.DEVICE,DHCP4 device show` says.
fn read_nmcli(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut leases: Vec<Lease> = Vec::new();
    let mut interface = None;
    for line in text.text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if key.trim() == "GENERAL.DEVICE" {
            interface = Some(value.to_owned());
            continue;
        }
        let Some((name, stated)) = value.split_once('=').filter(|_| key.starts_with("DHCP4.OPTION")) else {
            continue;
        };
        if leases.last().is_none_or(|last| last.interface != interface) {
            let interface = interface.clone();
            leases.push(Lease { interface, ends: Ends::Never, option: FabricOption::Unrecorded });
        }
        if let (Some(lease), "private_245" | "unknown_245") = (leases.last_mut(), name.trim()) {
            lease.option = option(stated);
        }
    }
    take(text, facts, leases)
}

/// Four bytes in hexadecimal, with colons between them or without, or as the text that dhclient makes of letters.
fn option(value: &str) -> FabricOption {
    let value = value.trim().trim_end_matches(';');
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let bytes: Option<Vec<u8>> = match quoted {
        Some(text) => (!text.contains('\\')).then(|| text.as_bytes().to_vec()),
        None if value.contains(':') => {
            let byte = |part: &str| {
                let hexadecimal = part.bytes().all(|letter| letter.is_ascii_hexdigit());
                u8::from_str_radix(part, 16).ok().filter(|_| hexadecimal)
            };
            value.split(':').map(byte).collect()
        }
        None => value
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
                u8::from_str_radix(pair, 16).ok().filter(|_| !pair.starts_with('+'))
            })
            .collect(),
    };
    let four = bytes.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    four.map_or(FabricOption::Unclear, |four| FabricOption::Address(Ipv4Addr::from(four)))
}

fn take(text: &Text<'_>, facts: &mut Facts, leases: Vec<Lease>) -> Told {
    if leases.is_empty() {
        return Told::Nothing("no leases in it");
    }
    let place = text.place();
    facts.guest.documents += 1;
    let leases = leases.into_iter().map(|value| Read { value, place: place.clone() });
    facts.guest.addressing.leases.extend(leases);
    Told::Something
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    fn leases(name: &str, text: &str) -> Vec<(Option<String>, Ends, FabricOption)> {
        let leases = read(name, text).leases;
        leases.into_iter().map(|read| (read.value.interface, read.value.ends, read.value.option)).collect()
    }

    const WIRE_SERVER: FabricOption = FabricOption::Address(Ipv4Addr::new(168, 63, 129, 16));

    #[test]
    fn dhclient() {
        let text = "lease {\n  interface \"eth0\";\n  fixed-address 10.0.0.4;\n  option unknown-245 a8:3f:81:10;\n  \
                    expire 4 2157/12/09 06:37:08;\n}\nlease {\n  interface \"eth0\";\n  expire never;\n}\n\
                    lease {\n  option unknown-245 a8:3f:81;\n  expire epoch 4000000000; # later\n}\n";
        for name in
            ["/var/lib/dhcp/dhclient.eth0.leases", "/var/lib/dhclient/dhclient-eth0.lease", "copied.txt"]
        {
            let found = leases(name, text);
            let eth0 = || Some("eth0".to_owned());
            let at = |second| Ends::At(Timestamp::from_second(second).unwrap());
            assert_eq!(found.len(), 3, "{name}");
            assert_eq!(found[0], (eth0(), at(5_930_779_028), WIRE_SERVER));
            assert_eq!(found[1], (eth0(), Ends::Never, FabricOption::Absent));
            assert_eq!(found[2], (None, at(4_000_000_000), FabricOption::Unclear));
        }
    }

    #[test]
    fn other_clients() {
        let networkd = "# This is private data. Do not parse.\nADDRESS=10.0.0.4\nNETMASK=255.255.255.0\n";
        let path = "/run/systemd/netif/leases/2";
        assert_eq!(leases(path, networkd)[0].2, FabricOption::Absent);
        assert_eq!(leases(path, &format!("{networkd}OPTION_245=a83f8110\n"))[0].2, WIRE_SERVER);
        assert_eq!(leases(path, &format!("{networkd}OPTION_245=a83f81\n"))[0].2, FabricOption::Unclear);
        let manager = leases("/var/lib/NetworkManager/internal-5fb06bd0-eth0.lease", networkd);
        assert_eq!(manager, [(Some("eth0".to_owned()), Ends::Unknown, FabricOption::Unrecorded)]);
        let wicked = leases(
            "/var/lib/wicked/lease-eth0-dhcp-ipv4.xml",
            "<lease>\n  <family>ipv4</family>\n</lease>\n",
        );
        assert_eq!(wicked, [(Some("eth0".to_owned()), Ends::Unknown, FabricOption::Unrecorded)]);
    }

    #[test]
    fn nmcli() {
        let text = "GENERAL.DEVICE:                         eth0\n\
                    DHCP4.OPTION[1]:                        ip_address = 10.0.0.4\n\
                    DHCP4.OPTION[2]:                        private_245 = a8:3f:81:10\n\n\
                    GENERAL.DEVICE:                         eth1\n\
                    DHCP4.OPTION[1]:                        ip_address = 10.0.1.4\n\n\
                    GENERAL.DEVICE:                         lo\n";
        let found = leases("commands/nmcli-devices.txt", text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], (Some("eth0".to_owned()), Ends::Never, WIRE_SERVER));
        assert_eq!(found[1], (Some("eth1".to_owned()), Ends::Never, FabricOption::Unrecorded));
    }

    #[test]
    fn options_in_every_form() {
        assert_eq!(option("a8:3f:81:10;"), WIRE_SERVER);
        assert_eq!(option("A83F8110"), WIRE_SERVER);
        assert_eq!(option("\"d?AB\""), FabricOption::Address(Ipv4Addr::new(100, 63, 65, 66)));
        for hostile in
            ["", ":", "a8:3f:81:110", "+8:3f:81:10", "a83f811", "é3f8110", "a8:3f:81:10:00", "\"\\250?\""]
        {
            assert_eq!(option(hostile), FabricOption::Unclear, "{hostile}");
        }
    }
}
