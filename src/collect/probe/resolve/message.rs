//! One question and its answer in the wire format of DNS (RFC 1035). Pure: no socket.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};

/// How many aliases in a row are followed.
const LONGEST_CHAIN: usize = 16;
/// How many addresses of one name are kept.
const MOST_ADDRESSES: usize = 64;
/// The longest answer over UDP that is asked for with EDNS, in bytes: what passes everywhere in one piece
/// (dnsflagday.net/2020).
const PAYLOAD: u16 = 1232;

/// One question. Its id is random.
#[derive(Debug, Clone)]
pub(super) struct Question {
    query: Message,
    asked: Query,
}

impl Question {
    /// For the IPv4 and the IPv6 addresses of a name; `None` where DNS has no such name.
    pub(super) fn addresses(name: &str, edns: bool) -> Option<[Self; 2]> {
        let name = Name::from_labels(name.split('.').map(str::as_bytes)).ok()?;
        let four = Self::new(Query::query(name.clone(), RecordType::A), edns);
        let mut six = Self::new(Query::query(name, RecordType::AAAA), edns);
        if six.query.metadata.id == four.query.metadata.id {
            six.query.metadata.id ^= 1;
        }
        Some([four, six])
    }

    /// For the name servers of the root: what every name server has an answer to, if only a refusal.
    pub(super) fn root() -> Self {
        Self::new(Query::query(Name::root(), RecordType::NS), false)
    }

    fn new(asked: Query, edns: bool) -> Self {
        let mut query = Message::query();
        query.metadata.recursion_desired = true;
        query.add_query(asked.clone());
        if edns {
            let mut extension = Edns::new();
            extension.set_max_payload(PAYLOAD);
            query.set_edns(extension);
        }
        Self { query, asked }
    }

    /// As it goes over the wire; empty where it cannot be written, which no name that was read before is.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.query.to_vec().unwrap_or_default()
    }

    /// What is asked for: `IPv4 addresses`.
    pub(super) fn wanted(&self) -> &'static str {
        match self.asked.query_type() {
            RecordType::A => "IPv4 addresses",
            RecordType::AAAA => "IPv6 addresses",
            _ => "name servers",
        }
    }

    /// The answer in this message, where it is one to this question.
    pub(super) fn answered_by(&self, message: &Message) -> Result<Reply, Misfit> {
        let head = &message.metadata;
        if head.message_type != MessageType::Response || head.op_code != OpCode::Query {
            return Err(Misfit::NoAnswer);
        }
        if head.id != self.query.metadata.id {
            return Err(Misfit::OtherId);
        }
        let conclusive = matches!(head.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
        match message.queries.as_slice() {
            // Servers that could not even read the question send it back without.
            [] if !conclusive => {}
            [asked] if *asked == self.asked => {}
            _ => return Err(Misfit::OtherQuestion),
        }
        Ok(self.read(message))
    }

    fn read(&self, message: &Message) -> Reply {
        let head = &message.metadata;
        let (chain, circular) = self.aliases(message);
        let last = chain.last().copied().unwrap_or(self.asked.name());
        let mut addresses: Vec<IpAddr> = Vec::new();
        for record in message.answers.iter().filter(|record| record.name == *last) {
            let address = match (&record.data, self.asked.query_type()) {
                (RData::A(address), RecordType::A) => IpAddr::V4(address.0),
                (RData::AAAA(address), RecordType::AAAA) => IpAddr::V6(address.0),
                _ => continue,
            };
            if !addresses.contains(&address) && addresses.len() < MOST_ADDRESSES {
                addresses.push(address);
            }
        }
        Reply {
            code: head.response_code,
            truncated: head.truncation,
            refers: message.answers.is_empty() && !head.authoritative && !head.recursion_available,
            chain: chain.into_iter().map(text).collect(),
            circular,
            addresses,
        }
    }

    /// The aliases from the name asked for to the last, and whether they lead in a circle.
    fn aliases<'m>(&'m self, message: &'m Message) -> (Vec<&'m Name>, bool) {
        let mut chain: Vec<&Name> = Vec::new();
        while chain.len() < LONGEST_CHAIN {
            let at = chain.last().copied().unwrap_or(self.asked.name());
            let next = message.answers.iter().find_map(|record| match &record.data {
                RData::CNAME(alias) if record.name == *at => Some(&alias.0),
                _ => None,
            });
            match next {
                None => return (chain, false),
                Some(next) if chain.contains(&next) || next == self.asked.name() => return (chain, true),
                Some(next) => chain.push(next),
            }
        }
        (chain, true)
    }
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// How it went.
    pub(super) code: ResponseCode,
    /// Whether it did not fit.
    pub(super) truncated: bool,
    /// Whether the server neither knows nor asks others.
    pub(super) refers: bool,
    /// The aliases, from the first to the last, in lower case, escaped as zone files have it.
    pub(super) chain: Vec<String>,
    /// Whether the aliases lead in a circle, or to no end.
    pub(super) circular: bool,
    /// The addresses at the end of the aliases, of the family asked for.
    pub(super) addresses: Vec<IpAddr>,
}

impl Reply {
    /// Whether the name exists and this is all there is to say of this family.
    pub(super) fn is_empty_answer(&self) -> bool {
        self.code == ResponseCode::NoError && self.addresses.is_empty() && !self.refers && !self.circular
    }

    /// Whether it settles more than its own family: addresses, a name that does not exist, a server that cannot tell.
    pub(super) fn decides(&self) -> bool {
        !self.is_empty_answer()
    }
}

/// Why something that arrived is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It is no message of DNS.
    Garbage,
    /// It is a question, or something else again.
    NoAnswer,
    /// It has another id.
    OtherId,
    /// It answers another question.
    OtherQuestion,
    /// There is more than any answer has.
    TooMuch,
}

impl Misfit {
    /// As a clause.
    pub(super) fn clause(self) -> &'static str {
        match self {
            Self::Garbage => "what came back is no message of DNS",
            Self::NoAnswer => "what came back is no answer",
            Self::OtherId => "the answer has the id of another question",
            Self::OtherQuestion => "the answer is to another question",
            Self::TooMuch => "more came back than any answer has",
        }
    }
}

/// Reads a message; anything may be in the bytes.
pub(super) fn read(bytes: &[u8]) -> Result<Message, Misfit> {
    Message::from_vec(bytes).map_err(|_| Misfit::Garbage)
}

/// A name as it is shown: lower case, printable, no dot at its end.
fn text(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}
