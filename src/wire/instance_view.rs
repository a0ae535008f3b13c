//! The instance view of a VM: what the platform last saw and heard of it.

use super::fault::Fault;
use super::merge::add_extension;
use super::node::Node;
use crate::vm::{Extension, InstanceAgent, PowerState, ReportedOs, VirtualMachine};

/// What an instance view states.
#[derive(Debug, Default)]
pub(super) struct InstanceView {
    power: Option<PowerState>,
    agent: Option<InstanceAgent>,
    os: Option<ReportedOs>,
    extensions: Vec<Extension>,
}

impl InstanceView {
    /// Adds what the view states to its VM.
    pub(super) fn apply(self, vm: &mut VirtualMachine) {
        vm.power = self.power.or(vm.power.take());
        vm.agent = self.agent.or(vm.agent.take());
        vm.reported_os = self.os.or(vm.reported_os.take());
        for extension in self.extensions {
            add_extension(vm.extensions.get_or_insert_default(), extension);
        }
    }
}

/// The view inside a VM: `instanceView`, the few fields of Resource Graph and of `az vm show -d`, or those that
/// `Get-AzVM -Status` puts beside the VM's own.
pub(super) fn in_vm(node: &Node) -> Result<InstanceView, Fault> {
    let mut view = match node.field("instanceView") {
        Some(inside) => read(&inside)?,
        None if node.field("vmAgent").is_some() => read(node)?,
        None => InstanceView::default(),
    };
    if let Some(graph) = node.path(&["extended", "instanceView"]) {
        let code = graph.path(&["powerState", "code"]).map_or(Ok(None), |code| code.text())?;
        view.power = view.power.or(code.map(|code| power_named(&code)));
        view.os = view.os.or(reported_os(&graph)?);
    }
    let shown = node.text_at("powerState")?;
    view.power = view.power.or(shown.map(|word| power_named(&word)));
    Ok(view)
}

/// Reads an instance view. One without a `vmAgent` is that of a VM whose agent has not been heard of.
pub(super) fn read(node: &Node) -> Result<InstanceView, Fault> {
    node.object()?;
    let mut extensions = Vec::new();
    for each in node.records_at("extensions", false)?.unwrap_or_default() {
        extensions.extend(extension(&each)?);
    }
    let agent = node.field("vmAgent").map_or(Ok(InstanceAgent::default()), |agent| agent_of(&agent))?;
    Ok(InstanceView { power: power(node)?, agent: Some(agent), os: reported_os(node)?, extensions })
}

fn power(node: &Node) -> Result<Option<PowerState>, Fault> {
    for status in node.records_at("statuses", false)?.unwrap_or_default() {
        let code = status.text_at("code")?.unwrap_or_default();
        if code.to_ascii_lowercase().starts_with("powerstate/") {
            return Ok(Some(power_named(&code)));
        }
    }
    Ok(None)
}

/// From `PowerState/running` or `VM running`.
fn power_named(text: &str) -> PowerState {
    let word = text.rsplit(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "running" => PowerState::Running,
        "deallocated" => PowerState::Deallocated,
        "stopped" => PowerState::Stopped,
        _ => PowerState::Other(word),
    }
}

fn agent_of(node: &Node) -> Result<InstanceAgent, Fault> {
    node.object()?;
    let statuses = node.records_at("statuses", false)?.unwrap_or_default();
    let status = statuses.first();
    let part = |key| status.map_or(Ok(None), |status: &Node| status.text_at(key));
    Ok(InstanceAgent {
        version: node.text_at("vmAgentVersion")?,
        status: part("displayStatus")?,
        message: part("message")?,
        time: part("time")?,
    })
}

fn reported_os(node: &Node) -> Result<Option<ReportedOs>, Fault> {
    let os = ReportedOs { name: node.text_at("osName")?, version: node.text_at("osVersion")? };
    Ok((os != ReportedOs::default()).then_some(os))
}

/// `failed/3` as the body of an extension would have it: `Failed`.
fn state_word(text: &str) -> String {
    let mut letters = text.chars().take_while(|c| *c != '/');
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn extension(node: &Node) -> Result<Option<Extension>, Fault> {
    let Some(name) = node.own_text("name")? else { return Ok(None) };
    let statuses = node.records_at("statuses", false)?.unwrap_or_default();
    let status = statuses.first();
    let part = |key| status.map_or(Ok(None), |status: &Node| status.text_at(key));
    let state = part("code")?.and_then(|code| {
        let (subject, state) = code.split_once('/')?;
        subject.eq_ignore_ascii_case("ProvisioningState").then(|| state_word(state))
    });
    Ok(Some(Extension {
        name,
        kind: node.own_text("type")?,
        provisioning_state: state,
        message: part("message")?,
        place: node.place(),
    }))
}
