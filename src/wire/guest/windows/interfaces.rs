//! Network interfaces in the registry: `Tcpip\Parameters\Interfaces`.

use std::net::Ipv4Addr;

use crate::guest::windows::{Interface, InterfaceDhcp};
use crate::wire::guest::registry::{Data, Key};

/// The DHCP option in which Azure tells the address of the host.
const HOST: u32 = 245;

/// What the key of an interface says; `None` where it says nothing of addresses.
pub(super) fn read_key(name: &str, key: &Key) -> Option<Interface> {
    let dhcp = match key.number("EnableDHCP") {
        None => None,
        Some(0) => Some(InterfaceDhcp::Off),
        Some(_) => Some(InterfaceDhcp::On {
            address: key.text("DhcpIPAddress").and_then(address),
            server: key.text("DhcpServer").and_then(address),
            host: key.bytes("DhcpInterfaceOptions").and_then(host),
        }),
    };
    let addresses: Vec<Ipv4Addr> = match key.value("IPAddress") {
        Some(Data::Texts(texts)) => texts.iter().filter_map(|text| address(text)).collect(),
        Some(Data::Text(text)) => address(text).into_iter().collect(),
        _ => Vec::new(),
    };
    let says_something = dhcp.is_some() || !addresses.is_empty();
    says_something.then(|| Interface { name: name.to_owned(), dhcp, addresses })
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

    fn read(values: &str) -> Option<Interface> {
        let export = Export::parse(&format!("REGEDIT4\n[HKLM\\SYSTEM\\X]\n{values}"));
        read_key("{1}", export.keys().next().unwrap())
    }

    #[test]
    fn whether_dhcp_is_on_and_what_came_of_it() {
        let off =
            read("\"EnableDHCP\"=dword:0\n\"IPAddress\"=hex(7):31,30,2e,30,2e,30,2e,34,00,00\n").unwrap();
        assert_eq!(
            (off.dhcp.clone(), off.addresses.clone()),
            (Some(InterfaceDhcp::Off), vec![[10, 0, 0, 4].into()])
        );
        assert!(off.is_in_use());
        let on = read(
            "\"EnableDHCP\"=dword:1\n\"DhcpIPAddress\"=\"10.0.0.4\"\n\"DhcpServer\"=\"168.63.129.16\"\n",
        )
        .unwrap();
        let wanted =
            InterfaceDhcp::On { address: Some([10, 0, 0, 4].into()), server: Some(AZURE.into()), host: None };
        assert_eq!(on.dhcp, Some(wanted));
        let gone = read("\"EnableDHCP\"=dword:1\n\"DhcpIPAddress\"=\"0.0.0.0\"\n\"IPAddress\"=\"0.0.0.0\"\n")
            .unwrap();
        assert!(!gone.is_in_use());
        assert_eq!(read("\"NameServer\"=\"1.2.3.4\"\n"), None);
    }
}
