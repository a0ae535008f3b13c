//! `/etc/azure/vmbackup.conf`.

/// What `/etc/azure/vmbackup.conf` sets, of its section `SnapshotThread`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupSettings {
    /// How its text is written.
    pub encoding: TextEncoding,
    /// Why the extension cannot read the file, as one clause with the line; it then goes on as if nothing were set.
    pub fault: Option<String>,
    /// `SnapshotMethod`, as it stands there. Hostile text.
    pub method: Option<String>,
    /// `MountsToSkip`: what is not frozen.
    pub mounts_to_skip: Vec<String>,
    /// `fsfreeze`, as it stands there.
    pub freeze: Option<String>,
    /// `timeout` of the freeze in seconds, as it stands there.
    pub timeout: Option<String>,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TextEncoding {
    /// Characters of ASCII alone.
    #[default]
    Ascii,
    /// UTF-8 with others.
    Utf8,
    /// UTF-8 behind a byte-order mark.
    Utf8Marked,
    /// UTF-16, with or without a mark.
    Utf16,
    /// Bytes that are none of these.
    Unknown,
}

impl TextEncoding {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Utf8 => "UTF-8 with characters beyond ASCII",
            Self::Utf8Marked => "UTF-8 with a byte-order mark",
            Self::Utf16 => "UTF-16",
            Self::Unknown => "neither UTF-8 nor UTF-16",
        }
    }
}
