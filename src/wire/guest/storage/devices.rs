//! What `lsblk` says: `--pairs`, which every version has, and `--json`, which people have at hand.

use super::ROWS;
use crate::guest::{BlockDevice, BlockDevices, Read};
use crate::wire::fault::Fault;
use crate::wire::node::Node;
use crate::wire::reader::Reader;

/// How deep devices may lie on one another.
const DEEPEST: usize = 32;

/// Whether the text is a list of pairs that names devices and their kinds.
pub(super) fn is_pairs(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let has = |key: &str| pairs(first).iter().any(|(own, _)| own == key);
    first.starts_with("NAME=\"") && has("TYPE")
}

/// The devices of a list of pairs.
pub(super) fn read_pairs(text: &str) -> BlockDevices {
    BlockDevices::new(text.lines().take(ROWS).filter_map(|line| device(&pairs(line))).collect())
}

/// Whether this is what `lsblk --json` says.
pub(in crate::wire) fn is_devices(node: &Node) -> bool {
    node.own("blockdevices").is_some_and(|devices| devices.value().is_list())
}

/// Reads it: a tree, in which a device stands below each that it lies on.
pub(in crate::wire) fn devices(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut devices = Vec::new();
    for each in node.list_at("blockdevices")?.unwrap_or_default() {
        tree(&each, None, (&mut devices, 0))?;
    }
    let storage = &mut reader.facts.guest.storage;
    storage.devices = Some(Read { value: BlockDevices::new(devices), place: node.place() });
    reader.facts.guest.documents += 1;
    Ok(())
}

fn tree(
    node: &Node,
    above: Option<&str>,
    (found, depth): (&mut Vec<BlockDevice>, usize),
) -> Result<(), Fault> {
    let name = node.required_text("name", "the name of a device")?;
    let points = node.texts_at("mountpoints").ok().flatten().unwrap_or_default();
    let parent = above.map_or_else(|| node.text_at("pkname"), |above| Ok(Some(above.to_owned())))?;
    found.push(BlockDevice {
        name: name.clone(),
        kind: node.text_at("type")?.unwrap_or_default(),
        file_system: node.text_at("fstype")?,
        size: node.str_at("size")?.and_then(|size| size.parse().ok()),
        point: node.text_at("mountpoint")?.or_else(|| points.into_iter().next()),
        parents: parent.into_iter().collect(),
        address: node.text_at("hctl")?,
    });
    for child in node.list_at("children")?.unwrap_or_default() {
        if depth < DEEPEST && found.len() < ROWS {
            tree(&child, Some(&name), (found, depth + 1))?;
        }
    }
    Ok(())
}

fn device(pairs: &[(String, String)]) -> Option<BlockDevice> {
    let value = |key: &str| {
        let found = pairs.iter().find(|(own, _)| own == key).map(|(_, value)| value.clone());
        found.filter(|value| !value.is_empty())
    };
    Some(BlockDevice {
        name: value("NAME")?,
        kind: value("TYPE").unwrap_or_default(),
        file_system: value("FSTYPE"),
        size: value("SIZE").and_then(|size| size.parse().ok()),
        point: value("MOUNTPOINT"),
        parents: value("PKNAME").into_iter().collect(),
        address: value("HCTL"),
    })
}

/// `NAME="sda1" TYPE="part"`; in values `\x22` stands for a byte.
fn pairs(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((key, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { break };
        found.push((key.trim().to_owned(), unescaped(value)));
        rest = after;
    }
    found
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split("\\x");
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let (Some(byte), Some(after)) = (byte, part.get(2..)) {
            bytes.push(byte);
            bytes.extend_from_slice(after.as_bytes());
        } else {
            bytes.extend_from_slice(b"\\x");
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Bundle, Document};

    #[test]
    fn pairs_are_devices_and_bytes_are_unescaped() {
        let text = "NAME=\"sda\" TYPE=\"disk\" FSTYPE=\"\" SIZE=\"32\" MOUNTPOINT=\"\" PKNAME=\"\" HCTL=\"0:0:0:0\"\n\
                    NAME=\"sda1\" TYPE=\"part\" FSTYPE=\"xfs\" SIZE=\"x\" MOUNTPOINT=\"/a\\x22b\\xzz\" PKNAME=\"sda\" HCTL=\"\"\n\"half=\n";
        assert!(is_pairs(text));
        let devices = read_pairs(text);
        let part = devices.named("sda1").unwrap();
        assert_eq!(part.point.as_deref(), Some("/a\"b\\xzz"));
        assert_eq!((part.file_system.as_deref(), part.size), (Some("xfs"), None));
        assert_eq!(devices.named("sda").unwrap().address.as_deref(), Some("0:0:0:0"));
        assert_eq!(devices.iter().count(), 2);
        assert!(!is_pairs("NAME=\"x\"\n") && !is_pairs(""));
    }

    #[test]
    fn a_tree_tells_the_same() {
        let json = r#"{"blockdevices": [{"name":"sdc", "type":"disk", "size":1024, "children":[{"name":"md0", "type":"raid0", "fstype":"ext4", "mountpoints":["/data"]}]},
                       {"name":"sdd", "type":"disk", "hctl":"1:0:0:1", "children":[{"name":"md0", "type":"raid0"}]}]}"#;
        let document = Document { name: "lsblk.json".into(), bytes: json.into(), named_by_user: true };
        let facts = crate::wire::parse(&Bundle { documents: vec![document] }).unwrap();
        let devices = facts.guest.storage.devices.unwrap().value;
        let array = devices.named("md0").unwrap();
        assert_eq!(devices.disks_under(array).into_iter().collect::<Vec<_>>(), ["sdc", "sdd"]);
        assert_eq!((array.point.as_deref(), devices.named("sdc").unwrap().size), (Some("/data"), Some(1024)));
    }
}
