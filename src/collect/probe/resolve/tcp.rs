//! One question over TCP, on a connection of its own: some servers answer but one on each.

use std::io;
use std::net::SocketAddr;

use hickory_resolver::proto::op::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::message::{self, Misfit};

/// Why there is no answer over TCP.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection failed, or ended early.
    Connection(io::Error),
    /// Something came, and no answer.
    Misfit(Misfit),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

/// Sends one query and reads one message, which has at most 65,535 bytes: its length comes first.
pub(super) async fn ask(server: SocketAddr, query: Vec<u8>) -> Result<Message, Trouble> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).map_err(|_| Trouble::Misfit(Misfit::TooMuch))?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend(query);
    stream.write_all(&framed).await?;
    let length = stream.read_u16().await?;
    let mut answer = Vec::new();
    let read = (&mut stream).take(length.into()).read_to_end(&mut answer).await?;
    if read < usize::from(length) {
        return Err(Trouble::Connection(io::ErrorKind::UnexpectedEof.into()));
    }
    message::read(&answer).map_err(Trouble::Misfit)
}
