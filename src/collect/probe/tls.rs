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

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, DnsName, ServerName};
use rustls::{ClientConfig, ProtocolVersion};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::sync::watch::{self, Receiver};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::http::beginning_without_secrets;
use super::stream::Stream;
use super::workshop::now;
use crate::probe::{Failure, FailureKind, Host, Phase, Target, TlsAnswer, Trust};
use accept::AnyChain;
use bounded::Bounded;
use chain::Chain;
use roots::Roots;

/// How many chains this machine judges at once: each takes a thread.
const JUDGED: usize = 4;

/// TLS for all targets of a run: one configuration, and what was found of each chain of certificates.
pub(super) struct Handshaker {
    tools: OnceLock<Result<Tools, Failure>>,
    /// By the SHA-256 of the chain: many hosts show the same one.
    chains: Mutex<HashMap<[u8; 32], Option<Told>>>,
    /// How many chains this machine judges at once.
    turns: Arc<Semaphore>,
}

/// What is told of a chain: what it shows, then what this machine thinks of it.
type Told = Receiver<Arc<Chain>>;

/// What is made when the first handshake begins.
struct Tools {
    connector: TlsConnector,
    roots: Arc<Roots>,
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
        Self { tools: OnceLock::new(), chains: Mutex::default(), turns: Arc::new(Semaphore::new(JUDGED)) }
    }

    /// Shakes hands over `stream`, asking for the target's host by name where it is one. Takes as long as the far end does.
    /// Only what this machine thinks of the certificate is waited for no longer than a little before the deadline. What a
    /// proxy of the target was told is in no failure.
    pub(super) async fn shake(&self, stream: Stream, target: &Target, deadline: Instant) -> Shaken {
        match self.handshake(stream, target, deadline).await {
            Ok((secured, answer)) => Shaken { answer: Some(answer), stream: Ok(Box::new(secured)) },
            Err(failure) => Shaken { answer: None, stream: Err(failure) },
        }
    }

    async fn handshake(
        &self,
        stream: Stream,
        target: &Target,
        deadline: Instant,
    ) -> Result<(TlsStream<Bounded<Stream>>, TlsAnswer), Failure> {
        let tools = self.tools.get_or_init(Tools::new).as_ref().map_err(Clone::clone)?;
        let name = server_name(&target.authority.host)?;
        let connecting = tools.connector.connect(name.clone(), Bounded::new(stream));
        let mut secured = match connecting.into_fallible().await {
            Ok(secured) => secured,
            Err((error, bounded)) => {
                let head = beginning_without_secrets(bounded.head(), target.via.proxy());
                return Err(failure::of(&error, &head));
            }
        };
        let session = secured.get_ref().1;
        let certificates = session.peer_certificates().unwrap_or_default();
        let chain = self.chain(certificates, &tools.roots, early(deadline)).await.ok_or_else(unreadable)?;
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

    /// What this chain is worth: at once where it leads to a public root, as far as this machine has told until `end`
    /// otherwise. What was found of it for another host serves again.
    async fn chain(
        &self,
        certificates: &[CertificateDer<'static>],
        roots: &Arc<Roots>,
        end: Instant,
    ) -> Option<Arc<Chain>> {
        let mut told = {
            let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
            let found = || Chain::examine(certificates, now(), roots);
            let known = chains.entry(digest(certificates));
            known.or_insert_with(|| Some(self.judged(found()?, certificates, roots))).clone()?
        };
        // An error is that nothing more will be told; and what is told too late stays unknown.
        drop(timeout_at(end, told.changed()).await);
        let chain = Arc::clone(&told.borrow());
        Some(chain)
    }

    /// The chain, and once more when this machine has judged it where that is needed: reading what it trusts takes its
    /// time, and some operating systems ask the network on the way. That is done on a thread of its own, which nobody
    /// waits for in the end.
    fn judged(&self, chain: Chain, certificates: &[CertificateDer<'static>], roots: &Arc<Roots>) -> Told {
        let is_public = chain.trust == Trust::Public;
        let (tell, told) = watch::channel(Arc::new(chain.clone()));
        if is_public {
            return told;
        }
        let (certificates, roots) = (certificates.to_vec(), Arc::clone(roots));
        let turns = Arc::clone(&self.turns);
        drop(tokio::spawn(async move {
            let permit = turns.acquire_owned().await;
            let judge = move || {
                let _permit = permit;
                tell.send_replace(Arc::new(chain.judged_here(&certificates, now(), &roots)));
            };
            drop(tokio::task::spawn_blocking(judge));
        }));
        told
    }
}

impl Tools {
    fn new() -> Result<Self, Failure> {
        let provider = Arc::new(ring::default_provider());
        let config = configuration(&provider).map_err(|error| {
            let detail = format!("TLS cannot be set up: {error}");
            Failure::new(Phase::Tls, FailureKind::LocalError, detail)
        })?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), roots: Arc::new(Roots::new(provider)) })
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

/// A little before the deadline, so that what is known is told before whoever waits for it gives up.
fn early(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline.checked_sub(left / 32).unwrap_or(deadline)
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[tokio::test]
    async fn a_machine_that_does_not_say_in_time_is_not_waited_for_and_heard_later() {
        let params = CertificateParams::new(vec!["backup.example".to_owned()]).unwrap();
        let own = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        let roots = Arc::new(Roots::new(Arc::new(ring::default_provider())));
        let certificates = std::slice::from_ref(&own);
        let expected =
            Chain::examine(certificates, now(), &roots).unwrap().judged_here(certificates, now(), &roots);

        let handshaker = Handshaker::new();
        let taken = handshaker.turns.acquire_many(JUDGED.try_into().unwrap()).await.unwrap();
        let soon = Instant::now() + Duration::from_millis(50);
        let late = handshaker.chain(certificates, &roots, soon).await.unwrap();
        assert_eq!(late.trust, Trust::Unknown);
        assert_eq!(late.certificate, expected.certificate);
        drop(taken);
        let patient = Instant::now() + Duration::from_secs(30);
        let told = handshaker.chain(certificates, &roots, patient).await.unwrap();
        assert_eq!((told.trust, told.validity), (expected.trust, expected.validity));
        assert!(Instant::now() < patient);
        assert!(handshaker.chain(&[vec![0; 3].into()], &roots, patient).await.is_none());
    }
}
