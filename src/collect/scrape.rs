//! A page of results for who scrapes them, served in a thread of its own: no scraper, slow or hostile, stops the probing.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener as Listener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many scrapers are served at once; further ones wait in the queue of the operating system.
const MOST_AT_ONCE: usize = 16;
/// How long one connection may last, whatever it does.
const LONGEST: Duration = Duration::from_secs(10);
/// How much of a request is held: more than any scraper sends, and no more than hyper needs.
const LARGEST_REQUEST: usize = 8 << 10;
/// The type of the pages for people.
const PLAIN: &str = "text/plain; charset=utf-8";
/// What stands at `/`.
const WELCOME: &str =
    "azpreflight probe\n\n/metrics  the latest results, for Prometheus\n/healthz  ok while this runs\n";

/// A page of results that is being served, until the process ends.
#[derive(Debug)]
pub struct Scrape {
    address: SocketAddr,
    shown: Arc<RwLock<Option<Bytes>>>,
}

impl Scrape {
    /// Listens at `address` and serves what is shown as `media_type`; nothing is shown yet.
    pub fn serve(address: SocketAddr, media_type: &'static str) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shown = Arc::new(RwLock::new(None));
        let board = Board { shown: Arc::clone(&shown), media_type };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new()
            .name("scrape".into())
            .spawn(move || runtime.block_on(accept(listener, board)))?;
        Ok(Self { address, shown })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows these results from now on.
    pub fn show(&self, page: Vec<u8>) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(page.into());
    }
}

/// What is served.
#[derive(Clone)]
struct Board {
    shown: Arc<RwLock<Option<Bytes>>>,
    media_type: &'static str,
}

async fn accept(listener: TcpListener, board: Board) {
    let Ok(listener) = Listener::from_std(listener) else { return };
    let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(attend(stream, board.clone(), place))),
            // No descriptor left, or a scraper gone before its turn: a moment later it may be better.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Serves one connection, for one request, as long as it may last.
async fn attend(stream: TcpStream, board: Board, place: OwnedSemaphorePermit) {
    let answer = service_fn(move |request| {
        let answer = board.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).keep_alive(false).max_buf_size(LARGEST_REQUEST);
    server.header_read_timeout(LONGEST);
    let serving = server.serve_connection(TokioIo::new(stream), answer);
    // Whether the scraper took it is its own affair.
    drop(tokio::time::timeout(LONGEST, serving).await);
    drop(place);
}

impl Board {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return page(StatusCode::METHOD_NOT_ALLOWED, PLAIN, Bytes::from_static(b"GET only\n"));
        }
        match request.uri().path() {
            "/metrics" => self.results(),
            "/healthz" => page(StatusCode::OK, PLAIN, Bytes::from_static(b"ok\n")),
            "/" => page(StatusCode::OK, PLAIN, Bytes::from_static(WELCOME.as_bytes())),
            _ => page(StatusCode::NOT_FOUND, PLAIN, Bytes::from_static(b"try /metrics\n")),
        }
    }

    fn results(&self) -> Response<Full<Bytes>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner).clone();
        let early = || Bytes::from_static(b"the first results are not in yet\n");
        shown.map_or_else(
            || page(StatusCode::SERVICE_UNAVAILABLE, PLAIN, early()),
            |results| page(StatusCode::OK, self.media_type, results),
        )
    }
}

fn page(status: StatusCode, media_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
