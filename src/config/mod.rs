//! The configuration: defaults, then a TOML file, then the environment, then flags; later wins.
//!
//! Every key is documented where it is declared, one file a section. What is unknown or out of
//! range is refused with one line that names where it stands and what is wanted. Nothing is read
//! after the start, and nothing here reads the environment by itself.

mod accounts;
mod booking;
mod bots;
mod bound;
mod dialects;
mod error;
mod example;
mod face;
mod files;
mod http;
mod limits;
mod log;
mod page;
mod parent;
mod places;
mod programs;
mod provider;
mod server;
mod services;
mod source;
mod tls;
mod webhooks;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Toml};
use serde::{Deserialize, Serialize};

pub use accounts::{AccountsConfig, SignUp};
pub use booking::BookingConfig;
pub use bots::BotsConfig;
pub use bound::Figure;
pub use dialects::{
    Acknowledgement, CarshareConfig, ClassroomConfig, DialectsConfig, LocalthingsConfig, PlainfileConfig,
};
pub use error::ConfigError;
pub use face::{Distance, FaceConfig, FaceKey};
pub use files::FilesConfig;
pub use http::HttpConfig;
pub use limits::Limits;
pub use log::{LogConfig, LogFormat, LogLevel};
pub use page::PageConfig;
pub use parent::{ParentConfig, ParentKey};
pub use places::PlacesConfig;
pub use programs::{ArgumentConfig, ArgumentKind, Bounds, CommandConfig, RequestableConfig, ServiceConfig};
pub use provider::{ClientAuth, ClientSecretText, Linking, ProviderConfig, ProviderKind};
pub(crate) use provider::{Endpoints, is_secure};
pub use server::{Guests, ServerConfig};
pub use services::ServicesConfig;
pub use tls::TlsConfig;
pub use webhooks::WebhooksConfig;

use source::Setting;

/// Everything that can be configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who the server is and where it is found.
    pub server: ServerConfig,
    /// Whose pages may use the HTTP side.
    pub http: HttpConfig,
    /// What the page in the browser shows of the world around.
    pub page: PageConfig,
    /// Every bound.
    pub limits: Limits,
    /// How people come to have an account.
    pub accounts: AccountsConfig,
    /// How bookings behave.
    pub booking: BookingConfig,
    /// How faces open cars.
    pub face: FaceConfig,
    /// Files that are sent here: how large, how many, how long.
    pub files: FilesConfig,
    /// Bots and what they have scheduled.
    pub bots: BotsConfig,
    /// Where events are delivered to.
    pub webhooks: WebhooksConfig,
    /// Who sees whom, and how far people look.
    pub places: PlacesConfig,
    /// How the repeating services behave.
    pub services: ServicesConfig,
    /// Where TLS is spoken, and the certificate.
    pub tls: TlsConfig,
    /// Ports for clients of older systems.
    pub dialect: DialectsConfig,
    /// What the log says and where it is kept.
    pub log: LogConfig,
    /// The server above this one.
    pub parent: ParentConfig,
    /// Commands that run a program.
    pub command: Vec<CommandConfig>,
    /// Requestables that run a program.
    pub requestable: Vec<RequestableConfig>,
    /// Services that run a program.
    pub service: Vec<ServiceConfig>,
    /// Providers that people sign in with.
    pub provider: Vec<ProviderConfig>,
}

/// What the command line says about the configuration; it wins over everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--database`.
    pub database: Option<String>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--data-listen`.
    pub data_listen: Option<SocketAddr>,
    /// `--http`.
    pub http: Option<SocketAddr>,
    /// `--ready-file`.
    pub ready_file: Option<PathBuf>,
    /// `--log-level`.
    pub log_level: Option<LogLevel>,
    /// `--log-format`.
    pub log_format: Option<LogFormat>,
}

impl Overrides {
    fn settings(&self) -> Vec<Setting> {
        let path = |path: &PathBuf| path.display().to_string();
        [
            ("data", "server.data", self.data.as_ref().map(path)),
            ("database", "server.database", self.database.clone()),
            ("listen", "server.listen", self.listen.map(|addr| addr.to_string())),
            (
                "data-listen",
                "server.data_listen",
                self.data_listen.map(|addr| addr.to_string()),
            ),
            ("http", "server.http", self.http.map(|addr| addr.to_string())),
            ("ready-file", "server.ready_file", self.ready_file.as_ref().map(path)),
            ("log-level", "log.level", self.log_level.map(|level| level.to_string())),
            (
                "log-format",
                "log.format",
                self.log_format.map(|format| format.to_string()),
            ),
        ]
        .into_iter()
        .filter_map(|(flag, key, text)| text.map(|text| Setting::from_flag(flag, key, text)))
        .collect()
    }
}

impl Config {
    /// Joins defaults, the file, the variables and the flags, and checks the whole.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: &Overrides,
    ) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
                file: file.to_owned(),
                source,
            })?;
            figment = figment.merge(Toml::string(&text));
        }
        for (name, text) in variables {
            if let Some(setting) = Setting::from_variable(&name, &text) {
                figment = figment.merge(setting);
            }
        }
        for setting in flags.settings() {
            figment = figment.merge(setting);
        }
        let mut config: Self = figment
            .extract()
            .map_err(|error| ConfigError::from_figment(&error, &figment, file))?;
        if let Some(file) = file {
            config.resolve(file);
        }
        config.check(|key| error::origin(&figment, file, key))?;
        Ok(config)
    }

    /// Every figure with its section and range.
    pub fn figures(&self) -> impl Iterator<Item = (&'static str, Figure)> {
        let log = self.log.figures().into_iter();
        let limits = self.limits.figures().into_iter();
        let booking = self.booking.figures().into_iter();
        let services = self.services.figures().into_iter();
        let face = self.face.figures().into_iter();
        let files = self.files.figures().into_iter();
        let bots = self.bots.figures().into_iter();
        let webhooks = self.webhooks.figures().into_iter();
        let places = self.places.figures().into_iter();
        log.map(|figure| ("log", figure))
            .chain(limits.map(|figure| ("limits", figure)))
            .chain(booking.map(|figure| ("booking", figure)))
            .chain(services.map(|figure| ("services", figure)))
            .chain(face.map(|figure| ("face", figure)))
            .chain(files.map(|figure| ("files", figure)))
            .chain(bots.map(|figure| ("bots", figure)))
            .chain(webhooks.map(|figure| ("webhooks", figure)))
            .chain(places.map(|figure| ("places", figure)))
            .chain(self.dialect.figures())
    }

    /// Texts that mean nothing where they go: their keys, themselves, what is wanted.
    fn unfit(&self) -> Option<(&'static str, &str, &'static str)> {
        let origins = "origins as browsers name them: a scheme, a host and perhaps a port";
        let tiles = "a URL of one host with `{z}`, `{x}` and `{y}` behind it";
        let origin = self.http.unfit().map(|unfit| ("http.origins", unfit, origins));
        origin.or_else(|| self.page.unfit().map(|unfit| ("page.tiles", unfit, tiles)))
    }

    /// What serde cannot know: ranges, pairs in order, files that come in twos.
    fn check(&self, origin: impl Fn(&str) -> String) -> Result<(), ConfigError> {
        for (section, figure) in self.figures() {
            if !figure.is_in_range {
                let key = format!("{section}.{}", figure.key);
                return Err(ConfigError::BadValue {
                    origin: origin(&key),
                    key,
                    got: figure.value,
                    wanted: figure.wanted,
                });
            }
        }
        for (low_key, low, high_key, high) in self.limits.ordered_pairs() {
            if low > high {
                let key = format!("limits.{low_key}");
                return Err(ConfigError::BadValue {
                    origin: origin(&key),
                    key,
                    got: low.to_string(),
                    wanted: format!("at most limits.{high_key}, which is {high}"),
                });
            }
        }
        if let Some((key, got, wanted)) = self.dialect.misfit(self.files.enabled) {
            let key = format!("dialect.{key}");
            return Err(ConfigError::BadValue {
                origin: origin(&key),
                key,
                got,
                wanted,
            });
        }
        self.check_programs(&origin)?;
        self.check_providers(&origin)?;
        if let Err(refusal) = self.server.database_url() {
            let key = "server.database".to_owned();
            return Err(ConfigError::Refused {
                origin: origin(&key),
                key,
                reason: refusal.to_string(),
            });
        }
        if let Some((key, unfit, wanted)) = self.unfit() {
            return Err(ConfigError::BadValue {
                origin: origin(key),
                key: key.to_owned(),
                got: format!("{unfit:?}"),
                wanted: wanted.to_owned(),
            });
        }
        if let Some((set, missing)) = self.tls.missing() {
            let key = format!("tls.{set}");
            return Err(ConfigError::Refused {
                origin: origin(&key),
                key,
                reason: format!("set without tls.{missing}; set both, or neither to have a certificate made"),
            });
        }
        Ok(())
    }

    fn check_providers(&self, origin: impl Fn(&str) -> String) -> Result<(), ConfigError> {
        let refused = |key: String, got: String, wanted: String| ConfigError::BadValue {
            origin: origin("provider"),
            key,
            got,
            wanted,
        };
        let count = self.provider.len();
        if count > provider::PROVIDERS_MAX {
            let wanted = format!("at most {}", provider::PROVIDERS_MAX);
            return Err(refused("provider".to_owned(), format!("{count} declarations"), wanted));
        }
        for (number, one) in self.provider.iter().enumerate() {
            let is_twice = self.provider.iter().take(number).any(|other| other.name == one.name);
            let twice = is_twice.then(|| ("name", "there twice".to_owned(), "one provider of a name".to_owned()));
            if let Some((key, got, wanted)) = one.misfit().or(twice) {
                return Err(refused(
                    format!("provider.{}.{key}", one.name.escape_debug()),
                    got,
                    wanted,
                ));
            }
        }
        match &self.server.public_url {
            Some(url) if !is_secure(url) || url.contains('?') => Err(ConfigError::BadValue {
                origin: origin("server.public_url"),
                key: "server.public_url".to_owned(),
                got: format!("{url:?}"),
                wanted: "an address that begins with https://, or http:// on this machine".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Programs are named from the folder of the file.
    fn resolve(&mut self, file: &Path) {
        let folder = file.parent().unwrap_or(Path::new("."));
        let folder = std::path::absolute(folder.join(".")).unwrap_or_else(|_| folder.to_owned());
        self.command.iter_mut().for_each(|one| one.resolve(&folder));
        self.requestable.iter_mut().for_each(|one| one.resolve(&folder));
        self.service.iter_mut().for_each(|one| one.resolve(&folder));
    }

    fn check_programs(&self, origin: impl Fn(&str) -> String) -> Result<(), ConfigError> {
        let commands = self
            .command
            .iter()
            .map(|one| ("command", &one.name, one.bounds(), None));
        let requestables = self
            .requestable
            .iter()
            .map(|one| ("requestable", &one.name, one.bounds(), None));
        let services = self
            .service
            .iter()
            .map(|one| ("service", &one.name, one.bounds(), Some(one.every_ms)));
        for (count, section) in [
            (self.command.len(), "command"),
            (self.requestable.len(), "requestable"),
            (self.service.len(), "service"),
        ] {
            if count > programs::DECLARED_MAX {
                return Err(ConfigError::BadValue {
                    origin: origin(section),
                    key: section.to_owned(),
                    got: format!("{count} declarations"),
                    wanted: format!("at most {}", programs::DECLARED_MAX),
                });
            }
        }
        let limits = &self.limits;
        for (section, name, bounds, every_ms) in commands.chain(requestables).chain(services) {
            let misfit = programs::misfit(&bounds, limits.command_deadline_ms_max, limits.frame_bytes)
                .or_else(|| programs::rhythm_misfit(every_ms));
            if let Some((key, got, wanted)) = misfit {
                return Err(ConfigError::BadValue {
                    origin: origin(section),
                    key: format!("{section}.{}.{key}", name.escape_debug()),
                    got,
                    wanted,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
