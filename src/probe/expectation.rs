//! Which answer proves that the right service was reached.

use super::answer::HttpAnswer;
use super::failure::Failure;
use super::foreign::shown;
use super::host::{Authority, Host};
use super::target::Target;
use super::vocabulary::{Expectation, FailureKind, Phase};

/// How the answer fails to prove what the target expects; `None` where it proves it.
///
/// - Azure Storage says who it is in every answer, refusals included: `x-ms-request-id`, with `x-ms-version`,
///   `x-ms-error-code` or its name as server beside it.
/// - The wire server and the metadata service list their versions; the metadata service also refuses in JSON of its own.
/// - Any other HTTP server is reached by any answer that is not evidently given in its place: by a proxy, a firewall, or
///   a network that wants a login first. Without TLS nothing proves who answers, so that a redirect to somebody else's
///   host is taken as given in its place.
#[must_use]
pub fn judge(target: &Target, answer: &HttpAnswer) -> Option<Failure> {
    if let Some((kind, what)) = of_a_proxy(target, answer) {
        return Some(Failure::new(Phase::Request, kind, format!("{what}: {}", described(answer))));
    }
    let service = match target.expectation {
        Expectation::Storage if is_storage(answer) => return None,
        Expectation::Storage => "Azure Storage",
        Expectation::WireServer if is_wire_server(answer) => return None,
        Expectation::Metadata if is_metadata(answer) => return None,
        // Through a proxy it is the platform that refuses: it does not serve what has passed one.
        Expectation::WireServer | Expectation::Metadata
            if matches!(answer.status, 401 | 403) && target.via.proxy().is_none() =>
        {
            return Some(kept_out(answer));
        }
        Expectation::WireServer => "the wire server",
        Expectation::Metadata => "the instance metadata service",
        Expectation::Http | Expectation::Https => {
            let stand_in = stand_in(target, answer).or_else(|| sent_elsewhere(target, answer))?;
            return Some(unexpected(format!("{stand_in}: {}", described(answer))));
        }
        // Nothing is asked of these.
        Expectation::Tcp | Expectation::Tls | Expectation::Dns => return None,
    };
    let by = stand_in(target, answer).map_or_else(String::new, |stand_in| format!("; {stand_in}"));
    Some(unexpected(format!("this is no answer of {service}: {}{by}", described(answer))))
}

/// An answer in a few words: status, server, and what it calls itself, as in
/// ``HTTP 403 by `nginx/1.22.1`, titled `Blocked` ``.
#[must_use]
pub fn described(answer: &HttpAnswer) -> String {
    let part = |before: &str, text: Option<&str>| {
        text.map_or_else(String::new, |text| format!("{before}`{}`", shown(text)))
    };
    let title = title(&answer.excerpt);
    let is_text = title.is_none() && !answer.excerpt.is_empty() && !answer.excerpt.starts_with('<');
    [
        format!("HTTP {}", answer.status),
        part(" ", answer.header("x-squid-error")),
        part(" by ", answer.header("server")),
        part(", a redirect to ", answer.header("location")),
        part(", titled ", title),
        part(", saying ", is_text.then_some(answer.excerpt.as_str())),
    ]
    .concat()
}

fn is_storage(answer: &HttpAnswer) -> bool {
    const SERVERS: [&str; 3] = ["Windows-Azure-", "Microsoft-HTTPAPI/", "Azurite-"];
    let named =
        answer.header("server").is_some_and(|server| SERVERS.iter().any(|name| server.starts_with(name)));
    let proven =
        named || answer.header("x-ms-version").is_some() || answer.header("x-ms-error-code").is_some();
    (200..=599).contains(&answer.status) && answer.header("x-ms-request-id").is_some() && proven
}

/// The list that the agent asks for (`VersionInfo` in its code).
fn is_wire_server(answer: &HttpAnswer) -> bool {
    answer.status == 200 && answer.excerpt.contains("<Versions")
}

/// A list of versions, or an error in the service's own form: a JSON object with `error` in it.
fn is_metadata(answer: &HttpAnswer) -> bool {
    let is_object = answer.excerpt.starts_with('{');
    let has = |key: &str| is_object && answer.excerpt.contains(key);
    match answer.status {
        200 => has("\"apiVersions\""),
        400 | 404 | 405 | 410 | 429 | 500 => has("\"error\""),
        _ => false,
    }
}

/// An answer of a proxy in its own name, as a kind of failure and in words.
fn of_a_proxy(target: &Target, answer: &HttpAnswer) -> Option<(FailureKind, String)> {
    let asked = target.via.proxy().filter(|_| !target.tunnels());
    let who = match asked {
        Some(proxy) => format!("the proxy {proxy}"),
        None => "a proxy on the way that nothing here names".to_owned(),
    };
    // What a server says through a proxy bears the server's name; what a proxy says itself bears its own, or none.
    let nameless = asked.is_some() && answer.header("server").is_none() && matches!(answer.status, 502 | 504);
    let own = answer.header("x-squid-error").is_some() || names_a_proxy(answer) || nameless;
    match answer.status {
        407 => Some((FailureKind::ProxyAuthRequired, format!("{who} wants credentials{}", schemes(answer)))),
        400..=499 if own => Some((FailureKind::ProxyRefused, format!("{who} refuses"))),
        500..=599 if own => {
            Some((FailureKind::ProxyBadGateway, format!("{who} could not reach {}", target.authority)))
        }
        _ => None,
    }
}

fn schemes(answer: &HttpAnswer) -> String {
    let offered = answer.header("proxy-authenticate").filter(|offered| !offered.is_empty());
    offered.map_or_else(String::new, |offered| format!(" (`{}`)", shown(offered)))
}

fn names_a_proxy(answer: &HttpAnswer) -> bool {
    const PROXIES: [&str; 8] = [
        "squid",
        "tinyproxy",
        "privoxy",
        "mitmproxy",
        "zscaler",
        "bluecoat",
        "mcafee web gateway",
        "forcepoint",
    ];
    let server = answer.header("server").unwrap_or_default().to_ascii_lowercase();
    PROXIES.iter().any(|proxy| server.starts_with(proxy))
}

/// What evidently answers in place of the server, in words; `None` where nothing tells.
fn stand_in(target: &Target, answer: &HttpAnswer) -> Option<&'static str> {
    // The words that Azure Firewall answers plain HTTP with where no rule allows it.
    if answer.excerpt.contains("Action: Deny.") {
        return Some("a firewall refuses in the words of Azure Firewall");
    }
    if answer.status == 511 {
        return Some("the network wants a login first");
    }
    let elsewhere = answer.header("location").is_some_and(|location| is_address(location, target));
    if elsewhere && (300..=399).contains(&answer.status) {
        return Some("a redirect to a bare address, as of a network that wants a login first");
    }
    let blocked = matches!(answer.status, 200 | 403 | 451 | 503)
        && title(&answer.excerpt).is_some_and(|title| says_blocked(title, answer.status));
    blocked.then_some("a filter on the way shows its own page")
}

/// Whether an answer without TLS leads to a host that is not the target's: as any network can give for any name.
fn sent_elsewhere(target: &Target, answer: &HttpAnswer) -> Option<&'static str> {
    let location =
        answer.header("location").filter(|_| (300..=399).contains(&answer.status) && !target.speaks_tls())?;
    let elsewhere = host_of(location).is_none_or(|there| !is_akin(&there, &target.authority.host));
    elsewhere.then_some("a redirect to another host, as captive portals answer for any name")
}

/// Whether a redirect leads to an address, and not the target's own.
fn is_address(location: &str, target: &Target) -> bool {
    host_of(location).is_some_and(|there| there.address().is_some() && there != target.authority.host)
}

fn host_of(location: &str) -> Option<Host> {
    let (_, authority) = location.split_once("://")?;
    let with_port = format!("{authority}:1");
    [authority, &with_port].iter().find_map(|text| text.parse::<Authority>().ok()).map(|there| there.host)
}

/// Whether two hosts are evidently of the same owner: the same, or below the same domain that one registers.
fn is_akin(one: &Host, other: &Host) -> bool {
    let (Some(one), Some(other)) = (one.name(), other.name()) else { return one == other };
    let below = |name: &str, domain: &str| {
        name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && domain.contains('.'))
    };
    one == other
        || below(one, other)
        || below(other, one)
        || registered(one).is_some_and(|domain| registered(other) == Some(domain))
}

/// The last two labels of a name; three where those are of a country and short, as in `co.uk`. `None` for one label.
fn registered(name: &str) -> Option<&str> {
    let mut dots = name.rmatch_indices('.').map(|(place, _)| place);
    let last = dots.next()?;
    let from = |dot: Option<usize>| dot.map_or(0, |dot| dot + 1);
    let second = from(dots.next());
    let is_shared = name.len() - last == 3 && last - second <= 3 && second > 0;
    name.get(if is_shared { from(dots.next()) } else { second }..)
}

/// Whether a title is that of a page which a filter shows. That access is denied is what servers say with 403 themselves.
fn says_blocked(title: &str, status: u16) -> bool {
    const FILTERS: [&str; 5] = ["web filter", "content filter", "url filter", "web gateway", "web security"];
    let title = title.to_lowercase();
    let mut words = title.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| matches!(word, "blocked" | "captive" | "hotspot"))
        || FILTERS.iter().any(|filter| title.contains(filter))
        || status == 200 && ["access denied", "access restricted"].iter().any(|said| title.contains(said))
}

/// What stands in `<title>`.
fn title(page: &str) -> Option<&str> {
    // Lower case in ASCII alone keeps every place where it is.
    let lower = page.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower.get(begin..)?.find('>')? + 1;
    let rest = lower.get(begin..)?;
    let end = begin + rest.find('<').unwrap_or(rest.len());
    page.get(begin..end).map(str::trim).filter(|title| !title.is_empty())
}

fn kept_out(answer: &HttpAnswer) -> Failure {
    let detail = format!(
        "the platform answers and refuses this process, as the guest proxy agent does: {}",
        described(answer)
    );
    Failure::new(Phase::Request, FailureKind::GuestProxyAgent, detail)
}

fn unexpected(detail: String) -> Failure {
    Failure::new(Phase::Request, FailureKind::UnexpectedAnswer, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Via;

    const PROXY: &str = "http://10.0.0.5:3128";

    fn answer(status: u16, headers: &[(&'static str, &str)], excerpt: &str) -> HttpAnswer {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        HttpAnswer { status, headers, excerpt: excerpt.to_owned(), date: None }
    }

    fn target(authority: &str, expectation: Expectation, proxy: Option<&str>) -> Target {
        let via = proxy.map_or(Via::Direct, |proxy| Via::Proxy(proxy.parse().unwrap()));
        Target { via, ..Target::named(authority.parse().unwrap(), expectation) }
    }

    fn storage(answer: &HttpAnswer) -> Option<FailureKind> {
        judge(&target("a.example:443", Expectation::Storage, None), answer).map(|failure| failure.kind)
    }

    #[test]
    fn storage_is_known_by_its_headers_and_not_by_its_status() {
        let id = ("x-ms-request-id", "b929eb3f-7a30-4d1c-9426-35bf164b4ee6");
        for status in [200, 400, 403, 404, 409, 503] {
            let refusal = [("server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"), id];
            assert_eq!(storage(&answer(status, &refusal, "")), None, "{status}");
        }
        let of_an_emulator =
            [("server", "Azurite-Blob/3.35.0"), ("x-ms-error-code", "AuthorizationFailure"), id];
        assert_eq!(storage(&answer(403, &of_an_emulator, "")), None);
        assert_eq!(storage(&answer(403, &[("server", "x"), ("x-ms-version", "2025-11-05"), id], "")), None);
        let unexpected = Some(FailureKind::UnexpectedAnswer);
        assert_eq!(storage(&answer(403, &[id], "")), unexpected);
        assert_eq!(storage(&answer(403, &[("server", "Windows-Azure-Blob/1.0")], "")), unexpected);
        assert_eq!(storage(&answer(200, &[("server", "nginx")], "<title>Blocked</title>")), unexpected);
    }

    #[test]
    fn what_answers_instead_is_described() {
        let storage = target("a.example:443", Expectation::Storage, None);
        let page = "<!DOCTYPE html> <HTML><head><Title lang=en> Web \u{1b}[2J`Portal` </TITLE>";
        let headers = [("server", "nginx/1.22.1"), ("location", "http://portal.example")];
        let failure = judge(&storage, &answer(302, &headers, page)).unwrap();
        let expected = "this is no answer of Azure Storage: HTTP 302 by `nginx/1.22.1`, a redirect to \
                        `http://portal.example`, titled `Web \\u{1b}[2J'Portal'`";
        assert_eq!(failure.detail, expected);
        let denied =
            answer(470, &[], "Action: Deny. Reason: No rule matched. Proceeding with default action.");
        let failure = judge(&storage, &denied).unwrap();
        assert!(
            failure.detail.ends_with("; a firewall refuses in the words of Azure Firewall"),
            "{failure:?}"
        );
    }

    #[test]
    fn the_platform_lists_its_versions() {
        let judged = |expectation, status, excerpt: &str| {
            let target = target("169.254.169.254:80", expectation, None);
            judge(&target, &answer(status, &[], excerpt)).map(|failure| failure.kind)
        };
        let xml = "<?xml version=\"1.0\"?><Versions xmlns:xsi=\"x\"><Preferred><Version>2015-04-05";
        let json = "{ \"apiVersions\": [ \"2017-03-01\", ";
        assert_eq!(judged(Expectation::WireServer, 200, xml), None);
        assert_eq!(judged(Expectation::WireServer, 200, json), Some(FailureKind::UnexpectedAnswer));
        assert_eq!(judged(Expectation::WireServer, 403, ""), Some(FailureKind::GuestProxyAgent));
        assert_eq!(judged(Expectation::Metadata, 200, json), None);
        assert_eq!(judged(Expectation::Metadata, 200, xml), Some(FailureKind::UnexpectedAnswer));
        assert_eq!(judged(Expectation::Metadata, 401, "{}"), Some(FailureKind::GuestProxyAgent));
        assert_eq!(judged(Expectation::Metadata, 400, "{ \"error\": \"Bad request\" }"), None);
        assert_eq!(judged(Expectation::Metadata, 400, "<html>"), Some(FailureKind::UnexpectedAnswer));
        assert_eq!(
            judged(Expectation::Metadata, 404, "{\"message\":1}"),
            Some(FailureKind::UnexpectedAnswer)
        );
    }

    #[test]
    fn a_proxy_is_told_from_the_server_behind_it() {
        let plain = target("a.example:80", Expectation::Http, Some(PROXY));
        let kind = |answer: &HttpAnswer| judge(&plain, answer).map(|failure| failure.kind);
        let through = [("server", "Apache"), ("via", "1.1 gw (squid/5.7)"), ("x-cache", "MISS from gw")];
        assert_eq!(kind(&answer(403, &through, "")), None);
        assert_eq!(kind(&answer(503, &through, "")), None);
        let own = [("server", "squid/5.7"), ("x-squid-error", "ERR_ACCESS_DENIED 0")];
        assert_eq!(kind(&answer(403, &own, "")), Some(FailureKind::ProxyRefused));
        assert_eq!(kind(&answer(503, &own, "")), Some(FailureKind::ProxyBadGateway));
        assert_eq!(
            kind(&answer(500, &[("server", "tinyproxy/1.11.1")], "")),
            Some(FailureKind::ProxyBadGateway)
        );
        assert_eq!(kind(&answer(502, &[], "")), Some(FailureKind::ProxyBadGateway));
        assert_eq!(kind(&answer(407, &[], "")), Some(FailureKind::ProxyAuthRequired));
        // Behind a tunnel, or without a proxy, a nameless 502 is the server's own.
        let tunnelled = target("a.example:443", Expectation::Https, Some(PROXY));
        assert_eq!(judge(&tunnelled, &answer(502, &[], "")), None);
        let direct = target("a.example:80", Expectation::Http, None);
        assert_eq!(judge(&direct, &answer(502, &[], "")), None);
        let failure = judge(&direct, &answer(403, &own, "")).unwrap();
        assert!(
            failure.detail.starts_with("a proxy on the way that nothing here names refuses"),
            "{failure:?}"
        );
    }

    #[test]
    fn any_server_is_reached_by_any_answer_of_its_own() {
        let http = target("a.example:80", Expectation::Http, None);
        let reached = |status, headers: &[(&'static str, &str)], page: &str| {
            let failure = judge(&http, &answer(status, headers, page));
            failure.as_ref().is_none_or(|failure| {
                assert_eq!(failure.kind, FailureKind::UnexpectedAnswer);
                false
            })
        };
        for status in [200, 204, 301, 401, 403, 404, 500, 503, 999] {
            assert!(reached(status, &[], "<title>Sign in</title>"), "{status}");
        }
        assert!(reached(302, &[("location", "https://a.example")], ""));
        assert!(!reached(302, &[("location", "https://www.example")], ""));
        assert!(!reached(302, &[("location", "http://a.example.portal.example:8080")], ""));
        assert!(!reached(307, &[("location", "http://!")], ""));
        assert!(reached(200, &[("location", "https://www.example")], ""));
        let secured = target("a.example:443", Expectation::Https, None);
        assert_eq!(judge(&secured, &answer(302, &[("location", "https://www.example")], "")), None);
        assert!(!reached(302, &[("location", "http://10.1.1.1:8000")], ""));
        assert!(!reached(302, &[("location", "http://[fd00::1]")], ""));
        assert!(!reached(511, &[], ""));
        assert!(!reached(470, &[], "Action: Deny. Reason: No rule matched."));
        assert!(!reached(403, &[], "<title>Web Page Blocked!</title>"));
        assert!(reached(200, &[], "<title>unblockedly</title"), "a word inside another");
        assert!(!reached(200, &[], "<title>Access Denied</title>"));
        assert!(reached(403, &[], "<title>Access Denied</title>"), "as content networks say themselves");
        assert!(!reached(403, &[], "<title>Works Web Filter - Access Denied</title>"));
    }

    #[test]
    fn hosts_below_one_registered_domain_are_akin() {
        for (one, other, akin) in [
            ("crl.microsoft.com", "www.microsoft.com", true),
            ("microsoft.com", "www.microsoft.com", true),
            ("a.microsoft.com", "a.microsoft.com.example", false),
            ("a.co.uk", "b.co.uk", false),
            ("x.a.co.uk", "a.co.uk", true),
            ("portal", "portal", true),
            ("portal", "a.portal", false),
            ("a.io", "b.a.io", true),
            ("10.0.0.4", "10.0.0.4", true),
            ("10.0.0.4", "10.1.0.4", false),
        ] {
            let host = |text: &str| text.parse::<Host>().unwrap();
            assert_eq!(is_akin(&host(one), &host(other)), akin, "{one} {other}");
            assert_eq!(is_akin(&host(other), &host(one)), akin, "{other} {one}");
        }
    }

    #[test]
    fn titles_are_found_wherever_they_end() {
        for (page, found) in [
            ("<title>a</title>", Some("a")),
            ("<TITLE\tx=y>ü</title>", Some("ü")),
            ("<title>cut he", Some("cut he")),
            ("<title></title>", None),
            ("<title", None),
            ("İ<title>İ</title>", Some("İ")),
        ] {
            assert_eq!(title(page), found, "{page}");
        }
    }
}
