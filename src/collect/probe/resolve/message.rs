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
    /// Whether the other family hardly matters any more: there are addresses, or there is no such name. A refusal says
    /// nothing of the other family: some servers refuse whatever they have no record of.
    pub(super) fn decides(&self) -> bool {
        !self.addresses.is_empty() || self.code == ResponseCode::NXDomain
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

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::Record;
    use hickory_resolver::proto::rr::rdata::{A, CNAME};

    use super::*;

    fn answer(to: &Question) -> Message {
        let mut message = to.query.clone();
        message.metadata.message_type = MessageType::Response;
        let name = to.asked.name().clone();
        let end = Name::from_ascii("end.example.").unwrap();
        message.add_answer(Record::from_rdata(name, 60, RData::CNAME(CNAME(end.clone()))));
        message.add_answer(Record::from_rdata(end, 60, RData::A(A([20, 60, 1, 1].into()))));
        message
    }

    #[test]
    fn an_answer_fits_its_question_alone() {
        let [four, six] = Question::addresses("A.example", false).unwrap();
        let reply = four.answered_by(&read(&answer(&four).to_vec().unwrap()).unwrap()).unwrap();
        assert_eq!((reply.chain.as_slice(), reply.addresses.len()), (&["end.example".to_owned()][..], 1));
        assert_eq!(six.answered_by(&answer(&four)), Err(Misfit::OtherId));
        assert_eq!(four.answered_by(&four.query), Err(Misfit::NoAnswer));
        assert_eq!(read(b"HTTP/1.1 200 OK").map(|_| ()), Err(Misfit::Garbage));
        // The case of a name counts for nothing, as some servers change it.
        let mut louder = answer(&four);
        louder.queries[0].set_name(Name::from_ascii("a.EXAMPLE.").unwrap());
        assert!(four.answered_by(&louder).is_ok());
    }

    #[test]
    fn names_that_dns_cannot_have_are_not_asked_for() {
        let long = vec!["a".repeat(60); 5].join(".");
        assert!(Question::addresses(&long, false).is_none());
        assert!(Question::addresses(&"a".repeat(64), false).is_none());
        assert!(Question::addresses("_x.y-z.example", true).unwrap()[0].bytes().len() > 12);
    }

    #[test]
    fn anything_may_be_in_the_bytes() {
        let [question, _] = Question::addresses("acct.blob.core.windows.net", true).unwrap();
        let whole = answer(&question).to_vec().unwrap();
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap()
        };
        let mut understood = 0;
        for round in 0..40_000 {
            let mut bytes = whole.clone();
            if round % 4 == 0 {
                bytes = (0..random() % 80).map(|_| random().to_le_bytes()[0]).collect();
            }
            for _ in 0..random() % 5 {
                let (at, length) = (random(), bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at % length) {
                    *byte = random().to_le_bytes()[0];
                }
            }
            bytes.truncate(if random() % 3 == 0 { random() % 120 } else { usize::MAX });
            let Ok(reply) = read(&bytes).and_then(|message| question.answered_by(&message)) else { continue };
            understood += 1;
            assert!(reply.chain.iter().all(|name| name.chars().all(|c| c.is_ascii_graphic())), "{reply:?}");
            assert!(reply.chain.len() <= LONGEST_CHAIN && reply.addresses.len() <= MOST_ADDRESSES);
        }
        assert!(understood > 1000, "{understood}");
    }
}
