//! One target from the name to the answer: the phases in a row, each with its time, until one fails.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::connect::{self, Connection, Knocks, in_turn, knock};
use super::stream::Stream;
use super::workshop::{Workshop, is_root, now};
use super::{request, tunnel};
use crate::azure::platform::{DNS_PORT, WIRE_SERVER};
use crate::probe::{
    AddressVerdict, Authority, Expectation, Failure, FailureKind, Host, Observation, Outcome, Phase, Proxy,
    Target, Trust, certificate, expectation,
};

/// How many addresses of one name are judged.
const MOST_ADDRESSES: usize = 16;

/// How often a silent target looks at what the others' round trips have become.
const GLANCE: Duration = Duration::from_millis(50);

/// Speaks with one target until the deadline, and tells what came of it.
pub(super) async fn converse(
    place: usize,
    target: &Target,
    workshop: &Workshop,
    deadline: Instant,
) -> Observation {
    let mut talk = Talk { target, workshop, deadline, seen: Observation::begun(place), told: false };
    let begun = Instant::now();
    let outcome = tokio::select! {
        biased;
        outcome = talk.whole() => Some(outcome),
        () = workshop.stopped() => None,
    };
    let seen = Observation { took: Some(begun.elapsed()), ..talk.seen };
    match outcome {
        Some(Ok(())) => seen.reached(),
        Some(Err(failure)) => weighed(target, seen, failure),
        None => seen.interrupted(),
    }
}

/// A conversation under way.
struct Talk<'w> {
    target: &'w Target,
    workshop: &'w Workshop,
    deadline: Instant,
    seen: Observation,
    /// Whether it was said that the target is silent.
    told: bool,
}

impl Talk<'_> {
    async fn whole(&mut self) -> Result<(), Failure> {
        match self.target.expectation {
            Expectation::Dns => Box::pin(self.ask_name_server()).await,
            _ => self.through().await,
        }
    }

    async fn ask_name_server(&mut self) -> Result<(), Failure> {
        let addresses = self.resolve(&self.target.authority.host).await?;
        let Some(address) = addresses.first().copied() else { return Ok(()) };
        self.seen.address = Some(address);
        let begun = Instant::now();
        let server = SocketAddr::new(address, self.target.authority.port);
        let answered = self.workshop.resolver.knock(server, self.deadline).await;
        self.seen.phases.request = Some(begun.elapsed());
        answered
    }

    async fn through(&mut self) -> Result<(), Failure> {
        let hop = self.target.first_hop();
        let Host::Address(address) = hop.host else {
            // What is rare has a box of its own, so that thousands of addresses cost little.
            return Box::pin(self.through_name()).await;
        };
        self.through_address(SocketAddr::new(address, hop.port)).await
    }

    async fn through_address(&mut self, to: SocketAddr) -> Result<(), Failure> {
        let connection = self.connect_one(to).await.map_err(|failure| self.of_first_hop(failure))?;
        self.go_on(connection, to.ip()).await
    }

    async fn through_name(&mut self) -> Result<(), Failure> {
        let hop = self.target.first_hop();
        let resolved = self.resolve(&hop.host).await;
        let addresses = resolved.map_err(|failure| self.of_first_hop(failure))?;
        match addresses.as_slice() {
            [address] => self.through_address(SocketAddr::new(*address, hop.port)).await,
            _ => self.through_one_of(&addresses, hop.port).await,
        }
    }

    /// Every address is judged; the first that accepts carries the rest of the conversation.
    async fn through_one_of(&mut self, addresses: &[IpAddr], port: u16) -> Result<(), Failure> {
        let sockets: Vec<SocketAddr> =
            addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
        self.seen.addresses =
            addresses.iter().map(|address| AddressVerdict { address: *address, connected: None }).collect();
        let mut knocks = Knocks::new(&sockets, self.deadline, self.workshop);
        let mut failures = Vec::new();
        let begun = Instant::now();
        loop {
            let next = self.patiently(begun, &sockets, pin!(knocks.next())).await;
            let Some((place, knocked)) = next else { break };
            match knocked {
                Ok(connection) => {
                    let address = sockets.get(place).map_or(IpAddr::from([0; 4]), SocketAddr::ip);
                    let mut rest = Vec::new();
                    note(&mut self.seen.addresses, place, Ok(connection.took));
                    let (outcome, ()) =
                        tokio::join!(self.go_on(connection, address), all(&mut knocks, &mut rest));
                    for (place, connected) in rest {
                        note(&mut self.seen.addresses, place, connected);
                    }
                    return outcome;
                }
                Err(failure) => {
                    note(&mut self.seen.addresses, place, Err(failure.clone()));
                    failures.push(failure);
                }
            }
        }
        Err(self.of_first_hop(telling(failures)))
    }

    async fn resolve(&mut self, host: &Host) -> Result<Vec<IpAddr>, Failure> {
        let name = match host {
            Host::Address(address) => return Ok(vec![*address]),
            Host::Name(name) => name,
        };
        let resolved = self.workshop.resolver.resolve(name, self.deadline).await;
        self.seen.phases.resolve = Some(resolved.took);
        self.seen.resolution = Some(Box::new(resolved.resolution));
        match resolved.failure {
            Some(failure) => Err(failure),
            None => Ok(in_turn(&resolved.addresses).into_iter().take(MOST_ADDRESSES).collect()),
        }
    }

    async fn connect_one(&mut self, to: SocketAddr) -> Result<Connection, Failure> {
        self.seen.address = Some(to.ip());
        let knocking = pin!(knock(to, self.deadline, self.workshop));
        self.patiently(Instant::now(), &[to], knocking).await
    }

    /// What comes of knocking at these addresses; says early, and once, that they are silent if that was asked for.
    async fn patiently<T>(
        &mut self,
        begun: Instant,
        addresses: &[SocketAddr],
        mut knocking: Pin<&mut impl Future<Output = T>>,
    ) -> T {
        while let Some(silence) = self.workshop.silence().filter(|_| !self.told) {
            if begun.elapsed() >= silence {
                self.workshop.tell(self.silent_so_far(addresses, begun.elapsed()));
                self.told = true;
                break;
            }
            // What silence means changes as others answer, so it is asked again before long.
            let again = (begun + silence).min(Instant::now() + GLANCE);
            if let Ok(knocked) = timeout_at(again, knocking.as_mut()).await {
                return knocked;
            }
        }
        knocking.await
    }

    fn silent_so_far(&self, addresses: &[SocketAddr], patience: Duration) -> Observation {
        let who: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let detail = format!("no answer of {} for {} ms", who.join(", "), patience.as_millis());
        let failure = Failure::new(Phase::Connect, FailureKind::TimedOut, detail);
        let seen = Observation { provisional: true, ..self.seen.clone() };
        weighed(self.target, seen, self.of_first_hop(failure))
    }

    /// What follows on a connection. In a box of its own: silent targets never need its space.
    async fn go_on(&mut self, connection: Connection, address: IpAddr) -> Result<(), Failure> {
        self.seen.phases.connect = Some(connection.took);
        self.seen.address = Some(address);
        self.seen.local = connection.stream.local_addr().ok().map(|local| local.ip());
        if self.target.via.proxy().is_none() && !self.target.speaks_tls() && !self.target.asks() {
            return Ok(());
        }
        // What is said is short and waits for an answer: held back for more to say, it would wait for the far end's
        // delayed acknowledgement. A refusal of the option costs that wait alone.
        let _ = connection.stream.set_nodelay(true);
        Box::pin(self.speak(Box::new(connection.stream))).await
    }

    async fn speak(&mut self, mut stream: Stream) -> Result<(), Failure> {
        if let Some(proxy) = self.target.via.proxy().filter(|_| self.target.tunnels()) {
            stream = self.tunnel(stream, proxy).await?;
        }
        let mut held = None;
        if self.target.speaks_tls() {
            (stream, held) = self.shake(stream).await?;
        }
        if self.target.asks() {
            let asked = self.ask(stream).await;
            // A certificate out of date weighs more than what was said under it, which only served to read the clock.
            if held.is_none() {
                asked?;
            }
        }
        match held {
            Some(dates) => Err(self.whose_clock(dates)),
            None => Ok(()),
        }
    }

    async fn tunnel(&mut self, stream: Stream, proxy: &Proxy) -> Result<Stream, Failure> {
        let begun = Instant::now();
        let opening = tunnel::open(stream, proxy, &self.target.authority);
        let Ok(tunnelled) = timeout_at(self.deadline, opening).await else {
            let detail = format!("the proxy {proxy} accepted the connection and did not answer CONNECT");
            return Err(Failure::new(Phase::Tunnel, FailureKind::TimedOut, detail));
        };
        self.seen.phases.tunnel = Some(begun.elapsed());
        self.seen.tunnel = tunnelled.answer.map(Box::new);
        tunnelled.stream
    }

    /// The handshake. A certificate that is out of date alone is held against the target later, when its clock is known.
    async fn shake(&mut self, stream: Stream) -> Result<(Stream, Option<Failure>), Failure> {
        let begun = Instant::now();
        let host = &self.target.authority.host;
        let shaking = self.workshop.handshaker.shake(stream, self.target, self.deadline);
        let Ok(shaken) = timeout_at(self.deadline, shaking).await else {
            let detail =
                format!("{} accepted the connection and did not answer the TLS handshake", self.far_end());
            return Err(Failure::new(Phase::Tls, FailureKind::TimedOut, detail));
        };
        self.seen.phases.tls = Some(begun.elapsed());
        let Some(answer) = shaken.answer else { return shaken.stream.map(|stream| (stream, None)) };
        let verdict = certificate::judge(&answer, host);
        self.seen.notes.extend(certificate::notes(&answer, host));
        self.seen.tls = Some(Box::new(answer));
        let stream = shaken.stream?;
        match verdict {
            Some(failure) if failure.kind == FailureKind::CertificateExpired && self.target.asks() => {
                Ok((stream, Some(failure)))
            }
            Some(failure) => Err(failure),
            None => Ok((stream, None)),
        }
    }

    async fn ask(&mut self, stream: Stream) -> Result<(), Failure> {
        let begun = Instant::now();
        let Ok(asked) = timeout_at(self.deadline, request::ask(stream, self.target, self.deadline)).await
        else {
            let detail = format!("{} took the request and did not answer", self.far_end());
            return Err(Failure::new(Phase::Request, FailureKind::TimedOut, detail));
        };
        let asked = asked.inspect_err(|_| self.seen.phases.request = Some(begun.elapsed()))?;
        self.seen.phases.request = Some(asked.waited);
        let answer = asked.answer;
        self.seen.clock_ahead = answer.date.map(|date| now() - date);
        let verdict = expectation::judge(self.target, &answer);
        self.seen.answer = Some(Box::new(answer));
        self.seen.notes.extend(certificate::clock_note(self.seen.clock_ahead));
        verdict.map_or(Ok(()), Err)
    }

    /// Whether it is the certificate that is out of date, or this machine's clock.
    fn whose_clock(&self, dates: Failure) -> Failure {
        let server = self.seen.answer.as_ref().and_then(|answer| answer.date);
        let skewed = self.seen.tls.as_ref().and_then(|tls| certificate::judge_clock(tls, now(), server));
        skewed.unwrap_or(dates)
    }

    /// Who has been spoken to, in words.
    fn far_end(&self) -> String {
        match self.target.via.proxy() {
            Some(proxy) => format!("{} behind {proxy}", self.target.authority),
            None => self.target.authority.to_string(),
        }
    }

    /// A failure before the proxy is reached is the proxy's, unless it is this machine's own.
    fn of_first_hop(&self, failure: Failure) -> Failure {
        match self.target.via.proxy() {
            None => failure,
            Some(_) if matches!(failure.kind, FailureKind::LocalError | FailureKind::Forbidden) => failure,
            Some(proxy) => {
                let detail = format!("the proxy {proxy} cannot be reached: {}", failure.detail);
                Failure { kind: FailureKind::ProxyUnreachable, detail, ..failure }
            }
        }
    }
}

/// The observation with its failure, where that is one: only root may reach the wire server on a healthy Linux VM.
fn weighed(target: &Target, seen: Observation, failure: Failure) -> Observation {
    // This process is refused, or could not try; what others meet cannot be told from it.
    let own = matches!(failure.kind, FailureKind::GuestProxyAgent | FailureKind::LocalError);
    // A certificate that no public root vouches for, on a machine that cannot say whether it does.
    let untold = failure.kind == FailureKind::CertificateUntrusted
        && seen.tls.as_ref().is_some_and(|tls| tls.trust == Trust::Unknown);
    if own || untold {
        return Observation { outcome: Outcome::Undecided, failure: Some(failure), ..seen };
    }
    let kept_from_others = failure.phase == Phase::Connect && is_wire_server(&target.authority);
    if !kept_from_others || target.via.proxy().is_some() || is_root() {
        return seen.failed(failure);
    }
    let detail = format!("{}, and this is not root", failure.detail);
    let failure = Failure { kind: FailureKind::NeedsRoot, detail, ..failure };
    Observation { outcome: Outcome::Undecided, failure: Some(failure), ..seen }
}

fn is_wire_server(authority: &Authority) -> bool {
    authority.host.address() == Some(WIRE_SERVER.into()) && authority.port != DNS_PORT
}

/// The failure that tells most of those of several addresses: what the far end or the network said rather than what
/// this machine could not try.
fn telling(failures: Vec<Failure>) -> Failure {
    let mut failures = failures.into_iter();
    let first = failures.next();
    let last = failures.fold(first, |best, next| match best {
        Some(best) if weight(&best) >= weight(&next) => Some(best),
        _ => Some(next),
    });
    last.unwrap_or_else(|| Failure::new(Phase::Resolve, FailureKind::NoData, "the name has no address"))
}

fn weight(failure: &Failure) -> u8 {
    match failure.kind {
        FailureKind::LocalError => 0,
        FailureKind::Unreachable => 1,
        FailureKind::TimedOut => 2,
        _ => 3,
    }
}

type Connected = Result<Duration, Failure>;

/// What came of all addresses that are left.
async fn all(knocks: &mut Knocks<'_>, rest: &mut Vec<(usize, Connected)>) {
    while let Some((place, knocked)) = knocks.next().await {
        rest.push((place, knocked.map(|connection: connect::Connection| connection.took)));
    }
}

fn note(addresses: &mut [AddressVerdict], place: usize, connected: Connected) {
    if let Some(verdict) = addresses.get_mut(place) {
        verdict.connected = Some(connected);
    }
}
