//! CONNECT: what consent, refusal and other things look like.

use std::io::{Read, Write};

use super::server::Server;
use super::*;

fn through(proxy: &Server, authority: &str) -> Observation {
    probed_through(&proxy.url(), authority, Expectation::Tcp)
}

#[test]
fn a_tunnel_is_asked_for_by_host_and_port() {
    let proxy = Server::saying("HTTP/1.1 200 Connection established\r\n\r\n");
    let seen = through(&proxy, "[2001:db8::1]:8443");
    assert_eq!(seen.outcome, Outcome::Reached, "{seen:?}");
    assert!(seen.phases.tunnel.is_some() && seen.phases.request.is_none());
    let expected = format!(
        "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nhost: [2001:db8::1]:8443\r\nuser-agent: azpreflight/{}\r\n\r\n",
        env!("CARGO_PKG_VERSION"),
    );
    assert_eq!(proxy.request(), expected);
}

#[test]
fn consent_has_many_forms() {
    for head in [
        "HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
        "HTTP/1.1 204 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n",
    ] {
        let proxy = Server::saying(head);
        assert_eq!(through(&proxy, "a.example:22").outcome, Outcome::Reached, "{head:?}");
    }
}

#[test]
fn refusals_are_told_apart() {
    use FailureKind as K;
    for (answer, kind, words) in [
        (
            "403 Forbidden\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_ACCESS_DENIED 0",
            K::ProxyRefused,
            "port 8443",
        ),
        ("403 Access violation\r\nServer: tinyproxy/1.11.1", K::ProxyRefused, "by `tinyproxy/1.11.1`"),
        ("405 Not Allowed", K::ProxyRefused, "HTTP 405"),
        ("405 Not Allowed\r\nServer: nginx/1.22.1", K::UnexpectedAnswer, "a web server rather than a proxy"),
        (
            "407 x\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm=\"a, b\"",
            K::ProxyAuthRequired,
            "it offers NTLM, Basic",
        ),
        (
            "500 Unable to connect\r\nServer: tinyproxy/1.11.1",
            K::ProxyBadGateway,
            "could not reach a.example:8443",
        ),
        (
            "503 x\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\nVia: 1.1 gw (squid/5.7)",
            K::ProxyBadGateway,
            "`ERR_CONNECT_FAIL 111` by `1.1 gw (squid/5.7)`",
        ),
        ("504 Gateway Timeout", K::ProxyBadGateway, "HTTP 504"),
        ("302 Found\r\nLocation: http://portal.example", K::UnexpectedAnswer, "a redirect"),
        ("101 Switching Protocols\r\nUpgrade: x", K::UnexpectedAnswer, "HTTP 101"),
    ] {
        let proxy = Server::saying(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"));
        let seen = through(&proxy, "a.example:8443");
        let (found, detail) = failure(&seen, Phase::Tunnel);
        assert_eq!(found, kind, "{answer:?}: {detail}");
        assert!(detail.contains(words), "{answer:?}: {detail}");
        assert!(seen.tunnel.is_some() && seen.phases.tunnel.is_some());
    }
}

#[test]
fn what_speaks_no_http_is_named() {
    for (bytes, words) in [
        (&b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"[..], "an SSH banner, `SSH-2.0-OpenSSH_9.2p1 Debian-2`"),
        (&[0x15, 3, 3, 0, 2, 2, 40], "a TLS alert"),
        (&[5, 0xff], "SOCKS version 5"),
        (b"220 mail.example ESMTP\r\n", "a greeting of SMTP or FTP"),
        (b"<html>hello</html>", "a page without a head"),
        (b"\x1b[2J\xff\xfe", "`\\u{1b}[2J"),
    ] {
        // As it answers the request, and before it has read anything.
        let after = Server::saying(bytes);
        let before = Server::at_once(move |stream| {
            drop(stream.write_all(bytes));
            drop(stream.read(&mut [0; 512]));
        });
        for proxy in [&after, &before] {
            let seen = through(proxy, "a.example:443");
            let (kind, detail) = failure(&seen, Phase::Tunnel);
            assert_eq!(kind, FailureKind::UnexpectedAnswer, "{detail}");
            assert!(detail.contains(words), "{detail}");
        }
    }
}

#[test]
fn an_end_without_an_answer_is_a_cut() {
    let closing = Server::saying("");
    // What is closed with something unread is cut with a reset, which Wine tells as an end.
    let cut = if cfg!(windows) { "the connection without" } else { "cut the connection without" };
    let cutting = Server::at_once(|stream| drop(stream.peek(&mut [0])));
    let midway = Server::saying("HTTP/1.1 200 Conn");
    for (proxy, words) in
        [(&closing, "closed the connection without"), (&cutting, cut), (&midway, "in the middle")]
    {
        let seen = through(proxy, "a.example:443");
        let (kind, detail) = failure(&seen, Phase::Tunnel);
        assert_eq!(kind, FailureKind::Reset);
        assert!(detail.contains(words), "{detail}");
    }
}
