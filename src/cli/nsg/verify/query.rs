//! One question of `nsg verify`, from the arguments or from a file of many.

use std::fs;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::cli::Failure;
use crate::cli::endpoint;
use crate::input::{Place, Pointer};
use crate::net::{PortSet, ProtocolSet};
use crate::nsg::Direction;

/// A question as written.
#[derive(Debug, Deserialize)]
pub(super) struct Stated {
    pub(super) direction: String,
    pub(super) protocol: String,
    pub(super) from: String,
    pub(super) to: String,
    #[serde(deserialize_with = "text_or_number")]
    pub(super) port: String,
}

/// A question; the addresses are read where the question stands.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) direction: Direction,
    pub(super) protocols: ProtocolSet,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) ports: PortSet,
    /// The file it was read from, if it was.
    file: Option<std::sync::Arc<str>>,
}

impl Stated {
    /// The question, or the field that cannot be read and why.
    pub(super) fn read(self) -> Result<Query, (&'static str, String)> {
        let direction = endpoint::direction(&self.direction).map_err(|why| ("direction", why))?;
        let protocols = endpoint::protocols(&self.protocol).map_err(|why| ("protocol", why))?;
        let ports: PortSet = self.port.parse().map_err(|e: crate::net::PortError| ("port", e.to_string()))?;
        let ported = protocols.iter().any(crate::net::Protocol::has_ports);
        // A protocol without ports is asked about on every port: which rules then match is not documented.
        let ports = if ported { ports } else { PortSet::all() };
        Ok(Query { direction, protocols, from: self.from, to: self.to, ports, file: None })
    }
}

impl Query {
    /// An error about one field of this question.
    pub(super) fn refuse(&self, index: usize, field: &str, why: &str) -> Failure {
        match &self.file {
            None => Failure::Usage(format!("--{field}: {why}")),
            Some(document) => refuse(document, Pointer::root().index(index).key(field), why),
        }
    }
}

/// Every question of a file; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<Query>, Failure> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| Failure::reading(&name, &error);
    let mut bytes = Vec::new();
    if name == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        bytes = fs::read(path).map_err(unreadable)?;
    }
    let document: std::sync::Arc<str> = name.as_str().into();
    let values: Vec<serde_json::Value> = serde_json::from_slice(&bytes)
        .map_err(|error| refuse(&document, Pointer::root(), &error.to_string()))?;
    let one = |(index, value): (usize, serde_json::Value)| {
        let at = Pointer::root().index(index);
        let stated: Stated = serde_json::from_value(value)
            .map_err(|error| refuse(&document, at.clone(), &error.to_string()))?;
        let query = stated.read().map_err(|(field, why)| refuse(&document, at.key(field), &why))?;
        Ok(Query { file: Some(document.clone()), ..query })
    };
    values.into_iter().enumerate().map(one).collect()
}

fn refuse(document: &std::sync::Arc<str>, pointer: Pointer, why: &str) -> Failure {
    let place = Place { document: document.clone(), pointer };
    Failure::at(&place, why, r#"an array of {"direction","protocol","from","to","port"}"#)
}

/// A port may be written as a number.
fn text_or_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("a port is a text such as `443` or `80-443`")),
    }
}
