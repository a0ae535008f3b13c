//! `azpreflight/flow/v1`.

use serde::Serialize;

use crate::cli::Exit;
use crate::cli::endpoint::Endpoint;
use crate::net::FlowBox;
use crate::nsg::{Direction, Matched};

/// What was asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) direction: Direction,
    pub(super) remote: Endpoint,
    pub(super) from: Endpoint,
    pub(super) to: Endpoint,
    pub(super) flows: FlowBox,
}

/// The published answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    pub(super) schema: &'static str,
    pub(super) access: &'static str,
    pub(super) decided_by: Option<DecidedBy>,
    pub(super) hops: Vec<Hop>,
    pub(super) route: Option<RouteAnswer>,
    pub(super) because: Vec<String>,
}

impl Answer {
    pub(super) fn exit(&self) -> Exit {
        match self.access {
            "Allow" => Exit::Ready,
            "Deny" => Exit::NotReady,
            _ => Exit::Undetermined,
        }
    }
}

/// What denied first, or the last that allowed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DecidedBy {
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network_security_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) applied_to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) priority: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<bool>,
}

/// One rule list on the way.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hop {
    pub(super) kind: &'static str,
    pub(super) network_security_group: String,
    pub(super) applied_to: &'static str,
    pub(super) access: &'static str,
    pub(super) rule: Option<String>,
    pub(super) priority: Option<u32>,
    pub(super) evaluated: Vec<Evaluated>,
}

/// How one rule compared with the flow.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each field of a five-tuple, as Azure's answer has them"
)]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluated {
    pub(super) rule: String,
    pub(super) priority: u32,
    pub(super) protocol_matched: bool,
    pub(super) source_matched: bool,
    pub(super) source_port_matched: bool,
    pub(super) destination_matched: bool,
    pub(super) destination_port_matched: bool,
}

impl Evaluated {
    pub(super) fn of(rule: &str, priority: u32, matched: Matched) -> Self {
        Self {
            rule: rule.to_owned(),
            priority,
            protocol_matched: matched.protocol,
            source_matched: matched.source,
            source_port_matched: matched.source_port,
            destination_matched: matched.destination,
            destination_port_matched: matched.destination_port,
        }
    }
}

/// The route that a flow takes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteAnswer {
    pub(super) prefix: String,
    pub(super) next_hop: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) next_hop_addresses: Vec<String>,
    pub(super) source: &'static str,
}
