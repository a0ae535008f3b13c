//! The environments under `examples/`: all listed, all readable, each with the exit code its README states; and the
//! answers that the project's README shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli;

/// The day that the answers in the README were given, and no colour.
const AS_SHOWN: [&str; 4] = ["--as-of", "2026-11-21", "--color", "never"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The rows of the README's table: environment, exit code, arguments of the command.
fn listed() -> Vec<(String, i32, Vec<String>)> {
    let readme = fs::read_to_string(folder().join("README.md")).expect("examples/README.md is there");
    let rows = readme.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> =
            row.trim_matches('|').split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`'])).collect();
        let arguments = cells[3].split(' ').map(str::to_owned).collect();
        (cells[0].to_owned(), cells[1].parse().expect("an exit code"), arguments)
    })
    .collect()
}

fn documents(environment: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(environment).expect("a directory").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.collect();
    found.sort();
    found
}

#[test]
fn every_environment_is_listed() {
    let there: BTreeSet<String> = documents(&folder())
        .iter()
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    let listed: BTreeSet<String> = listed().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(there, listed);
    assert!(there.len() >= 6);
}

#[test]
fn every_command_reads_its_own_environment() {
    for (name, exit, arguments) in listed() {
        assert_eq!(arguments.first().map(String::as_str), Some("check"), "{name}");
        assert_eq!(arguments.last(), Some(&format!("examples/{name}")));
        assert!([0, 1, 3].contains(&exit), "{name}: {exit}");
    }
}

#[test]
fn every_document_is_json() {
    for (name, ..) in listed() {
        let documents = documents(&folder().join(&name));
        assert!(!documents.is_empty(), "{name}");
        for document in documents {
            let text = fs::read(&document).expect("readable");
            let value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            assert!(value.is_object() || value.is_array(), "{}", document.display());
        }
    }
}

#[test]
fn every_command_ends_as_its_row_states() {
    for (name, exit, arguments) in listed() {
        let arguments: Vec<&str> = AS_SHOWN.into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let run = cli::run(&arguments);
        assert_eq!(run.exit, exit, "{name}: {run:?}");
        assert_eq!(run.stderr, "", "{name}");
    }
}

/// The commands in the README that show an answer, each with the answer.
fn shown() -> Vec<(String, String)> {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let blocks = readme.split("```console\n$ ").skip(1);
    blocks
        .map(|block| {
            let block = block.split("\n```").next().expect("an end");
            let (command, answer) = block.split_once('\n').expect("an answer below the command");
            (command.to_owned(), answer.to_owned())
        })
        .collect()
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let shown = shown();
    for (command, answer) in &shown {
        let arguments =
            command.strip_prefix("azpreflight ").or_else(|| command.strip_prefix("cargo run --release -- "));
        let arguments = arguments.unwrap_or_else(|| panic!("`{command}` does not run the program"));
        let arguments: Vec<&str> = AS_SHOWN.into_iter().chain(arguments.split(' ')).collect();
        let run = cli::run(&arguments);
        // A line with nothing but `…` stands for the rest.
        match answer.strip_suffix("\n…") {
            Some(beginning) => assert!(run.stdout.starts_with(beginning), "{command}: {run:?}"),
            None => assert_eq!(run.stdout.trim_end(), answer, "{command}"),
        }
    }
    assert!(shown.len() >= 9, "{}", shown.len());
}

#[test]
fn the_readme_names_every_environment_with_its_exit_code() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    for (name, exit, _) in listed() {
        let row = format!("- [`{name}`](examples/{name}), exit {exit}: ");
        assert!(readme.contains(&row), "{row}");
    }
}
