//! Commands and templates for people to run: what a reader of Azure's documents is the other half of.
//!
//! Names in them come from the input and are hostile; each language has one place that quotes them.

pub mod azure_cli;
