//! The history's bytes for ever: one line per event variant in `tests/golden/history-1.txt`, written once and read by
//! every later release. `BLESS=1` adds lines for new variants; a line that is there is never rewritten.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hosk_core::{
    ChildOutcome, ChildRequested, Corrections, DecisionDefinitionKey, DecisionEvaluated, DecisionEvaluation,
    DecisionEvaluationKey, DecisionInstanceKey, DecisionKind, ElementInstanceKey, Entry, EvaluatedDecision,
    EvaluatedInput, EvaluatedOutput, Event, FormKey, IncidentKey, IncidentKind, InstanceCreated,
    InstanceEnded, InstanceResumed, JobCreated, JobKey, JobKind, MatchedRule, MessageKey, MessageThrown,
    Operation, ParentLink, ProcessDefinitionKey, ProcessInstanceKey, SignalEvent, SignalKey, SignalThrown,
    SubscriptionKey, TimerKey, Timestamp, TriggerEvent, Undone, UserTaskChanges, UserTaskCreated,
    UserTaskKey, UserTaskTransition, VariableKey, Variables, Work,
};
use hosk_feel::Json;
use hosk_model::{ElementIndex, ListenerEvent};

use crate::Step;
use crate::codec::{decode_steps, encode_steps};

const ELEMENT: ElementInstanceKey = ElementInstanceKey(2_251_799_813_685_250);
const INSTANCE: ProcessInstanceKey = ProcessInstanceKey(2_251_799_813_685_249);
const JOB: JobKey = JobKey(2_251_799_813_685_251);
const TASK: UserTaskKey = UserTaskKey(2_251_799_813_685_252);

/// The name of a variant; a new one must be named here and have a sample below.
#[expect(clippy::too_many_lines, reason = "a list: every event has its line, and the compiler asks for it")]
fn name(event: &Event) -> &'static str {
    match event {
        Event::InstanceCreated(_) => "InstanceCreated",
        Event::ElementActivating { .. } => "ElementActivating",
        Event::ElementActivated { .. } => "ElementActivated",
        Event::ElementCompleting { .. } => "ElementCompleting",
        Event::ElementCompleted { .. } => "ElementCompleted",
        Event::ElementTerminating { .. } => "ElementTerminating",
        Event::ElementTerminated { .. } => "ElementTerminated",
        Event::FlowTaken { .. } => "FlowTaken",
        Event::VariableSet { .. } => "VariableSet",
        Event::JobCreated(_) => "JobCreated",
        Event::JobCompleted { .. } => "JobCompleted",
        Event::JobFailed { .. } => "JobFailed",
        Event::JobErrorThrown { .. } => "JobErrorThrown",
        Event::JobCanceled { .. } => "JobCanceled",
        Event::JobUpdated { .. } => "JobUpdated",
        Event::JobRetried { .. } => "JobRetried",
        Event::UserTaskCreated(_) => "UserTaskCreated",
        Event::UserTaskAssigned { .. } => "UserTaskAssigned",
        Event::UserTaskUpdated { .. } => "UserTaskUpdated",
        Event::UserTaskTransitioning { .. } => "UserTaskTransitioning",
        Event::UserTaskSettled { .. } => "UserTaskSettled",
        Event::UserTaskCorrected { .. } => "UserTaskCorrected",
        Event::UserTaskCompleted { .. } => "UserTaskCompleted",
        Event::UserTaskCanceled { .. } => "UserTaskCanceled",
        Event::TimerScheduled { .. } => "TimerScheduled",
        Event::TimerTriggered { .. } => "TimerTriggered",
        Event::TimerCanceled { .. } => "TimerCanceled",
        Event::SubscriptionOpened { .. } => "SubscriptionOpened",
        Event::SubscriptionCorrelated { .. } => "SubscriptionCorrelated",
        Event::SubscriptionClosed { .. } => "SubscriptionClosed",
        Event::IncidentRaised { .. } => "IncidentRaised",
        Event::IncidentResolved { .. } => "IncidentResolved",
        Event::ChildRequested(_) => "ChildRequested",
        Event::ChildCancelRequested { .. } => "ChildCancelRequested",
        Event::ChildEnded { .. } => "ChildEnded",
        Event::LoopStarted { .. } => "LoopStarted",
        Event::LoopResult { .. } => "LoopResult",
        Event::TokensDiscarded { .. } => "TokensDiscarded",
        Event::Paused { .. } => "Paused",
        Event::Continued => "Continued",
        Event::InstanceEnded(_) => "InstanceEnded",
        Event::ConditionOpened { .. } => "ConditionOpened",
        Event::ConditionChanged { .. } => "ConditionChanged",
        Event::ConditionClosed { .. } => "ConditionClosed",
        Event::EntryChosen { .. } => "EntryChosen",
        Event::InstanceModified { .. } => "InstanceModified",
        Event::InstanceSuspended { .. } => "InstanceSuspended",
        Event::InstanceResumed(_) => "InstanceResumed",
        Event::ChildSuspensionRequested { .. } => "ChildSuspensionRequested",
        Event::InstanceMigrated { .. } => "InstanceMigrated",
        Event::Asked { .. } => "Asked",
        Event::DecisionEvaluated(_) => "DecisionEvaluated",
        Event::EscalationThrown { .. } => "EscalationThrown",
        Event::ChildEscalated { .. } => "ChildEscalated",
        Event::ElementTriggered { .. } => "ElementTriggered",
        Event::MessageThrown(_) => "MessageThrown",
        Event::Signal(SignalEvent::Opened { .. }) => "SignalOpened",
        Event::Signal(SignalEvent::Received { .. }) => "SignalReceived",
        Event::Signal(SignalEvent::Closed { .. }) => "SignalClosed",
        Event::Signal(SignalEvent::Thrown(_)) => "SignalThrown",
        Event::Triggers(TriggerEvent::Came { .. }) => "TriggerCame",
        Event::Triggers(TriggerEvent::Taken { .. }) => "TriggersTaken",
        Event::CompensationNoted { .. } => "CompensationNoted",
        Event::CompensationStarted { .. } => "CompensationStarted",
        Event::CompensationUnfolded { .. } => "CompensationUnfolded",
        Event::CompensationHandlerStarted { .. } => "CompensationHandlerStarted",
        Event::GatewaySwitched { .. } => "GatewaySwitched",
        Event::Postponed { .. } => "Postponed",
        Event::TroubleTold { .. } => "TroubleTold",
        Event::ChildTroubled { .. } => "ChildTroubled",
    }
}

/// How many names there are above.
const VARIANTS: usize = 70;

fn samples() -> Vec<Event> {
    let mut samples = life();
    samples.extend(work());
    samples.extend(people());
    samples.extend(operations());
    samples.extend(signals());
    samples.push(decision());
    samples
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn variables() -> Variables {
    Variables::from([("amount".into(), json("129.90")), ("note".into(), json(r#""Grüße""#))])
}

fn created(parent: ParentLink) -> Event {
    Event::InstanceCreated(Box::new(InstanceCreated {
        key: INSTANCE,
        definition: ProcessDefinitionKey(7),
        start: vec![ElementIndex(2)],
        parent: Some(parent),
        message: Some(MessageKey(9)),
        business_id: Some("order-4711".into()),
        tags: vec!["urgent".into()],
        tenant: "<default>".into(),
        by: Some("eva".into()),
        terminate_after: Vec::new(),
        conversation: None,
    }))
}

fn life() -> Vec<Event> {
    let parent = ParentLink { instance: INSTANCE, element_instance: ELEMENT, root: INSTANCE, depth: 2 };
    let key = ELEMENT;
    let outcome =
        ChildOutcome::Error { code: "E1".into(), message: "no stock".into(), variables: variables() };
    let work = vec![
        Work::Arrive { flow: ElementIndex(3), scope: ELEMENT },
        Work::Enter { element: ElementIndex(4), scope: ELEMENT, received: variables() },
        Work::End { outcome: Box::new(ChildOutcome::Terminated) },
    ];
    vec![
        created(parent),
        Event::ElementActivating {
            key,
            element: ElementIndex(5),
            scope: INSTANCE.root(),
            consumed: vec![ElementIndex(3), ElementIndex(4)],
            loop_counter: Some(1),
            // As it was before it was told.
            inner: false,
        },
        Event::ElementActivated { key },
        Event::ElementCompleting { key },
        Event::ElementCompleted { key },
        Event::ElementTerminating { key },
        Event::ElementTerminated { key },
        Event::FlowTaken { flow: ElementIndex(6), scope: INSTANCE.root() },
        Event::VariableSet {
            key: VariableKey(8),
            scope: key,
            name: "a".into(),
            value: json("[1.10]"),
            created: true,
        },
        Event::ChildRequested(Box::new(ChildRequested {
            child: INSTANCE,
            caller: key,
            definition: ProcessDefinitionKey(7),
            variables: variables(),
            business_id: None,
            root: INSTANCE,
            depth: 3,
            tenant: "<default>".into(),
            conversation: None,
        })),
        Event::ChildCancelRequested { child: INSTANCE, caller: None },
        Event::ChildEnded { child: INSTANCE, caller: key },
        Event::EscalationThrown {
            thrower: key,
            origin: key,
            code: "late".into(),
            catcher: None,
            parent: Some(parent),
        },
        Event::ChildEscalated { child: INSTANCE, caller: key, origin: key },
        Event::LoopStarted { body: key, items: json("[1,2]"), count: 2 },
        Event::LoopResult { body: key, index: 1, value: json("null") },
        Event::TokensDiscarded { scope: key, flows: vec![ElementIndex(6)] },
        Event::Paused { work },
        Event::Continued,
        Event::InstanceEnded(Box::new(InstanceEnded { outcome, parent: Some(parent) })),
        Event::ElementTriggered { key, by: ElementIndex(7), variables: Variables::new() },
    ]
}

fn work() -> Vec<Event> {
    let (timer, subscription, incident) = (TimerKey(11), SubscriptionKey(12), IncidentKey(13));
    vec![
        Event::JobCreated(Box::new(JobCreated {
            key: JOB,
            element_instance: ELEMENT,
            element: ElementIndex(5),
            kind: JobKind::ExecutionListener,
            listener_event: Some(ListenerEvent::Start),
            job_type: "ship".into(),
            retries: 3,
            priority: -1,
            headers: Arc::new(vec![("colour".into(), "red".into())]),
        })),
        Event::JobCompleted { key: JOB },
        Event::JobFailed { key: JOB, retries: 2, retry_at: Some(Timestamp(1_000)), message: "down".into() },
        Event::JobErrorThrown { key: JOB, code: "E1".into(), message: "no stock".into() },
        Event::JobCanceled { key: JOB },
        Event::JobUpdated { key: JOB, retries: Some(5), priority: None },
        Event::JobRetried { key: JOB, retries: 1 },
        Event::TimerScheduled {
            key: timer,
            element_instance: ELEMENT,
            target: ElementIndex(5),
            due: Timestamp(-1),
            repetitions: None,
            cycle: Some("R/PT1H".into()),
        },
        Event::TimerTriggered { key: timer },
        Event::TimerCanceled { key: timer },
        Event::SubscriptionOpened {
            key: subscription,
            element_instance: ELEMENT,
            target: ElementIndex(5),
            message_name: "paid".into(),
            correlation_key: "4711".into(),
            interrupting: true,
        },
        Event::SubscriptionCorrelated { key: subscription, message: MessageKey(9) },
        Event::SubscriptionClosed { key: subscription },
        Event::ConditionOpened { element_instance: ELEMENT, target: ElementIndex(5) },
        Event::ConditionChanged { element_instance: ELEMENT, target: ElementIndex(5), holds: true },
        Event::ConditionClosed { element_instance: ELEMENT, target: ElementIndex(5) },
        Event::IncidentRaised {
            key: incident,
            element_instance: ELEMENT,
            job: Some(JOB),
            kind: IncidentKind::JobNoRetries,
            message: "ERP is down".into(),
        },
        Event::IncidentResolved { key: incident },
    ]
}

fn people() -> Vec<Event> {
    let by = Some(Arc::from("eva"));
    let changes = UserTaskChanges {
        candidate_groups: Some(vec!["warehouse".into()]),
        candidate_users: None,
        due_date: Some(None),
        follow_up_date: Some(Some("2026-01-02T03:04:05Z".into())),
        priority: Some(80),
    };
    let to = UserTaskTransition::Completing { variables: variables(), by: by.clone(), action: None };
    vec![
        Event::UserTaskCreated(Box::new(UserTaskCreated {
            key: TASK,
            element_instance: ELEMENT,
            element: ElementIndex(5),
            assignee: Some("eva".into()),
            candidate_groups: vec!["warehouse".into()],
            candidate_users: Vec::new(),
            due_date: Some("2026-01-02T03:04:05+01:00".into()),
            follow_up_date: None,
            priority: 50,
            form_key: Some(FormKey(14)),
            external_form: None,
            headers: Arc::default(),
        })),
        Event::UserTaskAssigned { key: TASK, assignee: None, by: by.clone() },
        Event::UserTaskUpdated { key: TASK, changes, by: by.clone() },
        Event::UserTaskTransitioning { key: TASK, to: Box::new(to), global: Vec::new() },
        Event::UserTaskSettled { key: TASK, denied: Some("not yet".into()) },
        Event::UserTaskCorrected {
            key: TASK,
            corrections: Box::new(Corrections {
                assignee: Some(None),
                changes: UserTaskChanges {
                    due_date: Some(None),
                    priority: Some(7),
                    ..UserTaskChanges::default()
                },
            }),
        },
        Event::UserTaskCompleted { key: TASK, by },
        Event::UserTaskCanceled { key: TASK },
    ]
}

fn operations() -> Vec<Event> {
    let timer = TimerKey(11);
    let inner = Entry { element: ElementIndex(6), variables: variables(), inside: Vec::new() };
    let entry = Entry { element: ElementIndex(5), variables: Variables::new(), inside: vec![inner] };
    vec![
        Event::EntryChosen { key: ELEMENT, inside: vec![entry] },
        Event::InstanceModified {
            activated: vec![(ElementIndex(5), INSTANCE.root())],
            terminated: vec![ELEMENT],
        },
        Event::InstanceMigrated {
            definition: ProcessDefinitionKey(7),
            elements: vec![(ElementIndex(5), ElementIndex(6))],
        },
        Event::InstanceSuspended { timers: vec![timer] },
        Event::InstanceResumed(Box::new(InstanceResumed {
            timers: vec![(timer, Timestamp(1_000))],
            subscriptions: vec![SubscriptionKey(12)],
            // As it was before they were told.
            owners: Vec::new(),
        })),
        Event::ChildSuspensionRequested { child: INSTANCE, suspend: true },
        Event::Asked {
            operation: Operation::ResolveIncident { incident: IncidentKey(13) },
            by: Some("eva".into()),
            batch: None,
            from: None,
        },
        Event::CompensationNoted { key: ELEMENT, scope: INSTANCE.root(), variables: variables() },
        Event::CompensationStarted { by: ELEMENT, scope: INSTANCE.root(), records: vec![ELEMENT] },
        Event::CompensationUnfolded { by: ELEMENT },
        Event::CompensationHandlerStarted { by: ELEMENT, handler: ELEMENT, how: Undone::ByChildren },
        Event::TroubleTold {
            parent: ParentLink { instance: INSTANCE, element_instance: ELEMENT, root: INSTANCE, depth: 1 },
            incident: Some(IncidentKey(13)),
        },
        Event::ChildTroubled { child: INSTANCE, caller: ELEMENT, incident: Some(IncidentKey(13)) },
        Event::Postponed {
            key: ELEMENT,
            work: vec![Work::Enter { element: ElementIndex(4), scope: ELEMENT, received: variables() }],
        },
        Event::GatewaySwitched {
            scope: ELEMENT,
            gateway: ElementIndex(5),
            taken: Some(vec![ElementIndex(3), ElementIndex(6)]),
        },
        Event::MessageThrown(Box::new(MessageThrown {
            key: MessageKey(14),
            element_instance: ELEMENT,
            name: "paid".into(),
            correlation_key: "o-1".into(),
            message_id: Some("once".into()),
            expires_at: Timestamp(2_000),
            variables: Variables::from([("sum".into(), Json::parse("5").unwrap())]),
            tenant: "<default>".into(),
        })),
    ]
}

fn decision() -> Event {
    let table = EvaluatedDecision {
        key: DecisionInstanceKey(22),
        decision: DecisionDefinitionKey(20),
        id: "risk".into(),
        kind: DecisionKind::DecisionTable,
        output: json(r#"{"discount":0.10}"#),
        inputs: vec![EvaluatedInput { id: "i".into(), name: "Amount".into(), value: json("129.90") }],
        matched_rules: vec![MatchedRule {
            id: "r".into(),
            index: 2,
            outputs: vec![EvaluatedOutput { id: "o".into(), name: "discount".into(), value: json("0.10") }],
        }],
        failure: None,
        // As it was before warnings were kept.
        warnings: Vec::new(),
    };
    let failed = EvaluatedDecision {
        key: DecisionInstanceKey(23),
        decision: DecisionDefinitionKey(21),
        id: "limit".into(),
        kind: DecisionKind::LiteralExpression,
        output: json("null"),
        inputs: Vec::new(),
        matched_rules: Vec::new(),
        failure: Some("no rule matched".into()),
        warnings: Vec::new(),
    };
    let evaluation = DecisionEvaluation {
        key: DecisionEvaluationKey(24),
        decision: DecisionDefinitionKey(21),
        evaluated: vec![table, failed],
    };
    Event::DecisionEvaluated(Box::new(DecisionEvaluated { element_instance: ELEMENT, evaluation }))
}

fn signals() -> Vec<Event> {
    let (key, signal) = (SubscriptionKey(13), SignalKey(33));
    vec![
        Event::Signal(SignalEvent::Opened {
            key,
            element_instance: ELEMENT,
            target: ElementIndex(5),
            signal_name: "halt".into(),
            interrupting: true,
        }),
        Event::Signal(SignalEvent::Received { key, signal, closes: true }),
        Event::Signal(SignalEvent::Closed { key }),
        Event::Triggers(TriggerEvent::Came { owner: ELEMENT, by: ElementIndex(9), variables: variables() }),
        Event::Triggers(TriggerEvent::Taken {
            owner: ELEMENT,
            slots: vec![ElementIndex(9), ElementIndex(10)],
        }),
        Event::Signal(SignalEvent::Thrown(Box::new(SignalThrown {
            key: signal,
            element_instance: ELEMENT,
            name: "halt".into(),
            variables: variables(),
            tenant: "<default>".into(),
        }))),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|d| char::from_digit(d.into(), 16))
        .collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn every_event_ever_written_can_be_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/history-1.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut golden: BTreeMap<&str, String> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, hex)| (name, hex.to_owned()))
        .collect();
    let samples = samples();
    let bless = std::env::var("BLESS").is_ok();
    for event in &samples {
        let step = Step { at: Timestamp(1_767_319_445_000), events: vec![event.clone()] };
        let now = hex(&encode_steps(std::slice::from_ref(&step)).unwrap());
        if bless {
            golden.entry(name(event)).or_insert(now);
        }
        let stored =
            golden.get(name(event)).unwrap_or_else(|| panic!("{} has no line; BLESS=1 adds it", name(event)));
        let read = decode_steps(&bytes(stored)).unwrap();
        assert_eq!((read.len(), read[0].at), (1, step.at));
        assert_eq!(read[0].events, step.events, "{}", name(event));
    }
    assert_eq!(golden.len(), VARIANTS, "a variant has no sample, or a line no variant");
    if bless {
        let lines: Vec<_> = golden.iter().map(|(name, hex)| format!("{name} {hex}\n")).collect();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, lines.concat()).unwrap();
    }
}

#[test]
fn what_is_not_a_record_is_refused() {
    for broken in ["", "00", "01", "0191", "02c0", "01ffffff"] {
        assert!(decode_steps(&bytes(broken)).is_err(), "{broken}");
    }
}
