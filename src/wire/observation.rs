//! Our own answer about probes, `azpreflight/probe/v1`, read back: a saved one replays the run.

mod seen;

use std::net::IpAddr;
use std::time::Duration;

use super::fault::{Fault, quoted};
use super::json::View;
use super::node::Node;
use super::reader::Reader;
use crate::facts::{Observed, ProbeNote};
use crate::probe::{
    AddressVerdict, Authority, Consumer, Expectation, Failure, FailureKind, Need, Observation, Outcome,
    Phase, Phases, Proxy, Target, Via,
};

/// What the document calls itself.
const SCHEMA: &str = "azpreflight/probe/v1";

/// Whether this is our answer about probes.
pub(super) fn is_answer(node: &Node) -> bool {
    node.own("schema").is_some_and(|schema| schema.value().as_str() == Some(SCHEMA))
}

/// Reads every result. One that says something that is not known here, as later versions may, is passed over.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    for (index, result) in node.list_at("results")?.unwrap_or_default().iter().enumerate() {
        match observed(result, index) {
            Ok(Some(observed)) => reader.facts.observations.push(observed),
            // What was not probed is a pattern rather than a host.
            Ok(None) => {}
            Err(Fault::Open(place, reason)) => reader.pass_over(place, reason),
            Err(wrong) => return Err(wrong),
        }
    }
    for note in node.list_at("notes")?.unwrap_or_default() {
        let text = note.text()?;
        reader.facts.probe_notes.extend(text.map(|text| ProbeNote { text, place: note.place() }));
    }
    Ok(())
}

fn observed(node: &Node, index: usize) -> Result<Option<Observed>, Fault> {
    let outcome = required_word(node, "outcome", Outcome::from_word)?;
    if outcome == Outcome::Skipped && node.own("expectation").is_none() {
        return Ok(None);
    }
    let mut observation = Observation { outcome, ..Observation::begun(index) };
    observation.failure = node.own("failure").map(|failure| read_failure(&failure)).transpose()?;
    observation.notes = node.texts_at("notes")?.unwrap_or_default();
    observation.phases = phases(node)?;
    observation.took = duration_at(node, "tookMs")?;
    observation.interrupted = node.flag_at("interrupted")?.unwrap_or(false);
    observation.address = address_at(node, "address")?;
    observation.local = address_at(node, "localAddress")?;
    observation.addresses = verdicts(node)?;
    observation.clock_ahead = node.own("clockAheadSeconds").map(|node| whole(&node)).transpose()?;
    observation.resolution = boxed(node, "resolution", seen::resolution)?;
    observation.tunnel = boxed(node, "tunnel", seen::tunnel)?;
    observation.tls = node.own("tls").map(|tls| seen::tls(&tls, node)).transpose()?.map(Box::new);
    observation.answer =
        node.own("answer").map(|answer| seen::http(&answer, node)).transpose()?.map(Box::new);
    Ok(Some(Observed { target: target(node)?, observation, place: node.place() }))
}

fn boxed<T>(node: &Node, key: &str, read: fn(&Node) -> Result<T, Fault>) -> Result<Option<Box<T>>, Fault> {
    Ok(node.own(key).map(|node| read(&node)).transpose()?.map(Box::new))
}

fn target(node: &Node) -> Result<Target, Fault> {
    let stated =
        node.own("target").ok_or_else(|| Fault::absent(node.place(), "target", "what was probed"))?;
    let expectation = required_word(node, "expectation", Expectation::from_word)?;
    let depends_on = node.own_text("dependsOn")?;
    let need = match (node.flag_at("required")?, depends_on) {
        (Some(true), _) => Need::Required,
        (_, Some(on)) => Need::Depends(on),
        _ => Need::Optional,
    };
    let consumer = required_word(node, "consumer", Consumer::from_word)?;
    Ok(Target {
        authority: authority(&stated)?,
        via: via(&stated)?,
        expectation,
        requirement: node.own_text("requirement")?,
        need,
        consumer,
        also: others(node, consumer)?,
        configured_by: node.own_text("configuredBy")?,
        uncertain: node.own_text("uncertain")?,
    })
}

/// Who else is meant by a result: all that it names but the first.
fn others(node: &Node, first: Consumer) -> Result<Vec<Consumer>, Fault> {
    let words = node.texts_at("consumers")?.unwrap_or_default();
    let known = words.iter().map(|word| word_of(node, "consumer", word, Consumer::from_word));
    let known: Vec<Consumer> = known.collect::<Result<_, Fault>>()?;
    Ok(known.into_iter().filter(|consumer| *consumer != first).collect())
}

fn authority(node: &Node) -> Result<Authority, Fault> {
    let host = node.required_text("host", "a host name or an address")?;
    let expected = "a host name or an address";
    let host = host.parse().map_err(|_| Fault::found(node.place(), &host, expected))?;
    let port = node.number_at("port")?.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0);
    let port = port.ok_or_else(|| Fault::absent(node.place(), "port", "a port from 1 to 65535"))?;
    Ok(Authority { host, port })
}

/// Credentials are never in our answers; if somebody wrote some there, they go no further.
fn via(node: &Node) -> Result<Via, Fault> {
    match node.own_text("via")? {
        None => Ok(Via::Direct),
        Some(word) if word == "direct" => Ok(Via::Direct),
        Some(url) => {
            let proxy: Result<Proxy, _> = url.parse();
            let expected = "`direct` or the URL of an HTTP proxy";
            let proxy = proxy.map_err(|_| {
                Fault::because(node.place(), String::new(), "found no proxy".into(), expected)
            })?;
            Ok(Via::Proxy(proxy.with_credentials(None)))
        }
    }
}

fn read_failure(node: &Node) -> Result<Failure, Fault> {
    Ok(Failure {
        phase: required_word(node, "phase", Phase::from_word)?,
        kind: required_word(node, "kind", FailureKind::from_word)?,
        detail: node.own_text("detail")?.unwrap_or_default(),
    })
}

fn phases(node: &Node) -> Result<Phases, Fault> {
    let Some(times) = node.own("phases") else { return Ok(Phases::default()) };
    Ok(Phases {
        resolve: duration_at(&times, "resolveMs")?,
        connect: duration_at(&times, "connectMs")?,
        tunnel: duration_at(&times, "tunnelMs")?,
        tls: duration_at(&times, "tlsMs")?,
        request: duration_at(&times, "firstByteMs")?,
    })
}

fn verdicts(node: &Node) -> Result<Vec<AddressVerdict>, Fault> {
    let nodes = node.list_at("addresses")?.unwrap_or_default();
    nodes.iter().map(verdict).collect()
}

fn verdict(node: &Node) -> Result<AddressVerdict, Fault> {
    let address = address_at(node, "address")?;
    let failure = node.own("failure").map(|failure| read_failure(&failure)).transpose()?;
    let took = duration_at(node, "connectMs")?;
    Ok(AddressVerdict {
        address: address.ok_or_else(|| Fault::absent(node.place(), "address", "an address"))?,
        connected: took.map(Ok).or(failure.map(Err)),
    })
}

/// A word of a closed vocabulary. One that is not known leaves what it is about open: a later version may say more.
fn required_word<T>(node: &Node, key: &str, read: fn(&str) -> Option<T>) -> Result<T, Fault> {
    let word = node.required_text(key, "a word of `azpreflight/probe/v1`")?;
    word_of(node, key, &word, read)
}

fn word_of<T>(node: &Node, what: &str, word: &str, read: fn(&str) -> Option<T>) -> Result<T, Fault> {
    read(word).ok_or_else(|| {
        Fault::Open(node.place(), format!("the {what} `{}` is not known to this version", quoted(word)))
    })
}

fn address_at(node: &Node, key: &str) -> Result<Option<IpAddr>, Fault> {
    let Some(text) = node.own_text(key)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Fault::found(node.place(), &text, "an address"))
}

/// Milliseconds, to the microsecond.
fn duration_at(node: &Node, key: &str) -> Result<Option<Duration>, Fault> {
    let Some(node) = node.own(key) else { return Ok(None) };
    let number = match node.value().view() {
        View::Number(number) => number.as_f64(),
        _ => None,
    };
    let seconds = number.map(|milliseconds| (milliseconds * 1000.0).round() / 1_000_000.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.map(Some).ok_or_else(|| node.fault("a number of milliseconds"))
}

/// A whole number, negative ones included.
fn whole(node: &Node) -> Result<i64, Fault> {
    match node.value().view() {
        View::Number(number) => number.as_i64().ok_or_else(|| node.fault("a whole number")),
        _ => Err(node.fault("a whole number")),
    }
}
