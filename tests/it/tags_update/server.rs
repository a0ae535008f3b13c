//! Servers of files on the loopback interface, good and bad.

use std::io::{BufRead, BufReader, Read, Write, copy};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::PrivateKeyDer;

/// What a server does once it has been asked.
#[derive(Clone)]
pub(super) enum Reply {
    /// 200 with this body.
    File(Vec<u8>),
    /// These bytes, whatever they are.
    Raw(Vec<u8>),
    /// 302 to this address.
    Moved(String),
    /// The beginning of an answer, and then silence for ten seconds.
    Slow,
    /// A body without end.
    Endless,
}

/// A server that answers by path; the first path that the request begins with counts.
pub(super) struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    scheme: &'static str,
}

impl Server {
    pub(super) fn plain(replies: Vec<(&str, Reply)>) -> Self {
        Self::start(replies, None)
    }

    /// The same over TLS.
    pub(super) fn secure(replies: Vec<(&str, Reply)>, identity: &Identity) -> Self {
        Self::start(replies, Some(Arc::clone(&identity.0)))
    }

    fn start(replies: Vec<(&str, Reply)>, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let replies: Vec<(String, Reply)> =
            replies.into_iter().map(|(path, reply)| (path.to_owned(), reply)).collect();
        let (told, scheme) = (Arc::clone(&heads), if tls.is_some() { "https" } else { "http" });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, told, tls) = (replies.clone(), Arc::clone(&told), tls.clone());
                thread::spawn(move || match tls {
                    None => answer(stream, &replies, &told),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config).expect("a server");
                        answer(rustls::StreamOwned::new(connection, stream), &replies, &told);
                    }
                });
            }
        });
        Self { address, heads, scheme }
    }

    /// The address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The heads of all requests so far.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("heads").clone()
    }
}

/// A certificate for 127.0.0.1 with its key.
pub(super) struct Identity(Arc<rustls::ServerConfig>);

impl Identity {
    /// Of an authority of its own, whose certificate comes second, as PEM.
    pub(super) fn new() -> (Self, String) {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = authority.self_signed(&key).expect("a certificate").pem();
        let issuer = Issuer::new(authority, key);
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .expect("an identity");
        (Self(Arc::new(config)), pem)
    }
}

/// A proxy that makes tunnels for whoever shows these credentials, and keeps the heads of requests.
pub(super) fn proxy(authorization: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heads = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heads);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head = head(&mut stream);
            told.lock().expect("heads").push(head.clone());
            if !head.contains(&format!("proxy-authorization: {authorization}\r\n")) {
                let refusal =
                    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
                drop(stream.write_all(refusal.as_bytes()));
                continue;
            }
            thread::spawn(move || relay(stream, &head));
        }
    });
    Server { address, heads, scheme: "http" }
}

fn relay(mut near: TcpStream, head: &str) {
    let to = head.split(' ').nth(1).expect("a destination");
    let mut far = TcpStream::connect(to).expect("a way");
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("an answer");
    let (mut from_near, mut to_far) = (near.try_clone().expect("near"), far.try_clone().expect("far"));
    thread::spawn(move || drop(copy(&mut from_near, &mut to_far)));
    drop(copy(&mut far, &mut near));
}

/// A request up to its empty line.
fn head(from: &mut impl Read) -> String {
    // One byte at a time, so that nothing behind the head is taken.
    let mut lines = BufReader::with_capacity(1, from);
    let mut head = String::new();
    while lines.read_line(&mut head).is_ok_and(|size| size > 2) {}
    head
}

/// The client may go away at any time: errors of writing are expected.
fn answer(mut stream: impl Read + Write, replies: &[(String, Reply)], told: &Mutex<Vec<String>>) {
    let head = head(&mut stream);
    told.lock().expect("heads").push(head.clone());
    let path = head.split(' ').nth(1).unwrap_or_default();
    let found = replies.iter().find(|(known, _)| path.contains(known.as_str()));
    let reply = found.map_or_else(
        || Reply::Raw(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_vec()),
        |(_, reply)| reply.clone(),
    );
    match reply {
        Reply::File(body) => {
            drop(write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()));
            drop(stream.write_all(&body));
        }
        Reply::Raw(bytes) => drop(stream.write_all(&bytes)),
        Reply::Moved(to) => {
            drop(write!(stream, "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"));
        }
        Reply::Slow => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"));
            drop(stream.flush());
            thread::sleep(Duration::from_secs(10));
        }
        Reply::Endless => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n"));
            let spaces = vec![b' '; 1 << 16];
            while stream.write_all(&spaces).is_ok() {}
        }
    }
    drop(stream.flush());
}
