//! When a name server is asked again, when over TCP, and when it is given up. Pure arithmetic.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::probe::attempts;

/// The times of one exchange with one name server.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    window: Duration,
    sends: VecDeque<Instant>,
    /// When TCP is tried with a server that is silent over UDP; `None` once that is settled.
    pub(super) tcp: Option<Instant>,
    /// When the exchange ends.
    pub(super) end: Instant,
}

impl Schedule {
    /// Attempts over UDP from now on, TCP when half the time is over: a firewall may pass only that.
    pub(super) fn new(now: Instant, end: Instant) -> Self {
        let window = end.saturating_duration_since(now);
        let sends = attempts(window).iter().map(|after| now + *after).collect();
        Self { window, sends, tcp: Some(now + window / 2), end }
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Instant {
        let send = self.sends.front().copied().unwrap_or(self.end);
        send.min(self.tcp.unwrap_or(self.end)).min(self.end)
    }

    /// Whether an attempt over UDP is due, which then counts as made.
    pub(super) fn sends_at(&mut self, now: Instant) -> bool {
        let before = self.sends.len();
        self.sends.retain(|send| *send > now);
        self.sends.len() < before
    }

    /// Whether TCP is due, which then counts as tried.
    pub(super) fn tries_tcp_at(&mut self, now: Instant) -> bool {
        let due = self.tcp.is_some_and(|tcp| tcp <= now);
        if due {
            self.tcp = None;
        }
        due
    }

    /// One family is answered: the other follows at once, or was lost, or is never answered by this server. Waits for it a
    /// sixth of the window, with three further attempts.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.sends = [1, 2, 4].map(|part| now + self.window * part / 48).into();
        self.tcp = None;
        self.end = self.end.min(now + self.window / 6);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_asked_four_times_and_then_over_tcp() {
        let now = Instant::now();
        let mut schedule = Schedule::new(now, now + Duration::from_secs(3));
        let after = |milliseconds| now + Duration::from_millis(milliseconds);
        assert!(schedule.sends_at(now) && !schedule.sends_at(now));
        assert_eq!(schedule.next(), after(250));
        assert!(schedule.sends_at(after(800)), "late is once");
        assert_eq!(schedule.next(), after(1500));
        assert!(schedule.sends_at(after(1500)) && schedule.tries_tcp_at(after(1500)));
        assert!(!schedule.tries_tcp_at(after(1600)));
        assert_eq!(schedule.next(), after(3000));
        schedule.hurry(after(2000));
        assert_eq!((schedule.next(), schedule.end), (after(2062) + Duration::from_micros(500), after(2500)));
    }
}
