//! Compiles the facts under `data/` into tables that the program reads in place.
#![expect(clippy::print_stdout, reason = "cargo listens on stdout")]

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
}
