//! Far ends that speak no TLS, stop in the middle of it, or want to be remembered for something else.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use azpreflight::probe::{Expectation, FailureKind, Phase};
use rcgen::DnType;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};

use super::pki::{Authority, Shown, leaf};
use super::server::{config, raw, secured, serve};
use super::{failure, kind, probed, tls, within};

/// Reads the first message of the handshake, says this, and closes.
fn says(words: &'static [u8]) -> SocketAddr {
    raw(move |mut stream| {
        hear(&mut stream);
        let _ = stream.write_all(words);
    })
}

fn hear(stream: &mut TcpStream) {
    let mut hello = [0; 4096];
    let _ = stream.read(&mut hello);
}

#[test]
fn what_answers_instead_of_tls_is_told() {
    for (words, told) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\nThis is not TLS"[..], "plain HTTP"),
        (b"<html>blocked", "a page without a head, `<html>blocked`"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH banner"),
        (b"220 mail.example ESMTP\r\n", "`220 mail.example ESMTP"),
        (b"\x1b]0;gone\x07\x00\xff", "`\\u{1b}]0;gone\\u{7}\\0\u{fffd}`"),
        (b"x", "`x`"),
    ] {
        let observation = probed(says(words), Expectation::Tls);
        let failure = failure(&observation);
        assert_eq!(failure.kind, FailureKind::UnexpectedAnswer, "{}", failure.detail);
        assert!(failure.detail.contains(told), "{}", failure.detail);
    }
}

#[test]
fn a_close_and_a_reset_are_resets() {
    let closed = probed(says(b""), Expectation::Tls);
    assert_eq!(kind(&closed), FailureKind::Reset);
    assert!(
        failure(&closed).detail.contains("closed after the first message"),
        "{}",
        failure(&closed).detail
    );
    // Closing with data unread sends a reset.
    let cut = probed(raw(drop), Expectation::Tls);
    assert_eq!(kind(&cut), FailureKind::Reset);
    let midway = probed(says(b"\x16\x03\x03\x00\x7a\x02\x00"), Expectation::Tls);
    assert_eq!(kind(&midway), FailureKind::Reset);
    assert!(failure(&midway).detail.contains("during the handshake"), "{}", failure(&midway).detail);
}

#[test]
fn alerts_are_told_by_name() {
    // RFC 8446, 6: level fatal, then the description.
    for (alert, kind, word) in [
        (&b"\x15\x03\x01\x00\x02\x02\x46"[..], FailureKind::TlsVersion, "protocol_version"),
        (b"\x15\x03\x03\x00\x02\x02\x28", FailureKind::TlsVersion, "handshake_failure"),
        (b"\x15\x03\x03\x00\x02\x02\x70", FailureKind::UnexpectedAnswer, "unrecognised_name"),
        (b"\x15\x03\x03\x00\x02\x02\x31", FailureKind::UnexpectedAnswer, "access_denied"),
        (b"\x15\x03\x03\x00\x02\x02\xee", FailureKind::UnexpectedAnswer, "alert"),
    ] {
        let observation = probed(says(alert), Expectation::Tls);
        assert_eq!(failure(&observation).kind, kind, "{}", failure(&observation).detail);
        assert!(failure(&observation).detail.contains(word), "{}", failure(&observation).detail);
    }
}

#[test]
fn records_that_are_no_handshake_are_told_as_unsound() {
    for words in [
        &b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"[..],
        b"\x16\x03\x03\x00\x00",
        b"\x17\x03\x03\x00\x01x",
        b"\x16\x03\x03\xff\xff",
        b"\x14\x03\x03\x00\x01\x01\x14\x03\x03\x00\x01\x01\x14\x03\x03\x00\x01\x01",
    ] {
        let observation = probed(says(words), Expectation::Tls);
        let kind = kind(&observation);
        assert!(matches!(kind, FailureKind::UnexpectedAnswer | FailureKind::TlsVersion), "{words:?}: {kind}");
    }
}

#[test]
fn an_endless_handshake_is_given_up() {
    // A record a time, each the beginning of a message of 16 MiB that never ends.
    let endless = raw(|mut stream| {
        let mut record = vec![0x16, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff];
        record.resize(5 + 0x4000, 0);
        while stream.write_all(&record).is_ok() {}
    });
    let begun = Instant::now();
    assert_eq!(kind(&probed(endless, Expectation::Tls)), FailureKind::UnexpectedAnswer);
    let warnings = raw(|mut stream| while stream.write_all(b"\x15\x03\x03\x00\x02\x01\x5a").is_ok() {});
    assert_eq!(kind(&probed(warnings, Expectation::Tls)), FailureKind::UnexpectedAnswer);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn silence_ends_with_the_deadline() {
    let silent = raw(std::mem::forget);
    let observation = within(Duration::from_millis(300), silent, Expectation::Tls);
    assert_eq!(kind(&observation), FailureKind::TimedOut);
}

#[test]
fn drops_of_a_handshake_end_with_the_deadline() {
    let dripping = raw(|mut stream| {
        std::thread::spawn(move || {
            for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xff".iter().chain(std::iter::repeat(&0)) {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
    });
    let begun = Instant::now();
    let observation = within(Duration::from_millis(400), dripping, Expectation::Tls);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(matches!(kind(&observation), FailureKind::TimedOut | FailureKind::UnexpectedAnswer));
}

#[test]
fn hostile_names_are_cut_and_never_reach_a_terminal_as_they_are() {
    let mut params = leaf(&["127.0.0.1"], (2020, 2045));
    params.distinguished_name.push(DnType::CommonName, "\u{1b}[2J\r\nHTTP/1.1 200 OK\u{202e}\0");
    params.distinguished_name.push(DnType::OrganizationName, "long ".repeat(2000));
    let root = Authority::root("\u{1b}]0;root\u{7},O=DigiCert\\");
    let observation = probed(serve(root.issue(&params)), Expectation::Tls);
    let detail = &failure(&observation).detail;
    assert!(detail.contains("`CN=\\u{1b}]0;root\\u{7},O=DigiCert\\\\, O=Works"), "{detail}");
    let certificate = &tls(&observation).certificate;
    assert!(certificate.subject.chars().count() <= 161, "{}", certificate.subject.len());
    assert!(certificate.subject.ends_with('…'));
}

#[test]
fn a_long_chain_is_read_and_a_huge_one_given_up() {
    let root = Authority::root("Root");
    let others: Vec<Authority> = (0..60).map(|n| root.below(&format!("Idle {n}"), (2020, 2045))).collect();
    let idle: Vec<&Authority> = others.iter().collect();
    let long = probed(serve(root.server(&["127.0.0.1"]).with(&idle)), Expectation::Tls);
    assert_eq!(kind(&long), FailureKind::CertificateUntrusted);
    let mut huge = root.server(&["127.0.0.1"]);
    let other = root.certificate.der().clone();
    huge.chain.extend(std::iter::repeat_n(other, 400));
    let observation = probed(serve(huge), Expectation::Tls);
    assert_eq!(kind(&observation), FailureKind::UnexpectedAnswer, "{}", failure(&observation).detail);
}

#[test]
fn certificates_that_cannot_be_read_are_no_answer() {
    let root = Authority::root("Root");
    for (version, bytes) in
        [(&TLS12, &b"no certificate"[..]), (&TLS13, b"\x30\x82\xff\xff"), (&TLS13, b"\x00")]
    {
        let key = root.server(&["127.0.0.1"]).key;
        let shown = Shown { chain: vec![CertificateDer::from(bytes.to_vec())], key };
        let at = secured(config(shown, &[version]), |_| ());
        let observation = probed(at, Expectation::Tls);
        assert_eq!(kind(&observation), FailureKind::UnexpectedAnswer, "{}", failure(&observation).detail);
        assert!(failure(&observation).detail.contains("cannot be read"), "{}", failure(&observation).detail);
    }
}

#[test]
fn the_key_has_to_be_the_certificates_own() {
    let root = Authority::root("Root");
    let stolen = Shown { chain: root.server(&["127.0.0.1"]).chain, key: root.server(&["127.0.0.1"]).key };
    let observation = probed(secured(config(stolen, &[&TLS13]), |_| ()), Expectation::Tls);
    assert_eq!(kind(&observation), FailureKind::UnexpectedAnswer);
    assert!(failure(&observation).detail.contains("does not prove"), "{}", failure(&observation).detail);
}

#[test]
fn the_phase_before_is_not_blamed_on_tls() {
    let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let observation = probed(at, Expectation::Tls);
    assert_eq!(observation.failure.unwrap().phase, Phase::Connect);
}
