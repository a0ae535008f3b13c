//! What one name server told of a name, judged from what was heard of it. Pure.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;

use super::exchange::Heard;
use super::message::{Question, Reply};
use crate::probe::{Failure, FailureKind, NameServerAnswer, Phase};

/// What one name server told of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The name that was asked for.
    pub(super) name: String,
    /// The server, with the addresses it gave or how it failed.
    pub(super) said: NameServerAnswer,
    /// The aliases, from the first to the last.
    pub(super) chain: Vec<String>,
    /// What else was noticed.
    pub(super) notes: Vec<String>,
}

impl Told {
    /// The verdict on what was heard.
    pub(super) fn new(name: &str, server: SocketAddr, questions: &[Question], heard: &Heard) -> Self {
        let replies = || heard.replies.iter().flatten();
        // IPv6 first, as RFC 6724 prefers it; who connects decides further.
        let addresses: Vec<IpAddr> =
            replies().rev().flat_map(|reply| reply.addresses.iter().copied()).collect();
        let with_addresses = replies().find(|reply| !reply.addresses.is_empty());
        let chain = with_addresses.or_else(|| replies().max_by_key(|reply| reply.chain.len()));
        let chain = chain.map(|reply| reply.chain.clone()).unwrap_or_default();
        let answer = if addresses.is_empty() { Err(failure(name, server, heard)) } else { Ok(addresses) };
        let mut notes = Vec::new();
        if answer.is_ok() {
            let families = questions.iter().zip(&heard.replies);
            notes.extend(families.filter(|(_, reply)| reply.is_none()).map(|(question, _)| {
                format!("name server {server} does not answer when asked for {}", question.wanted())
            }));
            if heard.over_tcp && !heard.over_udp && !heard.truncated && heard.misfit.is_none() {
                notes.push(format!(
                    "name server {server} answers over TCP alone, which most resolvers do not try"
                ));
            }
        }
        let said = NameServerAnswer { server, over_tcp: heard.over_tcp, answer, took: heard.took };
        Self { name: name.to_owned(), said, chain, notes }
    }

    /// One that had not answered when it was no longer waited for.
    pub(super) fn nothing(name: &str, server: SocketAddr, took: Duration) -> Self {
        let answer = Err(silence(server, took));
        let said = NameServerAnswer { server, over_tcp: false, answer, took };
        Self { name: name.to_owned(), said, chain: Vec::new(), notes: Vec::new() }
    }

    /// Whether no other server needs to be asked: there are addresses, or there is no such name, or it has none.
    pub(super) fn is_conclusive(&self) -> bool {
        match &self.said.answer {
            Ok(_) => true,
            Err(failure) => matches!(failure.kind, FailureKind::NxDomain | FailureKind::NoData),
        }
    }

    /// Whether the server says that there is no such name, or no address.
    pub(super) fn denies(&self) -> bool {
        self.said.answer.is_err() && self.is_conclusive()
    }
}

/// How much a failure tells: what a server said more than its silence.
pub(super) fn weight(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::NxDomain | FailureKind::NoData => 6,
        FailureKind::ServFail => 5,
        FailureKind::DnsRefused => 4,
        FailureKind::DnsMalformed => 3,
        FailureKind::ResolveTimeout => 2,
        FailureKind::DnsUnreachable => 1,
        _ => 0,
    }
}

fn failure(name: &str, server: SocketAddr, heard: &Heard) -> Failure {
    let of_replies = heard.replies.iter().flatten().map(|reply| of_reply(name, server, reply));
    let worst = of_replies.max_by_key(|failure| match failure.kind {
        // A name of which one family is empty exists, whatever is said of the other; but where the server failed over
        // one family, that one may have addresses.
        FailureKind::NxDomain => 0,
        FailureKind::NoData => 1,
        kind => 1 + weight(kind),
    });
    let unanswered = heard.replies.iter().any(Option::is_none);
    match worst {
        Some(failure) if !(unanswered && failure.kind == FailureKind::NoData) => failure,
        _ => of_trouble(server, heard),
    }
}

fn of_reply(name: &str, server: SocketAddr, reply: &Reply) -> Failure {
    let alias = reply.chain.last().map(|last| format!("`{name}` is an alias of `{last}`, which"));
    let subject = alias.unwrap_or_else(|| format!("`{name}`"));
    let (kind, detail) = match reply.code {
        _ if reply.circular => (
            FailureKind::DnsMalformed,
            format!("the aliases of `{name}` lead to no end, as {server} has them"),
        ),
        ResponseCode::NoError if reply.refers => {
            (FailureKind::DnsRefused, format!("name server {server} does not look names up for others"))
        }
        ResponseCode::NoError => {
            (FailureKind::NoData, format!("{subject} exists and has no address, as {server} says"))
        }
        ResponseCode::NXDomain => {
            (FailureKind::NxDomain, format!("{subject} does not exist, as {server} says"))
        }
        ResponseCode::Refused => {
            (FailureKind::DnsRefused, format!("name server {server} refuses to answer for `{name}`"))
        }
        ResponseCode::ServFail => {
            (FailureKind::ServFail, format!("name server {server} failed over `{name}` (SERVFAIL)"))
        }
        other => (FailureKind::ServFail, format!("name server {server} failed over `{name}` ({other})")),
    };
    Failure::new(Phase::Resolve, kind, detail)
}

/// Why nothing usable was heard.
fn of_trouble(server: SocketAddr, heard: &Heard) -> Failure {
    if let Some(error) = &heard.udp {
        return of_error(server, "UDP", error);
    }
    if heard.truncated && heard.misfit.is_none() {
        let detail = match &heard.tcp {
            Some(error) => format!(
                "the answer of {server} does not fit into UDP, and over TCP it cannot be had: {}",
                clause(error)
            ),
            None => format!("the answer of {server} does not fit into UDP, and TCP is silent"),
        };
        let refused = heard.tcp.as_ref().is_some_and(says_no_way);
        let kind = if refused { FailureKind::DnsUnreachable } else { FailureKind::ResolveTimeout };
        return Failure::new(Phase::Resolve, kind, detail);
    }
    if let Some(misfit) = heard.misfit {
        let detail = format!("name server {server}: {}", misfit.clause());
        return Failure::new(Phase::Resolve, FailureKind::DnsMalformed, detail);
    }
    let mut failure = silence(server, heard.took);
    if let Some(error) = &heard.tcp {
        failure.detail = format!("{} over UDP; over TCP: {}", failure.detail, clause(error));
    }
    failure
}

fn silence(server: SocketAddr, took: Duration) -> Failure {
    let detail = format!("name server {server} did not answer within {} ms", took.as_millis());
    Failure::new(Phase::Resolve, FailureKind::ResolveTimeout, detail)
}

fn of_error(server: SocketAddr, transport: &str, error: &io::Error) -> Failure {
    let kind = if says_no_way(error) { FailureKind::DnsUnreachable } else { FailureKind::LocalError };
    let detail = format!("name server {server} over {transport}: {}", clause(error));
    Failure::new(Phase::Resolve, kind, detail)
}

/// Whether it is the network, the firewall or the far end that says no, and not a lack of this machine's.
pub(super) fn says_no_way(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, ConnectionReset, HostUnreachable, InvalidInput, NetworkDown,
        NetworkUnreachable, PermissionDenied, UnexpectedEof,
    };
    matches!(
        error.kind(),
        AddrNotAvailable
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | InvalidInput
            | NetworkDown
            | NetworkUnreachable
            | PermissionDenied
            | UnexpectedEof
    )
}

/// An error of the operating system as a clause.
pub(super) fn clause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused: nothing listens there".into(),
        io::ErrorKind::ConnectionReset => "reset: nothing listens there".into(),
        io::ErrorKind::HostUnreachable => "the network says that the host cannot be reached".into(),
        io::ErrorKind::NetworkUnreachable => "there is no route to it".into(),
        io::ErrorKind::PermissionDenied => "the firewall of this machine forbids it".into(),
        io::ErrorKind::UnexpectedEof => "the connection was closed without an answer".into(),
        _ => error.to_string().escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(four: Option<ResponseCode>, six: Option<ResponseCode>) -> FailureKind {
        let reply = |code| Reply {
            code,
            truncated: false,
            refers: false,
            chain: Vec::new(),
            circular: false,
            addresses: Vec::new(),
        };
        let heard = Heard { replies: vec![four.map(reply), six.map(reply)], ..Heard::default() };
        let told = Told::new("a.example", "127.0.0.1:53".parse().unwrap(), &[], &heard);
        told.said.answer.unwrap_err().kind
    }

    #[test]
    fn two_families_come_to_one_verdict() {
        use ResponseCode::{NXDomain, NoError, Refused, ServFail};
        for (four, six, kind) in [
            (Some(NoError), Some(NoError), FailureKind::NoData),
            (Some(NXDomain), Some(NXDomain), FailureKind::NxDomain),
            (Some(NoError), Some(NXDomain), FailureKind::NoData),
            (Some(NXDomain), None, FailureKind::NxDomain),
            (Some(NoError), None, FailureKind::ResolveTimeout),
            (Some(ServFail), Some(NoError), FailureKind::ServFail),
            (Some(Refused), Some(ServFail), FailureKind::ServFail),
            (None, None, FailureKind::ResolveTimeout),
        ] {
            assert_eq!((told(four, six), told(six, four)), (kind, kind), "{four:?} {six:?}");
        }
    }
}
