//! Figures of several rounds, and tables of them.

use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::lists::Job;

/// One figure over all rounds.
pub fn figures(rounds: &[Value], key: &str) -> Vec<f64> {
    rounds.iter().map(|round| round[key].as_f64().unwrap_or_else(|| panic!("{key}: {round}"))).collect()
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The median of a figure.
pub fn of(rounds: &[Value], key: &str) -> f64 {
    median(figures(rounds, key))
}

/// The median of the ratios of single rounds.
pub fn ratio(ours: &[Value], theirs: &[Value], key: &str) -> f64 {
    median(figures(ours, key).iter().zip(figures(theirs, key)).map(|(ours, theirs)| ours / theirs).collect())
}

/// The most wrong verdicts of a round.
pub fn wrong(rounds: &[Value]) -> f64 {
    figures(rounds, "wrong").into_iter().fold(0.0, f64::max)
}

/// Runs a contestant of this program.
pub fn contestant(word: &str, job: &Job) -> Value {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(word).args(job.words()).output().expect("it runs");
    assert!(output.status.success(), "{word}: {}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
    if told["wrong"] != 0 {
        eprintln!("{word} {:?}: {told}", job.words());
    }
    told
}

/// Runs another program to its end and gives its wall time in milliseconds, with what it printed.
pub fn timed(command: &mut Command) -> (f64, String) {
    let begun = Instant::now();
    let output = command.output().expect("it runs");
    let wall = begun.elapsed().as_secs_f64() * 1e3;
    (wall, String::from_utf8_lossy(&output.stdout).into_owned())
}
