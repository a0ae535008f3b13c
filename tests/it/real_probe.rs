//! Probes of real components, in network namespaces that nothing leads out of: squid, tinyproxy, mitmproxy and microsocks
//! as what stands in between, Azurite as storage, nginx and haproxy as other servers, unbound, dnsmasq and a server that
//! misbehaves for names, nftables for what networks do to packets, and the VM agent's own client beside ours.

mod families;
mod faults;
mod loss;
mod matrix;
mod platform;
mod proxies;
mod scene;

use scene::{Answer, Scene};
