//! The connect phase: TCP to every address of a host, until one accepts.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::attempt::{Refusal, attempt};
use super::workshop::Workshop;
use crate::probe::{Failure, FailureKind, Phase, attempts};

/// How long the next address waits for the one before it: RFC 8305, section 5.
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

type Attempt<'a> = Pin<Box<dyn Future<Output = Result<TcpStream, Refusal>> + Send + 'a>>;

/// A connection, and how long it took to be made.
#[derive(Debug)]
pub(super) struct Connection {
    /// The connection.
    pub(super) stream: TcpStream,
    /// From the first attempt to its acceptance.
    pub(super) took: Duration,
}

/// What came of one address.
pub(super) type Knocked = (usize, Result<Connection, Failure>);

/// Connections to several addresses of one host, under way.
pub(super) struct Knocks<'w> {
    running: FuturesUnordered<Pin<Box<dyn Future<Output = Knocked> + Send + 'w>>>,
    waiting: std::vec::IntoIter<(usize, SocketAddr)>,
    deadline: Instant,
    /// How long the next address waits for the one before it.
    gap: Duration,
    workshop: &'w Workshop,
}

impl<'w> Knocks<'w> {
    /// Will knock at these addresses, in this order.
    pub(super) fn new(addresses: &[SocketAddr], deadline: Instant, workshop: &'w Workshop) -> Self {
        let waiting: Vec<_> = addresses.iter().copied().enumerate().collect();
        // All are begun in the first half of the time that is left, so that the last has the other half to answer.
        let share = u32::try_from(waiting.len() * 2).unwrap_or(u32::MAX).max(1);
        let gap = NEXT_ADDRESS.min(deadline.saturating_duration_since(Instant::now()) / share);
        Self { running: FuturesUnordered::new(), waiting: waiting.into_iter(), deadline, gap, workshop }
    }

    /// What came of whichever address is decided next, by its place in the list; `None` when all are.
    ///
    /// The next address is begun when one fails, or when none has answered for a quarter of a second (happy eyeballs,
    /// RFC 8305); also after one has accepted, so that every address is judged.
    pub(super) async fn next(&mut self) -> Option<Knocked> {
        loop {
            if self.running.is_empty() && !self.begin_next() {
                return None;
            }
            let now = Instant::now();
            let patience =
                if self.waiting.len() == 0 { self.deadline.max(now) + NEXT_ADDRESS } else { now + self.gap };
            tokio::select! {
                biased;
                Some(knocked) = self.running.next() => {
                    self.begin_next();
                    return Some(knocked);
                }
                () = sleep_until(patience) => { self.begin_next(); }
            }
        }
    }

    fn begin_next(&mut self) -> bool {
        let Some((place, address)) = self.waiting.next() else { return false };
        let (deadline, workshop) = (self.deadline, self.workshop);
        self.running.push(Box::pin(async move {
            if place == 0 {
                return (place, knock(address, deadline, workshop).await);
            }
            // The first address has the target's own socket.
            let Ok(_socket) = timeout_at(deadline, workshop.socket()).await else {
                return (place, Err(none_left()));
            };
            (place, knock(address, deadline, workshop).await)
        }));
        true
    }
}

/// Connects to one address: again and again while it is silent, until the deadline.
///
/// The attempts overlap: each is a connection of its own, the first that is accepted counts, and the others are dropped.
pub(super) async fn knock(
    to: SocketAddr,
    deadline: Instant,
    workshop: &Workshop,
) -> Result<Connection, Failure> {
    let begun = Instant::now();
    let connected = |stream| {
        let took = begun.elapsed();
        workshop.heard_after(took);
        Connection { stream, took }
    };
    let [_, second, later @ ..] = attempts(deadline.saturating_duration_since(begun));
    let mut first: Attempt<'_> = Box::pin(attempt(to));
    let outcome = if let Ok(outcome) = timeout_at((begun + second).min(deadline), &mut first).await {
        outcome
    } else {
        let starts = [second, later[0], later[1]].map(|start| begun + start);
        Box::pin(again(first, to, starts, (deadline, workshop))).await
    };
    match outcome {
        Ok(stream) => Ok(connected(stream)),
        Err(refusal) => Err(failure(to, &refusal)),
    }
}

/// Further attempts beside one that is silent so far.
async fn again(
    first: Attempt<'_>,
    to: SocketAddr,
    starts: [Instant; 3],
    (deadline, workshop): (Instant, &Workshop),
) -> Result<TcpStream, Refusal> {
    let mut under_way: FuturesUnordered<Attempt<'_>> = FuturesUnordered::new();
    under_way.push(first);
    for until in starts.into_iter().skip(1).chain([deadline]) {
        if let Some(socket) = workshop.spare_socket() {
            under_way.push(Box::pin(async move {
                let _socket = socket;
                attempt(to).await
            }));
        }
        if let Ok(Some(outcome)) = timeout_at(until.min(deadline), heard(&mut under_way)).await {
            return outcome;
        }
    }
    Err(io::Error::from(io::ErrorKind::TimedOut).into())
}

/// The first attempt that the far end or the network answers; failing that, the last that this machine could not make.
async fn heard(under_way: &mut FuturesUnordered<Attempt<'_>>) -> Option<Result<TcpStream, Refusal>> {
    loop {
        let outcome = under_way.next().await?;
        let answered = outcome.as_ref().map_or_else(Refusal::is_answer, |_| true);
        if answered || under_way.is_empty() {
            return Some(outcome);
        }
    }
}

impl Refusal {
    /// Whether the far end or the network said it, rather than this machine.
    fn is_answer(&self) -> bool {
        use io::ErrorKind as E;
        let kinds = [E::ConnectionRefused, E::ConnectionReset, E::HostUnreachable, E::NetworkUnreachable];
        self.message.is_some() || kinds.contains(&self.error.kind())
    }
}

fn none_left() -> Failure {
    Failure::new(Phase::Connect, FailureKind::LocalError, "this machine had no socket left for this address")
}

/// What a refusal means; where the network said why, in its words.
fn failure(to: SocketAddr, refusal: &Refusal) -> Failure {
    use io::ErrorKind as E;
    let Refusal { error, message } = refusal;
    let (kind, detail) = match (error.kind(), message) {
        (E::TimedOut, _) => (FailureKind::TimedOut, format!("{to} did not answer")),
        (E::ConnectionRefused, Some(message)) => (FailureKind::Refused, format!("{to} refused by {message}")),
        (E::ConnectionRefused, None) => (FailureKind::Refused, format!("{to} refused by a TCP reset")),
        (_, Some(message)) => (FailureKind::Unreachable, format!("{to} is unreachable by {message}")),
        (E::ConnectionReset, _) => (FailureKind::Reset, format!("{to} cut the connection")),
        (E::HostUnreachable, None) => {
            (FailureKind::Unreachable, format!("no host answers for {to} on its network"))
        }
        (E::NetworkUnreachable, None) => {
            (FailureKind::Unreachable, format!("this machine has no route to {}", to.ip()))
        }
        (E::AddrNotAvailable, _) => {
            (FailureKind::LocalError, "this machine has no address or port left to speak from".into())
        }
        (E::PermissionDenied, None) => {
            (FailureKind::Forbidden, format!("this machine itself forbids the connection to {to}"))
        }
        _ => (FailureKind::LocalError, error.to_string()),
    };
    Failure::new(Phase::Connect, kind, detail)
}

/// Orders addresses as RFC 8305, section 4 has it: families in turn, IPv6 first, each in the order it came.
pub(super) fn in_turn(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let (v6, v4): (Vec<&IpAddr>, Vec<&IpAddr>) = addresses.iter().partition(|address| address.is_ipv6());
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut ordered = Vec::with_capacity(addresses.len());
    while ordered.len() < addresses.len() {
        ordered.extend(v6.next());
        ordered.extend(v4.next());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let given = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "fe80::1"].map(address);
        let ordered = in_turn(&given);
        assert_eq!(ordered, ["fe80::1", "10.0.0.1", "10.0.0.2", "10.0.0.3"].map(address));
    }
}
