//! What is asked, and which answers count.

use super::server::Server;
use super::*;

/// A head and a body whose length goes without saying.
fn page(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().flat_map(|header| [*header, "\r\n"]).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

const VERSIONS: &str =
    "<?xml version=\"1.0\"?><Versions><Preferred><Version>2015-04-05</Version></Preferred></Versions>";

#[test]
fn a_request_says_no_more_than_it_must() {
    let server = Server::saying(page("200 OK", &[], ""));
    let seen = probed(&server.authority(), Expectation::Http);
    assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
    assert!(seen.phases.request.is_some() && seen.phases.tunnel.is_none());
    let expected = format!(
        "GET / HTTP/1.1\r\nhost: {}\r\nuser-agent: azpreflight/{}\r\naccept-encoding: identity\r\nconnection: close\r\n\r\n",
        server.authority(),
        env!("CARGO_PKG_VERSION"),
    );
    assert_eq!(server.request(), expected);
}

#[test]
fn the_wire_server_is_asked_as_the_agent_asks() {
    let server = Server::saying(page("200 OK", &["Content-Type: text/xml"], VERSIONS));
    let seen = probed(&server.authority(), Expectation::WireServer);
    assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
    assert!(server.request().starts_with("GET /?comp=versions HTTP/1.1\r\n"), "{}", server.request());
}

#[test]
fn the_metadata_service_gets_its_header() {
    let server = Server::saying(page("200 OK", &[], "{\"apiVersions\": [\"2017-03-01\"]}"));
    assert_eq!(probed(&server.authority(), Expectation::Metadata).outcome, Outcome::Reached);
    let request = server.request();
    assert!(request.starts_with("GET /metadata/versions HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nmetadata: true\r\n"), "{request}");
}

#[test]
fn a_refusal_of_the_platform_is_the_guest_proxy_agent_s() {
    for expectation in [Expectation::WireServer, Expectation::Metadata] {
        for status in ["401 Unauthorized", "403 Forbidden"] {
            let server = Server::saying(page(status, &[], ""));
            let seen = probed(&server.authority(), expectation);
            assert_eq!(failure(&seen, Phase::Request).0, FailureKind::GuestProxyAgent);
        }
    }
}

#[test]
fn storage_is_reached_by_its_refusals() {
    let headers =
        ["Server: Azurite-Blob/3.35.0", "x-ms-error-code: AuthorizationFailure", "x-ms-request-id: b929eb3f"];
    let proxy = Server::saying(page("403 Forbidden", &headers, "<Error/>"));
    let seen = probed_through(&proxy.url(), "a.blob.example:80", Expectation::Storage);
    assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
    assert!(
        proxy
            .request()
            .starts_with("GET http://a.blob.example/?comp=list HTTP/1.1\r\nhost: a.blob.example\r\n")
    );
    let answer = seen.answer.unwrap();
    assert_eq!((answer.status, answer.header("x-ms-error-code")), (403, Some("AuthorizationFailure")));
}

#[test]
fn a_login_page_is_not_storage() {
    let headers = ["Server: nginx", "Location: http://portal.example/?from=secret-token", "Set-Cookie: a=b"];
    let proxy = Server::saying(page("302 Found", &headers, "<title>Sign in</title>"));
    let seen = probed_through(&proxy.url(), "a.blob.example:80", Expectation::Storage);
    let (kind, detail) = failure(&seen, Phase::Request);
    assert_eq!(kind, FailureKind::UnexpectedAnswer);
    let expected = "this is no answer of Azure Storage: HTTP 302 by `nginx`, a redirect to \
                    `http://portal.example`, titled `Sign in`";
    assert_eq!(detail, expected);
    assert!(!format!("{seen:?}").contains("secret-token"));
}

#[test]
fn a_proxy_s_own_answers_are_told_from_those_behind_it() {
    use FailureKind as K;
    let own = ["Server: squid/5.7", "X-Squid-Error: ERR_ACCESS_DENIED 0"];
    let through = ["Server: Apache", "Via: 1.1 gw (squid/5.7)"];
    for (status, headers, expected) in [
        ("403 Forbidden", &own, Some(K::ProxyRefused)),
        ("503 Unavailable", &own, Some(K::ProxyBadGateway)),
        ("407 Authenticate", &own, Some(K::ProxyAuthRequired)),
        ("403 Forbidden", &through, None),
        ("503 Unavailable", &through, None),
    ] {
        let proxy = Server::saying(page(status, headers, ""));
        let seen = probed_through(&proxy.url(), "[2001:db8::1]:80", Expectation::Http);
        assert_eq!(seen.failure.as_ref().map(|failure| failure.kind), expected, "{seen:?}");
        assert!(proxy.request().starts_with("GET http://[2001:db8::1]/ HTTP/1.1\r\nhost: [2001:db8::1]\r\n"));
    }
}

#[test]
fn credentials_go_to_the_proxy_and_nowhere_else() {
    let echo = "you sent QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    let proxy = Server::saying(page("407 Who are you", &["Server: QWxhZGRpbjpvcGVuIHNlc2FtZQ=="], echo));
    let url = proxy.url().replace("//", "//Aladdin:open%20sesame@");
    let seen = probed_through(&url, "a.example:80", Expectation::Http);
    assert!(proxy.request().contains("\r\nproxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    assert_eq!(failure(&seen, Phase::Request).0, FailureKind::ProxyAuthRequired);
    let all = format!("{seen:?}");
    assert!(!all.contains("QWxh") && !all.contains("sesame"), "{all}");
}

#[test]
fn interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(3);
    let server = Server::saying(format!("{interim}{}", page("204 No Content", &[], "")));
    let seen = probed(&server.authority(), Expectation::Http);
    assert_eq!(seen.answer.unwrap().status, 204);
}

#[test]
fn the_server_s_clock_is_told() {
    let server = Server::saying(page("200 OK", &["Date: Sun, 06 Nov 1994 08:49:37 GMT"], ""));
    let seen = probed(&server.authority(), Expectation::Http);
    assert_eq!(seen.answer.as_ref().unwrap().date, Some(784_111_777));
    assert!(seen.clock_ahead.unwrap() > 900_000_000, "{:?}", seen.clock_ahead);
}

#[test]
fn old_and_sloppy_answers_are_understood() {
    for head in [
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\nServer: x\n\n",
        "HTTP/1.1 200 OK\r\nServer : x\r\nno colon\r\nX: a\r\n b\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let server = Server::saying(head);
        let seen = probed(&server.authority(), Expectation::Http);
        assert_eq!(seen.outcome, Outcome::Reached, "{head:?}: {seen:?}");
    }
}
