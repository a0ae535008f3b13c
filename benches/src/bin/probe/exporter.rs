//! Asks blackbox_exporter for probes over kept connections, as Prometheus does, with a thread a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Instant;

use serde_json::json;

use crate::lists::Job;
use crate::measure::memory;

const ADDRESS: &str = "127.0.0.1:9115";

/// Asks for the list and tells what the exporter took; its process id is in `EXPORTER`.
pub fn run(job: &Job) {
    let process = std::env::var("EXPORTER").expect("the exporter's process");
    let module = if job.what == "tls" { "tcp_tls" } else { "https" };
    let scheme = if job.what == "tls" { "" } else { "https://" };
    let queries = job.list().map(|(target, _)| {
        format!("GET /probe?module={module}&target={scheme}{target} HTTP/1.1\r\nHost: e\r\n\r\n")
    });
    let left = Mutex::new(queries.collect::<Vec<_>>());
    let before = processor(&process);
    let begun = Instant::now();
    let wrong: usize = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..job.concurrency.max(1)).map(|_| scope.spawn(|| ask(&left))).collect();
        askers.into_iter().map(|asker| asker.join().expect("answers")).sum()
    });
    let told = json!({
        "wallMs": begun.elapsed().as_secs_f64() * 1e3,
        "cpuMs": processor(&process) - before,
        "peak": memory(&process, "VmHWM"),
        "wrong": wrong,
    });
    println!("{told}");
}

fn ask(left: &Mutex<Vec<String>>) -> usize {
    let mut stream = TcpStream::connect(ADDRESS).expect("the exporter");
    let (mut wrong, mut answer) = (0, Vec::new());
    loop {
        let Some(query) = left.lock().expect("queries").pop() else { return wrong };
        stream.write_all(query.as_bytes()).expect("asked");
        answer.clear();
        let mut part = [0; 1 << 14];
        while !is_whole(&answer) {
            let size = stream.read(&mut part).expect("an answer");
            assert!(size > 0, "the exporter hangs up");
            answer.extend_from_slice(&part[..size]);
        }
        let text = String::from_utf8_lossy(&answer);
        wrong += usize::from(!text.contains("\nprobe_success 1"));
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.map_or_else(|| body.ends_with("0\r\n\r\n"), |length: usize| body.len() >= length)
}

/// The processor time of a process, in milliseconds: the kernel counts it in hundredths of a second.
fn processor(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    (fields[11].parse::<f64>().expect("ticks") + fields[12].parse::<f64>().expect("ticks")) * 10.0
}
