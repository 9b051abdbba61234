//! The binary: hands the command line to `motorpool::cli`, and its verdict to the shell.

/// The answers of one thread are given back by another all day, which the system's allocator does under a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    motorpool::cli::run()
}
