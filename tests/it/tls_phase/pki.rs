//! Authorities and certificates for the servers of these tests.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a server shows, and the key it has.
pub(crate) struct Shown {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// An authority: a root, or one below another.
pub(crate) struct Authority {
    pub(crate) certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A root.
    pub(crate) fn root(name: &str) -> Self {
        let (params, key) = (authority(name, (2010, 2050)), KeyPair::generate().unwrap());
        Self { certificate: params.self_signed(&key).unwrap(), issuer: Issuer::new(params, key) }
    }

    /// One that this one vouches for, from a year to another.
    pub(crate) fn below(&self, name: &str, years: (i32, i32)) -> Self {
        let (params, key) = (authority(name, years), KeyPair::generate().unwrap());
        Self { certificate: params.signed_by(&key, &self.issuer).unwrap(), issuer: Issuer::new(params, key) }
    }

    /// One that this one vouches for, valid now and otherwise as `say` makes it.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "the real servers are those of Linux"))]
    pub(crate) fn below_with(&self, name: &str, say: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut params, key) = (authority(name, (2020, 2045)), KeyPair::generate().unwrap());
        say(&mut params);
        Self { certificate: params.signed_by(&key, &self.issuer).unwrap(), issuer: Issuer::new(params, key) }
    }

    /// A server's certificate for these names, valid now.
    pub(crate) fn server(&self, names: &[&str]) -> Shown {
        self.issue(&leaf(names, (2020, 2045)))
    }

    /// A server's certificate for these names, valid from the first day of a year to that of another.
    pub(crate) fn server_in(&self, names: &[&str], years: (i32, i32)) -> Shown {
        self.issue(&leaf(names, years))
    }

    /// Any certificate.
    pub(crate) fn issue(&self, params: &CertificateParams) -> Shown {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Shown { chain: vec![certificate.der().clone()], key: secret(&key) }
    }
}

impl Shown {
    /// With these certificates after its own.
    pub(crate) fn with(mut self, others: &[&Authority]) -> Self {
        self.chain.extend(others.iter().map(|other| other.certificate.der().clone()));
        self
    }
}

/// A certificate that vouches for itself as an authority would: what `openssl req -x509` makes.
pub(crate) fn own_authority(names: &[&str]) -> (Shown, String) {
    let mut params = leaf(names, (2020, 2045));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (Shown { chain: vec![certificate.der().clone()], key: secret(&key) }, certificate.pem())
}

/// What a certificate for a server says.
pub(crate) fn leaf(names: &[&str], (from, until): (i32, i32)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "the server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    params
}

fn authority(name: &str, (from, until): (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Works, Ltd");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    params
}

fn secret(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(key.serialize_der()).unwrap()
}
