//! What is probed and what came of it: the vocabulary of probing. No socket, no clock and no resolver is known here.
//!
//! A [`Target`] says where to knock, through what, and which answer only the right service gives. An [`Observation`] says
//! what happened in each of five phases, in the order in which they happen:
//!
//! | phase | reached when | fails as |
//! |---|---|---|
//! | [resolve](Phase::Resolve) | the name has addresses | `nxdomain`, `servfail`, `resolve-timeout`, … |
//! | [connect](Phase::Connect) | TCP is accepted | `refused`, `reset`, `timed-out`, `unreachable` |
//! | [tunnel](Phase::Tunnel) | the proxy answers CONNECT with 2xx | `proxy-refused`, `proxy-auth-required`, … |
//! | [tls](Phase::Tls) | the chain, the name and the dates hold | `certificate-untrusted`, `tls-intercepted`, … |
//! | [request](Phase::Request) | the answer is the service's own | `unexpected-answer`, `guest-proxy-agent`, … |

mod answer;
pub mod certificate;
pub mod expectation;
mod failure;
pub mod foreign;
mod host;
mod meaning;
mod no_proxy;
mod observation;
mod proxy;
mod strategy;
mod target;
pub mod tunnel;
mod vocabulary;

pub use answer::{
    AddressVerdict, Certificate, HttpAnswer, NameServerAnswer, Resolution, ResolvedBy, TlsAnswer, Trust,
    TunnelAnswer, Validity,
};
pub use failure::Failure;
pub(crate) use host::without_secrets;
pub use host::{Authority, Host, UnknownHost};
pub use meaning::{advice, meaning};
pub use no_proxy::{Dialect, NoProxy};
pub use observation::{Observation, Phases};
pub use proxy::{Credentials, Proxy, UnknownProxy, Via};
pub use strategy::{Limits, RoundTrips, attempts};
pub use target::{Need, Target};
pub use vocabulary::{Consumer, Expectation, FailureKind, Fault, Outcome, Phase};
