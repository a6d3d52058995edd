//! The configuration, as plain data: one struct a concern, unknown keys refused, secrets masked.
//!
//! One TOML file, over which the environment lays `DANCU_<SECTION>__<KEY>`. Nothing is opened,
//! bound or fetched here.

pub mod auth;
mod canary;
mod public_url;
pub mod signals;
mod telemetry;
mod tls;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use auth::AuthConfig;
pub use canary::CanaryConfig;
pub use public_url::PublicUrl;
pub use signals::SignalsConfig;
pub use telemetry::TelemetryConfig;
pub use tls::{TlsConfig, TlsVersion};

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the embedded database and the keys that are made live.
    pub data_dir: PathBuf,
    /// `[http]`
    pub http: HttpConfig,
    /// `[database]`
    pub database: DatabaseConfig,
    /// `[auth]`
    pub auth: AuthConfig,
    /// `[register]`
    pub register: RegisterConfig,
    /// `[audit]`
    pub audit: AuditConfig,
    /// `[console]`
    pub console: ConsoleConfig,
    /// `[signals]`
    pub signals: SignalsConfig,
    /// `[canary]`
    pub canary: CanaryConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[telemetry]`
    pub telemetry: TelemetryConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "var".into(),
            http: HttpConfig::default(),
            database: DatabaseConfig::default(),
            auth: AuthConfig::default(),
            register: RegisterConfig::default(),
            audit: AuditConfig::default(),
            console: ConsoleConfig::default(),
            signals: SignalsConfig::default(),
            canary: CanaryConfig::default(),
            log: LogConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

/// `[http]`: where to listen, and how much is taken.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Where requests are taken.
    pub listen: SocketAddr,
    /// Where metrics are shown.
    pub metrics_listen: SocketAddr,
    /// The address under which callers reach the service, where a proxy has another than ours.
    pub public_url: Option<PublicUrl>,
    /// Proxies whose `Forwarded` header is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Threads that answer; as many as cores unless said.
    pub workers: Option<usize>,
    /// Milliseconds that a process which was told to end goes on answering, each answer the last of its
    /// connection, before it takes no more.
    pub drain_ms: u64,
    /// `[http.limits]`
    pub limits: HttpLimits,
    /// `[http.tls]`
    pub tls: TlsConfig,
    /// `[http.metrics_tls]`
    pub metrics_tls: TlsConfig,
}

impl HttpConfig {
    /// How many threads answer.
    pub fn workers(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        self.workers.unwrap_or_else(cores)
    }

    /// How long a process that was told to end goes on answering.
    pub const fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            metrics_listen: ([127, 0, 0, 1], 9464).into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            workers: None,
            drain_ms: 1_000,
            limits: HttpLimits::default(),
            tls: TlsConfig::default(),
            metrics_tls: TlsConfig::default(),
        }
    }
}

/// `[http.limits]`: what a request may be, and say, at most.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpLimits {
    /// Bytes of a head.
    pub head_bytes: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of a batch's body.
    pub bulk_body_bytes: usize,
    /// Milliseconds in which a head must have come.
    pub head_deadline_ms: u64,
    /// Milliseconds in which a body must have come.
    pub body_deadline_ms: u64,
    /// Milliseconds in which a question must have been decided, its body's way here apart.
    pub handler_deadline_ms: u64,
    /// Connections at once.
    pub connections: usize,
    /// Questions at once.
    pub in_flight: usize,
    /// What auditors, administrators and the register's feed may have under way at once.
    pub in_flight_office: usize,
    /// What onlookers of the transparency log may have under way at once.
    pub in_flight_log: usize,
    /// Fields of one lookup.
    pub fields: usize,
    /// Items of one batch.
    pub batch_items: usize,
    /// Characters of a name, after white space around it is trimmed.
    pub name_characters: usize,
}

impl HttpLimits {
    /// The time in which a head must have come.
    pub const fn head_deadline(&self) -> Duration {
        Duration::from_millis(self.head_deadline_ms)
    }

    /// The time in which a body must have come.
    pub const fn body_deadline(&self) -> Duration {
        Duration::from_millis(self.body_deadline_ms)
    }

    /// The time in which a question must have been decided.
    pub const fn handler_deadline(&self) -> Duration {
        Duration::from_millis(self.handler_deadline_ms)
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            body_bytes: 64 * 1024,
            bulk_body_bytes: 1024 * 1024,
            head_deadline_ms: 5_000,
            body_deadline_ms: 5_000,
            handler_deadline_ms: 2_000,
            connections: 10_000,
            in_flight: 1_024,
            in_flight_office: 64,
            in_flight_log: 64,
            fields: 64,
            batch_items: 100,
            name_characters: 200,
        }
    }
}

/// `[database]`: where the data is.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `postgres://user@host/name` for the service; an embedded server under `data_dir` if absent.
    pub url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub url_file: Option<PathBuf>,
    /// The same for whoever owns and migrates the schema; `url` if absent.
    pub owner_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub owner_url_file: Option<PathBuf>,
    /// The same for the role that writes the register; `url` if absent.
    pub feed_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub feed_url_file: Option<PathBuf>,
    /// The same for the role that reads the audit log; `url` if absent.
    pub audit_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub audit_url_file: Option<PathBuf>,
    /// The same for the role that keeps partitions; `url` if absent.
    pub maintain_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub maintain_url_file: Option<PathBuf>,
    /// The same for the role that seals the log; `url` if absent.
    pub seal_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub seal_url_file: Option<PathBuf>,
    /// The same for the role that makes the log searchable; `url` if absent.
    pub search_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub search_url_file: Option<PathBuf>,
    /// The same for a read replica, from which the register is read; the primary if absent.
    pub register_url: Option<String>,
    /// A file with it, mode 0600, read again for new connections.
    pub register_url_file: Option<PathBuf>,
    /// Authorities in PEM form that sign the server's certificate; the system's if absent.
    pub ca_file: Option<PathBuf>,
    /// A certificate to show to the server, in PEM form.
    pub client_certificate_file: Option<PathBuf>,
    /// Its private key, in PEM form, mode 0600.
    pub client_key_file: Option<PathBuf>,
}

/// Shown in place of a password.
const MASK: &str = "***";

impl DatabaseConfig {
    /// Whether there is a database by its address, rather than an embedded one.
    pub fn is_given(&self) -> bool {
        self.url.is_some() || self.url_file.is_some()
    }

    /// Every address and the file that may stand for it.
    fn addresses(&mut self) -> [(&mut Option<String>, &Option<PathBuf>); 8] {
        [
            (&mut self.url, &self.url_file),
            (&mut self.owner_url, &self.owner_url_file),
            (&mut self.feed_url, &self.feed_url_file),
            (&mut self.audit_url, &self.audit_url_file),
            (&mut self.maintain_url, &self.maintain_url_file),
            (&mut self.seal_url, &self.seal_url_file),
            (&mut self.search_url, &self.search_url_file),
            (&mut self.register_url, &self.register_url_file),
        ]
    }

    /// The same with passwords masked.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        for (url, _) in masked.addresses() {
            *url = url.as_deref().map(mask_password);
        }
        masked
    }

    fn check(&self) -> Result<(), &'static str> {
        let both =
            |(url, file): (&mut Option<String>, &Option<PathBuf>)| url.is_some() && file.is_some();
        if self.clone().addresses().into_iter().any(both) {
            return Err("of an address of the database and the `…_file` with it one is given");
        }
        if self.client_certificate_file.is_some() != self.client_key_file.is_some() {
            return Err(
                "of `database.client_certificate_file` and `client_key_file` both are given, or \
                 neither",
            );
        }
        Ok(())
    }
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // As it is printed, for that is masked.
        let shown = toml::to_string(&self.masked()).map_err(|_| std::fmt::Error)?;
        write!(
            f,
            "DatabaseConfig {{ {} }}",
            shown.trim_end().replace('\n', ", ")
        )
    }
}

/// `postgres://user:secret@host/name?password=secret` without its secrets.
fn mask_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return MASK.to_owned();
    };
    // Up to the last `@`: whatever else stands in a password, it is not shown.
    let (credentials, rest) = match rest.rsplit_once('@') {
        Some((credentials, rest)) => (Some(credentials), rest),
        None => (None, rest),
    };
    let credentials = credentials.map_or(String::new(), |credentials| {
        match credentials.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@"),
            None => format!("{credentials}@"),
        }
    });
    let (place, query) = rest
        .split_once('?')
        .map_or((rest, None), |(place, query)| (place, Some(query)));
    // Names are plain words; one that is not might be a password's in disguise.
    let is_secret = |pair: &str| {
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        key == "password" || key.contains('%')
    };
    let query = query.map_or(String::new(), |query| {
        if query.split('&').any(is_secret) {
            format!("?{MASK}")
        } else {
            format!("?{query}")
        }
    });
    format!("{scheme}://{credentials}{place}{query}")
}

/// `[register]`: the record cache and the reads behind it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegisterConfig {
    /// Bytes the cached records may take.
    pub cache_bytes: u64,
    /// Reads under way at most, each on a connection of its own. They are shared out among the workers, where
    /// there is one for each.
    pub readers: usize,
}

impl Default for RegisterConfig {
    fn default() -> Self {
        Self {
            cache_bytes: 1 << 30,
            readers: 4,
        }
    }
}

/// `[audit]`: the log.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// The file of the key-encryption key: 32 bytes in base64, mode 0600. Made under `data_dir` with
    /// the embedded database, demanded otherwise.
    pub kek_file: Option<PathBuf>,
    /// Lanes of this process, each with a connection of its own.
    pub lanes: usize,
    /// Entries that may wait.
    pub queue: usize,
    /// Whether a synchronous standby must be configured at the database.
    pub require_standby: bool,
    /// Days whose partitions are made ahead.
    pub ahead_days: u16,
    /// Days after which entries are dropped; kept for ever if absent.
    pub retention_days: Option<u16>,
    /// Whether this service seals the log, or a `dancu seal` does.
    pub seal: Seal,
    /// Seconds an entry may stay unsealed before answers stop.
    pub seal_grace_s: u32,
    /// Milliseconds between two rounds of sealing.
    pub seal_interval_ms: u32,
    /// Seconds that one statement of a search, of statistics or of an export may take.
    pub search_timeout_s: u32,
    /// What the log is called, in the first line of its checkpoints; the epoch's number is added.
    pub log_origin: String,
    /// The file of the keys that sign checkpoints, mode 0600. Made under `data_dir` with the
    /// embedded database, demanded otherwise where this process seals.
    pub note_key_file: Option<PathBuf>,
    /// The directory outside the database that remembers what was signed. Under `data_dir` with the
    /// embedded database, demanded otherwise where this process seals.
    pub second_place: Option<PathBuf>,
    /// Witnesses every checkpoint is offered to.
    pub witnesses: Vec<WitnessConfig>,
    /// Whether this service makes published entries searchable, one replica at a time.
    pub searchable: bool,
}

/// Who seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// This service, one replica at a time.
    Here,
    /// Another process: `dancu seal`.
    Elsewhere,
}

/// `[[audit.witnesses]]`: one that checkpoints are offered to (C2SP tlog-witness).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// Its submission prefix, before `/add-checkpoint`.
    pub url: String,
    /// Its verifier key: `name+id+key`.
    pub key: String,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            kek_file: None,
            lanes: 1,
            queue: 4096,
            require_standby: false,
            ahead_days: 7,
            retention_days: None,
            seal: Seal::Here,
            seal_grace_s: 4 * 3600,
            seal_interval_ms: 1000,
            search_timeout_s: 30,
            log_origin: "dancu.example/log".into(),
            note_key_file: None,
            second_place: None,
            witnesses: Vec::new(),
            searchable: true,
        }
    }
}

/// `[console]`: how auditors sign in to the console.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
    /// Whether an access token may be pasted into a form.
    pub paste: bool,
    /// The header in which a trusted proxy hands on the auditor's access token.
    pub token_header: Option<String>,
    /// What a paper that need not be brought is worth, in đồng. Without it no money is shown.
    pub paper_cost: Option<u32>,
}

/// `[log]`: what the process says.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Which events, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub filter: String,
    /// `text` or `json`.
    pub format: LogFormat,
    /// Whether there is a line for each request, whatever the filter says.
    pub access: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            filter: "info".into(),
            format: LogFormat::Text,
            access: false,
        }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or the environment holds what cannot be read.
    #[error("the configuration cannot be read")]
    Read(#[from] config::ConfigError),
    /// Values that do not go together.
    #[error("the configuration does not fit together: {0}")]
    Inconsistent(&'static str),
}

impl Config {
    /// How many of the register's readers each worker has for itself; 0 where there are fewer than workers, which
    /// all share them then.
    pub fn readers_of_each_worker(&self) -> usize {
        self.register.readers / self.http.workers()
    }

    /// Reads a file, if it is there (it must be, where `required`), and the environment over it.
    pub fn read(file: &Path, required: bool) -> Result<Self, Error> {
        let source = config::File::from(file)
            .format(config::FileFormat::Toml)
            .required(required);
        let environment = config::Environment::with_prefix("DANCU")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true);
        let mut config: Self = config::Config::builder()
            .add_source(source)
            .add_source(environment)
            .build()?
            .try_deserialize()?;
        config.telemetry.fill(|name| std::env::var(name).ok());
        config.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        let inconsistent = |why| Err(Error::Inconsistent(why));
        if self.audit.lanes == 0 || self.audit.queue == 0 {
            return inconsistent("`audit.lanes` and `audit.queue` are at least 1");
        }
        if self.http.workers == Some(0) || self.register.readers == 0 {
            return inconsistent("`http.workers` and `register.readers` are at least 1");
        }
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if let Some(header) = &self.console.token_header
            && (header.is_empty() || !header.bytes().all(is_token))
        {
            return inconsistent("`console.token_header` is the name of a header");
        }
        if self.audit.seal_interval_ms == 0 || self.audit.log_origin.is_empty() {
            return inconsistent("`audit.seal_interval_ms` is at least 1, and the log has a name");
        }
        if !(1..=3600).contains(&self.audit.search_timeout_s) {
            return inconsistent("`audit.search_timeout_s` is from 1 to 3600");
        }
        if self.http.drain_ms > 60_000 {
            return inconsistent("`http.drain_ms` is at most 60000");
        }
        self.check_limits().map_err(Error::Inconsistent)?;
        self.database.check().map_err(Error::Inconsistent)?;
        for tls in [&self.http.tls, &self.http.metrics_tls] {
            tls.check().map_err(Error::Inconsistent)?;
        }
        self.signals.check().map_err(Error::Inconsistent)?;
        self.canary.check().map_err(Error::Inconsistent)?;
        self.telemetry.check().map_err(Error::Inconsistent)?;
        Ok(self)
    }

    /// Whether every limit can be kept: neither so low that nothing passes, nor so high that it is
    /// none.
    fn check_limits(&self) -> Result<(), &'static str> {
        let limits = &self.http.limits;
        let within = |value: usize, range: std::ops::RangeInclusive<usize>, why| {
            if range.contains(&value) {
                Ok(())
            } else {
                Err(why)
            }
        };
        within(
            limits.head_bytes,
            2048..=64 * 1024,
            "`http.limits.head_bytes` is from 2048 to 65536",
        )?;
        within(
            limits.body_bytes,
            1024..=16 * 1024 * 1024,
            "`http.limits.body_bytes` is from 1024 to 16777216",
        )?;
        within(
            limits.bulk_body_bytes,
            limits.body_bytes..=64 * 1024 * 1024,
            "`http.limits.bulk_body_bytes` is from `http.limits.body_bytes` to 67108864",
        )?;
        for deadline_ms in [
            limits.head_deadline_ms,
            limits.body_deadline_ms,
            limits.handler_deadline_ms,
        ] {
            within(
                usize::try_from(deadline_ms).unwrap_or(usize::MAX),
                100..=60_000,
                "`http.limits.head_deadline_ms`, `body_deadline_ms` and `handler_deadline_ms` are from \
                 100 to 60000",
            )?;
        }
        within(
            limits.connections,
            1..=1_000_000,
            "`http.limits.connections` is from 1 to 1000000",
        )?;
        for in_flight in [
            limits.in_flight,
            limits.in_flight_office,
            limits.in_flight_log,
        ] {
            within(
                in_flight,
                1..=100_000,
                "`http.limits.in_flight`, `in_flight_office` and `in_flight_log` are from 1 to 100000",
            )?;
        }
        within(
            limits.fields,
            1..=1000,
            "`http.limits.fields` is from 1 to 1000",
        )?;
        within(
            limits.batch_items,
            1..=1000.min(self.audit.queue),
            "`http.limits.batch_items` is from 1 to 1000, and no more than `audit.queue`: each item \
             has an entry",
        )?;
        within(
            limits.name_characters,
            50..=1000,
            "`http.limits.name_characters` is from 50 to 1000",
        )?;
        within(
            self.auth.token_bytes,
            1024..=limits.head_bytes,
            "`auth.token_bytes` is from 1024 to `http.limits.head_bytes`, for a token stands in the \
             head",
        )
    }

    /// Whether there is everything that answering requests needs. Keys are made with the embedded
    /// database only, for the replicas of a service share theirs.
    pub fn check_service(&self) -> Result<(), Error> {
        if !self.database.is_given() {
            return Ok(());
        }
        let missing = |what| Err(Error::Inconsistent(what));
        if self.audit.kek_file.is_none() {
            return missing("with `database.url`, `audit.kek_file` must be given");
        }
        if self.auth.issuers.is_empty() {
            return missing("with `database.url`, an `[[auth.issuers]]` must be given");
        }
        match self.audit.seal {
            Seal::Here => self.check_sealing(),
            Seal::Elsewhere => Ok(()),
        }
    }

    /// Whether there is everything that sealing needs.
    pub fn check_sealing(&self) -> Result<(), Error> {
        let audit = &self.audit;
        let given = audit.note_key_file.is_some() && audit.second_place.is_some();
        if given || !self.database.is_given() {
            return Ok(());
        }
        Err(Error::Inconsistent(
            "with `database.url`, `audit.note_key_file` and `audit.second_place` must be given to \
             whoever seals; `audit.seal = \"elsewhere\"` leaves it to `dancu seal`",
        ))
    }

    /// As TOML, with secrets masked.
    pub fn to_toml(&self) -> String {
        let shown = Self {
            database: self.database.masked(),
            canary: self.canary.masked(),
            ..self.clone()
        };
        toml::to_string_pretty(&shown).expect("plain data becomes TOML")
    }

    /// The file of the keys that sign checkpoints.
    pub fn note_key_file(&self) -> PathBuf {
        let own = || self.data_dir.join("keys").join("log-note");
        self.audit.note_key_file.clone().unwrap_or_else(own)
    }

    /// The directory that remembers what was signed.
    pub fn second_place(&self) -> PathBuf {
        let own = || self.data_dir.join("checkpoints");
        self.audit.second_place.clone().unwrap_or_else(own)
    }

    /// The key-encryption key's file.
    pub fn kek_file(&self) -> PathBuf {
        let own = || self.data_dir.join("keys").join("audit-kek");
        self.audit.kek_file.clone().unwrap_or_else(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Config, toml::de::Error> {
        toml::from_str(toml)
    }

    #[test]
    fn nothing_need_be_configured() {
        let config = read("").unwrap();
        assert_eq!(config.http.limits.body_bytes, 65_536);
        assert!(config.checked().is_ok());
    }

    #[test]
    fn a_limit_out_of_its_range_is_refused_by_its_name() {
        let refusal = |toml: &str| match read(toml).unwrap().checked() {
            Err(Error::Inconsistent(why)) => why,
            other => panic!("{toml}: {other:?}"),
        };
        for (key, beyond) in [
            ("head_bytes", [2047, 65_537]),
            ("body_bytes", [1023, 16_777_217]),
            ("bulk_body_bytes", [65_535, 67_108_865]),
            ("head_deadline_ms", [99, 60_001]),
            ("body_deadline_ms", [99, 60_001]),
            ("handler_deadline_ms", [99, 60_001]),
            ("connections", [0, 1_000_001]),
            ("in_flight", [0, 100_001]),
            ("in_flight_office", [0, 100_001]),
            ("in_flight_log", [0, 100_001]),
            ("fields", [0, 1001]),
            ("batch_items", [0, 1001]),
            ("name_characters", [49, 1001]),
        ] {
            for value in beyond {
                let why = refusal(&format!("[http.limits]\n{key} = {value}"));
                assert!(why.contains(key), "{key} = {value}: {why}");
            }
        }
        let why = refusal("[http]\ndrain_ms = 60001");
        assert!(why.starts_with("`http.drain_ms`"), "{why}");
        for value in [1023, 16_385] {
            let why = refusal(&format!("[auth]\ntoken_bytes = {value}"));
            assert!(why.starts_with("`auth.token_bytes`"), "{value}: {why}");
        }
        for value in [0, 3601] {
            let why = refusal(&format!("[audit]\nsearch_timeout_s = {value}"));
            assert!(
                why.starts_with("`audit.search_timeout_s`"),
                "{value}: {why}"
            );
        }
        // Each item has an entry, which must find a place in the queue.
        let why = refusal("[audit]\nqueue = 99");
        assert!(why.contains("batch_items") && why.contains("audit.queue"));
    }

    #[test]
    fn limits_may_be_changed_within_their_ranges() {
        let toml = "[http.limits]\nhead_bytes = 32768\nbody_bytes = 1024\n\
            bulk_body_bytes = 1024\nhead_deadline_ms = 100\nbody_deadline_ms = 60000\nfields = 1\n\
            batch_items = 1000\nname_characters = 1000\n[auth]\ntoken_bytes = 32768";
        assert!(read(toml).unwrap().checked().is_ok());
    }

    #[test]
    fn unknown_keys_are_refused_in_every_section() {
        for section in [
            "",
            "[http]",
            "[http.limits]",
            "[http.tls]",
            "[http.metrics_tls]",
            "[database]",
            "[register]",
            "[audit]",
            "[console]",
            "[signals]",
            "[signals.distinct_people]",
            "[signals.no_match_ratio]",
            "[signals.sequential_numbers]",
            "[signals.many_officers]",
            "[signals.off_hours]",
            "[signals.self_lookup]",
            "[signals.relatives_lookup]",
            "[signals.sudden_volume]",
            "[canary]",
            "[log]",
            "[telemetry]",
        ] {
            assert!(
                read(&format!("{section}\nsurprise = 1")).is_err(),
                "{section}"
            );
        }
    }

    #[test]
    fn passwords_are_shown_nowhere() {
        let url = "postgres://dancu:s3cret@db:5432/dancu?sslmode=require";
        let with = |url: &str| {
            let database = DatabaseConfig {
                url: Some(url.into()),
                ..Default::default()
            };
            let config = Config {
                database,
                ..Default::default()
            };
            format!("{config:?}{}", config.to_toml())
        };
        assert!(!with(url).contains("s3cret"));
        assert!(with(url).contains("postgres://dancu:***@db:5432/dancu"));
        assert!(!with("postgres://db/dancu?user=a&password=s3cret").contains("s3cret"));
        assert!(!with("host=db password=s3cret").contains("s3cret"));
        // However it is written, and whatever else stands in it.
        for url in [
            "postgres://dancu:s3cret/or@db/dancu",
            "postgres://dancu:or?s3cret@db/dancu",
            "postgres://dancu:or@s3cret@db/dancu",
            "postgres://db/dancu?user=a&%70assword=s3cret",
        ] {
            assert!(!with(url).contains("s3cret"), "{}", with(url));
        }
    }

    #[test]
    fn paths_of_secrets_are_shown() {
        let config = read("[database]\nurl_file = \"/run/url\"").unwrap();
        assert!(format!("{config:?}").contains("/run/url"));
        assert!(config.to_toml().contains("url_file = \"/run/url\""));
    }

    #[test]
    fn an_address_and_its_file_exclude_each_other() {
        for key in [
            "url",
            "owner_url",
            "audit_url",
            "maintain_url",
            "seal_url",
            "search_url",
        ] {
            let both = format!("[database]\n{key} = \"postgres://db/d\"\n{key}_file = \"/f\"");
            let refused = read(&both).unwrap().checked();
            assert!(matches!(refused, Err(Error::Inconsistent(_))), "{key}");
            let one = read(&format!("[database]\n{key}_file = \"/f\"")).unwrap();
            assert!(one.checked().is_ok(), "{key}");
        }
    }

    #[test]
    fn files_of_tls_come_in_pairs() {
        for toml in [
            "[http.tls]\ncertificate_file = \"/c\"",
            "[http.metrics_tls]\nkey_file = \"/k\"",
            "[http.tls]\nclient_ca_file = \"/a\"",
            "[database]\nclient_certificate_file = \"/c\"",
            "[database]\nclient_key_file = \"/k\"",
        ] {
            let refused = read(toml).unwrap().checked();
            assert!(matches!(refused, Err(Error::Inconsistent(_))), "{toml}");
        }
        for version in ["1.1", "1.4", "ssl3"] {
            assert!(read(&format!("[http.tls]\nmin_version = \"{version}\"")).is_err());
        }
        let older = read("[http.tls]\nmin_version = 1.2").unwrap();
        assert_eq!(older.http.tls.min_version, TlsVersion::V1_2);
    }

    #[test]
    fn a_canary_is_given_whole_and_shown_nowhere() {
        let whole = "[canary]\npersonal_id = \"001095424242\"\nfull_name = \"Hoàng Yến\"\n\
            birth_date = \"1995-03-02\"\nclient_id = \"canary\"\nprocedure_code = \"x\"";
        let config = read(whole).unwrap().checked().unwrap();
        let shown = format!("{config:?}{}", config.to_toml());
        for personal in ["001095424242", "Yến", "1995"] {
            assert!(!shown.contains(personal), "{shown}");
        }
        for toml in [
            whole.replace("full_name = \"Hoàng Yến\"\n", ""),
            "[canary]\nclient_id = \"canary\"".to_owned(),
            "[canary]\ninterval_s = 4".to_owned(),
        ] {
            let refused = read(&toml).unwrap().checked();
            assert!(matches!(refused, Err(Error::Inconsistent(_))), "{toml}");
        }
    }

    #[test]
    fn an_external_database_demands_a_key_and_an_issuer() {
        let config = read("[database]\nurl = \"postgres://db/dancu\"").unwrap();
        assert!(matches!(
            config.check_service(),
            Err(Error::Inconsistent(_))
        ));
    }

    #[test]
    fn what_is_printed_reads_back_the_same() {
        let printed = Config::default().to_toml();
        assert_eq!(read(&printed).unwrap().to_toml(), printed);
    }

    #[test]
    fn the_example_says_what_the_defaults_are() {
        let said = read(include_str!("../../docs/dancu.example.toml")).unwrap();
        assert_eq!(said.to_toml(), Config::default().to_toml());
    }

    #[test]
    fn a_signal_that_everything_or_nothing_would_raise_is_refused() {
        for toml in [
            "[signals.distinct_people]\nofficer = 0",
            "[signals.no_match_ratio]\npercent = 0",
            "[signals.no_match_ratio]\npercent = 101",
            "[signals.sequential_numbers]\nleast = 2",
            "[signals.sequential_numbers]\nstep = 0",
            "[signals.many_officers]\nleast = 0",
            "[signals.off_hours]\nfrom_hour = 18\nto_hour = 7",
            "[signals.off_hours]\nto_hour = 25",
            "[signals.self_lookup]\nleast = 0",
            "[signals.relatives_lookup]\nleast = 0",
            "[signals.sudden_volume]\nfactor = 1",
            "[signals.sudden_volume]\ndays = 3",
        ] {
            let refused = read(toml).unwrap().checked();
            assert!(matches!(refused, Err(Error::Inconsistent(_))), "{toml}");
        }
        assert!(read("[signals.off_hours]\nweekdays = [\"fry\"]").is_err());
    }
}
