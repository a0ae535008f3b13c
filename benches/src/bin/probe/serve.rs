//! A server that accepts on port 443 of every address and closes at once.

use std::net::{Ipv4Addr, SocketAddrV4};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, accept_with, bind, listen, socket_with, sockopt};

/// Accepts until it is killed.
pub fn run() {
    let listener = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None);
    let listener = listener.expect("a socket");
    sockopt::set_socket_reuseaddr(&listener, true).expect("an option");
    bind(&listener, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 443)).expect("the port");
    listen(&listener, 65_535).expect("a listener");
    loop {
        match accept_with(&listener, SocketFlags::CLOEXEC) {
            Ok(stream) => drop(stream),
            Err(Errno::INTR | Errno::CONNABORTED | Errno::AGAIN) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
