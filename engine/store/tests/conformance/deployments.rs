//! Versions, unchanged files, deletion, reading back.

use hosk_core::FormKey;
use hosk_store::{
    DefinitionKind, Filter, FormField, NewDefinition, ProcessDefinitionField, ResourceField, Search,
};

use crate::world::{ORDER, World, compile};

pub(crate) async fn versions_count_up_and_an_unchanged_file_keeps_its_own(world: World) {
    let same = world.deploy("order.bpmn", ORDER).await.definitions.remove(0);
    assert_eq!((same.key, same.version, same.created), (world.process.key.0, 1, false));
    assert_eq!(same.deployment, world.process.deployment);
    let renamed = world.deploy("other.bpmn", ORDER).await.definitions.remove(0);
    assert_eq!((renamed.version, renamed.created), (2, true));
    let changed =
        world.deploy("order.bpmn", &ORDER.replace("Ship goods", "Ship it")).await.definitions.remove(0);
    assert_eq!((changed.version, changed.created), (3, true));
    // Going back to an older file is a new version: only the newest is compared.
    let back = world.deploy("order.bpmn", ORDER).await.definitions.remove(0);
    assert_eq!((back.version, back.created), (4, true));

    let latest = Search::by(Filter::eq(ProcessDefinitionField::IsLatestVersion, true));
    let latest = world.store.process_definitions(latest).await.unwrap().items;
    assert_eq!((latest.len(), latest[0].version, latest[0].name.as_deref()), (1, 4, Some("Order")));
    assert_eq!(world.store.process_definitions(Search::default()).await.unwrap().total_items, 4);
}

pub(crate) async fn a_deleted_version_is_gone_for_new_instances_only(world: World) {
    let instance = world.start().await;
    let new = world.deploy("order.bpmn", &ORDER.replace("Ship goods", "Ship it")).await.definitions.remove(0);
    assert!(world.store.delete_resource(new.key).await.unwrap());
    assert!(!world.store.delete_resource(new.key).await.unwrap());
    assert!(!world.store.delete_resource(5).await.unwrap());
    let left = world.store.process_definitions(Search::default()).await.unwrap().items;
    assert_eq!((left.len(), left[0].key, left[0].is_latest_version), (1, world.process.key, true));
    assert_eq!(world.store.resources().await.unwrap().len(), 1);
    let next =
        world.deploy("order.bpmn", &ORDER.replace("Ship goods", "Ship it")).await.definitions.remove(0);
    assert_eq!((next.version, next.created), (3, true));
    world.store.delete_resource(world.process.key.0).await.unwrap();
    let row = world.store.process_instance(instance).await.unwrap().unwrap();
    assert_eq!(&*row.process_definition_id, "order");
    assert!(world.store.process_definition(world.process.key).await.unwrap().unwrap().is_deleted);
    assert!(world.store.content(world.process.key.0).await.unwrap().is_some());
}

pub(crate) async fn stored_files_come_back_verbatim(world: World) {
    let bytes = [0xEF, 0xBB, 0xBF, b'{', b'}'];
    let form = FormKey(world.key());
    let contents =
        vec![NewDefinition::Form { key: form, id: "approve".into(), version_tag: Some("v1".into()) }];
    let one = world.deploy_content("approve.form", &bytes, contents).await.definitions.remove(0);
    assert_eq!((one.key, one.version, &*one.id), (form.0, 1, "approve"));
    let other = world.key();
    world
        .deploy_content(
            "readme.txt",
            b"hello",
            vec![NewDefinition::Resource {
                key: other,
                id: "readme.txt".into(),
                version_tag: Some("v1".into()),
            }],
        )
        .await;

    let resources = world.store.resources().await.unwrap();
    let kinds =
        resources.iter().map(|resource| (resource.definitions[0].0, &*resource.content)).collect::<Vec<_>>();
    assert_eq!(
        kinds,
        [
            (DefinitionKind::Process, ORDER.as_bytes()),
            (DefinitionKind::Form, &bytes[..]),
            (DefinitionKind::Resource, b"hello"),
        ]
    );
    assert_eq!(resources[1].definitions[0].1, one);
    let content = world.store.content(form.0).await.unwrap().unwrap();
    assert_eq!((&*content.name, &*content.bytes), ("approve.form", &bytes[..]));
    assert!(world.store.content(1).await.unwrap().is_none());
    let tagged = Search::by(Filter::eq(FormField::VersionTag, "v1"));
    assert_eq!(world.store.forms(tagged).await.unwrap().items[0].key, form);
    assert_eq!(&*world.store.resource(other).await.unwrap().unwrap().resource_id, "readme.txt");
    let tagged = Search::by(Filter::eq(ResourceField::VersionTag, "v1"));
    assert_eq!(world.store.resources_by(tagged).await.unwrap().items[0].key, other);
}

pub(crate) async fn a_file_may_hold_several_definitions(world: World) {
    let second = ORDER.replace(r#"id="order""#, r#"id="second""#);
    let contents = [ORDER, &second].map(|xml| NewDefinition::Process {
        key: hosk_core::ProcessDefinitionKey(world.key()),
        definition: compile(xml),
        start_timers: Vec::new(),
    });
    let deployed = world.deploy_content("both.bpmn", b"both", contents.into()).await;
    let versions = deployed.definitions.iter().map(|one| (&*one.id, one.version)).collect::<Vec<_>>();
    assert_eq!(versions, [("order", 2), ("second", 1)]);
    let stored = world.store.resources().await.unwrap();
    assert_eq!(stored.iter().map(|file| file.definitions.len()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(stored[1].definitions[1].1, deployed.definitions[1]);
}
