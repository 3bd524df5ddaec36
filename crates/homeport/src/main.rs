//! The program `homeport`.

use std::process::ExitCode;

fn main() -> ExitCode {
    homeport::main()
}
