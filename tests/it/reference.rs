//! Slow twins: what the clever code computes, done by loops over what a document states.
//!
//! - [`rules`] judges one flow as Azure's pages describe it; it knows no sets of addresses, no resolved rules and no
//!   worlds, only prefixes, names and what has been assumed about the names nobody can look up
//! - [`case`] is a question: a place in a network and the rule lists in the way
//! - [`random`] makes cases that look like what people write
//! - [`points`] finds the flows at which an answer can change, and [`sets`] answers for all of them, one at a time

pub(crate) mod case;
pub(crate) mod points;
pub(crate) mod random;
pub(crate) mod rules;
pub(crate) mod sets;
