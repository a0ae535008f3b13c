//! Pages that are generated: `UPDATE=1 cargo test --test it docs` writes them, and without it they must be up to date.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use azpreflight::backup::{LimitId, Profile, agent_minimum, limit, vault_name};
use azpreflight::check::{CHECKS, check};
use azpreflight::lint::LINTS;
use azpreflight::vm::OsFamily;

/// The documentation of every check, in the order of the report.
fn checks() -> String {
    let mut page = String::from(
        "# Checks\n\nMade from the checks themselves (`UPDATE=1 cargo test --test it docs`): what each looks at, why, and \
         how it decides.\n`azpreflight explain CHECK-ID` prints the same.\n\n| Check | Severity | Needs | It fails when |\n|---|---|---|---|\n",
    );
    for check in CHECKS {
        let row = (check.id, check.severity, check.usual_source().name(), check.title);
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

/// The documentation of every lint, in their order.
fn lints() -> String {
    let mut page = String::from(
        "# Lints\n\nMade from the lints themselves (`UPDATE=1 cargo test --test it docs`): what each looks at, why, and how \
         it decides.\n`azpreflight explain LINT-ID` prints the same; `azpreflight nsg lint` asks them all.\n\n| Lint | Kind | Severity | It finds that |\n|---|---|---|---|\n",
    );
    for lint in LINTS {
        let row = (lint.id, lint.kind.word(), lint.severity, lint.title);
        writeln!(page, "| [`{0}`](#{0}) | {1} | {2} | {3} |", row.0, row.1, row.2, row.3).unwrap();
    }
    for lint in LINTS {
        let about = (lint.id, lint.title, lint.kind.word(), lint.severity);
        writeln!(page, "\n## {}\n\n**{}** ({}, {})\n", about.0, about.1, about.2, about.3).unwrap();
        page.push_str(&lint.explanation.trim_end().replace("## ", "### "));
        page.push('\n');
    }
    page
}

#[test]
fn the_pages_of_the_checks_and_lints_are_up_to_date() {
    up_to_date("docs/checks.md", &checks());
    up_to_date("docs/lints.md", &lints());
}

fn up_to_date(page: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{page} is stale: run `UPDATE=1 cargo test --test it docs`");
}

/// What stands between two texts, from the first place of the first.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no `{begin}`"));
    rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` after `{begin}`")).0
}

/// The texts in quotation marks, as they are written in the sources.
fn quoted(source: &str) -> impl Iterator<Item = String> {
    source.split('"').skip(1).step_by(2).map(|text| text.replace("\\\\", "\\"))
}

/// The lists of what is looked at on a machine, from where the program has them.
fn lists() -> String {
    let source = include_str!("../../src/collect/host/lists.rs");
    let list = |name: &str| between(source, &format!("const {name}: "), "\n];");
    let mut page = String::new();
    for (name, title) in [
        ("PROXIES", "Files of which only what is about proxies is kept"),
        ("LINUX", "Other files of Linux"),
        ("RUNNING", "What the kernel of a running Linux says, and marks of containers"),
        ("WINDOWS", "Files of Windows, below `C:\\`"),
        ("EXECUTABLES", "Programs of Windows of which only the version is read"),
        ("FOLDERS", "Folders of which the names of agents, extensions and interpreters are kept"),
        ("LINKS", "Links of which the target is kept"),
    ] {
        writeln!(page, "### {title}\n").unwrap();
        for each in list(name).lines().skip(1) {
            let log = if each.trim().starts_with("log(") { " (its end)" } else { "" };
            quoted(each).for_each(|pattern| writeln!(page, "- `{pattern}`{log}").unwrap());
        }
        page.push('\n');
    }
    for (name, title) in [("ORDERS", "Commands of Linux"), ("WINDOWS_ORDERS", "Commands of Windows")] {
        writeln!(page, "### {title}\n").unwrap();
        for order in list(name).split("Order {").skip(1) {
            let mut words = quoted(order);
            let document = words.next().unwrap();
            let command = words.collect::<Vec<_>>().join(" ");
            let root = if order.contains("root: true") { ", for root alone" } else { "" };
            writeln!(page, "- `{command}` → `{document}`{root}").unwrap();
        }
        page.push('\n');
    }
    page.push_str(&keys());
    page
}

/// The same of the registry.
fn keys() -> String {
    let source = include_str!("../../src/collect/host/registry.rs");
    let mut page =
        "### Keys of the registry of Windows, of which the values that checks read are kept\n\n".to_owned();
    for list in ["PROXIES", "BRANCHES"] {
        let paths = quoted(between(source, &format!("const {list}: "), "\n];"));
        for path in paths.filter(|text| text.contains('\\')) {
            let root = match path.split('\\').next() {
                Some("SOFTWARE" | "SYSTEM") => "HKEY_LOCAL_MACHINE",
                Some("Software") => "HKEY_CURRENT_USER",
                _ => "HKEY_USERS",
            };
            writeln!(page, "- `{root}\\{path}`").unwrap();
        }
    }
    page + "\n"
}

#[test]
fn the_lists_of_what_is_collected_are_up_to_date() {
    const MARKS: (&str, &str) = ("<!-- lists -->\n", "<!-- end of the lists -->");
    let page = include_str!("../../docs/collect.md");
    let kept = between(page, MARKS.0, MARKS.1);
    let made = format!("{}\n{}{}", MARKS.0, lists(), MARKS.1);
    up_to_date("docs/collect.md", &page.replace(&format!("{}{kept}{}", MARKS.0, MARKS.1), &made));
}

/// The documentation of a check states the figures that decide; they stand in the tables too.
#[test]
fn figures_in_the_documentation_are_those_of_the_tables() {
    let mut stated: Vec<(&str, String)> = Vec::new();
    for os in [OsFamily::Windows, OsFamily::Linux] {
        let minimum = agent_minimum(os, Profile::Current).unwrap();
        stated.push(("agent-outdated", format!("below {}", minimum.blocker)));
        stated.push(("agent-outdated", format!("below {}", minimum.support)));
        stated
            .extend(minimum.above_with_auto_update.map(|above| ("agent-outdated", format!("above {above}"))));
    }
    let most = |id| limit(id, Profile::Current).unwrap().maximum.unwrap();
    let tib = |id| most(id) / 1024;
    stated.push(("data-disks-too-many", format!("{} today", most(LimitId::DataDisks))));
    stated.push(("disk-too-large", format!("{} TB a disk", tib(LimitId::DiskSize))));
    stated.push(("disk-too-large", format!("{} TB a VM", tib(LimitId::VmDiskTotal))));
    for (id, unit) in [
        (LimitId::RetentionDays, "days"),
        (LimitId::RetentionWeeks, "weeks"),
        (LimitId::RetentionMonths, "months"),
        (LimitId::RetentionYears, "years"),
        (LimitId::InstantRestoreDaysStandard, "days under a Standard policy"),
        (LimitId::InstantRestoreDaysEnhanced, "under an Enhanced one"),
    ] {
        stated.push(("policy-retention-out-of-range", format!("{} {unit}", most(id))));
    }
    let names = vault_name();
    stated.push(("vault-name-invalid", format!("{} to {} characters", names.shortest, names.longest)));
    for (id, figure) in stated {
        let text = check(id).unwrap().explanation;
        assert!(text.contains(&figure), "{id} does not state `{figure}`");
    }
}
