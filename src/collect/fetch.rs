//! One file over HTTP: redirects, proxies and TLS, and no more of it than a bound says.
//!
//! What the far end sends is not understood here. Nothing is sent but the request: no cookies, no credentials but those for
//! the proxy.

mod error;
mod proxies;
mod url;
mod visit;

use std::time::Duration;

pub use error::FetchError;
pub use proxies::Proxies;
pub use url::{Url, UrlError};
use visit::{Visit, Visitor};

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 5;

/// How files are fetched.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// The proxies on the way.
    pub proxies: Proxies,
    /// The largest file that is taken, in bytes.
    pub limit: u64,
    /// How long one file may take, redirects included.
    pub timeout: Duration,
}

/// A file as it came.
pub struct Fetched {
    /// Where it was found in the end.
    pub url: Url,
    /// What it is.
    pub body: Vec<u8>,
}

impl Fetcher {
    /// The largest file taken by default: ten times the largest tag file yet.
    pub const LIMIT: u64 = 64 << 20;

    /// Fetches one file. At most five redirects are followed, and none from `https` to `http`.
    ///
    /// Names are resolved and certificates judged as this machine does it for other programs.
    pub fn fetch(&self, url: &Url) -> Result<Fetched, FetchError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(FetchError::Runtime)?;
        let fetched = runtime.block_on(async {
            let late = FetchError::TimedOut { after: self.timeout };
            tokio::time::timeout(self.timeout, self.follow(url)).await.unwrap_or(Err(late))
        });
        // A lookup by the operating system may still hang in a thread of its own; nobody waits for it.
        runtime.shutdown_background();
        fetched
    }

    async fn follow(&self, first: &Url) -> Result<Fetched, FetchError> {
        let visitor = Visitor::new(self);
        let mut url = first.clone();
        for _ in 0..=MOST_REDIRECTS {
            match visitor.visit(&url).await? {
                Visit::File(body) => return Ok(Fetched { url, body }),
                Visit::Moved(link) => {
                    let next =
                        url.join(&link).map_err(|fault| FetchError::Redirect { from: url.clone(), fault })?;
                    if url.is_https() && !next.is_https() {
                        return Err(FetchError::Insecure { from: url });
                    }
                    url = next;
                }
            }
        }
        Err(FetchError::Circle { from: first.clone(), most: MOST_REDIRECTS })
    }
}
