//! What rules inside a VM do to the connections of the VM agent, and what to change: shared by nothing but one check, which
//! would be too long with it.

mod remedy;
pub(super) mod rules;
pub(super) mod windows;

use crate::azure::platform::{HOST_PLUGIN_PORT, WIRE_SERVER_PORT};

/// The ports of the host that the agent cannot do without.
const PORTS: [u16; 2] = [WIRE_SERVER_PORT, HOST_PLUGIN_PORT];

/// Ports in words: `port 80`, `ports 80 and 32526`.
fn ports(ports: &[u16]) -> String {
    let texts: Vec<String> = ports.iter().map(ToString::to_string).collect();
    format!("port{} {}", if ports.len() == 1 { "" } else { "s" }, texts.join(" and "))
}

/// A text of a rule in backticks, escaped and not too long.
fn shown(text: &str) -> String {
    const LONGEST: usize = 240;
    let short: String = text.chars().take(LONGEST).collect();
    let rest = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", short.escape_debug())
}
