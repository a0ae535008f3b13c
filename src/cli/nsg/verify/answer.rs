//! `azpreflight/verify/v1`.

use std::io;

use serde::Serialize;

use super::query::Query;
use super::spec::Spec;
use crate::cli::Exit;
use crate::net::AddressSet;
use crate::nsg::{Access, Decision, Overall, Piece, RuleRef, witness};
use crate::reach::Judged;
use crate::report::{Detail, Ink, Page, Styled};

/// The published answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    schema: &'static str,
    access: &'static str,
    addresses: Addresses,
    witness: Witnesses,
    deciding: Vec<Deciding>,
    because: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Addresses {
    total: String,
    allowed: String,
}

#[derive(Debug, Serialize)]
struct Witnesses {
    #[serde(skip_serializing_if = "Option::is_none")]
    allow: Option<Witness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deny: Option<Witness>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Witness {
    source: String,
    destination: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_port: Option<u16>,
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deciding {
    network_security_group: String,
    rule: String,
    access: &'static str,
    addresses: String,
}

impl Answer {
    /// The answer for sets that may be smaller than they were taken to be.
    ///
    /// What holds for every flow of a set holds for those of any part of it; what holds for some does not.
    pub(super) fn of(judged: &Judged<'_>, own: &AddressSet, sets: [&Spec; 2]) -> Self {
        let verification = &judged.verification;
        let overall = verification.overall();
        let mixed = matches!(overall, Overall::Mixed | Overall::Undetermined);
        let open: Vec<_> = sets.iter().filter_map(|spec| spec.open.as_ref()).filter(|_| mixed).collect();
        let access = match overall {
            Overall::Allow => "Allow",
            Overall::Deny => "Deny",
            Overall::Mixed if open.is_empty() => "Mixed",
            Overall::Mixed | Overall::Undetermined => "Undetermined",
        };
        let mut because = verification.because();
        because.extend(open.into_iter().cloned());
        because.sort();
        because.dedup();
        let side = |access| {
            let piece =
                verification.with_access(Some(access)).max_by_key(|piece| piece.flows.destination.count());
            piece.and_then(|piece| Witness::of(judged, piece, own))
        };
        Self {
            schema: "azpreflight/verify/v1",
            access,
            addresses: Addresses {
                total: verification.reachable().count().to_string(),
                allowed: verification.allowed_destinations().count().to_string(),
            },
            witness: Witnesses { allow: side(Access::Allow), deny: side(Access::Deny) },
            deciding: verification
                .deciding()
                .into_iter()
                .filter_map(|(rule, access, count)| Deciding::of(judged, rule, access, count.to_string()))
                .collect(),
            because: because.into_iter().map(|open| format!("{}: {}", open.name, open.reason)).collect(),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self.access {
            "Allow" => Exit::Ready,
            "Undetermined" => Exit::Undetermined,
            _ => Exit::NotReady,
        }
    }

    pub(super) fn write_text(&self, query: &Query, page: &mut Page<'_>) -> io::Result<()> {
        let (word, ink) = match self.access {
            "Allow" => ("ALLOW", Ink::Green),
            "Undetermined" => ("UNDETERMINED", Ink::Yellow),
            "Mixed" => ("MIXED", Ink::Red),
            _ => ("DENY", Ink::Red),
        };
        let asked = format!(
            "  {} {} → {}:{}, {}",
            query.protocols,
            query.from,
            query.to,
            query.ports,
            query.direction.to_string().to_lowercase()
        );
        page.line(0, &[Styled(ink, word), Styled(Ink::Plain, &asked)])?;
        if page.detail() == Detail::Verdict {
            return Ok(());
        }
        let Addresses { total, allowed } = &self.addresses;
        let counts = format!("{allowed} of {total} addresses are reached by every sender on every port");
        page.entry(2, Styled(Ink::Dim, "reached   "), &counts)?;
        for (label, side) in [("allowed   ", &self.witness.allow), ("denied    ", &self.witness.deny)] {
            if let Some(witness) = side {
                page.entry(2, Styled(Ink::Dim, label), &format!("for example {}", witness.text()))?;
            }
        }
        for rule in &self.deciding {
            let Deciding { network_security_group: group, rule, access, addresses } = rule;
            let text = format!("`{rule}` of `{group}`: {access} {addresses} addresses");
            page.entry(2, Styled(Ink::Dim, "decided   "), &text)?;
        }
        for reason in &self.because {
            page.entry(2, Styled(Ink::Yellow, "? "), reason)?;
        }
        Ok(())
    }
}

impl Witness {
    fn of(judged: &Judged<'_>, piece: &Piece, own: &AddressSet) -> Option<Self> {
        let flow = witness::near(&piece.flows, own)?;
        let decided = piece.decisions.first().and_then(Decision::decided_by);
        Some(Self {
            source: flow.source.to_string(),
            destination: flow.destination.to_string(),
            destination_port: flow.protocol.has_ports().then_some(flow.destination_port),
            protocol: flow.protocol.name(),
            rule: decided.and_then(|rule| Some(rule_of(judged, rule)?.1.to_owned())),
        })
    }

    fn text(&self) -> String {
        let port = self.destination_port.map(|port| format!(" port {port}")).unwrap_or_default();
        let by = self.rule.as_ref().map(|rule| format!(", by `{rule}`")).unwrap_or_default();
        format!("{} {} → {}{port}{by}", self.protocol, self.source, self.destination)
    }
}

impl Deciding {
    fn of(judged: &Judged<'_>, rule: RuleRef, access: Access, addresses: String) -> Option<Self> {
        let (group, rule) = rule_of(judged, rule)?;
        let access = if access == Access::Deny { "Deny" } else { "Allow" };
        Some(Self { network_security_group: group.to_owned(), rule: rule.to_owned(), access, addresses })
    }
}

/// The names of a rule and of its list.
fn rule_of<'j>(judged: &'j Judged<'_>, rule: RuleRef) -> Option<(&'j str, &'j str)> {
    let table = judged.tables.get(rule.table).filter(|table| !table.is_unknown())?;
    Some((&table.name, &table.rules.get(rule.rule)?.name))
}
