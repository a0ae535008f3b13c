//! Compiles the facts under `data/` into tables that the program reads in place.
#![expect(clippy::print_stdout, reason = "cargo listens on stdout")]

mod knowledge;
mod regions;
mod tags;
#[macro_use]
#[path = "../src/words.rs"]
mod words;
#[expect(unreachable_pub, dead_code, reason = "written for the library, which exports and uses all of it")]
#[path = "../src/probe/vocabulary.rs"]
mod probe;
#[expect(unreachable_pub, reason = "written for the library, which exports it")]
#[path = "../src/backup/vocabulary.rs"]
mod vocabulary;

use std::env;
use std::path::PathBuf;

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/words.rs");
    println!("cargo::rerun-if-changed=src/backup/vocabulary.rs");
    println!("cargo::rerun-if-changed=src/probe/vocabulary.rs");
    let data = PathBuf::from("data");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo gives no OUT_DIR")?);
    regions::compile(&data, &out.join("regions.rs"))?;
    tags::compile(&data, &out.join("tags"))?;
    knowledge::generate(&data, &out).map_err(|fault| fault.to_string())
}
