//! Fixed addresses of the platform and what rules never filter.

use std::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;

use super::rows::Table;
use super::sources::Sources;
use super::{Fault, emit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    address: Ipv4Addr,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    id: String,
    title: String,
    address: Option<Ipv4Addr>,
    ports: Vec<u16>,
    transports: Vec<Transport>,
    tag: Option<String>,
    sources: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
enum Transport {
    Tcp,
    Udp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoadBalancer {
    addresses: Vec<String>,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Internet {
    date: String,
    sources: Vec<String>,
    special: Vec<String>,
    withheld: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SystemRoutes {
    sources: Vec<String>,
    dropped: Vec<String>,
    seen_dropped: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServiceDomains {
    sources: Vec<String>,
    public: Vec<String>,
    us_government: Vec<String>,
    china: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustedRoot {
    name: String,
    sha1: String,
    sources: Vec<String>,
    certificate: Option<String>,
}

/// The constants of the platform.
pub(super) fn generate(mut table: Table, sources: &Sources) -> Result<String, Fault> {
    let wire_server: Fixed = table.one("wire-server")?;
    let metadata: Fixed = table.one("metadata-service")?;
    let services = table.rows::<Service>("service")?;
    let balancer: LoadBalancer = table.one("load-balancer")?;
    let internet: Internet = table.one("internet")?;
    let routes: SystemRoutes = table.one("system-routes")?;
    let domains = service_domains(&mut table, sources)?;
    let roots = trusted_roots(&mut table, sources)?;
    table.finish()?;
    table.unique(services.iter().map(|(name, service)| (name.clone(), service.id.clone())))?;
    for (name, keys) in [
        ("wire-server", &wire_server.sources),
        ("metadata-service", &metadata.sources),
        ("load-balancer", &balancer.sources),
        ("system-routes", &routes.sources),
    ] {
        sources.expression(keys).map_err(|what| table.fault(Some(name), &what))?;
    }
    let mut items = Vec::new();
    for (name, row) in &services {
        items.push(service(row, sources).map_err(|what| table.fault(Some(name), &what))?);
    }
    let in_row = |row: &'static str| move |what: String| Fault::new("platform.toml", Some(row), what);
    let complement = format!(
        "InternetComplement {{ date: {:?}, special: {}, withheld: {}, sources: {} }}",
        internet.date,
        blocks(&internet.special).map_err(in_row("internet"))?,
        blocks(&internet.withheld).map_err(in_row("internet"))?,
        sources.expression(&internet.sources).map_err(in_row("internet"))?,
    );
    let dropped = [routes.dropped, routes.seen_dropped].concat();
    let dropped = blocks(&dropped).map_err(in_row("system-routes"))?;
    let balancer = blocks(&balancer.addresses).map_err(in_row("load-balancer"))?;
    let addresses = format!(
        "/// The wire server: one address in every region and cloud.\npub const WIRE_SERVER: Ipv4Addr = {};\n\
         /// The instance metadata service: one address in every region and cloud.\n\
         pub const METADATA_SERVICE: Ipv4Addr = {};\n",
        address(wire_server.address),
        address(metadata.address),
    );
    Ok(addresses
        + &emit::table("SERVICES", "&[PlatformService]", &emit::list(&items))
        + &emit::table("LOAD_BALANCER", "&[Block]", &balancer)
        + &emit::table("DROPPED", "&[Block]", &dropped)
        + &emit::table("INTERNET", "InternetComplement", &complement)
        + &emit::table("SERVICE_DOMAINS", "ServiceDomains", &domains)
        + &emit::table("DOCUMENTED_ROOTS", "&[DocumentedRoot]", &roots))
}

fn service_domains(table: &mut Table, sources: &Sources) -> Result<String, Fault> {
    let row: ServiceDomains = table.one("service-domains")?;
    let in_row = |what: String| Fault::new("platform.toml", Some("service-domains"), what);
    let domains = [row.public, row.us_government, row.china].concat();
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    if let Some(odd) = domains
        .iter()
        .find(|domain| !domain.contains('.') || domain.starts_with('.') || !domain.bytes().all(plain))
    {
        return Err(in_row(format!("`{odd}` is not a domain in lower case")));
    }
    table.unique(domains.iter().map(|domain| ("service-domains".to_owned(), domain.clone())))?;
    let sources = sources.expression(&row.sources).map_err(in_row)?;
    Ok(format!("ServiceDomains {{ names: {}, sources: {sources} }}", emit::texts(&domains)))
}

fn trusted_roots(table: &mut Table, sources: &Sources) -> Result<String, Fault> {
    let rows = table.rows::<TrustedRoot>("trusted-root")?;
    table.unique(rows.iter().map(|(row, root)| (row.clone(), root.name.clone())))?;
    let mut items = Vec::new();
    for (name, root) in &rows {
        items.push(trusted_root(root, sources).map_err(|what| table.fault(Some(name), &what))?);
    }
    Ok(emit::list(&items))
}

fn trusted_root(root: &TrustedRoot, sources: &Sources) -> Result<String, String> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if root.sha1.len() != 40 || !root.sha1.bytes().all(digit) {
        return Err(format!("`{}` is not a SHA-1 in lower-case hexadecimal", root.sha1));
    }
    Ok(format!(
        "DocumentedRoot {{ name: {:?}, sha1: {:?}, certificate: {:?}, sources: {} }}",
        root.name,
        root.sha1,
        root.certificate,
        sources.expression(&root.sources)?
    ))
}

fn service(row: &Service, sources: &Sources) -> Result<String, String> {
    let at = row.address.map_or_else(|| "None".to_owned(), |at| format!("Some({})", address(at)));
    Ok(format!(
        "PlatformService {{ id: {:?}, title: {:?}, address: {at}, ports: &{:?}, transports: {}, tag: {:?}, sources: {} }}",
        row.id,
        row.title,
        row.ports,
        emit::variants("Transport", &row.transports),
        row.tag,
        sources.expression(&row.sources)?
    ))
}

fn address(address: Ipv4Addr) -> String {
    format!("Ipv4Addr::new({})", address.octets().map(|octet| octet.to_string()).join(", "))
}

fn blocks(texts: &[String]) -> Result<String, String> {
    let blocks: Result<Vec<_>, _> = texts.iter().map(|text| block(text)).collect();
    Ok(emit::list(&blocks?))
}

fn block(text: &str) -> Result<String, String> {
    let bad = || format!("`{text}` is not an address block without host bits");
    let (address, length) = text.split_once('/').ok_or_else(bad)?;
    let (address, length): (IpAddr, u8) =
        (address.parse().map_err(|_| bad())?, length.parse().map_err(|_| bad())?);
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32_u32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let host = width.checked_sub(u32::from(length)).ok_or_else(bad)?;
    if host < 128 && bits & ((1 << host) - 1) != 0 {
        return Err(bad());
    }
    let address = match address {
        IpAddr::V4(v4) => format!("IpAddr::V4({})", self::address(v4)),
        IpAddr::V6(v6) => {
            let segments = v6.segments().map(|segment| format!("{segment:#x}")).join(", ");
            format!("IpAddr::V6(Ipv6Addr::new({segments}))")
        }
    };
    Ok(format!("Block {{ address: {address}, length: {length} }}"))
}
