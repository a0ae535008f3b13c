//! One HTTP/1.1 request on a connection and the head of its answer: what the tunnel and the request phase share.
//!
//! The connection is driven by whoever waits for it, so that dropping the wait ends it. A hostile far end costs at most
//! 64 KiB: half of it in buffers, half of it under way when the budget is found to be spent.

use std::borrow::Cow;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, timeout_at};

use super::stream::Stream;
use crate::probe::foreign::{looks_like, one_line, shown};
use crate::probe::{Credentials, Failure, FailureKind, Phase, Proxy};

/// After how many bytes no more are read, and the size of the buffer for one head.
const MOST: usize = 32 * 1024;
/// How much of the beginning is kept, to tell what spoke where it was not HTTP.
const FIRST: usize = 64;
/// How much of a header is kept.
const LONGEST_VALUE: usize = 256;
/// How much of a secret tells something of it; less than that stands in many a text by chance.
const TELLING: usize = 4;

/// What this program calls itself.
pub(in crate::collect) const USER_AGENT: &str = concat!("azpreflight/", env!("CARGO_PKG_VERSION"));

/// A connection on which one request has been sent.
pub(super) struct Exchange {
    connection: http1::Connection<TokioIo<Tap>, Empty<Bytes>>,
    ended: bool,
}

impl Exchange {
    /// Sends a request, and waits for the head of the answer. Interim answers (1xx) are passed over.
    pub(super) async fn begin(
        stream: Stream,
        request: Request<Empty<Bytes>>,
    ) -> Result<(Self, Response<Incoming>), Broken> {
        let io = TokioIo::new(Tap { stream, first: Vec::new(), left: MOST });
        let opened = http1::Builder::new()
            .max_buf_size(MOST)
            // What boxes on the way send is often sloppy, and still tells what they are.
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(io)
            .await;
        let (mut sender, connection) = opened.map_err(|error| Broken::new(None, &error))?;
        let mut exchange = Self { connection, ended: false };
        match exchange.during(sender.send_request(request)).await {
            Ok(response) => Ok((exchange, response)),
            Err(error) => {
                let tap = exchange.connection.into_parts().io.into_inner();
                Err(Broken::new(Some(tap), &error))
            }
        }
    }

    /// The beginning of a body: what has come until this many bytes are there, the body ends, or the time is up.
    pub(super) async fn beginning(&mut self, body: Incoming, most: usize, until: Instant) -> Vec<u8> {
        let (mut body, mut read) = (body, Vec::new());
        while read.len() < most {
            match timeout_at(until, self.during(body.frame())).await {
                Ok(Some(Ok(frame))) => read.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                _ => break,
            }
        }
        read.truncate(most);
        read
    }

    /// The connection itself, after an answer that hands it over; with what came right behind the head.
    pub(super) async fn into_stream(mut self) -> Stream {
        poll_fn(|cx| self.drive(cx)).await;
        let parts = self.connection.into_parts();
        let stream = parts.io.into_inner().stream;
        if parts.read_buf.is_empty() {
            return stream;
        }
        let (reading, writing) = tokio::io::split(stream);
        Box::new(tokio::io::join(io::Cursor::new(parts.read_buf).chain(reading), writing))
    }

    /// Waits for something that the connection brings about.
    async fn during<F: Future>(&mut self, wanted: F) -> F::Output {
        let mut wanted = pin!(wanted);
        poll_fn(|cx| {
            if let Poll::Ready(brought) = wanted.as_mut().poll(cx) {
                return Poll::Ready(brought);
            }
            match self.drive(cx) {
                Poll::Ready(()) => wanted.as_mut().poll(cx),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.ended {
            // How it ends is told to whoever waits for the answer or for the body.
            let Poll::Ready(_) = self.connection.poll_without_shutdown(cx) else { return Poll::Pending };
            self.ended = true;
        }
        Poll::Ready(())
    }
}

/// An answer that never became a head.
#[derive(Debug)]
pub(super) struct Broken {
    first: Vec<u8>,
    how: How,
}

#[derive(Debug)]
enum How {
    /// The connection was closed in order.
    Closed,
    /// The connection was cut.
    Cut,
    /// More came than a head may have.
    TooLarge,
    /// What came cannot be read, or the layer below says so.
    Unreadable(String),
}

impl Broken {
    fn new(tap: Option<Tap>, error: &hyper::Error) -> Self {
        use io::ErrorKind as E;
        let spent = tap.as_ref().is_some_and(|tap| tap.left == 0);
        let below = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let how = match below.map(io::Error::kind) {
            _ if spent || error.is_parse_too_large() => How::TooLarge,
            Some(E::ConnectionReset | E::ConnectionAborted | E::BrokenPipe) => How::Cut,
            Some(E::UnexpectedEof) => How::Closed,
            Some(_) => How::Unreadable(below.map(ToString::to_string).unwrap_or_default()),
            None if error.is_incomplete_message() || error.is_closed() => How::Closed,
            None => How::Unreadable(error.to_string()),
        };
        Self { first: tap.map(|tap| tap.first).unwrap_or_default(), how }
    }

    /// The failure of a phase in which `who` should have answered, without what `proxy` was told.
    pub(super) fn failure(&self, phase: Phase, who: &str, proxy: Option<&Proxy>) -> Failure {
        let is_http = self.first.starts_with(b"HTTP/");
        let first = beginning_without_secrets(&self.first, proxy);
        let (kind, seen) = match &self.how {
            _ if !is_http && !self.first.is_empty() => {
                let what = looks_like(&first);
                (FailureKind::UnexpectedAnswer, format!("answers with {what}, which is no HTTP"))
            }
            How::Closed if is_http => {
                (FailureKind::Reset, "closed the connection in the middle of its answer".into())
            }
            How::Cut if is_http => {
                (FailureKind::Reset, "cut the connection in the middle of its answer".into())
            }
            How::Closed => (FailureKind::Reset, "closed the connection without an answer".into()),
            How::Cut => (FailureKind::Reset, "cut the connection without an answer".into()),
            // So many headers, or so many bytes: hyper holds to the first by itself.
            How::TooLarge => {
                let seen = format!("answers with a head of more than 100 headers or {} KiB", MOST / 1024);
                (FailureKind::UnexpectedAnswer, seen)
            }
            How::Unreadable(why) if is_http => {
                let begin = shown(&String::from_utf8_lossy(&first));
                (
                    FailureKind::UnexpectedAnswer,
                    format!("answers with HTTP that cannot be read ({why}): `{begin}`"),
                )
            }
            How::Unreadable(why) => {
                (FailureKind::UnexpectedAnswer, format!("cannot be understood: {}", shown(why)))
            }
        };
        Failure::new(phase, kind, format!("{who} {seen}"))
    }
}

/// A stream that keeps its first bytes, and ends when it has given enough.
struct Tap {
    stream: Stream,
    first: Vec<u8>,
    left: usize,
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let come = buffer.filled().get(before..).unwrap_or_default();
        this.left = this.left.saturating_sub(come.len());
        this.first.extend(come.iter().take(FIRST.saturating_sub(this.first.len())));
        polled
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The values of a header as one text on one line, at most 256 bytes of it, without what `proxy` was told; `None` where
/// there is none.
pub(super) fn value(headers: &HeaderMap, name: &str, proxy: Option<&Proxy>) -> Option<String> {
    let mut joined = String::new();
    for value in headers.get_all(name) {
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        // First the secrets, then the cut: half a secret would not be found.
        let text = without_secrets(String::from_utf8_lossy(value.as_bytes()), proxy);
        joined.push_str(&one_line(text.as_bytes(), LONGEST_VALUE));
    }
    joined.truncate(joined.floor_char_boundary(LONGEST_VALUE));
    headers.contains_key(name).then_some(joined)
}

/// `Proxy-Authorization: Basic …` for a proxy that has credentials (RFC 7617).
pub(in crate::collect) fn authorization(proxy: &Proxy) -> Option<HeaderValue> {
    let credentials = proxy.credentials.as_ref()?;
    let mut value =
        HeaderValue::try_from(format!("Basic {}", base64(credentials.secret().as_bytes()))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A text of the far end without the credentials that the proxy was given: some repeat what they were sent.
pub(super) fn without_secrets<'t>(text: Cow<'t, str>, proxy: Option<&Proxy>) -> Cow<'t, str> {
    let credentials = proxy.and_then(|proxy| proxy.credentials.as_ref());
    // Nothing but a colon with at most one letter is no secret, and stands in every text.
    let Some(secret) = credentials.map(Credentials::secret).filter(|secret| secret.len() > 2) else {
        return text;
    };
    let encoded = base64(secret.as_bytes());
    let text = text.replace(&secret, "…").replace(encoded.trim_end_matches('='), "…");
    match password(&secret) {
        Some(password) => text.replace(password, "…").into(),
        None => text.into(),
    }
}

/// The first bytes of the far end, cut anywhere, without those credentials or the beginning of them at their end. What
/// holds none of it stays as it is, byte for byte.
pub(super) fn beginning_without_secrets<'b>(first: &'b [u8], proxy: Option<&Proxy>) -> Cow<'b, [u8]> {
    let Some(credentials) = proxy.and_then(|proxy| proxy.credentials.as_ref()) else { return first.into() };
    let text = String::from_utf8_lossy(first);
    let clean = without_secrets(Cow::Borrowed(&text), proxy);
    let secret = credentials.secret();
    let encoded = base64(secret.as_bytes());
    let known = [Some(secret.as_str()), Some(encoded.as_str()), password(&secret)];
    let cut = known.iter().flatten().map(|secret| begun_at_the_end(&clean, secret)).max().unwrap_or(0);
    if cut == 0 && clean == text {
        return first.into();
    }
    let kept = clean.get(..clean.len() - cut).unwrap_or_default();
    let end = if cut == 0 { "" } else { "…" };
    format!("{kept}{end}").into_bytes().into()
}

/// The password alone, where it is one that does not stand in every text.
fn password(secret: &str) -> Option<&str> {
    secret.split_once(':').map(|(_, password)| password).filter(|password| password.len() >= TELLING)
}

/// How many bytes at the end of the text are the beginning of the secret; 0 where those are too few to tell anything.
fn begun_at_the_end(text: &str, secret: &str) -> usize {
    let begun = |length: &usize| text.as_bytes().ends_with(secret.as_bytes().get(..*length).unwrap_or(b"\0"));
    (TELLING..secret.len()).rev().filter(|length| secret.is_char_boundary(*length)).find(begun).unwrap_or(0)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = [0, 1, 2]
            .iter()
            .fold(0u32, |word, place| word << 8 | u32::from(chunk.get(*place).copied().unwrap_or(0)));
        for place in 0..4 {
            let digit = ALPHABET.get((word >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    fn connect() -> Request<Empty<Bytes>> {
        Request::connect("a.example:443").body(Empty::new()).unwrap()
    }

    async fn swallow_head(server: &mut DuplexStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(server.read_u8().await.unwrap());
        }
    }

    /// How much a far end that never stops gets rid of, in a pipe that holds a single byte.
    async fn taken_by(begin: &[u8], again: &[u8]) -> usize {
        let (client, mut server) = duplex(1);
        let flood = async {
            swallow_head(&mut server).await;
            let mut taken = 0;
            for byte in begin.iter().chain(again.iter().cycle()) {
                match server.write_u8(*byte).await {
                    Ok(()) => taken += 1,
                    Err(_) => break,
                }
            }
            taken
        };
        let listen = async {
            let Ok((mut exchange, response)) = Exchange::begin(Box::new(client), get()).await else { return };
            let until = Instant::now() + std::time::Duration::from_mins(1);
            assert!(exchange.beginning(response.into_body(), 4096, until).await.len() <= 4096);
        };
        tokio::join!(flood, listen).0
    }

    fn get() -> Request<Empty<Bytes>> {
        Request::get("/").body(Empty::new()).unwrap()
    }

    #[tokio::test]
    async fn a_far_end_costs_a_bounded_number_of_bytes() {
        assert!(taken_by(b"HTTP/1.1 200 OK\r\nA: ", b"a").await <= MOST + 1);
        assert!(taken_by(b"", b"HTTP/1.1 100 Continue\r\n\r\n").await <= MOST + 1);
        let endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1";
        assert!(taken_by(endless, b";x").await <= MOST + 1);
        let body = taken_by(b"HTTP/1.1 200 OK\r\n\r\n", b"a").await;
        assert!((4096..8192).contains(&body), "{body}");
    }

    #[tokio::test]
    async fn what_comes_right_behind_consent_is_kept() {
        for behind in ["", "first "] {
            let (client, mut server) = duplex(1024);
            let serve = async {
                swallow_head(&mut server).await;
                server.write_all(format!("HTTP/1.1 200 OK\r\n\r\n{behind}").as_bytes()).await.unwrap();
                assert_eq!(server.read_u8().await.unwrap(), b'!');
                server.write_all(b"second").await.unwrap();
                drop(server);
            };
            let speak = async {
                let (exchange, response) = Exchange::begin(Box::new(client), connect()).await.unwrap();
                assert_eq!(response.status(), 200);
                let mut stream = exchange.into_stream().await;
                stream.write_all(b"!").await.unwrap();
                stream.flush().await.unwrap();
                let mut heard = String::new();
                stream.read_to_string(&mut heard).await.unwrap();
                heard
            };
            assert_eq!(tokio::join!(serve, speak).1, format!("{behind}second"));
        }
    }

    #[test]
    fn the_first_bytes_are_told_without_what_the_proxy_was_told() {
        let proxy: Proxy = "http://Aladdin:open%20sesame@10.0.0.5:3128".parse().unwrap();
        let told = |first: &[u8]| {
            let broken = Broken { first: first.to_vec(), how: How::Unreadable("x".into()) };
            broken.failure(Phase::Tunnel, "the proxy", Some(&proxy)).detail
        };
        for (first, shown) in [
            (&b"ERR you sent Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== to me"[..], "`ERR you sent Basic …== to me`"),
            (b"ERR you sent Basic QWxhZGRpbjpvcGVuIHNl", "`ERR you sent Basic …`"),
            (b"hello Aladdin:open ses", "`hello …`"),
            (b"no open sesame here", "`no … here`"),
            (b"HTTP/1.1 QWxhZGRpbjpvcG", "`HTTP/1.1 …`"),
        ] {
            assert!(told(first).contains(shown), "{}", told(first));
        }
        assert!(told(&[5, 0xff]).contains("SOCKS version 5"), "{}", told(&[5, 0xff]));
        assert!(told(b"220 Alad mail").contains("220 Alad mail"));
    }

    #[test]
    fn base64_is_that_of_its_rfc() {
        // RFC 4648, section 10.
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
