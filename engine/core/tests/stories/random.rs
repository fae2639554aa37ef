//! Chance: random processes, random commands. Whatever comes, a step does not panic, replays to the same state, and
//! refuses what comes twice; a scope begins nothing while it is being stopped and ends after everything in it; what has
//! ended leaves nothing behind and nothing happens after it.

use std::collections::BTreeMap;

use hosk_core::*;
use proptest::prelude::*;

use crate::support::*;

/// A block of a process with one entry and one exit.
#[derive(Clone, Debug)]
enum Block {
    Pass,
    Job,
    Timer,
    Sequence(Vec<Block>),
    Parallel(Vec<Block>),
    Exclusive(Vec<Block>),
    SubProcess(Box<Block>, Around),
    Escalate(bool),
    Terminate(Box<Block>),
    Repeated(u8, bool),
}

/// What stands around a sub-process, or in it, for what is thrown inside.
#[derive(Clone, Copy, Debug)]
enum Around {
    Nothing,
    Error,
    /// A boundary event, interrupting or not, for any escalation or that of code `b`.
    Escalation {
        interrupting: bool,
        any: bool,
    },
    /// An event sub-process for any escalation, interrupting or not.
    EventSubProcess {
        interrupting: bool,
    },
}

fn around() -> impl Strategy<Value = Around> {
    prop_oneof![
        Just(Around::Nothing),
        Just(Around::Error),
        any::<(bool, bool)>().prop_map(|(interrupting, any)| Around::Escalation { interrupting, any }),
        any::<bool>().prop_map(|interrupting| Around::EventSubProcess { interrupting }),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        1 => Just(Block::Pass),
        3 => Just(Block::Job),
        1 => Just(Block::Timer),
        2 => any::<bool>().prop_map(Block::Escalate),
        1 => (0..4_u8, any::<bool>()).prop_map(|(n, sequential)| Block::Repeated(n, sequential)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let some = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            some.clone().prop_map(Block::Sequence),
            some.clone().prop_map(Block::Parallel),
            some.prop_map(Block::Exclusive),
            inner.clone().prop_map(|block| Block::Terminate(Box::new(block))),
            (inner, around()).prop_map(|(block, around)| Block::SubProcess(Box::new(block), around)),
        ]
    })
}

/// Writes blocks as elements and flows.
#[derive(Default)]
struct Writer {
    elements: String,
    paths: String,
    next: usize,
}

impl Writer {
    fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}{}", self.next)
    }

    fn leaf(&mut self, xml: &str, id: String) -> (String, String) {
        self.elements += xml;
        (id.clone(), id)
    }

    fn flow(&mut self, from: &str, to: &str) {
        self.paths += &format!("{from} -> {to}\n");
    }

    /// The first and last element of a block.
    fn write(&mut self, block: &Block) -> (String, String) {
        match block {
            Block::Pass => {
                let id = self.id("task");
                self.leaf(&format!(r#"<task id="{id}"/>"#), id)
            }
            Block::Job => {
                let id = self.id("job");
                self.leaf(&service(&id), id)
            }
            Block::Timer => {
                let id = self.id("timer");
                let xml = format!(
                    r#"<intermediateCatchEvent id="{id}"><timerEventDefinition><timeDuration>PT1M</timeDuration>
                       </timerEventDefinition></intermediateCatchEvent>"#
                );
                self.leaf(&xml, id)
            }
            Block::Repeated(n, sequential) => {
                let id = self.id("many");
                let items: Vec<_> = (0..*n).collect();
                let more = format!(
                    r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><extensionElements>
                       <zeebe:loopCharacteristics inputCollection="={items:?}"/></extensionElements>
                       </multiInstanceLoopCharacteristics>"#
                );
                self.leaf(&service_with(&id, &more), id)
            }
            Block::Sequence(blocks) => {
                let ends: Vec<_> = blocks.iter().map(|b| self.write(b)).collect();
                for pair in ends.windows(2) {
                    self.flow(&pair[0].1, &pair[1].0);
                }
                (ends[0].0.clone(), ends[ends.len() - 1].1.clone())
            }
            Block::Parallel(blocks) => self.gateway("parallelGateway", blocks),
            Block::Exclusive(blocks) => self.gateway("exclusiveGateway", blocks),
            Block::SubProcess(inner, around) => self.sub_process(inner, *around),
            Block::Escalate(first) => {
                let id = self.id("up");
                let xml = format!(
                    r#"<intermediateThrowEvent id="{id}">{}</intermediateThrowEvent>"#,
                    escalation(if *first { "a" } else { "b" })
                );
                self.leaf(&xml, id)
            }
            Block::Terminate(inner) => self.terminated(inner),
        }
    }

    fn gateway(&mut self, tag: &str, blocks: &[Block]) -> (String, String) {
        let (split, merge) = (self.id("split"), self.id("merge"));
        let default = if tag == "exclusiveGateway" && blocks.len() > 1 { "default" } else { "" };
        let mut attribute = String::new();
        let ends: Vec<_> = blocks.iter().map(|b| self.write(b)).collect();
        for (i, (first, last)) in ends.iter().enumerate() {
            if !default.is_empty() && i == 0 {
                attribute = format!(r#" default="{split}-{first}""#);
            }
            if default.is_empty() || i == 0 {
                self.flow(&split, first);
            } else {
                self.paths += &format!("{split} -[=choice = {i}]-> {first}\n");
            }
            self.flow(last, &merge);
        }
        self.elements += &format!(r#"<{tag} id="{split}"{attribute}/><{tag} id="{merge}"/>"#);
        (split, merge)
    }

    /// A sub-process in which a block runs beside a job that ends everything in it.
    fn terminated(&mut self, inner: &Block) -> (String, String) {
        let id = self.id("sub");
        let mut inside = Writer { next: self.next, ..Writer::default() };
        let (first, last) = inside.write(inner);
        let [start, split, job, end, stop] = ["start", "split", "job", "end", "stop"].map(|k| inside.id(k));
        for (from, to) in [(&start, &split), (&split, &first), (&split, &job), (&last, &end), (&job, &stop)] {
            inside.flow(from, to);
        }
        self.next = inside.next;
        self.elements += &format!(
            r#"<subProcess id="{id}"><startEvent id="{start}"/><parallelGateway id="{split}"/>{}{}<endEvent id="{end}"/>
               <endEvent id="{stop}"><terminateEventDefinition/></endEvent>{}</subProcess>"#,
            inside.elements,
            service(&job),
            flows(&inside.paths)
        );
        (id.clone(), id)
    }

    fn sub_process(&mut self, inner: &Block, around: Around) -> (String, String) {
        let id = self.id("sub");
        let mut inside = Writer { next: self.next, ..Writer::default() };
        let (first, last) = inside.write(inner);
        let (start, end) = (inside.id("start"), inside.id("end"));
        inside.flow(&start, &first);
        inside.flow(&last, &end);
        if let Around::EventSubProcess { interrupting } = around {
            inside.event_sub_process(interrupting);
        }
        self.next = inside.next;
        self.elements += &format!(
            r#"<subProcess id="{id}"><startEvent id="{start}"/>{}<endEvent id="{end}"/>{}</subProcess>"#,
            inside.elements,
            flows(&inside.paths)
        );
        match around {
            Around::Nothing | Around::EventSubProcess { .. } => {}
            Around::Error => self.boundary(&id, true, "<errorEventDefinition/>"),
            Around::Escalation { interrupting, any } => {
                self.boundary(&id, interrupting, &escalation(if any { "" } else { "b" }));
            }
        }
        (id.clone(), id)
    }

    fn boundary(&mut self, host: &str, interrupting: bool, definition: &str) {
        let (event, job, end) = (self.id("caught"), self.id("job"), self.id("end"));
        self.elements += &format!(
            r#"<boundaryEvent id="{event}" attachedToRef="{host}" cancelActivity="{interrupting}">{definition}
               </boundaryEvent>{}<endEvent id="{end}"/>"#,
            service(&job)
        );
        self.flow(&event, &job);
        self.flow(&job, &end);
    }

    fn event_sub_process(&mut self, interrupting: bool) {
        let [id, start, job, end] = ["handler", "start", "job", "end"].map(|kind| self.id(kind));
        self.elements += &format!(
            r#"<subProcess id="{id}" triggeredByEvent="true"><startEvent id="{start}" isInterrupting="{interrupting}">
               {}</startEvent>{}<endEvent id="{end}"/>{}</subProcess>"#,
            escalation(""),
            service(&job),
            flows(&format!("{start} -> {job}\n{job} -> {end}\n"))
        );
    }
}

/// An escalation event definition; without a code for any.
fn escalation(code: &str) -> String {
    if code.is_empty() {
        return "<escalationEventDefinition/>".to_owned();
    }
    format!(r#"<escalationEventDefinition escalationRef="escalation-{code}"/>"#)
}

fn model(block: &Block) -> String {
    let mut writer = Writer::default();
    let (first, last) = writer.write(block);
    writer.flow("s", &first);
    writer.flow(&last, "e");
    let elements = format!(r#"<startEvent id="s"/>{}<endEvent id="e"/>"#, writer.elements);
    let roots =
        ["a", "b"].map(|code| format!(r#"<escalation id="escalation-{code}" escalationCode="{code}"/>"#));
    roots.concat() + &process("p", &elements, &writer.paths)
}

/// A scope begins nothing while it is being completed or stopped, ends after everything in it, and nothing happens
/// after the instance has ended.
fn check_scopes(events: &[Event]) {
    let mut alive: BTreeMap<ElementInstanceKey, (ElementInstanceKey, bool)> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::ElementActivating { key, scope, .. } => {
                assert!(scope == key || alive[scope].1, "{key} begins in {scope}, which is on its way out");
                alive.insert(*key, (*scope, true));
            }
            Event::ElementCompleting { key } | Event::ElementTerminating { key } => {
                alive.get_mut(key).expect("what ends is alive").1 = false;
            }
            Event::ElementCompleted { key } | Event::ElementTerminated { key } => {
                alive.remove(key).expect("what ends is alive");
                assert!(alive.values().all(|(scope, _)| scope != key), "{key} ends before what is in it");
            }
            Event::InstanceEnded(_) => assert_eq!(at, events.len() - 1, "something happens after the end"),
            _ => {}
        }
    }
}

/// Does one of the things that can be done; `false` when there is nothing to do.
fn act(world: &mut World, dice: u16) -> bool {
    let key = world.key();
    let state = world.state();
    let jobs: Vec<_> = state.jobs().map(|j| (j.key(), j.state)).collect();
    let timers: Vec<_> = state.timers().map(|t| t.key).collect();
    let incidents: Vec<_> = state.incidents().map(|i| i.key).collect();
    let all = jobs.len() + timers.len() + incidents.len();
    if all == 0 {
        return false;
    }
    let pick = usize::from(dice) % all;
    let command = if pick < jobs.len() {
        let job = jobs[pick].0;
        let choice = format!(r#"{{"choice": {}}}"#, dice % 4);
        match dice / 16 % 8 {
            0 => Command::ThrowJobError {
                job,
                code: "E".into(),
                message: String::new(),
                variables: Variables::new(),
            },
            1 => Command::FailJob {
                job,
                retries: u32::from(dice % 2),
                retry_at: None,
                message: "no".into(),
                variables: Variables::new(),
            },
            _ => Command::CompleteJob { job, variables: variables(&choice), denied: None },
        }
    } else if pick < jobs.len() + timers.len() {
        world.now.0 += 60_000;
        Command::TriggerTimer { timer: timers[pick - jobs.len()] }
    } else {
        Command::ResolveIncident { incident: incidents[pick - jobs.len() - timers.len()] }
    };
    let first = world.command_to(key, command.clone());
    let done = matches!(
        command,
        Command::CompleteJob { .. } | Command::TriggerTimer { .. } | Command::ResolveIncident { .. }
    );
    if done && first.is_ok() {
        assert!(world.command_to(key, command).is_err(), "a second time is refused");
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_a_process_stays_sound(block in block(), dice in prop::collection::vec(any::<u16>(), 0..60)) {
        let mut world = World::start(&model(&block), r#"{"choice": 0}"#);
        for die in dice {
            if !act(&mut world, die) {
                break;
            }
        }
        let key = world.key();
        check_scopes(&world.events[&key]);
        let mut replayed = InstanceState::new();
        for event in &world.events[&key] {
            apply(&mut replayed, event);
        }
        prop_assert_eq!(&replayed, world.state(), "replay gives the live state");
        let json = serde_json::to_string(world.state()).unwrap();
        let read: InstanceState = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, world.state(), "a snapshot gives the live state");
        if !world.state().is_ended() {
            let waits = world.state().jobs().count() + world.state().timers().count() + world.state().incidents().count();
            prop_assert!(waits > 0, "what is alive waits for something: {}", world.active());
            world.command(Command::Cancel { by: None, from_parent: false }).unwrap();
        }
        prop_assert!(world.state().is_ended());
        check_scopes(&world.events[&key]);
        prop_assert_eq!(world.state().element_instances().count(), 0);
        prop_assert_eq!(world.state().jobs().count() + world.state().timers().count(), 0);
    }
}
