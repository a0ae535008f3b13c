//! One attempt at a TCP connection, and in which words it is refused.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::icmp::Message;

/// An attempt that was answered with no.
#[derive(Debug)]
pub(super) struct Refusal {
    /// What the operating system made of it.
    pub(super) error: io::Error,
    /// What the network said, where it did and the operating system passes it on.
    pub(super) message: Option<Message>,
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self { error, message: None }
    }
}

/// Connects once; waits as long as the kernel does. Dropping it ends it.
#[cfg(not(target_os = "linux"))]
pub(super) async fn attempt(to: SocketAddr) -> Result<TcpStream, Refusal> {
    Ok(TcpStream::connect(to).await?)
}

/// Connects once; waits as long as the kernel does. Dropping it ends it.
#[cfg(target_os = "linux")]
pub(super) async fn attempt(to: SocketAddr) -> Result<TcpStream, Refusal> {
    use std::os::fd::AsRawFd;

    use nix::errno::Errno;
    use nix::sys::socket::{SockaddrStorage, connect};

    use super::icmp;

    let socket = icmp::socket(to).map_err(io::Error::from)?;
    match connect(socket.as_raw_fd(), &SockaddrStorage::from(to)) {
        Ok(()) | Err(Errno::EINPROGRESS) => {}
        Err(at_once) => return Err(Refusal { error: at_once.into(), message: icmp::read(&socket) }),
    }
    let stream = TcpStream::from_std(std::net::TcpStream::from(socket))?;
    stream.writable().await?;
    match stream.take_error()? {
        None => Ok(stream),
        Some(error) => Err(Refusal { error, message: icmp::read(&stream) }),
    }
}
