//! One request and its answer, on a connection of its own.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, HOST, LOCATION, PROXY_AUTHORIZATION, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::{FetchError, Fetcher, Url};
use crate::collect::probe::http;
use crate::collect::probe::stream::Stream;
use crate::collect::probe::tunnel::{self, Tunnelled};
use crate::probe::{Authority, Host, Proxy};

/// How long one address of a name may be silent before the next is tried.
const SILENCE: Duration = Duration::from_secs(10);
/// The largest head of an answer, in bytes.
const LARGEST_HEAD: usize = 64 << 10;

/// What an address gave.
pub(super) enum Visit {
    /// The file.
    File(Vec<u8>),
    /// A link to go on to, as it was written.
    Moved(String),
}

/// Asks addresses, one after the other.
pub(super) struct Visitor<'f>(&'f Fetcher);

impl<'f> Visitor<'f> {
    pub(super) fn new(fetcher: &'f Fetcher) -> Self {
        Self(fetcher)
    }

    /// Asks one address.
    pub(super) async fn visit(&self, url: &Url) -> Result<Visit, FetchError> {
        let proxy = self.0.proxies.before(url);
        let stream = way(url, proxy).await?;
        let broken = |error: &dyn Error| FetchError::Broken { from: url.clone(), cause: told(error) };
        let opened = http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = opened.map_err(|error| broken(&error))?;
        let request = request(url, proxy).map_err(|error| broken(&error))?;
        let mut connection = std::pin::pin!(connection);
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
            self.read(url, response).await
        };
        let mut exchange = std::pin::pin!(exchange);
        tokio::select! {
            biased;
            read = &mut exchange => read,
            // The connection may be done before what it brought has been read.
            _ = &mut connection => exchange.await,
        }
    }

    async fn read(&self, url: &Url, response: Response<Incoming>) -> Result<Visit, FetchError> {
        let (head, body) = response.into_parts();
        if head.status.is_redirection()
            && let Some(link) = head.headers.get(LOCATION)
        {
            return Ok(Visit::Moved(String::from_utf8_lossy(link.as_bytes()).into_owned()));
        }
        if head.status != StatusCode::OK {
            return Err(FetchError::Status { from: url.clone(), status: head.status.as_u16() });
        }
        if head.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(FetchError::Encoded { from: url.clone() });
        }
        self.read_body(url, body).await.map(Visit::File)
    }

    async fn read_body(&self, url: &Url, mut body: Incoming) -> Result<Vec<u8>, FetchError> {
        let limit = self.0.limit;
        let too_large = || FetchError::TooLarge { from: url.clone(), limit };
        let stated = hyper::body::Body::size_hint(&body).lower();
        if stated > limit {
            return Err(too_large());
        }
        let mut read = Vec::with_capacity(usize::try_from(stated).unwrap_or(0));
        while let Some(frame) = body.frame().await {
            let broken = |error: hyper::Error| FetchError::Broken { from: url.clone(), cause: told(&error) };
            if let Ok(data) = frame.map_err(broken)?.into_data() {
                read.extend_from_slice(&data);
            }
            if read.len() as u64 > limit {
                return Err(too_large());
            }
        }
        Ok(read)
    }
}

/// A connection on which the request can be sent.
async fn way(url: &Url, proxy: Option<&Proxy>) -> Result<Stream, FetchError> {
    let first = proxy.map_or(url.authority(), |proxy| &proxy.authority);
    let stream: Stream = Box::new(connect(first).await?);
    if !url.is_https() {
        return Ok(stream);
    }
    match proxy {
        None => secure(stream, url.authority()).await,
        Some(proxy) => {
            let Tunnelled { answer, stream } = tunnel::open(stream, proxy, url.authority()).await;
            let stream = stream.map_err(|failure| FetchError::Proxy {
                proxy: proxy.clone(),
                cause: answer.map_or(failure.detail, |answer| format!("status {}", answer.status)),
            });
            secure(stream?, url.authority()).await
        }
    }
}

async fn connect(to: &Authority) -> Result<TcpStream, FetchError> {
    let refused = |cause| FetchError::Connect { to: to.clone(), cause };
    let addresses: Vec<SocketAddr> = match &to.host {
        Host::Address(address) => vec![SocketAddr::new(*address, to.port)],
        Host::Name(name) => lookup_host((name.as_str(), to.port)).await.map_err(refused)?.collect(),
    };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match tokio::time::timeout(SILENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(cause)) => last = cause,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(refused(last))
}

/// TLS as this machine trusts it.
async fn secure(stream: Stream, to: &Authority) -> Result<Stream, FetchError> {
    let refused = |cause: String| FetchError::Tls { to: to.clone(), cause };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| refused(error.to_string()))?
        .with_no_client_auth();
    let name = match &to.host {
        Host::Address(address) => ServerName::from(*address),
        Host::Name(name) => ServerName::try_from(name.clone()).map_err(|error| refused(error.to_string()))?,
    };
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    shaken.map(|stream| Box::new(stream) as Stream).map_err(|error| refused(error.to_string()))
}

/// Plain HTTP asks a proxy for the whole address; everything else asks the server for the path.
fn request(url: &Url, proxy: Option<&Proxy>) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let asked_of = proxy.filter(|_| !url.is_https());
    let target = asked_of.map_or_else(|| url.path().to_owned(), |_| url.whole());
    let mut request = Request::get(target)
        .header(HOST, url.shown_authority())
        .header(USER_AGENT, http::USER_AGENT)
        .header(ACCEPT_ENCODING, "identity")
        .header(CONNECTION, "close")
        .body(Empty::new())?;
    if let Some(authorization) = asked_of.and_then(http::authorization) {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
    }
    Ok(request)
}

/// An error with what is behind it, as one clause.
fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        told = format!("{told}: {cause}");
        behind = cause.source();
    }
    told
}
