//! How many sockets this process may have open.

/// Descriptors kept back for files, name servers and standard streams.
const RESERVE: usize = 64;

/// How many sockets may be open at once, after the limit is raised as far as it may be without privileges.
#[cfg(unix)]
pub(super) fn available() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // A refusal leaves the limit as it was.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let current = if raised.is_ok() { limit.maximum } else { limit.current };
    let current = current.map_or(usize::MAX, |current| usize::try_from(current).unwrap_or(usize::MAX));
    usable(current)
}

/// How many sockets may be open at once. Windows has no such limit; its default range of ephemeral ports has 16,384.
#[cfg(not(unix))]
pub(super) fn available() -> usize {
    usable(16_384)
}

fn usable(limit: usize) -> usize {
    limit.saturating_sub(RESERVE).clamp(1, tokio::sync::Semaphore::MAX_PERMITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_room_for_one() {
        assert_eq!(usable(0), 1);
        assert_eq!(usable(1024), 960);
        assert!(available() >= 1);
    }
}
