//! Deployments in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::{DeploymentKey, FormKey, ProcessDefinitionKey};

use super::tables::{DefinitionChange, Keyed, Tables, Versioned};
use crate::definitions::{element_names, has_start_form, message_starts};
use crate::read::{DecisionDefinition, DecisionRequirements, Form, ProcessDefinition, Resource};
use crate::rendezvous::Start;
use crate::write::{
    DefinitionChanges, DefinitionKind, Deployed, DeployedDefinition, NewDefinition, NewDeployment,
    NewResource, StoredResource,
};

/// What rows with versions have in common.
pub(super) trait HasVersions: Clone {
    /// Key, id and tenant.
    fn identity(&self) -> (u64, &Arc<str>, &Arc<str>);
    fn version(&self) -> u32;
    fn resource_name(&self) -> &Arc<str>;
    fn deployment(&self) -> DeploymentKey;
    fn latest(&mut self) -> &mut bool;
    fn deleted(&mut self) -> &mut bool;
    fn is_deleted(&self) -> bool;
}

macro_rules! has_versions {
    ($($name:ident $id:ident $key:expr;)*) => {$(
        impl HasVersions for $name {
            fn identity(&self) -> (u64, &Arc<str>, &Arc<str>) {
                ($key(self), &self.$id, &self.tenant_id)
            }
            fn version(&self) -> u32 {
                self.version
            }
            fn resource_name(&self) -> &Arc<str> {
                &self.resource_name
            }
            fn deployment(&self) -> DeploymentKey {
                self.deployment_key
            }
            fn latest(&mut self) -> &mut bool {
                &mut self.is_latest_version
            }
            fn deleted(&mut self) -> &mut bool {
                &mut self.is_deleted
            }
            fn is_deleted(&self) -> bool {
                self.is_deleted
            }
        }
    )*};
}

has_versions! {
    ProcessDefinition process_definition_id |row: &ProcessDefinition| row.key.0;
    Form form_id |row: &Form| row.key.0;
    Resource resource_id |row: &Resource| row.key;
    DecisionRequirements decision_requirements_id |row: &DecisionRequirements| row.key.0;
    DecisionDefinition decision_definition_id |row: &DecisionDefinition| row.key.0;
}

pub(super) fn answer<R: HasVersions>(row: &R, created: bool) -> DeployedDefinition {
    let (key, id, _) = row.identity();
    DeployedDefinition {
        key,
        id: id.clone(),
        version: row.version(),
        resource_name: row.resource_name().clone(),
        deployment: row.deployment(),
        created,
    }
}

/// The latest version if it is the same file, else the number of the next one; older ones are not the latest then.
pub(super) fn next<R: HasVersions>(
    table: &mut Keyed<Versioned<R>>,
    same_file: impl Fn(u64) -> bool,
    id: &str,
    tenant: &str,
) -> Result<u32, DeployedDefinition> {
    let mut highest = 0;
    for versioned in table.values_mut() {
        let (_, other, of) = versioned.row.identity();
        if **other != *id || **of != *tenant {
            continue;
        }
        highest = highest.max(versioned.row.version());
        if *versioned.row.latest() && same_file(versioned.file) {
            return Err(answer(&versioned.row, false));
        }
    }
    for versioned in table.values_mut() {
        let (_, other, of) = versioned.row.identity();
        if **other == *id && **of == *tenant {
            *versioned.row.latest() = false;
        }
    }
    Ok(highest + 1)
}

impl Tables {
    pub(super) fn deploy(&mut self, deployment: &NewDeployment) -> Deployed {
        let mut definitions = Vec::new();
        for file in &deployment.resources {
            for (position, new) in file.contents.iter().enumerate() {
                let some = self.deploy_one(deployment, file, position, new);
                if some.iter().any(|one| one.created) {
                    self.store_file(file, &deployment.tenant);
                    self.definition_changes.push(DefinitionChange::File(file.key));
                }
                definitions.extend(some);
            }
        }
        Deployed { definitions }
    }

    fn deploy_one(
        &mut self,
        deployment: &NewDeployment,
        file: &NewResource,
        position: usize,
        new: &NewDefinition,
    ) -> Vec<DeployedDefinition> {
        let files = &self.files;
        let same =
            |key: u64| files.get(&key).is_some_and(|f| f.name == file.name && f.content == file.content);
        let (tenant, name) = (&deployment.tenant, &file.name);
        match new {
            NewDefinition::Process { key, definition, start_timers } => {
                let version = match next(&mut self.processes, same, &definition.id, tenant) {
                    Ok(version) => version,
                    Err(kept) => return vec![kept],
                };
                let row = ProcessDefinition {
                    key: *key,
                    process_definition_id: definition.id.clone(),
                    name: definition.name.clone(),
                    version,
                    version_tag: definition.version_tag.clone(),
                    resource_name: name.clone(),
                    tenant_id: tenant.clone(),
                    deployment_key: deployment.key,
                    has_start_form: has_start_form(definition),
                    is_latest_version: true,
                    is_deleted: false,
                };
                let created = answer(&row, true);
                self.processes.insert(key.0, Versioned { row, file: file.key, position });
                self.add_signal_starts(*key, definition, tenant);
                self.add_start_timers(*key, &definition.id, tenant, start_timers);
                self.add_elements(*key, definition, tenant);
                vec![created]
            }
            NewDefinition::Form { key, id, version_tag } => {
                let version = match next(&mut self.forms, same, id, tenant) {
                    Ok(version) => version,
                    Err(kept) => return vec![kept],
                };
                let row = form_row(deployment, name, (*key, id), version, version_tag.as_ref());
                let created = answer(&row, true);
                self.forms.insert(key.0, Versioned { row, file: file.key, position });
                vec![created]
            }
            NewDefinition::Decisions { key, id, name, decisions } => {
                self.deploy_decisions(deployment, file, (*key, id, name), decisions)
            }
            NewDefinition::Resource { key, id, version_tag } => {
                let version = match next(&mut self.resources, same, id, tenant) {
                    Ok(version) => version,
                    Err(kept) => return vec![kept],
                };
                let row = Resource {
                    key: *key,
                    resource_id: id.clone(),
                    version,
                    version_tag: version_tag.clone(),
                    resource_name: name.clone(),
                    tenant_id: tenant.clone(),
                    deployment_key: deployment.key,
                    is_latest_version: true,
                    is_deleted: false,
                };
                let created = answer(&row, true);
                self.resources.insert(*key, Versioned { row, file: file.key, position });
                vec![created]
            }
        }
    }

    fn add_elements(
        &mut self,
        key: ProcessDefinitionKey,
        definition: &hosk_model::ProcessDefinition,
        tenant: &Arc<str>,
    ) {
        for element in element_names(definition) {
            self.element_names.insert((key.0, element.number), element);
        }
        for (element, name) in message_starts(definition) {
            let (process_id, tenant) = (definition.id.clone(), tenant.clone());
            self.starts.push((Start { definition: key, element, process_id, tenant, name }, true));
        }
        self.refresh_starts(&definition.id, tenant);
    }

    /// Marks a version deleted; the newest one left becomes the latest.
    pub(super) fn delete(&mut self, key: u64) -> bool {
        let deleted = self.delete_version(key);
        if deleted {
            self.definition_changes.push(DefinitionChange::Deleted(key));
        }
        deleted
    }

    fn delete_version(&mut self, key: u64) -> bool {
        if let Some((id, tenant)) = remove(&mut self.processes, key) {
            self.refresh_starts(&id, &tenant);
            return true;
        }
        remove(&mut self.forms, key).is_some()
            || remove(&mut self.resources, key).is_some()
            || self.delete_graph(key)
    }

    pub(super) fn definition_changes(&self, after: u64) -> DefinitionChanges {
        let mut changes =
            DefinitionChanges { last: self.definition_changes.len() as u64, ..DefinitionChanges::default() };
        let mut files = BTreeSet::new();
        let seen = usize::try_from(after).unwrap_or(usize::MAX);
        for change in self.definition_changes.iter().skip(seen) {
            match change {
                DefinitionChange::File(file) => _ = files.insert(*file),
                DefinitionChange::Deleted(key) => changes.deleted.push(*key),
            }
        }
        changes.resources = self.stored_where(|file| files.contains(&file));
        changes
    }

    pub(super) fn stored(&self) -> Vec<StoredResource> {
        self.stored_where(|_| true)
    }

    fn stored_where(&self, wanted: impl Fn(u64) -> bool) -> Vec<StoredResource> {
        let mut by_file: BTreeMap<u64, Vec<(usize, DefinitionKind, DeployedDefinition)>> = BTreeMap::new();
        collect(&mut by_file, DefinitionKind::Process, &self.processes);
        collect(&mut by_file, DefinitionKind::Form, &self.forms);
        collect(&mut by_file, DefinitionKind::DecisionRequirements, &self.graphs);
        collect(&mut by_file, DefinitionKind::Decision, &self.decisions);
        collect(&mut by_file, DefinitionKind::Resource, &self.resources);
        let stored = by_file.into_iter().filter(|(file, _)| wanted(*file));
        let stored = stored.filter_map(|(file, mut definitions)| {
            definitions.sort_by_key(|(position, ..)| *position);
            let file = self.files.get(&file)?;
            Some(StoredResource {
                name: file.name.clone(),
                content: file.content.clone(),
                tenant: file.tenant.clone(),
                definitions: definitions.into_iter().map(|(_, kind, one)| (kind, one)).collect(),
            })
        });
        stored.collect()
    }
}

fn collect<R: HasVersions>(
    by_file: &mut BTreeMap<u64, Vec<(usize, DefinitionKind, DeployedDefinition)>>,
    kind: DefinitionKind,
    table: &Keyed<Versioned<R>>,
) {
    for versioned in table.values().filter(|versioned| !versioned.row.is_deleted()) {
        let one = (versioned.position, kind, answer(&versioned.row, true));
        by_file.entry(versioned.file).or_default().push(one);
    }
}

pub(super) fn remove<R: HasVersions>(
    table: &mut Keyed<Versioned<R>>,
    key: u64,
) -> Option<(Arc<str>, Arc<str>)> {
    let row = &mut table.get_mut(&key).filter(|versioned| !versioned.row.is_deleted())?.row;
    (*row.deleted(), *row.latest()) = (true, false);
    let (_, id, tenant) = row.identity();
    let (id, tenant) = (id.clone(), tenant.clone());
    let others = table.values_mut().map(|versioned| &mut versioned.row);
    let left = others.filter(|row| {
        let (_, other, of) = row.identity();
        *other == id && *of == tenant && !row.is_deleted()
    });
    if let Some(newest) = left.max_by_key(|row| row.version()) {
        *newest.latest() = true;
    }
    Some((id, tenant))
}

fn form_row(
    deployment: &NewDeployment,
    name: &Arc<str>,
    (key, id): (FormKey, &Arc<str>),
    version: u32,
    version_tag: Option<&Arc<str>>,
) -> Form {
    Form {
        key,
        form_id: id.clone(),
        version,
        version_tag: version_tag.cloned(),
        resource_name: name.clone(),
        tenant_id: deployment.tenant.clone(),
        deployment_key: deployment.key,
        is_latest_version: true,
        is_deleted: false,
    }
}
