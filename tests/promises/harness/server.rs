//! A server of one's own: the real binary on any port in a folder of its own, killed by its id at the end.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::seed::{self, Seed};
use super::{Raw, SOON, until};

/// The configuration of a server, in its folder, where there is one.
const CONFIG_FILE: &str = "motorpool.toml";

/// A running server, and what it needs to be started again.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    variables: Vec<(String, String)>,
    /// The ready file, as read.
    pub(crate) ready: Value,
    tokens_taken: Mutex<HashMap<String, usize>>,
}

/// `motorpool serve` on any port in that folder, with no variables but these.
pub(crate) fn serve_command(folder: &Path, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOTORPOOL_")) {
        command.env_remove(name);
    }
    command.arg("serve").arg("--data").arg(folder);
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--data-listen",
        "127.0.0.1:0",
        "--http",
        "127.0.0.1:0",
    ]);
    let config = folder.join(CONFIG_FILE);
    if config.exists() {
        command.arg("--config").arg(config);
    }
    // Other tests keep the machine busy: a worker that stands back would be late for its callers.
    command.env("MOTORPOOL_FACE__WORKER_NICE", "0");
    command.envs(variables.iter().cloned());
    command.stdin(Stdio::null());
    command
}

/// Starts it with its ready file in the folder and waits for that.
pub(crate) fn spawn(folder: &Path, variables: &[(String, String)]) -> (Child, Value) {
    launch(serve_command(folder, variables), folder)
}

fn launch(mut command: Command, folder: &Path) -> (Child, Value) {
    let ready_file = folder.join("ready.json");
    drop(fs::remove_file(&ready_file));
    let log = folder.join("log.txt");
    let mut child = command
        .arg("--ready-file")
        .arg(&ready_file)
        .stdout(File::create(folder.join("out.txt")).unwrap())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let text = until("the ready file", || {
        if let Some(status) = child.try_wait().unwrap() {
            panic!("the server ended with {status}: {}", fs::read_to_string(&log).unwrap());
        }
        fs::read_to_string(&ready_file).ok()
    });
    (child, serde_json::from_str(&text).unwrap())
}

/// A start that must fail: its exit code and what it says, which is one line.
pub(crate) fn refused_start(command: &mut Command) -> (i32, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Checked by hand: a server that did start must not outlive the test that fails for it.
    let deadline = Instant::now() + SOON;
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(ended) => break ended,
            None if Instant::now() < deadline => std::thread::park_timeout(Duration::from_millis(5)),
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("a start that must fail did not end");
            }
        }
    };
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    let said: Vec<&str> = said.lines().filter(|line| line.starts_with("motorpool: ")).collect();
    assert_eq!(said.len(), 1, "one line: {said:?}");
    (ended.code().unwrap(), said[0].to_owned())
}

impl Server {
    /// With people and cars, as configured by default.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// With people and cars and these variables.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        Self::made(None, variables)
    }

    /// With people and cars and this configuration.
    pub(crate) fn configured(toml: &str) -> Self {
        Self::made(Some(toml), &[])
    }

    /// With so many people more, `crowd-00000` and so on, and a fifth car; gives a token of each.
    pub(crate) fn crowded(count: usize, variables: &[(&str, &str)]) -> (Self, Vec<String>) {
        let mut tokens = Vec::new();
        let server = Self::filled(None, variables, |folder| tokens = seed::crowd(folder, count));
        (server, tokens)
    }

    /// Another configuration, which is not read by itself.
    pub(crate) fn configure(&self, toml: &str) {
        fs::write(self.folder.path().join(CONFIG_FILE), toml).unwrap();
    }

    fn made(toml: Option<&str>, variables: &[(&str, &str)]) -> Self {
        Self::filled(toml, variables, |_| ())
    }

    /// As started by [`Self::start`], with what it asks of the system written into a file by strace.
    pub(crate) fn traced(trace: &Path, options: &[&str]) -> Self {
        Self::launched(
            None,
            &[],
            |_| (),
            |command| {
                // With -D strace is no parent, so the process that is known here is the server.
                let mut traced = Command::new("strace");
                traced
                    .args(["-D", "-f", "-yy", "-s", "0", "-o"])
                    .arg(trace)
                    .args(options);
                traced.arg(command.get_program()).args(command.get_args());
                for (name, text) in command.get_envs() {
                    match text {
                        Some(text) => traced.env(name, text),
                        None => traced.env_remove(name),
                    };
                }
                traced
            },
        )
    }

    fn filled(toml: Option<&str>, variables: &[(&str, &str)], fill: impl FnOnce(&Path)) -> Self {
        Self::launched(toml, variables, fill, |command| command)
    }

    fn launched(
        toml: Option<&str>,
        variables: &[(&str, &str)],
        fill: impl FnOnce(&Path),
        how: impl FnOnce(Command) -> Command,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some(toml) = toml {
            fs::write(folder.path().join(CONFIG_FILE), toml).unwrap();
        }
        fs::write(folder.path().join("motorpool.db"), &Seed::shared().database).unwrap();
        fill(folder.path());
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let variables: Vec<_> = variables.iter().map(owned).collect();
        let (child, ready) = launch(how(serve_command(folder.path(), &variables)), folder.path());
        Self {
            child,
            folder,
            variables,
            ready,
            tokens_taken: Mutex::default(),
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.ready["serversock"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn maindata(&self) -> SocketAddr {
        self.ready["datasocks"]["Maindata"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.ready["http"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn guest(&self) -> Raw {
        Raw::guest(self.address())
    }

    /// A new connection of that person, by a token not used before.
    pub(crate) fn as_user(&self, person: &str) -> Raw {
        Raw::resume(self.address(), self.token_of(person))
    }

    /// A token of that person that this server has not seen.
    pub(crate) fn token_of(&self, person: &str) -> &'static str {
        let mut taken = self.tokens_taken.lock().unwrap();
        let number = taken.entry(person.to_owned()).or_default();
        *number += 1;
        Seed::shared().token(person, *number - 1)
    }

    /// The key of a car, or of `bot`, `server`, `revoked`.
    pub(crate) fn key(&self, name: &str) -> &'static str {
        Seed::shared().key(name)
    }

    /// The unit of a car, unlocking and locking nothing by itself.
    pub(crate) fn unit(&self, car: &str) -> Raw {
        let login = json!({"key": self.key(car)});
        Raw::hello(self.address(), json!({"kind": "car", "login": login})).unwrap()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// No chance to tidy up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = self.pid();
        kill_process(pid, Signal::TERM).unwrap();
    }

    /// SIGHUP: files are read again.
    pub(crate) fn hang_up(&self) {
        let pid = self.pid();
        kill_process(pid, Signal::HUP).unwrap();
    }

    /// How it ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        until("the end of the server", || self.child.try_wait().unwrap())
    }

    /// Up again on the same folder, at new ports; it must have ended.
    pub(crate) fn start_again(&mut self) {
        assert!(self.child.try_wait().unwrap().is_some(), "it still runs");
        let (child, ready) = spawn(self.folder.path(), &self.variables);
        self.child = child;
        self.ready = ready;
    }

    /// Down in order and up again.
    pub(crate) fn restart(&mut self) {
        self.terminate();
        assert!(self.ended().success());
        self.start_again();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
