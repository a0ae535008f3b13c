//! The house rules, held by reading the sources as text: who may use whom, where input and output happen, how long a
//! file, a function, a check may be. The table of who may use whom is the one in `docs/design.md`.
//!
//! Every rule is also tried on a text that breaks it, so that a rule that has gone blind is noticed.

mod budgets;
mod imports;
mod rooms;
mod source;

use source::{Source, sources};

/// What is wrong, one line each; the place first.
type Faults = Vec<String>;

#[test]
fn modules_use_what_the_design_lets_them() {
    let table = imports::Table::of_the_design();
    let sources = sources("src");
    assert_eq!(table.unlisted(&sources), Faults::new(), "modules without a row in docs/design.md");
    holds(&sources, |source| table.faults(source));
}

#[test]
fn input_and_output_stay_in_their_rooms() {
    holds(&sources("src"), rooms::faults);
}

#[test]
fn files_functions_and_checks_keep_their_budgets() {
    holds(&sources("src"), budgets::faults);
    holds(&sources("build"), budgets::faults);
    holds(&sources("tests/it"), budgets::names);
    holds(&sources("benches"), budgets::names);
}

fn holds(sources: &[Source], rule: impl Fn(&Source) -> Faults) {
    assert!(!sources.is_empty(), "nothing was read");
    let faults: Faults = sources.iter().flat_map(rule).collect();
    assert_eq!(faults, Faults::new(), "{}", faults.join("\n"));
}
