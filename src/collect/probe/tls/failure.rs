//! How a handshake fails, in the words of probing.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::probe::{Failure, FailureKind, Phase, foreign};

/// The kind of a record that is an alert. RFC 8446, 5.1.
const ALERT: u8 = 21;

/// What this error of a handshake means, given the first bytes that came.
pub(super) fn of(error: &io::Error, head: &[u8]) -> Failure {
    let (kind, detail) = match looks_like(head) {
        Some(what) => (FailureKind::UnexpectedAnswer, format!("no TLS is spoken there: {what}")),
        None => match tls_error(error) {
            Some(error) => of_tls(error, head),
            None => of_connection(error, head),
        },
    };
    Failure::new(Phase::Tls, kind, detail)
}

/// What speaks there instead of TLS, by its first bytes; `None` for TLS and for nothing at all.
fn looks_like(head: &[u8]) -> Option<String> {
    // RFC 8446, 5.1: change_cipher_spec 20, alert 21, handshake 22, application_data 23; then the major version.
    let first = *head.first()?;
    if matches!(first, 20..=23) && head.get(1).is_none_or(|major| *major == 3) {
        return None;
    }
    if head.starts_with(b"HTTP/") {
        return Some("it answers with plain HTTP".to_owned());
    }
    Some(format!("it answers with {}", foreign::looks_like(head)))
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref::<Error>()
}

fn of_tls(error: &Error, head: &[u8]) -> (FailureKind, String) {
    match error {
        Error::PeerIncompatible(_) => {
            let detail = format!(
                "the server speaks no version, cipher or kind of key of TLS 1.2 or 1.3 that is taken here: {error}"
            );
            (FailureKind::TlsVersion, detail)
        }
        Error::AlertReceived(alert) => of_alert(*alert, head),
        Error::InvalidCertificate(CertificateError::BadSignature) => {
            let detail = "the server does not prove that it holds the key of its certificate, or that key is too short";
            (FailureKind::UnexpectedAnswer, detail.to_owned())
        }
        Error::InvalidCertificate(_) | Error::NoCertificatesPresented => {
            (FailureKind::UnexpectedAnswer, format!("the certificate that was shown cannot be read: {error}"))
        }
        _ => (FailureKind::UnexpectedAnswer, format!("the answer is no sound TLS: {error}")),
    }
}

/// RFC 8446, 6.2, says when each is sent. One that comes first refuses what was offered; one that comes after the server
/// has chosen refuses something else.
fn of_alert(alert: AlertDescription, head: &[u8]) -> (FailureKind, String) {
    let is_first = head.first() == Some(&ALERT);
    let about_versions = matches!(
        alert,
        AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
    );
    let detail = format!("the server refuses the handshake with the alert {}", words(&format!("{alert:?}")));
    if about_versions && is_first {
        let detail =
            format!("{detail}: it and this program have no version, cipher or kind of key in common");
        (FailureKind::TlsVersion, detail)
    } else if !is_first {
        let detail = format!(
            "{detail}, after a version was agreed on, as one that demands a certificate of its clients"
        );
        (FailureKind::UnexpectedAnswer, detail)
    } else if alert == AlertDescription::UnrecognisedName {
        (FailureKind::UnexpectedAnswer, format!("{detail}: it does not know the name that was asked for"))
    } else {
        (FailureKind::UnexpectedAnswer, detail)
    }
}

/// `handshake_failure` of `HandshakeFailure`.
fn words(camel: &str) -> String {
    let mut words = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn of_connection(error: &io::Error, head: &[u8]) -> (FailureKind, String) {
    use io::ErrorKind;
    let when =
        if head.is_empty() { "after the first message of the handshake" } else { "during the handshake" };
    let cut = |how: &str| {
        format!("the connection was {how} {when}, as by a firewall that filters by the name asked for (SNI)")
    };
    match error.kind() {
        ErrorKind::UnexpectedEof => (FailureKind::Reset, cut("closed")),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            (FailureKind::Reset, cut("reset"))
        }
        ErrorKind::TimedOut => (FailureKind::TimedOut, format!("the connection went silent {when}")),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            (FailureKind::Unreachable, format!("the network gave the connection up {when}: {error}"))
        }
        ErrorKind::Other => (FailureKind::UnexpectedAnswer, error.to_string()),
        _ => (FailureKind::Reset, format!("the connection failed {when}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use rustls::{InvalidMessage, PeerIncompatible};

    use super::*;

    fn kind(error: Error, head: &[u8]) -> FailureKind {
        of(&io::Error::new(io::ErrorKind::InvalidData, error), head).kind
    }

    #[test]
    fn versions_and_ciphers_are_told_from_other_refusals() {
        let alert = |alert| kind(Error::AlertReceived(alert), b"\x15\x03\x01");
        assert_eq!(alert(AlertDescription::ProtocolVersion), FailureKind::TlsVersion);
        assert_eq!(alert(AlertDescription::InsufficientSecurity), FailureKind::TlsVersion);
        assert_eq!(alert(AlertDescription::AccessDenied), FailureKind::UnexpectedAnswer);
        let old = Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13);
        assert_eq!(kind(old, b"\x16\x03\x01"), FailureKind::TlsVersion);
        let (_, detail) = of_alert(AlertDescription::UnrecognisedName, b"\x15\x03\x01");
        assert!(detail.contains("alert unrecognised_name: it does not know"), "{detail}");
        let late = kind(Error::AlertReceived(AlertDescription::HandshakeFailure), b"\x16\x03\x03");
        assert_eq!(late, FailureKind::UnexpectedAnswer);
    }

    #[test]
    fn what_speaks_instead_of_tls_is_named() {
        let broken = || Error::InvalidMessage(InvalidMessage::InvalidContentType);
        for (head, word) in [
            (&b"HTTP/1.1 400 Bad Request"[..], "plain HTTP"),
            (b"<html>", "a page without a head"),
            (b"SSH-2.0-x", "SSH"),
            (b"\x1b[31mred", "`\\u{1b}[31mred`"),
            (b"\x16HTT", "HTT`"),
        ] {
            let failure = of(&io::Error::new(io::ErrorKind::InvalidData, broken()), head);
            assert_eq!(failure.kind, FailureKind::UnexpectedAnswer);
            assert!(failure.detail.contains(word), "{}", failure.detail);
        }
        assert_eq!(looks_like(b"\x15\x03"), None);
        assert_eq!(looks_like(b""), None);
    }

    #[test]
    fn a_cut_connection_is_a_reset() {
        for (error, kind) in [
            (io::ErrorKind::UnexpectedEof, FailureKind::Reset),
            (io::ErrorKind::ConnectionReset, FailureKind::Reset),
            (io::ErrorKind::TimedOut, FailureKind::TimedOut),
            (io::ErrorKind::HostUnreachable, FailureKind::Unreachable),
        ] {
            assert_eq!(of(&error.into(), b"").kind, kind, "{error}");
        }
        assert!(of(&io::ErrorKind::UnexpectedEof.into(), b"").detail.contains("SNI"));
    }
}
