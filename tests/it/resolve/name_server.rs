//! A name server on loopback that goes wrong in every way there is: the first label of a name says how.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_resolver::proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

/// The server.
pub(crate) struct NameServer {
    /// Where it listens, over UDP and TCP.
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

/// One datagram after another, or one message of TCP.
type Replies = Vec<Vec<u8>>;

impl NameServer {
    /// Listens for as long as the process lives.
    pub(crate) fn start() -> Self {
        let (udp, tcp) = pair();
        let address = udp.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                let Ok(query) = Message::from_vec(&buffer[..length]) else { continue };
                for reply in over_udp(&query, noted(&log, "udp", &query)) {
                    udp.send_to(&reply, from).unwrap();
                }
            }
        });
        let log = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in tcp.incoming().map_while(Result::ok) {
                let log = Arc::clone(&log);
                thread::spawn(move || converse(stream, &log));
            }
        });
        Self { address, heard }
    }

    /// How many questions for a name it heard over `udp` or `tcp`, both families together.
    pub(crate) fn heard(&self, transport: &str, name: &str) -> usize {
        let line = format!("{transport} {name}");
        self.heard.lock().unwrap().iter().filter(|heard| **heard == line).count()
    }
}

/// A port that is free over UDP and over TCP.
fn pair() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

/// Remembers a question; how many times its family was asked for, this time included.
fn noted(log: &Mutex<Vec<String>>, transport: &str, query: &Message) -> usize {
    let name = query.queries[0].name().to_ascii();
    let mut log = log.lock().unwrap();
    log.push(format!("{transport} {}", name.trim_end_matches('.')));
    let family = format!("{transport} {:?} {name}", query.queries[0].query_type());
    log.push(family.clone());
    log.iter().filter(|heard| **heard == family).count()
}

fn first_label(query: &Message) -> String {
    query.queries[0].name().to_ascii().split('.').next().unwrap_or_default().to_owned()
}

fn over_udp(query: &Message, times: usize) -> Replies {
    let whole = |message: &Message| vec![message.to_vec().unwrap()];
    let right = good(query);
    match first_label(query).as_str() {
        "silent" | "tcponly" | "tcpcut" | "tcpdrip" => Vec::new(),
        "lost3" if times <= 3 => Vec::new(),
        "truncated" | "truncatedcut" | "truncatedgarbage" => {
            let mut cut = right;
            cut.metadata.truncation = true;
            cut.answers.clear();
            whole(&cut)
        }
        "garbage" => vec![vec![0xff; 40], b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), Vec::new()],
        "garbagefirst" => [vec![vec![0; 3], vec![0xc0; 64]], whole(&right)].concat(),
        "otherid" => whole(&with_other_id(right)),
        "otheridfirst" => [whole(&with_other_id(right.clone())), whole(&right)].concat(),
        "otherquestion" => {
            let mut other = right;
            other.queries = vec![Query::query(Name::from_ascii("evil.example.").unwrap(), RecordType::A)];
            whole(&other)
        }
        "echo" => whole(query),
        "flood" => vec![vec![0x41; 1400]; 200],
        "noipv6" if query.queries[0].query_type() == RecordType::AAAA => Vec::new(),
        _ => whole(&right),
    }
}

fn with_other_id(mut message: Message) -> Message {
    message.metadata.id ^= 0x0101;
    message
}

fn converse(mut stream: TcpStream, log: &Mutex<Vec<String>>) {
    let mut length = [0; 2];
    if stream.read_exact(&mut length).is_err() {
        return;
    }
    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut query).unwrap();
    let query = Message::from_vec(&query).unwrap();
    noted(log, "tcp", &query);
    let answer = match first_label(&query).as_str() {
        "silent" => {
            // Holds the connection open until the far end gives up.
            let _: std::io::Result<usize> = stream.read(&mut [0]);
            return;
        }
        "truncatedcut" | "tcpcut" => return,
        "tcpdrip" => return drip(stream),
        "truncatedgarbage" => vec![0xfe; 30],
        "garbage" | "otherid" | "otherquestion" | "echo" => over_udp(&query, 1).remove(0),
        _ => good(&query).to_vec().unwrap(),
    };
    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
    let _: std::io::Result<()> = stream.write_all(&[&length[..], &answer].concat());
}

/// Announces the longest message there is, and sends a byte of it now and then.
fn drip(mut stream: TcpStream) {
    let mut next = [0xff, 0xff].into_iter().chain(std::iter::repeat(0));
    while next.next().is_some_and(|byte| stream.write_all(&[byte]).is_ok()) {
        thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// The answer as it should be, for names whose fault is in what it says.
fn good(query: &Message) -> Message {
    let asked = query.queries[0].clone();
    let mut response = query.clone();
    response.metadata.message_type = MessageType::Response;
    response.metadata.recursion_available = true;
    let name = asked.name().to_ascii();
    let mut give = |owner: &str, address: &str| {
        let data = match (address.parse().unwrap(), asked.query_type()) {
            (IpAddr::V4(address), RecordType::A) => RData::A(A(address)),
            (IpAddr::V6(address), RecordType::AAAA) => RData::AAAA(AAAA(address)),
            _ => return,
        };
        response.answers.push(Record::from_rdata(Name::from_ascii(owner).unwrap(), 60, data));
    };
    let alias = |from: &str, to: &str| {
        let to = RData::CNAME(CNAME(Name::from_ascii(to).unwrap()));
        Record::from_rdata(Name::from_ascii(from).unwrap(), 60, to)
    };
    match first_label(query).as_str() {
        "nxdomain" => response.metadata.response_code = ResponseCode::NXDomain,
        "nodata" => {}
        "servfail" => response.metadata.response_code = ResponseCode::ServFail,
        "refused" => response.metadata.response_code = ResponseCode::Refused,
        "formerr" => {
            response.metadata.response_code = ResponseCode::FormErr;
            response.queries.clear();
        }
        "refers" => response.metadata.recursion_available = false,
        "both" => {
            give(&name, "127.0.0.1");
            give(&name, "::1");
        }
        "nxipv6" if asked.query_type() == RecordType::AAAA => {
            response.metadata.response_code = ResponseCode::NXDomain;
        }
        "circle" => {
            response.answers = vec![alias(&name, "b.example."), alias("b.example.", &name)];
        }
        "endless" => {
            let step = |n: usize| if n == 0 { name.clone() } else { format!("a{n}.example.") };
            response.answers = (0..40).map(|n| alias(&step(n), &step(n + 1))).collect();
        }
        "aliased" => {
            give("end.example.", "127.0.0.1");
            // The records of a chain may come in any order.
            response.answers.push(alias("Middle.Example.", "end.example."));
            response.answers.push(alias(&name, "middle.example."));
        }
        "hostile" => {
            let label = b"\x1b[31m\xff<b>".to_vec();
            let to = Name::from_labels([label.as_slice(), b"example"]).unwrap();
            response.answers = vec![Record::from_rdata(asked.name().clone(), 60, RData::CNAME(CNAME(to)))];
        }
        _ => give(&name, "127.0.0.1"),
    }
    response
}
