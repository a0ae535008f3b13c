//! A connection that remembers its first bytes and ends where the far end sends more than is ever needed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much of the first bytes is kept: enough to tell what speaks there.
const HEAD: usize = 64;

/// How much a handshake may take. Chains of certificates are a tenth of this.
const HANDSHAKE: usize = 64 * 1024;

/// How much may follow it: the 64 KiB that a request ever reads, and as much again for what TLS adds.
const CONVERSATION: usize = 128 * 1024;

/// A connection with a limit.
pub(super) struct Bounded<S> {
    inner: S,
    head: Vec<u8>,
    left: usize,
}

impl<S> Bounded<S> {
    /// With the limit of a handshake.
    pub(super) fn new(inner: S) -> Self {
        Self { inner, head: Vec::with_capacity(HEAD), left: HANDSHAKE }
    }

    /// The first bytes that came.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// From here on with the limit of a conversation.
    pub(super) fn go_on(&mut self) {
        self.left = CONVERSATION;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("the far end sends more than is read")));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        let wanted = HEAD.saturating_sub(self.head.len());
        self.head.extend(read.iter().take(wanted));
        self.left = self.left.saturating_sub(read.len());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
