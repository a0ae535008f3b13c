//! What the measurements share: a generator with a seed, and a clock; a large group.

pub mod rest;

pub mod cases;
pub mod diagram;
pub mod lists;

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A small generator with a fixed seed: xorshift64*.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.bits() >> 33) as usize % bound
    }
}

/// One who takes part in a comparison.
pub struct Contestant<'a> {
    /// Its name.
    pub name: &'a str,
    /// Does the work once over and gives something that depends on all of it.
    pub work: Box<dyn Fn() -> u64 + 'a>,
}

/// Lets all work in turn, `rounds` times, so that whatever slows the machine slows all alike; gives for each the times
/// of its rounds. Fails where the answers differ.
pub fn race(contestants: &[Contestant<'_>], rounds: usize) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::new(); contestants.len()];
    let expected = (contestants[0].work)();
    for round in 0..=rounds {
        for (contestant, times) in contestants.iter().zip(&mut times) {
            let start = Instant::now();
            let found = black_box((contestant.work)());
            let time = start.elapsed();
            assert_eq!(found, expected, "{} answers differently", contestant.name);
            // The first round warms up.
            if round > 0 {
                times.push(time);
            }
        }
    }
    times
}

/// The middle of some times.
pub fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

/// The middle of how many times longer the other took, round by round.
pub fn ratio(ours: &[Duration], theirs: &[Duration]) -> f64 {
    let mut ratios: Vec<f64> =
        ours.iter().zip(theirs).map(|(ours, theirs)| theirs.as_secs_f64() / ours.as_secs_f64()).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}
