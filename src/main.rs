//! The `azpreflight` program.
fn main() {}
