//! What was seen in each phase, as published.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::FailureAnswer;
use crate::probe::{
    AddressVerdict, Certificate, HttpAnswer, NameServerAnswer, Resolution, TlsAnswer, TunnelAnswer,
};

/// A duration in milliseconds, with at most three decimals.
pub(super) struct Milliseconds(pub(super) Duration);

impl Serialize for Milliseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = u32::try_from(self.0.as_micros()).unwrap_or(u32::MAX);
        serializer.serialize_f64(f64::from(micros) / 1000.0)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddressAnswer<'r> {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect_ms: Option<Milliseconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureAnswer<'r>>,
}

impl<'r> AddressAnswer<'r> {
    pub(super) fn of(verdict: &'r AddressVerdict) -> Self {
        let connected = verdict.connected.as_ref();
        Self {
            address: verdict.address.to_string(),
            connect_ms: connected.and_then(|it| it.as_ref().ok()).map(|took| Milliseconds(*took)),
            failure: connected.and_then(|it| it.as_ref().err()).map(FailureAnswer::of),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ResolutionAnswer<'r> {
    by: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    chain: &'r [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    servers: Vec<ServerAnswer<'r>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'r [String],
}

impl<'r> ResolutionAnswer<'r> {
    pub(super) fn of(resolution: &'r Resolution) -> Self {
        Self {
            by: resolution.by.word(),
            chain: &resolution.chain,
            servers: resolution.servers.iter().map(ServerAnswer::of).collect(),
            notes: &resolution.notes,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServerAnswer<'r> {
    server: String,
    over_tcp: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureAnswer<'r>>,
    took_ms: Milliseconds,
}

impl<'r> ServerAnswer<'r> {
    fn of(answer: &'r NameServerAnswer) -> Self {
        let addresses = answer.answer.as_ref().ok();
        Self {
            server: answer.server.to_string(),
            over_tcp: answer.over_tcp,
            addresses: addresses.map(|all| all.iter().map(ToString::to_string).collect()),
            failure: answer.answer.as_ref().err().map(FailureAnswer::of),
            took_ms: Milliseconds(answer.took),
        }
    }
}

#[derive(Serialize)]
pub(super) struct TunnelSeen<'r> {
    status: u16,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    schemes: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    software: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
}

impl<'r> TunnelSeen<'r> {
    pub(super) fn of(answer: &'r TunnelAnswer) -> Self {
        Self {
            status: answer.status,
            schemes: &answer.schemes,
            software: answer.software.as_deref(),
            error: answer.error.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateAnswer<'r> {
    issuer: &'r str,
    subject: &'r str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    names: &'r [String],
    not_before: Instant,
    not_after: Instant,
}

impl<'r> CertificateAnswer<'r> {
    pub(super) fn of(certificate: &'r Certificate) -> Self {
        Self {
            issuer: &certificate.issuer,
            subject: &certificate.subject,
            names: &certificate.names,
            not_before: Instant(certificate.not_before),
            not_after: Instant(certificate.not_after),
        }
    }
}

/// Seconds since 1970, as a date and time; as the number where no calendar reaches so far.
pub(super) struct Instant(pub(super) i64);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Timestamp::from_second(self.0) {
            Ok(instant) => serializer.collect_str(&instant),
            Err(_) => serializer.serialize_i64(self.0),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TlsSeen<'r> {
    version: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    issuers: &'r [String],
    public_root: Option<&'r str>,
    trust: &'static str,
    name_matches: bool,
    validity: &'static str,
}

impl<'r> TlsSeen<'r> {
    pub(super) fn of(answer: &'r TlsAnswer) -> Self {
        Self {
            version: answer.version,
            issuers: &answer.issuers,
            public_root: answer.public_root.as_deref(),
            trust: answer.trust.word(),
            name_matches: answer.name_matches,
            validity: answer.validity.word(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct HttpSeen<'r> {
    headers: Vec<HeaderSeen<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Instant>,
    #[serde(skip_serializing_if = "str::is_empty")]
    excerpt: &'r str,
}

impl<'r> HttpSeen<'r> {
    pub(super) fn of(answer: &'r HttpAnswer) -> Self {
        let header = |(name, value): &'r (&'static str, String)| HeaderSeen { name, value };
        Self {
            headers: answer.headers.iter().map(header).collect(),
            date: answer.date.map(Instant),
            excerpt: &answer.excerpt,
        }
    }
}

#[derive(Serialize)]
struct HeaderSeen<'r> {
    name: &'static str,
    value: &'r str,
}
