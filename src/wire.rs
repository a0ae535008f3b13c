//! From bytes to facts: the only code that knows Azure's field names.
//!
//! A document goes through three hands. [`parse`] decodes it; `shape` finds out what it is, by content alone, and unwraps
//! it until resources appear; one reader for each resource walks a cursor over it. The cursor knows that a field may
//! stand in `properties` (REST, Resource Graph) or flattened (`az`), in any case (`PowerShell`), so that the readers do
//! not; Terraform's words and the expressions of templates are turned into that form first.
//!
//! What a document does not state stays unknown. What it states wrongly is a [`ParseError`] that knows the place.

mod codes;
mod decode;
mod disk;
mod effective;
mod executable;
mod fault;
mod firewall;
mod group;
mod guest;
mod hive;
mod instance_view;
mod interface;
mod json;
mod kinds;
mod merge;
mod network;
mod node;
mod observation;
mod outbound;
mod pending;
mod private;
mod reader;
mod route;
mod rule;
mod shape;
mod storage;
mod table;
pub mod tag_file;
mod template;
mod terraform;
mod vault;
mod vm;

pub use codes::{Codes, KnownCode, UnknownCode};
pub use executable::{FileVersion, executable_version};
pub use fault::ParseError;
pub use guest::{
    RegistryKey, RegistryValue, Withheld, environment_document, is_text, redact, redact_subscriptions,
    registry_document, survey_document, withhold,
};
pub use hive::{Hive, HiveFault, HiveKey};

use crate::facts::Facts;
use crate::guest::Looked;
use crate::input::{Bundle, Document, Place, Pointer};
use decode::Content;
use fault::Fault;
use json::Json;
use node::{Node, Origin};
use reader::Reader;
use shape::Seen;

/// Reads all documents of a run.
///
/// The order of the documents decides only where two of them state different things about one resource: then the
/// later holds. A document that holds nothing known is listed in [`Facts::unrecognised`], unless the user named it:
/// then it is an error, as is any document that cannot be read or that states something impossible.
pub fn parse(bundle: &Bundle) -> Result<Facts, ParseError> {
    read_all(Reader::default(), bundle)
}

/// The same for those who ask whether Azure would take the rules: what a security rule states wrongly is no error, but
/// kept in [`Facts::rule_texts`] with its field left open, or in [`Facts::unplaced_rules`].
pub fn parse_as_written(bundle: &Bundle) -> Result<Facts, ParseError> {
    read_all(Reader { as_written: true, ..Reader::default() }, bundle)
}

fn read_all(mut reader: Reader, bundle: &Bundle) -> Result<Facts, ParseError> {
    for document in &bundle.documents {
        match read_document(&mut reader, document) {
            Ok(()) => {}
            // A machine may be full of broken files; that is no reason to say nothing of it.
            Err(Fault::Wrong(error)) if is_of_machine(&reader.facts, document) => {
                reader.pass_over(error.place(), error.reason());
            }
            Err(Fault::Wrong(error)) => return Err(*error),
            Err(Fault::Open(place, reason)) => reader.pass_over(place, reason),
        }
    }
    Ok(reader.finish())
}

/// Whether a document is what a collector found on the machine, rather than what somebody exported.
fn is_of_machine(facts: &Facts, document: &Document) -> bool {
    let survey = facts.guest.survey.as_ref();
    !document.named_by_user
        && survey.is_some_and(|read| read.value.looked(&document.name) == Some(&Looked::Read))
}

fn read_document(reader: &mut Reader, document: &Document) -> Result<(), Fault> {
    if guest::read_by_name(reader, document) {
        return Ok(());
    }
    let text = match decode::decode(document) {
        Content::Json(text) => text,
        Content::Other(what) => return read_text(reader, document, what),
    };
    let json = Json::parse(&text).map_err(|error| decode::syntax_fault(document, &text, &error))?;
    let values = json.values();
    let mut strange = None;
    let mut known = false;
    for (index, value) in values.iter().enumerate() {
        let root = if values.len() == 1 { Pointer::root() } else { Pointer::root().index(index) };
        let origin = Origin::of(document.name.clone(), root);
        match shape::read(reader, &Node::of(*value, &origin))? {
            Seen::Known => known = true,
            Seen::Strange(what) => strange = strange.or(Some(what)),
        }
    }
    match strange {
        Some(what) if !known => refuse(reader, document, &what),
        _ => Ok(()),
    }
}

/// A document that is no JSON: what a guest tells, or nothing known.
fn read_text(reader: &mut Reader, document: &Document, what: &str) -> Result<(), Fault> {
    if guest::read(reader, document) { Ok(()) } else { refuse(reader, document, what) }
}

/// A document that holds nothing known: an error if the user named it, else a line in the list.
fn refuse(reader: &mut Reader, document: &Document, what: &str) -> Result<(), Fault> {
    let place = Place { document: document.name.clone(), pointer: Pointer::root() };
    if document.named_by_user {
        const EXPECTED: &str = "what `az … -o json`, the REST API, Resource Graph, `ConvertTo-Json -Depth 20`, \
                                `terraform show -json` or an ARM template says about a VM or its network, or what `azpreflight probe` answered";
        return Err(Fault::because(place, String::new(), format!("it is {what}"), EXPECTED));
    }
    reader.pass_over(place, what);
    Ok(())
}
