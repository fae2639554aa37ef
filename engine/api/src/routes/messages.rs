//! Messages from outside, and what waits for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hosk_runtime::Message;
use hosk_store::read::{
    CorrelatedMessageSubscription, CorrelatedMessageSubscriptionField as C, Kind, MessageSubscription,
    MessageSubscriptionField as F, Queries as _,
};

use super::conditions::{for_all, on_number};
use crate::answer::{Key, Time, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::search::{Found, Like, Searchable, both, filter, sort_only, special};
use crate::shape::{Body, Object, integer, name, tenant, text, variables};
use crate::tenants::Tenant;

/// The one partition.
const PARTITION: u32 = 1;
/// Stands for the partition in an order: by it, all rows are equal.
const SAME_FOR_ALL: C = C::Key;
/// Longest message name, correlation key and message id, in characters.
const NAME_MAX: usize = 4_096;

pub(super) static SUBSCRIPTIONS: Searchable<MessageSubscription> = Searchable {
    name: "MessageSubscriptionSearch",
    properties: &[
        both("messageSubscriptionKey", F::Key),
        both("messageSubscriptionState", F::State),
        both("lastUpdatedDate", F::LastUpdatedDate),
        both("messageName", F::MessageName),
        both("correlationKey", F::CorrelationKey),
        both("elementId", F::ElementId),
        both("elementInstanceKey", F::ElementInstanceKey),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("processDefinitionId", F::ProcessDefinitionId),
        filter("processDefinitionKey", F::ProcessDefinitionKey),
        both("tenantId", F::TenantId),
    ],
    special: &[],
    alternatives: false,
};

static CORRELATED: Searchable<CorrelatedMessageSubscription> = Searchable {
    name: "CorrelatedMessageSubscriptionSearch",
    properties: &[
        both("messageKey", C::MessageKey),
        both("subscriptionKey", C::SubscriptionKey),
        both("correlationTime", C::CorrelationTime),
        both("messageName", C::MessageName),
        both("correlationKey", C::CorrelationKey),
        both("elementId", C::ElementId),
        both("elementInstanceKey", C::ElementInstanceKey),
        both("processInstanceKey", C::ProcessInstanceKey),
        both("processDefinitionId", C::ProcessDefinitionId),
        both("processDefinitionKey", C::ProcessDefinitionKey),
        both("tenantId", C::TenantId),
        sort_only("partitionId", SAME_FOR_ALL),
    ],
    special: &[special("partitionId", Like::Kind(Kind::Int), |value| {
        Ok(for_all(&on_number(value)?, i64::from(PARTITION)))
    })],
    alternatives: false,
};

static PUBLISH: Object = Object {
    name: "MessagePublicationRequest",
    fields: &[
        name("name", NAME_MAX, "The message's name.").required(),
        text("correlationKey", "Which instances it is for; empty or absent for start events."),
        integer(
            "timeToLive",
            0,
            i64::MAX,
            "Milliseconds it is kept for subscribers to come; 0: now or never.",
        ),
        text("messageId", "The same id is not taken twice while the message lives."),
        variables("Variables for the instances it reaches."),
        tenant(),
    ],
};

static CORRELATE: Object = Object {
    name: "MessageCorrelationRequest",
    fields: &[
        name("name", NAME_MAX, "The message's name.").required().called("messageName"),
        text("correlationKey", "Which instances it is for; empty or absent for start events."),
        variables("Variables for the instance it reaches."),
        tenant(),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = vec![
        post("/v2/messages/publication", "publishMessage", "Publish a message, kept for a time.", publish)
            .takes(&PUBLISH)
            .answers::<Published>()
            .refuses(&[409]),
        post("/v2/messages/correlation", "correlateMessage", "Give a message to what waits now.", correlate)
            .takes(&CORRELATE)
            .answers::<Correlated>()
            .refuses(&[404]),
        post(
            "/v2/message-subscriptions/search",
            "searchMessageSubscriptions",
            "Search what waits, and waited, for messages.",
            subscriptions,
        )
        .takes_schema(false, SUBSCRIPTIONS.schema())
        .answers::<Found<SubscriptionAnswer>>(),
        post(
            "/v2/correlated-message-subscriptions/search",
            "searchCorrelatedMessageSubscriptions",
            "Search messages that reached an instance.",
            correlated,
        )
        .takes_schema(false, CORRELATED.schema())
        .answers::<Found<CorrelatedAnswer>>(),
    ];
    tagged("Message", operations.into_iter().map(|operation| operation.access(Access::Worker)).collect())
}

answer! {
    /// A message was taken.
    Published {
        tenant_id: Arc<str>,
        message_key: Key,
    }
}

answer! {
    /// A message has reached an instance.
    Correlated {
        tenant_id: Arc<str>,
        message_key: Key,
        process_instance_key: Key,
    }
}

answer! {
    /// A message subscription.
    SubscriptionAnswer {
        message_subscription_key: Key,
        message_subscription_state: &'static str,
        message_subscription_type: &'static str,
        last_updated_date: Time,
        message_name: Arc<str>,
        correlation_key: Option<Arc<str>>,
        element_id: Arc<str>,
        element_instance_key: Option<Key>,
        process_instance_key: Option<Key>,
        root_process_instance_key: Option<Key>,
        process_definition_id: Arc<str>,
        process_definition_key: Option<Key>,
        process_definition_name: Option<Arc<str>>,
        process_definition_version: Option<u32>,
        tool_properties: BTreeMap<String, String>,
        tool_name: Option<String>,
        inbound_connector_type: Option<String>,
        business_id: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

impl From<MessageSubscription> for SubscriptionAnswer {
    fn from(row: MessageSubscription) -> Self {
        Self {
            message_subscription_key: Key(row.key.0),
            message_subscription_state: row.state.as_str(),
            message_subscription_type: "PROCESS_EVENT",
            last_updated_date: Time(row.last_updated_date),
            message_name: row.message_name,
            correlation_key: Some(row.correlation_key),
            element_id: row.element_id,
            element_instance_key: Some(Key(row.element_instance_key.0)),
            process_instance_key: Some(Key(row.process_instance_key.0)),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            process_definition_id: row.process_definition_id,
            process_definition_key: Some(Key(row.process_definition_key.0)),
            process_definition_name: None,
            process_definition_version: None,
            tool_properties: BTreeMap::new(),
            tool_name: None,
            inbound_connector_type: None,
            business_id: None,
            tenant_id: row.tenant_id,
        }
    }
}

answer! {
    /// A message that reached an instance.
    CorrelatedAnswer {
        message_key: Key,
        subscription_key: Key,
        correlation_time: Time,
        message_name: Arc<str>,
        correlation_key: Option<Arc<str>>,
        element_id: Arc<str>,
        element_instance_key: Option<Key>,
        partition_id: u32,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        process_definition_id: Arc<str>,
        process_definition_key: Key,
        business_id: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

impl From<CorrelatedMessageSubscription> for CorrelatedAnswer {
    fn from(row: CorrelatedMessageSubscription) -> Self {
        Self {
            message_key: Key(row.message_key.0),
            subscription_key: Key(row.subscription_key.0),
            correlation_time: Time(row.correlation_time),
            message_name: row.message_name,
            correlation_key: row.correlation_key,
            element_id: row.element_id,
            element_instance_key: row.element_instance_key.map(|key| Key(key.0)),
            partition_id: PARTITION,
            process_instance_key: Key(row.process_instance_key.0),
            root_process_instance_key: row.root_process_instance_key.map(|key| Key(key.0)),
            process_definition_id: row.process_definition_id,
            process_definition_key: Key(row.process_definition_key.0),
            business_id: None,
            tenant_id: row.tenant_id,
        }
    }
}

async fn publish(mut call: Call) -> Outcome {
    let mut body = call.json(&PUBLISH).await?;
    let tenant = body.tenant()?;
    let mut message = message(&mut body, &tenant);
    let kept = body.integer("timeToLive").and_then(|kept| u64::try_from(kept).ok());
    message.time_to_live = Duration::from_millis(kept.unwrap_or(0));
    message.message_id = body.text("messageId").filter(|id| !id.is_empty()).map(Arc::from);
    let published = call.app.engine.publish(message).await?;
    ok(&Published { tenant_id: tenant.id(), message_key: Key(published.key.0) })
}

async fn correlate(mut call: Call) -> Outcome {
    let mut body = call.json(&CORRELATE).await?;
    let tenant = body.tenant()?;
    let message = message(&mut body, &tenant);
    let correlated = call.app.engine.correlate(message).await?;
    ok(&Correlated {
        tenant_id: tenant.id(),
        message_key: Key(correlated.message.0),
        process_instance_key: Key(correlated.instance.0),
    })
}

fn message(body: &mut Body, tenant: &Tenant) -> Message {
    Message {
        tenant: tenant.id(),
        name: body.required_text("name").into(),
        correlation_key: body.text("correlationKey").unwrap_or_default().into(),
        time_to_live: Duration::ZERO,
        message_id: None,
        variables: body.variables(),
    }
}

async fn subscriptions(mut call: Call) -> Outcome {
    let search = SUBSCRIPTIONS.read(&mut call).await?;
    let search = call.narrow(search, F::ProcessDefinitionId);
    ok(&Found::of(call.seen.message_subscriptions(search).await?, SubscriptionAnswer::from))
}

async fn correlated(mut call: Call) -> Outcome {
    let mut search = CORRELATED.read(&mut call).await?;
    search.sort.retain(|sort| sort.field != SAME_FOR_ALL);
    let search = call.narrow(search, C::ProcessDefinitionId);
    let found = call.seen.correlated_message_subscriptions(search).await?;
    ok(&Found::of(found, CorrelatedAnswer::from))
}
