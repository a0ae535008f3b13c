//! Why a file could not be fetched.

use std::io;
use std::time::Duration;

use thiserror::Error;

use super::url::{Url, UrlError};
use crate::probe::{Authority, Proxy};

/// Why a file could not be fetched. Text of the far end is escaped, and no query of an address and no password is shown.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The operating system gives no event queue.
    #[error("cannot open connections: {0}")]
    Runtime(io::Error),
    /// No address, or no connection to any.
    #[error("cannot connect to {to}: {cause}")]
    Connect {
        /// The server or the proxy.
        to: Authority,
        /// What the operating system said, of the last address.
        cause: io::Error,
    },
    /// The proxy gives no way.
    #[error("the proxy {proxy} gives no way: {cause}")]
    Proxy {
        /// The proxy.
        proxy: Proxy,
        /// What it said.
        cause: String,
    },
    /// TLS failed: an untrusted certificate, most often.
    #[error("no secure connection to {to}: {cause}")]
    Tls {
        /// The server.
        to: Authority,
        /// What is wrong.
        cause: String,
    },
    /// The answer is no HTTP, or ends in the middle.
    #[error("the answer of {from} is broken or cut short: {cause}")]
    Broken {
        /// The address asked.
        from: Url,
        /// What is wrong.
        cause: String,
    },
    /// Another status than 200.
    #[error("{from} answered with status {status}")]
    Status {
        /// The address asked.
        from: Url,
        /// The status.
        status: u16,
    },
    /// A redirect to what is no address.
    #[error("{from} leads on to what cannot be fetched: {fault}")]
    Redirect {
        /// The address asked.
        from: Url,
        /// What is wrong with the next.
        fault: UrlError,
    },
    /// A redirect away from TLS.
    #[error("{from} leads on to an address without TLS")]
    Insecure {
        /// The address asked.
        from: Url,
    },
    /// Redirects without end.
    #[error("{from} leads on more than {most} times")]
    Circle {
        /// The first address.
        from: Url,
        /// How many redirects are followed.
        most: usize,
    },
    /// A compressed body, which was not asked for.
    #[error("{from} answered with a compressed file, which was not asked for")]
    Encoded {
        /// The address asked.
        from: Url,
    },
    /// More than the bound.
    #[error("the file at {from} is larger than {limit} bytes")]
    TooLarge {
        /// The address asked.
        from: Url,
        /// The bound.
        limit: u64,
    },
    /// Not done in time.
    #[error("not done within {} s", after.as_secs_f64())]
    TimedOut {
        /// How long it was waited.
        after: Duration,
    },
}
