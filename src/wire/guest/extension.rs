//! What the VM agent and the extensions write into the folders of extensions, and what the agent makes of it.
//!
//! `config/HandlerState` is one word, `config/HandlerStatus` an object, `status/N.status` a list that holds an object. They are
//! known by their names, and read with patience: a file that was being written when it was copied is no error of a run.

use jiff::Timestamp;

use super::{Known, Text, TextReader, Told, parts};
use crate::facts::Facts;
use crate::guest::{HandlerStatus, Read, SnapshotRun, Teller, is_snapshot, snapshot_system};
use crate::input::Pointer;
use crate::vm::OsFamily;
use crate::wire::fault::Fault;
use crate::wire::json::Json;
use crate::wire::node::{Node, Origin};
use crate::wire::reader::Reader;

/// Words by which the agent reports a handler.
const STATUSES: [&str; 4] = ["Ready", "NotReady", "Installing", "Unresponsive"];
/// The longest word that stands in `HandlerState`.
const LONGEST_STATE: usize = 64;

/// Files in the folders of extensions.
pub(super) const FILES: TextReader =
    TextReader { known: Known::ByName(is_handler_file), read: read_handler_file };

/// Where the Windows agent keeps what it sends to the platform about all extensions.
const AGGREGATE: &str = "AggregateStatus/aggregatestatus.json";

/// Whether the name is that of a file of an extension's handler, or of what the agent says of all.
fn is_handler_file(text: &Text<'_>) -> bool {
    text.is_called(AGGREGATE) || handler_of(text.name).is_some_and(|(_, _, file)| file != HandlerFile::Other)
}

fn read_handler_file(text: &Text<'_>, facts: &mut Facts) -> Told {
    if text.is_called(AGGREGATE) {
        return read_json(text, facts, aggregate);
    }
    let Some((name, version, file)) = handler_of(text.name) else {
        return Told::Nothing("no file of a handler");
    };
    match file {
        HandlerFile::State => {
            let word = text.text.trim();
            if word.is_empty() || word.len() > LONGEST_STATE || word.contains(char::is_whitespace) {
                return Told::Nothing("the state of an extension that is not one word");
            }
            let state = Read { value: word.to_owned(), place: text.place() };
            facts.guest.extension.handler(&name, &version).state = Some(state);
            facts.guest.documents += 1;
            Told::Something
        }
        HandlerFile::Status => {
            // That the handler is there is known, whatever its status says.
            facts.guest.extension.handler(&name, &version);
            read_json(text, facts, |node, facts| handler_status(node, facts, Some((&name, &version))))
        }
        HandlerFile::Report => {
            read_json(text, facts, |node, facts| report(node, facts, snapshot_system(&name)))
        }
        HandlerFile::Other => Told::Nothing("no file of a handler that tells anything"),
    }
}

/// Whether this is what the agent reports of a handler, whatever its file is called.
pub(in crate::wire) fn is_handler_report(node: &Node) -> bool {
    let says = |key| node.own(key).and_then(|value| value.value().as_str());
    let is_status =
        says("status").is_some_and(|word| STATUSES.iter().any(|known| known.eq_ignore_ascii_case(word)));
    let is_report = node.own("timestampUTC").is_some()
        && node.own("status").is_some_and(|status| status.own("operation").is_some());
    let is_aggregate =
        node.own("aggregateStatus").is_some_and(|all| all.own("handlerAggregateStatus").is_some());
    is_report
        || is_aggregate
        || (is_status && says("name").is_some() && says("version").is_some() && node.own("code").is_some())
}

/// Reads it.
pub(in crate::wire) fn handler_report(reader: &mut Reader, node: &Node) {
    let facts = &mut reader.facts;
    let read = if node.own("aggregateStatus").is_some() {
        aggregate(node, facts)
    } else if node.own("timestampUTC").is_some() {
        report(node, facts, None)
    } else {
        handler_status(node, facts, None)
    };
    if let Err(Wrong(why)) = read {
        reader.pass_over(node.place(), why);
    }
}

/// Why a file was not understood.
struct Wrong(&'static str);

impl From<Fault> for Wrong {
    fn from(_: Fault) -> Self {
        Self("a file of an extension that is not of the form of such files")
    }
}

fn read_json(
    text: &Text<'_>,
    facts: &mut Facts,
    read: impl Fn(&Node, &mut Facts) -> Result<(), Wrong>,
) -> Told {
    let Ok(json) = Json::parse(text.text) else {
        return Told::Nothing("a file of an extension that is no JSON: perhaps it was being written");
    };
    let origin = Origin::of(text.name.clone(), Pointer::root());
    let root = Node::root(&json, &origin);
    let first = if root.value().is_list() { root.elements().next() } else { Some(root) };
    match first.map(|node| read(&node, facts)) {
        Some(Ok(())) => Told::Something,
        Some(Err(Wrong(why))) => Told::Nothing(why),
        None => Told::Nothing("an empty list"),
    }
}

/// The object in `HandlerStatus`, of the handler whose folder it is in, or else of the one it names.
fn handler_status(node: &Node, facts: &mut Facts, of: Option<(&str, &str)>) -> Result<(), Wrong> {
    let (name, version) = match of {
        Some((name, version)) => (name.to_owned(), version.to_owned()),
        None => (
            node.required_text("name", "the name of an extension")?,
            node.required_text("version", "the version of an extension")?,
        ),
    };
    let status = HandlerStatus {
        status: node.text_at("status")?,
        code: number(node, "code")?,
        message: message(node, "message")?,
    };
    facts.guest.extension.handler(&name, &version).status = Some(Read { value: status, place: node.place() });
    facts.guest.documents += 1;
    Ok(())
}

/// What the agent sends to the platform about all handlers.
fn aggregate(node: &Node, facts: &mut Facts) -> Result<(), Wrong> {
    let all = node.path(&["aggregateStatus", "handlerAggregateStatus"]);
    let all = all.ok_or(Wrong("a status of the agent that lists no extensions"))?;
    facts.guest.documents += 1;
    all.elements().try_for_each(|each| aggregated(&each, facts))
}

/// One handler of what the agent sends to the platform about all of them.
fn aggregated(node: &Node, facts: &mut Facts) -> Result<(), Wrong> {
    let name = node.required_text("handlerName", "the name of an extension")?;
    let version = node.required_text("handlerVersion", "the version of an extension")?;
    let status = HandlerStatus {
        status: node.text_at("status")?,
        code: number(node, "code")?,
        message: message(node, "formattedMessage")?.or(message(node, "message")?),
    };
    facts.guest.extension.handler(&name, &version).status = Some(Read { value: status, place: node.place() });
    if let Some(system) = snapshot_system(&name)
        && let Some(settings) =
            node.field("runtimeSettingsStatus").and_then(|settings| settings.field("settingsStatus"))
    {
        return report(&settings, facts, Some(system));
    }
    Ok(())
}

/// The object in `N.status`: what the extension says of what it was asked to do.
fn report(node: &Node, facts: &mut Facts, system: Option<OsFamily>) -> Result<(), Wrong> {
    let status = node.own("status").filter(|status| status.value().is_object());
    let status = status.ok_or(Wrong("a status of an extension without `status`"))?;
    let name = status.text_at("name")?.unwrap_or_default();
    if system.is_none() && !is_snapshot(&name) {
        return Err(Wrong("the status of another extension than backup's"));
    }
    let system = system.or_else(|| snapshot_system(&name));
    let teller =
        if system == Some(OsFamily::Windows) { Teller::WindowsExtension } else { Teller::LinuxExtension };
    let mut run = SnapshotRun {
        at: node.text_at("timestampUTC")?.and_then(|text| time(&text)),
        number: number(&status, "code")?,
        status: status.text_at("status")?,
        message: message(&status, "formattedMessage")?,
        ..SnapshotRun::new(teller)
    };
    if run.number.is_none() && run.status.is_none() {
        return Err(Wrong("a status of an extension that says neither a word nor a number"));
    }
    for part in status.list_at("substatus")?.unwrap_or_default() {
        if let Some(text) = part.text_at("name")? {
            more_exactly(&text, &mut run);
        }
    }
    if let Some(text) = &run.message {
        run.host = super::snapshot_log::host_codes(text).collect();
    }
    facts.guest.extension.runs.push(Read { value: run, place: node.place() });
    facts.guest.documents += 1;
    Ok(())
}

/// The Linux extension puts the report that it sends to the service, a JSON text, into the name of a part of its status.
fn more_exactly(text: &str, run: &mut SnapshotRun) {
    let Ok(json) = Json::parse(text) else { return };
    let origin = Origin::of("substatus".into(), Pointer::root());
    let root = Node::root(&json, &origin);
    let Some(status) = root.elements().next().and_then(|first| first.own("status")) else { return };
    for entry in status.own("telemetryData").iter().flat_map(|list| list.elements().collect::<Vec<_>>()) {
        let says = |key| entry.own(key).and_then(|value| value.value().as_str().map(str::to_owned));
        match (says("Key").as_deref(), says("Value")) {
            (Some("extErrorCode"), Some(code)) if !is_success(&code) => run.codes.push(code),
            _ => {}
        }
    }
    if run.status.is_none() {
        run.status = status.text_at("status").ok().flatten();
    }
}

/// Names that stand for no error.
pub(super) fn is_success(code: &str) -> bool {
    ["success", "success_appconsistent", "SuccessAlreadyProcessedInput", "ExtensionTempTerminalState"]
        .contains(&code)
}

/// A number that may be below zero, or written as a text; what is no number is not told.
fn number(node: &Node, key: &str) -> Result<Option<i64>, Wrong> {
    Ok(node.str_at(key)?.and_then(|text| text.trim().parse().ok()))
}

/// A text, or the message of a `formattedMessage`.
fn message(node: &Node, key: &str) -> Result<Option<String>, Wrong> {
    let Some(value) = node.field(key) else { return Ok(None) };
    if value.value().is_object() { Ok(value.text_at("message")?) } else { Ok(value.text()?) }
}

/// `2026-11-20T02:00:00Z`, or milliseconds since 1970 as .NET writes them: `\/Date(1700000000000)\/`.
fn time(text: &str) -> Option<Timestamp> {
    let millisecond = || text.split_once("Date(")?.1.split(')').next()?.parse().ok();
    text.parse().ok().or_else(|| Timestamp::from_millisecond(millisecond()?).ok())
}

/// What a file in the folder of a handler is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HandlerFile {
    State,
    Status,
    Report,
    Other,
}

/// The name and version of the handler whose folder a file is in, and what the file is.
///
/// Linux: `NAME-VERSION/config/HandlerState`; Windows: `Plugins\NAME\VERSION\Status\0.status`.
fn handler_of(path: &str) -> Option<(String, String, HandlerFile)> {
    let mut above = parts(path);
    let (file, folder, own) = (above.next()?, above.next()?, above.next()?);
    let is_in = |name: &str| folder.eq_ignore_ascii_case(name);
    let kind = match file {
        "HandlerState" if is_in("config") => HandlerFile::State,
        "HandlerStatus" if is_in("config") => HandlerFile::Status,
        _ if is_in("status") && file.to_ascii_lowercase().ends_with(".status") => HandlerFile::Report,
        _ => HandlerFile::Other,
    };
    let is_version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.');
    if is_version(own) {
        return Some((above.next()?.to_owned(), own.to_owned(), kind));
    }
    let (name, version) = own.rsplit_once('-')?;
    (is_version(version) && !name.is_empty()).then(|| (name.to_owned(), version.to_owned(), kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::SnapshotOutcome;
    use crate::input::{Bundle, Document};

    fn told(documents: &[(&str, &str)]) -> Facts {
        let documents = documents.iter().map(|(name, text)| Document {
            name: (*name).into(),
            bytes: text.as_bytes().to_vec(),
            named_by_user: false,
        });
        crate::wire::parse(&Bundle { documents: documents.collect() }).unwrap()
    }

    const FOLDER: &str = "/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9235.0";

    #[test]
    fn a_file_belongs_to_the_handler_whose_folder_it_is_in() {
        let of = |path| handler_of(path).map(|(name, version, file)| format!("{name} {version} {file:?}"));
        assert_eq!(of("/var/lib/waagent/A.B-C-1.2.3/config/HandlerState").unwrap(), "A.B-C 1.2.3 State");
        assert_eq!(of(r"C:\Packages\Plugins\A.B\1.2\Status\0.status").unwrap(), "A.B 1.2 Report");
        assert_eq!(of("bundle/x/A-1.0/status/12.status").unwrap(), "A 1.0 Report");
        assert_eq!(of("/var/lib/waagent/A-1.0/config/0.settings").unwrap(), "A 1.0 Other");
        assert_eq!(
            (of("config/HandlerState"), of("/etc/hosts"), of("/a/b-c/config/HandlerState")),
            (None, None, None)
        );
    }

    #[test]
    fn state_and_status_come_together_and_broken_files_are_no_error() {
        let (state, status) =
            (format!("{FOLDER}/config/HandlerState"), format!("{FOLDER}/config/HandlerStatus"));
        let facts =
            told(&[(&state, "Enabled\n"), (&status, r#"{"status":"NotReady","code":-1,"message":"m"}"#)]);
        let handler = &facts.guest.extension.handlers[0];
        assert_eq!(handler.state.as_ref().unwrap().value, "Enabled");
        assert_eq!(handler.status.as_ref().unwrap().value.code, Some(-1));
        for broken in ["", "{", "[]", "[{}]", "\"x\"", "{\"status\":{}}", "{\"status\":[1]}"] {
            let facts = told(&[
                (&status, broken),
                (&state, "two words"),
                (&format!("{FOLDER}/status/0.status"), broken),
            ]);
            let handler = &facts.guest.extension.handlers[0];
            assert!(handler.state.is_none() && facts.guest.extension.runs.is_empty(), "{broken}");
        }
    }

    #[test]
    fn the_report_inside_of_a_report_says_more_exactly_what_failed() {
        let inner = r#"[{\"status\":{\"telemetryData\":[{\"Key\":\"extErrorCode\",\"Value\":\"FailedSnapshotLimitReached\"}]}}]"#;
        let text = format!(
            r#"[{{"timestampUTC":"2026-11-20T02:00:00Z","status":{{"name":"x","operation":"Enable","status":"success","code":"76",
                "substatus":[{{"name":"{inner}"}}],"formattedMessage":{{"message":"hostStatusCodePreSnapshot=555, "}}}}}}]"#
        );
        let facts = told(&[(&format!("{FOLDER}/status/3.status"), &text)]);
        let (run, _) = facts.guest.extension.last_run().unwrap();
        assert_eq!(run.value.outcome(), SnapshotOutcome::Failed);
        assert_eq!(run.value.causes().collect::<Vec<_>>(), ["FailedSnapshotLimitReached", "76", "555"]);
        assert_eq!(run.value.at.unwrap().to_string(), "2026-11-20T02:00:00Z");
    }

    #[test]
    fn reports_are_known_by_what_is_in_them() {
        let facts = told(&[(
            "copied.json",
            r#"{"name":"Microsoft.Azure.RecoveryServices.VMSnapshotLinux","version":"1.0","status":"Ready","code":0}"#,
        )]);
        assert!(facts.guest.extension.handlers[0].is_snapshot());
        assert_eq!(time(r"\/Date(1763604101000)\/").unwrap().as_second(), 1_763_604_101);
        assert!(time("yesterday").is_none());
    }
}
