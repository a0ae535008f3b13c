//! The program `openssl`, on loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A server that ends on drop.
pub(super) struct Server {
    child: Child,
    pub(super) at: SocketAddr,
}

impl Server {
    /// Serves with these files: a certificate with its key.
    pub(super) fn start(both: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", both, "-www"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let at = lines.find_map(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
        // It goes on printing, and must not find nobody listening.
        std::thread::spawn(move || lines.for_each(drop));
        let at = at.unwrap_or_else(|| panic!("{arguments:?}: {:?}", child.wait()));
        Self { child, at }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A key of this kind and a certificate for 127.0.0.1 with it, that vouches for itself, in one file.
pub(super) fn key_and_certificate(name: &str, kind: &[&str]) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = |end: &str| {
        let file = format!("openssl-{name}-{}.{end}", std::process::id());
        folder.join(file).to_str().unwrap().to_owned()
    };
    let (key, certificate, both) = (path("key"), path("crt"), path("both"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=openssl"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", &key, "-out", &certificate])
        .args(kind)
        .output()
        .unwrap();
    assert!(output.status.success(), "{kind:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = [&key, &certificate].map(|file| std::fs::read_to_string(file).unwrap()).concat();
    std::fs::write(&both, text).unwrap();
    both
}

/// Whether OpenSSL takes the server there for `host`, by the roots in `SSL_CERT_FILE`.
pub(super) fn approves(at: SocketAddr, host: &str) -> bool {
    let roots = std::env::var("SSL_CERT_FILE").unwrap();
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &at.to_string(), "-verify_return_error", "-CAfile", &roots]);
    command.args(["-no-CApath", "-no-CAstore"]);
    match host.parse::<std::net::IpAddr>() {
        Ok(_) => command.args(["-verify_ip", host, "-noservername"]),
        Err(_) => command.args(["-verify_hostname", host, "-servername", host]),
    };
    let output = command.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("CONNECTED"), "{told}{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

/// The SHA-1 of a certificate, in lower-case hexadecimal.
pub(super) fn sha1_of(pem: &str) -> String {
    let mut child = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(pem.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    told.trim().rsplit('=').next().unwrap().replace(':', "").to_ascii_lowercase()
}
