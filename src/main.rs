//! The `azpreflight` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    azpreflight::cli::run()
}
