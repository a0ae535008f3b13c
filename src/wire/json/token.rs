//! What stands for a value, or for the key of a member, in the list of a document.

/// A value, or the key of a member.
///
/// From the highest bit down: 3 bits of kind, 30 of where it starts, 30 of how long it is. A list or an object has how
/// many elements or members it holds in place of the start and where its tokens end in place of the length, and is
/// followed by a [`Link`]; an object's members follow as keys and values in turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    False,
    True,
    Number,
    /// A text as it stands in the document.
    Text,
    /// A text among those written out.
    Unescaped,
    List,
    Object,
}

/// What a list or an object stands in: where that has its token, and the how manieth it is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) above: u32,
    pub(super) ordinal: u32,
}

impl Token {
    const BITS: u32 = 30;
    const MASK: u64 = (1 << Self::BITS) - 1;

    #[inline]
    pub(super) const fn new(kind: Kind, start: usize, length: usize) -> Self {
        Self(
            (kind as u64) << (2 * Self::BITS)
                | (start as u64 & Self::MASK) << Self::BITS
                | length as u64 & Self::MASK,
        )
    }

    pub(super) const fn link(link: Link) -> Self {
        Self((link.above as u64) << 32 | link.ordinal as u64)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    pub(super) const fn as_link(self) -> Link {
        Link { above: (self.0 >> 32) as u32, ordinal: self.0 as u32 }
    }

    #[inline]
    pub(super) const fn kind(self) -> Kind {
        match self.0 >> (2 * Self::BITS) {
            0 => Kind::Null,
            1 => Kind::False,
            2 => Kind::True,
            3 => Kind::Number,
            4 => Kind::Text,
            5 => Kind::Unescaped,
            6 => Kind::List,
            _ => Kind::Object,
        }
    }

    #[inline]
    pub(super) const fn is_nested(self) -> bool {
        matches!(self.kind(), Kind::List | Kind::Object)
    }

    #[inline]
    pub(super) const fn is_text(self) -> bool {
        matches!(self.kind(), Kind::Text | Kind::Unescaped)
    }

    #[inline]
    pub(super) const fn span(self) -> (usize, usize) {
        ((self.0 >> Self::BITS & Self::MASK) as usize, (self.0 & Self::MASK) as usize)
    }
}
