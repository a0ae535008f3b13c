//! Assignments of variables as shells and systemd write them.

use crate::guest::Variable;

/// A variable and its text.
pub(super) type Assignment = (String, String);

/// The words of a line, cut at blanks outside quotes, the quotes taken off; `None` where a quote is left open.
pub(super) fn words(line: &str, escapes: bool) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, '#') if word.is_none() && escapes => break,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (quote, '\\') if quote != Some('\'') => {
                word.get_or_insert_default().text.push(characters.next()?);
            }
            (quote, c) => {
                let word = word.get_or_insert_default();
                word.expands |= quote != Some('\'') && (c == '$' || c == '`');
                word.operates |= quote.is_none() && matches!(c, ';' | '&' | '|' | '(' | ')' | '<' | '>');
                word.text.push(c);
            }
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether a shell would put something else in place of a part of it.
    pub(super) expands: bool,
    /// Whether it holds what divides commands, unquoted.
    pub(super) operates: bool,
}

impl Word {
    /// As an assignment: a name, `=`, anything.
    pub(super) fn assignment(&self) -> Option<Assignment> {
        let (name, value) = self.text.split_once('=')?;
        is_name(name).then(|| (name.to_owned(), value.to_owned()))
    }
}

/// Whether a text can be the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a line has to do with one of the variables that are about proxies.
pub(super) fn mentions(line: &str) -> bool {
    Variable::ALL.iter().any(|variable| line.contains(variable.word()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Option<Vec<String>> {
        Some(words(line, true)?.into_iter().map(|word| word.text).collect())
    }

    #[test]
    fn words_are_cut_outside_quotes() {
        assert_eq!(texts("a=1 'b=2 3'\t\"c=\\\"4\" # d").unwrap(), ["a=1", "b=2 3", "c=\"4"]);
        assert_eq!(texts("a=\"b").as_deref(), None);
        assert_eq!(texts("a\\"), None);
        assert_eq!(texts("a=''").unwrap(), ["a="]);
        assert!(words("a=$b", true).unwrap()[0].expands);
        assert!(!words("a='$b'", true).unwrap()[0].expands);
        assert!(words("a=b;c", true).unwrap()[0].operates);
        assert_eq!(words("a=b", true).unwrap()[0].assignment(), Some(("a".to_owned(), "b".to_owned())));
        assert_eq!(words("a-b=c", true).unwrap()[0].assignment(), None);
    }
}
