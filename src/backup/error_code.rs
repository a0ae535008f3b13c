//! Error codes of backup: what each says, its causes in order, and which checks settle them.

use super::{Grounds, Reporter, Source};

include!(concat!(env!("OUT_DIR"), "/error_codes.rs"));

/// One error code, or several that mean the same.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// Its names or numbers, the usual one first; with a [`range`](Self::range) the names of its numbers, in their order.
    pub codes: &'static [&'static str],
    /// The numbers it stands for, first and last.
    pub range: Option<(u32, u32)>,
    /// Where it shows up.
    pub reporter: Reporter,
    /// How well this row is founded.
    pub grounds: Grounds,
    /// What it says, in a few words.
    pub gist: &'static str,
    /// Its causes in the order in which the documents list them; empty where they name none.
    pub causes: &'static [Cause],
    /// What to do.
    pub fix: &'static str,
    /// What it is commonly mistaken for.
    pub is_not: Option<&'static str>,
    /// Where this was read.
    pub sources: &'static [Source],
}

impl ErrorCode {
    fn is_called(&self, code: &str) -> bool {
        let number = || code.parse::<u32>().ok();
        self.codes.iter().any(|known| known.eq_ignore_ascii_case(code))
            || self
                .range
                .is_some_and(|(first, last)| number().is_some_and(|number| (first..=last).contains(&number)))
    }
}

/// One cause of an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// The cause, in words.
    pub text: &'static str,
    /// The ids of the checks that settle it; empty where only the guest or the job's details can.
    pub checks: &'static [&'static str],
}

/// The row of a code, by name in any case or by number.
///
/// ```
/// use azpreflight::backup::error_code;
/// assert!(error_code("usererrorguestagentstatusunavailable").is_some());
/// assert!(error_code("761").is_some());
/// ```
#[must_use]
pub fn error_code(code: &str) -> Option<&'static ErrorCode> {
    let code = code.trim();
    ERROR_CODES.iter().find(|row| row.is_called(code))
}

/// Every row, in the order of the table.
#[must_use]
pub fn error_codes() -> &'static [ErrorCode] {
    ERROR_CODES
}

/// The known codes nearest to `code`, at most three, nearest first; none where nothing is near.
#[must_use]
pub fn nearest_error_codes(code: &str) -> Vec<&'static str> {
    const LONGEST: usize = 128;
    let code = code.trim().to_ascii_lowercase();
    if code.is_empty() || code.len() > LONGEST {
        return Vec::new();
    }
    let mut near: Vec<(usize, &'static str)> = ERROR_CODES
        .iter()
        .flat_map(|row| row.codes)
        .filter_map(|known| {
            let lower = known.to_ascii_lowercase();
            let distance = if code.len() >= 6 && lower.contains(&code) { 1 } else { distance(&code, &lower) };
            (distance <= known.len() / 4).then_some((distance, *known))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// The number of characters to insert, remove or replace to make `left` into `right`.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(before);
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(letter != *other);
            before = replaced.min(before + 1).min(above + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_name_number_and_range() {
        assert_eq!(
            error_code(" GUESTAGENTSNAPSHOTTASKSTATUSERROR ").unwrap().codes[0],
            "GuestAgentSnapshotTaskStatusError"
        );
        assert_eq!(error_code("76").unwrap().reporter, Reporter::ExtensionLog);
        assert_eq!(error_code("380008"), error_code("AzureVmOffline"));
        assert_eq!(error_code("310").unwrap().range, Some((300, 318)));
        assert_eq!(error_code("319"), None);
        assert_eq!(error_code(""), None);
    }

    #[test]
    fn a_slip_of_the_pen_finds_its_code() {
        assert_eq!(
            nearest_error_codes("UserErrorGuestAgentStatusUnavailble")[0],
            "UserErrorGuestAgentStatusUnavailable"
        );
        assert_eq!(
            nearest_error_codes("ExtensionSnapshotFailedNoNetwrok")[0],
            "ExtensionSnapshotFailedNoNetwork"
        );
        assert!(
            nearest_error_codes("GuestAgentStatusUnavailable")
                .contains(&"UserErrorGuestAgentStatusUnavailable")
        );
        assert!(nearest_error_codes("zebra").is_empty());
        assert!(nearest_error_codes(&"x".repeat(10_000)).is_empty());
    }

    #[test]
    fn distances_are_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
