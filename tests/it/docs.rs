//! Pages that are generated: `UPDATE=1 cargo test --test it docs` writes them, and without it they must be up to date.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use azpreflight::check::CHECKS;

/// The documentation of every check, in the order of the report.
fn checks() -> String {
    let mut page = String::from(
        "# Checks\n\nMade from the checks themselves (`UPDATE=1 cargo test --test it docs`): what each looks at, why, and \
         how it decides.\n`azpreflight explain CHECK-ID` prints the same.\n\n| Check | Severity | Needs | It fails when |\n|---|---|---|---|\n",
    );
    for check in CHECKS {
        let row = (check.id, check.severity, check.needs.name(), check.title);
        writeln!(page, "| [`{0}`](#{0}) | {1} | {2} | {3} |", row.0, row.1, row.2, row.3).unwrap();
    }
    for check in CHECKS {
        writeln!(page, "\n## {}\n\n**{}** ({})\n", check.id, check.title, check.severity).unwrap();
        // The page's own headings come above those of a check.
        page.push_str(&check.explanation.trim_end().replace("## ", "### "));
        page.push('\n');
    }
    page
}

#[test]
fn the_page_of_the_checks_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md");
    let made = checks();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/checks.md is stale: run `UPDATE=1 cargo test --test it docs`");
}
