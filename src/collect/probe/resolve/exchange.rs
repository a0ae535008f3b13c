//! A few questions put to one name server: over UDP, again while it is silent, over TCP where that is needed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, sleep_until};

use super::message::{self, Misfit, Question, Reply};
use super::schedule::Schedule;
use super::tcp::{self, Trouble};

/// How much is read from one server over UDP, in bytes.
const MOST: usize = 64 << 10;
/// The longest datagram that is read, in bytes: longer than any that was asked for.
const LONGEST: usize = 2 << 10;

/// What was heard of one name server.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The answer to each question; `None` where there is none, or one that did not fit.
    pub(super) replies: Vec<Option<Reply>>,
    /// Whether any answer came over UDP, and fitted.
    pub(super) over_udp: bool,
    /// Whether any answer came over TCP.
    pub(super) over_tcp: bool,
    /// Whether any answer did not fit into UDP.
    pub(super) truncated: bool,
    /// What the operating system or the network said of UDP.
    pub(super) udp: Option<io::Error>,
    /// What it said of TCP.
    pub(super) tcp: Option<io::Error>,
    /// Something that arrived and was no answer.
    pub(super) misfit: Option<Misfit>,
    /// From the first question to the last answer, or to the end.
    pub(super) took: Duration,
}

/// Whether TCP may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transports {
    /// UDP, and TCP where that is silent or too small.
    Both,
    /// UDP alone: an answer that does not fit is an answer.
    Udp,
}

/// Asks until everything is answered, nothing more can come, or the time is up.
pub(super) async fn ask(
    server: SocketAddr,
    questions: &[Question],
    transports: Transports,
    end: Instant,
) -> Heard {
    let begun = Instant::now();
    let mut exchange = Exchange {
        server,
        questions,
        transports,
        schedule: Schedule::new(begun, end),
        open: Vec::new(),
        connections: JoinSet::new(),
        bytes: 0,
        heard: Heard { replies: vec![None; questions.len()], ..Heard::default() },
    };
    exchange.open = questions.iter().map(|_| true).collect();
    match open(server).await {
        Ok(socket) => exchange.converse(&socket).await,
        Err(error) => exchange.heard.udp = Some(error),
    }
    exchange.heard.took = begun.elapsed();
    exchange.heard
}

/// A socket that hears from this server alone, and of the messages of the network about it: a port where nothing
/// listens is known at once.
async fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    hear_of_all_errors(&socket, server);
    socket.connect(server).await?;
    Ok(socket)
}

/// Asks the kernel for the messages of the network that it otherwise takes for passing troubles, such as "host
/// unreachable". Where it refuses, silence is heard instead.
#[cfg(target_os = "linux")]
fn hear_of_all_errors(socket: &UdpSocket, server: SocketAddr) {
    use nix::sys::socket::{setsockopt, sockopt};
    let _: nix::Result<()> = if server.is_ipv4() {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)
    } else {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)
    };
}

#[cfg(not(target_os = "linux"))]
fn hear_of_all_errors(_: &UdpSocket, _: SocketAddr) {}

struct Exchange<'q> {
    server: SocketAddr,
    questions: &'q [Question],
    transports: Transports,
    schedule: Schedule,
    /// The questions that an answer over UDP is still good for.
    open: Vec<bool>,
    connections: JoinSet<Result<Message, Trouble>>,
    bytes: usize,
    heard: Heard,
}

impl Exchange<'_> {
    async fn converse(&mut self, socket: &UdpSocket) {
        let mut buffer = vec![0; LONGEST];
        let mut listening = true;
        loop {
            let now = Instant::now();
            if self.is_done(listening) || now >= self.schedule.end {
                return;
            }
            if self.schedule.tries_tcp_at(now) {
                self.try_tcp();
            }
            if self.schedule.sends_at(now) && listening {
                listening = self.send(socket).await;
                continue;
            }
            tokio::select! {
                biased;
                received = socket.recv(&mut buffer), if listening => listening = match received {
                    Ok(length) => self.take_datagram(buffer.get(..length).unwrap_or_default()),
                    Err(error) => self.end_udp(error),
                },
                Some(finished) = self.connections.join_next() => {
                    if let Ok(answer) = finished {
                        self.take_tcp(answer);
                    }
                }
                // A socket that is woken without end, as Wine's are where nothing listens, must not keep time from passing.
                () = unconstrained(sleep_until(self.schedule.next())) => {}
            }
        }
    }

    /// Whether nothing more can come that is worth waiting for.
    fn is_done(&self, listening: bool) -> bool {
        let answered = self.heard.replies.iter().all(Option::is_some);
        let waits = listening && self.open.contains(&true);
        answered || (!waits && self.connections.is_empty())
    }

    /// Sends every question that is open; whether the socket still serves.
    async fn send(&mut self, socket: &UdpSocket) -> bool {
        for (question, _) in self.questions.iter().zip(&self.open).filter(|(_, open)| **open) {
            let bytes = question.bytes();
            // Nor must one that never takes anything, as theirs then do.
            let sent = tokio::select! {
                biased;
                sent = socket.send(&bytes) => sent,
                () = unconstrained(sleep_until(self.schedule.end)) => return false,
            };
            if let Err(error) = sent {
                return self.end_udp(error);
            }
        }
        true
    }

    /// UDP is over: nothing listens there, or the network says that there is no way.
    fn end_udp(&mut self, error: io::Error) -> bool {
        self.heard.udp = Some(error);
        // Where this is how the network answers UDP, TCP is not what a resolver would try.
        self.schedule.tcp = None;
        false
    }

    /// Takes what arrived; whether to go on listening.
    fn take_datagram(&mut self, bytes: &[u8]) -> bool {
        // An empty datagram costs as much as a short one.
        self.bytes += bytes.len().max(16);
        let taken = message::read(bytes).and_then(|message| self.take(&message, false));
        if let Err(misfit) = taken {
            self.heard.misfit = Some(misfit);
        }
        let spent = self.bytes >= MOST;
        if spent {
            self.heard.misfit = Some(Misfit::TooMuch);
            self.try_tcp();
        }
        !spent
    }

    fn take_tcp(&mut self, answer: Result<Message, Trouble>) {
        let taken = match answer {
            Ok(message) => self.take(&message, true),
            Err(Trouble::Misfit(misfit)) => Err(misfit),
            Err(Trouble::Connection(error)) => {
                self.heard.tcp = Some(error);
                Ok(())
            }
        };
        if let Err(misfit) = taken {
            self.heard.misfit = Some(misfit);
        }
    }

    fn take(&mut self, message: &Message, over_tcp: bool) -> Result<(), Misfit> {
        let mut misfit = Misfit::OtherId;
        for place in 0..self.questions.len() {
            let Some(question) = self.questions.get(place) else { continue };
            match question.answered_by(message) {
                Ok(reply) => {
                    self.settle(place, reply, over_tcp);
                    return Ok(());
                }
                Err(Misfit::OtherId) => {}
                Err(other) => misfit = other,
            }
        }
        Err(misfit)
    }

    fn settle(&mut self, place: usize, reply: Reply, over_tcp: bool) {
        let Some(open) = self.open.get_mut(place) else { return };
        if reply.truncated && !over_tcp && self.transports == Transports::Both {
            if std::mem::replace(open, false) {
                self.heard.truncated = true;
                self.connect(place);
            }
            return;
        }
        *open = false;
        *if over_tcp { &mut self.heard.over_tcp } else { &mut self.heard.over_udp } = true;
        let decides = reply.decides();
        if let Some(slot @ None) = self.heard.replies.get_mut(place) {
            *slot = Some(reply);
        }
        if decides && self.connections.is_empty() {
            self.schedule.hurry(Instant::now());
        }
    }

    /// Asks over TCP whatever nothing has answered.
    fn try_tcp(&mut self) {
        self.schedule.tcp = None;
        if self.transports == Transports::Udp {
            return;
        }
        for place in 0..self.questions.len() {
            // One that is no longer open is answered, or on its way over TCP already.
            if self.open.get(place) == Some(&true) {
                self.connect(place);
            }
        }
    }

    fn connect(&mut self, place: usize) {
        let Some(question) = self.questions.get(place) else { return };
        let (server, query) = (self.server, question.bytes());
        self.connections.spawn(tcp::ask(server, query));
    }
}
