//! All operations, by what they are about.

mod ad_hoc;
mod audit_logs;
mod authentication;
mod backup;
mod batch_operations;
mod clock;
mod cluster;
mod cluster_variables;
mod conditionals;
mod conditions;
mod connections;
mod connectors;
mod decision_definitions;
mod decision_instances;
mod decision_requirements;
mod documents;
mod element_instances;
mod events;
mod expressions;
mod forms;
mod global_listeners;
mod identity;
mod incidents;
mod jobs;
mod messages;
mod pages;
mod patterns;
mod plugins;
mod process_definitions;
mod process_instances;
mod resources;
mod sign_in;
mod signals;
mod statistics;
mod tasks;
mod user_tasks;
mod value_maps;
mod variables;
mod wait_states;

pub(crate) use pages::api_page;
pub(crate) use user_tasks::for_user;

use crate::operation::Operation;

/// Every operation of the API.
pub(crate) fn operations() -> Vec<Operation> {
    [
        ad_hoc::operations(),
        audit_logs::operations(),
        authentication::operations(),
        backup::operations(),
        batch_operations::operations(),
        clock::operations(),
        cluster::operations(),
        cluster_variables::operations(),
        global_listeners::operations(),
        conditionals::operations(),
        connections::operations(),
        connectors::operations(),
        decision_definitions::operations(),
        decision_instances::operations(),
        decision_requirements::operations(),
        documents::operations(),
        element_instances::operations(),
        events::operations(),
        expressions::operations(),
        forms::operations(),
        identity::operations(),
        incidents::operations(),
        jobs::operations(),
        messages::operations(),
        pages::operations(),
        plugins::operations(),
        process_definitions::operations(),
        process_instances::operations(),
        resources::operations(),
        sign_in::operations(),
        signals::operations(),
        statistics::operations(),
        tasks::operations(),
        user_tasks::operations(),
        value_maps::operations(),
        variables::operations(),
        wait_states::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
