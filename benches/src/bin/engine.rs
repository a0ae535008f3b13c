//! Questions about sets of flows, and all shadowed rules, of lists of a thousand rules: beside decision diagrams.
//!
//! `engine` prints the tables; `engine memory KIND ours|diagram` does one side's work alone and prints its peak memory.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use azpreflight::net::FlowBox;
use azpreflight::nsg::{self, AnomalyKind, Classes, Overall, RuleTable};
use azpreflight_benches::diagram::{Space, verdict};
use azpreflight_benches::lists::{KINDS, questions, table};
use azpreflight_benches::{median, ratio};

const RULES: usize = 1000;
const ROUNDS: usize = 21;
/// Rounds of what takes long.
const FEW: usize = 5;
const NODES: usize = 1 << 22;
/// At most so long, and at least so many times faster.
const GOAL: (Duration, f64) = (Duration::from_millis(1), 25.0);
const GOAL_SHADOWED: f64 = 20.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, kind, side] = arguments.as_slice()
        && word == "memory"
    {
        return memory(kind.parse().expect("a number"), side);
    }
    queries();
    println!();
    shadowed();
    println!();
    memories();
}

fn queries() {
    println!(
        "| {RULES} rules: one question | ours, µs | diagram, question prebuilt, µs | times | diagram, question built, µs | times |"
    );
    println!("|---|---|---|---|---|---|");
    let mut worst = (Duration::ZERO, f64::INFINITY, f64::INFINITY);
    for (kind, write) in KINDS {
        let tables = [table(&write(RULES))];
        let compiled = Classes::new(&tables);
        let mut space = Space::new(NODES);
        let allowed = space.allowed(&tables[0]);
        let names: Vec<String> = questions(0).into_iter().map(|(name, _)| name).collect();
        let mut times: Vec<[Vec<Duration>; 3]> = vec![Default::default(); names.len()];
        for round in 0..=ROUNDS {
            for (number, (_, asked)) in questions(round).into_iter().enumerate() {
                let (ours, us) = timed(|| answer(&compiled, &asked));
                let (built, query) = timed(|| space.flows(&asked));
                let (theirs, apply) = timed(|| verdict(&query, &allowed));
                assert_eq!(us, apply, "{kind}: {}", names[number]);
                if round > 0 {
                    let one = &mut times[number];
                    one[0].push(ours);
                    one[1].push(theirs);
                    one[2].push(built + theirs);
                }
            }
        }
        println!("| **{kind}** | | | | | |");
        for (name, [ours, prebuilt, built]) in names.iter().zip(&times) {
            let ratios = [ratio(ours, prebuilt), ratio(ours, built)];
            let µs = |times: &[Duration]| median(times).as_secs_f64() * 1e6;
            println!(
                "| {name} | {:.1} | {:.1} | {:.2} | {:.1} | {:.2} |",
                µs(ours),
                µs(prebuilt),
                ratios[0],
                µs(built),
                ratios[1]
            );
            worst = (worst.0.max(median(ours)), worst.1.min(ratios[0]), worst.2.min(ratios[1]));
        }
    }
    println!(
        "\nSlowest {:.0} µs (goal {} µs); at the least {:.2} times as fast as the prebuilt diagram with the question prebuilt, {:.2} with the question built (goal {}).",
        worst.0.as_secs_f64() * 1e6,
        GOAL.0.as_micros(),
        worst.1,
        worst.2,
        GOAL.1
    );
}

fn shadowed() {
    println!(
        "| all shadowed rules of {RULES} | found | ours, ms | diagram, ms | times |\n|---|---|---|---|---|"
    );
    let mut worst = f64::INFINITY;
    for (kind, write) in KINDS {
        let table = table(&write(RULES));
        let (mut ours, mut theirs, mut found) = (Vec::new(), Vec::new(), 0);
        for _ in 0..=FEW {
            let (us, mine) = timed(|| never(&table));
            // Its set-up is part of the work: the manager, every rule's diagram.
            let (them, other) = timed(|| Space::new(NODES).shadowed(&table));
            assert_eq!(mine, other.into_iter().collect(), "{kind}");
            found = mine.len();
            ours.push(us);
            theirs.push(them);
        }
        let ms = |times: &[Duration]| median(times).as_secs_f64() * 1e3;
        let times = ratio(&ours, &theirs);
        println!("| {kind} | {found} | {:.2} | {:.1} | {times:.1} |", ms(&ours), ms(&theirs));
        worst = worst.min(times);
    }
    println!("\nAt the least {worst:.1} times as fast (goal {GOAL_SHADOWED}).");
}

/// The rules that earlier ones cover, default rules and rules that match nothing too, as the diagrams give them.
fn never(table: &RuleTable) -> BTreeSet<usize> {
    let found = nsg::anomalies(table)
        .into_iter()
        .filter(|anomaly| matches!(anomaly.kind, AnomalyKind::Shadowed { .. } | AnomalyKind::Unmatchable));
    found.map(|anomaly| anomaly.rule).collect()
}

/// The verdict in the numbers of the diagrams.
fn answer(compiled: &Classes<'_>, asked: &FlowBox) -> u64 {
    match compiled.verify(asked).overall() {
        Overall::Allow => 0,
        Overall::Deny => 1,
        Overall::Mixed => 2,
        Overall::Undetermined => 3,
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let found = black_box(work());
    (start.elapsed(), found)
}

fn memories() {
    println!("| {RULES} rules, all questions: peak memory | ours, MB | diagram, MB |\n|---|---|---|");
    let this = std::env::current_exe().expect("this program");
    for (number, (kind, _)) in KINDS.iter().enumerate() {
        let megabytes = |side: &str| {
            let told = std::process::Command::new(&this).args(["memory", &number.to_string(), side]).output();
            String::from_utf8(told.expect("it starts").stdout).expect("text").trim().to_owned()
        };
        println!("| {kind} | {} | {} |", megabytes("ours"), megabytes("diagram"));
    }
}

/// One side's work and nothing else; prints by how much the peak grew over the rules alone.
fn memory(kind: usize, side: &str) {
    let tables = [table(&KINDS[kind].1(RULES))];
    let asked = questions(1);
    let before = peak();
    if side == "ours" {
        let compiled = Classes::new(&tables);
        asked.iter().for_each(|(_, asked)| {
            black_box(answer(&compiled, asked));
        });
    } else {
        let mut space = Space::new(NODES);
        let allowed = space.allowed(&tables[0]);
        for (_, asked) in &asked {
            let query = space.flows(asked);
            black_box(verdict(&query, &allowed));
        }
        eprintln!("{} nodes", space.nodes());
    }
    println!("{:.1}", (peak() - before) as f64 / 1024.0);
}

/// The most memory that this process has held so far, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}
