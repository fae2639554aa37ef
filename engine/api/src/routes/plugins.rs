//! Plugins: installed, upgraded, rolled back and removed while everything runs.

use std::sync::Arc;

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use hosk_plugins::{Described, DescribedVersion, Error, Plugins};
use hosk_store::read::{AuditEntityType, AuditOperation};
use serde_json::Value;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use crate::answer::{Time, answer, no_content, ok};
use crate::call::{Call, FORM, broken_form};
use crate::operation::{Operation, Outcome, delete, get, post, tagged};
use crate::problem::Problem;
use crate::shape::{Object, integer};

static ACTIVATE: Object = Object {
    name: "PluginActivationRequest",
    fields: &[integer("version", 1, u32::MAX as i64, "The number of the version.").required()],
};

const ALL: &str = "/hosk/v1/plugins";
const ONE: &str = "/hosk/v1/plugins/{pluginId}";
const VERSION: &str = "/hosk/v1/plugins/{pluginId}/versions/{version}";
/// What a file may be sent as.
const MEDIA_TYPES: &[&str] = &["application/wasm", "application/x-tar", "application/octet-stream", FORM];
/// The part of a form that has the file.
const PART: &str = "file";
/// What a form has besides, in bytes.
const FRAME: u64 = 4096;

pub(super) fn operations() -> Vec<Operation> {
    let noted = |operation: Operation, what| operation.noted(what, AuditEntityType::Resource);
    let mut install = noted(
        post(ALL, "installPlugin", "Install a component, or a package of one.", install),
        AuditOperation::Create,
    )
    .takes_media(MEDIA_TYPES[0], Arc::new(|_| binary().into()))
    .or_media(FORM, Arc::new(|_| ObjectBuilder::new().property(PART, binary()).required(PART).into()))
    .flag("activate", "Whether it is used at once; true when absent.")
    .answers::<PluginInstalledAnswer>()
    .refuses(&[404, 409, 413, 415]);
    install.success.0 = StatusCode::CREATED.as_u16();
    tagged(
        "Plugin",
        vec![
            get(ALL, "getPlugins", "All plugins with their versions.", list)
                .answers::<PluginsAnswer>()
                .refuses(&[404]),
            install,
            get(ONE, "getPlugin", "A plugin with its versions.", one)
                .answers::<PluginAnswer>()
                .refuses(&[404]),
            noted(
                delete(ONE, "deletePlugin", "Remove a plugin with all its versions.", remove),
                AuditOperation::Delete,
            )
            .refuses(&[404]),
            noted(
                post(
                    "/hosk/v1/plugins/{pluginId}/activation",
                    "activatePlugin",
                    "Make a version the current one.",
                    activate,
                ),
                AuditOperation::Update,
            )
            .takes(&ACTIVATE)
            .answers::<PluginAnswer>()
            .refuses(&[404, 409]),
            noted(
                post(
                    "/hosk/v1/plugins/{pluginId}/rollback",
                    "rollBackPlugin",
                    "Make the version current that was it before.",
                    roll_back,
                ),
                AuditOperation::Update,
            )
            .answers::<PluginAnswer>()
            .refuses(&[404, 409]),
            get(VERSION, "getPluginVersion", "A version of a plugin, with its contract.", version)
                .path_number("version")
                .answers::<PluginContractAnswer>()
                .refuses(&[404]),
            noted(
                delete(
                    VERSION,
                    "deletePluginVersion",
                    "Remove a version that is not current.",
                    remove_version,
                ),
                AuditOperation::Update,
            )
            .path_number("version")
            .refuses(&[404, 409]),
        ],
    )
}

answer! {
    /// Plugins.
    PluginsAnswer {
        items: Vec<PluginAnswer>,
    }
}

answer! {
    /// A plugin.
    PluginAnswer {
        plugin_id: Arc<str>,
        /// The version that answers to task types without a version.
        current_version: Option<u32>,
        /// The version that was current before.
        previous_version: Option<u32>,
        updated_at: Time,
        updated_by: Option<Arc<str>>,
        versions: Vec<PluginVersionAnswer>,
    }
}

answer! {
    /// A version of a plugin.
    PluginVersionAnswer {
        version: u32,
        /// The version of its contract; one version for each is active at most.
        contract_version: u32,
        title: Arc<str>,
        /// What its author calls it.
        release: Option<Arc<str>>,
        /// SHA-256 of the component.
        hash: Arc<str>,
        bytes: u64,
        /// The public key it was signed with.
        signer: Option<Arc<str>>,
        active: bool,
        /// Why this server does not use it although it is active.
        trouble: Option<String>,
        installed_at: Time,
        installed_by: Option<Arc<str>>,
    }
}

answer! {
    /// A version of a plugin with its contract.
    PluginContractAnswer {
        version: PluginVersionAnswer,
        contract: Value,
    }
}

answer! {
    /// What came of an installation.
    PluginInstalledAnswer {
        plugin: PluginAnswer,
        version: u32,
        /// Whether it was not there before.
        new: bool,
    }
}

impl From<DescribedVersion> for PluginVersionAnswer {
    fn from(version: DescribedVersion) -> Self {
        let DescribedVersion { stored, trouble } = version;
        Self {
            version: stored.number,
            contract_version: stored.contract_version,
            title: stored.title,
            release: stored.release,
            hash: stored.hash,
            bytes: stored.size,
            signer: stored.signer,
            active: stored.active,
            trouble,
            installed_at: Time(stored.installed),
            installed_by: stored.installed_by,
        }
    }
}

impl From<Described> for PluginAnswer {
    fn from(plugin: Described) -> Self {
        Self {
            plugin_id: plugin.id,
            current_version: plugin.current,
            previous_version: plugin.previous,
            updated_at: Time(plugin.updated),
            updated_by: plugin.updated_by,
            versions: plugin.versions.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (code, detail) = (error.code(), format!("{error}."));
        match error {
            Error::Store(error) => error.into(),
            Error::NotFound(_) | Error::VersionNotFound { .. } => Self::not_found(detail),
            Error::Plugin(hosk_plugins::ComponentError::TooLarge { .. }) => {
                Self::too_large(detail).coded(code)
            }
            Error::Plugin(hosk_plugins::ComponentError::Host { .. }) => Self::internal(detail).coded(code),
            Error::Package(_) | Error::Plugin(_) => Self::invalid_argument(detail).coded(code),
            Error::Taken(_)
            | Error::Conflict(_)
            | Error::Incompatible { .. }
            | Error::InUse { .. }
            | Error::NoPrevious(_)
            | Error::Limit { .. } => Self::invalid_state(detail).coded(code),
        }
    }
}

fn plugins(call: &Call) -> Result<Arc<Plugins>, Problem> {
    call.app.plugins.clone().ok_or_else(|| Problem::not_found("This server keeps no plugins."))
}

async fn list(call: Call) -> Outcome {
    let all = plugins(&call)?.list().await?;
    ok(&PluginsAnswer { items: all.into_iter().map(Into::into).collect() })
}

async fn install(mut call: Call) -> Outcome {
    let plugins = plugins(&call)?;
    let activate = call.flag("activate")?.unwrap_or(true);
    let file = file(&mut call, plugins.largest_file()).await?;
    let by = call.caller.name();
    // Whoever hangs up does not leave half of it.
    let work = tokio::spawn(async move { plugins.install(&file, activate, by).await });
    let installed = work.await.map_err(|error| Problem::internal(format!("{error}.")))??;
    let answer = PluginInstalledAnswer {
        plugin: installed.plugin.into(),
        version: installed.version,
        new: installed.new,
    };
    let version = answer.version;
    call.tells(|told| {
        _ = told
            .about(&answer.plugin.plugin_id)
            .detail(&format!("plugin: version {version} installed"))
            .after(&answer.plugin);
    });
    Ok((StatusCode::CREATED, axum::Json(answer)).into_response())
}

fn binary() -> ObjectBuilder {
    let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
    ObjectBuilder::new().schema_type(Type::String).format(Some(binary))
}

/// The file: the body itself, or a part of a form. One that is too large is refused before it comes, where its size is
/// told, and else as soon as it is more.
async fn file(call: &mut Call, limit: usize) -> Result<Vec<u8>, Problem> {
    if call.announced().is_some_and(|bytes| bytes > limit as u64 + FRAME) {
        return Err(too_large(limit));
    }
    if !call.has_form() {
        let read = call.binary(MEDIA_TYPES, limit).await;
        let told = |problem: Problem| match problem.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(limit),
            _ => problem,
        };
        return read.map_err(told);
    }
    let form = call.multipart().await?;
    let late = |_| Problem::malformed("The form did not arrive in time.");
    tokio::time::timeout(call.file_time(), part(form, limit)).await.map_err(late)?
}

/// The file of a form, read piece by piece.
async fn part(mut form: Multipart, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut file = None;
    while let Some(mut field) = form.next_field().await.map_err(|error| broken_form(&error))? {
        match field.name() {
            Some(PART) if file.is_none() => {}
            Some(PART) => {
                return Err(Problem::invalid_argument(
                    "The form has two parts `file`; send one plugin at a time.",
                ));
            }
            other => {
                let name = other.unwrap_or("(unnamed)");
                return Err(Problem::unknown_field(format!(
                    "The part `{name}` is not known; known here: {PART}."
                )));
            }
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| broken_form(&error))? {
            if bytes.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        file = Some(bytes);
    }
    file.ok_or_else(|| {
        Problem::missing_field("The part `file` is required: a component, or a package of one.")
    })
}

fn too_large(limit: usize) -> Problem {
    let detail = format!(
        "The file has more than {limit} bytes, the most that are taken; build the plugin without debugging information."
    );
    Problem::too_large(detail).coded("plugin-too-large")
}

async fn one(call: Call) -> Outcome {
    ok(&PluginAnswer::from(plugins(&call)?.get(call.path("pluginId")).await?))
}

/// Tells the audit log of the plugin of the path, as it is before something is done with it.
async fn tell_before(call: &Call, detail: &str) -> Result<(), Problem> {
    let id = call.path("pluginId");
    call.tells(|told| _ = told.about(id).detail(detail));
    let before = PluginAnswer::from(plugins(call)?.get(id).await?);
    call.tells(|told| _ = told.before(&before));
    Ok(())
}

async fn remove(call: Call) -> Outcome {
    tell_before(&call, "plugin").await?;
    plugins(&call)?.remove(call.path("pluginId"), call.caller.name()).await?;
    no_content()
}

async fn activate(mut call: Call) -> Outcome {
    let version = call.json(&ACTIVATE).await?.required_integer("version") as u32;
    tell_before(&call, &format!("plugin: version {version} activated")).await?;
    let activated = plugins(&call)?.activate(call.path("pluginId"), version, call.caller.name()).await?;
    changed(&call, activated)
}

async fn roll_back(call: Call) -> Outcome {
    tell_before(&call, "plugin: rolled back").await?;
    let back = plugins(&call)?.roll_back(call.path("pluginId"), call.caller.name()).await?;
    changed(&call, back)
}

/// Answers with a plugin that was changed.
fn changed(call: &Call, plugin: Described) -> Outcome {
    let answer = PluginAnswer::from(plugin);
    call.tells(|told| _ = told.after(&answer));
    ok(&answer)
}

fn number(call: &Call) -> Result<u32, Problem> {
    let text = call.path("version");
    let wrong = |_| Problem::invalid_argument(format!("`version` must be a number, but is `{text}`."));
    text.parse().map_err(wrong)
}

async fn version(call: Call) -> Outcome {
    let (version, contract) = plugins(&call)?.version(call.path("pluginId"), number(&call)?).await?;
    let contract = serde_json::from_str(&contract).unwrap_or_default();
    ok(&PluginContractAnswer { version: version.into(), contract })
}

async fn remove_version(call: Call) -> Outcome {
    let number = number(&call)?;
    tell_before(&call, &format!("plugin: version {number} removed")).await?;
    plugins(&call)?.remove_version(call.path("pluginId"), number, call.caller.name()).await?;
    let after = PluginAnswer::from(plugins(&call)?.get(call.path("pluginId")).await?);
    call.tells(|told| _ = told.after(&after));
    no_content()
}
