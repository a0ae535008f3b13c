//! `azpreflight/probe/v1`: the published form. It holds all there is to know, so that a saved answer replays the run.

mod seen;

use std::io::{self, Write};

use serde::Serialize;

use super::super::json::{harmless, write_json};
use super::{ProbeReport, Probed, Tally};
use crate::backup::Skipped;
use crate::probe::{Consumer, Failure, Fault, Need, Phases, advice, meaning};
use seen::{AddressAnswer, CertificateAnswer, HttpSeen, Milliseconds, ResolutionAnswer, TlsSeen, TunnelSeen};

/// What the document calls itself.
pub(crate) const SCHEMA: &str = "azpreflight/probe/v1";

pub(super) fn write(report: &ProbeReport, on_one_line: bool, out: &mut dyn Write) -> io::Result<()> {
    let answer = Answer::of(report);
    if !on_one_line {
        return write_json(&answer, out);
    }
    let text = serde_json::to_string(&answer)?;
    out.write_all(harmless(&text).as_bytes())?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'r> {
    schema: &'static str,
    verdict: &'static str,
    summary: Counts,
    results: Vec<ResultAnswer<'r>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'r [String],
}

impl<'r> Answer<'r> {
    fn of(report: &'r ProbeReport) -> Self {
        let probed = report.results.iter().map(ResultAnswer::of);
        let skipped = report.skipped.iter().map(ResultAnswer::of_skipped);
        Self {
            schema: SCHEMA,
            verdict: report.reached().word(),
            summary: Counts::of(report.tally()),
            results: probed.chain(skipped).collect(),
            notes: &report.notes,
        }
    }
}

#[derive(Serialize)]
struct Counts {
    reached: usize,
    failed: usize,
    undecided: usize,
    skipped: usize,
}

impl Counts {
    fn of(tally: Tally) -> Self {
        let Tally { reached, failed, undecided, skipped } = tally;
        Self { reached, failed, undecided, skipped }
    }
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct ResultAnswer<'r> {
    target: TargetAnswer,
    requirement: Option<&'r str>,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<&'r str>,
    consumer: &'static str,
    consumers: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expectation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configured_by: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncertain: Option<&'r str>,
    outcome: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureAnswer<'r>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    phases: Option<PhaseTimes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_ms: Option<Milliseconds>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_address: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<AddressAnswer<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<ResolutionAnswer<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tunnel: Option<TunnelSeen<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateAnswer<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<TlsSeen<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<HttpSeen<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_ahead_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl<'r> ResultAnswer<'r> {
    fn of(probed: &'r Probed) -> Self {
        let Probed { target, observation: seen, placement } = probed;
        let tls = seen.tls.as_deref();
        let answer = seen.answer.as_deref();
        Self {
            target: TargetAnswer {
                host: target.authority.host.to_string(),
                port: target.authority.port,
                via: target.via.to_string(),
            },
            requirement: target.requirement.as_deref(),
            expectation: Some(target.expectation.word()),
            configured_by: target.configured_by.as_deref(),
            uncertain: target.uncertain.as_deref(),
            outcome: seen.outcome.word(),
            reason: meaning(target, seen),
            fault: placement.as_ref().and_then(|placement| placement.fault).map(Fault::word),
            placement: placement.as_ref().map(|placement| placement.sentence.as_str()),
            failure: seen.failure.as_ref().map(FailureAnswer::of),
            notes: &seen.notes,
            phases: PhaseTimes::of(&seen.phases),
            took_ms: seen.took.map(Milliseconds),
            interrupted: seen.interrupted,
            address: seen.address.map(|address| address.to_string()),
            local_address: seen.local.map(|address| address.to_string()),
            addresses: seen.addresses.iter().map(AddressAnswer::of).collect(),
            resolution: seen.resolution.as_deref().map(ResolutionAnswer::of),
            tunnel: seen.tunnel.as_deref().map(TunnelSeen::of),
            certificate: tls.map(|tls| CertificateAnswer::of(&tls.certificate)),
            tls: tls.map(TlsSeen::of),
            http_status: answer.map(|answer| answer.status),
            answer: answer.map(HttpSeen::of),
            clock_ahead_seconds: seen.clock_ahead,
            advice: advice(target, seen),
            ..Self::needed(&target.need, target.consumer, &target.also)
        }
    }

    fn of_skipped(skipped: &'r Skipped) -> Self {
        Self {
            target: TargetAnswer {
                host: skipped.host_pattern.clone(),
                port: skipped.port,
                via: "direct".to_owned(),
            },
            requirement: Some(&skipped.requirement),
            outcome: "skipped",
            reason: skipped.reason.clone(),
            ..Self::needed(&skipped.need, skipped.consumer, &skipped.also)
        }
    }

    fn needed(need: &'r Need, consumer: Consumer, also: &[Consumer]) -> Self {
        let depends_on = match need {
            Need::Depends(on) => Some(on.as_str()),
            Need::Required | Need::Optional => None,
        };
        Self {
            required: *need == Need::Required,
            depends_on,
            consumer: consumer.word(),
            consumers: std::iter::once(consumer).chain(also.iter().copied()).map(Consumer::word).collect(),
            ..Self::default()
        }
    }
}

#[derive(Serialize, Default)]
struct TargetAnswer {
    host: String,
    port: u16,
    via: String,
}

#[derive(Serialize)]
struct FailureAnswer<'r> {
    phase: &'static str,
    kind: &'static str,
    detail: &'r str,
}

impl<'r> FailureAnswer<'r> {
    fn of(failure: &'r Failure) -> Self {
        Self { phase: failure.phase.word(), kind: failure.kind.word(), detail: &failure.detail }
    }
}

#[derive(Serialize)]
struct PhaseTimes {
    #[serde(rename = "resolveMs", skip_serializing_if = "Option::is_none")]
    resolve: Option<Milliseconds>,
    #[serde(rename = "connectMs", skip_serializing_if = "Option::is_none")]
    connect: Option<Milliseconds>,
    #[serde(rename = "tunnelMs", skip_serializing_if = "Option::is_none")]
    tunnel: Option<Milliseconds>,
    #[serde(rename = "tlsMs", skip_serializing_if = "Option::is_none")]
    tls: Option<Milliseconds>,
    #[serde(rename = "firstByteMs", skip_serializing_if = "Option::is_none")]
    first_byte: Option<Milliseconds>,
}

impl PhaseTimes {
    fn of(phases: &Phases) -> Option<Self> {
        (*phases != Phases::default()).then(|| Self {
            resolve: phases.resolve.map(Milliseconds),
            connect: phases.connect.map(Milliseconds),
            tunnel: phases.tunnel.map(Milliseconds),
            tls: phases.tls.map(Milliseconds),
            first_byte: phases.request.map(Milliseconds),
        })
    }
}
