//! Hives: the files that Windows keeps its registry in, of a machine that does not run.
//!
//! A hive is a block of 4096 bytes and then *cells*, each told by its distance from there: keys (`nk`), lists of the keys below
//! one (`lf`, `lh`, `li`, `ri`), lists of values, values (`vk`), and data too large to stand in its value, if larger still in
//! pieces (`db`). Nothing in a file is trusted: every cell is looked up within bounds, nobody goes deeper than was asked for,
//! and all looking together is bounded, for many lists may name the same cell, or one another. What is broken, or more than is
//! looked at, is a [`HiveFault`] and never "not there".

use std::cell::Cell;

use crate::wire::{RegistryKey, RegistryValue};

/// Where cells begin.
const CELLS: usize = 4096;
/// How many keys below one, or values of one, are looked at; and how many keys a branch may have.
const ENTRIES: usize = 20_000;
/// How many bytes of a hive are looked at in all, those that are looked at again counted again: many times what the registry of
/// a real machine takes.
const WORK: usize = 128 << 20;
/// The longest name of a key, in bytes: 255 characters.
const LONGEST: usize = 510;
/// The largest value that is read, in bytes.
const LARGEST: usize = 1 << 20;
/// What a piece of large data holds.
const PIECE: usize = 16_344;
/// What stands for no cell.
const NOTHING: u32 = u32::MAX;

/// A hive.
#[derive(Debug)]
pub struct Hive<'b> {
    cells: &'b [u8],
    root: u32,
    whole: bool,
    /// How many bytes may still be looked at.
    left: Cell<usize>,
}

/// Why something that was looked up in a hive is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HiveFault {
    /// It is no hive there.
    #[error("the hive is broken there")]
    Broken,
    /// There is more than is looked at.
    #[error("there is more of it than is read")]
    TooMuch,
}

/// A key of a hive.
#[derive(Debug, Clone, Copy)]
pub struct HiveKey<'h> {
    hive: &'h Hive<'h>,
    cell: &'h [u8],
}

impl<'b> Hive<'b> {
    /// The hive that these bytes are; `None` where they are none.
    #[must_use]
    pub fn open(bytes: &'b [u8]) -> Option<Self> {
        let cells = bytes.get(CELLS..).filter(|_| bytes.starts_with(b"regf"))?;
        // Both numbers are counted up, the one before and the other after something is written.
        let whole = long(bytes, 4)? == long(bytes, 8)?;
        Some(Self { cells, root: long(bytes, 36)?, whole, left: Cell::new(WORK) })
    }

    /// Whether it was written out whole: else what changed last stands in the log beside it, which is not read here.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// The key at a path below the root of the hive, in any case; `None` where there is none.
    pub fn key(&self, path: &str) -> Result<Option<HiveKey<'_>>, HiveFault> {
        let mut key = HiveKey { hive: self, cell: self.cell_of(self.root, *b"nk")? };
        for part in path.split('\\').filter(|part| !part.is_empty()) {
            let children = key.children()?;
            match children.into_iter().find(|child| child.is_called(part)) {
                Some(child) => key = child,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    /// What a cell holds; broken where it is free or runs out of the hive.
    fn cell(&self, at: u32) -> Result<&'b [u8], HiveFault> {
        self.cell_at(at).ok_or(HiveFault::Broken)
    }

    fn cell_at(&self, at: u32) -> Option<&'b [u8]> {
        let at = usize::try_from(at).ok().filter(|at| at.is_multiple_of(8))?;
        // The length is negative where the cell is in use.
        let length = long(self.cells, at)?.cast_signed().checked_neg()?;
        let length = usize::try_from(length).ok()?;
        self.cells.get(at + 4..at.checked_add(length)?)
    }

    fn cell_of(&self, at: u32, kind: [u8; 2]) -> Result<&'b [u8], HiveFault> {
        self.cell(at).ok().filter(|cell| cell.starts_with(&kind)).ok_or(HiveFault::Broken)
    }

    /// Counts bytes that are about to be looked at.
    fn look(&self, bytes: usize) -> Result<(), HiveFault> {
        let left = self.left.get().checked_sub(bytes).ok_or(HiveFault::TooMuch)?;
        self.left.set(left);
        Ok(())
    }

    /// The keys that a list names; and those of the lists that it names, which name keys alone.
    fn listed(&self, at: u32, is_first: bool, found: &mut Vec<u32>) -> Result<(), HiveFault> {
        let cell = self.cell(at)?;
        let (width, is_list_of_lists) = match cell.get(..2) {
            Some(b"lf" | b"lh") => (8, false),
            Some(b"li") => (4, false),
            Some(b"ri") if is_first => (4, true),
            _ => return Err(HiveFault::Broken),
        };
        let count = usize::from(short(cell, 2).ok_or(HiveFault::Broken)?);
        self.look(count * width)?;
        for index in 0..count {
            let entry = long(cell, 4 + index * width).ok_or(HiveFault::Broken)?;
            if is_list_of_lists {
                self.listed(entry, false, found)?;
            } else if found.len() < ENTRIES {
                found.push(entry);
            } else {
                return Err(HiveFault::TooMuch);
            }
        }
        Ok(())
    }
}

impl<'h> HiveKey<'h> {
    /// Its name as it is written.
    #[must_use]
    pub fn name(&self) -> String {
        let is_narrow = short(self.cell, 2).is_some_and(|flags| flags & 0x20 != 0);
        name(self.stored_name().unwrap_or_default(), is_narrow)
    }

    /// The keys below it, in the order of the hive.
    pub fn children(&self) -> Result<Vec<Self>, HiveFault> {
        let count = long(self.cell, 20).and_then(|count| usize::try_from(count).ok());
        let count = count.ok_or(HiveFault::Broken)?;
        let mut found = Vec::new();
        if count > 0 {
            self.hive.listed(long(self.cell, 28).ok_or(HiveFault::Broken)?, true, &mut found)?;
        }
        if found.len() != count {
            return Err(HiveFault::Broken);
        }
        found.into_iter().map(|at| self.child(at)).collect()
    }

    /// Its values by their names, of those whose name is `wanted`.
    pub fn values(&self, wanted: Wanted<'_>) -> Result<Vec<(String, RegistryValue)>, HiveFault> {
        let count = long(self.cell, 36).and_then(|count| usize::try_from(count).ok());
        let count = count.ok_or(HiveFault::Broken)?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let list = self.hive.cell(long(self.cell, 40).ok_or(HiveFault::Broken)?)?;
        let places = list.as_chunks::<4>().0.get(..count).ok_or(HiveFault::Broken)?;
        if count > ENTRIES {
            return Err(HiveFault::TooMuch);
        }
        let values = places.iter().map(|place| value(self.hive, u32::from_le_bytes(*place), wanted));
        values.filter_map(Result::transpose).collect()
    }

    /// The number under that name.
    pub fn number(&self, wanted: &str) -> Result<Option<u32>, HiveFault> {
        let value = self.values(&|name| name.eq_ignore_ascii_case(wanted))?.into_iter().next();
        Ok(value.and_then(
            |(_, value)| if let RegistryValue::Number(number) = value { Some(number) } else { None },
        ))
    }

    /// This key and the keys below it, so many levels deep, as an export would have them under `path`; of each the values
    /// whose name is `wanted`.
    pub fn branch(&self, path: &str, depth: u8, wanted: Wanted<'_>) -> Result<Vec<RegistryKey>, HiveFault> {
        let mut keys = Vec::new();
        self.take(path, depth, (wanted, &mut keys))?;
        Ok(keys)
    }

    fn take(
        &self,
        path: &str,
        depth: u8,
        (wanted, keys): (Wanted<'_>, &mut Vec<RegistryKey>),
    ) -> Result<(), HiveFault> {
        if keys.len() >= ENTRIES {
            return Err(HiveFault::TooMuch);
        }
        self.hive.look(path.len())?;
        let mut values = self.values(wanted)?;
        values.sort_by(|one, other| one.0.cmp(&other.0));
        keys.push(RegistryKey { path: path.to_owned(), values });
        let below = if depth > 0 { self.children()? } else { Vec::new() };
        for key in below {
            key.take(&format!("{path}\\{}", key.name()), depth - 1, (wanted, keys))?;
        }
        Ok(())
    }

    /// The key below it that stands there.
    fn child(&self, at: u32) -> Result<Self, HiveFault> {
        let child = Self { hive: self.hive, cell: self.hive.cell_of(at, *b"nk")? };
        let name = child.stored_name().filter(|name| name.len() <= LONGEST).ok_or(HiveFault::Broken)?;
        self.hive.look(name.len())?;
        Ok(child)
    }

    fn is_called(&self, wanted: &str) -> bool {
        self.name().eq_ignore_ascii_case(wanted)
    }

    fn stored_name(&self) -> Option<&'h [u8]> {
        self.cell.get(76..)?.get(..usize::from(short(self.cell, 72)?))
    }
}

/// Which values are taken, by their names.
type Wanted<'w> = &'w dyn Fn(&str) -> bool;

/// The value that stands there, if its name is wanted. The data of others are not looked at.
fn value(hive: &Hive<'_>, at: u32, wanted: Wanted<'_>) -> Result<Option<(String, RegistryValue)>, HiveFault> {
    let cell = hive.cell_of(at, *b"vk")?;
    let head = || Some((short(cell, 2)?, long(cell, 4)?, long(cell, 8)?, long(cell, 12)?, short(cell, 16)?));
    let (length, stated, place, kind, flags) = head().ok_or(HiveFault::Broken)?;
    let stored = cell.get(20..).and_then(|name| name.get(..usize::from(length))).ok_or(HiveFault::Broken)?;
    hive.look(cell.len().min(20) + stored.len())?;
    let name = name(stored, flags & 1 != 0);
    if !wanted(&name) {
        return Ok(None);
    }
    let length = usize::try_from(stated & 0x7fff_ffff).map_err(|_| HiveFault::TooMuch)?;
    if length > LARGEST {
        return Err(HiveFault::TooMuch);
    }
    hive.look(length)?;
    // Four bytes and less stand where the place of others does.
    let bytes = if stated & 0x8000_0000 != 0 {
        cell.get(8..12).and_then(|inline| inline.get(..length)).map(<[u8]>::to_vec)
    } else if length == 0 || place == NOTHING {
        Some(Vec::new())
    } else {
        data(hive, place, length)
    };
    Ok(Some((name, of_kind(kind, bytes.ok_or(HiveFault::Broken)?))))
}

/// Data that stands in a cell of its own, or in pieces.
fn data(hive: &Hive<'_>, at: u32, length: usize) -> Option<Vec<u8>> {
    let cell = hive.cell_at(at)?;
    if length <= PIECE || !cell.starts_with(b"db") {
        return cell.get(..length).map(<[u8]>::to_vec);
    }
    let list = hive.cell_at(long(cell, 4)?)?;
    let mut bytes = Vec::with_capacity(length);
    for index in 0..usize::from(short(cell, 2)?) {
        let piece = hive.cell_at(long(list, index * 4)?)?;
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
