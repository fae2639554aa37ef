//! Taking in files: all of them are read and checked before anything is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, Definitions as _, DeploymentKey, Due, FormKey,
    ProcessDefinitionKey, Timestamp,
};
use hosk_dmn::DecisionModel;
use hosk_model::{ElementIndex, ProcessDefinition};
use hosk_store::{
    DefinitionKind, Deployed, DeployedDefinition, NewDecision, NewDefinition, NewDeployment, NewResource,
    Store,
};
use serde::Deserialize;

use super::{DefinitionCache, File, GraphFile, start_timers};
use crate::keys::KeyGenerator;
use crate::limits::{DEPLOYED_FILE_BYTES, DEPLOYED_FILES};
use crate::{
    DeployError, DeployedDecisions, DeployedResource, DeployedResourceKind, Deployment, Error, Finding,
};

/// Longest id that a file gives itself, in characters.
const RESOURCE_ID_CHARACTERS: usize = 4_096;

/// Files to deploy.
pub(crate) struct Upload {
    pub(crate) tenant: Arc<str>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// What is in a file.
pub(super) enum Content {
    Processes(Vec<Arc<ProcessDefinition>>),
    Form { id: Arc<str>, version_tag: Option<Arc<str>> },
    Decisions(Graph),
    Other { id: Arc<str>, version_tag: Option<Arc<str>> },
}

/// A compiled DMN file, with an id and a name.
pub(super) struct Graph {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) model: DecisionModel,
}

impl Content {
    /// The processes of the file.
    pub(super) fn processes(&self) -> &[Arc<ProcessDefinition>] {
        match self {
            Self::Processes(processes) => processes,
            Self::Form { .. } | Self::Decisions(_) | Self::Other { .. } => &[],
        }
    }
}

impl DefinitionCache {
    /// Checks, stores and takes up an upload.
    pub(crate) async fn deploy(
        &self,
        store: &dyn Store,
        keys: &KeyGenerator,
        now: Timestamp,
        upload: Upload,
    ) -> Result<Deployment, DeployError> {
        check_size(&upload.files)?;
        let mut findings = Vec::new();
        let mut contents = Vec::with_capacity(upload.files.len());
        for (name, bytes) in &upload.files {
            contents.push(read(name, bytes, &mut findings));
        }
        check_decisions(&upload.files, &contents)?;
        for ((name, _), unresolved) in upload.files.iter().zip(self.unresolved(&upload.tenant, &contents)) {
            findings.extend(named(name, unresolved));
        }
        let environment = self.environment(&upload.tenant, now);
        let starts = start_timers::evaluate(&upload.files, &contents, &environment, &mut findings);
        if findings.iter().any(|finding| finding.diagnostic.is_error()) {
            return Err(DeployError::Invalid { findings });
        }
        let key = DeploymentKey(keys.draw());
        let resources: Vec<NewResource> = upload
            .files
            .into_iter()
            .zip(contents.iter().zip(starts))
            .map(|((name, bytes), (content, starts))| new_resource(keys, name, bytes, content, starts))
            .collect();
        let files = resources.iter().map(|resource| resource.content.clone()).collect();
        let deployed = store
            .deploy(NewDeployment { key, now, tenant: upload.tenant.clone(), resources })
            .await
            .map_err(Error::from)?;
        let resources = self.take_in(&upload.tenant, contents, files, deployed);
        Ok(Deployment { key, tenant: upload.tenant, resources, warnings: findings })
    }

    fn take_in(
        &self,
        tenant: &Arc<str>,
        contents: Vec<Content>,
        files: Vec<Arc<[u8]>>,
        deployed: Deployed,
    ) -> Vec<DeployedResource> {
        let mut versions = deployed.definitions.into_iter();
        let mut resources = Vec::new();
        for (content, bytes) in contents.into_iter().zip(files) {
            let own: Vec<_> = kinds(&content).into_iter().zip(versions.by_ref()).collect();
            resources.extend(own.iter().map(|(kind, version)| described(*kind, version, &content, &own)));
            let file = match content {
                Content::Processes(processes) => File::compiled(processes),
                Content::Form { version_tag, .. } => File::form(version_tag),
                Content::Decisions(graph) => {
                    if let Some(file) = GraphFile::new(tenant, bytes, &own, Some(graph.model)) {
                        self.add_graph(file);
                    }
                    continue;
                }
                Content::Other { .. } => continue,
            };
            self.add(tenant, &Arc::new(file), own);
        }
        resources
    }
}

/// The definitions that a file makes, in the order of the store's answers.
fn kinds(content: &Content) -> Vec<DefinitionKind> {
    match content {
        Content::Processes(processes) => vec![DefinitionKind::Process; processes.len()],
        Content::Form { .. } => vec![DefinitionKind::Form],
        Content::Decisions(graph) => {
            let decisions = graph.model.decisions().map(|_| DefinitionKind::Decision);
            std::iter::once(DefinitionKind::DecisionRequirements).chain(decisions).collect()
        }
        Content::Other { .. } => vec![DefinitionKind::Resource],
    }
}

fn described(
    kind: DefinitionKind,
    version: &DeployedDefinition,
    content: &Content,
    own: &[(DefinitionKind, DeployedDefinition)],
) -> DeployedResource {
    DeployedResource {
        kind: match kind {
            DefinitionKind::Process => DeployedResourceKind::Process,
            DefinitionKind::Form => DeployedResourceKind::Form,
            DefinitionKind::DecisionRequirements => DeployedResourceKind::DecisionRequirements,
            DefinitionKind::Decision => DeployedResourceKind::Decision,
            DefinitionKind::Resource => DeployedResourceKind::Resource,
        },
        key: version.key,
        id: version.id.clone(),
        version: version.version,
        resource_name: version.resource_name.clone(),
        deployment: version.deployment,
        created: version.created,
        decisions: match content {
            Content::Decisions(graph) => more(kind, version, graph, own),
            Content::Processes(_) | Content::Form { .. } | Content::Other { .. } => None,
        },
    }
}

/// More about a decision or its graph.
fn more(
    kind: DefinitionKind,
    version: &DeployedDefinition,
    graph: &Graph,
    own: &[(DefinitionKind, DeployedDefinition)],
) -> Option<DeployedDecisions> {
    let named = |id: &str| graph.model.decisions().find(|decision| *decision.id == *id);
    let name = match kind {
        DefinitionKind::Decision => named(&version.id)?.name,
        _ => graph.name.clone(),
    };
    let (_, of) = own.first()?;
    Some(DeployedDecisions { name, graph: DecisionRequirementsKey(of.key), graph_id: of.id.clone() })
}

fn check_size(files: &[(String, Vec<u8>)]) -> Result<(), DeployError> {
    let message = if files.is_empty() {
        "the deployment has no files: give at least one".to_owned()
    } else if files.len() > DEPLOYED_FILES {
        format!("the deployment has {} files: give at most {DEPLOYED_FILES} at once", files.len())
    } else if let Some((name, bytes)) = files.iter().find(|(_, bytes)| bytes.len() > DEPLOYED_FILE_BYTES) {
        format!("{name} has {} bytes: a file may have at most {DEPLOYED_FILE_BYTES}", bytes.len())
    } else if let Some(twice) = name_given_twice(files) {
        format!("{twice} is given twice: each file of a deployment needs its own name")
    } else {
        return Ok(());
    };
    Err(DeployError::Unacceptable { message })
}

/// Within a deployment an id means one decision, and one graph.
fn check_decisions(files: &[(String, Vec<u8>)], contents: &[Content]) -> Result<(), DeployError> {
    let mut seen: BTreeMap<(&str, Arc<str>), &str> = BTreeMap::new();
    for ((name, _), content) in files.iter().zip(contents) {
        let Content::Decisions(graph) = content else { continue };
        let decisions = graph.model.decisions().map(|decision| ("decision", decision.id));
        for (what, id) in std::iter::once(("decision requirements", graph.id.clone())).chain(decisions) {
            if let Some(other) = seen.insert((what, id.clone()), name) {
                let place = if other == name { "twice".to_owned() } else { format!("in {other} too") };
                let message = format!(
                    "the {what} id {id} of {name} is there {place}: give each {what} of a deployment its own id"
                );
                return Err(DeployError::Unacceptable { message });
            }
        }
    }
    Ok(())
}

fn name_given_twice(files: &[(String, Vec<u8>)]) -> Option<&str> {
    let mut names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn read(name: &str, bytes: &[u8], findings: &mut Vec<Finding>) -> Content {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension.eq_ignore_ascii_case("bpmn") || extension.eq_ignore_ascii_case("xml") {
        let compiled = hosk_model::compile(bytes, name);
        findings.extend(named(name, compiled.diagnostics));
        return Content::Processes(compiled.processes);
    }
    if extension.eq_ignore_ascii_case("form") {
        match hosk_model::compile_form(bytes, name) {
            Ok(form) => return Content::Form { id: form.id, version_tag: form.version_tag },
            Err(diagnostics) => findings.extend(named(name, diagnostics)),
        }
    }
    if extension.eq_ignore_ascii_case("dmn") {
        match DecisionModel::compile(bytes) {
            Ok(compiled) => {
                findings.extend(named(name, compiled.warnings));
                return Content::Decisions(graph(name, compiled.model));
            }
            Err(diagnostics) => findings.extend(named(name, diagnostics)),
        }
    }
    let said = if extension.eq_ignore_ascii_case("rpa") { script(bytes) } else { Script::default() };
    let own = said.id.filter(|id| !id.trim().is_empty() && id.chars().count() <= RESOURCE_ID_CHARACTERS);
    Content::Other {
        id: own.as_deref().unwrap_or(name).into(),
        version_tag: said.version_tag.map(Into::into),
    }
}

/// What a script of robots says of itself.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Script {
    id: Option<String>,
    version_tag: Option<String>,
}

/// Nothing when it is none: whoever runs it sees what is wrong.
fn script(bytes: &[u8]) -> Script {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// A graph without an id is known by its file, one without a name by its id.
fn graph(file: &str, model: DecisionModel) -> Graph {
    let or = |text: &str, other: &str| if text.is_empty() { Arc::from(other) } else { Arc::from(text) };
    let id = or(model.id(), file);
    Graph { name: or(model.name(), &id), id, model }
}

fn named(name: &str, diagnostics: Vec<hosk_model::Diagnostic>) -> impl Iterator<Item = Finding> {
    let resource: Arc<str> = name.into();
    diagnostics.into_iter().map(move |diagnostic| Finding { resource: resource.clone(), diagnostic })
}

fn new_resource(
    keys: &KeyGenerator,
    name: String,
    bytes: Vec<u8>,
    content: &Content,
    starts: Vec<Vec<(ElementIndex, Due)>>,
) -> NewResource {
    let name: Arc<str> = name.into();
    let contents = match content {
        Content::Processes(processes) => processes
            .iter()
            .zip(starts)
            .map(|(definition, start_timers)| NewDefinition::Process {
                key: ProcessDefinitionKey(keys.draw()),
                definition: definition.clone(),
                start_timers,
            })
            .collect(),
        Content::Form { id, version_tag } => vec![NewDefinition::Form {
            key: FormKey(keys.draw()),
            id: id.clone(),
            version_tag: version_tag.clone(),
        }],
        Content::Decisions(graph) => {
            let decisions = graph.model.decisions().map(|decision| NewDecision {
                key: DecisionDefinitionKey(keys.draw()),
                id: decision.id,
                name: decision.name,
                version_tag: decision.version_tag,
            });
            vec![NewDefinition::Decisions {
                key: DecisionRequirementsKey(keys.draw()),
                id: graph.id.clone(),
                name: graph.name.clone(),
                decisions: decisions.collect(),
            }]
        }
        Content::Other { id, version_tag } => vec![NewDefinition::Resource {
            key: keys.draw(),
            id: id.clone(),
            version_tag: version_tag.clone(),
        }],
    };
    NewResource { key: keys.draw(), name, content: bytes.into(), contents }
}
