//! The binary: hands the command line to `motorpool::cli`, and its verdict to the shell.

fn main() -> std::process::ExitCode {
    motorpool::cli::run()
}
