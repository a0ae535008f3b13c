//! Which answer proves that the right service was reached.

use super::answer::HttpAnswer;
use super::failure::Failure;
use super::target::Target;

/// How the answer fails.
#[must_use]
pub fn judge(_: &Target, _: &HttpAnswer) -> Option<Failure> {
    None
}
