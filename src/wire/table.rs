//! The table form of Resource Graph: names of columns, and rows of values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fault::Fault;
use super::json::Json;
use super::node::{Node, Origin};
use super::reader::Reader;
use super::shape::{Seen, read as read_shape};
use crate::input::Pointer;

/// Reads every row as the object its columns make of it.
pub(super) fn read(reader: &mut Reader, columns: &Node, rows: &Node) -> Result<Seen, Fault> {
    let mut names = Vec::new();
    for column in columns.elements() {
        names.push(column.required_text("name", "the name of a column")?);
    }
    let (mut known, mut strange) = (false, None);
    for row in rows.elements() {
        let mut object = Map::new();
        let mut moved = BTreeMap::new();
        for (name, cell) in names.iter().zip(row.elements()) {
            moved.insert(Pointer::root().key(name).as_str().to_owned(), cell.place().pointer);
            object.insert(name.clone(), cell.value().to_json());
        }
        let place = row.place();
        let origin = Origin { document: place.document, root: place.pointer, moved };
        let object = Json::from(&Value::Object(object));
        match read_shape(reader, &Node::root(&object, &origin))? {
            Seen::Known => known = true,
            Seen::Strange(what) => strange = strange.or(Some(what)),
        }
    }
    Ok(match strange {
        Some(what) if !known => Seen::Strange(what),
        _ => Seen::Known,
    })
}
