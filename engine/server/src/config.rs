//! The configuration: defaults, then the file, then the environment (`HOSK_…`), then the command line.

mod documents;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use hosk_api::{Level, OidcSettings};
use hosk_plugins::Trust;
use hosk_runtime::RetentionSettings;
use hosk_store::postgres::Options;
use serde::{Deserialize, Serialize};

use self::documents::Hidden;
use crate::cli::{AuthMode, ServeArgs};
use crate::database::Address;
use crate::failure::Failure;
use crate::secrets::SecretKey;

/// Name of the configuration file in the data folder.
const FILE: &str = "hosk.toml";
/// All keys, as `hosk config` lists them.
const KEYS: [&str; 49] = [
    "data",
    "database",
    "database_writers",
    "database_connections",
    "database_timeout",
    "secret_key",
    "plugin_keys",
    "listen",
    "api_level",
    "auth",
    "authorizations",
    "minimum_password_length",
    "tenants",
    "oidc_issuer",
    "oidc_audience",
    "oidc_keys",
    "oidc_username_claim",
    "oidc_client_claim",
    "oidc_groups_claim",
    "oidc_clock_skew",
    "controllable_clock",
    "log_json",
    "log",
    "max_body",
    "drain",
    "drain_notice",
    "admin",
    "traces",
    "trace_ratio",
    "feel_steps",
    "feel_depth",
    "feel_collection",
    "feel_string",
    "feel_time",
    "missed_runs",
    "history_time_to_live",
    "archive",
    "document_bytes",
    "document_time_to_live",
    "document_store",
    "document_bucket",
    "document_endpoint",
    "document_region",
    "document_prefix",
    "document_access_key",
    "document_secret_key",
    "document_secret_key_file",
    "document_path_style",
    "document_allow_http",
];

/// Deepest `feel_depth`: the depth that the evaluator is tested with on the stacks of the server's threads.
const DEEPEST: usize = 400;
/// Largest `oidc_clock_skew`, in seconds.
const MOST_SKEW: u64 = 300;

/// What the server runs with. Times are in seconds where nothing else is said, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Folder of the database, and of what else is kept in files.
    pub(crate) data: PathBuf,
    /// PostgreSQL server to keep instances in, instead of a file in the data folder.
    pub(crate) database: Option<Address>,
    /// Connections to it that write, each one batch at a time.
    pub(crate) database_writers: usize,
    /// Connections to it beside those that write.
    pub(crate) database_connections: u32,
    /// How long it may take for one statement, in seconds.
    pub(crate) database_timeout: u64,
    /// What secrets of connections are encrypted with: 32 bytes in Base64. The default is a file in the data folder.
    pub(crate) secret_key: Option<SecretKey>,
    /// Public keys (Ed25519, Base64) of those whose plugins are taken; empty: everybody's.
    pub(crate) plugin_keys: Vec<String>,
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// The level of Camunda's API that answers have.
    pub(crate) api_level: Level,
    /// Who may call.
    pub(crate) auth: AuthMode,
    /// Whether it is checked what callers may; else everybody who is signed in may do everything.
    pub(crate) authorizations: bool,
    /// Shortest new password, in characters.
    pub(crate) minimum_password_length: usize,
    /// Whether tenants are told apart: callers see and do what is of the tenants that they are members of.
    pub(crate) tenants: bool,
    /// OpenID Connect provider whose tokens are taken: the issuer that stands in them.
    pub(crate) oidc_issuer: Option<String>,
    /// Whom its tokens have to be for: one of these.
    pub(crate) oidc_audience: Vec<String>,
    /// Where its keys are (JWKS), when it has no discovery document.
    pub(crate) oidc_keys: Option<String>,
    /// The claim with the name of a user.
    pub(crate) oidc_username_claim: String,
    /// The claim with the id of a client, in tokens without a user.
    pub(crate) oidc_client_claim: String,
    /// The claim with the groups of a user or client.
    pub(crate) oidc_groups_claim: String,
    /// How far the clocks of provider and server may differ, in seconds.
    pub(crate) oidc_clock_skew: u64,
    /// Whether `PUT /v2/clock` is allowed.
    pub(crate) controllable_clock: bool,
    /// Whether logs are JSON.
    pub(crate) log_json: bool,
    /// Which log lines are written, in the form of the `RUST_LOG` variable.
    pub(crate) log: String,
    /// Largest request body.
    pub(crate) max_body: usize,
    /// How long a shutdown waits for running work, in seconds.
    pub(crate) drain: u64,
    /// How long a server that is told to stop still answers while it says that it is not ready, in seconds: a load
    /// balancer sends no more requests by then.
    pub(crate) drain_notice: u64,
    /// Address of the listener for operators: metrics, liveness, readiness. It asks nobody who they are.
    pub(crate) admin: Option<SocketAddr>,
    /// Where traces are sent: a collector that takes OTLP over HTTP.
    pub(crate) traces: Option<String>,
    /// The share of requests that are traced, 0 to 1, unless their caller has decided.
    pub(crate) trace_ratio: f64,
    /// Units of work one evaluation of an expression or decision may take: about one an operator, call and iteration.
    pub(crate) feel_steps: u64,
    /// Levels of evaluation inside one another, at most [`DEEPEST`].
    pub(crate) feel_depth: usize,
    /// Items of one list, or members of one context, that an evaluation builds.
    pub(crate) feel_collection: usize,
    /// Bytes of one text that an evaluation builds.
    pub(crate) feel_string: usize,
    /// Milliseconds one evaluation may take.
    pub(crate) feel_time: u64,
    /// What happens to runs of cyclic start timers that were missed while the server was down.
    pub(crate) missed_runs: MissedRuns,
    /// How long instances are kept that have ended, as ISO 8601 duration, unless their process says it; absent: for ever.
    pub(crate) history_time_to_live: Option<String>,
    /// Folder for the histories of what is removed when its time is over; absent: they are gone.
    pub(crate) archive: Option<PathBuf>,
    /// Largest document.
    pub(crate) document_bytes: u64,
    /// How long documents are kept of which nothing else is said, in seconds; absent: until somebody removes them.
    pub(crate) document_time_to_live: Option<u64>,
    /// The id of the store that a bucket is, in references to documents; absent: the bucket's name.
    pub(crate) document_store: Option<String>,
    /// The bucket that new documents go to; absent: they go to the database.
    pub(crate) document_bucket: Option<String>,
    /// Address of the S3-compatible store, without the bucket; absent: Amazon's.
    pub(crate) document_endpoint: Option<String>,
    /// Region of the store.
    pub(crate) document_region: String,
    /// What the names of its objects begin with.
    pub(crate) document_prefix: String,
    /// Id of the access key.
    pub(crate) document_access_key: Option<String>,
    /// The secret key, or the file that it stands in.
    pub(crate) document_secret_key: Option<Hidden>,
    pub(crate) document_secret_key_file: Option<PathBuf>,
    /// Whether the bucket stands in the path of addresses; absent: it does with an address of its own.
    pub(crate) document_path_style: Option<bool>,
    /// Whether the store may be reached without TLS.
    pub(crate) document_allow_http: bool,
}

/// How `missed_runs` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MissedRuns {
    /// One instance for all of them.
    #[default]
    Once,
    /// One instance for each.
    Each,
}

impl From<MissedRuns> for hosk_runtime::MissedRuns {
    fn from(missed: MissedRuns) -> Self {
        match missed {
            MissedRuns::Once => Self::Once,
            MissedRuns::Each => Self::Each,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let feel = hosk_feel::Limits::default();
        Self {
            data: PathBuf::from("hosk-data"),
            database: None,
            database_writers: Options::default().writers,
            database_connections: 8,
            database_timeout: 30,
            secret_key: None,
            plugin_keys: Vec::new(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            api_level: Level::default(),
            auth: AuthMode::Basic,
            authorizations: true,
            minimum_password_length: hosk_identity::MIN_PASSWORD,
            tenants: false,
            oidc_issuer: None,
            oidc_audience: Vec::new(),
            oidc_keys: None,
            oidc_username_claim: "preferred_username".to_owned(),
            oidc_client_claim: "client_id".to_owned(),
            oidc_groups_claim: "groups".to_owned(),
            oidc_clock_skew: 60,
            controllable_clock: false,
            log_json: false,
            log: "info".to_owned(),
            max_body: 16 * 1024 * 1024,
            drain: 20,
            drain_notice: 0,
            admin: None,
            traces: None,
            trace_ratio: 1.0,
            feel_steps: feel.steps,
            feel_depth: feel.depth,
            feel_collection: feel.collection,
            feel_string: feel.string,
            feel_time: feel.time.as_millis() as u64,
            missed_runs: MissedRuns::Once,
            history_time_to_live: None,
            archive: None,
            document_bytes: hosk_documents::Limits::default().bytes,
            document_time_to_live: None,
            document_store: None,
            document_bucket: None,
            document_endpoint: None,
            document_region: "us-east-1".to_owned(),
            document_prefix: String::new(),
            document_access_key: None,
            document_secret_key: None,
            document_secret_key_file: None,
            document_path_style: None,
            document_allow_http: false,
        }
    }
}

impl Config {
    /// The effective configuration.
    ///
    /// # Errors
    /// A sentence that names the value, where it comes from and what it should be.
    pub(crate) fn load(args: &ServeArgs) -> Result<Self, Failure> {
        let figment = figment(args)?;
        let config: Self = figment
            .extract()
            .map_err(|error| Failure::Refused(format!("the configuration is wrong: {error}")))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.auth == AuthMode::None && !self.listen.ip().is_loopback() {
            return Err(Failure::Refused(format!(
                "auth = none trusts every caller, so it may listen on a loopback address only, not on {}. \
                 Use --listen 127.0.0.1:{} or --auth basic.",
                self.listen,
                self.listen.port()
            )));
        }
        if self.auth == AuthMode::None && self.tenants {
            return Err(Failure::Refused(
                "auth = none knows no caller, so tenants cannot be told apart. Use --auth basic, or tenants = false."
                    .to_owned(),
            ));
        }
        self.check_database()?;
        self.check_oidc()?;
        self.secret_key.as_ref().map_or(Ok(()), SecretKey::check)?;
        self.trust()?;
        self.retention()?;
        self.check_traces()?;
        self.check_documents()?;
        self.check_feel()
    }

    fn check_traces(&self) -> Result<(), Failure> {
        if !(0.0..=1.0).contains(&self.trace_ratio) {
            return Err(Failure::Refused(format!("trace_ratio is {}: give 0 to 1", self.trace_ratio)));
        }
        match &self.traces {
            Some(address) if !address.starts_with("http://") && !address.starts_with("https://") => {
                Err(Failure::Refused(format!(
                    "traces is `{address}`: give the address of a collector, for example http://127.0.0.1:4318"
                )))
            }
            _ => Ok(()),
        }
    }

    fn check_oidc(&self) -> Result<(), Failure> {
        let refused = |why: &str| Err(Failure::Refused(why.to_owned()));
        if self.oidc_issuer.is_none() {
            return if self.oidc_audience.is_empty() && self.oidc_keys.is_none() {
                Ok(())
            } else {
                refused("oidc_issuer is missing: name the issuer whose tokens are to be taken")
            };
        }
        if self.auth == AuthMode::None {
            return refused(
                "auth = none asks for no token: use auth = basic with oidc_issuer, or remove oidc_issuer",
            );
        }
        if self.oidc_audience.is_empty() {
            return refused(
                "oidc_audience is empty: name whom tokens have to be for, else those for any other system would be taken",
            );
        }
        if self.oidc_clock_skew > MOST_SKEW {
            return Err(Failure::Refused(format!(
                "oidc_clock_skew is {}: give at most {MOST_SKEW} seconds, and set the clocks",
                self.oidc_clock_skew
            )));
        }
        Ok(())
    }

    /// The provider whose tokens are taken.
    pub(crate) fn oidc(&self) -> Option<OidcSettings> {
        Some(OidcSettings {
            issuer: self.oidc_issuer.clone()?,
            audience: self.oidc_audience.clone(),
            keys: self.oidc_keys.clone(),
            username_claim: self.oidc_username_claim.clone(),
            client_claim: self.oidc_client_claim.clone(),
            groups_claim: self.oidc_groups_claim.clone(),
            clock_skew: Duration::from_secs(self.oidc_clock_skew),
        })
    }

    fn check_database(&self) -> Result<(), Failure> {
        if let Some(database) = &self.database {
            database.check()?;
        }
        let amounts = [
            ("database_writers", self.database_writers as u64),
            ("database_connections", u64::from(self.database_connections)),
            ("database_timeout", self.database_timeout),
        ];
        match amounts.iter().find(|(_, amount)| *amount == 0) {
            Some((name, _)) => Err(Failure::Refused(format!("{name} is 0: give at least 1"))),
            None => Ok(()),
        }
    }

    /// Nothing could be evaluated with a limit of zero, and beyond [`DEEPEST`] the stack would end before the limit.
    fn check_feel(&self) -> Result<(), Failure> {
        let amounts = [
            ("feel_steps", self.feel_steps),
            ("feel_depth", self.feel_depth as u64),
            ("feel_collection", self.feel_collection as u64),
            ("feel_string", self.feel_string as u64),
            ("feel_time", self.feel_time),
        ];
        if let Some((name, _)) = amounts.iter().find(|(_, amount)| *amount == 0) {
            return Err(Failure::Refused(format!("{name} is 0: give at least 1")));
        }
        if self.feel_depth > DEEPEST {
            return Err(Failure::Refused(format!(
                "feel_depth is {}: give at most {DEEPEST}, deeper evaluations would exhaust the stack",
                self.feel_depth
            )));
        }
        Ok(())
    }

    /// What one evaluation may use.
    pub(crate) fn feel(&self) -> hosk_feel::Limits {
        hosk_feel::Limits {
            steps: self.feel_steps,
            depth: self.feel_depth,
            collection: self.feel_collection,
            string: self.feel_string,
            time: Duration::from_millis(self.feel_time),
        }
    }

    /// How long what has ended is kept.
    pub(crate) fn retention(&self) -> Result<RetentionSettings, Failure> {
        let span = self.history_time_to_live.as_ref().map(|text| {
            hosk_model::timer::parse_duration(text.trim()).map_err(|_| {
                Failure::Refused(format!(
                    "history_time_to_live is `{text}`: give an ISO 8601 duration such as P90D or P1Y"
                ))
            })
        });
        Ok(RetentionSettings { time_to_live: span.transpose()?, archive: self.archive.clone() })
    }

    /// Whose plugins are taken.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        Trust::keys(&self.plugin_keys)
            .map_err(|error| Failure::Refused(format!("plugin_keys is wrong: {error}")))
    }

    /// The database file in the data folder: of the embedded CRM and ERP, and of the engine unless it has a server.
    pub(crate) fn file(&self) -> PathBuf {
        self.data.join("hosk.db")
    }
}

/// Where each value comes from, for `hosk config`.
pub(crate) fn sources(args: &ServeArgs) -> Result<Vec<(String, String)>, Failure> {
    let figment = figment(args)?;
    Ok(KEYS
        .iter()
        .map(|key| {
            let source = figment.find_metadata(key).map_or_else(
                || "default".to_owned(),
                |found| match &found.source {
                    Some(source) => format!("{} {source}", found.name),
                    None => found.name.to_string(),
                },
            );
            ((*key).to_owned(), source)
        })
        .collect())
}

fn figment(args: &ServeArgs) -> Result<Figment, Failure> {
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    let data = args.data.clone().or_else(|| std::env::var_os("HOSK_DATA").map(PathBuf::from));
    match &args.config {
        Some(file) if !file.is_file() => {
            return Err(Failure::Refused(format!(
                "the configuration file {} does not exist",
                file.display()
            )));
        }
        Some(file) => figment = figment.merge(Toml::file_exact(file)),
        None => {
            let file = data.unwrap_or_else(|| Config::default().data).join(FILE);
            if file.is_file() {
                figment = figment.merge(Toml::file_exact(file));
            }
        }
    }
    // Other variables that begin alike (HOSK_SERVER, HOSK_USER …) belong to the commands that call a server.
    figment = figment.merge(Env::prefixed("HOSK_").only(&KEYS));
    let figment = figment.merge(Serialized::globals(given(args)));
    // Numbers are no values of a JSON object here: they keep every digit.
    Ok(match args.minimum_password_length {
        Some(length) => figment.merge(Serialized::global("minimum_password_length", length)),
        None => figment,
    })
}

/// What stands on the command line.
fn given(args: &ServeArgs) -> serde_json::Map<String, serde_json::Value> {
    let mut given = serde_json::Map::new();
    let mut put = |name: &str, value: Option<serde_json::Value>| {
        if let Some(value) = value {
            given.insert(name.to_owned(), value);
        }
    };
    put("data", args.data.as_ref().map(|data| data.to_string_lossy().into()));
    put("database", args.database.clone().map(Into::into));
    put("api_level", args.api_level.map(|level| level.as_str().into()));
    put("listen", args.listen.map(|listen| listen.to_string().into()));
    put("admin", args.admin.map(|admin| admin.to_string().into()));
    put("auth", args.auth.map(|auth| if auth == AuthMode::None { "none".into() } else { "basic".into() }));
    put("controllable_clock", args.controllable_clock.then_some(true.into()));
    put("log_json", args.log_json.then_some(true.into()));
    given
}

#[cfg(test)]
mod tests;
