//! What was seen in each phase, read back.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;

use super::super::fault::{Fault, quoted};
use super::super::json::View;
use super::super::node::Node;
use super::{duration_at, read_failure, required_word, whole};
use crate::probe::{
    Certificate, HttpAnswer, NameServerAnswer, Resolution, ResolvedBy, TlsAnswer, Trust, TunnelAnswer,
    Validity,
};

/// The versions of TLS that an answer can name.
const VERSIONS: [&str; 4] = ["1.0", "1.1", "1.2", "1.3"];

pub(super) fn resolution(node: &Node) -> Result<Resolution, Fault> {
    let servers = node.list_at("servers")?.unwrap_or_default();
    Ok(Resolution {
        by: required_word(node, "by", ResolvedBy::from_word)?,
        chain: node.texts_at("chain")?.unwrap_or_default(),
        servers: servers.iter().map(server).collect::<Result<_, Fault>>()?,
        notes: node.texts_at("notes")?.unwrap_or_default(),
    })
}

fn server(node: &Node) -> Result<NameServerAnswer, Fault> {
    let text = node.required_text("server", "an address and a port")?;
    let server: SocketAddr =
        text.parse().map_err(|_| Fault::found(node.place(), &text, "an address and a port"))?;
    let answer = match node.own("failure") {
        Some(failure) => Err(read_failure(&failure)?),
        None => Ok(addresses(node)?),
    };
    Ok(NameServerAnswer {
        server,
        over_tcp: node.flag_at("overTcp")?.unwrap_or_default(),
        answer,
        took: duration_at(node, "tookMs")?.unwrap_or_default(),
    })
}

fn addresses(node: &Node) -> Result<Vec<IpAddr>, Fault> {
    let texts = node.texts_at("addresses")?.unwrap_or_default();
    let read = |text: &String| text.parse().map_err(|_| Fault::found(node.place(), text, "an address"));
    texts.iter().map(read).collect()
}

pub(super) fn tunnel(node: &Node) -> Result<TunnelAnswer, Fault> {
    Ok(TunnelAnswer {
        status: status_at(node, "status")?.unwrap_or_default(),
        schemes: node.texts_at("schemes")?.unwrap_or_default(),
        software: node.own_text("software")?,
        error: node.own_text("error")?,
    })
}

/// The handshake, whose certificate stands beside it.
pub(super) fn tls(node: &Node, around: &Node) -> Result<TlsAnswer, Fault> {
    let certificate = around.own("certificate");
    Ok(TlsAnswer {
        version: required_word(node, "version", version)?,
        certificate: certificate.map(|node| read_certificate(&node)).transpose()?.unwrap_or_default(),
        issuers: node.texts_at("issuers")?.unwrap_or_default(),
        public_root: node.own_text("publicRoot")?,
        trust: required_word(node, "trust", Trust::from_word)?,
        name_matches: node.flag_at("nameMatches")?.unwrap_or_default(),
        validity: required_word(node, "validity", Validity::from_word)?,
    })
}

fn version(word: &str) -> Option<&'static str> {
    VERSIONS.into_iter().find(|known| *known == word)
}

fn read_certificate(node: &Node) -> Result<Certificate, Fault> {
    Ok(Certificate {
        subject: node.own_text("subject")?.unwrap_or_default(),
        issuer: node.own_text("issuer")?.unwrap_or_default(),
        names: node.texts_at("names")?.unwrap_or_default(),
        not_before: seconds_at(node, "notBefore")?.unwrap_or_default(),
        not_after: seconds_at(node, "notAfter")?.unwrap_or_default(),
    })
}

/// The answer, whose status stands beside it.
pub(super) fn http(node: &Node, around: &Node) -> Result<HttpAnswer, Fault> {
    let mut headers = Vec::new();
    for header in node.list_at("headers")?.unwrap_or_default() {
        let name = header.own_text("name")?.unwrap_or_default();
        let kept = HttpAnswer::KEPT.iter().find(|kept| **kept == name);
        headers.extend(kept.copied().zip(header.own_text("value")?));
    }
    Ok(HttpAnswer {
        status: status_at(around, "httpStatus")?.unwrap_or_default(),
        headers,
        excerpt: node.own_text("excerpt")?.unwrap_or_default(),
        date: seconds_at(node, "date")?,
    })
}

fn status_at(node: &Node, key: &str) -> Result<Option<u16>, Fault> {
    let Some(number) = node.number_at(key)? else { return Ok(None) };
    let status = u16::try_from(number);
    status.map(Some).map_err(|_| Fault::found(node.place(), &number.to_string(), "an HTTP status"))
}

/// A date and time in seconds since 1970, or the number itself where no calendar reaches so far.
fn seconds_at(node: &Node, key: &str) -> Result<Option<i64>, Fault> {
    let Some(node) = node.own(key) else { return Ok(None) };
    match node.value().view() {
        View::Text(text) => {
            let instant: Result<Timestamp, _> = text.parse();
            let fault = |_| Fault::found(node.place(), &quoted(text), "a date and time");
            instant.map(|instant| Some(instant.as_second())).map_err(fault)
        }
        _ => whole(&node).map(Some),
    }
}
