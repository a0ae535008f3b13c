//! Files over HTTP.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::server::{Identity, proxy};
use super::{LATER, Reply, Run, Server, china, places, program, public, update, write};

const NAME: &str = "/ServiceTags_China_20250728.json";

fn file() -> Reply {
    Reply::File(china(7, "192.0.2.64/27").into_bytes())
}

/// An answer with a status of its own.
fn raw(text: &str) -> Reply {
    Reply::Raw(text.as_bytes().to_vec())
}

#[test]
fn a_page_leads_to_the_newest_file_over_redirects() {
    let (_, cache) = places("update-page");
    let server = Server::plain(vec![
        ("/moved", Reply::Moved("/page".into())),
        (
            "/page",
            Reply::File(
                b"<!doctype html><a href=\"old/ServiceTags_China_20250721.json\">x</a>\
                <script>{\"url\":\"\\/f\\/ServiceTags_China_20250728.json?sig=s3cret\"}</script>"
                    .to_vec(),
            ),
        ),
        ("/f/ServiceTags_China_20250728.json?sig=s3cret", file()),
    ]);
    let answer = update(&cache, &[&server.url("/moved"), "--cloud", "china"]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    assert_eq!(answer.json()["from"], format!("{}?…", server.url("/f/ServiceTags_China_20250728.json")));
    assert_eq!(answer.json()["offered"]["date"], "2025-07-28");
    assert!(!format!("{answer:?}").contains("s3cret"));
    let heads = server.heads();
    assert_eq!(heads.len(), 3, "{heads:?}");
    assert!(
        heads.iter().all(|head| head.contains("user-agent: azpreflight/") && !head.contains("cookie")),
        "{heads:?}"
    );
}

#[test]
fn the_public_file_comes_over_http_too() {
    let (_, cache) = places("update-fetched");
    let name = format!("/ServiceTags_Public_{}.json", *LATER);
    let server = Server::plain(vec![(name.as_str(), Reply::File(public(401).into_bytes()))]);
    let answer = update(&cache, &[&server.url(&name)]);
    assert_eq!((answer.exit, &answer.json()["outcome"]), (0, &json!("updated")), "{answer:?}");
}

#[test]
fn a_bad_server_changes_nothing_and_is_told() {
    let (_, cache) = places("update-bad");
    let good = china(7, "192.0.2.64/27");
    let short =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", good.len(), &good[..good.len() / 2]);
    let heads = format!("HTTP/1.1 200 OK\r\n{}", "a: b\r\n".repeat(100_000));
    let packed =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{good}", good.len());
    for (reply, why) in [
        (raw(&short), "broken or cut short"),
        (raw(&heads), "broken or cut short"),
        (raw(&packed), "compressed"),
        (raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{"), "larger than"),
        (Reply::Endless, "larger than"),
        (raw("\x1b[2J\u{202e}garbage\r\n\r\n"), "broken or cut short"),
        (raw(""), "broken or cut short"),
        (raw("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno"), "status 503"),
        (raw("HTTP/1.1 304 No\r\n\r\n"), "status 304"),
        (
            Reply::File(b"<html><title>\x1b[31mSign in</title></html>".to_vec()),
            "links to no `ServiceTags_China_YYYYMMDD.json`",
        ),
        (Reply::File(b"garbage".to_vec()), "valid JSON"),
        (Reply::File(vec![0xff; 1000]), "no text"),
        (Reply::Moved("/ServiceTags_China_20250728.json".into()), "leads on more than 5 times"),
        (Reply::Moved("file:///etc/passwd".into()), "cannot be fetched"),
    ] {
        let server = Server::plain(vec![(NAME, reply)]);
        let answer = update(&cache, &[&server.url(NAME), "--cloud", "china", "--timeout", "60000"]);
        assert_eq!((answer.exit, answer.stdout.as_str()), (2, ""), "{why}: {answer:?}");
        let message = answer.error()["message"].as_str().expect("a message").to_owned();
        assert!(message.contains(why), "{why}: {message}");
        assert!(!answer.stderr.contains(['\x1b', '\u{202e}']), "{answer:?}");
        assert!(!cache.exists(), "{why}");
    }
}

#[test]
fn a_page_that_leads_to_a_page_is_no_file() {
    let (_, cache) = places("update-pages");
    let page = format!("<html><a href='{NAME}'>");
    let server = Server::plain(vec![("/", Reply::File(page.into_bytes()))]);
    let answer = update(&cache, &[&server.url("/page"), "--cloud", "china"]);
    assert!(answer.exit == 2 && answer.stderr.contains("it is a page"), "{answer:?}");
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn a_slow_server_is_not_waited_for_longer_than_said() {
    let (_, cache) = places("update-slow");
    let server = Server::plain(vec![("/", Reply::Slow)]);
    let begun = Instant::now();
    let answer = update(&cache, &[&server.url(NAME), "--timeout", "300"]);
    assert!(answer.exit == 2 && answer.stderr.contains("not done within 0.3 s"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

#[test]
fn nobody_there_and_addresses_that_are_none_are_told() {
    let (_, cache) = places("update-nobody");
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    for (from, why) in [
        (format!("http://127.0.0.1:{port}/x"), "cannot connect to 127.0.0.1"),
        ("ftp://127.0.0.1/x".into(), "only addresses that begin with"),
        ("http://kim:s3cret@127.0.0.1/x".into(), "name or password"),
    ] {
        let answer = update(&cache, &[&from]);
        assert!(answer.exit == 2 && answer.stderr.contains(why), "{answer:?}");
        assert!(!answer.stderr.contains("s3cret"), "{answer:?}");
    }
}

/// Runs an update with an authority that this machine is told to trust, and proxies.
fn trusting(cache: &Path, authority: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = program(&[&["tags", "update", "--format", "json", "--from"], arguments].concat());
    command.env("AZPREFLIGHT_CACHE", cache).env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY"]
    {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied()).output().expect("the program runs").into()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "trusted roots stand in no file that a test could name")]
fn https_is_trusted_as_this_machine_trusts_and_never_left() {
    let (folder, cache) = places("update-tls");
    let (identity, pem) = Identity::new();
    let authority = write(&folder, "authority.pem", pem);
    let stranger = write(&folder, "stranger.pem", Identity::new().1);
    let plain = Server::plain(vec![("/", file())]);
    let link = format!("<html><a href='{}'>", plain.url(NAME));
    let server = Server::secure(
        vec![
            (NAME, file()),
            ("/away", Reply::Moved(plain.url(NAME))),
            ("/page", Reply::File(link.into_bytes())),
        ],
        &identity,
    );
    let fetch = |authority: &str, path: &str| {
        trusting(&cache, authority, &[&server.url(path), "--cloud", "china"], &[])
    };
    let untrusted = fetch(&stranger, NAME);
    assert!(
        untrusted.exit == 2 && untrusted.stderr.contains("no secure connection to 127.0.0.1"),
        "{untrusted:?}"
    );
    for path in ["/away", "/page"] {
        let answer = fetch(&authority, path);
        assert!(answer.exit == 2 && answer.stderr.contains("address without TLS"), "{answer:?}");
    }
    assert!(plain.heads().is_empty() && !cache.exists());
    let trusted = fetch(&authority, NAME);
    assert_eq!((trusted.exit, &trusted.json()["outcome"]), (0, &json!("updated")), "{trusted:?}");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "trusted roots stand in no file that a test could name")]
fn a_proxy_is_asked_for_a_tunnel_and_its_password_shown_to_nobody_else() {
    let (folder, cache) = places("update-proxy");
    let (identity, pem) = Identity::new();
    let authority = write(&folder, "authority.pem", pem);
    let server = Server::secure(vec![(NAME, file())], &identity);
    let proxy = proxy("Basic a2ltOnMzY3JldA==");
    let with = |user: &str| proxy.url("").replace("http://", &format!("http://{user}"));
    let from = server.url(NAME);
    let refused = trusting(&cache, &authority, &[&from], &[("https_proxy", &with("kim:wr0ng@"))]);
    assert!(refused.exit == 2 && refused.stderr.contains("407"), "{refused:?}");
    assert!(!refused.stderr.contains("wr0ng") && server.heads().is_empty(), "{refused:?}");
    let reached = trusting(&cache, &authority, &[&from], &[("https_proxy", &with("kim:s3cret@"))]);
    assert_eq!(reached.exit, 0, "{reached:?}");
    assert!(!format!("{reached:?}").contains("s3cret"));
    let heads = proxy.heads();
    assert!(heads.iter().all(|head| head.starts_with("CONNECT 127.0.0.1:")), "{heads:?}");
    assert!(server.heads().iter().all(|head| !head.contains("authorization")), "{:?}", server.heads());
    for typed in [with("kim:s3cret@"), "socks5://kim:s3cret@127.0.0.1:1".into()] {
        let typed = trusting(&cache, &authority, &[&from, "--proxy", &typed], &[]);
        assert!(typed.exit == 2 && !typed.stderr.contains("s3cret"), "{typed:?}");
    }
    let apart = [("AZPREFLIGHT_PROXY_USER", "kim"), ("AZPREFLIGHT_PROXY_PASSWORD", "s3cret")];
    assert_eq!(trusting(&cache, &authority, &[&from, "--proxy", &proxy.url("")], &apart).exit, 0);
    let exempt = [("https_proxy", "http://127.0.0.1:1"), ("no_proxy", "127.0.0.1")];
    assert_eq!(trusting(&cache, &authority, &[&from], &exempt).exit, 0);
    assert!(fs::read_dir(&cache).is_ok());
}

#[test]
fn plain_http_asks_the_proxy_for_the_whole_address() {
    let (_, cache) = places("update-plain-proxy");
    let proxy = Server::plain(vec![(NAME, file())]);
    let from = format!("http://tags.example{NAME}?sig=x");
    let answer = update(&cache, &[&from, "--proxy", &proxy.url("")]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    let heads = proxy.heads();
    assert!(heads[0].starts_with(&format!("GET {from} HTTP/1.1\r\nhost: tags.example\r\n")), "{heads:?}");
}
