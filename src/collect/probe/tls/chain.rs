//! What a chain of certificates is worth, name left aside.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::readable;
use super::roots::Roots;
use crate::probe::{Certificate, Trust, Validity};

/// How many certificates beside the server's are looked at.
const MOST: usize = 16;

/// What a chain of certificates is worth, name left aside.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// The server's certificate.
    pub(super) certificate: Certificate,
    /// The issuer of each certificate from the server's on, as far as the server sent them.
    pub(super) issuers: Vec<String>,
    /// The public root it leads to.
    pub(super) public_root: Option<String>,
    /// What it is worth.
    pub(super) trust: Trust,
    /// Whether it is valid now.
    pub(super) validity: Validity,
    /// When trust is tried.
    times: Vec<i64>,
}

impl Chain {
    /// Examines a chain whose first certificate is the server's, the others in any order; `None` where that one cannot be
    /// read. `now` is in seconds since 1970.
    ///
    /// Trust is tried at a time at which the certificates are valid, so that one that has expired is still known by its
    /// root. Of one that leads to no public root it stays unknown what it is worth: [`Chain::judged_here`].
    pub(super) fn examine(ders: &[CertificateDer<'_>], now: i64, roots: &Roots) -> Option<Self> {
        let parsed: Vec<_> = ders.iter().take(1 + MOST).map(|der| parse(der)).collect();
        let leaf = parsed.first()?.as_ref()?;
        let others: Vec<_> = parsed.iter().skip(1).flatten().collect();
        let certificate = described(leaf);
        let times = times(now, leaf, &others);
        let ders = ders.get(..parsed.len())?;
        let public = times.iter().find_map(|time| Some((*time, roots.public_root(ders, unix(*time))?)));
        let trust = if public.is_some() { Trust::Public } else { Trust::Unknown };
        let validity = validity(now, &certificate, public.as_ref().map(|(time, _)| *time));
        let public_root = public.map(|(_, root)| root);
        Some(Self { issuers: issuers(leaf, &others), certificate, public_root, trust, validity, times })
    }

    /// The same chain as this machine judges it. May take long: the operating system is asked.
    pub(super) fn judged_here(self, ders: &[CertificateDer<'_>], now: i64, roots: &Roots) -> Self {
        let ders = ders.get(..=MOST).unwrap_or(ders);
        let (trust, time) = trust_here(ders, &self.certificate.names, &self.times, roots);
        let validity = validity(now, &self.certificate, time);
        Self { trust, validity, ..self }
    }
}

/// Whether the first certificate names this host. The subject does not count, nor does it for any program of today.
pub(super) fn names(chain: &[CertificateDer<'_>], host: &ServerName<'_>) -> bool {
    let leaf = chain.first().and_then(|der| EndEntityCert::try_from(der).ok());
    leaf.is_some_and(|leaf| leaf.verify_is_valid_for_subject_name(host).is_ok())
}

fn parse<'d>(der: &'d CertificateDer<'_>) -> Option<X509Certificate<'d>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

fn described(leaf: &X509Certificate<'_>) -> Certificate {
    let (not_before, not_after) = dates(leaf);
    Certificate {
        subject: readable::name(leaf.subject()),
        issuer: readable::name(leaf.issuer()),
        names: readable::alternatives(leaf),
        not_before,
        not_after,
    }
}

fn dates(certificate: &X509Certificate<'_>) -> (i64, i64) {
    let validity = certificate.validity();
    (validity.not_before.timestamp(), validity.not_after.timestamp())
}

/// When trust is tried: now; when the server's certificate is valid; when all certificates are. Each once.
fn times(now: i64, leaf: &X509Certificate<'_>, others: &[&X509Certificate<'_>]) -> Vec<i64> {
    let (from, until) = dates(leaf);
    let all = others.iter().map(|other| dates(other));
    let (latest, earliest) =
        all.fold((from, until), |(from, until), (other, end)| (from.max(other), until.min(end)));
    let mut times = Vec::with_capacity(3);
    for time in [now, within(now, from, until), within(now, latest, earliest)] {
        if !times.contains(&time) {
            times.push(time);
        }
    }
    times
}

fn within(time: i64, from: i64, until: i64) -> i64 {
    time.min(until).max(from)
}

fn unix(time: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(time).unwrap_or(0)))
}

/// What this machine thinks of the chain, and when it first trusts it.
fn trust_here(
    ders: &[CertificateDer<'_>],
    names: &[String],
    times: &[i64],
    roots: &Roots,
) -> (Trust, Option<i64>) {
    let Some(name) = own_name(names) else { return (Trust::Nobody, None) };
    for time in times {
        match roots.trusted_here(ders, &name, unix(*time)) {
            Some(true) => return (Trust::HostOnly, Some(*time)),
            Some(false) => {}
            None => return (Trust::Unknown, None),
        }
    }
    (Trust::Nobody, None)
}

/// By the server's certificate, and where that is valid by when its chain was trusted.
fn validity(now: i64, certificate: &Certificate, trusted_at: Option<i64>) -> Validity {
    let trusted_at = trusted_at.unwrap_or(now);
    if now > certificate.not_after || trusted_at < now {
        Validity::Expired
    } else if now < certificate.not_before || trusted_at > now {
        Validity::NotYet
    } else {
        Validity::Valid
    }
}

/// A name that the certificate is for, so that asking for trust does not fail by the name.
fn own_name(names: &[String]) -> Option<ServerName<'static>> {
    let concrete = |name: &String| name.replacen('*', "any", 1);
    let usable = names.iter().find_map(|name| ServerName::try_from(concrete(name)).ok());
    usable.or_else(|| ServerName::try_from("no.name.invalid").ok())
}

/// Up the chain from the server's certificate, in whatever order the others came.
fn issuers(leaf: &X509Certificate<'_>, others: &[&X509Certificate<'_>]) -> Vec<String> {
    let mut names = vec![readable::name(leaf.issuer())];
    let mut left = others.to_vec();
    let mut last = leaf;
    while let Some(place) = left.iter().position(|other| other.subject().as_raw() == last.issuer().as_raw()) {
        last = left.swap_remove(place);
        if last.subject() == last.issuer() {
            break;
        }
        names.push(readable::name(last.issuer()));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::crypto::ring;

    use super::*;

    fn chain() -> [CertificateDer<'static>; 2] {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = Issuer::new(params.clone(), KeyPair::generate().unwrap());
        let above = params.self_signed(root.key()).unwrap().der().clone();
        let params =
            CertificateParams::new(vec!["backup.example".to_owned(), "10.0.0.4".to_owned()]).unwrap();
        let leaf = params.signed_by(&KeyPair::generate().unwrap(), &root).unwrap().der().clone();
        [leaf, above]
    }

    #[test]
    fn bytes_that_are_wrong_anywhere_do_no_harm() {
        let roots = Roots::new(Arc::new(ring::default_provider()));
        let [leaf, above] = chain();
        let host = ServerName::try_from("backup.example").unwrap();
        let mut read = 0;
        for place in 0..leaf.len() {
            let mut bytes = leaf.to_vec();
            bytes[place] ^= [0x01, 0x20, 0x7f, 0x80][place % 4];
            let chain = [CertificateDer::from(bytes), above.clone()];
            let examined = Chain::examine(&chain, 1_800_000_000, &roots);
            read += usize::from(examined.is_some());
            drop(examined.map(|examined| examined.judged_here(&chain, 1_800_000_000, &roots)));
            names(&chain, &host);
            let cut = [CertificateDer::from(leaf[..place].to_vec())];
            assert!(Chain::examine(&cut, 0, &roots).is_none(), "{place}");
        }
        assert!(read > leaf.len() / 4 && read < leaf.len(), "{read}");
    }

    #[test]
    fn times_are_now_and_when_certificates_are_valid() {
        let [leaf, above] = chain();
        let (leaf, above) = (parse(&leaf).unwrap(), parse(&above).unwrap());
        let (from, until) = dates(&leaf);
        assert_eq!(times(from + 5, &leaf, &[&above]), [from + 5]);
        assert_eq!(times(i64::MAX, &leaf, &[&above]), [i64::MAX, until]);
        assert_eq!(times(i64::MIN, &leaf, &[&above]), [i64::MIN, from]);
    }

    #[test]
    fn what_is_trusted_only_at_another_time_is_out_of_date() {
        let certificate = Certificate { not_before: 10, not_after: 20, ..Certificate::default() };
        for (now, trusted_at, expected) in [
            (15, Some(15), Validity::Valid),
            (15, None, Validity::Valid),
            (15, Some(12), Validity::Expired),
            (15, Some(18), Validity::NotYet),
            (21, Some(20), Validity::Expired),
            (9, None, Validity::NotYet),
        ] {
            assert_eq!(validity(now, &certificate, trusted_at), expected, "{now} {trusted_at:?}");
        }
    }
}
