//! Certificates for the servers of a lab.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use super::Lab;

/// An authority, trusted by who is given its certificate: `SSL_CERT_FILE`.
pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What a certificate says.
#[derive(Debug, Clone)]
pub(crate) struct Leaf<'l> {
    /// The names and addresses it is for; the first is its common name too.
    pub(crate) names: &'l [&'l str],
    /// The year on whose first day it becomes valid.
    pub(crate) from: i32,
    /// The year on whose first day it ends.
    pub(crate) until: i32,
}

impl<'l> Leaf<'l> {
    /// A certificate for these names that is valid now.
    pub(crate) fn of(names: &'l [&'l str]) -> Self {
        Self { names, from: 2024, until: 2044 }
    }
}

impl Authority {
    /// An authority of this name, which signs itself.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        (params.not_before, params.not_after) = (date_time_ymd(2010, 1, 1), date_time_ymd(2050, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Its certificate.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Writes a certificate with its chain and its key, as `NAME.pem` (chain), `NAME.key` and `NAME.both`, into the lab's
    /// folder; gives the path without the extension.
    pub(crate) fn issue(&self, lab: &Lab, file: &str, leaf: &Leaf<'_>) -> String {
        let names: Vec<String> = leaf.names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        let common = leaf.names.first().copied().unwrap_or("nobody");
        params.distinguished_name.push(DnType::CommonName, common);
        (params.not_before, params.not_after) =
            (date_time_ymd(leaf.from, 1, 1), date_time_ymd(leaf.until, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let chain = params.signed_by(&key, &self.issuer).expect("a certificate").pem() + &self.pem;
        let secret = key.serialize_pem();
        lab.write(&format!("{file}.both"), format!("{chain}{secret}"));
        lab.write(&format!("{file}.key"), secret);
        let path = lab.write(&format!("{file}.pem"), chain);
        path.trim_end_matches(".pem").to_owned()
    }
}
