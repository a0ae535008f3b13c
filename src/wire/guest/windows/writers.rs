//! `vssadmin list writers`, in any language.
//!
//! A writer begins with a line whose value stands in quotation marks and is indented no further than any; its state is the
//! line with a number in square brackets, and what follows that line is the last error.

use crate::guest::windows::{Writer, Writers};

/// How many writers are kept; machines have a few dozen.
const WRITERS: usize = 1000;

/// How much is kept of what is said in their place.
const REFUSAL: usize = 300;

/// Whether the text is what `vssadmin` prints of writers, or an answer in their place.
pub(in crate::wire::guest) fn is_listing(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty());
    first.is_some_and(|line| line.starts_with("vssadmin "))
        || text.lines().any(|line| name(line).is_some()) && text.lines().find_map(state).is_some()
}

/// The writers; none where it printed none.
pub(in crate::wire::guest) fn read(text: &str) -> Writers {
    let mut writers = Vec::new();
    let mut current: Option<&str> = None;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = name(line) {
            current = Some(name);
        } else if let (Some(name), Some((state, said))) = (current, state(line)) {
            current = None;
            let error =
                lines.peek().filter(|line| line.starts_with([' ', '\t'])).and_then(|line| value(line));
            writers.push(Writer {
                name: name.to_owned(),
                state,
                said: said.to_owned(),
                last_error: error.map(str::to_owned),
            });
        }
        if writers.len() == WRITERS {
            break;
        }
    }
    let refusal = if writers.is_empty() { refusal(text) } else { None };
    Writers { writers, refusal }
}

/// What is said instead of writers: the last paragraph, where the program's own name and rights are not all there is.
fn refusal(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let last = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).skip(1).last()?;
    Some(last.join(" ").chars().take(REFUSAL).collect())
}

/// The name in quotation marks after a colon, of a line that is not indented.
fn name(line: &str) -> Option<&str> {
    let value = value(line).filter(|_| !line.starts_with([' ', '\t']))?;
    [['\'', '\''], ['"', '"'], ['«', '»'], ['“', '”'], ['„', '“'], ['‘', '’']]
        .into_iter()
        .find_map(|[open, close]| value.strip_prefix(open)?.strip_suffix(close))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// The number in square brackets and the words after it.
fn state(line: &str) -> Option<(u32, &str)> {
    let (number, said) = value(line)?.strip_prefix('[')?.split_once(']')?;
    Some((number.trim().parse().ok()?, said.trim()))
}

/// What stands after the colon, which may be one of twice the width.
fn value(line: &str) -> Option<&str> {
    line.split_once([':', '：']).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool\r\n(C) Copyright 2001-2013 Microsoft Corp.\r\n\r\n\
        Writer name: 'Task Scheduler Writer'\r\n   Writer Id: {d61d61c8-d73a-4eee-8cdd-f6f9786b7124}\r\n   \
        Writer Instance Id: {1bddd48e-5052-49db-9b07-b96f96727e6b}\r\n   State: [1] Stable\r\n   Last error: No error\r\n\r\n\
        Writer name: 'SqlServerWriter'\r\n   Writer Id: {a65faa63-5ea8-4ebc-9dbd-a0c4db26912a}\r\n   \
        State: [8] Failed\r\n   Last error: Non-retryable error\r\n";

    fn told(text: &str) -> Vec<(String, u32, String, Option<String>)> {
        let writers = read(text).writers.into_iter();
        writers.map(|writer| (writer.name, writer.state, writer.said, writer.last_error)).collect()
    }

    fn row(name: &str, state: u32, said: &str, error: &str) -> (String, u32, String, Option<String>) {
        (name.to_owned(), state, said.to_owned(), Some(error.to_owned()))
    }

    #[test]
    fn names_states_and_errors_are_read() {
        assert!(is_listing(ENGLISH));
        assert_eq!(
            told(ENGLISH),
            [
                row("Task Scheduler Writer", 1, "Stable", "No error"),
                row("SqlServerWriter", 8, "Failed", "Non-retryable error"),
            ]
        );
    }

    #[test]
    fn the_shape_tells_in_any_language() {
        let german = "Verfassername: \"System Writer\"\n   Verfasserkennung: {e8132975-6f93-4464-a53e-1050253ae220}\n   \
                      Verfasserinstanzkennung: {x}\n   Status: [7] Fehlgeschlagen\n   Letzter Fehler: Zeitüberschreitung\n";
        let french = "Nom du rédacteur : 'System Writer'\n   ID du rédacteur : {x}\n   État : [1] Stable\n   \
                      Dernière erreur : Pas d’erreur\n";
        let wide = "ライター名：'System Writer'\n   ライター ID： {x}\n   状態： [1] 安定\n   最後のエラー： エラーなし\n";
        for (text, row) in [
            (german, row("System Writer", 7, "Fehlgeschlagen", "Zeitüberschreitung")),
            (french, row("System Writer", 1, "Stable", "Pas d’erreur")),
            (wide, row("System Writer", 1, "安定", "エラーなし")),
        ] {
            assert!(is_listing(text), "{text}");
            assert_eq!(told(text), [row]);
        }
    }

    #[test]
    fn a_refusal_is_an_answer_without_writers() {
        let text =
            "vssadmin 1.1 - x\n(C) y\n\nError: You don't have the correct permissions to run this command.\n";
        assert!(is_listing(text));
        assert_eq!(told(text), []);
        let said = read(text).refusal;
        assert_eq!(
            said.as_deref(),
            Some("Error: You don't have the correct permissions to run this command.")
        );
        assert_eq!(read("vssadmin 1.1 - x\n(C) y\n").refusal, None);
        assert_eq!(read(ENGLISH).refusal, None);
    }

    #[test]
    fn other_and_broken_texts_are_survived() {
        for text in ["", "a: 'b'\n", "x: [1] y\n", "name: ''\n  state: [1]\n", "vssadmi", "[1]\n"] {
            assert!(!is_listing(text), "{text}");
        }
        for text in
            ["W: 'a'\n State: [99999999999] x\n", "W: 'a'\nW: 'b'\n", " State: [1] x\n", "W: 'a'\n S: [1"]
        {
            assert_eq!(told(text), [], "{text}");
        }
        assert_eq!(told("W: 'a'\n S: [1] x"), [("a".to_owned(), 1, "x".to_owned(), None)]);
        assert_eq!(read(&"W: 'a'\n S: [1] x\n".repeat(2000)).writers.len(), WRITERS);
    }
}
