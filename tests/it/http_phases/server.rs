//! A server that does what the test says, one connection at a time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server on 127.0.0.1 that ends when dropped.
pub(super) struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Reads the head of each request, then lets the script have the connection.
    pub(super) fn after_head(script: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        Self::start(heads, move |stream| {
            let head = head_of(stream);
            kept.lock().unwrap().push(head);
            script(stream);
        })
    }

    /// Lets the script have each connection as it comes.
    pub(super) fn at_once(script: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        Self::start(Arc::default(), script)
    }

    fn start(heads: Arc<Mutex<Vec<String>>>, script: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                if seen.load(Ordering::SeqCst) {
                    return;
                }
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
                script(&mut stream);
            }
        });
        Self { address, heads, ended, thread: Some(thread) }
    }

    /// Answers every request with these bytes and closes.
    pub(super) fn saying(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        // A client that has heard enough may be gone before the end.
        Self::after_head(move |stream| drop(stream.write_all(bytes.as_ref())))
    }

    /// Where it listens, as `127.0.0.1:port`.
    pub(super) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// As a proxy's URL.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The only request so far, up to the empty line, names and values as they came.
    pub(super) fn request(&self) -> String {
        let heads = self.heads.lock().unwrap();
        assert_eq!(heads.len(), 1, "{heads:?}");
        heads[0].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.ended.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        drop(thread.join());
    }
}

fn head_of(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
