//! Who is trusted: by the public, and by this machine.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, Error};
use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::{FromDer, X509Name};

use super::readable;
use crate::azure::platform;

/// Who is trusted by the public, and by this machine.
pub(super) struct Roots {
    provider: Arc<CryptoProvider>,
    public: Vec<TrustAnchor<'static>>,
    /// Made when the first chain leads to no public root; `None` where this machine has no list of roots.
    host: OnceLock<Option<Verifier>>,
    /// The roots of this machine one by one, by the SHA-256 of each; made when a certificate is looked for among them.
    own: OnceLock<HashSet<[u8; 32]>>,
}

impl Roots {
    /// The public roots at once, those of this machine when they are needed.
    ///
    /// A root that Azure documents and the public list no longer has is taken as public: it is what a service may show
    /// where nothing is in between.
    pub(super) fn new(provider: Arc<CryptoProvider>) -> Self {
        let mut public = webpki_roots::TLS_SERVER_ROOTS.to_vec();
        let documented = platform::documented_roots().iter().filter_map(|root| root.certificate);
        public.extend(documented.filter_map(anchor));
        Self { provider, public, host: OnceLock::new(), own: OnceLock::new() }
    }

    /// The common name of the public root that the chain, its first certificate the server's, leads to at `time`.
    pub(super) fn public_root(&self, chain: &[CertificateDer<'_>], time: UnixTime) -> Option<String> {
        let (leaf, others) = chain.split_first()?;
        let leaf = EndEntityCert::try_from(leaf).ok()?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        let usage = KeyUsage::server_auth();
        let path = leaf.verify_for_usage(algorithms, &self.public, others, time, usage, None, None).ok()?;
        Some(name_of(path.anchor()))
    }

    /// Whether this machine trusts the chain at `time`; `None` where it has no list of trusted roots.
    ///
    /// `name` is one that the first certificate is for: names are judged elsewhere.
    pub(super) fn trusted_here(
        &self,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        time: UnixTime,
    ) -> Option<bool> {
        let host = self.host.get_or_init(|| Verifier::new(Arc::clone(&self.provider)).ok()).as_ref()?;
        let (leaf, others) = chain.split_first()?;
        Some(match host.verify_server_cert(leaf, others, name, &[], time) {
            // The name is looked at when the chain has been found good.
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => true,
            // It takes no authority's certificate for a server's; the libraries that agents use do, where they know it.
            Err(_) => self.own.get_or_init(own_roots).contains(&digest(leaf)),
        })
    }
}

#[cfg(target_os = "linux")]
fn own_roots() -> HashSet<[u8; 32]> {
    rustls_native_certs::load_native_certs().certs.iter().map(|root| digest(root)).collect()
}

/// Elsewhere the verifier is the operating system's own, and judges such certificates itself.
#[cfg(not(target_os = "linux"))]
fn own_roots() -> HashSet<[u8; 32]> {
    HashSet::new()
}

fn digest(certificate: &[u8]) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

fn anchor(pem: &str) -> Option<TrustAnchor<'static>> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    anchor_from_trusted_cert(&certificate).ok().map(|anchor| anchor.to_owned())
}

fn name_of(anchor: &TrustAnchor<'_>) -> String {
    let sequence = sequence(&anchor.subject);
    let name = X509Name::from_der(&sequence);
    name.map_or_else(
        |_| "a root without a readable name".to_owned(),
        |(_, name)| readable::common_name(&name),
    )
}

/// The contents as a DER SEQUENCE: an anchor keeps the contents of its name alone.
fn sequence(contents: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(contents.len()).unwrap_or(u16::MAX).to_be_bytes();
    let header: &[u8] = match (high, low) {
        (0, 0..=127) => &[0x30, low],
        (0, _) => &[0x30, 0x81, low],
        _ => &[0x30, 0x82, high, low],
    };
    [header, contents].concat()
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring;
    use x509_parser::prelude::X509Certificate;

    use super::*;

    #[test]
    fn every_documented_root_that_is_still_valid_is_a_public_one_here() {
        let roots = Roots::new(Arc::new(ring::default_provider()));
        let names: Vec<_> = roots.public.iter().map(name_of).collect();
        let missing: Vec<_> = platform::documented_roots()
            .iter()
            .map(|root| root.name)
            .filter(|root| !names.iter().any(|name| name == root))
            .collect();
        assert_eq!(missing, ["Baltimore CyberTrust Root"]);
    }

    #[test]
    fn a_certificate_that_is_given_is_the_roots_own_and_not_among_the_public_ones() {
        let public: Vec<_> = webpki_roots::TLS_SERVER_ROOTS.iter().map(name_of).collect();
        let given: Vec<_> =
            platform::documented_roots().iter().filter_map(|root| Some((root, root.certificate?))).collect();
        assert_eq!(given.len(), 1);
        for (root, pem) in given {
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let (_, certificate) = X509Certificate::from_der(&der).unwrap();
            assert_eq!(readable::common_name(certificate.subject()), root.name);
            assert_eq!(certificate.subject(), certificate.issuer());
            assert!(!public.iter().any(|name| name == root.name), "{} is public again", root.name);
        }
    }
}
