//! How long things may be, and what they may be called.

use super::Faults;
use super::source::Source;

/// Lines of a file before its tests.
const FILE: usize = 450;
/// Lines of a function, signature and all.
const FUNCTION: usize = 60;
/// Lines of code in a check, its documentation aside.
const CHECK: usize = 120;
/// Lines of `main.rs`.
const MAIN: usize = 15;

pub(super) fn faults(source: &Source) -> Faults {
    let mut faults = names(source);
    let mut hold = |what: &str, lines: usize, most: usize| {
        if lines > most {
            faults.push(format!("{}: {what} of {lines} lines, {most} at most", source.path));
        }
    };
    hold("a file", source.lines.len(), FILE);
    for (name, lines) in functions(source) {
        hold(&format!("function `{name}`"), lines, FUNCTION);
    }
    if source.lines.iter().any(|line| line.contains("const CHECK: Check = ")) {
        hold("a check", code_lines(source), CHECK);
    }
    if source.path == "src/main.rs" {
        hold("`main`", source.lines.len(), MAIN);
    }
    if source.after_tests.iter().any(|line| !line.trim().is_empty()) {
        faults.push(format!("{}: something follows the tests", source.path));
    }
    faults
}

/// Files whose name says nothing, and functions that say `get`.
pub(super) fn names(source: &Source) -> Faults {
    let mut faults = Faults::new();
    let nameless = ["utils", "util", "helpers", "helper", "common", "misc", "mod"];
    let mut parts = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
    if parts.any(|part| nameless.contains(&part)) {
        faults.push(format!("{}: a name that says nothing", source.path));
    }
    let getters = functions(source).into_iter().filter(|(name, _)| name.starts_with("get_"));
    faults.extend(getters.map(|(name, _)| format!("{}: `{name}` begins with `get_`", source.path)));
    faults
}

/// Every function with its number of lines; the formatter puts the closing brace below the `fn`.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (index, line) in source.lines.iter().enumerate() {
        let code = line.trim_start();
        let Some((before, after)) = code.split_once("fn ") else { continue };
        let words = ["pub", "pub(super)", "pub(crate)", "const", "async", ""];
        if !before.split(' ').all(|word| words.contains(&word)) || code.ends_with(';') {
            continue;
        }
        let close = format!("{}}}", " ".repeat(line.len() - code.len()));
        let name = after.split(['(', '<']).next().unwrap_or_default().to_owned();
        let lines = source.lines.iter().skip(index);
        // On one line, or up to its brace.
        let length =
            if code.ends_with('}') { 1 } else { lines.take_while(|line| **line != close).count() + 1 };
        found.push((name, length));
    }
    found
}

/// Lines that are neither empty nor comments nor the text that `explain` prints.
fn code_lines(source: &Source) -> usize {
    let mut explaining = false;
    let code = source.code().filter(|(_, line)| {
        let begins = line.contains("\"\\") && line.trim_end().ends_with("\"\\");
        let within = explaining;
        explaining = if explaining { !(line.trim() == "\"," || line.trim() == "\";") } else { begins };
        !within && !line.trim().is_empty()
    });
    code.count()
}

#[cfg(test)]
fn lines(count: usize) -> String {
    "    let x = 1;\n".repeat(count)
}

#[test]
fn what_is_too_long_is_found() {
    let faults = |path: &str, text: &str| faults(&Source::new(path, text));
    assert_eq!(faults("src/net/a.rs", &"\n".repeat(451)), ["src/net/a.rs: a file of 451 lines, 450 at most"]);
    assert_eq!(faults("src/net/a.rs", &"\n".repeat(450)), Faults::new());
    let function = |count| {
        format!("impl A {{\n    pub fn long<T>(\n        a: T,\n    ) {{\n{}    }}\n}}\n", lines(count))
    };
    assert_eq!(
        faults("src/net/a.rs", &function(57)),
        ["src/net/a.rs: function `long` of 61 lines, 60 at most"]
    );
    assert_eq!(faults("src/net/a.rs", &function(56)), Faults::new());
    assert_eq!(faults("src/main.rs", &"\n".repeat(16)), ["src/main.rs: `main` of 16 lines, 15 at most"]);
    let late = "#[cfg(test)]\nmod tests {\n}\n\nfn late() {}\n";
    assert_eq!(faults("src/net/a.rs", late), ["src/net/a.rs: something follows the tests"]);
}

#[test]
fn a_check_is_counted_without_its_documentation() {
    let check = |code, text| {
        let explanation = "All about it.\n".repeat(text);
        format!(
            "pub(super) const CHECK: Check = Check {{\n    explanation: \"\\\n{explanation}\",\n}};\n{}",
            lines(code)
        )
    };
    let faults = |text: &str| faults(&Source::new("src/check/a.rs", text));
    assert_eq!(faults(&check(117, 200)), Faults::new());
    assert_eq!(faults(&check(118, 0)), ["src/check/a.rs: a check of 121 lines, 120 at most"]);
}

#[test]
fn names_that_say_nothing_are_found() {
    for path in ["src/utils.rs", "src/wire/helpers/a.rs", "src/net/mod.rs", "tests/it/common.rs"] {
        assert_eq!(names(&Source::new(path, "")), [format!("{path}: a name that says nothing")]);
    }
    let getter = Source::new("src/net/a.rs", "    pub fn get_name(&self) -> &str {");
    assert_eq!(names(&getter), ["src/net/a.rs: `get_name` begins with `get_`"]);
    assert_eq!(names(&Source::new("src/net/target.rs", "fn target_of() {}")), Faults::new());
}
