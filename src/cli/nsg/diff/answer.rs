//! `azpreflight/diff/v1`.

use serde::Serialize;

use super::difference::{Changed, Decider, Difference};
use super::subjects::{Label, Paired};
use crate::cli::Exit;
use crate::nsg::Region;

/// The published answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Answer {
    schema: &'static str,
    /// None where it is not known.
    pub(super) equivalent: Option<bool>,
    pub(super) directions: Vec<DirectionAnswer>,
    pub(super) because: Vec<String>,
    /// What was compared.
    pub(super) subjects: Vec<Label>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) only_in_old: Vec<Label>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) only_in_new: Vec<Label>,
}

/// What is different at one place in one direction.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct DirectionAnswer {
    pub(super) direction: String,
    pub(super) subject: Label,
    pub(super) now_allowed: Changes,
    pub(super) now_denied: Changes,
    #[serde(skip_serializing_if = "Undecided::is_empty")]
    pub(super) undecided: Undecided,
    #[serde(skip)]
    pub(super) because: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Witness>,
    pub(super) regions: Vec<RegionAnswer>,
}

#[derive(Debug, Serialize)]
pub(super) struct Undecided {
    pub(super) regions: Vec<RegionAnswer>,
}

/// A region in words.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegionAnswer {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ports: Option<String>,
    destination: String,
    ports: String,
    protocol: String,
    /// Where it holds, if not everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) witness: Option<Witness>,
    /// In one line.
    #[serde(skip)]
    pub(super) line: String,
}

/// One flow that shows the change.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Witness {
    source: String,
    destination: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_port: Option<u16>,
    protocol: &'static str,
    /// What decides now.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_network_security_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_network_security_group: Option<String>,
    /// The rules that decided and decide, in one line.
    #[serde(skip)]
    pub(super) rules: String,
}

impl Answer {
    pub(in crate::cli) fn of(differences: Vec<Difference>, paired: Paired<'_>) -> Self {
        let subjects: Vec<Label> = paired.subjects.into_iter().map(|subject| subject.label).collect();
        let directions = DirectionAnswer::all(differences, &subjects);
        let mut because: Vec<String> =
            directions.iter().flat_map(|direction| direction.reasons(subjects.len() > 1)).collect();
        because.dedup();
        let lone = |labels: &[Label]| labels.iter().any(|label| !label.attached);
        let different = directions.iter().any(DirectionAnswer::is_certain)
            || lone(&paired.only_old)
            || lone(&paired.only_new);
        Self {
            schema: "azpreflight/diff/v1",
            equivalent: if different { Some(false) } else { directions.is_empty().then_some(true) },
            directions,
            because,
            subjects,
            only_in_old: paired.only_old,
            only_in_new: paired.only_new,
        }
    }

    pub(in crate::cli) fn exit(&self) -> Exit {
        match self.equivalent {
            Some(true) => Exit::Ready,
            Some(false) => Exit::NotReady,
            None => Exit::Undetermined,
        }
    }
}

impl DirectionAnswer {
    /// Every difference of these subjects, as it is published.
    pub(in crate::cli) fn all(differences: Vec<Difference>, subjects: &[Label]) -> Vec<Self> {
        let one = |difference: Difference| {
            let label = subjects.get(difference.subject)?;
            Some(Self::of(difference, label.clone()))
        };
        differences.into_iter().filter_map(one).collect()
    }

    fn of(difference: Difference, subject: Label) -> Self {
        let plain = |region| RegionAnswer::of(region, None, None);
        let far = match difference.direction {
            crate::nsg::Direction::Inbound => "source",
            crate::nsg::Direction::Outbound => "destination",
        };
        Self {
            direction: difference.direction.to_string(),
            subject,
            now_allowed: Changes::of(difference.now_allowed, far),
            now_denied: Changes::of(difference.now_denied, far),
            undecided: Undecided { regions: difference.undecided.into_iter().map(plain).collect() },
            because: difference
                .because
                .into_iter()
                .map(|open| format!("{}: {}", open.name, open.reason))
                .collect(),
        }
    }

    /// Whether some flow is treated otherwise for certain.
    pub(in crate::cli) fn is_certain(&self) -> bool {
        !self.now_allowed.regions.is_empty() || !self.now_denied.regions.is_empty()
    }

    /// What it hangs on, with the place where there are several.
    pub(in crate::cli) fn reasons(&self, several: bool) -> impl Iterator<Item = String> {
        self.because.iter().map(move |reason| {
            if several { format!("{}: {reason}", self.subject.name) } else { reason.clone() }
        })
    }
}

impl Changes {
    fn of(changed: Vec<Changed>, far: &str) -> Self {
        let told = |changed: Changed| {
            let witness = Witness::of(&changed);
            let place = |inside| if inside { "inside" } else { "outside" };
            let when = changed.inside.map(|inside| format!("{far} {} VirtualNetwork", place(inside)));
            RegionAnswer::of(changed.region, when, Some(witness))
        };
        let regions: Vec<RegionAnswer> = changed.into_iter().map(told).collect();
        Self { witness: regions.first().and_then(|region| region.witness.clone()), regions }
    }
}

impl Undecided {
    const fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }
}

impl RegionAnswer {
    fn of(region: Region, when: Option<String>, witness: Option<Witness>) -> Self {
        let provided = when.as_ref().map(|when| format!(", {when}")).unwrap_or_default();
        Self {
            line: format!("{region}{provided}"),
            when,
            source: region.source,
            source_ports: region.source_ports,
            destination: region.destination,
            ports: region.ports,
            protocol: region.protocol,
            witness,
        }
    }
}

impl Witness {
    fn of(changed: &Changed) -> Self {
        let (flow, old, new) = (&changed.witness, changed.old.as_ref(), changed.new.as_ref());
        let rule = |decider: Option<&Decider>| decider.map(|decider| decider.rule.clone());
        let group = |decider: Option<&Decider>| decider.map(|decider| decider.group.clone());
        let said =
            |decider: Option<&Decider>| decider.map_or_else(|| "no rule".to_owned(), ToString::to_string);
        Self {
            source: flow.source.to_string(),
            destination: flow.destination.to_string(),
            destination_port: flow.protocol.has_ports().then_some(flow.destination_port),
            protocol: flow.protocol.name(),
            rule: rule(new),
            old_rule: rule(old),
            old_network_security_group: group(old),
            new_rule: rule(new),
            new_network_security_group: group(new),
            rules: format!("decided by {}; before by {}", said(new), said(old)),
        }
    }

    /// The flow in one line.
    pub(super) fn flow(&self) -> String {
        let port = self.destination_port.map(|port| format!(" port {port}")).unwrap_or_default();
        format!("{} {} → {}{port}", self.protocol, self.source, self.destination)
    }
}
