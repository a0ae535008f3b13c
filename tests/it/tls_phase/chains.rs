//! What this machine trusts: each in a process of its own, told by `SSL_CERT_FILE`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use azpreflight::probe::{Expectation, FailureKind, Observation, Outcome, Trust, Validity};

use super::pki::{Authority, own_authority};
use super::server::{serve, serve_dated};
use super::{failure, kind, probed, probed_as, tls};

/// The file that this process takes for the list of trusted roots; `None` where it is not the child of a test.
fn child_file() -> Option<PathBuf> {
    std::env::var_os("AZPREFLIGHT_TEST_ROOTS").map(PathBuf::from)
}

/// Runs this very test, by its whole name, in a process whose trusted roots stand in a file of their own. What it gives to
/// the function it is handed is written there; nothing is, and there are no roots.
pub(crate) fn in_a_process_of_its_own(test: &str, body: impl FnOnce(&mut dyn FnMut(&str))) {
    if let Some(file) = child_file() {
        return body(&mut |pem| fs::write(&file, pem).unwrap());
    }
    let name = format!("roots-{}-{}.pem", test.replace("::", "-"), std::process::id());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&file);
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--include-ignored", "--nocapture"])
        .env("AZPREFLIGHT_TEST_ROOTS", &file)
        .env("SSL_CERT_FILE", &file)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let _ = fs::remove_file(&file);
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{told}{complaint}");
}

fn reached(observation: &Observation) {
    assert_eq!(observation.outcome, Outcome::Reached, "{:?}", observation.failure);
}

#[test]
#[cfg_attr(windows, ignore = "the roots that Windows trusts stand in no file that a test could name")]
fn an_authority_of_this_machine() {
    in_a_process_of_its_own("tls_phase::chains::an_authority_of_this_machine", |trust| {
        let root = Authority::root("Works Root");
        trust(&root.certificate.pem());
        let observation = probed(serve(root.server(&["127.0.0.1"])), Expectation::Tls);
        reached(&observation);
        assert_eq!(tls(&observation).trust, Trust::HostOnly);
        assert!(
            observation.notes.iter().any(|note| note.contains("CN=Works Root")),
            "{:?}",
            observation.notes
        );

        let host = "account.blob.core.windows.net";
        let intercepted = probed_as(host, serve(root.server(&[host])), Expectation::Tls);
        assert_eq!(kind(&intercepted), FailureKind::TlsIntercepted);
        assert!(
            failure(&intercepted).detail.contains("this machine trusts it"),
            "{}",
            failure(&intercepted).detail
        );

        let other = probed_as(
            "backup.example",
            serve(root.server(&["other.example", "*.example.com"])),
            Expectation::Tls,
        );
        assert_eq!(kind(&other), FailureKind::NameMismatch);
        assert!(
            failure(&other).detail.contains("`other.example`, `*.example.com`"),
            "{}",
            failure(&other).detail
        );
        let wild = probed_as("backup.example.com", serve(root.server(&["*.example.com"])), Expectation::Tls);
        reached(&wild);
        assert_eq!(
            kind(&probed(serve(root.server(&["127.0.0.2"])), Expectation::Tls)),
            FailureKind::NameMismatch
        );
        assert_eq!(kind(&probed(serve(root.server(&[])), Expectation::Tls)), FailureKind::NameMismatch);
    });
}

#[test]
#[cfg_attr(windows, ignore = "the roots that Windows trusts stand in no file that a test could name")]
fn certificates_out_of_date() {
    in_a_process_of_its_own("tls_phase::chains::certificates_out_of_date", |trust| {
        let root = Authority::root("Works Root");
        trust(&root.certificate.pem());
        for (years, validity, word) in
            [((2001, 2002), Validity::Expired, "any more"), ((2090, 2091), Validity::NotYet, "yet")]
        {
            let observation = probed(serve(root.server_in(&["127.0.0.1"], years)), Expectation::Tls);
            assert_eq!(kind(&observation), FailureKind::CertificateExpired);
            assert!(failure(&observation).detail.contains(word), "{}", failure(&observation).detail);
            assert_eq!((tls(&observation).trust, tls(&observation).validity), (Trust::HostOnly, validity));
        }
        let below = root.below("Old Issuer", (2001, 2002));
        let long = below.server_in(&["127.0.0.1"], (2001, 2045)).with(&[&below]);
        let observation = probed(serve(long), Expectation::Tls);
        assert_eq!(kind(&observation), FailureKind::CertificateExpired, "{}", failure(&observation).detail);
        assert_eq!(tls(&observation).trust, Trust::HostOnly);
    });
}

#[test]
#[cfg_attr(windows, ignore = "the roots that Windows trusts stand in no file that a test could name")]
fn the_clock_is_told_from_the_certificate() {
    in_a_process_of_its_own("tls_phase::chains::the_clock_is_told_from_the_certificate", |trust| {
        let root = Authority::root("Works Root");
        trust(&root.certificate.pem());
        let expired = || root.server_in(&["127.0.0.1"], (2001, 2002));
        let there = serve_dated(expired(), "Fri, 01 Jun 2001 00:00:00 GMT");
        let skewed = probed(there, Expectation::Https);
        assert_eq!(kind(&skewed), FailureKind::ClockSkew);
        assert!(
            failure(&skewed).detail.contains("days ahead of the server's"),
            "{}",
            failure(&skewed).detail
        );
        let now = serve_dated(expired(), "Sun, 01 Feb 2026 00:00:00 GMT");
        assert_eq!(kind(&probed(now, Expectation::Https)), FailureKind::CertificateExpired);
    });
}

#[test]
#[cfg_attr(windows, ignore = "the roots that Windows trusts stand in no file that a test could name")]
fn chains_in_any_order() {
    in_a_process_of_its_own("tls_phase::chains::chains_in_any_order", |trust| {
        let root = Authority::root("Works Root");
        trust(&root.certificate.pem());
        let upper = root.below("Upper", (2020, 2045));
        let lower = upper.below("Lower", (2020, 2045));
        let stranger = Authority::root("Stranger");
        for others in [
            &[&lower, &upper][..],
            &[&upper, &lower],
            &[&stranger, &upper, &root, &lower],
            &[&lower, &lower, &upper, &upper],
        ] {
            let observation = probed(serve(lower.server(&["127.0.0.1"]).with(others)), Expectation::Tls);
            reached(&observation);
            let names: Vec<_> =
                tls(&observation).issuers.iter().map(|name| name.split(',').next().unwrap()).collect();
            assert_eq!(names, ["CN=Lower", "CN=Upper", "CN=Works Root"]);
        }
        let broken = probed(serve(lower.server(&["127.0.0.1"]).with(&[&lower])), Expectation::Tls);
        assert_eq!(kind(&broken), FailureKind::CertificateUntrusted);
        assert!(failure(&broken).detail.contains("CN=Upper"), "{}", failure(&broken).detail);
    });
}

#[test]
#[cfg_attr(windows, ignore = "the roots that Windows trusts stand in no file that a test could name")]
fn a_certificate_that_vouches_for_itself() {
    in_a_process_of_its_own("tls_phase::chains::a_certificate_that_vouches_for_itself", |trust| {
        let (known, pem) = own_authority(&["127.0.0.1"]);
        trust(&pem);
        reached(&probed(serve(known), Expectation::Tls));
        let (unknown, _) = own_authority(&["127.0.0.1"]);
        let observation = probed(serve(unknown), Expectation::Tls);
        assert_eq!(kind(&observation), FailureKind::CertificateUntrusted);
        assert!(failure(&observation).detail.contains("itself"), "{}", failure(&observation).detail);
    });
}

#[test]
#[cfg_attr(windows, ignore = "the roots that Windows trusts stand in no file that a test could name")]
fn a_machine_without_any_root() {
    in_a_process_of_its_own("tls_phase::chains::a_machine_without_any_root", |_| {
        let root = Authority::root("Works Root");
        let observation = probed(serve(root.server(&["127.0.0.1"])), Expectation::Tls);
        assert_eq!(kind(&observation), FailureKind::CertificateUntrusted);
        assert_eq!(tls(&observation).trust, Trust::Unknown);
        assert!(
            failure(&observation).detail.contains("no list of trusted roots"),
            "{}",
            failure(&observation).detail
        );
    });
}
