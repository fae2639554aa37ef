//! Removing what is over.

use hosk_core::{
    DecisionEvaluationKey, ElementInstanceKey, Event, InstanceCreated, ParentLink, ProcessInstanceKey,
};
use hosk_store::{ElementInstanceField, Filter, JobField, Removal, Search, VariableField};

use crate::world::World;

async fn rows(world: &World, instance: ProcessInstanceKey) -> [u64; 4] {
    let elements = Search::by(Filter::eq(ElementInstanceField::ProcessInstanceKey, instance));
    let variables = Search::by(Filter::eq(VariableField::ProcessInstanceKey, instance));
    let jobs = Search::by(Filter::eq(JobField::ProcessInstanceKey, instance));
    [
        u64::from(world.store.process_instance(instance).await.unwrap().is_some()),
        world.store.element_instances(elements).await.unwrap().total_items,
        world.store.variables(variables, false).await.unwrap().total_items,
        world.store.jobs(jobs).await.unwrap().total_items,
    ]
}

/// An instance with a job and a variable; called by another, perhaps.
async fn filled(world: &World, caller: Option<ProcessInstanceKey>) -> ProcessInstanceKey {
    let instance = ProcessInstanceKey(world.key());
    let element = ElementInstanceKey(world.key());
    let mut events = world.created(instance);
    if let (Some(caller), Some(Event::InstanceCreated(created))) = (caller, events.first_mut()) {
        let parent = ParentLink { instance: caller, element_instance: caller.root(), root: caller, depth: 1 };
        **created = InstanceCreated { parent: Some(parent), ..(**created).clone() };
    }
    events.extend(world.activating(element, "ship", instance.root()));
    let job = world.job(hosk_core::JobKey(world.key()), element, "ship", 0);
    events.push(job);
    events.push(world.variable(instance.root(), "colour", "\"red\""));
    world.commit(vec![world.set(instance, 0, events)]).await;
    instance
}

async fn end(world: &World, instance: ProcessInstanceKey) {
    world.commit(vec![world.set(instance, 1, World::ended(instance))]).await;
}

pub(crate) async fn an_ended_instance_is_removed_with_its_rows(world: World) {
    let (gone, stays) = (filled(&world, None).await, filled(&world, None).await);
    end(&world, gone).await;
    let removed = world.store.remove_instances(vec![gone, stays, ProcessInstanceKey(7)]).await.unwrap();
    assert_eq!(removed, [Removal::Removed, Removal::Running, Removal::Unknown]);
    assert_eq!(rows(&world, gone).await, [0; 4]);
    assert!(world.store.load(gone).await.unwrap().is_none());
    assert_eq!(rows(&world, stays).await, [1, 3, 1, 1]);
    assert_eq!(world.store.remove_instances(vec![gone]).await.unwrap(), [Removal::Unknown]);
}

pub(crate) async fn called_instances_go_with_their_caller(world: World) {
    let caller = filled(&world, None).await;
    let called = filled(&world, Some(caller)).await;
    let deeper = filled(&world, Some(called)).await;
    end(&world, caller).await;
    end(&world, called).await;
    assert_eq!(world.store.remove_instances(vec![caller]).await.unwrap(), [Removal::Running]);
    assert_eq!(rows(&world, called).await, [1, 3, 1, 1], "nothing is removed by halves");
    end(&world, deeper).await;
    assert_eq!(world.store.remove_instances(vec![caller]).await.unwrap(), [Removal::Removed]);
    for instance in [caller, called, deeper] {
        assert_eq!(rows(&world, instance).await, [0; 4]);
    }
}

pub(crate) async fn an_evaluation_that_is_not_there_is_not_removed(world: World) {
    assert!(!world.store.remove_evaluation(DecisionEvaluationKey(7)).await.unwrap());
}
