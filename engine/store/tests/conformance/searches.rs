//! see below
use hosk_core::{ElementInstanceKey, Event, UserTaskCreated, UserTaskKey};

use crate::world::World;

pub fn task(world: &World, key: UserTaskKey, element_instance: ElementInstanceKey) -> Event {
    Event::UserTaskCreated(Box::new(UserTaskCreated {
        key,
        element_instance,
        element: world.element("approve"),
        assignee: None,
        candidate_groups: vec!["warehouse".into(), "sales".into()],
        candidate_users: Vec::new(),
        due_date: Some("2026-01-02T03:04:05+01:00".into()),
        follow_up_date: None,
        priority: 50,
        form_key: None,
        external_form: None,
        headers: std::sync::Arc::default(),
    }))
}
