//! One run of the snapshot extension and what came of it.

use jiff::Timestamp;

/// One run of the snapshot extension, as a status file or a log tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRun {
    /// Whose words these are.
    pub teller: Teller,
    /// When it was told.
    pub at: Option<Timestamp>,
    /// The number that was reported.
    pub number: Option<i64>,
    /// The word that was reported: `success`, `error`, `transitioning`, `warning`.
    ///
    /// The Linux extension reports `success` for a VM of Resource Manager whatever came of the run, so that the number counts.
    pub status: Option<String>,
    /// Codes told beside it, by name or number, that say more exactly what happened.
    pub codes: Vec<String>,
    /// What came of asking the host for a snapshot, where that failed: 555 to 558.
    pub host: Vec<u32>,
    /// In words. Hostile text.
    pub message: Option<String>,
}

/// Whose words a run is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// The extension of Linux, whose numbers are public.
    LinuxExtension,
    /// The extension of Windows, whose numbers are not.
    WindowsExtension,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotOutcome {
    /// A snapshot was taken, or had been before.
    Succeeded,
    /// None was.
    Failed,
    /// It had not ended.
    Unfinished,
    /// It ended, with words whose meaning is not public.
    Unclear,
}

impl SnapshotRun {
    /// A run of which nothing is told yet.
    #[must_use]
    pub const fn new(teller: Teller) -> Self {
        Self {
            teller,
            at: None,
            number: None,
            status: None,
            codes: Vec::new(),
            host: Vec::new(),
            message: None,
        }
    }

    /// What came of it: 0 is an application-consistent snapshot, 1 a snapshot, 3 one that was already taken, 4 that it goes on;
    /// every other number of the Linux extension is a failure.
    #[must_use]
    pub fn outcome(&self) -> SnapshotOutcome {
        let says = |word: &str| self.status.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(word));
        match (self.number, self.teller) {
            _ if says("error") => SnapshotOutcome::Failed,
            _ if says("transitioning") => SnapshotOutcome::Unfinished,
            (None | Some(4), Teller::LinuxExtension) | (None, _) => SnapshotOutcome::Unfinished,
            (Some(0 | 1), _) | (Some(3), Teller::LinuxExtension) => SnapshotOutcome::Succeeded,
            (Some(_), Teller::LinuxExtension) => SnapshotOutcome::Failed,
            (Some(_), Teller::WindowsExtension) => SnapshotOutcome::Unclear,
        }
    }

    /// The codes that say what happened, the most exact first.
    pub fn causes(&self) -> impl Iterator<Item = String> {
        let number = self.number.map(|number| number.to_string());
        self.codes.iter().cloned().chain(number).chain(self.host.iter().map(u32::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_where_they_are_public_and_words_where_they_say_error() {
        let outcome = |teller, status: &str, number| {
            SnapshotRun { status: Some(status.into()), number, ..SnapshotRun::new(teller) }.outcome()
        };
        let linux = |status, number| outcome(Teller::LinuxExtension, status, number);
        assert_eq!(linux("success", Some(76)), SnapshotOutcome::Failed);
        assert_eq!(linux("success", Some(1)), SnapshotOutcome::Succeeded);
        assert_eq!(linux("error", Some(1)), SnapshotOutcome::Failed);
        assert_eq!(linux("success", Some(4)), SnapshotOutcome::Unfinished);
        let windows = |status, number| outcome(Teller::WindowsExtension, status, number);
        assert_eq!(windows("success", Some(76)), SnapshotOutcome::Unclear);
        assert_eq!(windows("success", Some(1)), SnapshotOutcome::Succeeded);
        assert_eq!(windows("error", None), SnapshotOutcome::Failed);
    }
}
