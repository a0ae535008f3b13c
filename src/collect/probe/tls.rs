//! The tls phase: a handshake that accepts whatever certificate is shown, so that what is in between can be named.
//!
//! The handshake still proves that the far end holds the key of the certificate it shows. What the certificate is worth is
//! found afterwards: by the public roots, by what this machine trusts, by name and by date, each on its own, so that one
//! fault does not hide another. The verdict over it all is [`certificate::judge`](crate::probe::certificate::judge).

mod accept;
mod bounded;
mod chain;
mod failure;
mod readable;
mod roots;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, DnsName, ServerName};
use rustls::{ClientConfig, ProtocolVersion};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::http::beginning_without_secrets;
use super::stream::Stream;
use crate::probe::{Failure, FailureKind, Host, Phase, Proxy, TlsAnswer};
use accept::AnyChain;
use bounded::Bounded;
use chain::Chain;
use roots::Roots;

/// TLS for all targets of a run: one configuration, and what was found of each chain of certificates.
#[derive(Default)]
pub(super) struct Handshaker {
    tools: OnceLock<Result<Tools, Failure>>,
    /// By the SHA-256 of the chain: many hosts show the same one.
    chains: Mutex<HashMap<[u8; 32], Option<Arc<Chain>>>>,
}

/// What is made when the first handshake begins.
struct Tools {
    connector: TlsConnector,
    roots: Roots,
}

/// What came of the handshake.
pub(super) struct Shaken {
    /// What was seen of it; `None` where it did not come to an end.
    pub(super) answer: Option<TlsAnswer>,
    /// The way on.
    pub(super) stream: Result<Stream, Failure>,
}

impl Handshaker {
    /// Does nothing until the first handshake.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Shakes hands over `stream`, asking for `host` by name where it is one. Takes as long as the far end does.
    /// What `proxy` was told is in no failure.
    pub(super) async fn shake(&self, stream: Stream, host: &Host, proxy: Option<&Proxy>) -> Shaken {
        match self.handshake(stream, host, proxy).await {
            Ok((secured, answer)) => Shaken { answer: Some(answer), stream: Ok(Box::new(secured)) },
            Err(failure) => Shaken { answer: None, stream: Err(failure) },
        }
    }

    async fn handshake(
        &self,
        stream: Stream,
        host: &Host,
        proxy: Option<&Proxy>,
    ) -> Result<(TlsStream<Bounded<Stream>>, TlsAnswer), Failure> {
        let tools = self.tools.get_or_init(Tools::new).as_ref().map_err(Clone::clone)?;
        let name = server_name(host)?;
        let connecting = tools.connector.connect(name.clone(), Bounded::new(stream));
        let mut secured = match connecting.into_fallible().await {
            Ok(secured) => secured,
            Err((error, bounded)) => {
                let head = beginning_without_secrets(bounded.head(), proxy);
                return Err(failure::of(&error, &head));
            }
        };
        let session = secured.get_ref().1;
        let certificates = session.peer_certificates().unwrap_or_default();
        let chain = self.chain(certificates, &tools.roots).ok_or_else(unreadable)?;
        let answer = TlsAnswer {
            version: version(session.protocol_version()),
            certificate: chain.certificate.clone(),
            issuers: chain.issuers.clone(),
            public_root: chain.public_root.clone(),
            trust: chain.trust,
            name_matches: chain::names(certificates, &name),
            validity: chain.validity,
        };
        secured.get_mut().0.go_on();
        Ok((secured, answer))
    }

    /// What this chain is worth, from earlier in this run if it was seen then.
    fn chain(&self, certificates: &[CertificateDer<'_>], roots: &Roots) -> Option<Arc<Chain>> {
        let key = digest(certificates);
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        chains.entry(key).or_insert_with(|| Chain::examine(certificates, now(), roots).map(Arc::new)).clone()
    }
}

impl Tools {
    fn new() -> Result<Self, Failure> {
        let provider = Arc::new(ring::default_provider());
        let config = configuration(&provider).map_err(|error| {
            let detail = format!("TLS cannot be set up: {error}");
            Failure::new(Phase::Tls, FailureKind::LocalError, detail)
        })?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), roots: Roots::new(provider) })
    }
}

/// Nothing is remembered from one connection to the next, and nothing sent before the handshake ends.
fn configuration(provider: &Arc<CryptoProvider>) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyChain::new(provider)))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn server_name(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::Address(address) => Ok(ServerName::from(*address)),
        Host::Name(name) => DnsName::try_from(name.clone()).map(ServerName::DnsName).map_err(|_| {
            let detail = format!("{host} is no name that TLS can ask for");
            Failure::new(Phase::Tls, FailureKind::LocalError, detail)
        }),
    }
}

fn version(version: Option<ProtocolVersion>) -> &'static str {
    match version {
        Some(ProtocolVersion::TLSv1_2) => "1.2",
        _ => "1.3",
    }
}

fn unreadable() -> Failure {
    Failure::new(Phase::Tls, FailureKind::UnexpectedAnswer, "the certificate that was shown cannot be read")
}

fn digest(certificates: &[CertificateDer<'_>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for certificate in certificates {
        hash.update(certificate.len().to_be_bytes());
        hash.update(certificate);
    }
    hash.finalize().into()
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
