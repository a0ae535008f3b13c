//! The request phase: one request that the right service answers in its own way, and the head of the answer.

use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, DATE, HOST, HeaderMap, PROXY_AUTHORIZATION, USER_AGENT,
};
use hyper::http::uri::Uri;
use hyper::{Request, Version};
use jiff::fmt::rfc2822::DateTimeParser;
use tokio::time::Instant;

use super::http::{self, Exchange};
use super::stream::Stream;
use crate::probe::foreign::one_line;
use crate::probe::{Expectation, Failure, FailureKind, HttpAnswer, Phase, Proxy, Target};

/// How much of a body is read. An excerpt of it is kept.
const BODY: usize = 4 * 1024;
/// How long the body may take after the head where nothing depends on it.
const GRACE: Duration = Duration::from_millis(250);

/// What came of a request.
pub(super) struct Asked {
    /// The answer.
    pub(super) answer: HttpAnswer,
    /// From the request to the head of the answer.
    pub(super) waited: Duration,
}

/// Asks for what the target's expectation is about, and reads the head of the answer and the beginning of its body.
///
/// No redirect is followed, nothing is decompressed. A body that does not come in time is left where it is: the head
/// stands by itself. Dropping it ends it.
pub(super) async fn ask(stream: Stream, target: &Target, deadline: Instant) -> Result<Asked, Failure> {
    let request = request(target)
        .map_err(|error| Failure::new(Phase::Request, FailureKind::LocalError, error.to_string()))?;
    let begun = Instant::now();
    let answered = Exchange::begin(stream, request).await;
    let (mut exchange, response) = answered
        .map_err(|broken| broken.failure(Phase::Request, &who_answers(target), target.via.proxy()))?;
    let waited = begun.elapsed();
    let until = if matters(target.expectation) { deadline } else { deadline.min(Instant::now() + GRACE) };
    let (head, body) = response.into_parts();
    let body = exchange.beginning(body, BODY, until).await;
    // Behind a tunnel too: who opened it may have told its far end what it was told.
    let proxy = target.via.proxy();
    let answer = HttpAnswer {
        status: head.status.as_u16(),
        headers: kept(&head.headers, proxy),
        excerpt: excerpt(&head.headers, &body, proxy),
        date: date(&head.headers),
    };
    Ok(Asked { answer, waited })
}

/// What is asked: the path, and the header that belongs to it.
fn question(expectation: Expectation) -> (&'static str, Option<(&'static str, &'static str)>) {
    match expectation {
        // "List containers", and its like of the other storage services: refused without a key, in storage's own words.
        Expectation::Storage => ("/?comp=list", None),
        // As the Linux agent asks for it (`check_wire_protocol_version`): without a header of its own.
        Expectation::WireServer => ("/?comp=versions", None),
        Expectation::Metadata => ("/metadata/versions", Some(("metadata", "true"))),
        Expectation::Tcp | Expectation::Tls | Expectation::Dns | Expectation::Http | Expectation::Https => {
            ("/", None)
        }
    }
}

/// Whether the body decides.
fn matters(expectation: Expectation) -> bool {
    matches!(expectation, Expectation::WireServer | Expectation::Metadata)
}

fn request(target: &Target) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let host = host(target);
    let (path, header) = question(target.expectation);
    let proxy = plain_proxy(target);
    let uri = match proxy {
        // A proxy is asked for the whole URL (RFC 9112, section 3.2.2).
        Some(_) => format!("http://{host}{path}").parse::<Uri>()?,
        None => Uri::from_static(path),
    };
    let mut request = Request::get(uri)
        .version(Version::HTTP_11)
        .header(HOST, host)
        .header(USER_AGENT, http::USER_AGENT)
        .header(ACCEPT_ENCODING, "identity")
        .header(CONNECTION, "close");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let mut request = request.body(Empty::new())?;
    if let Some(authorization) = proxy.and_then(http::authorization) {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
    }
    Ok(request)
}

/// The proxy that reads this request; one behind which there is a tunnel does not.
fn plain_proxy(target: &Target) -> Option<&Proxy> {
    target.via.proxy().filter(|_| !target.tunnels())
}

/// The host as it stands in a URL, without the port that goes without saying.
fn host(target: &Target) -> String {
    let usual = if target.speaks_tls() { ":443" } else { ":80" };
    let authority = target.authority.to_string();
    match authority.strip_suffix(usual) {
        Some(host) => host.to_owned(),
        None => authority,
    }
}

fn who_answers(target: &Target) -> String {
    match plain_proxy(target) {
        Some(proxy) => format!("the proxy {proxy}"),
        None => target.authority.to_string(),
    }
}

fn kept(headers: &HeaderMap, proxy: Option<&Proxy>) -> Vec<(&'static str, String)> {
    let value = |name: &'static str| {
        let value = http::value(headers, name, proxy)?;
        let value = if name == "location" { origin(&value)? } else { value };
        Some((name, value))
    };
    HttpAnswer::KEPT.iter().filter_map(|name| value(name)).collect()
}

/// Scheme, host and port of a URL: what follows may hold whatever the redirecting server likes to pass on.
fn origin(location: &str) -> Option<String> {
    let (scheme, rest) = location.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\', ' ']).next()?;
    let host = authority.rsplit('@').next()?;
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (is_scheme && !host.is_empty()).then(|| format!("{scheme}://{host}"))
}

/// What a body says, on one line; nothing where it is compressed.
fn excerpt(headers: &HeaderMap, body: &[u8], proxy: Option<&Proxy>) -> String {
    let encoding = headers.get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return String::new();
    }
    let text = http::without_secrets(String::from_utf8_lossy(body), proxy);
    one_line(text.as_bytes(), HttpAnswer::EXCERPT)
}

/// `Date` in seconds since 1970, written as every server must (RFC 9110, section 5.6.7).
fn date(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let parser = DateTimeParser::new().relaxed_weekday(true);
    parser.parse_timestamp(text).ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Via;

    fn target(authority: &str, expectation: Expectation, proxy: Option<&str>) -> Target {
        let via = proxy.map_or(Via::Direct, |proxy| Via::Proxy(proxy.parse().unwrap()));
        Target { via, ..Target::named(authority.parse().unwrap(), expectation) }
    }

    fn asked(authority: &str, expectation: Expectation, proxy: Option<&str>) -> (String, String) {
        let request = request(&target(authority, expectation, proxy)).unwrap();
        (request.uri().to_string(), request.headers().get(HOST).unwrap().to_str().unwrap().to_owned())
    }

    #[test]
    fn the_usual_port_goes_without_saying() {
        use Expectation as E;
        let pair = |uri: &str, host: &str| (uri.to_owned(), host.to_owned());
        assert_eq!(asked("a.example:443", E::Storage, None), pair("/?comp=list", "a.example"));
        assert_eq!(asked("a.example:8443", E::Storage, None), pair("/?comp=list", "a.example:8443"));
        assert_eq!(asked("a.example:80", E::Storage, None), pair("/?comp=list", "a.example"));
        assert_eq!(asked("a.example:80", E::Https, None), pair("/", "a.example:80"));
        assert_eq!(asked("[2001:db8::1]:80", E::Http, None), pair("/", "[2001:db8::1]"));
        assert_eq!(asked("[2001:db8::1]:8080", E::Http, None), pair("/", "[2001:db8::1]:8080"));
        assert_eq!(asked("168.63.129.16:80", E::WireServer, None), pair("/?comp=versions", "168.63.129.16"));
    }

    #[test]
    fn a_proxy_without_tunnel_is_asked_for_the_whole_url() {
        use Expectation as E;
        let proxy = Some("http://kim:s3cr3t@10.0.0.5:3128");
        let (uri, host) = asked("[2001:db8::1]:80", E::Http, proxy);
        assert_eq!((uri.as_str(), host.as_str()), ("http://[2001:db8::1]/", "[2001:db8::1]"));
        let (uri, _) = asked("a.example:8080", E::Http, proxy);
        assert_eq!(uri, "http://a.example:8080/");
        let plain = request(&target("a.example:80", E::Http, proxy)).unwrap();
        assert!(plain.headers().get(PROXY_AUTHORIZATION).unwrap().is_sensitive());
        // Behind a tunnel the far end is no proxy, and learns of none.
        let tunnelled = request(&target("a.example:443", E::Https, proxy)).unwrap();
        assert_eq!(
            (tunnelled.uri().to_string().as_str(), tunnelled.headers().get(PROXY_AUTHORIZATION)),
            ("/", None)
        );
    }

    #[test]
    fn of_a_location_the_origin_alone_is_kept() {
        for (location, kept) in [
            ("http://kim:s3cr3t@portal.example:8080/login?token=x", Some("http://portal.example:8080")),
            ("https://[::1]/", Some("https://[::1]")),
            ("https://a\\@b/", Some("https://a")),
            ("/login?token=x", None),
            ("javascript:alert(1)", None),
            ("http:///x", None),
            ("a b://c", None),
        ] {
            assert_eq!(origin(location).as_deref(), kept, "{location}");
        }
    }

    #[test]
    fn the_server_s_clock_is_read() {
        let at = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, hyper::header::HeaderValue::from_static(text));
            date(&headers)
        };
        assert_eq!(at("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(at("yesterday"), None);
        assert_eq!(at("Sun, 06 Nov 9999999 08:49:37 GMT"), None);
    }

    #[test]
    fn what_a_proxy_echoes_is_kept_without_secrets() {
        let proxy: Proxy = "http://Aladdin:open%20sesame@10.0.0.5:3128".parse().unwrap();
        let body = b"you sent Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== which is Aladdin:open sesame";
        let said = excerpt(&HeaderMap::new(), body, Some(&proxy));
        assert_eq!(said, "you sent Basic …== which is …");
    }
}
