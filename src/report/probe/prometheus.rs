//! The exposition format of Prometheus: names and meanings are those of `blackbox_exporter` where it has them.
//!
//! One probe of `blackbox_exporter` is one scrape; here a scrape holds all targets, told apart by their labels.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::IpAddr;
use std::time::Duration;

use super::super::escape::escape;
use super::{ProbeReport, Probed};
use crate::backup::Skipped;
use crate::probe::{Consumer, Need, Outcome, Phase};

/// One number, with the labels that it has beyond those of its target.
type Sample = (Vec<(&'static str, String)>, f64);

/// A metric: what it is called, what it means, and what it is of one target.
struct Family {
    name: &'static str,
    help: &'static str,
    of: fn(&Probed) -> Vec<Sample>,
}

const FAMILIES: &[Family] = &[
    Family { name: "probe_success", help: "Whether the right service answered", of: success },
    Family { name: "probe_duration_seconds", help: "How long all phases took together", of: duration },
    Family { name: "probe_dns_lookup_time_seconds", help: "How long the name took to resolve", of: lookup },
    Family {
        name: "probe_http_duration_seconds",
        help: "How long each phase took; tunnel is CONNECT through a proxy",
        of: phases,
    },
    Family { name: "probe_http_status_code", help: "The HTTP status that was answered", of: status },
    Family {
        name: "probe_ip_protocol",
        help: "Whether IPv4 or IPv6 was spoken, with the proxy where one stands before the target",
        of: ip_protocol,
    },
    Family {
        name: "probe_ssl_earliest_cert_expiry",
        help: "When the server's certificate expires, in seconds since 1970",
        of: expiry,
    },
    Family { name: "probe_tls_version_info", help: "The version of TLS agreed on", of: tls_version },
    Family { name: "probe_failure_info", help: "In which phase a target failed, and as what", of: failure },
    Family {
        name: "probe_outcome_info",
        help: "What came of a target: reached, failed, undecided, skipped",
        of: outcome,
    },
    Family { name: "probe_required", help: "Whether backup depends on a target for certain", of: required },
];

/// Results as a scrape shows them.
#[derive(Debug, Clone, Copy)]
pub struct Exposition<'r> {
    /// The results.
    pub report: &'r ProbeReport,
    /// When they were made, in seconds since 1970, where that matters: for who scrapes results made earlier.
    pub made_at: Option<f64>,
}

impl Exposition<'_> {
    /// The media type of what is written.
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Writes all metrics. A target that stands twice in the list is written once, as the format wants it.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for family in FAMILIES {
            written(out, family.name, family.help, &self.lines(family))?;
        }
        match self.made_at {
            Some(at) => {
                let name = "probe_last_run_timestamp_seconds";
                written(
                    out,
                    name,
                    "When the targets were last probed, in seconds since 1970",
                    &[format!("{name} {at}")],
                )
            }
            None => Ok(()),
        }
    }

    /// What a metric is of every target, each set of labels once.
    fn lines(&self, family: &Family) -> Vec<String> {
        let of_results = self.report.results.iter().flat_map(|probed| {
            let samples = (family.of)(probed);
            let each = probed.target.consumers().flat_map(move |consumer| {
                let own = of_target(probed, consumer);
                let lines = samples.iter().map(|(extra, value)| (labels(&own, extra), *value));
                lines.collect::<Vec<_>>()
            });
            each.collect::<Vec<_>>()
        });
        let of_skipped = self.report.skipped.iter().filter(|_| family.name == "probe_outcome_info");
        let of_skipped = of_skipped.flat_map(|skipped| {
            let consumers = std::iter::once(&skipped.consumer).chain(&skipped.also);
            consumers.map(|consumer| (of_skipped_target(skipped, *consumer), 1.0))
        });
        let mut seen = BTreeSet::new();
        let fresh = of_results.chain(of_skipped).filter(|(labels, _)| seen.insert(labels.clone()));
        fresh.map(|(labels, value)| format!("{}{labels} {value}", family.name)).collect()
    }
}

fn written(out: &mut dyn Write, name: &str, help: &str, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?;
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn success(probed: &Probed) -> Vec<Sample> {
    one(truth(probed.observation.outcome == Outcome::Reached))
}

fn required(probed: &Probed) -> Vec<Sample> {
    one(truth(probed.target.need == Need::Required))
}

fn duration(probed: &Probed) -> Vec<Sample> {
    probed.observation.took.map_or_else(Vec::new, |took| one(took.as_secs_f64()))
}

fn lookup(probed: &Probed) -> Vec<Sample> {
    probed.observation.phases.resolve.map_or_else(Vec::new, |took| one(took.as_secs_f64()))
}

fn phases(probed: &Probed) -> Vec<Sample> {
    let name = |phase: Phase| match phase {
        Phase::Request => "processing",
        phase => phase.word(),
    };
    let sample = |phase: &Phase| {
        let took: Duration = probed.observation.phases.of(*phase)?;
        Some((vec![("phase", name(*phase).to_owned())], took.as_secs_f64()))
    };
    Phase::ALL.iter().filter_map(sample).collect()
}

fn status(probed: &Probed) -> Vec<Sample> {
    probed.observation.answer.as_ref().map_or_else(Vec::new, |answer| one(f64::from(answer.status)))
}

fn ip_protocol(probed: &Probed) -> Vec<Sample> {
    let version = |address: IpAddr| one(if address.is_ipv4() { 4.0 } else { 6.0 });
    probed.observation.address.map_or_else(Vec::new, version)
}

fn expiry(probed: &Probed) -> Vec<Sample> {
    let seconds = |at: i64| i32::try_from(at).map_or_else(|_| far(at), f64::from);
    probed.observation.tls.as_ref().map_or_else(Vec::new, |tls| one(seconds(tls.certificate.not_after)))
}

/// Times beyond 2038, which a number with fraction holds to the second for longer than calendars last.
fn far(seconds: i64) -> f64 {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default()).as_secs_f64()
}

fn tls_version(probed: &Probed) -> Vec<Sample> {
    let version = probed.observation.tls.as_ref().map(|tls| format!("TLS {}", tls.version));
    version.map_or_else(Vec::new, |version| vec![(vec![("version", version)], 1.0)])
}

fn failure(probed: &Probed) -> Vec<Sample> {
    let Some(failure) = &probed.observation.failure else { return Vec::new() };
    let mut labels = vec![("phase", failure.phase.to_string()), ("kind", failure.kind.to_string())];
    let fault = probed.placement.as_ref().and_then(|placement| placement.fault);
    labels.extend(fault.map(|fault| ("fault", fault.to_string())));
    vec![(labels, 1.0)]
}

fn outcome(probed: &Probed) -> Vec<Sample> {
    vec![(vec![("outcome", probed.observation.outcome.to_string())], 1.0)]
}

fn one(value: f64) -> Vec<Sample> {
    vec![(Vec::new(), value)]
}

const fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// The labels that say which target it is.
fn of_target(probed: &Probed, consumer: Consumer) -> Vec<(&'static str, String)> {
    let target = &probed.target;
    vec![
        ("host", target.authority.host.to_string()),
        ("port", target.authority.port.to_string()),
        ("via", target.via.to_string()),
        ("requirement", target.requirement.clone().unwrap_or_default()),
        ("consumer", consumer.to_string()),
        ("expectation", target.expectation.to_string()),
    ]
}

fn of_skipped_target(skipped: &Skipped, consumer: Consumer) -> String {
    let own = [
        ("host", skipped.host_pattern.clone()),
        ("port", skipped.port.to_string()),
        ("via", "direct".to_owned()),
        ("requirement", skipped.requirement.clone()),
        ("consumer", consumer.to_string()),
        ("expectation", String::new()),
    ];
    labels(&own, &[("outcome", "skipped".to_owned())])
}

fn labels(own: &[(&'static str, String)], extra: &[(&'static str, String)]) -> String {
    let shown: Vec<String> =
        own.iter().chain(extra).map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    format!("{{{}}}", shown.join(","))
}

/// A value of a label: the format knows three escapes, and what could harm a terminal is spelled out besides.
fn quoted(value: &str) -> String {
    let plain = value.replace('\n', " ");
    escape(&plain).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_labels_stay_inside_their_quotes() {
        assert_eq!(quoted("a\"b\\c\nd\u{1b}[2J"), "a\\\"b\\\\c d\\\\u{1b}[2J");
    }
}
