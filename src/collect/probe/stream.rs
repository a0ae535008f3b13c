//! What the phases hand to one another: bytes to and from the far end, whatever they pass through.

use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways.
pub(in crate::collect) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection as the next phase sees it: TCP, a tunnel in it, TLS in either.
pub(in crate::collect) type Stream = Box<dyn Io>;
