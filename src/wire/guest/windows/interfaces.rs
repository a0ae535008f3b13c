//! Network interfaces in the registry: `Tcpip\Parameters\Interfaces`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use jiff::Timestamp;

use super::at_key;
use crate::guest::{
    Addressing, Ends, FabricOption, Interface, Keeper, Lease, Machine, Method, Names, Resolver, ResolverKind,
};
use crate::wire::guest::registry::{Data, Key};

/// The DHCP option in which Azure tells the address of the host.
const HOST: u32 = 245;

/// Takes what the key of an interface says, and what DHCP gave it. Windows keeps interfaces that are long gone: those
/// without an address say nothing.
pub(super) fn read_key(interface: &str, key: &Key, name: &Arc<str>, machine: &mut Machine) {
    if let Some(method) = take(interface, key, name, &mut machine.addressing) {
        // What is written down comes before what DHCP gives, which stays behind where DHCP is off.
        let given = || key.text("DhcpNameServer").filter(|_| method == Method::Dhcp);
        let written = key.text("NameServer").filter(|text| !text.trim().is_empty());
        add(written.or_else(given).unwrap_or_default(), key, name, &mut machine.names);
    }
}

/// Takes the name servers that are written down for all interfaces.
pub(super) fn read_parameters(key: &Key, document: &Arc<str>, names: &mut Names) {
    if let Some(text) = key.text("NameServer").filter(|text| !text.trim().is_empty()) {
        add(text, key, document, names);
    }
}

/// Adds the name servers of a key, in place of those that the same key of another document named.
fn add(text: &str, key: &Key, document: &Arc<str>, names: &mut Names) {
    let parts = text.split([',', ' ', ';', '\t']).filter(|part| !part.is_empty());
    let addresses: Vec<Option<IpAddr>> = parts.map(|part| part.parse().ok()).collect();
    let more = addresses.contains(&None);
    let servers = addresses.into_iter().flatten().collect();
    let read = at_key(Resolver { kind: ResolverKind::Registry, servers, more }, document, &key.path);
    let is_same = |known: &Resolver| known.kind == ResolverKind::Registry;
    names.resolvers.retain(|known| !(is_same(&known.value) && known.place.pointer == read.place.pointer));
    names.resolvers.push(read);
}

/// How the interface gets its address; `None` where it has none.
fn take(interface: &str, key: &Key, name: &Arc<str>, addressing: &mut Addressing) -> Option<Method> {
    let written = match key.value("IPAddress") {
        Some(Data::Texts(texts)) => texts.iter().any(|text| address(text).is_some()),
        Some(Data::Text(text)) => address(text).is_some(),
        _ => false,
    };
    let given = key.text("DhcpIPAddress").and_then(address).is_some();
    let method = match key.number("EnableDHCP") {
        Some(0) if written => Method::Static,
        Some(1..) if given => Method::Dhcp,
        _ => return None,
    };
    let is_same = |known: &Interface| known.keeper == Keeper::Registry && known.name == interface;
    addressing.interfaces.retain(|known| !is_same(&known.value));
    let is_dhcp = method == Method::Dhcp;
    let stated = Interface { name: interface.to_owned(), keeper: Keeper::Registry, method: method.clone() };
    addressing.add(at_key(stated, name, &key.path));
    if is_dhcp {
        addressing.leases.retain(|known| known.value.interface.as_deref() != Some(interface));
        addressing.leases.push(at_key(lease(interface, key), name, &key.path));
    }
    Some(method)
}

fn lease(interface: &str, key: &Key) -> Lease {
    let ends = key.number("LeaseTerminatesTime").and_then(|end| i64::try_from(end).ok());
    let ends = ends.and_then(|end| Timestamp::from_second(end).ok()).map_or(Ends::Unknown, Ends::At);
    let option = match key.bytes("DhcpInterfaceOptions").and_then(host).as_deref() {
        Some([first, ..]) => FabricOption::Address(*first),
        // Windows keeps the options that somebody asked for, and the agent may not have asked yet.
        Some([]) | None => FabricOption::Unrecorded,
    };
    Lease { interface: Some(interface.to_owned()), ends, option }
}

/// An address; `0.0.0.0` stands for none.
fn address(text: &str) -> Option<Ipv4Addr> {
    text.trim().parse().ok().filter(|address: &Ipv4Addr| !address.is_unspecified())
}

/// The addresses in the option of the host, from the options as the DHCP client keeps them: each is five numbers (code, one
/// that does not matter here, length, one more, when it ends) and then bytes, filled up to a multiple of four. The form is
/// not documented: `None` where the bytes do not follow it.
fn host(mut bytes: &[u8]) -> Option<Vec<Ipv4Addr>> {
    let mut addresses = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_first_chunk::<20>()?;
        let numbers = head.as_chunks::<4>().0;
        let [code, _, length, _, _] = numbers else { return None };
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let value = rest.get(..length)?;
        if u32::from_le_bytes(*code) == HOST {
            addresses.extend(value.as_chunks::<4>().0.iter().map(|octets| Ipv4Addr::from(*octets)));
        }
        // The last one need not be filled up.
        bytes = rest.get(length.checked_next_multiple_of(4)?..).unwrap_or_default();
    }
    Some(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::guest::registry::Export;

    fn option(code: u32, value: &[u8]) -> Vec<u8> {
        let length = u32::try_from(value.len()).unwrap();
        let mut bytes = [code, 0, length, 0, 0x57b6_1733].map(u32::to_le_bytes).concat();
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    const AZURE: [u8; 4] = [168, 63, 129, 16];

    #[test]
    fn the_option_of_the_host_is_found_among_others() {
        let options =
            [option(6, &[8, 8, 8, 8]), option(53, &[5]), option(12, b"GIGABYTE-PC"), option(245, &AZURE)]
                .concat();
        assert_eq!(host(&options), Some(vec![Ipv4Addr::from(AZURE)]));
        assert_eq!(host(&option(252, &[])), Some(Vec::new()));
        assert_eq!(host(&option(245, &[1, 2, 3])), Some(Vec::new()));
    }

    #[test]
    fn bytes_of_another_form_tell_nothing() {
        let whole = [option(6, &[8, 8, 8, 8]), option(245, &AZURE)].concat();
        for length in 1..whole.len() {
            assert!(length == 24 || host(&whole[..length]).is_none(), "{length}");
        }
        let mut endless = option(6, &AZURE);
        endless[8..12].fill(0xff);
        assert_eq!(host(&endless), None);
    }

    fn machine(values: &str) -> Machine {
        let export = Export::parse(&format!("REGEDIT4\n[HKLM\\SYSTEM\\X]\n{values}"));
        let mut machine = Machine::default();
        // Twice: of one interface what was read last counts.
        for _ in 0..2 {
            read_key("{1}", export.keys().next().unwrap(), &"r".into(), &mut machine);
        }
        machine
    }

    fn read(values: &str) -> Addressing {
        machine(values).addressing
    }

    fn servers(values: &str) -> Vec<(Vec<String>, bool)> {
        let resolvers = machine(values).names.resolvers.into_iter();
        resolvers
            .map(|read| (read.value.servers.iter().map(ToString::to_string).collect(), read.value.more))
            .collect()
    }

    #[test]
    fn name_servers_are_those_written_down_or_else_those_by_dhcp() {
        const DHCP: &str = "\"EnableDHCP\"=dword:1\n\"DhcpIPAddress\"=\"10.0.0.4\"\n\"DhcpNameServer\"=\"168.63.129.16 10.0.0.9\"\n";
        let named = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(servers(DHCP), [(named(&["168.63.129.16", "10.0.0.9"]), false)]);
        assert_eq!(servers(&format!("{DHCP}\"NameServer\"=\"\"\n")), servers(DHCP));
        let written = servers(&format!("{DHCP}\"NameServer\"=\"10.1.0.4,fd00::4,dns\"\n"));
        assert_eq!(written, [(named(&["10.1.0.4", "fd00::4"]), true)]);
        // What DHCP gave before it was switched off.
        let fixed =
            "\"EnableDHCP\"=dword:0\n\"IPAddress\"=\"10.0.0.4\"\n\"DhcpNameServer\"=\"168.63.129.16\"\n";
        assert_eq!(servers(fixed), [(Vec::new(), false)]);
        assert!(servers("\"NameServer\"=\"10.1.0.4\"\n").is_empty());
        let export = Export::parse("REGEDIT4\n[HKLM\\SYSTEM\\X]\n\"NameServer\"=\"10.1.0.4\"\n");
        let mut known = Names::default();
        read_parameters(export.keys().next().unwrap(), &"r".into(), &mut known);
        assert_eq!(known.resolvers.len(), 1);
    }

    #[test]
    fn whether_dhcp_is_on_and_what_came_of_it() {
        let off = read("\"EnableDHCP\"=dword:0\n\"IPAddress\"=hex(7):31,30,2e,30,2e,30,2e,34,00,00\n");
        assert_eq!((off.interfaces.len(), off.leases.len()), (1, 0));
        assert_eq!(off.interfaces[0].value.method, Method::Static);
        let digits =
            option(245, &AZURE).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(",");
        let on = read(&format!(
            "\"EnableDHCP\"=dword:1\n\"DhcpIPAddress\"=\"10.0.0.4\"\n\"DhcpInterfaceOptions\"=hex:{digits}\n\
             \"LeaseTerminatesTime\"=dword:57b61733\n"
        ));
        assert_eq!((on.interfaces.len(), on.leases.len()), (1, 1));
        assert_eq!(on.interfaces[0].value.method, Method::Dhcp);
        assert_eq!(on.leases[0].value.option, FabricOption::Address(AZURE.into()));
        assert_eq!(on.leases[0].value.ends, Ends::At(Timestamp::from_second(0x57b6_1733).unwrap()));
        let unasked = read("\"EnableDHCP\"=dword:1\n\"DhcpIPAddress\"=\"10.0.0.4\"\n");
        assert_eq!(
            (unasked.leases[0].value.option, unasked.leases[0].value.ends),
            (FabricOption::Unrecorded, Ends::Unknown)
        );
    }

    #[test]
    fn interfaces_that_are_gone_say_nothing() {
        for values in [
            "\"EnableDHCP\"=dword:1\n\"DhcpIPAddress\"=\"0.0.0.0\"\n\"IPAddress\"=\"0.0.0.0\"\n",
            "\"EnableDHCP\"=dword:0\n\"IPAddress\"=\"0.0.0.0\"\n",
            "\"NameServer\"=\"1.2.3.4\"\n",
        ] {
            assert!(read(values).is_empty(), "{values}");
        }
    }
}
