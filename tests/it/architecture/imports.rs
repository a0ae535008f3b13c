//! Who may use whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::Faults;
use super::source::Source;

/// The modules that each module may use.
pub(super) struct Table(BTreeMap<String, BTreeSet<String>>);

impl Table {
    /// The table in `docs/design.md` under "Who may use whom".
    pub(super) fn of_the_design() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/design.md");
        Self::read(&fs::read_to_string(path).expect("the design is written down"))
    }

    fn read(text: &str) -> Self {
        let section = text.split("\n## ").find(|section| section.starts_with("Who may use whom\n"));
        let mut table = BTreeMap::new();
        for line in
            section.expect("the design has that section").lines().filter(|line| line.starts_with("| `"))
        {
            let mut cells = line.trim_matches('|').split('|').map(quoted);
            let (users, used) = (cells.next().expect("who"), cells.next().expect("whom"));
            table.extend(users.into_iter().map(|user| (user, used.clone())));
        }
        Self(table)
    }

    /// Modules that the table leaves out.
    pub(super) fn unlisted(&self, sources: &[Source]) -> Faults {
        let modules: BTreeSet<&str> = sources.iter().map(Source::module).filter(|m| !m.is_empty()).collect();
        modules.into_iter().filter(|module| !self.0.contains_key(*module)).map(str::to_owned).collect()
    }

    /// What a file uses and may not.
    pub(super) fn faults(&self, source: &Source) -> Faults {
        let Some(allowed) = self.0.get(source.module()) else { return Faults::new() };
        let mut faults = Faults::new();
        for (line, code) in source.code() {
            for used in used(code, source.is_front()) {
                if used != source.module() && !allowed.contains(used) {
                    faults.push(format!("{}:{line}: `{}` uses `{used}`", source.path, source.module()));
                }
            }
        }
        faults
    }
}

/// The words in backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The top-level modules that a line names; `{` where it names several at once, which no table can follow.
fn used(code: &str, front: bool) -> Vec<&str> {
    let mut roots = vec!["crate::", "azpreflight::"];
    if front {
        // On a module's front page `super` is the crate.
        roots.push("super::");
    }
    let after = roots.into_iter().flat_map(|root| code.split(root).skip(1));
    after
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        .map(name)
        .collect()
}

fn name(word: &str) -> &str {
    if word.is_empty() { "{" } else { word }
}

#[test]
fn a_use_that_the_table_lacks_is_found() {
    let table = Table::read(
        "# D\n\n## Who may use whom\n\n| a | b |\n|---|---|\n| `net`, `azure` | |\n| `nsg` | `net` |\n\n## Next\n\n| `net` | `cli` |\n",
    );
    let faults = |path: &str, text: &str| table.faults(&Source::new(path, text));
    assert_eq!(
        faults("src/nsg/a.rs", "use crate::net::Prefix;\nuse super::rule;\nuse crate::nsg::Access;"),
        Faults::new()
    );
    assert_eq!(faults("src/nsg/a.rs", "\nuse crate::wire::node;"), ["src/nsg/a.rs:2: `nsg` uses `wire`"]);
    assert_eq!(faults("src/net.rs", "let x: super::nsg::Rule = f();"), ["src/net.rs:1: `net` uses `nsg`"]);
    assert_eq!(faults("src/nsg/a.rs", "use crate::{net, cli};"), ["src/nsg/a.rs:1: `nsg` uses `{`"]);
    assert_eq!(faults("src/azure.rs", "    crate::cli::run()"), ["src/azure.rs:1: `azure` uses `cli`"]);
    assert_eq!(table.unlisted(&[Source::new("src/probe.rs", ""), Source::new("src/lib.rs", "")]), ["probe"]);
}
