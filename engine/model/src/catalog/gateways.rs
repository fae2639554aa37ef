//! Gateways and sequence flows (BPMN 10.5, 13.4).

use super::{Construct, Group, row};

const fn gateway(
    tag: &'static str,
    name: &'static str,
    meaning: &'static str,
    stories: &'static [&'static str],
) -> Construct {
    row(Group::Gateways, tag, name, meaning, stories)
}

#[rustfmt::skip]
pub(super) const ROWS: &[Construct] = &[
    gateway("exclusiveGateway", "Exclusive gateway", "the first flow whose condition holds, else the default; merges without waiting", &["exclusive_gateway"]),
    gateway("parallelGateway", "Parallel gateway", "every flow; waits for one token on each flow that leads to it", &["parallel_gateway"]),
    gateway("inclusiveGateway", "Inclusive gateway", "every flow whose condition holds, else the default; waits while a token can still come", &["inclusive_gateway"]),
    gateway("complexGateway", "Complex gateway", "activated when its condition over the waiting tokens holds; then takes in what still comes, and is reset", &["complex_gateway"]),
    gateway("eventBasedGateway", "Event-based gateway", "waits for several events; the first one decides, the others are no longer awaited", &["event_based_gateway"]),
    gateway("instantiate", "Instantiating event-based gateway, receive task", "a message starts the process there; with `eventGatewayType=\"Parallel\"` the instance then waits for the others", &["event_based_gateway/starts_the_process", "event_based_gateway/starts_and_waits_for_all", "receive_task/starts_the_process"]),
    gateway("conditionExpression", "Conditional flow", "leaves an activity when its condition holds; else the default flow", &["exclusive_gateway/non_boolean_condition"]),
];
