//! Far ends that mean harm: they cost their timeout at most, and nothing of theirs gets through.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use azpreflight::probe::HttpAnswer;

use super::server::Server;
use super::*;

/// Writes the same bytes until the client has gone, or a minute has passed.
fn flood(stream: &mut TcpStream, bytes: &[u8]) {
    let begun = Instant::now();
    while stream.write_all(bytes).is_ok() && begun.elapsed() < Duration::from_mins(1) {}
}

/// Both phases that read a head from this server.
fn both(server: &Server) -> [(Phase, Observation); 2] {
    [
        (Phase::Request, probed(&server.authority(), Expectation::Http)),
        (Phase::Tunnel, probed_through(&server.url(), "a.example:443", Expectation::Tcp)),
    ]
}

fn harmless(answer: &HttpAnswer) {
    assert!(answer.excerpt.len() <= HttpAnswer::EXCERPT, "{}", answer.excerpt.len());
    for text in answer.headers.iter().map(|(_, value)| value).chain([&answer.excerpt]) {
        let hidden = |letter: char| letter.is_control() || ('\u{202a}'..='\u{202e}').contains(&letter);
        assert!(!text.contains(hidden), "{text:?}");
    }
    assert!(answer.headers.iter().all(|(_, value)| value.len() <= 256));
}

#[test]
fn a_head_without_end_is_given_up() {
    for (start, again) in [
        (
            &b"HTTP/1.1 200 OK\r\n"[..],
            &b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"[..],
        ),
        (b"HTTP/1.1 200 OK\r\nX: ", &[b'a'; 4096]),
        (b"HTTP/1.1 200 ", &[b'a'; 4096]),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"a:\r\n"),
    ] {
        let server = Server::after_head(move |stream| {
            if stream.write_all(start).is_ok() {
                flood(stream, again);
            }
        });
        for (phase, seen) in both(&server) {
            let (kind, detail) = failure(&seen, phase);
            assert_eq!(kind, FailureKind::UnexpectedAnswer, "{detail}");
            assert!(detail.contains("answers with a head of more than"), "{detail}");
        }
    }
}

#[test]
fn a_body_without_end_is_left_alone() {
    for (head, again) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"[..], &[b'a'; 16_384][..]),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a\xff\x1b[2J\xe2\x80\xae"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", b";x=yyyyyyyyyyyyyyyyyyy"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"T: yyyyyyyyyyyyyyyyy\r\n"),
    ] {
        let server = Server::after_head(move |stream| {
            if stream.write_all(head).is_ok() {
                flood(stream, again);
            }
        });
        let seen = probed(&server.authority(), Expectation::Http);
        assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
        harmless(&seen.answer.unwrap());
    }
}

#[test]
fn a_head_that_drips_costs_the_timeout() {
    let server = Server::after_head(|stream| flood_slowly(stream, b"HTTP/1.1 200 OK\r\nX: ", b"a"));
    let begun = Instant::now();
    let seen = within(Duration::from_millis(500), &target(&server.authority(), Expectation::Http));
    assert_eq!(failure(&seen, Phase::Request).0, FailureKind::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn a_body_that_drips_does_not_hold_up_the_head() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhello";
    let server = Server::after_head(move |stream| flood_slowly(stream, head, b"a"));
    let begun = Instant::now();
    let seen = probed(&server.authority(), Expectation::Http);
    assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
    assert!(seen.answer.unwrap().excerpt.starts_with("hello"));
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
}

#[test]
fn what_came_in_time_decides() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{\"apiVersions\": [";
    let server = Server::after_head(move |stream| flood_slowly(stream, head, b" "));
    let seen = within(Duration::from_millis(700), &target(&server.authority(), Expectation::Metadata));
    assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
    assert!(seen.phases.request.unwrap() < Duration::from_millis(700), "{:?}", seen.phases);
}

fn flood_slowly(stream: &mut TcpStream, head: &[u8], drop_by_drop: &[u8]) {
    let begun = Instant::now();
    let mut open = stream.write_all(head).is_ok();
    while open && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
        open = stream.write_all(drop_by_drop).is_ok();
    }
}

#[test]
fn nothing_is_decompressed() {
    for encoding in ["gzip", "br", "deflate, gzip", "GZIP"] {
        let server = Server::saying(format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n\u{1f}\u{8b}\u{8}"
        ));
        let seen = probed(&server.authority(), Expectation::Http);
        assert_eq!(seen.answer.unwrap().excerpt, "");
    }
}

#[test]
fn what_moves_a_cursor_or_hides_does_not_get_through() {
    let body = b"\x1b]0;owned\x07a\x00\xff\xe2\x80\xaeb\xc2\x9bc\r\n<title>\x1b[31mred</title>";
    let mut bytes =
        b"HTTP/1.1 403 \xff\r\nServer: a\xe2\x80\xaeb\xff\tc\x80\r\nVia: \xc2\x9b31m\r\n\r\n".to_vec();
    bytes.extend_from_slice(body);
    let server = Server::saying(bytes);
    for (_, seen) in both(&server) {
        if let Some(answer) = &seen.answer {
            assert_eq!(answer.header("server"), Some("a\u{fffd}b\u{fffd} c\u{fffd}"));
            harmless(answer);
        }
        if seen.failure.is_some() {
            failure(&seen, Phase::Tunnel);
        }
    }
    let platform = probed(&server.authority(), Expectation::WireServer);
    failure(&platform, Phase::Request);
}

#[test]
fn credentials_do_not_come_back() {
    // A service that sends back whatever it gets, as itself and as an answer; and hosts as short as can be, so that the
    // credentials come early.
    let echo = Server::at_once(|stream| {
        let mut heard = [0; 2048];
        while let Ok(length @ 1..) = stream.read(&mut heard) {
            drop(stream.write_all(&heard[..length]));
        }
    });
    let answering = Server::at_once(|stream| {
        let mut heard = [0; 2048];
        let length = stream.read(&mut heard).unwrap_or(0);
        let fields = String::from_utf8_lossy(&heard[..length]).replace("\r\n", " ");
        let page = format!(
            "HTTP/1.1 403 No\r\nServer: {fields}\r\nVia: {fields}\r\nX-Squid-Error: {fields}\r\n\r\n{fields}"
        );
        drop(stream.write_all(page.as_bytes()));
    });
    for server in [&echo, &answering] {
        let url = server.url().replace("//", "//Aladdin:open%20sesame@");
        for (authority, expectation) in [("a:1", Expectation::Tcp), ("a:80", Expectation::Http)] {
            let seen = probed_through(&url, authority, expectation);
            assert_eq!(seen.outcome, Outcome::Failed, "{seen:?}");
            let told = format!("{seen:?}");
            assert!(
                !told.contains("QWxh") && !told.contains("sesame") && !told.contains("Aladdin"),
                "{told}"
            );
        }
    }
}

#[test]
fn long_values_are_cut() {
    let long = "ü".repeat(2000);
    let server = Server::saying(format!(
        "HTTP/1.1 200 OK\r\nServer: {long}\r\nVia: {long}\r\nVia: {long}\r\n\r\n{long}"
    ));
    let seen = probed(&server.authority(), Expectation::Http);
    let answer = seen.answer.unwrap();
    harmless(&answer);
    assert_eq!(answer.header("server").map(str::len), Some(256));
    assert_eq!(answer.excerpt.len(), 512);
}

/// Random bytes, and answers with random bytes in them: whatever comes, there is a verdict and no panic.
#[test]
fn whatever_comes_there_is_a_verdict() {
    let mut random = Random(0x5eed);
    for _ in 0..150 {
        let bytes = random.answer();
        let told = format!("{:?}", String::from_utf8_lossy(&bytes));
        let server = Server::after_head(move |stream| {
            drop(stream.write_all(&bytes));
            drop(stream.shutdown(std::net::Shutdown::Write));
            drop(stream.read(&mut [0; 16]));
        });
        for (_, seen) in both(&server) {
            let verdict = match seen.outcome {
                Outcome::Reached => seen.failure.is_none(),
                Outcome::Failed => {
                    seen.failure.as_ref().is_some_and(|failure| failure.kind != FailureKind::TimedOut)
                }
                _ => false,
            };
            assert!(verdict, "{told}: {seen:?}");
            seen.answer.as_deref().into_iter().for_each(harmless);
        }
    }
}

/// The generator of Marsaglia, xorshift64: the same bytes in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 40).unwrap()
    }

    fn answer(&mut self) -> Vec<u8> {
        const GOOD: &[u8] = b"HTTP/1.1 407 Authenticate\r\nServer: x\r\nProxy-Authenticate: Basic realm=\"y\", NTLM\r\n\
            Location: http://a@b/c\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n\
            5\r\n<titl\r\n3\r\ne>a\r\n0\r\n\r\n";
        if self.next().is_multiple_of(4) {
            let length = self.next() % 300;
            return (0..length).map(|_| self.next().to_le_bytes()[0]).collect();
        }
        let mut bytes = GOOD.to_vec();
        for _ in 0..=self.next() % 6 {
            let place = self.next() % bytes.len();
            match self.next() % 3 {
                0 => bytes[place] = self.next().to_le_bytes()[0],
                1 => bytes.truncate(place + 1),
                _ => bytes.insert(place, self.next().to_le_bytes()[0]),
            }
        }
        bytes
    }
}
