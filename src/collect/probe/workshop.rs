//! What all targets of a run share.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::descriptors;
use super::resolve::Resolver;
use super::tls::Handshaker;
use crate::probe::{Limits, Observation, RoundTrips, Target};

/// What all targets of a run share: the tools, the limits, what was learnt on the way.
pub(super) struct Workshop {
    targets: Vec<Target>,
    limits: Limits,
    begun: Instant,
    turns: Semaphore,
    /// Sockets for second attempts at silent peers, beyond the one that each target has.
    spare: Semaphore,
    trips: Mutex<RoundTrips>,
    tell: UnboundedSender<Observation>,
    stopped: AtomicBool,
    stopping: Notify,
    /// Name resolution.
    pub(super) resolver: Resolver,
    /// TLS.
    pub(super) handshaker: Handshaker,
}

/// The turn of one target: it may speak until the deadline.
pub(super) struct Turn<'w> {
    /// Until when.
    pub(super) deadline: Instant,
    _permit: Option<SemaphorePermit<'w>>,
}

impl Workshop {
    /// A workshop for these targets.
    pub(super) fn new(targets: &[Target], limits: &Limits, tell: UnboundedSender<Observation>) -> Self {
        let sockets = descriptors::available();
        let wanted = limits.concurrency.map_or(targets.len(), NonZeroUsize::get);
        // Where there are few descriptors, an eighth of them serves further attempts and addresses, and a quarter the
        // names.
        let eighth = sockets / 8;
        let turns = wanted.min(eighth * 5).max(1);
        Self {
            targets: targets.to_vec(),
            limits: limits.clone(),
            begun: Instant::now(),
            turns: Semaphore::new(turns),
            spare: Semaphore::new(sockets.saturating_sub(turns + eighth * 2).max(1)),
            trips: Mutex::default(),
            tell,
            stopped: AtomicBool::new(false),
            stopping: Notify::new(),
            resolver: Resolver::new(limits),
            handshaker: Handshaker::new(),
        }
    }

    /// The target at this place of the list.
    pub(super) fn target(&self, place: usize) -> Option<&Target> {
        self.targets.get(place)
    }

    /// How long one target may take.
    fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    /// Waits for a turn. The deadline counts from the beginning of the run for all that need not wait, so that many
    /// targets are done when one is; from the turn for the others.
    pub(super) async fn turn(&self) -> Turn<'_> {
        if let Ok(permit) = self.turns.try_acquire() {
            return Turn { deadline: self.begun + self.timeout(), _permit: Some(permit) };
        }
        // The semaphore is never closed; if it were, nothing would be left to limit.
        let permit = self.turns.acquire().await.ok();
        Turn { deadline: Instant::now() + self.timeout(), _permit: permit }
    }

    /// A socket for one more attempt, if there is one.
    pub(super) fn spare_socket(&self) -> Option<SemaphorePermit<'_>> {
        self.spare.try_acquire().ok()
    }

    /// A socket for one more address of a name, when there is one.
    pub(super) async fn socket(&self) -> Option<SemaphorePermit<'_>> {
        self.spare.acquire().await.ok()
    }

    /// Ends all conversations: each tells what it knows.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.stopping.notify_waiters();
    }

    /// Waits until all conversations are to end.
    pub(super) async fn stopped(&self) {
        let stopping = self.stopping.notified();
        // What is notified between the look and the wait is heard: waiters count from here on.
        if !self.stopped.load(Ordering::Acquire) {
            stopping.await;
        }
    }

    /// Takes the round trip of a connection into account.
    pub(super) fn heard_after(&self, trip: Duration) {
        if self.limits.adaptive {
            self.trips.lock().unwrap_or_else(PoisonError::into_inner).seen(trip);
        }
    }

    /// For how long a peer must have been silent to be called so provisionally; `None` where nobody asked.
    pub(super) fn silence(&self) -> Option<Duration> {
        let trips = || self.trips.lock().unwrap_or_else(PoisonError::into_inner).silence();
        self.limits.adaptive.then(trips)
    }

    /// Passes on a provisional word.
    pub(super) fn tell(&self, observation: Observation) {
        // Nobody listens any more when the run has been interrupted.
        drop(self.tell.send(observation));
    }
}

/// This machine's clock, in seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Whether this process may do what only root may. On Windows nothing here depends on it.
pub(super) fn is_root() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    return true;
}
