//! The TLS phase beside OpenSSL: as the server, in every version and with every kind of key, and as the second opinion on
//! what a certificate is worth.

mod openssl;

use std::net::SocketAddr;

use azpreflight::azure::platform;
use azpreflight::probe::{Expectation, FailureKind, Observation, Outcome, Phase};
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, NameConstraints};

use crate::tls_phase::chains::in_a_process_of_its_own;
use crate::tls_phase::pki::{Authority, Shown, leaf, own_authority};
use crate::tls_phase::server::serve;
use crate::tls_phase::{probed, probed_as};
use openssl::{Server, approves, key_and_certificate, sha1_of};

/// The only kind of failure of the TLS phase, or that there is none.
fn verdict(observation: &Observation) -> Option<FailureKind> {
    if observation.outcome == Outcome::Reached {
        return None;
    }
    let failure = observation.failure.as_ref().unwrap();
    assert_eq!(failure.phase, Phase::Tls, "{}", failure.detail);
    Some(failure.kind)
}

fn detail(observation: &Observation) -> &str {
    observation.failure.as_ref().map_or("", |failure| failure.detail.as_str())
}

#[test]
#[ignore = "needs openssl: tests/run.sh --real"]
fn real_openssl_servers_of_every_version() {
    let files = key_and_certificate("versions", &["-newkey", "rsa:2048"]);
    let weak = "ALL:@SECLEVEL=0";
    for (arguments, kind, version) in [
        (&["-tls1", "-cipher", weak][..], FailureKind::TlsVersion, None),
        (&["-tls1_1", "-cipher", weak], FailureKind::TlsVersion, None),
        (&["-tls1_2", "-cipher", "AES256-SHA"], FailureKind::TlsVersion, None),
        (&["-tls1_2", "-cipher", "DHE-RSA-AES256-SHA"], FailureKind::TlsVersion, None),
        (&["-tls1_2"], FailureKind::CertificateUntrusted, Some("1.2")),
        (&["-tls1_3"], FailureKind::CertificateUntrusted, Some("1.3")),
        (&[], FailureKind::CertificateUntrusted, Some("1.3")),
        (&["-groups", "P-521:P-384"], FailureKind::CertificateUntrusted, Some("1.3")),
        (&["-tls1_2", "-Verify", "2"], FailureKind::UnexpectedAnswer, None),
    ] {
        let server = Server::start(&files, arguments);
        let observation = probed(server.at, Expectation::Tls);
        assert_eq!(verdict(&observation), Some(kind), "{arguments:?}: {}", detail(&observation));
        assert_eq!(observation.tls.as_ref().map(|tls| tls.version), version, "{arguments:?}");
    }
}

#[test]
#[ignore = "needs openssl: tests/run.sh --real"]
fn real_openssl_servers_with_every_kind_of_key() {
    for (kind, name) in [
        (&["-newkey", "rsa:2048"][..], "rsa2048"),
        (&["-newkey", "rsa:4096"], "rsa4096"),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "p256"),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "p384"),
        (&["-newkey", "ed25519"], "ed25519"),
    ] {
        let server = Server::start(&key_and_certificate(name, kind), &[]);
        let observation = probed(server.at, Expectation::Tls);
        let found = verdict(&observation);
        assert_eq!(found, Some(FailureKind::CertificateUntrusted), "{name}: {}", detail(&observation));
    }
    // Keys that are no longer taken: told as what they are, not as a certificate that is fine.
    let short = Server::start(
        &key_and_certificate("rsa1024", &["-newkey", "rsa:1024"]),
        &["-cipher", "ALL:@SECLEVEL=0"],
    );
    let observation = probed(short.at, Expectation::Tls);
    assert_eq!(verdict(&observation), Some(FailureKind::UnexpectedAnswer), "{}", detail(&observation));
    assert!(detail(&observation).contains("too short"), "{}", detail(&observation));
    for (kind, name) in [
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"][..], "p521"),
        (&["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"], "pss"),
    ] {
        let observation = probed(Server::start(&key_and_certificate(name, kind), &[]).at, Expectation::Tls);
        assert_eq!(verdict(&observation), Some(FailureKind::TlsVersion), "{name}: {}", detail(&observation));
        assert!(detail(&observation).contains("kind of key"), "{}", detail(&observation));
    }
}

/// One server, the name it is asked for, and what is to come of it.
struct Case {
    what: &'static str,
    shown: Shown,
    host: &'static str,
    expected: Option<FailureKind>,
}

#[test]
#[ignore = "needs openssl: tests/run.sh --real"]
fn real_openssl_judges_alike() {
    in_a_process_of_its_own("real_tls::real_openssl_judges_alike", |trust| {
        let root = Authority::root("Works Root");
        let (own, own_pem) = own_authority(&["127.0.0.1"]);
        trust(&(root.certificate.pem() + &own_pem));
        let mut cases = usual(&root);
        cases.extend(unusual(&root));
        cases.push(Case { what: "vouches for itself", shown: own, host: "127.0.0.1", expected: None });
        for case in cases {
            let at = serve(case.shown);
            let ours = one(case.host, at);
            assert_eq!(verdict(&ours), case.expected, "{}: {}", case.what, detail(&ours));
            let theirs = approves(at, case.host);
            assert_eq!(theirs, case.expected.is_none(), "{}: openssl differs; {}", case.what, detail(&ours));
        }
    });
}

fn one(host: &str, at: SocketAddr) -> Observation {
    match host.parse::<std::net::IpAddr>() {
        Ok(_) => probed(at, Expectation::Tls),
        Err(_) => probed_as(host, at, Expectation::Tls),
    }
}

/// What is right or wrong with certificates every day.
fn usual(root: &Authority) -> Vec<Case> {
    use FailureKind::{CertificateExpired, CertificateUntrusted, NameMismatch};
    let case = |what, shown, host, expected| Case { what, shown, host, expected };
    let below = root.below("Below", (2020, 2045));
    let stranger = Authority::root("Stranger");
    let name = "backup.example";
    vec![
        case("address", root.server(&["127.0.0.1"]), "127.0.0.1", None),
        case("other address", root.server(&["127.0.0.2"]), "127.0.0.1", Some(NameMismatch)),
        case("address as a name", root.server(&[name]), "127.0.0.1", Some(NameMismatch)),
        case("name", root.server(&["other.example", name]), name, None),
        case("other name", root.server(&["other.example"]), name, Some(NameMismatch)),
        case("one star", root.server(&["*.works.example"]), "backup.works.example", None),
        case(
            "a star for two labels",
            root.server(&["*.works.example"]),
            "a.backup.works.example",
            Some(NameMismatch),
        ),
        case("a star for none", root.server(&["*.backup.example"]), name, Some(NameMismatch)),
        case("expired", root.server_in(&[name], (2001, 2002)), name, Some(CertificateExpired)),
        case("to come", root.server_in(&[name], (2090, 2091)), name, Some(CertificateExpired)),
        case("one below", below.server(&[name]).with(&[&below]), name, None),
        case("one below, root sent too", below.server(&[name]).with(&[root, &below]), name, None),
        case("one below, not sent", below.server(&[name]), name, Some(CertificateUntrusted)),
        case("stranger", stranger.server(&[name]), name, Some(CertificateUntrusted)),
        case("stranger, sent", stranger.server(&[name]).with(&[&stranger]), name, Some(CertificateUntrusted)),
    ]
}

/// What is right or wrong with authorities.
fn unusual(root: &Authority) -> Vec<Case> {
    use FailureKind::{CertificateExpired, CertificateUntrusted};
    let case = |what, shown, expected| Case { what, shown, host: "backup.example", expected };
    let expired = root.below("Expired", (2001, 2010));
    let constrained = |permitted: &str| {
        let subtree = vec![GeneralSubtree::DnsName(permitted.to_owned())];
        root.below_with("Constrained", |params| {
            params.name_constraints =
                Some(NameConstraints { permitted_subtrees: subtree, excluded_subtrees: Vec::new() });
        })
    };
    let (narrow, wide) = (constrained("other.example"), constrained("example"));
    let short = root.below_with("Short", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let too_long = short.below("Too long", (2020, 2045));
    let no_authority = root.below_with("No authority", |params| params.is_ca = IsCa::ExplicitNoCa);
    let mut for_clients = leaf(&["backup.example"], (2020, 2045));
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut for_anything = leaf(&["backup.example"], (2020, 2045));
    for_anything.extended_key_usages = Vec::new();
    let names = ["backup.example"];
    vec![
        case(
            "authority expired",
            expired.server_in(&names, (2005, 2045)).with(&[&expired]),
            Some(CertificateExpired),
        ),
        case("other names only", narrow.server(&names).with(&[&narrow]), Some(CertificateUntrusted)),
        case("these names only", wide.server(&names).with(&[&wide]), None),
        case("path of one", short.server(&names).with(&[&short]), None),
        case("path too long", too_long.server(&names).with(&[&too_long, &short]), Some(CertificateUntrusted)),
        case("no authority", no_authority.server(&names).with(&[&no_authority]), Some(CertificateUntrusted)),
        case("for clients", root.issue(&for_clients), Some(CertificateUntrusted)),
        case("for anything", root.issue(&for_anything), None),
    ]
}

#[test]
#[ignore = "needs openssl: tests/run.sh --real"]
fn real_thumbprints_are_those_of_the_certificates_that_are_given() {
    let given: Vec<_> =
        platform::documented_roots().iter().filter_map(|root| Some((root.sha1, root.certificate?))).collect();
    assert!(!given.is_empty());
    for (sha1, pem) in given {
        assert_eq!(sha1_of(pem), sha1);
    }
}
