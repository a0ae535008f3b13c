//! How much of a text is looked at, and how often: counted in tests alone, where it has to stay in proportion to the text.

#![cfg_attr(
    all(test, windows, target_env = "gnu"),
    expect(
        clippy::missing_const_for_thread_local,
        reason = "it is const: the lint looks at what the macro makes of it for that target"
    )
)]

#[cfg(test)]
thread_local! {
    static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts letters that were looked at, wherever a search goes further than what it finds.
#[cfg(test)]
pub(super) fn add(letters: usize) {
    LOOKED_AT.with(|count| count.set(count.get() + letters));
}

/// Nothing is counted.
#[cfg(not(test))]
pub(super) const fn add(_letters: usize) {}

/// How much was looked at since this was asked last.
#[cfg(test)]
pub(super) fn taken() -> usize {
    LOOKED_AT.with(|count| count.replace(0))
}
