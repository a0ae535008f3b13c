//! What a certificate proves. Pure: the handshake accepts whatever is shown, and the verdict is found here.
//!
//! Trust comes first, then the name, then the dates: a certificate of something in between is told as that, even where it
//! has expired as well.

use jiff::Timestamp;

use super::answer::{Certificate, TlsAnswer, Trust, Validity};
use super::failure::Failure;
use super::foreign::shown;
use super::host::Host;
use super::vocabulary::{FailureKind, Phase};
use crate::azure::platform;

/// How far two clocks may be apart before it is worth a word, in seconds.
const SKEW: i64 = 300;

/// How many names of a certificate are told.
const NAMES: usize = 3;

/// Who issues certificates for Azure's services below all but two of the documented roots, by the organisation.
const OPERATORS: [&str; 2] = ["Microsoft Corporation", "DigiCert Inc"];

/// How the certificate fails to prove that `host` was reached, if it does.
///
/// One of Azure's own services has a certificate that leads to a public root; where another is shown, TLS ends at
/// something in between, and the failure names its authority. Where that authority is by its name one of those who run
/// Azure's, a chain of which a part was not sent looks the same: that is told as untrusted, and as no fault at all where
/// this machine trusts it, since its list of roots may be newer than the one here. Other hosts may have any certificate
/// that this machine trusts.
#[must_use]
pub fn judge(answer: &TlsAnswer, host: &Host) -> Option<Failure> {
    distrust(answer, host).or_else(|| mismatch(answer, host)).or_else(|| out_of_date(answer))
}

/// What to know of a certificate that does not fail: clauses without full stop.
#[must_use]
pub fn notes(answer: &TlsAnswer, host: &Host) -> Vec<String> {
    let note = match (&answer.public_root, answer.trust) {
        (Some(root), _) if is_service(host) && !is_documented(root) => Some(format!(
            "the certificate leads to the public root `{}`, which Azure's pages do not list among those of its services",
            shown(root)
        )),
        (_, Trust::HostOnly) if is_service(host) && is_operators(answer) => Some(format!(
            "the certificate leads to `{}`, which this machine trusts and the public roots known here do not have: a newer \
             root, or something in between that uses its name",
            shown(topmost(answer))
        )),
        (_, Trust::HostOnly) if !is_service(host) => Some(format!(
            "the certificate leads to `{}`, which this machine trusts and the public does not",
            shown(topmost(answer))
        )),
        _ => None,
    };
    note.into_iter().collect()
}

/// Whether a certificate that is out of date by the clock of this machine is valid by the server's, which `server_date`
/// is; both in seconds since 1970.
#[must_use]
pub fn judge_clock(answer: &TlsAnswer, local_now: i64, server_date: Option<i64>) -> Option<Failure> {
    let server = server_date?;
    let certificate = &answer.certificate;
    let valid_there = (certificate.not_before..=certificate.not_after).contains(&server);
    let ahead = local_now.saturating_sub(server);
    if answer.validity == Validity::Valid || !valid_there || ahead.saturating_abs() <= SKEW {
        return None;
    }
    let detail = format!("{}, by which the certificate is valid", apart(ahead));
    Some(Failure::new(Phase::Tls, FailureKind::ClockSkew, detail))
}

/// What to know of a clock that is `ahead` of the server's by so many seconds, or behind it where that is negative.
#[must_use]
pub fn clock_note(ahead: Option<i64>) -> Option<String> {
    ahead.filter(|ahead| ahead.saturating_abs() > SKEW).map(apart)
}

fn distrust(answer: &TlsAnswer, host: &Host) -> Option<Failure> {
    let here = match answer.trust {
        Trust::Public => return None,
        Trust::HostOnly if !is_service(host) || is_operators(answer) => return None,
        Trust::HostOnly => "this machine trusts it, so that other programs do not notice",
        Trust::Nobody => "this machine does not trust it either",
        Trust::Unknown => {
            "whether this machine trusts it cannot be told: it has no list of trusted roots, or did not say in time"
        }
    };
    let by = vouching(answer);
    let failure = if is_service(host) && is_operators(answer) {
        let detail = format!(
            "the chain of certificates is incomplete: it {by}, which is not among those sent and no public root; the server \
             leaves a part of it out, or something in between uses that name; {here}"
        );
        Failure::new(Phase::Tls, FailureKind::CertificateUntrusted, detail)
    } else if is_service(host) {
        let detail = format!(
            "the certificate for {host} comes from something in between: it {by}, which leads to no public root; {here}"
        );
        Failure::new(Phase::Tls, FailureKind::TlsIntercepted, detail)
    } else {
        let detail = format!("the certificate {by}, which leads to no public root; {here}");
        Failure::new(Phase::Tls, FailureKind::CertificateUntrusted, detail)
    };
    Some(failure)
}

fn mismatch(answer: &TlsAnswer, host: &Host) -> Option<Failure> {
    if answer.name_matches {
        return None;
    }
    let names = &answer.certificate.names;
    let told: Vec<_> = names.iter().take(NAMES).map(|name| format!("`{}`", shown(name))).collect();
    let whose = match told.len() {
        0 => "no host by name".to_owned(),
        _ if names.len() > NAMES => format!("{} and others", told.join(", ")),
        _ => told.join(", "),
    };
    let detail = format!("the certificate is for {whose}, not for {host}");
    Some(Failure::new(Phase::Tls, FailureKind::NameMismatch, detail))
}

fn out_of_date(answer: &TlsAnswer) -> Option<Failure> {
    let how = match answer.validity {
        Validity::Valid => return None,
        Validity::Expired => "is not valid any more",
        Validity::NotYet => "is not valid yet",
    };
    let Certificate { not_before, not_after, .. } = answer.certificate;
    let detail = format!(
        "by the clock of this machine the chain of certificates {how}; the server's own is valid from {} to {}",
        day(not_before),
        day(not_after)
    );
    Some(Failure::new(Phase::Tls, FailureKind::CertificateExpired, detail))
}

fn is_service(host: &Host) -> bool {
    host.name().is_some_and(platform::is_service_host)
}

fn is_documented(root: &str) -> bool {
    platform::documented_roots().iter().any(|known| known.name == root)
}

/// Whether the authority nearest the root is by its name of those who run Azure's. A certificate that vouches for itself
/// is of nobody: boxes copy the subject of what they stand before.
fn is_operators(answer: &TlsAnswer) -> bool {
    let of_operators = |part: &str| part.strip_prefix("O=").is_some_and(|name| OPERATORS.contains(&name));
    answer.certificate.issuer != answer.certificate.subject && topmost(answer).split(", ").any(of_operators)
}

/// The name nearest the root.
fn topmost(answer: &TlsAnswer) -> &str {
    answer.issuers.last().unwrap_or(&answer.certificate.issuer)
}

fn vouching(answer: &TlsAnswer) -> String {
    let top = shown(topmost(answer));
    if answer.certificate.issuer == answer.certificate.subject {
        format!("is vouched for by `{top}` itself")
    } else {
        format!("is issued by `{top}`")
    }
}

fn apart(ahead: i64) -> String {
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    format!("the clock of this machine is {} {way} the server's", span(ahead.unsigned_abs()))
}

/// A length of time in its largest whole unit that is at least two.
fn span(seconds: u64) -> String {
    match seconds {
        172_800.. => format!("{} days", seconds / 86_400),
        7_200.. => format!("{} hours", seconds / 3_600),
        _ => format!("{} minutes", seconds / 60),
    }
}

fn day(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds);
    moment.map_or_else(|_| "an impossible day".to_owned(), |moment| moment.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: i64 = 31_536_000;

    fn answer() -> TlsAnswer {
        TlsAnswer {
            version: "1.3",
            certificate: Certificate {
                subject: "CN=account.blob.core.windows.net".to_owned(),
                issuer: "CN=Box, O=Works".to_owned(),
                names: vec!["account.blob.core.windows.net".to_owned()],
                not_before: 50 * YEAR,
                not_after: 60 * YEAR,
            },
            issuers: vec!["CN=Box, O=Works".to_owned(), "CN=Box Root\u{1b}[31m".to_owned()],
            public_root: None,
            trust: Trust::HostOnly,
            name_matches: true,
            validity: Validity::Valid,
        }
    }

    fn service() -> Host {
        "account.blob.core.windows.net".parse().unwrap()
    }

    fn other() -> Host {
        "backup.example".parse().unwrap()
    }

    fn kind(answer: &TlsAnswer, host: &Host) -> Option<FailureKind> {
        judge(answer, host).map(|failure| failure.kind)
    }

    #[test]
    fn a_service_without_a_public_root_is_intercepted_and_the_authority_is_named() {
        let failure = judge(&answer(), &service()).unwrap();
        assert_eq!(failure.kind, FailureKind::TlsIntercepted);
        assert!(failure.detail.contains("`CN=Box Root\\u{1b}[31m`"), "{}", failure.detail);
        assert!(failure.detail.contains("this machine trusts it"), "{}", failure.detail);
        let strange = TlsAnswer { trust: Trust::Nobody, ..answer() };
        assert!(judge(&strange, &service()).unwrap().detail.contains("does not trust it either"));
        let public =
            TlsAnswer { public_root: Some("Other Root".to_owned()), trust: Trust::Public, ..answer() };
        assert_eq!(kind(&public, &service()), None);
        assert_eq!(notes(&public, &service()).len(), 1);
        let usual = TlsAnswer { public_root: Some("DigiCert Global Root G2".to_owned()), ..public };
        assert_eq!(notes(&usual, &service()), Vec::<String>::new());
    }

    #[test]
    fn a_chain_that_lacks_a_part_is_told_from_a_box_by_whose_authority_it_names() {
        let by = |issuers: &[&str], trust| {
            let issuers: Vec<String> = issuers.iter().map(|issuer| (*issuer).to_owned()).collect();
            let certificate = Certificate { issuer: issuers[0].clone(), ..answer().certificate };
            TlsAnswer { certificate, issuers, trust, ..answer() }
        };
        let own = "CN=Microsoft Azure RSA TLS Issuing CA 04, O=Microsoft Corporation, C=US";
        let above = "CN=DigiCert Global Root G9, OU=www.digicert.com, O=DigiCert Inc, C=US";
        for issuers in [&[own][..], &[own, above]] {
            for trust in [Trust::Nobody, Trust::Unknown] {
                let failure = judge(&by(issuers, trust), &service()).unwrap();
                assert_eq!(failure.kind, FailureKind::CertificateUntrusted);
                let last = issuers.last().unwrap();
                assert!(
                    failure.detail.contains(&format!("incomplete: it is issued by `{last}`")),
                    "{failure:?}"
                );
            }
            let newer = by(issuers, Trust::HostOnly);
            assert_eq!(kind(&newer, &service()), None);
            assert!(notes(&newer, &service())[0].contains("a newer root"));
        }
        // The box names itself, at the top of what it sends; a copied subject is no authority.
        for box_like in
            [&["CN=Box CA, O=Works"][..], &[own, "CN=Box Root, O=Works"], &["O=Microsoft Corporation Ltd"]]
        {
            for trust in [Trust::Nobody, Trust::Unknown, Trust::HostOnly] {
                assert_eq!(
                    kind(&by(box_like, trust), &service()),
                    Some(FailureKind::TlsIntercepted),
                    "{box_like:?}"
                );
            }
        }
        let mut itself = by(&[own], Trust::Nobody);
        itself.certificate.subject = own.to_owned();
        assert_eq!(kind(&itself, &service()), Some(FailureKind::TlsIntercepted));
    }

    #[test]
    fn other_hosts_may_have_what_this_machine_trusts() {
        assert_eq!(kind(&answer(), &other()), None);
        assert!(notes(&answer(), &other())[0].contains("this machine trusts"));
        for trust in [Trust::Nobody, Trust::Unknown] {
            let answer = TlsAnswer { trust, ..answer() };
            assert_eq!(kind(&answer, &other()), Some(FailureKind::CertificateUntrusted));
            assert_eq!(notes(&answer, &other()), Vec::<String>::new());
        }
    }

    #[test]
    fn the_name_is_judged_after_trust_and_the_dates_after_the_name() {
        let mut answer = TlsAnswer { name_matches: false, validity: Validity::Expired, ..answer() };
        assert_eq!(kind(&answer, &service()), Some(FailureKind::TlsIntercepted));
        answer.trust = Trust::Public;
        assert_eq!(kind(&answer, &service()), Some(FailureKind::NameMismatch));
        answer.name_matches = true;
        let failure = judge(&answer, &service()).unwrap();
        assert_eq!(failure.kind, FailureKind::CertificateExpired);
        assert!(failure.detail.contains("from 2019-12-20 to 2029-12-17"), "{}", failure.detail);
        answer.certificate.not_after = i64::MAX;
        assert!(judge(&answer, &service()).unwrap().detail.contains("an impossible day"));
    }

    #[test]
    fn a_mismatch_tells_a_few_of_the_names() {
        let mut answer = TlsAnswer { name_matches: false, trust: Trust::Public, ..answer() };
        answer.certificate.names = ["a", "b\nb", "c", "d"].map(str::to_owned).to_vec();
        let detail = judge(&answer, &other()).unwrap().detail;
        assert_eq!(detail, "the certificate is for `a`, `b\\nb`, `c` and others, not for backup.example");
        answer.certificate.names.clear();
        assert!(judge(&answer, &other()).unwrap().detail.contains("no host by name"));
    }

    #[test]
    fn a_clock_is_blamed_only_where_the_certificate_is_valid_by_the_servers() {
        let expired = TlsAnswer { validity: Validity::Expired, ..answer() };
        let skew = judge_clock(&expired, 61 * YEAR, Some(55 * YEAR)).unwrap();
        assert_eq!(skew.kind, FailureKind::ClockSkew);
        assert!(skew.detail.contains("2190 days ahead of the server's"), "{}", skew.detail);
        assert_eq!(judge_clock(&expired, 61 * YEAR, Some(61 * YEAR)), None);
        assert_eq!(judge_clock(&expired, 61 * YEAR, None), None);
        assert_eq!(judge_clock(&expired, 60 * YEAR + 1, Some(60 * YEAR)), None);
        assert_eq!(judge_clock(&answer(), 61 * YEAR, Some(55 * YEAR)), None);
        let early = TlsAnswer { validity: Validity::NotYet, ..answer() };
        let skew = judge_clock(&early, i64::MIN, Some(55 * YEAR)).unwrap();
        assert!(skew.detail.contains("behind"), "{}", skew.detail);
    }

    #[test]
    fn a_clock_that_is_off_is_worth_a_word() {
        assert_eq!(clock_note(Some(300)), None);
        assert_eq!(clock_note(None), None);
        let note = clock_note(Some(-301)).unwrap();
        assert_eq!(note, "the clock of this machine is 5 minutes behind the server's");
        assert!(clock_note(Some(8000)).unwrap().contains("2 hours ahead"));
        assert!(clock_note(Some(i64::MIN)).unwrap().contains("days behind"));
    }
}
