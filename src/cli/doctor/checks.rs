//! The checks of `motorpool doctor`, from the configuration outwards to the machine.
//!
//! Each looks at one thing and never fails: what cannot be looked at is itself a finding.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustix::process::{Resource, getrlimit};

use super::Check;
use crate::cli::flags::ConfigFlags;
use crate::config::{Config, ServerConfig};
use crate::runtime::clock;
use crate::store::{DatabaseUrl, StoreError, backup};
use crate::tls::TlsMode;

/// Below it the store can soon not grow any more.
const FREE_BYTES_WARNING: u64 = 256 * MIB;
/// Below it nothing can be relied on.
const FREE_BYTES_BROKEN: u64 = 16 * MIB;
/// Open files that leave room for a few thousand sockets.
const OPEN_FILES_WANTED: u64 = 4_096;
/// 2026-01-01 and 2100-01-01 in seconds since 1970.
const CLOCK_MIN: i64 = 1_767_225_600;
const CLOCK_MAX: i64 = 4_102_444_800;
/// A certificate that ends within this time should be renewed.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);
const SPACE: &str = "free space";
const KIB: u64 = 1_024;
const MIB: u64 = 1_048_576;

/// Looks at everything, in the order in which a start needs it.
pub(super) fn all(flags: &ConfigFlags) -> Vec<Check> {
    let mut checks = Vec::new();
    match flags.load(&flags.overrides()) {
        Ok(config) => {
            checks.push(Check::good("configuration", configured_by(flags)));
            checks.extend(of_config(&config));
            checks.extend(super::faces::all(&config));
        }
        Err(error) => checks.push(Check::broken(
            "configuration",
            error.to_string(),
            "correct it there; the other checks need it",
        )),
    }
    checks.push(open_files());
    checks.push(time_of_day(clock::now()));
    checks.push(sqlite());
    checks
}

fn of_config(config: &Config) -> Vec<Check> {
    let server = &config.server;
    vec![
        data_folder(&server.data),
        free_space(&server.data),
        database(server),
        listener("serversock", "server.listen", &server.listen_candidates()),
        listener("maindata", "server.data_listen", &server.data_listen_candidates()),
        listener("http", "server.http", &[server.http]),
        certificate(config, clock::now()),
    ]
}

fn configured_by(flags: &ConfigFlags) -> String {
    match &flags.config {
        Some(file) => format!("{} is in order", file.display()),
        None => "defaults and environment are in order".to_owned(),
    }
}

/// The folder itself, or the nearest one above it, in which it would be made.
fn nearest_folder(path: &Path) -> Option<&Path> {
    path.ancestors()
        .map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        })
        .find(|folder| folder.exists())
}

pub(super) fn data_folder(data: &Path) -> Check {
    let name = "data folder";
    let shown = data.display();
    let Some(folder) = nearest_folder(data) else {
        return Check::broken(name, format!("{shown} cannot be made"), "choose another with --data");
    };
    if !folder.is_dir() {
        let found = format!("{} is not a folder", folder.display());
        return Check::broken(name, found, "move it away, or choose another with --data");
    }
    if let Err(error) = tempfile::tempfile_in(folder) {
        let found = format!("cannot write in {}: {error}", folder.display());
        return Check::broken(
            name,
            found,
            "give this user the right to write there, or choose another with --data",
        );
    }
    if folder == data {
        Check::good(name, format!("{shown} can be written"))
    } else {
        Check::good(name, format!("{shown} will be made at the first start"))
    }
}

fn free_space(data: &Path) -> Check {
    let name = SPACE;
    let statvfs = nearest_folder(data)
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        .and_then(|folder| rustix::fs::statvfs(folder).map_err(io::Error::from));
    match statvfs {
        Ok(disk) => space(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Check::warning(name, format!("cannot be told: {error}"), "look at it with df"),
    }
}

pub(super) fn space(free: u64) -> Check {
    let name = SPACE;
    let found = format!("{} MiB", free / MIB);
    let advice = format!("free some space: {} MiB at least", FREE_BYTES_WARNING / MIB);
    if free < FREE_BYTES_BROKEN {
        Check::broken(name, found, advice)
    } else if free < FREE_BYTES_WARNING {
        Check::warning(name, found, advice)
    } else {
        Check::good(name, found)
    }
}

/// Reads the whole database, in use or not, and compares its tables with those this program knows.
pub(super) fn database(server: &ServerConfig) -> Check {
    let name = "database";
    let path = match server.database_url() {
        Ok(DatabaseUrl::Sqlite(path)) => path,
        Ok(url @ DatabaseUrl::Postgres(_)) => {
            return Check::broken(
                name,
                format!("{url} cannot be used by this version"),
                "use SQLite: leave out server.database",
            );
        }
        Err(error) => return Check::broken(name, error.to_string(), "correct server.database"),
    };
    let shown = path.display();
    if !path.exists() {
        return Check::good(name, format!("{shown} will be made at the first start"));
    }
    match backup::check(&path) {
        Ok(found) => {
            let tables = found.migrations.last().cloned().unwrap_or_default();
            Check::good(
                name,
                format!(
                    "{shown} is sound, tables of version {tables}, {} KiB",
                    found.bytes / KIB
                ),
            )
        }
        Err(error) => {
            let advice = match error {
                StoreError::Newer { .. } => "start a motorpool as new as the one that wrote it, or restore a backup",
                StoreError::Damaged { .. } => "restore a backup with motorpool admin restore",
                _ => "see that this user may read it and that no other program holds it",
            };
            Check::broken(name, error.to_string(), advice)
        }
    }
}

/// Tries the addresses as the server would; a port that is bound here is free again at once.
pub(super) fn listener(name: &'static str, key: &str, candidates: &[SocketAddr]) -> Check {
    let mut refusal = "nothing to listen on".to_owned();
    for (tried, addr) in candidates.iter().enumerate() {
        match TcpListener::bind(addr) {
            Ok(_) if tried == 0 && addr.port() == 0 => return Check::good(name, "any free port"),
            Ok(_) if tried == 0 => return Check::good(name, format!("{addr} is free")),
            Ok(_) => {
                let found = format!("{refusal}; {addr} is free and would be taken");
                return Check::warning(
                    name,
                    found,
                    format!("to keep one address, stop what uses it or set {key}"),
                );
            }
            Err(error) if tried == 0 => refusal = format!("{addr}: {error}"),
            Err(_) => {}
        }
    }
    let advice = format!("stop the program that listens there (a motorpool that runs already?), or set {key}");
    Check::broken(name, refusal, advice)
}

/// The certificate as the server would use it; one that is missing is not made here.
pub(super) fn certificate(config: &Config, now: Timestamp) -> Check {
    let name = "TLS";
    let server = &config.server;
    let listeners = [server.listen, server.data_listen, Some(server.http)];
    let listeners: Vec<SocketAddr> = listeners.into_iter().flatten().collect();
    let is_off_loopback = |addr: &SocketAddr| TlsMode::OffLoopback.is_wanted_at(addr.ip());
    if config.tls.mode == TlsMode::InsecureNowhere && listeners.iter().any(is_off_loopback) {
        let found = "off and listeners are not on loopback: everybody on the way reads passwords and keys";
        return Check::warning(name, found, "leave out tls.mode");
    }
    let source = config.tls.source(&server.data);
    let shown = source.certificate_file().display().to_string();
    if !source.is_there() {
        let is_wanted = config.tls.mode == TlsMode::Everywhere || listeners.iter().any(is_off_loopback);
        let when = if is_wanted {
            "at the first start"
        } else {
            "when a listener is not on loopback"
        };
        return Check::good(name, format!("{shown} will be made {when}"));
    }
    match source.read(now) {
        Err(error) => Check::broken(name, error.to_string(), "correct the section tls of the configuration"),
        Ok(identity) => {
            let found = format!("{shown} until {}, sha256 {}", identity.until, identity.fingerprint);
            if now.saturating_add(RENEW_BEFORE).is_ok_and(|soon| soon > identity.until) {
                return Check::warning(name, found, "renew the certificate, then reload or restart the server");
            }
            Check::good(name, found)
        }
    }
}

/// The server raises its own limit as far as it may, so what counts is how far that is.
fn open_files() -> Check {
    files(getrlimit(Resource::Nofile).maximum)
}

pub(super) fn files(allowed: Option<u64>) -> Check {
    let name = "open files";
    match allowed {
        None => Check::good(name, "no limit"),
        Some(allowed) if allowed >= OPEN_FILES_WANTED => Check::good(name, format!("up to {allowed}")),
        Some(allowed) => Check::warning(
            name,
            format!("up to {allowed}, one a socket"),
            format!("raise the hard limit to {OPEN_FILES_WANTED} or more: ulimit -Hn, or LimitNOFILE= of systemd"),
        ),
    }
}

/// Bookings and rights live by the clock: before this program was written it cannot be right.
pub(super) fn time_of_day(now: Timestamp) -> Check {
    let name = "clock";
    let shown = now.strftime("%Y-%m-%d %H:%M:%S UTC");
    if (CLOCK_MIN..CLOCK_MAX).contains(&now.as_second()) {
        Check::good(name, shown.to_string())
    } else {
        Check::broken(name, shown.to_string(), "set the clock: timedatectl set-ntp true")
    }
}

fn sqlite() -> Check {
    let version = libsqlite3_sys::SQLITE_VERSION.to_string_lossy();
    Check::good("SQLite", format!("{version}, built in"))
}
