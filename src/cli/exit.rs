//! Exit codes: the one table of them.

use std::process::ExitCode;

/// The table as the help prints it.
pub(super) const TABLE: &str = "\
Exit codes:
  0   ready, allowed, reached, supported, nothing found
  1   not ready, denied, failed, unsupported, something found (at or above --fail-on)
  2   wrong usage, or input that cannot be read
  3   undetermined: nothing blocks, but something that decides is unknown
  70  internal error (a bug)";

/// What the process says by its exit code.
///
/// | Code | Meaning |
/// |---|---|
/// | 0 | ready, allowed, reached, supported, nothing found |
/// | 1 | not ready, denied, failed, unsupported, something found (at or above `--fail-on`) |
/// | 2 | wrong usage, or input that cannot be read |
/// | 3 | undetermined: nothing blocks, but something that decides is unknown |
/// | 70 | internal error (a bug) |
///
/// The order of the variants is that of [`worst`](Self::worst): of several answers 1 counts before 3 before 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// 0.
    Ready,
    /// 3.
    Undetermined,
    /// 1.
    NotReady,
    /// 2.
    Usage,
    /// 70.
    Internal,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::NotReady => 1,
            Self::Usage => 2,
            Self::Undetermined => 3,
            Self::Internal => 70,
        }
    }

    /// The worst of several answers; 0 of none.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().max().unwrap_or(Self::Ready)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_counts_before_a_doubt_and_a_doubt_before_a_pass() {
        assert_eq!(Exit::worst([Exit::Ready, Exit::Undetermined, Exit::NotReady]), Exit::NotReady);
        assert_eq!(Exit::worst([Exit::Ready, Exit::Undetermined]), Exit::Undetermined);
        assert_eq!(Exit::worst([]).code(), 0);
    }

    #[test]
    fn the_help_names_every_code() {
        for exit in [Exit::Ready, Exit::NotReady, Exit::Usage, Exit::Undetermined, Exit::Internal] {
            let line = format!("\n  {:<3} ", exit.code());
            assert!(TABLE.contains(&line), "{line:?}");
        }
    }
}
