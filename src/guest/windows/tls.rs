//! TLS 1.2, as the registry lets programs of a Windows machine use it.

use super::Listed;

/// What is said of TLS 1.2 for connections that leave the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Whether it may be used at all: `Enabled`. Absent means that Windows' own default holds.
    pub enabled: Listed<bool>,
    /// Whether only programs that ask for it by name get it: `DisabledByDefault`. Absent as above.
    pub disabled_by_default: Listed<bool>,
}
