//! Compiles the facts under `data/` into tables that the program reads in place.

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
}
