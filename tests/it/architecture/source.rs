//! A source file as the rules see it.

use std::fs;
use std::path::Path;

/// One file.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path from the root of the project.
    pub(super) path: String,
    /// Its lines before its tests, as they are.
    pub(super) lines: Vec<String>,
    /// What follows its tests, which should be nothing.
    pub(super) after_tests: Vec<String>,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut after_tests = Vec::new();
        let starts = |pair: &[String; 2]| pair[0] == "#[cfg(test)]" && pair[1] == "mod tests {";
        if let Some(tests) = lines.array_windows().position(starts) {
            let rest = lines.split_off(tests);
            let end = rest.iter().position(|line| line == "}").map_or(rest.len(), |end| end + 1);
            after_tests = rest.into_iter().skip(end).collect();
        }
        Self { path: path.into(), lines, after_tests }
    }

    /// The top-level module it belongs to; empty for `lib.rs` and `main.rs`.
    pub(super) fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or_default();
        let top = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        if top == "lib" || top == "main" { "" } else { top }
    }

    /// Whether it is the front page of a top-level module.
    pub(super) fn is_front(&self) -> bool {
        self.path.matches('/').count() == 1
    }

    /// The code, line by line with its number, without comments and attributes' documentation.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.lines.iter().enumerate().map(|(index, line)| (index + 1, line.as_str()));
        let lines =
            lines.map(|(number, line)| (number, line.split_once(" // ").map_or(line, |(code, _)| code)));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every Rust file of a folder, by path.
pub(super) fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name =
                    path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push(Source::new(&name, &fs::read_to_string(&path).expect("a source is text")));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

#[test]
fn tests_are_no_part_of_a_source_and_come_last() {
    let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\nfn late() {}\n";
    let source = Source::new("src/net/a.rs", text);
    assert_eq!(source.lines, ["fn a() {}", ""]);
    assert_eq!(source.after_tests, ["fn late() {}"]);
    assert_eq!((source.module(), source.is_front()), ("net", false));
}

#[test]
fn comments_are_no_code() {
    let source =
        Source::new("src/net.rs", "//! crate::wire\nlet a = 1; // crate::wire\nlet url = \"https://a\";\n");
    let code: Vec<(usize, &str)> = source.code().collect();
    assert_eq!(code, [(2, "let a = 1;"), (3, "let url = \"https://a\";")]);
}
