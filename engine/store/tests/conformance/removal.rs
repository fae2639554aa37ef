//! Removing what is over.

use hosk_core::Timestamp;
use hosk_core::{
    DecisionEvaluationKey, ElementInstanceKey, Event, InstanceCreated, ParentLink, ProcessInstanceKey,
};
use hosk_store::{ElementInstanceField, EndedPage, Filter, JobField, Removal, Search, VariableField};

use crate::world::{World, later};

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
    end_at(world, instance, later(0)).await;
}

async fn end_at(world: &World, instance: ProcessInstanceKey, at: Timestamp) {
    let mut ending = world.set(instance, 1, World::ended(instance));
    ending.steps[0].at = at;
    world.commit(vec![ending]).await;
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

pub(crate) async fn what_has_ended_is_found_in_the_order_of_its_end(world: World) {
    let mut instances = Vec::new();
    for _ in 0..5 {
        instances.push(filled(&world, None).await);
    }
    let called = filled(&world, Some(instances[0])).await;
    let runs = filled(&world, None).await;
    for (instance, at) in instances.iter().rev().chain([&called]).zip(1..) {
        end_at(&world, *instance, later(at)).await;
    }
    let all = EndedPage { definition: world.process.key, before: Timestamp(i64::MAX), after: None, limit: 2 };
    let (mut found, mut page) = (Vec::new(), all.clone());
    loop {
        let ended = world.store.ended(page.clone()).await.unwrap();
        assert!(ended.len() <= 2);
        let Some(last) = ended.last().copied() else { break };
        found.extend(ended);
        page.after = Some(last);
    }
    let keys: Vec<_> = found.iter().map(|(key, _)| *key).collect();
    instances.reverse();
    assert_eq!(keys, instances, "neither what runs nor what was called");
    let third = EndedPage { before: found[2].1, limit: 10, ..all.clone() };
    assert_eq!(world.store.ended(third).await.unwrap(), found[..2]);
    let other = EndedPage { definition: hosk_core::ProcessDefinitionKey(1), limit: 10, ..all };
    assert_eq!(world.store.ended(other).await.unwrap(), []);
    let caller = keys[4];
    assert_eq!(world.store.family(caller).await.unwrap(), [caller, called]);
    assert_eq!(world.store.family(runs).await.unwrap(), [runs]);
    assert_eq!(world.store.family(ProcessInstanceKey(7)).await.unwrap(), []);
}
