//! Where the real data is that some tests read.

use std::path::PathBuf;

/// A folder or file of the corpus; fails where the variable is not set or names nothing.
///
/// Tests that use it are `#[ignore = "needs AZPREFLIGHT_CORPUS"]`, and `tests/run.sh` includes them where it is set.
pub(crate) fn folder(path: &str) -> PathBuf {
    let root = std::env::var_os("AZPREFLIGHT_CORPUS").expect("AZPREFLIGHT_CORPUS names a folder");
    let path = PathBuf::from(root).join(path);
    assert!(path.exists(), "{} is missing", path.display());
    path
}
