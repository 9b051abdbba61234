//! The command line: which subcommands there are, and the way from their outcome to an exit code.
//!
//! One subcommand a file. A subcommand is a struct of flags with a `run` that gives back a
//! `Failure` or nothing. Only this file ends in an exit code, and only it writes `motorpool: ...`.

mod admin;
mod bot;
mod call;
mod car;
mod console;
mod demo;
mod doctor;
mod enroll;
mod exit;
mod face;
mod face_eval;
mod face_worker;
mod file;
mod flags;
mod import;
mod logging;
mod look;
mod remote;
mod run_limited;
mod serve;
mod show;
mod table;
mod tool;
mod trust;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

pub(crate) use exit::{Exit, Failure};

/// One self-hosted server for a fleet of shared vehicles and the people and things around it.
#[derive(Debug, Parser)]
#[command(name = "motorpool", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Run one call on a server and show its answer.
    Call(call::Call),
    /// Talk to a server line by line.
    Console(console::Console),
    /// Show a whole town at work: a server, ten simulated cars and riders.
    Demo(demo::Demo),
    /// Keep a person's face from pictures, with their consent.
    Enroll(enroll::Enroll),
    /// See, take along or erase what is kept of a person's face.
    Face(face::Face),
    /// Send, fetch, list and remove files.
    File(Box<file::File>),
    /// Run the unit of a car.
    Car(car::Car),
    /// Be a bot: say how it is, register it, speak as it.
    Bot(bot::Bot),
    /// Check configuration, data folder, database, ports and machine, and say what to mend.
    Doctor(doctor::Doctor),
    /// Tell how well the faces of sorted pictures are told apart, at which threshold.
    FaceEval(face_eval::FaceEval),
    /// Take cars and people from CSV files into the store: all of them or none.
    Import(import::Import),
    /// Look after people, cars, keys and copies of the database, also beside a running server.
    Admin(admin::Admin),
    /// Take bounds on and become a program of the configuration.
    #[command(hide = true)]
    RunLimited(run_limited::RunLimited),
    /// Look at pictures for the server.
    #[command(hide = true)]
    FaceWorker(face_worker::FaceWorker),
}

/// Runs the command line of this process to its end.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(help) if help.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // Nothing was asked: the help says more than one line could.
            drop(help.print());
            return Exit::Usage.into();
        }
        Err(error) if error.use_stderr() => return exit::report(&exit::usage(&error)),
        Err(help) => {
            // A closed pipe behind `--help | head` is no failure of ours.
            drop(help.print());
            return Exit::Done.into();
        }
    };
    let outcome = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::Call(call) => call.run(),
        Command::Console(console) => console.run(),
        Command::Demo(demo) => demo.run(),
        Command::Enroll(enroll) => enroll.run(),
        Command::Face(face) => face.run(),
        Command::File(file) => file.run(),
        Command::Car(car) => car.run(),
        Command::Bot(bot) => bot.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::FaceEval(face_eval) => face_eval.run(),
        Command::Import(import) => import.run(),
        Command::Admin(admin) => admin.run(),
        Command::RunLimited(run_limited) => run_limited.run(),
        Command::FaceWorker(face_worker) => face_worker.run(),
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => exit::report(&failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_fit_together() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn every_documented_flag_of_serve_is_taken() {
        let line = "motorpool serve --config a.toml --data d --database sqlite:x --listen 127.0.0.1:0 \
                    --data-listen 127.0.0.1:0 --http 127.0.0.1:0 --ready-file r --log-format json --log-level debug";
        assert!(Cli::try_parse_from(line.split_whitespace()).is_ok());
    }
}
