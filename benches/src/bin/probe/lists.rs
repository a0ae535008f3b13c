//! Which addresses are probed, and what is right to say of each.
//!
//! The second number of an address is its fate, which the rules of `benches/probe/rules.nft` bring about.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

/// What is right to say of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Open = 0,
    Silent = 1,
    Refused = 2,
    Prohibited = 3,
}

/// What one contestant has to do.
#[derive(Debug, Clone)]
pub struct Job {
    /// How many targets.
    pub targets: usize,
    /// Whether one in twenty is a black hole, one refused, one prohibited; else all are open.
    pub mixed: bool,
    /// The port of every target.
    pub port: u16,
    /// How long a target may take.
    pub timeout: Duration,
    /// How many at once; all of them where it is 0.
    pub concurrency: usize,
    /// `tcp`, `tls` or `https`.
    pub what: String,
    /// Through the proxy of the namespace.
    pub proxied: bool,
    /// With early, provisional verdicts.
    pub adaptive: bool,
}

/// The proxy of the namespace.
pub const PROXY: &str = "http://127.0.0.1:3128";
/// How many addresses the certificate of the servers names.
pub const NAMED: usize = 300;

impl Job {
    /// Connections to port 443.
    pub fn tcp(targets: usize, mixed: bool) -> Self {
        let timeout = Duration::from_secs(3);
        let (what, port) = ("tcp".to_owned(), 443);
        Self { targets, mixed, port, timeout, concurrency: 0, what, proxied: false, adaptive: false }
    }

    /// From the arguments that [`words`](Self::words) makes.
    pub fn read(words: &[String]) -> Self {
        let [targets, mixed, port, timeout, concurrency, what, proxied, adaptive] = words else {
            panic!("eight words")
        };
        let number = |text: &String| text.parse::<u64>().expect("a number");
        Self {
            targets: number(targets) as usize,
            mixed: mixed == "true",
            port: port.parse().expect("a port"),
            timeout: Duration::from_millis(number(timeout)),
            concurrency: number(concurrency) as usize,
            what: what.clone(),
            proxied: proxied == "true",
            adaptive: adaptive == "true",
        }
    }

    /// As arguments.
    pub fn words(&self) -> Vec<String> {
        vec![
            self.targets.to_string(),
            self.mixed.to_string(),
            self.port.to_string(),
            self.timeout.as_millis().to_string(),
            self.concurrency.to_string(),
            self.what.clone(),
            self.proxied.to_string(),
            self.adaptive.to_string(),
        ]
    }

    /// Every target with its fate. Those that speak TLS are the addresses that the certificate names, again and again.
    pub fn list(&self) -> impl Iterator<Item = (SocketAddrV4, Fate)> {
        let (mixed, port) = (self.mixed, self.port);
        let distinct = if self.what == "tcp" { usize::MAX } else { NAMED };
        (0..self.targets).map(move |place| {
            let fate = match place % 20 {
                7 if mixed => Fate::Silent,
                11 if mixed => Fate::Refused,
                13 if mixed => Fate::Prohibited,
                _ => Fate::Open,
            };
            let place = place % distinct;
            let address = Ipv4Addr::new(127, 20 + fate as u8, (place / 250) as u8, (1 + place % 250) as u8);
            (SocketAddrV4::new(address, port), fate)
        })
    }
}
