//! Plugins at an author's desk: checked, called and packed without a server.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use hosk_connections::Vault;
use hosk_connector::{
    Binding, Call, Connection, Context, Contract, Outcome, Registry, Secret, canonical_task_type,
};
use hosk_plugins::{Package, Trust, public_key};
use hosk_wasm::{Host, Plugin, WasmConnector};
use serde_json::{Value, json};

use super::golden;
use crate::cli::{PluginCheck, PluginRun, PluginSign};
use crate::failure::Failure;
use crate::{files, plugins, print};

/// Name of the folder of golden calls beside a component.
const CALLS: &str = "calls";
/// Only the owner may read a secret key.
const MODE: u32 = 0o600;
/// Longest secret key, with white space around it.
const KEY: usize = 1024;

/// A loaded plugin whose operations can be called.
pub(super) struct Loaded {
    plugin: Plugin,
    package: Package,
    registry: Registry,
}

impl Loaded {
    pub(super) async fn open(file: &Path) -> Result<Self, Failure> {
        let host: Host = plugins::host(None)?;
        let file = files::read(file)?;
        let limit = host.limits().file;
        let package = Package::read(&file, limit, &Trust::default())
            .map_err(|error| Failure::Refused(format!("{}: {error}", error.code())))?;
        let loaded = host.load(&package.wasm).await;
        let plugin = loaded.map_err(|error| {
            let code = error.code();
            Failure::Refused(format!("{code}: {:#}", anyhow::Error::from(error)))
        })?;
        let mut registry = Registry::new();
        registry.register(Arc::new(WasmConnector::new(host, plugin.clone())))?;
        Ok(Self { plugin, package, registry })
    }

    pub(super) fn contract(&self) -> &Contract {
        self.plugin.contract()
    }

    /// The component's, in bytes.
    pub(super) fn size(&self) -> usize {
        self.package.wasm.len()
    }

    fn operation(&self, name: &str) -> Result<&Arc<Binding>, Failure> {
        let contract = self.contract();
        self.registry.lookup(&canonical_task_type(&contract.id, name)).ok_or_else(|| {
            let known: Vec<_> = contract.operations.iter().map(|one| one.name.as_str()).collect();
            Failure::Refused(format!("there is no operation `{name}`; there are {}", known.join(", ")))
        })
    }

    /// One attempt, with both schemas checked, within the operation's own time.
    pub(super) async fn call(
        &self,
        operation: &str,
        input: Value,
        connection: Connection,
        attempt: u32,
    ) -> Result<Outcome, Failure> {
        let binding = self.operation(operation)?;
        let time = binding.operation().defaults.timeout;
        let call = Call {
            operation: operation.to_owned(),
            input,
            headers: BTreeMap::new(),
            context: Context {
                tenant: "<default>".to_owned(),
                connection: Arc::new(connection),
                process_instance: 1,
                element_id: "golden-call".to_owned(),
                job_key: 2,
                attempt,
                idempotency_key: golden::IDEMPOTENCY_KEY.to_owned(),
                deadline: SystemTime::now() + time,
                trace_parent: None,
            },
        };
        // The plugin ends itself at its deadline; a little more lets it say so.
        let called = tokio::time::timeout(time + Duration::from_secs(5), binding.call(&call));
        Ok(called.await.context("the plugin does not end")?)
    }
}

pub(super) async fn check(args: &PluginCheck, as_json: bool) -> Result<(), Failure> {
    let loaded = Loaded::open(&args.file).await?;
    if let Some(manifest) = loaded.package.manifest.as_ref().filter(|one| one.id != loaded.contract().id) {
        let found = &loaded.contract().id;
        return Err(Failure::Refused(format!(
            "plugin-package-invalid: the manifest is that of `{}`, and the component is `{found}`",
            manifest.id
        )));
    }
    let beside = args.file.parent().unwrap_or(Path::new(".")).join(CALLS);
    let folder = args.calls.clone().or_else(|| beside.is_dir().then_some(beside));
    let played = match &folder {
        Some(folder) => golden::play(&loaded, folder).await?,
        None => Vec::new(),
    };
    let failed = played.iter().filter(|one| !one.findings.is_empty()).count();
    if as_json {
        print::json(&json!({
            "pluginId": loaded.contract().id,
            "contract": loaded.contract(),
            "hash": loaded.plugin.hash(),
            "signer": loaded.package.signer,
            "calls": played.iter().map(golden::Played::as_json).collect::<Vec<_>>(),
        }));
    } else {
        told(&loaded, &played);
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Found) }
}

fn told(loaded: &Loaded, played: &[golden::Played]) {
    let contract = loaded.contract();
    print::line(format!(
        "{}: {}, version {} of its contract, {} bytes",
        contract.id,
        contract.title,
        contract.version,
        loaded.size()
    ));
    if let Some(signer) = &loaded.package.signer {
        print::line(format!("signed with {signer}"));
    }
    operations(&contract.id, &serde_json::to_value(contract).unwrap_or_default());
    for one in played {
        let good = one.findings.is_empty();
        print::line(format!(
            "{}  {} ({} ms)",
            if good { "ok  " } else { "FAIL" },
            one.name,
            one.took.as_millis()
        ));
        for finding in &one.findings {
            print::line(format!("      {finding}"));
        }
    }
    for operation in &contract.operations {
        if played.iter().all(|one| one.operation != operation.name) {
            print::line(format!("note  `{}` has no golden call", operation.name));
        }
    }
}

/// What a contract offers, a line each.
pub(super) fn operations(id: &str, contract: &Value) {
    for operation in contract["operations"].as_array().into_iter().flatten() {
        let name = print::plain(&operation["name"]);
        print::line(format!(
            "  {id}@{}:{name}  {} ({})",
            contract["version"],
            print::plain(&operation["title"]),
            print::plain(&operation["delivery"])
        ));
    }
}

pub(super) async fn run(args: &PluginRun, as_json: bool) -> Result<(), Failure> {
    let loaded = Loaded::open(&args.file).await?;
    let id = &loaded.contract().id;
    let mut connection = Connection::new(id, id);
    connection.settings = files::object_called("the settings", args.settings.as_deref())?;
    connection.grants.hosts.clone_from(&args.hosts);
    for network in &args.networks {
        let network = network.parse().map_err(|error| Failure::Refused(format!("--network: {error}")))?;
        connection.grants.networks.push(network);
    }
    for name in &args.secrets {
        let value = std::env::var(name).map_err(|_| {
            Failure::Refused(format!("the secret `{name}` must stand in the environment variable `{name}`"))
        })?;
        connection.secrets.insert(name.clone(), Secret::from(value));
    }
    let input = files::object_called("the parameters", args.input.as_deref())?;
    let began = Instant::now();
    let outcome = loaded.call(&args.operation, input, connection, 1).await?;
    let took = began.elapsed();
    if as_json {
        let mut answer = golden::outcome_as_json(&outcome);
        answer["milliseconds"] = json!(took.as_millis() as u64);
        print::json(&answer);
    } else if let Outcome::Complete(output) = &outcome {
        print::json(output);
    }
    match outcome {
        Outcome::Complete(_) => Ok(()),
        _ if as_json => Err(Failure::Found),
        Outcome::BpmnError { code, message, .. } => {
            Err(Failure::Refused(format!("BPMN error {code}: {message}")))
        }
        Outcome::Failure(failure) => {
            let code = failure.code.map(|code| format!(" ({code})")).unwrap_or_default();
            Err(Failure::Refused(format!("{}{code}: {}", failure.kind, failure.message)))
        }
    }
}

pub(super) fn key(file: &Path) -> Result<(), Failure> {
    let secret = Vault::new_key()?;
    let mut options = std::fs::OpenOptions::new();
    let made = options.write(true).create_new(true).mode(MODE).open(file);
    let mut made = made.with_context(|| format!("{} cannot be made", file.display()))?;
    writeln!(made, "{secret}").and_then(|()| made.sync_all()).context("the key cannot be written")?;
    print::line(format!("The secret key is in {}: keep it to yourself.", file.display()));
    print::line("Servers that shall take your plugins name its public half in their configuration:");
    print::line(format!("plugin_keys = [\"{}\"]", public_key(&secret)?));
    Ok(())
}

pub(super) async fn sign(args: &PluginSign) -> Result<(), Failure> {
    let loaded = Loaded::open(&args.file).await?;
    let secret = match &args.key {
        Some(file) => {
            let text = files::read(file)?;
            Some(String::from_utf8_lossy(&text[..text.len().min(KEY)]).trim().to_owned())
        }
        None => None,
    };
    let contract = loaded.contract();
    let package = hosk_plugins::sign(&contract.id, &args.release, &loaded.package.wasm, secret.as_deref())?;
    // What could not be installed is not handed out.
    Package::read(&package, loaded.package.wasm.len(), &Trust::default())
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let out: PathBuf = args.out.clone().unwrap_or_else(|| args.file.with_extension("tar"));
    std::fs::write(&out, package).with_context(|| format!("{} cannot be written", out.display()))?;
    let how = if secret.is_some() { "signed" } else { "not signed" };
    print::line(format!("{}: {} {}, {how}", out.display(), contract.id, args.release));
    Ok(())
}
