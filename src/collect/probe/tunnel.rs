//! The tunnel phase: CONNECT through an HTTP proxy (RFC 9110, section 9.3.6).

use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, USER_AGENT};

use super::http::{self, Exchange};
use super::stream::Stream;
use crate::probe::{Authority, Failure, FailureKind, Phase, Proxy, TunnelAnswer, tunnel};

/// How many schemes of authentication are kept, and how much of each.
const MOST_SCHEMES: usize = 8;
const LONGEST_SCHEME: usize = 32;

/// What came of CONNECT.
pub(in crate::collect) struct Tunnelled {
    /// What the proxy said.
    pub(in crate::collect) answer: Option<TunnelAnswer>,
    /// The way to the target.
    pub(in crate::collect) stream: Result<Stream, Failure>,
}

/// Asks the proxy at the other end of `stream` for a way to `to`, with its credentials where it has some.
///
/// Dropping it ends it. What the proxy sends right behind its consent is the first of the new stream.
pub(in crate::collect) async fn open(stream: Stream, proxy: &Proxy, to: &Authority) -> Tunnelled {
    match connect(stream, proxy, to).await {
        Ok((answer, exchange)) => {
            let stream = match tunnel::judge(&answer, proxy, to) {
                None => Ok(exchange.into_stream().await),
                Some(failure) => Err(failure),
            };
            Tunnelled { answer: Some(answer), stream }
        }
        Err(failure) => Tunnelled { answer: None, stream: Err(failure) },
    }
}

async fn connect(stream: Stream, proxy: &Proxy, to: &Authority) -> Result<(TunnelAnswer, Exchange), Failure> {
    let request = request(proxy, to)
        .map_err(|error| Failure::new(Phase::Tunnel, FailureKind::LocalError, error.to_string()))?;
    let who = format!("the proxy {proxy}");
    let begun = Exchange::begin(stream, request).await;
    let (exchange, response) = begun.map_err(|broken| broken.failure(Phase::Tunnel, &who, Some(proxy)))?;
    let (head, _) = response.into_parts();
    Ok((answer(head.status.as_u16(), &head.headers, proxy), exchange))
}

fn request(proxy: &Proxy, to: &Authority) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let to = to.to_string();
    let mut request =
        Request::connect(&to).header(HOST, &to).header(USER_AGENT, http::USER_AGENT).body(Empty::new())?;
    if let Some(authorization) = http::authorization(proxy) {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
    }
    Ok(request)
}

fn answer(status: u16, headers: &HeaderMap, proxy: &Proxy) -> TunnelAnswer {
    let kept = |name| http::value(headers, name, Some(proxy));
    TunnelAnswer {
        status,
        schemes: schemes(headers, proxy),
        software: kept("via").or_else(|| kept("server")),
        error: kept("x-squid-error"),
    }
}

/// The schemes offered, each once, in order: one header each, or several in one (RFC 9110, section 11.6.1).
fn schemes(headers: &HeaderMap, proxy: &Proxy) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    for value in headers.get_all(PROXY_AUTHENTICATE) {
        let text = http::without_secrets(String::from_utf8_lossy(value.as_bytes()), Some(proxy));
        for part in unquoted_parts(&text) {
            let Some(scheme) = scheme(part) else { continue };
            let known = schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme));
            if !known && schemes.len() < MOST_SCHEMES {
                schemes.push(scheme.to_owned());
            }
        }
    }
    schemes
}

/// The scheme that a part of a challenge begins; `None` for a parameter of the one before.
fn scheme(part: &str) -> Option<&str> {
    let part = part.trim();
    let end =
        part.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').unwrap_or(part.len());
    let (scheme, rest) = part.split_at(end);
    let is_parameter = rest.trim_start().starts_with('=');
    let follows = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (!scheme.is_empty() && scheme.len() <= LONGEST_SCHEME && follows && !is_parameter).then_some(scheme)
}

/// What stands between commas, those inside quotes left aside.
fn unquoted_parts(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |letter| {
        let literal = escaped;
        escaped = quoted && !literal && letter == '\\';
        quoted ^= letter == '"' && !literal;
        letter == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(values: &[&'static str]) -> Vec<String> {
        let proxy: Proxy = "http://Aladdin:open%20sesame@10.0.0.5:3128".parse().unwrap();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PROXY_AUTHENTICATE, hyper::header::HeaderValue::from_static(value));
        }
        schemes(&headers, &proxy)
    }

    #[test]
    fn schemes_stand_in_several_headers_or_in_one() {
        assert_eq!(offered(&["Negotiate", "NTLM", "Basic realm=\"x\""]), ["Negotiate", "NTLM", "Basic"]);
        assert_eq!(
            offered(&["Basic realm=\"a, NTLM, \\\", b\", charset=\"UTF-8\", ntlm, NTLM"]),
            ["Basic", "ntlm"]
        );
        assert_eq!(offered(&["Digest realm = \"x\", nonce= \"y\" , qop=auth"]), ["Digest"]);
        assert_eq!(offered(&["Negotiate TlRMTVNTUAAC=="]), ["Negotiate"]);
        assert!(offered(&[",,=,\""]).is_empty());
        assert_eq!(offered(&["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, QWxhZGRpbjpvcGVuIHNlc2FtZQ"]), ["Basic"]);
        assert!(offered(&[]).is_empty());
    }

    #[test]
    fn credentials_go_to_the_proxy_and_are_not_shown() {
        let proxy: Proxy = "http://Aladdin:open%20sesame@10.0.0.5:3128".parse().unwrap();
        let request = request(&proxy, &"[2001:db8::1]:8443".parse().unwrap()).unwrap();
        assert_eq!(request.uri().to_string(), "[2001:db8::1]:8443");
        assert_eq!(request.headers().get(HOST).unwrap(), "[2001:db8::1]:8443");
        let sent = request.headers().get(PROXY_AUTHORIZATION).unwrap();
        // The example of RFC 7617, section 2.
        assert_eq!(sent, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{request:?}").contains("QWxh"));
    }
}
