//! `azpreflight probe`: its answers, its arguments, its exit codes, on loopback alone.

mod answers;
mod program;
mod real_prometheus;
mod replay;
mod samples;
