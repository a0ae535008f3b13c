//! The least that a program can do: one non-blocking connect a target, all at once as far as there are descriptors, one
//! epoll, one deadline. It tries nobody twice, keeps no account of anything but the class, and resolves, tunnels and reads
//! nothing.

use std::net::SocketAddrV4;
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};
use rustix::process::{Resource, getrlimit};
use rustix::time::Timespec;
use serde_json::json;

use crate::lists::{Fate, Job};
use crate::measure::Begun;

/// Connects to the list and tells what it took and how much was wrong.
pub fn run(job: &Job) {
    let begun = Begun::now();
    let list: Vec<_> = job.list().collect();
    let mut verdicts: Vec<Option<Result<(), Errno>>> = vec![None; list.len()];
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll");
    let mut open: Vec<Option<OwnedFd>> = Vec::with_capacity(list.len());
    let deadline = Instant::now() + job.timeout;
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX).saturating_sub(64) as usize;
    let (mut waiting, mut events) = (0, Vec::with_capacity(1024));
    while waiting > 0 || open.len() < list.len() {
        while waiting < most && open.len() < list.len() {
            let place = open.len();
            let (socket, verdict) = begin(&epoll, list[place].0, place);
            waiting += usize::from(verdict.is_none());
            open.push(verdict.is_none().then_some(socket));
            verdicts[place] = verdict;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let left = Timespec::try_from(left).expect("a time");
        match epoll::wait(&epoll, spare_capacity(&mut events), Some(&left)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("{error}"),
        }
        for event in events.drain(..) {
            let place = event.data.u64() as usize;
            if let Some(socket) = open[place].take() {
                verdicts[place] = Some(sockopt::socket_error(&socket).expect("a socket"));
                waiting -= 1;
            }
        }
    }
    let wrong = list.iter().zip(&verdicts).filter(|((_, fate), verdict)| !is_right(*fate, **verdict)).count();
    begun.end(&[("wrong", json!(wrong))]);
}

/// Begins one connection; the verdict where there is one at once.
fn begin(epoll: &OwnedFd, to: SocketAddrV4, place: usize) -> (OwnedFd, Option<Result<(), Errno>>) {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).expect("a socket");
    match connect(&socket, &to) {
        Err(Errno::INPROGRESS) => {
            let data = epoll::EventData::new_u64(place as u64);
            epoll::add(epoll, &socket, data, epoll::EventFlags::OUT).expect("room");
            (socket, None)
        }
        verdict => (socket, Some(verdict)),
    }
}

fn is_right(fate: Fate, verdict: Option<Result<(), Errno>>) -> bool {
    let expected = match fate {
        Fate::Open => Some(Ok(())),
        Fate::Silent => None,
        Fate::Refused => Some(Err(Errno::CONNREFUSED)),
        Fate::Prohibited => Some(Err(Errno::HOSTUNREACH)),
    };
    verdict == expected
}
