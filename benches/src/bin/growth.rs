//! How cost grows from ten rules to a thousand: `growth FOLDER` writes `growth.csv` and `growth.svg` there.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use azpreflight::net::FlowBox;
use azpreflight::nsg::{self, Classes};
use azpreflight_benches::lists::{KINDS, edited, questions, table};

const SIZES: [usize; 7] = [10, 20, 50, 100, 200, 500, 1000];
const STEPS: [&str; 4] =
    ["resolve and compile", "one question (mean of twelve)", "all idle rules", "diff of an edited list"];
const ROUNDS: usize = 25;

/// One step on one kind of list: rules and milliseconds.
struct Line {
    step: usize,
    kind: usize,
    points: Vec<(usize, f64)>,
}

fn main() {
    let folder = std::env::args().nth(1).expect("usage: growth FOLDER");
    let lines = measured();
    let mut csv = String::from("step,list,rules,ms\n");
    for Line { step, kind, points } in &lines {
        for (rules, ms) in points {
            writeln!(csv, "{},{},{rules},{ms:.4}", STEPS[*step], KINDS[*kind].0.replace(',', ""))
                .expect("a string");
        }
    }
    fs::write(Path::new(&folder).join("growth.csv"), csv).expect("writable");
    fs::write(Path::new(&folder).join("growth.svg"), plot(&lines)).expect("writable");
}

fn measured() -> Vec<Line> {
    let mut lines = Vec::new();
    for (kind, (_, write)) in KINDS.iter().enumerate() {
        let mut points = [const { Vec::new() }; STEPS.len()];
        for size in SIZES {
            let rules = write(size);
            let (old, new) = (table(&rules), table(&edited(&rules)));
            let tables = std::slice::from_ref(&old);
            let compiled = Classes::new(tables);
            let asked = questions(1);
            let times = [
                time(|| {
                    let fresh = [table(&rules)];
                    black_box(Classes::new(&fresh));
                }),
                time(|| {
                    for (_, asked) in &asked {
                        black_box(compiled.verify(asked));
                    }
                }) / asked.len() as f64,
                time(|| {
                    black_box(nsg::anomalies(&old));
                }),
                time(|| {
                    black_box(nsg::compare(tables, std::slice::from_ref(&new), &FlowBox::all()));
                }),
            ];
            for (points, ms) in points.iter_mut().zip(times) {
                points.push((size, ms));
            }
        }
        lines.extend(points.into_iter().enumerate().map(|(step, points)| Line { step, kind, points }));
    }
    lines
}

/// Milliseconds, the fastest of some rounds after one to warm up: whatever else the machine does only adds.
fn time(work: impl Fn()) -> f64 {
    let mut times: Vec<Duration> = Vec::new();
    for round in 0..=ROUNDS {
        let start = Instant::now();
        work();
        if round > 0 {
            times.push(start.elapsed());
        }
    }
    times.iter().min().map_or(0.0, Duration::as_secs_f64) * 1e3
}

const COLOURS: [&str; 4] = ["#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce"];
const PANEL: (f64, f64) = (400.0, 270.0);
const MARGIN: (f64, f64) = (62.0, 40.0);

/// Four panels, both axes logarithmic.
fn plot(lines: &[Line]) -> String {
    let (width, height) = (2.0 * (PANEL.0 + MARGIN.0) + 30.0, 2.0 * (PANEL.1 + MARGIN.1 + 34.0) + 60.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (step, title) in STEPS.iter().enumerate() {
        let left = MARGIN.0 + (step % 2) as f64 * (PANEL.0 + MARGIN.0 + 10.0);
        let top = MARGIN.1 + (step / 2) as f64 * (PANEL.1 + MARGIN.1 + 34.0);
        panel(&mut svg, (left, top), title, lines.iter().filter(|line| line.step == step));
    }
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        let (x, y) = (
            MARGIN.0 + (kind % 2) as f64 * (PANEL.0 + MARGIN.0 + 10.0),
            height - 34.0 + (kind / 2) as f64 * 20.0,
        );
        let colour = COLOURS[kind];
        let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        writeln!(svg, "<path d=\"M{x} {} h26\" stroke=\"{colour}\" stroke-width=\"2.5\"/><text x=\"{}\" y=\"{y}\" fill=\"#222\">{name}</text>", y - 4.0, x + 34.0).expect("a string");
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel<'l>(
    svg: &mut String,
    (left, top): (f64, f64),
    title: &str,
    lines: impl Iterator<Item = &'l Line> + Clone,
) {
    let values = || lines.clone().flat_map(|line| &line.points).map(|(_, ms)| ms.max(1e-4).log10());
    let low = values().fold(f64::INFINITY, f64::min).floor();
    let high = values().fold(f64::NEG_INFINITY, f64::max).ceil().max(low + 1.0);
    let x = |rules: usize| left + ((rules as f64).log10() - 1.0) / 2.0 * PANEL.0;
    let y = |log: f64| top + (high - log) / (high - low) * PANEL.1;
    writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\" font-size=\"14\" font-weight=\"600\" fill=\"#111\">{title}</text>",
        top - 12.0
    )
    .expect("a string");
    for decade in low as i32..=high as i32 {
        let at = y(decade.into());
        let label = match decade {
            3.. => format!("{} s", 10f64.powi(decade - 3)),
            0.. => format!("{} ms", 10f64.powi(decade)),
            _ => format!("{} µs", (10f64.powi(decade + 3) * 10.0).round() / 10.0),
        };
        writeln!(svg, "<path d=\"M{left} {at:.1} h{}\" stroke=\"#dddddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#444\">{label}</text>", PANEL.0, left - 8.0, at + 4.0).expect("a string");
    }
    for rules in SIZES {
        let (at, bottom) = (x(rules), top + PANEL.1);
        writeln!(svg, "<path d=\"M{at:.1} {bottom} v5\" stroke=\"#888888\"/><text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#444\">{rules}</text>", bottom + 18.0).expect("a string");
    }
    let (middle, bottom) = (left + PANEL.0 / 2.0, top + PANEL.1 + 32.0);
    writeln!(svg, "<text x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\" fill=\"#444\">rules</text>")
        .expect("a string");
    for line in lines {
        let points: Vec<String> = line
            .points
            .iter()
            .map(|(rules, ms)| format!("{:.1},{:.1}", x(*rules), y(ms.max(1e-4).log10())))
            .collect();
        let colour = COLOURS[line.kind];
        writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>", points.join(" ")).expect("a string");
        for point in &points {
            let (cx, cy) = point.split_once(',').expect("two numbers");
            writeln!(svg, "<circle cx=\"{cx}\" cy=\"{cy}\" r=\"3\" fill=\"{colour}\"/>").expect("a string");
        }
    }
}
