//! What a certificate proves.

use super::answer::TlsAnswer;
use super::failure::Failure;
use super::host::Host;

/// How the certificate fails.
#[must_use]
pub fn judge(_: &TlsAnswer, _: &Host) -> Option<Failure> {
    None
}

/// What to know of a certificate that does not fail.
#[must_use]
pub fn notes(_: &TlsAnswer, _: &Host) -> Vec<String> {
    Vec::new()
}

/// Whether it is the clock.
#[must_use]
pub fn judge_clock(_: &TlsAnswer, _: i64, _: Option<i64>) -> Option<Failure> {
    None
}

/// What to know of the clock.
#[must_use]
pub fn clock_note(_: Option<i64>) -> Option<String> {
    None
}
