//! The tables of a catalog as one run of bytes, so that a release that has been read once need not be parsed again.
//!
//! Six lines of text say what it is, so that its age is known without reading on; behind them stand the columns of
//! [`compile`](super::compile), each after its number of rows (four bytes, the lowest first):
//!
//! ```text
//! azpreflight service tags 1
//! cloud public
//! change 363
//! date 2025-07-28
//! file SHA-256 of the tag file it was made from
//! tables BYTES SHA-256 of everything that follows
//! ```

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::compile::{Column, Family, NONE, Tables};
use super::{Origin, Release, TagCatalog};

/// The first line; another number stands for another form of tables.
const FORM: &str = "azpreflight service tags 1";
/// What stands for something that is not known.
const UNKNOWN: &str = "-";
/// No line of the head is longer.
const LONGEST_LINE: u64 = 200;
/// No tables are larger: twenty times those of the public cloud.
const LARGEST: u64 = 64 << 20;

/// A stored catalog that cannot be used.
#[derive(Debug, Error)]
pub enum StoredError {
    /// The bytes cannot be had, or end too early.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is no catalog, or one of another version of the program.
    #[error("it is not in the form that this version of the program writes")]
    Foreign,
    /// The tables are not those that were written.
    #[error("its content is not what its head says")]
    Damaged,
}

/// A stored catalog of which only the head has been read.
pub struct Stored<R> {
    release: Release,
    length: u64,
    sha256: String,
    rest: R,
}

impl<R: BufRead> Stored<R> {
    /// Reads the head: a few hundred bytes.
    pub fn open(mut from: R) -> Result<Self, StoredError> {
        if line(&mut from)? != FORM {
            return Err(StoredError::Foreign);
        }
        let cloud = known(&field(&mut from, "cloud ")?)?;
        let change_number = known(&field(&mut from, "change ")?)?;
        let date = known(&field(&mut from, "date ")?)?;
        let file = field(&mut from, "file ")?;
        let tables = field(&mut from, "tables ")?;
        let (length, sha256) = tables.split_once(' ').ok_or(StoredError::Foreign)?;
        let length = length.parse().ok().filter(|length| *length <= LARGEST).ok_or(StoredError::Foreign)?;
        let release = Release { cloud, origin: Origin::Cache, change_number, date, sha256: Cow::Owned(file) };
        Ok(Self { release, length, sha256: sha256.to_owned(), rest: from })
    }

    /// Which release it is.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Reads the tables and holds them against what the head says of them.
    pub fn load(self) -> Result<TagCatalog, StoredError> {
        let mut reading = Reading { from: self.rest, left: self.length, hash: Sha256::new() };
        let tables = reading.tables()?;
        let whole = reading.left == 0 && format!("{:x}", reading.hash.finalize()) == self.sha256;
        if !whole || !is_sound(&tables) {
            return Err(StoredError::Damaged);
        }
        Ok(TagCatalog { release: self.release, tables })
    }
}

impl TagCatalog {
    /// The catalog in the form that [`Stored`] reads.
    #[must_use]
    pub fn stored(&self) -> Vec<u8> {
        let Tables { text, text_ends, change_numbers, v4, v6 } = &self.tables;
        let mut body = Vec::new();
        write(&mut body, text.as_bytes().as_chunks::<1>().0);
        write(&mut body, text_ends);
        write(&mut body, change_numbers);
        write_family(&mut body, v4);
        write_family(&mut body, v6);
        let Release { cloud, change_number, date, sha256, .. } = &self.release;
        let or_unknown = |known: Option<String>| known.unwrap_or_else(|| UNKNOWN.to_owned());
        let head = format!(
            "{FORM}\ncloud {}\nchange {}\ndate {}\nfile {sha256}\ntables {} {:x}\n",
            or_unknown(cloud.map(|cloud| cloud.name().to_owned())),
            or_unknown(change_number.map(|number| number.to_string())),
            or_unknown(date.map(|date| date.to_string())),
            body.len(),
            Sha256::digest(&body),
        );
        [head.into_bytes(), body].concat()
    }
}

/// One line of the head without its end.
fn line(from: &mut impl BufRead) -> Result<String, StoredError> {
    let mut bytes = Vec::new();
    from.take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    let text = bytes.strip_suffix(b"\n").ok_or(StoredError::Foreign)?;
    String::from_utf8(text.to_vec()).map_err(|_| StoredError::Foreign)
}

fn field(from: &mut impl BufRead, name: &str) -> Result<String, StoredError> {
    line(from)?.strip_prefix(name).map(str::to_owned).ok_or(StoredError::Foreign)
}

fn known<T: std::str::FromStr>(text: &str) -> Result<Option<T>, StoredError> {
    if text == UNKNOWN {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| StoredError::Foreign)
}

/// Tables that are being read, hashed on the way.
struct Reading<R> {
    from: R,
    /// How many bytes may still be read.
    left: u64,
    hash: Sha256,
}

impl<R: Read> Reading<R> {
    fn tables(&mut self) -> Result<Tables, StoredError> {
        let text = self.rows::<1>()?.into_flattened();
        Ok(Tables {
            text: String::from_utf8(text).map_err(|_| StoredError::Damaged)?.into(),
            text_ends: self.column()?,
            change_numbers: self.column()?,
            v4: self.family()?,
            v6: self.family()?,
        })
    }

    fn family<const N: usize>(&mut self) -> Result<Family<N>, StoredError> {
        Ok(Family {
            starts: self.column()?,
            nodes: self.column()?,
            blocks: self.column()?,
            holders: self.column()?,
            tag_ends: self.column()?,
            tag_prefixes: self.column()?,
        })
    }

    fn column<const N: usize>(&mut self) -> Result<Column<N>, StoredError> {
        Ok(Column::from(self.rows()?))
    }

    fn rows<const N: usize>(&mut self) -> Result<Vec<[u8; N]>, StoredError> {
        let mut count = [0; 4];
        self.fill(&mut count)?;
        let count = u32::from_le_bytes(count);
        if u64::from(count) * N as u64 > self.left {
            return Err(StoredError::Damaged);
        }
        let mut rows = vec![[0; N]; count as usize];
        self.fill(rows.as_flattened_mut())?;
        Ok(rows)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), StoredError> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(StoredError::Damaged)?;
        self.from.read_exact(bytes)?;
        self.hash.update(bytes);
        Ok(())
    }
}

fn write<const N: usize>(body: &mut Vec<u8>, rows: &[[u8; N]]) {
    // `compile` lets no column grow past what 32 bits can count.
    body.extend(u32::try_from(rows.len()).unwrap_or(NONE).to_le_bytes());
    body.extend_from_slice(rows.as_flattened());
}

fn write_family<const N: usize>(body: &mut Vec<u8>, family: &Family<N>) {
    let Family { starts, nodes, blocks, holders, tag_ends, tag_prefixes } = family;
    write(body, starts);
    write(body, nodes);
    for column in [blocks, holders, tag_ends, tag_prefixes] {
        write(body, column);
    }
}

/// Whether a walk through the tables ends: every parent stands before its prefixes. Places out of range are met with `get`.
fn is_sound(tables: &Tables) -> bool {
    let tags = tables.change_numbers.len();
    tables.text_ends.len() == tags * 3 && ends(&tables.v4, tags) && ends(&tables.v6, tags)
}

fn ends<const N: usize>(family: &Family<N>, tags: usize) -> bool {
    let before = |(place, [p0, p1, p2, p3, ..]): (usize, &[u8; 9])| {
        let parent = u32::from_le_bytes([*p0, *p1, *p2, *p3]);
        parent == NONE || (parent as usize) < place
    };
    family.starts.len() == family.nodes.len()
        && family.tag_ends.len() == tags
        && family.nodes.iter().enumerate().all(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restore(bytes: &[u8]) -> Result<TagCatalog, StoredError> {
        Stored::open(bytes)?.load()
    }

    fn small() -> Vec<u8> {
        use crate::tags::{TagEntry, TagFile};
        let entry = |name: &str, prefixes: &[&str]| TagEntry {
            name: name.to_owned(),
            region: "koreacentral".to_owned(),
            system_service: String::new(),
            change_number: None,
            prefixes: prefixes.iter().map(|text| text.parse().unwrap()).collect(),
        };
        let tags = vec![entry("A", &["192.0.2.0/24", "2001:db8::/32"]), entry("B", &["192.0.2.128/25"])];
        let sha256 = "0".repeat(64);
        let file = TagFile { cloud: None, change_number: Some(7), date: None, sha256, tags };
        let mut catalog = TagCatalog::compile(&file, Origin::File).unwrap();
        // A quarter of a megabyte that a search can do without.
        catalog.tables.v4.blocks = Vec::new().into();
        catalog.stored()
    }

    #[test]
    fn what_was_stored_is_what_is_restored() {
        let embedded = TagCatalog::embedded();
        let bytes = embedded.stored();
        let opened = Stored::open(bytes.as_slice()).unwrap();
        let expected = Release { origin: Origin::Cache, ..embedded.release().clone() };
        assert_eq!(opened.release(), &expected);
        let restored = opened.load().unwrap();
        assert_eq!(restored.diff(embedded), []);
        assert!(restored.names().eq(embedded.names()));
        assert_eq!(restored.stored(), bytes);
        let address = "20.60.16.7".parse().unwrap();
        assert!(restored.lookup(address).eq(embedded.lookup(address)));
        let small = restore(&small()).unwrap();
        assert_eq!((small.release().cloud, small.release().change_number), (None, Some(7)));
    }

    #[test]
    fn no_byte_can_be_changed_or_left_out_unnoticed() {
        let good = small();
        let head = good.windows(7).position(|part| part == b"\ntables").unwrap();
        for end in 0..good.len() {
            assert!(restore(&good[..end]).is_err(), "{end}");
        }
        for place in head..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0x21;
            assert!(restore(&bad).is_err(), "{place}");
        }
        assert!(matches!(restore(b"{}"), Err(StoredError::Foreign)));
        assert!(matches!(restore(&b"x".repeat(100_000)), Err(StoredError::Foreign)));
    }

    fn walk(catalog: &TagCatalog) {
        for address in ["192.0.2.1", "192.0.2.200", "10.0.0.1", "2001:db8::1", "::"] {
            assert!(catalog.lookup(address.parse().unwrap()).count() < 1000);
        }
        assert!(catalog.tags().map(|tag| tag.prefixes().count()).sum::<usize>() < 1000);
    }

    /// Tables that somebody wrote on purpose, hash and all.
    #[test]
    fn forged_tables_end_no_walk_in_a_circle() {
        let good = small();
        let begin = good.windows(7).position(|part| part == b"\ntables").unwrap() + 1;
        let line = good[begin..].iter().position(|byte| *byte == b'\n').unwrap();
        let (head, body) = (&good[..begin], &good[begin + line + 1..]);
        for place in 0..body.len() {
            for value in [0, 1, 2, 0xff] {
                let mut body = body.to_vec();
                body[place] = value;
                let line = format!("tables {} {:x}\n", body.len(), Sha256::digest(&body));
                let restored = restore(&[head, line.as_bytes(), &body].concat());
                restored.iter().for_each(walk);
            }
        }
    }
}
