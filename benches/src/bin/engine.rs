//! Questions about sets of flows, and all shadowed rules, of lists of a thousand rules: beside decision diagrams.
//!
//! `engine` prints the tables; `engine memory KIND ours|diagram` does one side's work alone and prints its peak memory;
//! `engine cases FILE` writes lists, some of the questions and how long they took, for `ask_z3.py`.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use azpreflight::net::FlowBox;
use azpreflight::nsg::{self, Classes, Decision, Overall, RuleOrigin, RuleTable};
use azpreflight_benches::diagram::{Space, deciding, verdict};
use azpreflight_benches::lists::{KINDS, questions, table};
use azpreflight_benches::{cases, median, ratio};
use serde_json::json;

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
    if let [word, file] = arguments.as_slice()
        && word == "cases"
    {
        return cases(file);
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
    /// Ours: the verdict alone.
    verdict: Vec<Duration>,
    /// Ours: the verdict, every piece, the deciding rules.
    pieces: Vec<Duration>,
    /// The diagram: the verdict alone, the question's own diagram being there.
    prebuilt: Vec<Duration>,
    /// The same with the question's diagram to build.
    built: Vec<Duration>,
    /// The diagram: question, verdict and deciding rules.
    deciding: Vec<Duration>,
    /// The verdict of a question that differs in the sender alone: most results are in the cache.
    again: Vec<Duration>,
}

fn queries() {
    println!(
        "| {RULES} rules: one question, µs | verdict: ours | diagram | times | question prebuilt | times | asked again | deciding rules: ours | diagram | times |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut slowest = [0.0f64; 2];
    let mut least = [f64::INFINITY; 3];
    for (kind, write) in KINDS {
        let tables = [table(&write(RULES))];
        let compiled = Classes::new(&tables);
        let mut times: Vec<Times> = questions(0).iter().map(|_| Times::default()).collect();
        for round in 0..=ROUNDS {
            ask(&compiled, &tables[0], round, &mut times);
        }
        println!("| **{kind}** | | | | | | | | | |");
        for ((name, _), times) in questions(0).iter().zip(&times) {
            let us = |times: &[Duration]| median(times).as_secs_f64() * 1e6;
            let ratios = [
                ratio(&times.verdict, &times.built),
                ratio(&times.verdict, &times.prebuilt),
                ratio(&times.pieces, &times.deciding),
            ];
            println!(
                "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                us(&times.verdict),
                us(&times.built),
                ratios[0],
                us(&times.prebuilt),
                ratios[1],
                us(&times.again),
                us(&times.pieces),
                us(&times.deciding),
                ratios[2]
            );
            for (slowest, ours) in slowest.iter_mut().zip([&times.verdict, &times.pieces]) {
                *slowest = slowest.max(us(ours));
            }
            for (least, ratio) in least.iter_mut().zip(ratios) {
                *least = least.min(ratio);
            }
        }
    }
    println!(
        "\nSlowest: {:.0} µs for a verdict, {:.0} µs with pieces and deciding rules (goal {} µs). At the least {:.2} times as fast as the diagram for a verdict, {:.2} with the question prebuilt, {:.2} for the deciding rules (goal {}).",
        slowest[0],
        slowest[1],
        GOAL.0.as_micros(),
        least[0],
        least[1],
        least[2],
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
        let (sooner, quick) = timed(|| compiled.overall(asked));
        let (pieces, (us, decided)) = timed(|| answer(compiled, asked));
        assert_eq!(number_of(quick), us, "{name}");
        let (build, query) = timed(|| space.flows(asked));
        let (apply, them) = timed(|| verdict(&query, &allowed));
        let (rules, deciding) = timed(|| deciding(&query, &firsts));
        assert_eq!((us, &decided), (them, &deciding), "{name}");
        if round > 0 {
            let one = &mut times[*number];
            one.verdict.push(sooner);
            one.pieces.push(pieces);
            one.prebuilt.push(apply);
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
        "| all shadowed rules of {RULES} | found | ours, ms | diagram, ms | times | ours with blockers, and redundant ones, ms |\n|---|---|---|---|---|---|"
    );
    let mut worst = f64::INFINITY;
    for (kind, write) in KINDS {
        let table = table(&write(RULES));
        let (mut ours, mut theirs, mut whole, mut found) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for _ in 0..=FEW {
            let (us, mine) = timed(|| nsg::shadowed(&table));
            // Its set-up is part of the work: the manager, every rule's diagram.
            let (them, other) = timed(|| Space::new(NODES).shadowed(&table));
            let (all, anomalies) = timed(|| nsg::anomalies(&table));
            let custom = |index: &usize| table.rules[*index].origin == RuleOrigin::Custom;
            assert_eq!(mine, other.into_iter().filter(custom).collect::<Vec<_>>(), "{kind}");
            assert!(anomalies.len() >= mine.len());
            found = mine.len();
            ours.push(us);
            theirs.push(them);
            whole.push(all);
        }
        let ms = |times: &[Duration]| median(times).as_secs_f64() * 1e3;
        let times = ratio(&ours, &theirs);
        println!(
            "| {kind} | {found} | {:.2} | {:.1} | {times:.1} | {:.1} |",
            ms(&ours),
            ms(&theirs),
            ms(&whole)
        );
        worst = worst.min(times);
    }
    println!("\nAt the least {worst:.1} times as fast (goal {GOAL_SHADOWED}).");
}

/// The verdict in the numbers of the diagrams, and the rules that decide any of the flows.
fn answer(compiled: &Classes<'_>, asked: &FlowBox) -> (u64, Vec<usize>) {
    let found = compiled.verify(asked);
    let decided = found.pieces.iter().flat_map(|piece| &piece.decisions).filter_map(Decision::decided_by);
    let decided: BTreeSet<usize> = decided.map(|decided| decided.rule).collect();
    (number_of(found.overall()), decided.into_iter().collect())
}

fn number_of(overall: Overall) -> u64 {
    match overall {
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

/// Every list with the questions that Z3 is put to, and the median time of the verdict.
fn cases(file: &str) {
    const ASKED: [&str; 4] =
        ["AzureCloud:443", "AzureBackup:443", "Storage.KoreaCentral:443", "20.60.16.7:443"];
    let mut cases = Vec::new();
    for (kind, write) in KINDS {
        let tables = [table(&write(RULES))];
        let compiled = Classes::new(&tables);
        let mut asked = questions(1);
        asked.retain(|(name, _)| ASKED.contains(&name.as_str()));
        let question = |(name, asked): &(String, FlowBox)| {
            let rounds: Vec<Duration> = (0..ROUNDS).map(|_| timed(|| compiled.overall(asked)).0).collect();
            json!({
                "name": name,
                "asked": cases::flows(asked),
                "verdict": format!("{:?}", compiled.overall(asked)),
                "microseconds": median(&rounds).as_secs_f64() * 1e6,
            })
        };
        cases.push(json!({
            "name": kind,
            "tables": [cases::table(&tables[0])],
            "questions": asked.iter().map(question).collect::<Vec<_>>(),
        }));
    }
    std::fs::write(file, serde_json::to_vec(&cases).expect("JSON")).expect("writable");
}
