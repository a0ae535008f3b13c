//! The version that a Windows program carries in itself, from its bytes.
//!
//! A program (PE32 or PE32+) holds a tree of resources: kind, name, language. That of the kind `VERSION` holds two versions
//! as numbers, and texts that people are shown. Every offset in the file is somebody else's word: each is looked up within
//! bounds, the tree is walked to the depth that it has by definition, and only so many entries are tried.

use crate::version::AgentVersion;

/// How many entries of one level of the tree, or texts of one version, are looked at.
const ENTRIES: usize = 64;
/// How many sections a program may have here; Windows takes 96.
const SECTIONS: u16 = 96;
/// The kind `VERSION` of a resource.
const VERSION: u32 = 16;
/// Where in the table of directories that of the resources stands.
const RESOURCES: usize = 2;
/// What the numbers of a version begin with.
const SIGNATURE: u32 = 0xfeef_04bd;

/// The versions that a program carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileVersion {
    /// Of the file.
    pub file: AgentVersion,
    /// Of the product it is part of: the one that Microsoft's pages ask for.
    pub product: AgentVersion,
}

/// The versions that a program's bytes hold, as Windows shows them: the text where it is a version, else the numbers.
/// `None` where the bytes are no program, or hold no version within their bounds.
#[must_use]
pub fn executable_version(bytes: &[u8]) -> Option<FileVersion> {
    let program = Program::read(bytes)?;
    program.versions().find_map(version_of)
}

/// A program whose addresses can be turned into places in the file.
struct Program<'b> {
    bytes: &'b [u8],
    /// The resources, from the root of their tree.
    tree: &'b [u8],
    sections: Vec<Section>,
}

/// A stretch of the file that is loaded at an address.
struct Section {
    address: u32,
    length: u32,
    place: u32,
}

impl<'b> Program<'b> {
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let header = long(bytes, 0x3c).filter(|_| bytes.starts_with(b"MZ"))?;
        let coff = from(bytes, header)?.strip_prefix(b"PE\0\0")?;
        let (count, size) = (short(coff, 2)?, short(coff, 16)?);
        let optional = coff.get(20..)?;
        let directories = match short(optional, 0)? {
            0x10b => 96,
            0x20b => 112,
            _ => return None,
        };
        let known = long(optional, directories - 4)?;
        let at = directories + RESOURCES * 8;
        let within = at + 8 <= usize::from(size) && known > 2;
        let (address, length) = (long(optional, at)?, long(optional, at + 4)?);
        let table = optional.get(usize::from(size)..)?;
        let sections = (0..count.min(SECTIONS)).map_while(|index| Section::read(table, index)).collect();
        let mut program = Program { bytes, tree: &[], sections };
        program.tree = within.then(|| program.at(address, length))??;
        Some(program)
    }

    /// What is loaded at an address, where the file holds the whole of it.
    fn at(&self, address: u32, length: u32) -> Option<&'b [u8]> {
        let section = self.sections.iter().find(|section| {
            let offset = address.checked_sub(section.address);
            offset.is_some_and(|offset| offset < section.length)
        })?;
        let offset = address - section.address;
        let inside = from(self.bytes, section.place.checked_add(offset)?)?;
        let length = usize::try_from(length).ok()?;
        // A file that is cut off tells nothing: half a text may be another version.
        inside.get(..length)
    }

    /// What the resources of the kind `VERSION` hold, of every name and in every language.
    fn versions(&self) -> impl Iterator<Item = &'b [u8]> {
        let names = self.entries(0).filter(|(kind, _)| *kind == VERSION);
        let languages = names.filter_map(|(_, at)| subtree(at)).flat_map(|at| self.entries(at));
        let leaves = languages.filter_map(|(_, at)| subtree(at)).flat_map(|at| self.entries(at));
        leaves.take(ENTRIES).filter_map(|(_, at)| {
            let leaf = from(self.tree, at)?;
            self.at(long(leaf, 0)?, long(leaf, 4)?)
        })
    }

    /// The entries of the level that stands there: number or name, and where it leads.
    fn entries(&self, at: u32) -> impl Iterator<Item = (u32, u32)> + use<'b> {
        let level = from(self.tree, at).unwrap_or_default();
        let counts = short(level, 12).zip(short(level, 14));
        let count = counts.map_or(0, |(named, numbered)| usize::from(named) + usize::from(numbered));
        let entry = |index: usize| Some((long(level, 16 + index * 8)?, long(level, 20 + index * 8)?));
        (0..count.min(ENTRIES)).map_while(entry)
    }
}

impl Section {
    fn read(table: &[u8], index: u16) -> Option<Self> {
        let header = table.get(usize::from(index) * 40..)?;
        let (virtual_size, stored) = (long(header, 8)?, long(header, 16)?);
        let length = if virtual_size == 0 { stored } else { virtual_size.min(stored) };
        Some(Self { address: long(header, 12)?, length, place: long(header, 20)? })
    }
}

/// Where an entry leads that leads to a further level.
fn subtree(at: u32) -> Option<u32> {
    (at & 0x8000_0000 != 0).then_some(at & 0x7fff_ffff)
}

fn version_of(bytes: &[u8]) -> Option<FileVersion> {
    let root = Block::read(bytes)?;
    if root.key != "VS_VERSION_INFO" {
        return None;
    }
    let numbers = |at: usize| {
        let numbers = [at + 2, at, at + 6, at + 4].map(|at| short(root.value, at));
        let [Some(a), Some(b), Some(c), Some(d)] = numbers else { return None };
        Some(AgentVersion::new([a, b, c, d].map(u32::from)))
    };
    let stated = long(root.value, 0) == Some(SIGNATURE);
    let fixed = |at: usize| numbers(at).filter(|_| stated);
    Some(FileVersion {
        file: root.text("FileVersion").or_else(|| fixed(8))?,
        product: root.text("ProductVersion").or_else(|| fixed(16))?,
    })
}

/// A block of a version: length, length of the value, kind, key, value, further blocks.
struct Block<'b> {
    key: String,
    value: &'b [u8],
    inner: &'b [u8],
    /// Where the next one begins, from where this one does.
    next: usize,
}

impl<'b> Block<'b> {
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let (length, value) = (usize::from(short(bytes, 0)?), usize::from(short(bytes, 2)?));
        let is_text = short(bytes, 4)? == 1;
        let whole = bytes.get(..length)?;
        let units = whole.get(6..)?.as_chunks::<2>().0;
        let end = units.iter().take(ENTRIES).position(|unit| *unit == [0, 0])?;
        let key = units.get(..end)?.iter().map(|unit| u16::from_le_bytes(*unit));
        let key = char::decode_utf16(key).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let start = aligned(6 + end * 2 + 2);
        // The length of a text is counted in characters of two bytes.
        let size = if is_text { value * 2 } else { value };
        let rest = whole.get(start..).unwrap_or_default();
        let value = rest.get(..size).unwrap_or(rest);
        let inner = whole.get(aligned(start + size)..).unwrap_or_default();
        (length >= 6).then_some(Self { key, value, inner, next: aligned(length) })
    }

    fn blocks(&self) -> impl Iterator<Item = Block<'b>> {
        let mut rest = self.inner;
        let next = move || {
            let block = Block::read(rest)?;
            rest = rest.get(block.next..).unwrap_or_default();
            Some(block)
        };
        std::iter::from_fn(next).take(ENTRIES)
    }

    /// The text of that name, of the first language in which it is a version.
    fn text(&self, name: &str) -> Option<AgentVersion> {
        let tables = self.blocks().filter(|block| block.key == "StringFileInfo");
        let languages = tables.flat_map(|table| table.blocks().collect::<Vec<_>>());
        let texts = languages.flat_map(|language| language.blocks().collect::<Vec<_>>());
        texts.filter(|text| text.key == name).find_map(|text| {
            let units = text.value.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
            let shown: String = char::decode_utf16(units.take_while(|unit| *unit != 0))
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            shown.parse().ok()
        })
    }
}

/// The next place that is a multiple of four.
const fn aligned(at: usize) -> usize {
    at.next_multiple_of(4)
}

fn from(bytes: &[u8], at: u32) -> Option<&[u8]> {
    bytes.get(usize::try_from(at).ok()?..)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of a version around others.
    fn block(key: &str, kind: u16, value: &[u8], inner: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0; 6];
        bytes.extend(wide(key));
        bytes.resize(aligned(bytes.len()), 0);
        bytes.extend(value);
        for block in inner {
            bytes.resize(aligned(bytes.len()), 0);
            bytes.extend(block);
        }
        let size = if kind == 1 { value.len() / 2 } else { value.len() };
        let head = [bytes.len(), size, usize::from(kind)].map(|n| u16::try_from(n).unwrap().to_le_bytes());
        bytes[..6].copy_from_slice(&head.concat());
        bytes
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn numbers(file: [u16; 4], product: [u16; 4]) -> Vec<u8> {
        let mut fixed = [SIGNATURE, 0x1_0000].map(u32::to_le_bytes).concat();
        for [a, b, c, d] in [file, product] {
            fixed.extend([b, a, d, c].map(u16::to_le_bytes).concat());
        }
        fixed.resize(52, 0);
        fixed
    }

    fn version(fixed: &[u8], texts: &[(&str, &str)]) -> Vec<u8> {
        let texts: Vec<Vec<u8>> = texts.iter().map(|(key, text)| block(key, 1, &wide(text), &[])).collect();
        let table = block("040904b0", 1, &[], &texts);
        let translation = block("VarFileInfo", 1, &[], &[block("Translation", 0, &[9, 4, 0xb0, 4], &[])]);
        block("VS_VERSION_INFO", 0, fixed, &[block("StringFileInfo", 1, &[], &[table]), translation])
    }

    /// One level of the tree with one numbered entry after a named one.
    fn level(kind: u32, to: u32) -> Vec<u8> {
        let mut bytes = vec![0; 12];
        bytes.extend([1_u16, 1].map(u16::to_le_bytes).concat());
        bytes.extend([0x8000_00f0, 0xf0, kind, to].map(u32::to_le_bytes).concat());
        bytes
    }

    /// A program with one section, the resources, in it.
    fn program(wide: bool, resource: &[u8]) -> Vec<u8> {
        const ADDRESS: u32 = 0x4000;
        let leaf = [ADDRESS + 112, u32::try_from(resource.len()).unwrap(), 0, 0].map(u32::to_le_bytes);
        let sub = 0x8000_0000;
        let levels = [level(VERSION, sub | 32), level(1, sub | 64), level(1033, 96)].concat();
        let tree = [levels, leaf.concat(), resource.to_vec()].concat();
        let optional = if wide { 240_u16 } else { 224 };
        let mut bytes = b"MZ".to_vec();
        bytes.resize(0x3c, 0);
        bytes.extend(0x80_u32.to_le_bytes());
        bytes.resize(0x80, 0);
        bytes.extend(b"PE\0\0\x64\x86\x01\0");
        bytes.extend([0; 12]);
        bytes.extend([optional, 0x22].map(u16::to_le_bytes).concat());
        let start = bytes.len();
        bytes.extend(if wide { [0x0b, 2] } else { [0x0b, 1] });
        bytes.resize(start + usize::from(optional) - 16 * 8 - 4, 0);
        bytes.extend(16_u32.to_le_bytes());
        bytes.extend([0; 16]);
        let size = u32::try_from(tree.len()).unwrap();
        bytes.extend([ADDRESS, size].map(u32::to_le_bytes).concat());
        bytes.resize(start + usize::from(optional), 0);
        bytes.extend(b".rsrc\0\0\0");
        bytes.extend([size, ADDRESS, size, 0x400].map(u32::to_le_bytes).concat());
        bytes.resize(0x400, 0);
        bytes.extend(tree);
        bytes
    }

    fn agent() -> Vec<u8> {
        version(
            &numbers([2, 7, 41491, 1010], [2, 7, 0, 0]),
            &[
                ("CompanyName", "Microsoft Corporation"),
                ("FileVersion", "2.7.41491.1010"),
                ("ProductVersion", "2.7.41491.1010"),
            ],
        )
    }

    fn shown(bytes: &[u8]) -> Option<[String; 2]> {
        executable_version(bytes).map(|version| [version.file.to_string(), version.product.to_string()])
    }

    #[test]
    fn programs_of_both_widths_tell_their_versions() {
        for wide in [false, true] {
            let told = shown(&program(wide, &agent()));
            assert_eq!(told, Some(["2.7.41491.1010".to_owned(), "2.7.41491.1010".to_owned()]), "{wide}");
        }
    }

    #[test]
    fn the_numbers_count_where_the_text_is_no_version() {
        let fixed = numbers([2, 6, 1198, 718], [2, 6, 1198, 0]);
        let texts = [("FileVersion", "built by hand"), ("ProductVersion", "2.6.1198.718 (x)")];
        let told = shown(&program(true, &version(&fixed, &texts)));
        assert_eq!(told, Some(["2.6.1198.718".to_owned(), "2.6.1198.718".to_owned()]));
        let bare = shown(&program(true, &version(&fixed, &[])));
        assert_eq!(bare, Some(["2.6.1198.718".to_owned(), "2.6.1198".to_owned()]));
        // Without its signature the numbers are some others.
        assert_eq!(shown(&program(true, &version(&fixed[4..], &[]))), None);
        assert_eq!(shown(&program(true, &block("OTHER", 0, &fixed, &[]))), None);
    }

    #[test]
    fn what_is_cut_off_tells_nothing_wrong() {
        let whole = program(true, &agent());
        for length in 0..whole.len() {
            assert_eq!(shown(&whole[..length]), None, "{length}");
        }
    }

    #[test]
    fn trees_that_lead_back_to_themselves_or_nowhere_end() {
        for to in [0x8000_0000, 0x8000_0020, 0x7fff_ffff, 0xffff_ffff, 0] {
            let mut bytes = program(true, &agent());
            for at in [0x400 + 28, 0x400 + 32 + 28, 0x400 + 64 + 28] {
                bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(to));
            }
            assert_eq!(shown(&bytes), None, "{to:x}");
        }
        // As many entries as can be stated, on every level.
        let mut bytes = program(true, &agent());
        for at in [0x400 + 12, 0x400 + 32 + 12, 0x400 + 64 + 12] {
            bytes[at..at + 4].copy_from_slice(&[0xff; 4]);
        }
        assert!(shown(&bytes).is_some());
    }

    #[test]
    fn blocks_of_no_length_end() {
        let mut resource = agent();
        for at in (0..resource.len() - 2).step_by(2) {
            let kept = [resource[at], resource[at + 1]];
            for length in [[0, 0], [1, 0], [6, 0], [0xff, 0xff]] {
                resource[at..at + 2].copy_from_slice(&length);
                let _ = shown(&program(true, &resource));
            }
            resource[at..at + 2].copy_from_slice(&kept);
        }
    }

    #[test]
    fn no_change_of_bytes_upsets_it() {
        let whole = program(true, &agent());
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut told = 0;
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..=random() % 6 {
                let at = usize::try_from(random() % u64::try_from(bytes.len()).unwrap()).unwrap();
                bytes[at] = random().to_le_bytes()[0];
            }
            let keep = usize::try_from(random() % u64::try_from(bytes.len()).unwrap()).unwrap();
            if random() % 4 == 0 {
                bytes.truncate(keep);
            }
            told += usize::from(executable_version(&bytes).is_some());
        }
        assert!(told > 1_000, "{told}");
        for noise in [&b""[..], b"MZ", &[0xff; 4096]] {
            assert_eq!(executable_version(noise), None);
        }
    }
}
