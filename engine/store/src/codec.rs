//! What stands in binary columns: the history and commands on their way. Both are MessagePack with named fields
//! left out, behind one byte that names the format; a later format gets another number and the old stays readable.

use std::sync::Arc;

use hosk_core::{
    Caller, ChildOutcome, Command, CreateInstance, Effect, ElementInstanceKey, Event, IncidentKey,
    MessageKey, MessageThrown, ParentLink, ProcessDefinitionKey, ProcessInstanceKey, SignalThrown,
    SubscriptionKey, Timestamp, Variables,
};
use hosk_model::ElementIndex;
use serde::{Deserialize, Serialize};

use crate::write::{Carried, FiredStart, OutboxEntry, StartedBySignal};
use crate::{Error, Step};

/// The format in use: structs as arrays in the order of their fields, enum variants by name.
const FORMAT: u8 = 1;

/// The steps of one commit as bytes.
pub(crate) fn encode_steps(steps: &[Step]) -> Result<Vec<u8>, Error> {
    let steps: Vec<(i64, &[Event])> = steps.iter().map(|step| (step.at.0, step.events.as_slice())).collect();
    encode(&steps)
}

/// The steps of one commit from bytes.
pub(crate) fn decode_steps(bytes: &[u8]) -> Result<Vec<Step>, Error> {
    let steps: Vec<(i64, Vec<Event>)> = decode(bytes, "history")?;
    Ok(steps.into_iter().map(|(at, events)| Step { at: Timestamp(at), events }).collect())
}

pub(crate) fn encode_variables(variables: &Variables) -> Result<Vec<u8>, Error> {
    encode(variables)
}

pub(crate) fn decode_variables(bytes: &[u8]) -> Result<Variables, Error> {
    decode(bytes, "a message's variables")
}

pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(512);
    bytes.push(FORMAT);
    rmp_serde::encode::write(&mut bytes, value)
        .map_err(|error| Error::Corrupt { what: format!("a record cannot be encoded: {error}") })?;
    Ok(bytes)
}

pub(crate) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Error> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => {
            rmp_serde::from_slice(body).map_err(|error| Error::Corrupt { what: format!("{what}: {error}") })
        }
        Some((format, _)) => Err(Error::Corrupt { what: format!("{what}: format {format} is not known") }),
        None => Err(Error::Corrupt { what: format!("{what}: empty") }),
    }
}

/// A command on its way to an instance.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) target: ProcessInstanceKey,
    pub(crate) command: StoredCommand,
}

/// Commands that outbox entries carry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum StoredCommand {
    Create {
        definition: ProcessDefinitionKey,
        variables: Variables,
        start_event: Option<ElementIndex>,
        parent: Option<ParentLink>,
        message: Option<MessageKey>,
        business_id: Option<Arc<str>>,
        tenant: Arc<str>,
        #[serde(default)]
        conversation: Option<Arc<str>>,
    },
    ChildEnded {
        child: ProcessInstanceKey,
        caller: ElementInstanceKey,
        outcome: ChildOutcome,
    },
    Cancel,
    Correlate {
        subscription: SubscriptionKey,
        message: MessageKey,
        variables: Variables,
    },
    Continue,
    Suspend,
    Resume,
    ChildEscalated {
        child: ProcessInstanceKey,
        caller: ElementInstanceKey,
        origin: ElementInstanceKey,
        code: Arc<str>,
    },
    Publish(Box<MessageThrown>),
    CancelCalled {
        caller: Caller,
    },
    ChildTroubled {
        child: ProcessInstanceKey,
        caller: ElementInstanceKey,
        incident: Option<IncidentKey>,
    },
    Broadcast(Box<SignalThrown>),
}

impl FiredStart {
    /// The command that begins the instance, as it goes into the outbox.
    pub(crate) fn outbox_entry(&self) -> (OutboxEntry, Sent) {
        let FiredStart { start, instance, entry, .. } = self;
        start_entry((start.definition, start.element, &start.tenant), Variables::new(), *instance, *entry)
    }
}

impl StartedBySignal {
    /// The command that begins the instance, as it goes into the outbox.
    pub(crate) fn outbox_entry(&self) -> (OutboxEntry, Sent) {
        let Self { start, variables, instance, entry, .. } = self;
        let at = (start.definition, start.element, &start.tenant);
        start_entry(at, variables.clone(), *instance, *entry)
    }
}

/// An outbox entry that begins an instance at a start event.
fn start_entry(
    (definition, element, tenant): (ProcessDefinitionKey, ElementIndex, &Arc<str>),
    variables: Variables,
    instance: ProcessInstanceKey,
    entry: u64,
) -> (OutboxEntry, Sent) {
    let command = StoredCommand::Create {
        definition,
        variables,
        start_event: Some(element),
        parent: None,
        message: None,
        business_id: None,
        tenant: tenant.clone(),
        conversation: None,
    };
    let entry = OutboxEntry {
        key: entry,
        source: None,
        target: instance,
        carries: command.clone().into_carried(instance),
        correlated_process: None,
    };
    (entry, Sent { target: instance, command })
}

impl Sent {
    /// What an effect sends to another instance; `None` for work on this node.
    pub(crate) fn of(source: ProcessInstanceKey, effect: Effect) -> Option<Self> {
        match effect {
            Effect::StartChild {
                child,
                parent,
                root,
                depth,
                definition,
                variables,
                business_id,
                tenant,
                conversation,
            } => {
                let parent = ParentLink { instance: source, element_instance: parent, root, depth };
                let command = StoredCommand::Create {
                    definition,
                    variables,
                    start_event: None,
                    parent: Some(parent),
                    message: None,
                    business_id,
                    tenant,
                    conversation,
                };
                Some(Self { target: child, command })
            }
            Effect::NotifyParent { parent, outcome } => {
                let command =
                    StoredCommand::ChildEnded { child: source, caller: parent.element_instance, outcome };
                Some(Self { target: parent.instance, command })
            }
            Effect::EscalateToParent { parent, origin, code } => {
                let caller = parent.element_instance;
                let command = StoredCommand::ChildEscalated { child: source, caller, origin, code };
                Some(Self { target: parent.instance, command })
            }
            Effect::TellTrouble { parent, incident } => {
                let caller = parent.element_instance;
                let command = StoredCommand::ChildTroubled { child: source, caller, incident };
                Some(Self { target: parent.instance, command })
            }
            Effect::CancelChild { child, caller } => {
                let command = caller.map_or(StoredCommand::Cancel, |element_instance| {
                    StoredCommand::CancelCalled { caller: Caller { instance: source, element_instance } }
                });
                Some(Self { target: child, command })
            }
            Effect::SuspendChild { child, suspend } => {
                let command = if suspend { StoredCommand::Suspend } else { StoredCommand::Resume };
                Some(Self { target: child, command })
            }
            Effect::PublishMessage(message) => {
                Some(Self { target: source, command: StoredCommand::Publish(message) })
            }
            Effect::BroadcastSignal(signal) => {
                Some(Self { target: source, command: StoredCommand::Broadcast(signal) })
            }
            Effect::Continue => Some(Self { target: source, command: StoredCommand::Continue }),
            Effect::JobAvailable { .. } | Effect::Timer { .. } => None,
        }
    }
}

impl StoredCommand {
    /// As the runtime takes it.
    pub(crate) fn into_carried(self, target: ProcessInstanceKey) -> Carried {
        Carried::Command(match self {
            Self::Publish(message) => return Carried::Message(message),
            Self::Broadcast(signal) => return Carried::Signal(signal),
            Self::Create {
                definition,
                variables,
                start_event,
                parent,
                message,
                business_id,
                tenant,
                conversation,
            } => Command::Create(Box::new(CreateInstance {
                key: target,
                definition,
                variables,
                start_event,
                start_instructions: Vec::new(),
                terminate_after: Vec::new(),
                parent,
                message,
                business_id,
                tags: Vec::new(),
                tenant,
                by: None,
                conversation,
            })),
            Self::ChildEnded { child, caller, outcome } => Command::ChildEnded { child, caller, outcome },
            Self::ChildEscalated { child, caller, origin, code } => {
                Command::ChildEscalated { child, caller, origin, code }
            }
            Self::ChildTroubled { child, caller, incident } => {
                Command::ChildTroubled { child, caller, incident }
            }
            Self::Cancel => Command::CancelCalled { caller: None },
            Self::CancelCalled { caller } => Command::CancelCalled { caller: Some(caller) },
            Self::Correlate { subscription, message, variables } => {
                Command::CorrelateMessage { subscription, message, variables }
            }
            Self::Continue => Command::Continue,
            Self::Suspend => Command::Suspend,
            Self::Resume => Command::Resume,
        })
    }
}

/// A state as a snapshot of a change set.
pub fn encode_snapshot(state: &hosk_core::InstanceState) -> Result<Vec<u8>, Error> {
    encode(state)
}
