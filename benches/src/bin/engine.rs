//! Questions about sets of flows, and all shadowed rules, of lists of a thousand rules: beside decision diagrams.
//!
//! `engine` prints the tables; `engine memory KIND ours|diagram` does one side's work alone and prints its peak memory.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use azpreflight::net::FlowBox;
use azpreflight::nsg::{self, AnomalyKind, Classes, Decision, Overall, RuleOrigin, RuleTable};
use azpreflight_benches::diagram::{Space, deciding, verdict};
use azpreflight_benches::lists::{KINDS, questions, table};
use azpreflight_benches::{median, ratio};

const RULES: usize = 1000;
const ROUNDS: usize = 9;
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

/// The times of one question.
#[derive(Default)]
struct Times {
    /// Verdict, pieces, deciding rules.
    ours: Vec<Duration>,
    /// The verdict alone, the question's diagram being there.
    verdict: Vec<Duration>,
    /// The same with the question's diagram to build.
    built: Vec<Duration>,
    /// Question, verdict and deciding rules.
    deciding: Vec<Duration>,
    /// The verdict again, of a question that differs in the sender alone: most results are in the cache.
    again: Vec<Duration>,
}

fn queries() {
    println!(
        "| {RULES} rules: one question | ours, µs | verdict alone, µs | times | with the question to build, µs | times | and the deciding rules, µs | times | verdict asked again, µs |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut worst = [0.0, f64::INFINITY, f64::INFINITY, f64::INFINITY];
    for (kind, write) in KINDS {
        let tables = [table(&write(RULES))];
        let compiled = Classes::new(&tables);
        let mut times: Vec<Times> = questions(0).iter().map(|_| Times::default()).collect();
        for round in 0..=ROUNDS {
            ask(&compiled, &tables[0], round, &mut times);
        }
        println!("| **{kind}** | | | | | | | | |");
        for ((name, _), times) in questions(0).iter().zip(&times) {
            let us = |times: &[Duration]| median(times).as_secs_f64() * 1e6;
            let theirs = [&times.verdict, &times.built, &times.deciding];
            let ratios = theirs.map(|theirs| ratio(&times.ours, theirs));
            print!("| {name} | {:.1} |", us(&times.ours));
            for (theirs, times) in theirs.iter().zip(ratios) {
                print!(" {:.1} | {times:.2} |", us(theirs));
            }
            println!(" {:.1} |", us(&times.again));
            worst[0] = f64::max(worst[0], us(&times.ours));
            for (worst, ratio) in worst[1..].iter_mut().zip(ratios) {
                *worst = worst.min(ratio);
            }
        }
    }
    println!(
        "\nSlowest {:.0} µs (goal {} µs). At the least {:.2} times as fast as the verdict alone, {:.2} with the question to build, {:.2} with the deciding rules too (goal {}).",
        worst[0],
        GOAL.0.as_micros(),
        worst[1],
        worst[2],
        worst[3],
        GOAL.1
    );
}

/// Every question once, of diagrams that were built for this round: a result is in the cache where building the list or
/// another question of the round has put it there, as in a program that is asked each question once.
fn ask(compiled: &Classes<'_>, table: &RuleTable, round: usize, times: &mut [Times]) {
    let mut space = Space::new(NODES);
    let allowed = space.allowed(table);
    let firsts = space.firsts(table);
    let mut asked: Vec<_> = questions(round).into_iter().enumerate().collect();
    let count = asked.len();
    asked.rotate_left(round % count);
    for (number, (name, asked)) in &asked {
        let (ours, (us, decided)) = timed(|| answer(compiled, asked));
        let (build, query) = timed(|| space.flows(asked));
        let (apply, them) = timed(|| verdict(&query, &allowed));
        let (rules, deciding) = timed(|| deciding(&query, &firsts));
        assert_eq!((us, &decided), (them, &deciding), "{name}");
        if round > 0 {
            let one = &mut times[*number];
            one.ours.push(ours);
            one.verdict.push(apply);
            one.built.push(build + apply);
            one.deciding.push(build + apply + rules);
        }
    }
    for ((_, asked), times) in questions(round + 1).iter().zip(times) {
        let query = space.flows(asked);
        let (again, _) = timed(|| verdict(&query, &allowed));
        if round > 0 {
            times.again.push(again);
        }
    }
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
            let custom = |index: &usize| table.rules[*index].origin == RuleOrigin::Custom;
            assert_eq!(mine, other.into_iter().filter(custom).collect(), "{kind}");
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

/// The rules that earlier ones cover, and those that match nothing.
fn never(table: &RuleTable) -> BTreeSet<usize> {
    let found = nsg::anomalies(table)
        .into_iter()
        .filter(|anomaly| matches!(anomaly.kind, AnomalyKind::Shadowed { .. } | AnomalyKind::Unmatchable));
    found.map(|anomaly| anomaly.rule).collect()
}

/// The verdict in the numbers of the diagrams, and the rules that decide any of the flows.
fn answer(compiled: &Classes<'_>, asked: &FlowBox) -> (u64, Vec<usize>) {
    let found = compiled.verify(asked);
    let verdict = match found.overall() {
        Overall::Allow => 0,
        Overall::Deny => 1,
        Overall::Mixed => 2,
        Overall::Undetermined => 3,
    };
    let decided = found.pieces.iter().flat_map(|piece| &piece.decisions).filter_map(Decision::decided_by);
    let decided: BTreeSet<usize> = decided.map(|decided| decided.rule).collect();
    (verdict, decided.into_iter().collect())
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
