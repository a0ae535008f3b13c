//! `azpreflight/suggest/v1`.

use serde::Serialize;
use serde_json::Value;

use crate::check::{Asked, Case, Remark, Step, Suggestion, Suggestions};
use crate::cli::Exit;
use crate::nsg::repair::{Moved, NewRule};
use crate::nsg::{AddressTerm, Region};
use crate::script::{self, Script};

/// The published answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    schema: &'static str,
    pub(super) suggestions: Vec<Change>,
    pub(super) satisfied: Vec<&'static str>,
    pub(super) unfixable: Vec<Reason>,
    pub(super) because: Vec<String>,
    pub(super) subjects: Vec<Of>,
}

/// One rule to add to one group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    subject: String,
    pub(super) network_security_group: String,
    network_security_group_id: String,
    pub(super) requirement: &'static str,
    pub(super) also_meets: Vec<String>,
    #[serde(skip)]
    pub(super) what: String,
    #[serde(skip)]
    pub(super) summary: String,
    pub(super) rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Placed>,
    pub(super) renumbered: Vec<Renumbered>,
    pub(super) commands: Script,
    pub(super) rollback: Script,
    pub(super) proof: Proof,
}

#[derive(Debug, Serialize)]
pub(super) struct Rule {
    pub(super) name: String,
    #[serde(skip)]
    pub(super) priority: u32,
    properties: Value,
}

/// A rule and its priority.
#[derive(Debug, Serialize)]
pub(super) struct Placed {
    pub(super) rule: String,
    pub(super) priority: u32,
}

/// A rule that makes room.
#[derive(Debug, Serialize)]
pub(super) struct Renumbered {
    pub(super) rule: String,
    pub(super) from: u32,
    pub(super) to: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Proof {
    pub(super) requirement_holds: bool,
    pub(super) newly_allowed: Vec<Flows>,
    pub(super) newly_denied: Vec<Flows>,
    pub(super) presumes: Vec<Presumed>,
    pub(super) because: Vec<String>,
    #[serde(skip)]
    pub(super) complete: bool,
}

/// A region of flows.
#[derive(Debug, Serialize)]
pub(super) struct Flows {
    source: String,
    destination: String,
    ports: String,
    protocol: String,
    #[serde(skip)]
    pub(super) text: String,
}

/// A rule of another suggestion that the proof takes as added.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Presumed {
    pub(super) network_security_group: String,
    pub(super) rule: String,
}

/// A requirement with what there is to say of it.
#[derive(Debug, Serialize)]
pub(super) struct Reason {
    subject: String,
    pub(super) requirement: &'static str,
    #[serde(rename = "reason")]
    pub(super) text: String,
}

/// What became of one subject.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Of {
    id: String,
    pub(super) name: String,
    pub(super) satisfied: Vec<&'static str>,
    pub(super) not_needed: Vec<Reason>,
    pub(super) not_judged: Vec<Reason>,
}

impl Answer {
    pub(super) fn of(cases: &[Case<'_>], found: &Suggestions) -> Self {
        let lacking: Vec<&'static str> = found
            .made
            .iter()
            .flat_map(|made| std::iter::once(&made.asked).chain(&made.also))
            .chain(found.unfixable.iter().chain(&found.because).map(|remark| &remark.asked))
            .map(|asked| asked.requirement)
            .collect();
        let mut satisfied: Vec<&'static str> = Vec::new();
        for asked in &found.satisfied {
            if !lacking.contains(&asked.requirement) && !satisfied.contains(&asked.requirement) {
                satisfied.push(asked.requirement);
            }
        }
        let several = subjects(cases, found).len() > 1;
        let doubt = |remark: &Remark| {
            let Asked { subject, requirement } = &remark.asked;
            let of = if several { format!("{}: ", subject.name()) } else { String::new() };
            format!("{of}{requirement}: {}", remark.reason)
        };
        Self {
            schema: "azpreflight/suggest/v1",
            suggestions: found.made.iter().flat_map(changes).collect(),
            satisfied,
            unfixable: found.unfixable.iter().map(Reason::of).collect(),
            because: found.because.iter().map(doubt).collect(),
            subjects: subjects(cases, found),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match (self.suggestions.is_empty() && self.unfixable.is_empty(), self.because.is_empty()) {
            (false, _) => Exit::NotReady,
            (true, false) => Exit::Undetermined,
            (true, true) => Exit::Ready,
        }
    }
}

/// The subjects asked about, and others on whose side something was asked: a proxy.
fn subjects(cases: &[Case<'_>], found: &Suggestions) -> Vec<Of> {
    let mut ids: Vec<_> = cases.iter().map(|case| case.subject.id()).collect();
    let satisfied = found.satisfied.iter();
    let others = satisfied.chain(found.made.iter().map(|made| &made.asked)).map(|asked| &asked.subject);
    for id in others {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let of = |id: &crate::azure::ResourceId| {
        let own = |remarks: &[Remark]| {
            remarks.iter().filter(|remark| remark.asked.subject == *id).map(Reason::of).collect()
        };
        let satisfied = found.satisfied.iter().filter(|asked| asked.subject == *id);
        Of {
            id: id.as_str().to_owned(),
            name: id.name().to_owned(),
            satisfied: satisfied.map(|asked| asked.requirement).collect(),
            not_needed: own(&found.not_needed),
            not_judged: own(&found.not_judged),
        }
    };
    ids.into_iter().map(of).collect()
}

/// One change a group that the repair touches; the proof is of all of them together.
fn changes(made: &Suggestion) -> Vec<Change> {
    let each = made.repair.rules.iter().zip(&made.changes).enumerate();
    each.map(|(index, (new, steps))| change(made, (index, new), steps)).collect()
}

fn change(made: &Suggestion, (index, new): (usize, &NewRule), steps: &[Step]) -> Change {
    let [commands, rollback] = Step::scripts(steps);
    let beside = made.repair.rules.iter().enumerate().filter(|(other, _)| *other != index);
    let beside = beside.map(|(_, other)| (&other.group, &other.rule.name));
    let earlier = made.presumes.iter().map(|(group, rule)| (group, rule));
    let open = made.repair.proof.because.iter();
    let proof = Proof {
        complete: made.repair.proof.complete,
        because: open.map(|open| format!("{}: {}", open.name, open.reason)).collect(),
        requirement_holds: made.repair.proof.holds,
        newly_allowed: made.newly_allowed.iter().map(|region| Flows::of(region, new)).collect(),
        newly_denied: made.newly_denied.iter().map(|region| Flows::of(region, new)).collect(),
        presumes: earlier
            .chain(beside)
            .map(|(group, rule)| Presumed {
                network_security_group: group.name().to_owned(),
                rule: rule.clone(),
            })
            .collect(),
    };
    let also = |asked: &Asked| {
        let own = asked.subject == made.asked.subject;
        if own {
            asked.requirement.to_owned()
        } else {
            format!("{} of {}", asked.requirement, asked.subject.name())
        }
    };
    Change {
        subject: made.asked.subject.as_str().to_owned(),
        network_security_group: new.group.name().to_owned(),
        network_security_group_id: new.group.as_str().to_owned(),
        requirement: made.asked.requirement,
        also_meets: made.also.iter().map(also).collect(),
        what: made.what.clone(),
        summary: summary(new),
        rule: Rule {
            name: new.rule.name.clone(),
            priority: new.rule.priority.0,
            properties: script::properties(&new.rule),
        },
        before: new
            .before
            .as_ref()
            .map(|(rule, priority)| Placed { rule: rule.clone(), priority: priority.0 }),
        renumbered: new.moved.iter().map(Renumbered::of).collect(),
        commands,
        rollback,
        proof,
    }
}

/// The rule in one line: `Allow Tcp 10.0.0.0/24 → Storage.KoreaCentral port 443, outbound`.
fn summary(new: &NewRule) -> String {
    let side = |addresses: &Option<Vec<AddressTerm>>| {
        let each: Vec<String> = addresses.iter().flatten().map(ToString::to_string).collect();
        each.join(", ")
    };
    let rule = &new.rule;
    let protocol = rule.protocols.map(|protocols| protocols.to_string()).unwrap_or_default();
    format!(
        "{} {protocol} {} → {} port {}, {}",
        rule.access,
        side(&rule.source.addresses),
        side(&rule.destination.addresses),
        rule.destination.ports_text.join(","),
        rule.direction.to_string().to_lowercase()
    )
}

impl Flows {
    /// The region; senders that only the network's own tag bounds are called by it.
    fn of(region: &Region, new: &NewRule) -> Self {
        let network = match new.rule.source.addresses.as_deref() {
            Some([AddressTerm::Tag(tag)]) if ["*", "0.0.0.0/0", "::/0"].contains(&region.source.as_str()) => {
                Some(tag)
            }
            _ => None,
        };
        let port = if region.ports == "*" { String::new() } else { format!(" port {}", region.ports) };
        let text = match network {
            Some(tag) => format!("{} {tag} → {}{port}", region.protocol, region.destination),
            None => region.to_string(),
        };
        Self {
            source: network.unwrap_or(&region.source).clone(),
            destination: region.destination.clone(),
            ports: region.ports.clone(),
            protocol: region.protocol.clone(),
            text,
        }
    }
}

impl Reason {
    fn of(remark: &Remark) -> Self {
        Self {
            subject: remark.asked.subject.as_str().to_owned(),
            requirement: remark.asked.requirement,
            text: remark.reason.clone(),
        }
    }
}

impl Renumbered {
    fn of(moved: &Moved) -> Self {
        Self { rule: moved.rule.clone(), from: moved.from.0, to: moved.to.0 }
    }
}
