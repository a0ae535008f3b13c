//! Writing Rust expressions.

use std::fmt::Write as _;

/// `&[a, b]`, each item already an expression.
pub(super) fn list(items: &[String]) -> String {
    format!("&[{}]", items.join(", "))
}

/// A private static of type `kind`.
pub(super) fn table(name: &str, kind: &str, expression: &str) -> String {
    format!("#[allow(clippy::pedantic, reason = \"generated\")]\nstatic {name}: {kind} = {expression};\n")
}

/// `&["a", "b"]`.
pub(super) fn texts(items: &[String]) -> String {
    list(&items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>())
}

/// `&[Type::A, Type::B]`.
pub(super) fn variants(name: &str, items: &[impl std::fmt::Debug]) -> String {
    list(&items.iter().map(|item| format!("{name}::{item:?}")).collect::<Vec<_>>())
}

/// `UpperCamel` of `kebab-case`.
pub(super) fn camel(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// Whether `id` is kebab-case of lower-case letters and digits.
pub(super) fn is_kebab(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.starts_with(|c: char| c.is_ascii_lowercase()) && id.split('-').all(word)
}

/// An enum of the ids of a table, each with its title as documentation; rows of one id share the first title.
pub(super) fn id_enum(name: &str, about: &str, ids: &[(&str, &str)]) -> String {
    let mut distinct: Vec<(&str, &str)> = Vec::new();
    for (id, title) in ids {
        if !distinct.iter().any(|(known, _)| known == id) {
            distinct.push((id, title));
        }
    }
    let mut text = format!(
        "/// {about}\n#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\npub enum {name} {{\n"
    );
    for (id, title) in &distinct {
        let _ = writeln!(text, "/// {}.\n{},", sentence(title), camel(id));
    }
    let all: Vec<_> = distinct.iter().map(|(id, _)| format!("Self::{}", camel(id))).collect();
    let _ = writeln!(text, "}}\n\nimpl {name} {{");
    let _ = writeln!(
        text,
        "/// Every one, in the order of the table.\npub const ALL: &'static [Self] = {};\n",
        list(&all)
    );
    let _ = writeln!(
        text,
        "/// The id of its rows.\n#[must_use]\npub const fn word(self) -> &'static str {{ match self {{"
    );
    for (id, _) in &distinct {
        let _ = writeln!(text, "Self::{} => {id:?},", camel(id));
    }
    text.push_str("} }\n}\n");
    text
}

fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().to_string() + letters.as_str())
}
