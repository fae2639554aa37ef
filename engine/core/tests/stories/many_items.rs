//! Multi-instance at scale: what an item costs does not depend on how many there are. Work is counted, not time: events,
//! keys, and the bytes of what is written.

use hosk_core::*;
use hosk_feel::Json;

use crate::support::*;

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cost {
    steps: usize,
    events: usize,
    bytes: usize,
}

impl Cost {
    fn per(self, items: usize) -> (f64, f64, f64) {
        let each = |count: usize| count as f64 / items as f64;
        (each(self.steps), each(self.events), each(self.bytes))
    }
}

fn model() -> Deployed {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>"#,
        service_with(
            "work",
            r#"<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items"
               inputElement="item" outputCollection="all" outputElement="=item"/></extensionElements></multiInstanceLoopCharacteristics>"#
        )
    );
    World::new(&process("p", &elements, "s -> work -> e")).deployed
}

/// Creates all children; then completes every job, or cancels the instance. The list itself, in and out, does not count.
fn run(items: usize, cancel: bool) -> Cost {
    let (deployed, now) = (model(), Timestamp(1_800_000_000_000));
    // Keys of one length, whatever their number.
    let (mut keys, mut state, mut cost) = (Counter(1_000_000_000), InstanceState::new(), Cost::default());
    let list = format!("{:?}", vec![7; items]);
    let mut create =
        World::new(&process("p", r#"<startEvent id="s"/>"#, "")).creation(ProcessDefinitionKey(1), "{}");
    create.variables = Variables::from([("items".into(), Json::parse(list.clone()).unwrap())]);
    let mut command = Command::Create(Box::new(create));
    for _ in 0..10 * items {
        let events = step(&deployed, &mut state, &command, now, &mut keys).unwrap();
        cost.steps += 1;
        cost.events += events.len();
        for event in &events {
            let bytes = serde_json::to_vec(event).unwrap().len();
            cost.bytes += if bytes > list.len() { 0 } else { bytes };
        }
        if state.is_ended() {
            return cost;
        }
        let job = state.jobs().next().map(Job::key);
        command = match job {
            _ if state.has_paused_work() => Command::Continue,
            Some(job) if !cancel => Command::complete_job(job, Variables::new()),
            _ => Command::Cancel { by: None },
        };
    }
    panic!("it does not come to its end");
}

fn cost_the_same_each(cancel: bool) {
    let (few, many) = (run(500, cancel).per(500), run(20_000, cancel).per(20_000));
    for (few, many) in [(few.0, many.0), (few.1, many.1), (few.2, many.2)] {
        assert!((few - many).abs() <= few * 0.05 + 0.01, "{few} for each of a few, {many} for each of many");
    }
}

#[test]
fn items_cost_the_same_however_many_there_are() {
    cost_the_same_each(false);
}

#[test]
fn stopping_them_costs_the_same_however_many_there_are() {
    cost_the_same_each(true);
}
