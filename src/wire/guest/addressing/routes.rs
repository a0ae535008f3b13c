//! The routes of a guest in force, as the kernel lists them and as `ip route` says them.

use std::net::Ipv4Addr;

use crate::facts::Facts;
use crate::guest::{GuestRoute, Read};
use crate::wire::guest::{Known, Text, TextReader, Told};
use crate::wire::json::{Json, Value};

/// `/proc/net/route`, in which the VM agent itself looks.
pub(in crate::wire::guest) const KERNEL_ROUTES: TextReader =
    TextReader { known: Known::ByName(is_kernel_routes), read: read_kernel_routes };
/// What `ip -j -4 route show` says.
pub(in crate::wire::guest) const ROUTES: TextReader =
    TextReader { known: Known::ByName(is_routes), read: read_routes };

fn is_kernel_routes(text: &Text<'_>) -> bool {
    text.is_called("proc/net/route")
}

fn read_kernel_routes(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut lines = text.text.lines();
    if !lines.next().is_some_and(|head| head.starts_with("Iface")) {
        return Told::Nothing("no list of routes");
    }
    let routes = lines.filter_map(|line| {
        let mut columns = line.split_whitespace();
        let interface = columns.next()?;
        let to = columns.next()?;
        // The bytes stand in the order of the machine, which on those of Azure is the little end first.
        let to = u32::from_str_radix(to, 16).ok()?.swap_bytes();
        let mask = columns.nth(5)?;
        let to = match (to, mask) {
            (0, "00000000") => None,
            (to, "FFFFFFFF") => Some(Ipv4Addr::from(to)),
            _ => return None,
        };
        Some(GuestRoute { to, by: None, interface: Some(interface.to_owned()) })
    });
    take(text, facts, routes.collect())
}

fn is_routes(text: &Text<'_>) -> bool {
    text.is_called("commands/ip-routes.json")
}

fn read_routes(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Ok(json) = Json::parse(text.text) else { return Told::Nothing("no JSON") };
    let route = |route: Value<'_>| {
        let of = |key| route.member(key).and_then(Value::as_str);
        let to = match of("dst")? {
            "default" | "0.0.0.0/0" => None,
            host => Some(host.trim_end_matches("/32").parse().ok()?),
        };
        Some(GuestRoute {
            to,
            by: of("protocol").map(str::to_owned),
            interface: of("dev").map(str::to_owned),
        })
    };
    let lists = json.values();
    let routes = lists.iter().filter(|list| list.is_list()).flat_map(|list| list.items());
    take(text, facts, routes.filter_map(route).collect())
}

/// Two lists of the same routes are one.
fn take(text: &Text<'_>, facts: &mut Facts, routes: Vec<GuestRoute>) -> Told {
    facts.guest.documents += 1;
    match &mut facts.guest.addressing.routes {
        Some(known) => known.value.extend(routes),
        none => *none = Some(Read { value: routes, place: text.place() }),
    }
    Told::Something
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn as_the_kernel_lists_them() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                    eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                    eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n\
                    eth0\t10813FA8\t0100000A\t0007\t0\t0\t100\tFFFFFFFF\t0\t0\t0\n";
        let addressing = read("/proc/net/route", text);
        assert_eq!(addressing.has_wire_server_route(), Some(true));
        let first = text.lines().take(3).collect::<Vec<_>>().join("\n");
        assert_eq!(read("/proc/net/route", &first).has_wire_server_route(), Some(false));
    }

    #[test]
    fn as_ip_says_them() {
        let text = r#"[{"dst":"default","gateway":"10.0.0.1","dev":"eth0","protocol":"dhcp","prefsrc":"10.0.0.4","flags":[]},
            {"dst":"10.0.0.0/24","dev":"eth0","protocol":"kernel"},{"dst":"168.63.129.16","gateway":"10.0.0.1","dev":"eth0"}]"#;
        let addressing = read("bundle/commands/ip-routes.json", text);
        assert_eq!(addressing.has_wire_server_route(), Some(true));
        let routes = addressing.routes.unwrap().value;
        assert_eq!((routes.len(), routes[0].by.as_deref()), (2, Some("dhcp")));
    }
}
