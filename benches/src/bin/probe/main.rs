//! Live probes beside programs that could do the same. Everything here runs in a network namespace without a way out, which
//! `benches/probe/run.sh` makes; see there.
//!
//! `probe duel SECTION…` writes the tables; the other words are the contestants, each a process of its own so that its memory
//! and its processor time can be told apart.

mod duel;
mod exporter;
mod lists;
mod measure;
mod ours;
mod raw;
mod serve;
mod table;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (word, rest) = words.split_first().expect("a word: duel, ours, raw, exporter, serve");
    match word.as_str() {
        "ours" => ours::run(&lists::Job::read(rest)),
        "raw" => raw::run(&lists::Job::read(rest)),
        "exporter" => exporter::run(&lists::Job::read(rest)),
        "serve" => serve::run(),
        "duel" => duel::run(rest),
        other => panic!("no `{other}`"),
    }
}
