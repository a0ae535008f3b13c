//! Which ICMP message ended a connection attempt, and who sent it.
//!
//! The operating system folds all messages into a few errors; the error queue of a socket (`IP_RECVERR`) keeps them
//! apart. Linux alone tells this much.

use std::fmt;
use std::net::IpAddr;

/// A message of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    version: u8,
    kind: u8,
    code: u8,
    from: Option<IpAddr>,
}

/// As in `ICMP administratively prohibited, from 10.0.0.1`.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.version, self.kind, self.code) {
            (4, 3, 0) | (6, 1, 0) => "network unreachable",
            (4, 3, 1) | (6, 1, 3) => "host unreachable",
            (4, 3, 2) => "protocol unreachable",
            (4, 3, 3) | (6, 1, 4) => "port unreachable",
            (4, 3, 9) => "network administratively prohibited",
            (4, 3, 10) => "host administratively prohibited",
            (4, 3, 13) | (6, 1, 1) => "communication administratively prohibited",
            (6, 1, 5) => "source address failed policy",
            (6, 1, 6) => "route rejected",
            (4, 11, _) | (6, 3, _) => "time exceeded",
            _ => "message",
        };
        let protocol = if self.version == 4 { "ICMP" } else { "ICMPv6" };
        write!(f, "{protocol} {name} (type {}, code {})", self.kind, self.code)?;
        match self.from {
            Some(from) => write!(f, " from {from}"),
            None => Ok(()),
        }
    }
}

#[cfg(target_os = "linux")]
pub(super) use queue::{read, socket};

#[cfg(target_os = "linux")]
mod queue {
    use std::io::IoSliceMut;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
    use std::os::fd::{AsRawFd, OwnedFd};

    use nix::sys::socket::{
        AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage,
        recvmsg, setsockopt, sockopt,
    };

    use super::Message;

    /// `SO_EE_ORIGIN_ICMP` and `SO_EE_ORIGIN_ICMP6` of `linux/errqueue.h`: who put an error into the queue.
    const BY_ICMP: u8 = 2;
    const BY_ICMP6: u8 = 3;
    /// Room for one error with the address of who sent it.
    const ROOM: usize = 256;

    /// A socket whose errors are queued, not yet connecting.
    pub(in super::super) fn socket(to: SocketAddr) -> nix::Result<OwnedFd> {
        let family = if to.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket = nix::sys::socket::socket(family, SockType::Stream, flags, SockProtocol::Tcp)?;
        // A kernel that keeps no queue still connects.
        let _: nix::Result<()> = match to {
            SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4RecvErr, &true),
            SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvErr, &true),
        };
        Ok(socket)
    }

    /// The first message in the queue.
    pub(in super::super) fn read(errors: &impl AsRawFd) -> Option<Message> {
        let (mut data, mut room) = ([0; 64], vec![0; ROOM]);
        let mut parts = [IoSliceMut::new(&mut data)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let received =
            recvmsg::<SockaddrStorage>(errors.as_raw_fd(), &mut parts, Some(&mut room), flags).ok()?;
        received.cmsgs().ok()?.find_map(|control| message(&control))
    }

    fn message(control: &ControlMessageOwned) -> Option<Message> {
        match control {
            ControlMessageOwned::Ipv4RecvErr(error, from) if error.ee_origin == BY_ICMP => {
                let from = from.map(|from| IpAddr::V4(Ipv4Addr::from(from.sin_addr.s_addr.to_ne_bytes())));
                Some(Message { version: 4, kind: error.ee_type, code: error.ee_code, from })
            }
            ControlMessageOwned::Ipv6RecvErr(error, from) if error.ee_origin == BY_ICMP6 => {
                let from = from.map(|from| IpAddr::V6(Ipv6Addr::from(from.sin6_addr.s6_addr)));
                Some(Message { version: 6, kind: error.ee_type, code: error.ee_code, from })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_the_names_of_their_rfcs() {
        let message = Message { version: 4, kind: 3, code: 13, from: Some([10, 0, 0, 1].into()) };
        let expected = "ICMP communication administratively prohibited (type 3, code 13) from 10.0.0.1";
        assert_eq!(message.to_string(), expected);
    }
}
