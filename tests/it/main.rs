//! Tests through the public interface.
#![cfg(test)]

mod architecture;
mod cases;
mod check_probe;
mod cli;
mod collect;
mod consumers;
mod corpus;
mod diff;
mod docs;
mod examples;
mod explain_log;
#[cfg(unix)]
mod hostile_disk;
mod http_phases;
mod knowledge;
#[cfg(target_os = "linux")]
mod lab;
mod lint;
mod machine_alone;
mod nsg;
mod oracle;
mod placement;
mod plan;
mod probe;
mod probe_cli;
#[cfg(target_os = "linux")]
mod real_agent;
mod real_az;
mod real_backup_conf;
#[cfg(target_os = "linux")]
mod real_check_probe;
#[cfg(target_os = "linux")]
mod real_container;
#[cfg(target_os = "linux")]
mod real_firewall;
#[cfg(target_os = "linux")]
mod real_hives;
#[cfg(target_os = "linux")]
mod real_leases;
#[cfg(target_os = "linux")]
mod real_mounts;
#[cfg(target_os = "linux")]
mod real_no_proxy;
#[cfg(target_os = "linux")]
mod real_probe;
#[cfg(target_os = "linux")]
mod real_resolve;
mod real_script;
#[cfg(target_os = "linux")]
mod real_tls;
#[cfg(target_os = "linux")]
mod real_volumes;
mod real_z3;
mod recorded;
mod redaction;
mod reference;
mod remedies;
mod report;
mod resolve;
mod script;
mod secrets;
mod sets;
mod situation;
mod snapshots;
mod suggest;
mod tags;
mod tags_update;
mod tls_phase;
#[cfg(windows)]
mod windows_live;
mod wire;
