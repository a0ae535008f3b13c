//! What a proxy's answer to CONNECT means.

use super::answer::TunnelAnswer;
use super::failure::Failure;
use super::foreign::shown;
use super::host::Authority;
use super::proxy::Proxy;
use super::vocabulary::{FailureKind, Phase};

/// How the answer of `proxy` to CONNECT `to` fails; `None` where the way is open (any 2xx, RFC 9110, section 9.3.6).
///
/// What a proxy says about itself (its own limits, its own callers) is `proxy-refused` or `proxy-auth-required`; what it
/// says about the far side is `proxy-bad-gateway`: squid with 503 and 504, tinyproxy with 500. What no proxy says to
/// CONNECT is an `unexpected-answer`.
#[must_use]
pub fn judge(answer: &TunnelAnswer, proxy: &Proxy, to: &Authority) -> Option<Failure> {
    let said = said(answer);
    let (kind, detail) = match answer.status {
        200..=299 => return None,
        407 => (FailureKind::ProxyAuthRequired, asks_for_credentials(answer, proxy)),
        400 | 404 | 405 | 501 if is_web_server(answer) => (
            FailureKind::UnexpectedAnswer,
            format!("{proxy} answers CONNECT with {said}: a web server rather than a proxy"),
        ),
        400..=499 | 501 | 505 => {
            let detail =
                format!("the proxy {proxy} refuses CONNECT to port {} of {}: {said}", to.port, to.host);
            (FailureKind::ProxyRefused, detail)
        }
        511 => (
            FailureKind::UnexpectedAnswer,
            format!("{proxy} answers CONNECT with {said}: the network wants a login first"),
        ),
        500..=599 => {
            (FailureKind::ProxyBadGateway, format!("the proxy {proxy} could not reach {to}: {said}"))
        }
        300..=399 => (
            FailureKind::UnexpectedAnswer,
            format!("{proxy} answers CONNECT with {said}: a redirect, as of a web server or a login page"),
        ),
        _ => (FailureKind::UnexpectedAnswer, format!("{proxy} answers CONNECT with {said}")),
    };
    Some(Failure::new(Phase::Tunnel, kind, detail))
}

/// As in ``HTTP 403 `ERR_ACCESS_DENIED 0` by `squid/5.7` ``.
fn said(answer: &TunnelAnswer) -> String {
    let part = |before: &str, text: Option<&String>| {
        text.map_or_else(String::new, |text| format!("{before}`{}`", shown(text)))
    };
    let (error, software) = (part(" ", answer.error.as_ref()), part(" by ", answer.software.as_ref()));
    format!("HTTP {}{error}{software}", answer.status)
}

fn asks_for_credentials(answer: &TunnelAnswer, proxy: &Proxy) -> String {
    let schemes: Vec<String> = answer.schemes.iter().map(|scheme| shown(scheme)).collect();
    let offered = if schemes.is_empty() {
        "it names no scheme".into()
    } else {
        format!("it offers {}", schemes.join(", "))
    };
    // The support matrix of Azure VM backup (2026-01-28): a proxy with authentication is not supported.
    let unsupported = "backup of Azure VMs does not support proxies with authentication";
    match proxy.credentials {
        None => format!("the proxy {proxy} wants credentials ({offered}); {unsupported}"),
        Some(_) => {
            format!("the proxy {proxy} does not take the credentials given ({offered}); {unsupported}")
        }
    }
}

/// Whether the software is one that serves pages and seldom forwards.
fn is_web_server(answer: &TunnelAnswer) -> bool {
    const SERVERS: [&str; 6] =
        ["nginx", "apache", "microsoft-iis", "microsoft-httpapi", "lighttpd", "openresty"];
    let software = answer.software.as_deref().unwrap_or_default().to_ascii_lowercase();
    answer.error.is_none() && SERVERS.iter().any(|server| software.starts_with(server))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(answer: &TunnelAnswer) -> Option<(FailureKind, String)> {
        let proxy: Proxy = "http://kim:secret@10.0.0.5:3128".parse().unwrap();
        let to: Authority = "example.blob.core.windows.net:8443".parse().unwrap();
        let failure = judge(answer, &proxy, &to)?;
        assert_eq!(failure.phase, Phase::Tunnel);
        assert!(!failure.detail.contains("secret"), "{}", failure.detail);
        Some((failure.kind, failure.detail))
    }

    fn answer(status: u16, software: Option<&str>, error: Option<&str>) -> TunnelAnswer {
        TunnelAnswer {
            status,
            schemes: Vec::new(),
            software: software.map(Into::into),
            error: error.map(Into::into),
        }
    }

    #[test]
    fn a_refusal_names_the_port_and_the_reason() {
        let (kind, detail) = judged(&answer(403, Some("squid/5.7"), Some("ERR_ACCESS_DENIED 0"))).unwrap();
        assert_eq!(kind, FailureKind::ProxyRefused);
        let expected = "the proxy http://10.0.0.5:3128 refuses CONNECT to port 8443 of \
                        example.blob.core.windows.net: HTTP 403 `ERR_ACCESS_DENIED 0` by `squid/5.7`";
        assert_eq!(detail, expected);
    }

    #[test]
    fn every_status_has_a_meaning() {
        use FailureKind as K;
        let kind = |status, software| judged(&answer(status, software, None)).map(|(kind, _)| kind);
        for status in 200..300 {
            assert_eq!(kind(status, None), None);
        }
        assert_eq!(kind(407, None), Some(K::ProxyAuthRequired));
        assert_eq!(kind(405, None), Some(K::ProxyRefused));
        assert_eq!(kind(405, Some("nginx/1.22.1")), Some(K::UnexpectedAnswer));
        assert_eq!(kind(403, Some("Apache/2.4")), Some(K::ProxyRefused));
        assert_eq!(kind(500, Some("tinyproxy/1.11.1")), Some(K::ProxyBadGateway));
        assert_eq!(kind(504, None), Some(K::ProxyBadGateway));
        assert_eq!(kind(302, None), Some(K::UnexpectedAnswer));
        assert_eq!(kind(511, None), Some(K::UnexpectedAnswer));
        assert_eq!(kind(101, None), Some(K::UnexpectedAnswer));
        assert_eq!(kind(999, None), Some(K::UnexpectedAnswer));
    }

    #[test]
    fn a_demand_for_credentials_names_the_schemes() {
        let schemes = vec!["Negotiate".into(), "NT\u{1b}LM".into()];
        let (_, detail) = judged(&TunnelAnswer { status: 407, schemes, ..TunnelAnswer::default() }).unwrap();
        assert!(detail.contains("does not take the credentials given"), "{detail}");
        assert!(detail.contains("it offers Negotiate, NT\\u{1b}LM"), "{detail}");
    }
}
