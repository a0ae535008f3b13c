//! Servers of these tests: TLS as it should be, anything else by hand, and a name server that knows one address.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, OnceLock};

use rustls::crypto::ring::{self, sign::any_supported_type};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::pki::Shown;

/// Serves TLS in either version, and one answer of HTTP a connection.
pub(crate) fn serve(shown: Shown) -> SocketAddr {
    serve_dated(shown, "Sat, 21 Nov 2026 10:00:00 GMT")
}

/// The same by a clock of its own.
pub(super) fn serve_dated(shown: Shown, date: &'static str) -> SocketAddr {
    secured(config(shown, &[&TLS12, &TLS13]), move |stream| answer(stream, date))
}

/// Serves TLS in one version alone.
pub(super) fn serve_only(shown: Shown, version: &'static SupportedProtocolVersion) -> SocketAddr {
    secured(config(shown, &[version]), |stream| answer(stream, "Sat, 21 Nov 2026 10:00:00 GMT"))
}

/// Does as it likes with every connection.
pub(super) fn raw(behave: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().flatten().for_each(behave));
    address
}

/// Does as it likes once the handshake is over.
pub(super) fn secured(
    config: Arc<ServerConfig>,
    behave: impl Fn(&mut StreamOwned<ServerConnection, TcpStream>) + Send + 'static,
) -> SocketAddr {
    raw(move |mut tcp| {
        let mut session = ServerConnection::new(Arc::clone(&config)).unwrap();
        if session.complete_io(&mut tcp).is_ok() {
            behave(&mut StreamOwned::new(session, tcp));
        }
    })
}

/// Shows this chain with this key, whatever may be wrong with either.
pub(super) fn config(shown: Shown, versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let key = CertifiedKey::new(shown.chain, any_supported_type(&shown.key).unwrap());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    Arc::new(config)
}

fn answer(stream: &mut StreamOwned<ServerConnection, TcpStream>, date: &str) {
    let mut request = [0; 2048];
    // A probe that only shakes hands has nothing to ask.
    if !matches!(stream.read(&mut request), Ok(read) if read > 0) {
        return;
    }
    let head = format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    let _ = stream.write_all(head.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// A name server for which every name is 127.0.0.1.
pub(super) fn loopback_names() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                let _ = socket.send_to(&told(&query[..length]), from);
            }
        });
        address
    })
}

/// The answer to a query with one question: 127.0.0.1 for A, nothing else. RFC 1035, 4.1.
fn told(query: &[u8]) -> Vec<u8> {
    let name: usize = {
        let mut at = 12;
        while query[at] != 0 {
            at += usize::from(query[at]) + 1;
        }
        at + 1
    };
    let question = &query[12..name + 4];
    let is_a = query[name..name + 2] == [0, 1];
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    reply.extend(question);
    if is_a {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    reply
}
