//! Hives: the files that Windows keeps its registry in, of a machine that does not run.
//!
//! A hive is a block of 4096 bytes and then *cells*, each told by its distance from there: keys (`nk`), lists of the keys below
//! one (`lf`, `lh`, `li`, `ri`), lists of values, values (`vk`), and data too large to stand in its value, if larger still in
//! pieces (`db`). Nothing in a file is trusted: every cell is looked up within bounds, lists have an end, and nobody goes
//! deeper than was asked for. What is broken is [`Broken`] and never "not there".

use crate::wire::{RegistryKey, RegistryValue};

/// Where cells begin.
const CELLS: usize = 4096;
/// How many keys below one, or values of one, are looked at.
const ENTRIES: usize = 20_000;
/// The largest value that is read, in bytes.
const LARGEST: usize = 1 << 20;
/// What a piece of large data holds.
const PIECE: usize = 16_344;
/// How deep lists of keys may hold lists of keys.
const DEPTH: u8 = 4;
/// What stands for no cell.
const NOTHING: u32 = u32::MAX;

/// A hive.
#[derive(Debug, Clone, Copy)]
pub struct Hive<'b> {
    cells: &'b [u8],
    root: u32,
    whole: bool,
}

/// A hive is broken where something was looked up in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hive is broken there")]
pub struct Broken;

/// A key of a hive.
#[derive(Debug, Clone, Copy)]
pub struct HiveKey<'b> {
    hive: Hive<'b>,
    cell: &'b [u8],
}

impl<'b> Hive<'b> {
    /// The hive that these bytes are; `None` where they are none.
    #[must_use]
    pub fn open(bytes: &'b [u8]) -> Option<Self> {
        let cells = bytes.get(CELLS..).filter(|_| bytes.starts_with(b"regf"))?;
        // Both numbers are counted up, the one before and the other after something is written.
        let whole = long(bytes, 4)? == long(bytes, 8)?;
        Some(Self { cells, root: long(bytes, 36)?, whole })
    }

    /// Whether it was written out whole: else what changed last stands in the log beside it, which is not read here.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// The key at a path below the root of the hive, in any case; `None` where there is none.
    pub fn key(&self, path: &str) -> Result<Option<HiveKey<'b>>, Broken> {
        let mut key = HiveKey { hive: *self, cell: self.cell_of(self.root, *b"nk").ok_or(Broken)? };
        for part in path.split('\\').filter(|part| !part.is_empty()) {
            match key.children()?.into_iter().find(|child| child.name().eq_ignore_ascii_case(part)) {
                Some(child) => key = child,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    /// What a cell holds; `None` where it is free or runs out of the hive.
    fn cell(&self, at: u32) -> Option<&'b [u8]> {
        let at = usize::try_from(at).ok().filter(|at| at.is_multiple_of(8))?;
        // The length is negative where the cell is in use.
        let length = long(self.cells, at)?.cast_signed().checked_neg()?;
        let length = usize::try_from(length).ok()?;
        self.cells.get(at + 4..at.checked_add(length)?)
    }

    fn cell_of(&self, at: u32, kind: [u8; 2]) -> Option<&'b [u8]> {
        self.cell(at).filter(|cell| cell.starts_with(&kind))
    }

    /// The keys that a list names, and those of the lists that it names.
    fn listed(&self, at: u32, depth: u8, found: &mut Vec<u32>) -> Option<()> {
        let cell = self.cell(at)?;
        let count = usize::from(short(cell, 2)?);
        let (width, is_list_of_lists) = match cell.get(..2) {
            Some(b"lf" | b"lh") => (8, false),
            Some(b"li") => (4, false),
            Some(b"ri") => (4, true),
            _ => return None,
        };
        for index in 0..count {
            let entry = long(cell, 4 + index * width).filter(|_| found.len() < ENTRIES)?;
            if is_list_of_lists {
                self.listed(entry, depth.checked_sub(1)?, found)?;
            } else {
                found.push(entry);
            }
        }
        Some(())
    }
}

impl HiveKey<'_> {
    /// Its name as it is written.
    #[must_use]
    pub fn name(&self) -> String {
        let is_narrow = short(self.cell, 2).is_some_and(|flags| flags & 0x20 != 0);
        let length = short(self.cell, 72).map_or(0, usize::from);
        name(self.cell.get(76..).and_then(|name| name.get(..length)).unwrap_or_default(), is_narrow)
    }

    /// The keys below it, in the order of the hive.
    pub fn children(&self) -> Result<Vec<Self>, Broken> {
        let count = long(self.cell, 20).and_then(|count| usize::try_from(count).ok()).ok_or(Broken)?;
        let mut found = Vec::new();
        if count > 0 {
            let list = long(self.cell, 28).ok_or(Broken)?;
            self.hive.listed(list, DEPTH, &mut found).ok_or(Broken)?;
        }
        let key = |at: &u32| Some(HiveKey { hive: self.hive, cell: self.hive.cell_of(*at, *b"nk")? });
        let keys: Option<Vec<Self>> = found.iter().map(key).collect();
        keys.filter(|keys| keys.len() == count).ok_or(Broken)
    }

    /// Its values by their names. One that is larger than a mebibyte is left out.
    pub fn values(&self) -> Result<Vec<(String, RegistryValue)>, Broken> {
        let count = long(self.cell, 36).and_then(|count| usize::try_from(count).ok()).ok_or(Broken)?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let list = long(self.cell, 40).and_then(|list| self.hive.cell(list)).ok_or(Broken)?;
        let places = list.as_chunks::<4>().0.get(..count).filter(|_| count <= ENTRIES).ok_or(Broken)?;
        let mut values = Vec::new();
        for place in places {
            if let Stored::Value(name, value) = value(self.hive, u32::from_le_bytes(*place)).ok_or(Broken)? {
                values.push((name, value));
            }
        }
        Ok(values)
    }

    /// The number under that name.
    pub fn number(&self, wanted: &str) -> Result<Option<u32>, Broken> {
        let value = self.values()?.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        Ok(value.and_then(
            |(_, value)| if let RegistryValue::Number(number) = value { Some(number) } else { None },
        ))
    }

    /// This key and the keys below it, so many levels deep, as an export would have them under `path`; of each the values
    /// that `wanted` says, by name and text.
    pub fn branch(
        &self,
        path: &str,
        depth: u8,
        wanted: &dyn Fn(&str, Option<&str>) -> bool,
    ) -> Result<Vec<RegistryKey>, Broken> {
        let mut keys = Vec::new();
        self.take(path, depth, (wanted, &mut keys))?;
        Ok(keys)
    }

    fn take(
        &self,
        path: &str,
        depth: u8,
        (wanted, keys): (Wanted<'_>, &mut Vec<RegistryKey>),
    ) -> Result<(), Broken> {
        if keys.len() >= ENTRIES {
            return Err(Broken);
        }
        let is_wanted = |(name, value): &(String, RegistryValue)| {
            wanted(name, if let RegistryValue::Text(text) = value { Some(text) } else { None })
        };
        let mut values = self.values()?;
        values.retain(is_wanted);
        values.sort_by(|one, other| one.0.cmp(&other.0));
        keys.push(RegistryKey { path: path.to_owned(), values });
        let below = if depth > 0 { self.children()? } else { Vec::new() };
        for key in below {
            key.take(&format!("{path}\\{}", key.name()), depth - 1, (wanted, keys))?;
        }
        Ok(())
    }
}

/// Which values are taken, by name and by text where they hold one.
type Wanted<'w> = &'w dyn Fn(&str, Option<&str>) -> bool;

/// What stands in a place for a value.
enum Stored {
    Value(String, RegistryValue),
    TooLarge,
}

/// The value that stands there.
fn value(hive: Hive<'_>, at: u32) -> Option<Stored> {
    let cell = hive.cell_of(at, *b"vk")?;
    let (length, stated, place, kind) = (short(cell, 2)?, long(cell, 4)?, long(cell, 8)?, long(cell, 12)?);
    let is_narrow = short(cell, 16)? & 1 != 0;
    let name = name(cell.get(20..)?.get(..usize::from(length))?, is_narrow);
    let length = usize::try_from(stated & 0x7fff_ffff).ok()?;
    if length > LARGEST {
        return Some(Stored::TooLarge);
    }
    // Four bytes and less stand where the place of others does.
    let bytes = if stated & 0x8000_0000 != 0 {
        cell.get(8..12)?.get(..length)?.to_vec()
    } else if length == 0 || place == NOTHING {
        Vec::new()
    } else {
        data(hive, place, length)?
    };
    Some(Stored::Value(name, of_kind(kind, bytes)))
}

/// Data that stands in a cell of its own, or in pieces.
fn data(hive: Hive<'_>, at: u32, length: usize) -> Option<Vec<u8>> {
    let cell = hive.cell(at)?;
    if length <= PIECE || !cell.starts_with(b"db") {
        return cell.get(..length).map(<[u8]>::to_vec);
    }
    let list = hive.cell(long(cell, 4)?)?;
    let mut bytes = Vec::with_capacity(length);
    for index in 0..usize::from(short(cell, 2)?) {
        let piece = hive.cell(long(list, index * 4)?)?;
        let left = length - bytes.len();
        bytes.extend(piece.get(..left.min(PIECE))?);
        if bytes.len() == length {
            return Some(bytes);
        }
    }
    None
}

fn of_kind(kind: u32, bytes: Vec<u8>) -> RegistryValue {
    let texts = |bytes: &[u8]| -> Vec<String> { wide(bytes).split('\0').map(str::to_owned).collect() };
    match (kind, bytes.as_slice()) {
        (1 | 2, text) => RegistryValue::Text(texts(text).swap_remove(0)),
        (7, text) => RegistryValue::Texts(texts(text).into_iter().filter(|text| !text.is_empty()).collect()),
        (4, [a, b, c, d]) => RegistryValue::Number(u32::from_le_bytes([*a, *b, *c, *d])),
        (11, number) => number.try_into().map_or_else(
            |_| RegistryValue::Bytes(number.to_vec()),
            |number| RegistryValue::Long(u64::from_le_bytes(number)),
        ),
        _ => RegistryValue::Bytes(bytes),
    }
}

/// A name of one byte a character, or of two.
fn name(bytes: &[u8], is_narrow: bool) -> String {
    if is_narrow { bytes.iter().map(|byte| char::from(*byte)).collect() } else { wide(bytes) }
}

fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests;
