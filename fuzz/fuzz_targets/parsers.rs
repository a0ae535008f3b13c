//! Any bytes: as a document, as a tag file, as the words of a command line. An answer or an error, never a panic.
#![no_main]

use azpreflight::azure::{Region, ResourceId};
use azpreflight::input::{Bundle, Document};
use azpreflight::net::{PortSet, Prefix};
use azpreflight::tags::{Origin, TagCatalog};
use azpreflight::wire;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for named_by_user in [true, false] {
        let document = Document { name: "fuzz.json".into(), bytes: bytes.to_vec(), named_by_user };
        let bundle = Bundle { documents: vec![document] };
        let _ = wire::parse(&bundle);
        let _ = wire::parse_as_written(&bundle);
    }
    if let Ok(file) = wire::tag_file::parse("fuzz", bytes) {
        let catalog = TagCatalog::compile(&file, Origin::File).expect("a small file");
        for tag in catalog.tags() {
            // Reading back gives what the file lists.
            for prefix in tag.prefixes() {
                assert!(
                    catalog
                        .lookup(prefix.first())
                        .any(|(name, within)| name == tag.name() && within == prefix)
                );
            }
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.len() > 300 {
        return;
    }
    if let Ok(ports) = text.parse::<PortSet>() {
        assert_eq!(ports.to_string().parse(), Ok(ports));
    }
    if let Ok(prefix) = text.parse::<Prefix>() {
        assert_eq!(prefix.to_string().parse(), Ok(prefix));
    }
    let _ = TagCatalog::embedded().resolve(text);
    let _ = Region::parse(text);
    let _ = ResourceId::new(text.to_owned()).name();
});
