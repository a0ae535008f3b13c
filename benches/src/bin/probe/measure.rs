//! What a process has used, and how it tells.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

/// A measurement of this process that is under way.
pub struct Begun {
    at: Instant,
    processor: Duration,
    memory: u64,
}

impl Begun {
    /// Begins.
    pub fn now() -> Self {
        Self { memory: memory("self", "VmRSS"), processor: processor(), at: Instant::now() }
    }

    /// How long ago.
    pub fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }

    /// Ends, and writes what was used as one line of JSON, with what else is to be said.
    pub fn end(&self, more: &[(&str, Value)]) {
        let (wall, processor) = (self.at.elapsed(), processor() - self.processor);
        let peak = memory("self", "VmHWM");
        let mut said = json!({
            "wallMs": wall.as_secs_f64() * 1e3,
            "cpuMs": processor.as_secs_f64() * 1e3,
            "bytes": peak.saturating_sub(self.memory),
            "peak": peak,
        });
        for (key, value) in more {
            said[*key] = value.clone();
        }
        println!("{said}");
    }
}

/// A figure of `/proc/ID/status`, in bytes.
pub fn memory(process: &str, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).expect("the figure");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

fn processor() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a time")
}
