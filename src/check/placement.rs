//! Model against probe: where the fault of a probed target lies, as far as the evidence goes.
//!
//! A probe says what happened, the documents say what should. Each alone leaves questions that the other answers:
//!
//! | rules | probe | placed |
//! |---|---|---|
//! | deny | fails to connect | at that rule |
//! | deny a part | fails to connect | nowhere: something else stops the rest, or which part was tried is not known |
//! | allow | fails to connect | at the route, at the missing way out, at an appliance, else in the guest |
//! | deny | connects | the rules are not those in force, or it left through a proxy |
//! | open | fails to connect | nowhere, and it says what is missing |
//! | any | fails after it has connected | where the evidence of that phase points: name server, proxy, guest, service |

mod answered;
mod packets;
mod way;

use packets::{Packets, Standing};

use super::{Around, Case, Withheld};
use crate::probe::{Expectation, Failure, FailureKind, Fault, Observation, Outcome, Phase, Target, Via};

/// Where the fault of a probed target lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Where, in one word; `None` where it cannot be placed.
    pub fault: Option<Fault>,
    /// Why, or what is missing to say so: one lower-case sentence without full stop. Text of the input in it is as it
    /// is: whoever shows it escapes.
    pub sentence: String,
}

impl Placement {
    fn at(fault: Fault, sentence: impl Into<String>) -> Self {
        Self { fault: Some(fault), sentence: sentence.into() }
    }

    fn nowhere(sentence: impl Into<String>) -> Self {
        Self { fault: None, sentence: sentence.into() }
    }
}

/// Sets what came of a probe against what is known of the subject.
///
/// `None` where there is nothing to place: for a target that was not tried, and for one that was reached with nothing in
/// the documents against it.
#[must_use]
pub fn place(case: &Case<'_>, target: &Target, observation: &Observation) -> Option<Placement> {
    let probe = Probe { case, target, observation };
    match (observation.outcome, &observation.failure) {
        (Outcome::Skipped, _) | (Outcome::Undecided, None) => None,
        (Outcome::Reached, _) => reached(&probe),
        (_, Some(failure)) => Some(failed(&probe, failure)),
        (Outcome::Failed, None) => Some(Placement::nowhere("how it failed is not told")),
    }
}

/// A target, what came of it, and the subject it was probed from.
#[derive(Clone, Copy)]
struct Probe<'p, 'f> {
    case: &'p Case<'f>,
    target: &'p Target,
    observation: &'p Observation,
}

impl<'p, 'f> Probe<'p, 'f> {
    /// The interface that it left by: the one that has its local address, else the primary one.
    fn around(&self) -> Result<&'p Around<'f>, Withheld> {
        let all = self.case.around()?;
        let owner = self
            .observation
            .local
            .and_then(|local| all.iter().find(|around| around.reach.addresses.contains(local)));
        owner.map_or_else(|| self.case.primary(), Ok)
    }

    /// That it left from an address which is none of the subject's, where that is so.
    fn stranger(&self, around: &Around<'_>) -> Option<String> {
        let local = self.observation.local?;
        let own = &around.reach.addresses;
        (!own.is_empty() && !own.contains(local))
            .then(|| format!("it left from {local}, which is no address of this VM's"))
    }

    /// Whether whoever told of a failure is this machine itself.
    fn is_own_word(&self, failure: &Failure) -> bool {
        let Some(teller) = failure.told_by() else { return false };
        let known = self.around().is_ok_and(|around| around.reach.addresses.contains(teller));
        known || self.observation.local == Some(teller) || teller.is_loopback()
    }
}

fn failed(probe: &Probe<'_, '_>, failure: &Failure) -> Placement {
    use FailureKind as Kind;
    match failure.kind {
        Kind::NeedsRoot | Kind::GuestProxyAgent | Kind::Forbidden | Kind::LocalError | Kind::ClockSkew => {
            answered::guest(failure)
        }
        Kind::ProxyRefused | Kind::ProxyAuthRequired | Kind::ProxyBadGateway => {
            answered::proxy(probe, failure)
        }
        // A name server that is itself the target is a far end like others.
        _ if probe.target.expectation == Expectation::Dns => not_connected(probe, failure),
        Kind::ResolveTimeout | Kind::DnsUnreachable => unresolved(probe, failure),
        _ if failure.phase == Phase::Resolve => answered::name_server(probe, failure),
        Kind::ProxyUnreachable => not_connected(probe, failure),
        _ if failure.phase == Phase::Connect => not_connected(probe, failure),
        _ => answered::in_between(probe, failure),
    }
}

/// No connection: the rules, the routes and the way out are what could be in its way.
fn not_connected(probe: &Probe<'_, '_>, failure: &Failure) -> Placement {
    let (around, packets) = match probe.around().map(|around| (around, Packets::to_first_hop(probe, around)))
    {
        Ok((around, Some(packets))) => (around, packets),
        Ok((_, None)) => return Placement::nowhere("the addresses behind the name are not known here"),
        Err(withheld) => return Placement::nowhere(format!("it cannot be placed: {}", reason(withheld))),
    };
    let standing = packets.standing(around);
    if probe.is_own_word(failure) {
        return answered::by_the_guest(failure, &standing);
    }
    let mut placement = match &standing {
        Standing::Denied(rule) => {
            let remark = match failure.kind {
                FailureKind::Refused | FailureKind::Reset => {
                    "; a rule drops without a word, so something nearer answers besides"
                }
                _ => "",
            };
            Placement::at(Fault::Rule, format!("{} denies {}{remark}", rule.words, packets.words()))
        }
        Standing::Partly(rule) => way::certain(around, &packets).unwrap_or_else(|| {
            let (what, besides) = (packets.words(), packets.besides());
            Placement::nowhere(format!("{} denies a part of {what}; {besides}", rule.words))
        }),
        Standing::Open(because) => way::certain(around, &packets).unwrap_or_else(|| {
            let what = packets.words();
            Placement::nowhere(format!("whether the rules let {what} pass depends on {because}"))
        }),
        Standing::Allowed => way::place(probe, failure, (around, &packets)),
    };
    if let Some(stranger) = probe.stranger(around) {
        placement.sentence = format!("{}; {stranger}", placement.sentence);
    }
    placement
}

/// No name server answered: what could be in the way of the question.
fn unresolved(probe: &Probe<'_, '_>, failure: &Failure) -> Placement {
    let mut placement = answered::name_server(probe, failure);
    let Ok(around) = probe.around() else { return placement };
    let silent = Packets::to_name_servers(probe, around);
    let standings: Vec<Standing> = silent.iter().map(|packets| packets.standing(around)).collect();
    let denied = standings.iter().zip(&silent).find_map(|(standing, packets)| match standing {
        Standing::Denied(rule) | Standing::Partly(rule) => {
            Some(format!("{} denies {}", rule.words, packets.words()))
        }
        Standing::Allowed | Standing::Open(_) => None,
    });
    let Some(denied) = denied else { return placement };
    if standings.iter().all(|standing| matches!(standing, Standing::Denied(_))) {
        return Placement::at(Fault::Rule, denied);
    }
    // Others are silent without it.
    placement.sentence = format!("{}; {denied}", placement.sentence);
    placement
}

/// It was reached: do the documents say that it cannot be?
fn reached(probe: &Probe<'_, '_>) -> Option<Placement> {
    let around = probe.around().ok()?;
    let packets = Packets::to_first_hop(probe, around)?;
    let contradiction = match packets.standing(around) {
        Standing::Denied(rule) => Some(format!("{} denies {}", rule.words, packets.words())),
        Standing::Allowed | Standing::Partly(_) | Standing::Open(_) => {
            way::certain(around, &packets).map(|placement| placement.sentence)
        }
    };
    match (contradiction, &probe.target.via) {
        (Some(says), _) => Some(stale(probe, around, &says)),
        (None, Via::Direct) => None,
        (None, Via::Proxy(proxy)) => {
            let service = Packets::to_service(probe, around)?;
            let Standing::Denied(rule) = service.standing(around) else { return None };
            let sentence = format!(
                "{} denies {}, and yet it was reached: it left through the proxy {proxy}, whose own rules count there",
                rule.words,
                service.words()
            );
            Some(Placement::at(Fault::Proxy, sentence))
        }
    }
}

fn stale(probe: &Probe<'_, '_>, around: &Around<'_>, says: &str) -> Placement {
    let why = probe.stranger(around).unwrap_or_else(|| {
        "the exported rules and routes are not those in force, or it left by another interface".to_owned()
    });
    Placement::at(Fault::StaleExport, format!("{says}, and yet it was reached: {why}"))
}

/// Why something is not known, in words.
fn reason(withheld: Withheld) -> String {
    match withheld {
        Withheld::NotApplicable(reason)
        | Withheld::OutOfSight(reason)
        | Withheld::Inconclusive { reason, .. } => reason,
        Withheld::NotExamined { missing } => missing.to_string(),
    }
}
