//! The answer for people: what became of the flow, and the way it takes.

use std::io;

use super::answer::{Answer, Asked, DecidedBy, Hop};
use crate::check::{PathStep, StepState};
use crate::cli::endpoint::Endpoint;
use crate::report::{Detail, Ink, Page, Styled, draw_path};

pub(super) fn write(answer: &Answer, asked: &Asked, page: &mut Page<'_>) -> io::Result<()> {
    let (word, ink) = match answer.access {
        "Allow" => ("ALLOW", Ink::Green),
        "Deny" => ("DENY", Ink::Red),
        _ => ("UNDETERMINED", Ink::Yellow),
    };
    let flow = format!(
        "  {} {} → {}, {}",
        asked.flows.protocols,
        end(asked.from),
        end(asked.to),
        asked.direction.to_string().to_lowercase()
    );
    page.line(0, &[Styled(ink, word), Styled(Ink::Plain, &flow)])?;
    if page.detail() == Detail::Verdict {
        return Ok(());
    }
    if let Some(decided) = &answer.decided_by {
        page.entry(2, Styled(Ink::Dim, "decided by "), &decided_by(decided))?;
    }
    for reason in &answer.because {
        page.entry(2, Styled(Ink::Yellow, "? "), reason)?;
    }
    let steps = steps(answer);
    if !steps.is_empty() {
        page.blank()?;
        draw_path(page, 2, "The way it takes", &steps)?;
    }
    if answer.access == "Allow" && answer.route.as_ref().is_some_and(|route| route.next_hop == "None") {
        page.entry(2, Styled(Ink::Red, "! "), "the rules let it pass, but its route drops it")?;
    }
    if page.detail() == Detail::Everything {
        answer.hops.iter().try_for_each(|hop| evaluated(hop, page))?;
    }
    Ok(())
}

fn end(end: Endpoint) -> String {
    let port = end.port.map_or_else(|| "*".to_owned(), |port| port.to_string());
    if end.address.is_ipv4() {
        format!("{}:{port}", end.address)
    } else {
        format!("[{}]:{port}", end.address)
    }
}

fn decided_by(decided: &DecidedBy) -> String {
    match (&decided.rule, &decided.network_security_group, decided.priority) {
        (Some(rule), Some(group), Some(priority)) => {
            let on = decided.applied_to.map(on).unwrap_or_default();
            format!("`{rule}` ({priority}) of `{group}` on {on}")
        }
        _ if decided.kind == "platform" => "the platform: ordinary rules never filter this traffic".into(),
        _ => "no group at all".into(),
    }
}

fn on(applied_to: &str) -> &'static str {
    match applied_to {
        "networkInterface" => "the network interface",
        "subnet" => "the subnet",
        _ => "the virtual network",
    }
}

fn steps(answer: &Answer) -> Vec<PathStep> {
    let mut steps: Vec<PathStep> = answer.hops.iter().map(step).collect();
    if let Some(route) = answer.route.as_ref().filter(|_| answer.access != "Deny") {
        let hop = match route.next_hop_addresses.as_slice() {
            [] => route.next_hop.clone(),
            addresses => format!("{} {}", route.next_hop, addresses.join(", ")),
        };
        let state = if route.next_hop == "None" { StepState::Stops } else { StepState::Passes };
        let detail = format!("{hop} ({} route)", route.source);
        steps.push(PathStep { place: format!("route {}", route.prefix), detail, state });
    }
    steps
}

fn step(hop: &Hop) -> PathStep {
    let (state, detail) = match (hop.access, &hop.rule, hop.priority) {
        ("Undetermined", ..) | (_, None, _) | (_, _, None) => (StepState::Open, "not known".to_owned()),
        (access, Some(rule), Some(priority)) => {
            let state = if access == "Deny" { StepState::Stops } else { StepState::Passes };
            (state, format!("{access} by `{rule}` ({priority})"))
        }
    };
    PathStep { place: format!("`{}` on {}", hop.network_security_group, on(hop.applied_to)), detail, state }
}

/// Every rule that was looked at, and which of its fields did not match.
fn evaluated(hop: &Hop, page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    page.line(2, &[Styled(Ink::Bold, &hop.network_security_group)])?;
    for rule in &hop.evaluated {
        let fields = [
            (rule.protocol_matched, "protocol"),
            (rule.source_matched, "source"),
            (rule.source_port_matched, "source port"),
            (rule.destination_matched, "destination"),
            (rule.destination_port_matched, "destination port"),
        ];
        let missed: Vec<&str> =
            fields.iter().filter(|(matched, _)| !matched).map(|(_, name)| *name).collect();
        let what =
            if missed.is_empty() { "matches".to_owned() } else { format!("not by {}", missed.join(", ")) };
        page.entry(
            4,
            Styled(Ink::Dim, &format!("{:>5} ", rule.priority)),
            &format!("`{}`: {what}", rule.rule),
        )?;
    }
    Ok(())
}
