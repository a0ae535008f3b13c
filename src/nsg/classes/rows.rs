//! Sets of columns as rows of bits, many of one width beside each other.

/// Rows of one width.
#[derive(Debug, Clone)]
pub(in crate::nsg) struct Rows {
    width: usize,
    count: usize,
    words: Vec<u64>,
}

impl Rows {
    /// No rows yet, each to hold this many columns.
    pub(in crate::nsg) fn new(columns: usize) -> Self {
        Self { width: columns.div_ceil(64), count: 0, words: Vec::new() }
    }

    /// No rows yet, each to be as wide as these.
    pub(in crate::nsg) const fn like(&self) -> Self {
        Self { width: self.width, count: 0, words: Vec::new() }
    }

    /// How many words a row has.
    pub(in crate::nsg) const fn width(&self) -> usize {
        self.width
    }

    /// Appends a row.
    pub(in crate::nsg) fn push(&mut self, row: &[u64]) {
        self.words.extend_from_slice(row);
        self.count += 1;
    }

    /// How many rows there are.
    pub(in crate::nsg) const fn len(&self) -> usize {
        self.count
    }

    /// The row of this number.
    #[expect(clippy::indexing_slicing, reason = "rows are numbered by whoever pushed them")]
    pub(in crate::nsg) fn row(&self, index: usize) -> &[u64] {
        &self.words[index * self.width..(index + 1) * self.width]
    }

    /// Every row, in order. Of width zero there are none to tell apart.
    pub(in crate::nsg) fn iter(&self) -> impl Iterator<Item = &[u64]> {
        self.words.chunks_exact(self.width.max(1))
    }
}

/// A row without columns.
pub(in crate::nsg) fn none(width: usize) -> Vec<u64> {
    vec![0; width]
}

/// Puts a column in, or takes it out again.
#[expect(clippy::indexing_slicing, reason = "a column lies within the width its row was made with")]
pub(in crate::nsg) fn toggle(row: &mut [u64], column: usize) {
    row[column / 64] ^= 1 << (column % 64);
}

/// Whether a column is in it.
pub(in crate::nsg) fn has(row: &[u64], column: usize) -> bool {
    row.get(column / 64).is_some_and(|word| word >> (column % 64) & 1 == 1)
}

/// Keeps what is in `other` too.
pub(in crate::nsg) fn keep(row: &mut [u64], other: &[u64]) {
    row.iter_mut().zip(other).for_each(|(word, other)| *word &= other);
}

/// Adds what is in `other`.
pub(in crate::nsg) fn add(row: &mut [u64], other: &[u64]) {
    row.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
}

/// The columns in both.
pub(in crate::nsg) fn both(row: &[u64], other: &[u64]) -> Vec<u64> {
    row.iter().zip(other).map(|(word, other)| word & other).collect()
}

/// Whether none is in it.
pub(in crate::nsg) fn is_none(row: &[u64]) -> bool {
    row.iter().all(|word| *word == 0)
}

/// Whether the two share a column.
pub(in crate::nsg) fn meet(row: &[u64], other: &[u64]) -> bool {
    row.iter().zip(other).any(|(word, other)| word & other != 0)
}

/// Whether every column of it is in `other`.
pub(in crate::nsg) fn is_within(row: &[u64], other: &[u64]) -> bool {
    row.iter().zip(other).all(|(word, other)| word & !other == 0)
}

/// Takes out `first` and every column behind it.
pub(in crate::nsg) fn end_before(row: &mut [u64], first: usize) {
    for (index, word) in row.iter_mut().enumerate().skip(first / 64) {
        *word &= if index == first / 64 { (1 << (first % 64)) - 1 } else { 0 };
    }
}

/// Takes out every column behind `last`.
pub(in crate::nsg) fn end_after(row: &mut [u64], last: usize) {
    for (index, word) in row.iter_mut().enumerate().skip(last / 64) {
        *word &= if index == last / 64 { u64::MAX >> (63 - last % 64) } else { 0 };
    }
}

/// The first column in both.
pub(in crate::nsg) fn first(row: &[u64], other: &[u64]) -> Option<usize> {
    let words = row.iter().zip(other).enumerate();
    let mut shared = words.map(|(index, (word, other))| (index, word & other));
    shared.find(|(_, word)| *word != 0).map(|(index, word)| index * 64 + word.trailing_zeros() as usize)
}

/// The columns in it, in order.
pub(in crate::nsg) fn columns(row: &[u64]) -> impl Iterator<Item = usize> {
    row.iter().enumerate().flat_map(|(index, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(index * 64 + bit)
        })
    })
}

/// Some of the columns, numbered anew and close together.
#[derive(Debug)]
pub(in crate::nsg) struct Selection {
    chosen: Vec<u64>,
    /// How many chosen columns stand before each word.
    before: Vec<u32>,
    /// What the new numbers stand for, unless they are the old ones.
    columns: Vec<usize>,
    /// Whether the new numbers are the old ones.
    in_place: bool,
}

impl Selection {
    /// These columns, in their order, close together: for rows that are looked at often.
    pub(in crate::nsg) fn packed(chosen: Vec<u64>) -> Self {
        let columns: Vec<usize> = columns(&chosen).collect();
        // Where most columns are chosen, moving bits gains nothing.
        if columns.len() * 2 >= chosen.len() * 64 {
            return Self::in_place(chosen);
        }
        let before = chosen.iter().scan(0, |count, word| {
            let before = *count;
            *count += word.count_ones();
            Some(before)
        });
        Self { before: before.collect(), columns, in_place: false, chosen }
    }

    /// These columns with the numbers that they have: for rows that are looked at once.
    pub(in crate::nsg) fn in_place(chosen: Vec<u64>) -> Self {
        Self { before: Vec::new(), columns: Vec::new(), in_place: true, chosen }
    }

    /// The column that a new number stands for.
    pub(in crate::nsg) fn column(&self, number: usize) -> Option<usize> {
        if self.in_place { Some(number) } else { self.columns.get(number).copied() }
    }

    /// How many new numbers there are.
    pub(in crate::nsg) fn len(&self) -> usize {
        if self.in_place { self.chosen.len() * 64 } else { self.columns.len() }
    }

    /// Whether every column of a row is chosen.
    pub(in crate::nsg) fn has_all(&self, row: &[u64]) -> bool {
        is_within(row, &self.chosen)
    }

    /// All of them, in the new numbers.
    pub(in crate::nsg) fn all(&self) -> Vec<u64> {
        self.of(&self.chosen)
    }

    /// How many words a row of them has.
    pub(in crate::nsg) fn width(&self) -> usize {
        self.len().div_ceil(64)
    }

    /// What of a row is chosen, in the new numbers.
    pub(in crate::nsg) fn of(&self, row: &[u64]) -> Vec<u64> {
        if self.in_place {
            return both(row, &self.chosen);
        }
        let mut packed = none(self.width());
        for ((word, chosen), before) in row.iter().zip(&self.chosen).zip(&self.before) {
            let mut left = word & chosen;
            while left != 0 {
                let below = (left & left.wrapping_neg()) - 1;
                toggle(&mut packed, (before + (chosen & below).count_ones()) as usize);
                left &= left - 1;
            }
        }
        packed
    }
}
