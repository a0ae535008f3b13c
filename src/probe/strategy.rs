//! When to knock again, and when silence means something. Pure arithmetic: the strategy never sees a socket.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

/// What a run may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long one target may take, all phases together.
    pub timeout: Duration,
    /// How many targets at once; `None` for all of them, as far as the operating system has descriptors.
    pub concurrency: Option<NonZeroUsize>,
    /// The name server to ask instead of those configured. Asked alone, then: neither the hosts file nor the platform's.
    pub dns: Option<SocketAddr>,
    /// Whether silent targets get an early, provisional verdict.
    pub adaptive: bool,
}

impl Limits {
    /// Three seconds: what an operator waits for, and time enough for four attempts.
    pub const TIMEOUT: Duration = Duration::from_secs(3);
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Self::TIMEOUT, concurrency: None, dns: None, adaptive: false }
    }
}

/// How many attempts are made at least within the timeout.
const ATTEMPTS: u32 = 4;

/// When attempts at a silent peer begin, counted from the first, which is at zero.
///
/// With 5 % of packets lost each way an attempt is lost with probability 1 − 0.95² = 0.0975; four fail together once in
/// 11,000 times. The kernel's own second attempt comes after a whole second and its third after three: too late and too
/// few. The last begins at half the timeout, so that a slow peer has the other half to answer.
#[must_use]
pub fn attempts(timeout: Duration) -> [Duration; ATTEMPTS as usize] {
    // Gaps grow: 1 : 2 : 3 of a half.
    [0, 1, 3, 6].map(|part| timeout / 2 * part / 6)
}

/// The round trips seen in a run, from which silence is judged early.
#[derive(Debug, Clone, Default)]
pub struct RoundTrips {
    smoothed: Option<Duration>,
    deviation: Duration,
}

impl RoundTrips {
    /// The shortest silence that ever means something. A peer that answers later than this is rare in one region.
    const SHORTEST: Duration = Duration::from_millis(100);
    /// The silence that means something while nothing has answered: as RFC 6298 has it before the first round trip.
    const UNKNOWN: Duration = Duration::from_secs(1);

    /// Takes one round trip into account, as RFC 6298 (2.2, 2.3) smooths them.
    pub fn seen(&mut self, trip: Duration) {
        match self.smoothed {
            None => {
                self.smoothed = Some(trip);
                self.deviation = trip / 2;
            }
            Some(smoothed) => {
                self.deviation = (self.deviation * 3 + smoothed.abs_diff(trip)) / 4;
                self.smoothed = Some((smoothed * 7 + trip) / 8);
            }
        }
    }

    /// How long a peer must be silent before it is provisionally called so: RFC 6298's timeout, at least a tenth of a
    /// second, and twice, so that one lost packet alone does not decide.
    #[must_use]
    pub fn silence(&self) -> Duration {
        let once = match self.smoothed {
            None => Self::UNKNOWN,
            Some(smoothed) => (smoothed + self.deviation * 4).max(Self::SHORTEST),
        };
        once * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_attempts_begin_in_the_first_half() {
        let starts = attempts(Duration::from_secs(3));
        assert_eq!(starts.map(|start| start.as_millis()), [0, 250, 750, 1500]);
    }

    #[test]
    fn silence_is_judged_by_what_was_seen() {
        let mut trips = RoundTrips::default();
        assert_eq!(trips.silence(), Duration::from_secs(2));
        for _ in 0..50 {
            trips.seen(Duration::from_millis(1));
        }
        assert_eq!(trips.silence(), Duration::from_millis(200));
        for _ in 0..50 {
            trips.seen(Duration::from_millis(400));
        }
        assert!(trips.silence() > Duration::from_millis(800), "{:?}", trips.silence());
    }
}
