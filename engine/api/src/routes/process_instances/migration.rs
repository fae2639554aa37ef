//! Migrating an instance to another definition, and asking first what stands in the way.

use std::sync::Arc;

use hosk_core::{ElementMapping, Migration, MigrationCheck, ProcessDefinitionKey};

use crate::answer::{Key, answer, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, post};
use crate::problem::Problem;
use crate::shape::{Body, Object, key, name, objects, operation_reference};
use hosk_store::read::{AuditEntityType, AuditOperation};

/// Longest element id, in characters.
const ID_MAX: usize = 4_096;

pub(crate) static MAPPING: Object = Object {
    name: "MigrateProcessInstanceMappingInstruction",
    fields: &[
        name("sourceElementId", ID_MAX, "The element in the definition the instance runs.").required(),
        name("targetElementId", ID_MAX, "What it becomes, in the target.").required(),
    ],
};

static MIGRATE: Object = Object {
    name: "ProcessInstanceMigrationInstruction",
    fields: &[
        key("targetProcessDefinitionKey", "The definition it is to run.").required(),
        objects(
            "mappingInstructions",
            &MAPPING,
            "What becomes of each active element, and of events whose timers and subscriptions are kept.",
        )
        .required(),
        operation_reference(),
    ],
};

const EXAMPLE: &str = r#"{
    "targetProcessDefinitionKey": "2251799813685249",
    "mappingInstructions": [{"sourceElementId": "check", "targetElementId": "check-it"}]
}"#;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        post(
            "/v2/process-instances/{processInstanceKey}/migration",
            "migrateProcessInstance",
            "Move an instance to another definition: all of it, or nothing.",
            migrate,
        ).noted_within(AuditOperation::Migrate, AuditEntityType::ProcessInstance)
        .takes(&MIGRATE)
        .like(EXAMPLE)
        .refuses(&[404, 409]),
        post(
            "/hosk/v1/process-instances/{processInstanceKey}/migration/check",
            "checkProcessInstanceMigration",
            "What a migration would do: every obstacle, and which events it would close and open. Changes nothing.",
            check,
        )
        .takes(&MIGRATE)
        .like(EXAMPLE)
        .answers::<CheckAnswer>()
        .refuses(&[404]),
    ]
}

answer! {
    /// What a migration would do.
    CheckAnswer {
        /// Whether nothing stands in the way.
        possible: bool,
        obstacles: Vec<ObstacleAnswer>,
        /// Events whose timers or subscriptions would be closed.
        closed_element_ids: Vec<Arc<str>>,
        /// Events of the target that would be waited for anew.
        opened_element_ids: Vec<Arc<str>>,
    }
}

answer! {
    /// Something that stands in the way.
    ObstacleAnswer {
        element_id: Option<Arc<str>>,
        element_instance_key: Option<Key>,
        message: String,
    }
}

async fn migrate(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    let migration = migration(&mut call).await?;
    refuse_without_mappings(&migration.mappings)?;
    let instance = call.seen_instance(key).await?;
    call.app.engine.migrate(instance, migration, call.caller.name()).await?;
    no_content()
}

async fn check(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    let migration = migration(&mut call).await?;
    let instance = call.seen_instance(key).await?;
    let MigrationCheck { obstacles, closed, opened } =
        call.app.engine.check_migration(instance, migration).await?;
    ok(&CheckAnswer {
        possible: obstacles.is_empty(),
        obstacles: obstacles
            .into_iter()
            .map(|obstacle| ObstacleAnswer {
                element_id: obstacle.element,
                element_instance_key: obstacle.element_instance.map(|key| Key(key.0)),
                message: obstacle.message,
            })
            .collect(),
        closed_element_ids: closed,
        opened_element_ids: opened,
    })
}

async fn migration(call: &mut Call) -> Result<Migration, Problem> {
    let mut body = call.json(&MIGRATE).await?;
    Ok(Migration {
        target: ProcessDefinitionKey(body.key("targetProcessDefinitionKey").unwrap_or_default()),
        mappings: mappings_of(&mut body),
    })
}

/// Refuses a migration that says nothing of any element: each active one needs its mapping.
pub(crate) fn refuse_without_mappings(mappings: &[ElementMapping]) -> Result<(), Problem> {
    if mappings.is_empty() {
        return Err(Problem::invalid_argument(
            "No mappingInstructions provided. Give one for each element that is active.",
        ));
    }
    Ok(())
}

/// The mappings of a body.
pub(crate) fn mappings_of(body: &mut Body) -> Vec<ElementMapping> {
    let mapping = |mut one: Body| ElementMapping {
        source: one.required_text("sourceElementId").into(),
        target: one.required_text("targetElementId").into(),
    };
    body.objects("mappingInstructions").unwrap_or_default().into_iter().map(mapping).collect()
}
