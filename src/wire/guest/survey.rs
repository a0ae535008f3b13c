//! What a collector measured, `azpreflight/guest/v1`: what stands in no file, where it looked, and the files themselves
//! where the collector could only write one document.

use std::collections::BTreeMap;

use serde::Serialize;

use super::redact::without_secrets;
use crate::guest::{Executable, Looked, Read, Survey, Volume};
use crate::input::Document;
use crate::version::AgentVersion;
use crate::vm::OsFamily;
use crate::wire::fault::Fault;
use crate::wire::node::Node;
use crate::wire::read_document;
use crate::wire::reader::Reader;

/// What the document calls itself.
const SCHEMA: &str = "azpreflight/guest/v1";

/// The document of a survey, as a collector has it in fields of these names.
#[must_use]
pub fn survey_document(name: &str, survey: &impl Serialize) -> Document {
    // Numbers, texts and lists of them can always be written.
    let mut bytes = serde_json::to_vec_pretty(survey).unwrap_or_default();
    bytes.push(b'\n');
    Document { name: name.into(), bytes, named_by_user: false }
}

/// Whether this is what a collector measured.
pub(in crate::wire) fn is_survey(node: &Node) -> bool {
    node.own("schema").is_some_and(|schema| schema.value().as_str() == Some(SCHEMA))
}

/// Reads it, and the files inside it. There is one machine in a run: a second survey is an error.
pub(in crate::wire) fn survey(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    if let Some(other) = &reader.facts.guest.survey {
        let message = format!("a second machine: {} is of one already", other.place.document.escape_debug());
        let expected = "one machine a run: one of --here, --root and what was collected on one";
        return Err(Fault::because(node.place(), String::new(), message, expected));
    }
    let survey = Survey {
        system: node.str_at("system")?.map(|word| system(node, &word)).transpose()?,
        live: node.flag_at("live")?.unwrap_or(false),
        privileged: node.flag_at("privileged")?,
        collected_at: node.str_at("collectedAt")?.map(|text| timestamp(node, &text)).transpose()?,
        host_name: text(node, "hostName")?,
        architecture: text(node, "architecture")?,
        processors: node.number_at("processors")?,
        memory_bytes: node.number_at("memoryBytes")?,
        looked: looked(node)?,
        folders: folders(node)?,
        links: links(node)?,
        volumes: each(node, "volumes", volume)?,
        executables: each(node, "executables", executable)?,
        processes: texts(node, "processes")?,
    };
    reader.facts.guest.survey = Some(Read { value: survey, place: node.place() });
    reader.facts.guest.documents += 1;
    for file in node.list_at("files")?.unwrap_or_default() {
        read_file(reader, &file)?;
    }
    Ok(())
}

/// A file inside the survey is a document like any other, by the name it had.
fn read_file(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let name = node.required_text("path", "the path of a file")?;
    let Some(text) = node.text_at("text")? else { return Ok(()) };
    if text.contains(SCHEMA) {
        reader.pass_over(node.place(), "a survey inside a survey");
        return Ok(());
    }
    let document = Document { name: name.into(), bytes: text.into_bytes(), named_by_user: false };
    match read_document(reader, &document) {
        // A machine may be full of broken files; that is no reason to say nothing of it.
        Err(Fault::Wrong(error)) => {
            reader.pass_over(error.place(), error.reason());
            Ok(())
        }
        other => other,
    }
}

/// A text without the secrets in it: whoever wrote the survey may have left some.
fn text(node: &Node, key: &str) -> Result<Option<String>, Fault> {
    Ok(node.text_at(key)?.map(|text| clean(&text)))
}

fn texts(node: &Node, key: &str) -> Result<Option<Vec<String>>, Fault> {
    Ok(node.texts_at(key)?.map(|texts| texts.iter().map(|text| clean(text)).collect()))
}

fn required(node: &Node, key: &str, expected: &str) -> Result<String, Fault> {
    node.required_text(key, expected).map(|text| clean(&text))
}

fn clean(text: &str) -> String {
    without_secrets(text).into_owned()
}

fn system(node: &Node, word: &str) -> Result<OsFamily, Fault> {
    match word {
        "linux" => Ok(OsFamily::Linux),
        "windows" => Ok(OsFamily::Windows),
        _ => Err(node.fault("a `system` that is linux or windows")),
    }
}

fn timestamp(node: &Node, text: &str) -> Result<jiff::Timestamp, Fault> {
    text.parse().map_err(|_| node.fault("a `collectedAt` such as 2026-11-21T12:00:00Z"))
}

fn looked(node: &Node) -> Result<BTreeMap<String, Looked>, Fault> {
    let mut looked = BTreeMap::new();
    for path in texts(node, "read")?.unwrap_or_default() {
        looked.insert(path, Looked::Read);
    }
    for path in texts(node, "absent")?.unwrap_or_default() {
        looked.insert(path, Looked::Absent);
    }
    for unread in node.list_at("unread")?.unwrap_or_default() {
        let path = required(&unread, "path", "the path that could not be read")?;
        let reason = text(&unread, "reason")?.unwrap_or_else(|| "no reason is stated".to_owned());
        looked.insert(path, Looked::Unread { reason, root: unread.flag_at("root")?.unwrap_or(false) });
    }
    Ok(looked)
}

fn folders(node: &Node) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let pair = |node: &Node| {
        let path = required(node, "path", "the path of a folder")?;
        Ok((path, texts(node, "entries")?.unwrap_or_default()))
    };
    each(node, "folders", pair).map(|pairs| pairs.into_iter().collect())
}

fn links(node: &Node) -> Result<BTreeMap<String, String>, Fault> {
    let pair = |node: &Node| {
        let path = required(node, "path", "the path of a link")?;
        Ok((path, required(node, "target", "where the link leads")?))
    };
    each(node, "links", pair).map(|pairs| pairs.into_iter().collect())
}

fn volume(node: &Node) -> Result<Volume, Fault> {
    let bytes =
        |key| node.number_at(key)?.ok_or_else(|| Fault::absent(node.place(), key, "a number of bytes"));
    Ok(Volume {
        path: required(node, "path", "a path on the file system")?,
        size: bytes("sizeBytes")?,
        free: bytes("freeBytes")?,
    })
}

fn executable(node: &Node) -> Result<Executable, Fault> {
    let version = |key| {
        let text = node.str_at(key)?;
        // A version in a form that is not known is not known: the text of a resource may say anything.
        Ok::<_, Fault>(text.and_then(|text| text.parse::<AgentVersion>().ok()))
    };
    Ok(Executable {
        path: required(node, "path", "the path of a program")?,
        file: version("fileVersion")?,
        product: version("productVersion")?,
    })
}

fn each<T>(node: &Node, key: &str, read: impl Fn(&Node) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    node.list_at(key)?.unwrap_or_default().iter().map(read).collect()
}
