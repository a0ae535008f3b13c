//! Certificates that lead to no root this machine trusts, and servers that speak TLS in their own way.

use azpreflight::probe::{Expectation, FailureKind, Trust, Validity};
use rustls::version::{TLS12, TLS13};

use super::pki::Authority;
use super::server::{serve, serve_only};
use super::{failure, kind, probed, probed_as, tls};

#[test]
fn an_unknown_authority_is_named_and_the_rest_is_told_as_well() {
    let root = Authority::root("Unknown Root");
    let observation = probed(serve(root.server(&["127.0.0.1", "backup.example"])), Expectation::Tls);
    let failure = failure(&observation);
    assert_eq!(failure.kind, FailureKind::CertificateUntrusted);
    assert!(failure.detail.contains("`CN=Unknown Root, O=Works, Ltd`"), "{}", failure.detail);
    let tls = tls(&observation);
    assert_eq!((tls.trust, tls.validity, tls.name_matches), (Trust::Nobody, Validity::Valid, true));
    assert_eq!(tls.certificate.subject, "CN=the server");
    assert_eq!(tls.certificate.names, ["127.0.0.1", "backup.example"]);
    assert_eq!(tls.certificate.not_before, 1_577_836_800);
    assert_eq!(tls.issuers, ["CN=Unknown Root, O=Works, Ltd"]);
    assert!(observation.phases.tls.is_some());
}

#[test]
fn a_service_of_azure_with_an_unknown_certificate_is_intercepted() {
    let root = Authority::root("Box");
    let host = "account.blob.core.windows.net";
    let observation = probed_as(host, serve(root.server(&["*.blob.core.windows.net"])), Expectation::Tls);
    let failure = failure(&observation);
    assert_eq!(failure.kind, FailureKind::TlsIntercepted);
    assert!(failure.detail.contains("`CN=Box,"), "{}", failure.detail);
    assert!(failure.detail.contains("does not trust it either"), "{}", failure.detail);
    assert!(tls(&observation).name_matches);
}

#[test]
fn both_versions_are_spoken_and_told() {
    let root = Authority::root("Root");
    for (version, told) in [(&TLS12, "1.2"), (&TLS13, "1.3")] {
        let observation = probed(serve_only(root.server(&["127.0.0.1"]), version), Expectation::Tls);
        assert_eq!(tls(&observation).version, told);
        assert_eq!(kind(&observation), FailureKind::CertificateUntrusted);
    }
}

#[test]
fn dates_and_names_are_told_even_where_trust_fails_first() {
    let root = Authority::root("Root");
    for (years, validity) in [((2001, 2002), Validity::Expired), ((2090, 2091), Validity::NotYet)] {
        let observation = probed(serve(root.server_in(&["127.0.0.2"], years)), Expectation::Tls);
        assert_eq!(kind(&observation), FailureKind::CertificateUntrusted);
        assert_eq!((tls(&observation).validity, tls(&observation).name_matches), (validity, false));
    }
}
