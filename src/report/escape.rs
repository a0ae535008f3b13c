//! Text from input, made harmless.

use std::borrow::Cow;

/// The text with everything that could move a cursor, hide or reorder text shown as `\u{…}`.
///
/// ```
/// use azpreflight::report::escape;
/// assert_eq!(escape("nsg\u{1b}[2J\u{202e}x"), "nsg\\u{1b}[2J\\u{202e}x");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_dangerous(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those of Unicode that reorder, join, break or leave no trace.
pub(super) fn is_dangerous(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_moves_is_shown() {
        assert_eq!(escape("a\nb\tc\u{7f}\u{9b}d"), "a\\u{a}b\\u{9}c\\u{7f}\\u{9b}d");
        for hidden in ['\u{200b}', '\u{2066}', '\u{feff}', '\u{e0041}', '\u{2028}', '\0'] {
            assert!(escape(&hidden.to_string()).starts_with("\\u{"), "{hidden:?}");
        }
        assert_eq!(escape("호스트 → `nsg-ü`"), "호스트 → `nsg-ü`");
    }
}
