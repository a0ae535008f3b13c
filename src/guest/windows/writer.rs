//! VSS writers: the programs that Windows asks to hold still while a snapshot is taken.

/// What `vssadmin list writers` printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writers {
    /// The writers, in the order of the document; none where it was refused.
    pub writers: Vec<Writer>,
    /// What it said in their place, in the language of the machine. Hostile text.
    pub refusal: Option<String>,
}

/// A writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Its name: `System Writer`. From the document, as are the texts below: whoever shows them escapes.
    pub name: String,
    /// Its state as a number; the word beside it is of the language of the machine.
    pub state: u32,
    /// That word.
    pub said: String,
    /// The last error, in the language of the machine.
    pub last_error: Option<String>,
}

impl Writer {
    /// The state of a writer that is ready for the next snapshot.
    const STABLE: u32 = 1;
    /// States from here on are failures, of one step of a snapshot each; those between are steps under way.
    const FAILED: u32 = 6;

    /// Whether it is ready.
    #[must_use]
    pub const fn is_stable(&self) -> bool {
        self.state == Self::STABLE
    }

    /// Whether it failed at a step of a snapshot, or its state is unknown to Windows itself.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.state >= Self::FAILED || self.state == 0
    }

    /// Whether its last error is known to be one. Told of English alone: elsewhere the words for none are not known here.
    #[must_use]
    pub fn ended_badly(&self) -> bool {
        const ENGLISH: [&str; 5] = [
            "Retryable error",
            "Non-retryable error",
            "Timed out",
            "Inconsistent shadow copy",
            "Out of resources",
        ];
        let error = self.last_error.as_deref().unwrap_or_default();
        ENGLISH.iter().any(|known| error.eq_ignore_ascii_case(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_what_words_say_in_any_language() {
        let writer = |state| Writer { name: "W".to_owned(), state, said: String::new(), last_error: None };
        assert!(writer(1).is_stable() && !writer(1).has_failed());
        assert!((2..=5).all(|state| !writer(state).is_stable() && !writer(state).has_failed()));
        assert!([0, 6, 7, 11, 15, u32::MAX].into_iter().all(|state| writer(state).has_failed()));
    }

    #[test]
    fn an_error_in_another_language_is_not_guessed_at() {
        let error = |text: Option<&str>| {
            let last_error = text.map(str::to_owned);
            Writer { name: "W".to_owned(), state: 1, said: "Stable".to_owned(), last_error }.ended_badly()
        };
        assert!(error(Some("Timed out")) && error(Some("Non-retryable error")));
        assert!(!error(Some("No error")) && !error(Some("Kein Fehler")) && !error(None));
    }
}
