//! The configured name servers in turn, as the C library asks them: the next where one fails or is silent, none after a
//! conclusive answer. One that is only slow is still heard before those after it, up to half of the time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::exchange::{self, Transports};
use super::message::Question;
use super::told::{Told, weight};
use crate::probe::{Failure, FailureKind, Phase};

/// What all servers told of one name, and which of it counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// Every server that was asked, in order.
    pub(super) told: Vec<Told>,
    /// The place of the one that counts; `None` where DNS has no such name and nobody was asked.
    decisive: Option<usize>,
}

impl Answers {
    /// What counts.
    pub(super) fn decisive(&self) -> Option<&Told> {
        self.decisive.and_then(|place| self.told.get(place))
    }

    /// Why there are no addresses; `None` where there are.
    pub(super) fn failure(&self) -> Option<Failure> {
        let Some(told) = self.decisive() else {
            let detail = "no name server was asked: this is no name of DNS";
            return Some(Failure::new(Phase::Resolve, FailureKind::NxDomain, detail));
        };
        told.said.answer.as_ref().err().cloned()
    }

    fn new(told: Vec<Told>) -> Self {
        let weight = |told: &Told| match &told.said.answer {
            Ok(_) => u8::MAX,
            Err(failure) => weight(failure.kind),
        };
        // The first that is conclusive, as whoever asks in turn hears it; else the first of the greatest weight.
        let weightiest = || (0..told.len()).rev().max_by_key(|place| told.get(*place).map(weight));
        let decisive = told.iter().position(Told::is_conclusive).or_else(weightiest);
        Self { told, decisive }
    }
}

/// Asks for the addresses of a name, until `end` at the latest.
pub(super) async fn ask(servers: &[SocketAddr], edns: bool, name: &str, end: Instant) -> Answers {
    let Some(questions) = Question::addresses(name, edns) else { return Answers::new(Vec::new()) };
    let mut asking = Asking::new(servers, name, Arc::new(questions), end);
    let now = Instant::now();
    let half = now + end.saturating_duration_since(now) / 2;
    let mut until = None;
    while let Some((place, told)) = asking.next_until(until).await {
        if told.is_conclusive() {
            // No further server is asked, and those before this one have until then to say otherwise.
            asking.waiting = [].iter();
            until = Some(half);
        }
        if let Some(asked) = asking.asked.get_mut(place) {
            asked.told = Some(told);
        }
        if asking.is_settled() {
            break;
        }
    }
    Answers::new(asking.told())
}

/// One server, of which more may be waited for.
struct Asked {
    server: SocketAddr,
    begun: Instant,
    told: Option<Told>,
}

struct Asking<'s> {
    waiting: std::slice::Iter<'s, SocketAddr>,
    name: &'s str,
    questions: Arc<[Question; 2]>,
    end: Instant,
    /// How long one server may be silent before the next is asked as well.
    patience: Duration,
    next_at: Instant,
    asked: Vec<Asked>,
    exchanges: JoinSet<(usize, Told)>,
}

impl<'s> Asking<'s> {
    fn new(servers: &'s [SocketAddr], name: &'s str, questions: Arc<[Question; 2]>, end: Instant) -> Self {
        let now = Instant::now();
        let patience = end.saturating_duration_since(now) / 6;
        Self {
            waiting: servers.iter(),
            name,
            questions,
            end,
            patience,
            next_at: now,
            asked: Vec::new(),
            exchanges: JoinSet::new(),
        }
    }

    /// Whether every server before the first conclusive one has told what it has to.
    fn is_settled(&self) -> bool {
        let open = |asked: &Asked| asked.told.as_ref().is_none_or(Told::is_conclusive);
        let first = self.asked.iter().find(|asked| open(asked));
        first.is_some_and(|asked| asked.told.is_some())
    }

    async fn next_until(&mut self, until: Option<Instant>) -> Option<(usize, Told)> {
        match until {
            Some(until) => timeout_at(until, self.next()).await.ok().flatten(),
            None => self.next().await,
        }
    }

    /// What the next server told; `None` where none is left.
    async fn next(&mut self) -> Option<(usize, Told)> {
        loop {
            let more = !self.waiting.as_slice().is_empty();
            if more && (self.exchanges.is_empty() || self.next_at <= Instant::now()) {
                self.begin();
                continue;
            }
            tokio::select! {
                biased;
                finished = self.exchanges.join_next() => match finished {
                    Some(Ok(told)) => return Some(told),
                    Some(Err(_)) => {}
                    None => return None,
                },
                () = sleep_until(self.next_at), if more => {}
            }
        }
    }

    fn begin(&mut self) {
        let Some(&server) = self.waiting.next() else { return };
        let (place, begun) = (self.asked.len(), Instant::now());
        self.asked.push(Asked { server, begun, told: None });
        self.next_at = begun + self.patience;
        let (name, questions, end) = (self.name.to_owned(), Arc::clone(&self.questions), self.end);
        self.exchanges.spawn(async move {
            let heard = exchange::ask(server, questions.as_slice(), Transports::Both, end).await;
            (place, Told::new(&name, server, questions.as_slice(), &heard))
        });
    }

    fn told(self) -> Vec<Told> {
        let name = self.name;
        let told = self.asked.into_iter().map(|asked| {
            asked.told.unwrap_or_else(|| Told::nothing(name, asked.server, asked.begun.elapsed()))
        });
        told.collect()
    }
}
