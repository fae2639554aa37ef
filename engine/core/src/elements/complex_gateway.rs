//! Complex gateway (BPMN 2.0, 10.5.5 and 13.4.5): two states, and a way out of each.
//!
//! - *Waiting for start*: with a token on at least one incoming flow, the activation condition is evaluated: whenever a
//!   token comes, and whenever something changes that it may read. It may read `activationCount`, the number of tokens
//!   that wait on all incoming flows together, and `activationCounts`, a context with the number for each flow by its
//!   id. When it holds, one token is taken from each incoming flow that has one, and the flows whose conditions hold are
//!   taken, else the default flow; if there is none either, that is an incident. Without an activation condition the
//!   first token is enough.
//! - *Waiting for reset*: it waits until every other incoming flow has brought a token or cannot bring one any more,
//!   which is the rule of the inclusive join. It takes those tokens, and the conditions are evaluated once more; that no
//!   flow is taken is fine this time. Then it waits for its start again.
//!
//! The conditions may ask which of both it is: `waitingForStart` is a variable of the gateway while it leaves, beside
//! both numbers. A flow without a condition is taken when the gateway is activated, not when it is reset.
//!
//! Each time the gateway leaves is an element instance of its own; between them the container knows its state. A reset
//! that takes no token and can take no flow is none.

use hosk_feel::{Json, Overlay, Value, Variables as FeelVariables};
use hosk_model::{Element, ElementIndex, ElementKind, GATEWAY_NUMBERS, WAITING_FOR_START};

use super::{Behaviour, inclusive_gateway};
use crate::event::Event;
use crate::expressions;
use crate::flows;
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::mappings;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Outgoing, Step, too_many_alive};
use crate::work::Work;

pub(crate) struct ComplexGateway<'a> {
    pub(crate) element: &'a Element,
}

impl Behaviour for ComplexGateway<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        // Begun by an operator: as if it was activated, without a token and without a reset.
        if step.instance(key).is_some_and(|i| !i.variables().contains_key(WAITING_FOR_START)) {
            tell(step, key, true, &Counts::none());
        }
        Ok(this.pass(step))
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        let activated = step
            .instance(key)
            .and_then(|i| i.variables().get(WAITING_FOR_START))
            .is_none_or(|variable| variable.value.value().as_bool() != Some(false));
        let (mut chosen, mut one_holds) = (Outgoing::new(), false);
        for flow in &self.element.outgoing {
            if Some(*flow) == self.element.default_flow {
                continue;
            }
            let conditional = step.definition.flow(*flow).is_some_and(|f| f.condition.is_some());
            let taken = if conditional { flows::holds(step, key, *flow)? } else { activated };
            one_holds |= conditional && taken;
            if taken {
                chosen.push(*flow);
            }
        }
        if !one_holds {
            chosen.extend(self.element.default_flow);
        }
        if chosen.is_empty() && activated && !self.element.outgoing.is_empty() {
            return Err(flows::nowhere_to_go(step, key, self.element));
        }
        Ok(chosen)
    }
}

/// What a gateway can do with the tokens of now.
struct Ready {
    /// The flows it takes a token from.
    takes: Vec<ElementIndex>,
    /// Activated, else reset.
    activated: bool,
}

/// The tokens that wait on the incoming flows of a gateway.
struct Counts {
    total: u32,
    each: Json,
}

impl Counts {
    fn none() -> Self {
        Self { total: 0, each: Json::from(serde_json::Value::Object(serde_json::Map::new())) }
    }

    fn of(step: &Step<'_>, gateway: &Element, container: &ElementInstance) -> Self {
        let on = |flow: &ElementIndex| (step.element(*flow).id.to_string(), container.tokens_on(*flow));
        let each: Vec<_> = gateway.incoming.iter().map(on).collect();
        let total = each.iter().map(|(_, count)| count).sum();
        let each = each.into_iter().map(|(id, count)| (id, count.into())).collect();
        Self { total, each: Json::from(serde_json::Value::Object(each)) }
    }
}

impl FeelVariables for Counts {
    fn get(&self, name: &str) -> Option<&Json> {
        (name == GATEWAY_NUMBERS[1]).then_some(&self.each)
    }

    fn value(&self, name: &str) -> Option<Value> {
        if name == GATEWAY_NUMBERS[0] {
            return Some(Value::from(i64::from(self.total)));
        }
        self.get(name).map(Value::from_json)
    }
}

/// What a gateway can do; `None` when it waits.
fn ready(step: &Step<'_>, gateway: &Element, container: &ElementInstance) -> Result<Option<Ready>, Trouble> {
    let full: Vec<ElementIndex> =
        gateway.incoming.iter().copied().filter(|flow| container.tokens_on(*flow) > 0).collect();
    let taken = container.resets().get(&gateway.index);
    if full.is_empty() && taken.is_none() || is_leaving(step, gateway, container) {
        return Ok(None);
    }
    let Some(taken) = taken else {
        let holds = is_activated(step, gateway, container)?;
        return Ok(holds.then_some(Ready { takes: full, activated: true }));
    };
    let came: Vec<ElementIndex> = full.iter().chain(taken).copied().collect();
    let waits = step.definition.reachability.get(&gateway.index).is_some_and(|reachability| {
        inclusive_gateway::is_awaited(container, step.state(), reachability, &came)
    });
    let takes = full.into_iter().filter(|flow| !taken.contains(flow)).collect();
    Ok((!waits).then_some(Ready { takes, activated: false }))
}

/// One thing at a time: while it leaves, or an incident keeps it from leaving, nothing else begins.
fn is_leaving(step: &Step<'_>, gateway: &Element, container: &ElementInstance) -> bool {
    let mut inside = step.state().children(container.key()).filter_map(|key| step.instance(key));
    inside.any(|instance| instance.element() == gateway.index)
}

fn is_activated(step: &Step<'_>, gateway: &Element, container: &ElementInstance) -> Result<bool, Trouble> {
    let ElementKind::ComplexGateway { activation: Some(condition) } = &gateway.kind else { return Ok(true) };
    let what = format!("the activation condition of '{}'", gateway.id);
    let first = Counts::of(step, gateway, container);
    let variables = Overlay { first, rest: step.state().visible(container.key()) };
    expressions::condition(step, &variables, &what, condition)
}

/// Whether a complex gateway of a container has something to do, so that the container is not done. One whose condition
/// cannot be evaluated is an incident there, and has.
pub(crate) fn can_go_on(step: &Step<'_>, container: &ElementInstance) -> bool {
    let joins = &step.definition.element(container.element()).contents.upstream_joins;
    let mut gateways = joins.iter().map(|join| step.element(*join)).filter(|join| is_complex(join));
    gateways.any(|gateway| !matches!(ready(step, gateway, container), Ok(None)))
}

fn is_complex(join: &Element) -> bool {
    matches!(join.kind, ElementKind::ComplexGateway { .. })
}

/// A token came to a join. The activation of a complex gateway is a race, so it is looked at right away; its reset is
/// not (see `inclusive_gateway.rs`).
pub(crate) fn arrived(step: &mut Step<'_>, join: &Element, scope: ElementInstanceKey) {
    let Some(container) = step.instance(scope).filter(|_| is_complex(join)) else { return };
    if !container.resets().contains_key(&join.index) {
        look(step, join, scope);
    }
}

/// Lets a complex gateway go on if it can; whether it did.
pub(crate) fn look(step: &mut Step<'_>, gateway: &Element, scope: ElementInstanceKey) -> bool {
    if !step.takes_in(scope) {
        return false;
    }
    let Some(container) = step.instance(scope) else { return false };
    match ready(step, gateway, container) {
        Ok(None) => return false,
        Ok(Some(_)) if step.state().len() >= limits::ELEMENT_INSTANCES => {
            incidents::raise(step, scope, too_many_alive());
        }
        Ok(Some(ready)) => {
            begin(step, gateway, scope, ready);
            return true;
        }
        Err(trouble) => incidents::raise(step, scope, trouble),
    }
    false
}

fn begin(step: &mut Step<'_>, gateway: &Element, scope: ElementInstanceKey, ready: Ready) {
    let Some(container) = step.instance(scope) else { return };
    if !ready.activated && ready.takes.is_empty() && !may_leave_at_reset(step, gateway) {
        step.emit(Event::GatewaySwitched { scope, gateway: gateway.index, taken: None });
        return step.push(Work::ChildEnded { scope });
    }
    let counts = Counts::of(step, gateway, container);
    let taken = ready.activated.then(|| ready.takes.clone());
    let key = step.create(gateway.index, scope, ready.takes);
    step.emit(Event::GatewaySwitched { scope, gateway: gateway.index, taken });
    tell(step, key, ready.activated, &counts);
    step.activate(key);
}

/// Whether a reset may take a flow. If not, and there is no token to take in either, nobody needs to see it leave.
fn may_leave_at_reset(step: &Step<'_>, gateway: &Element) -> bool {
    let conditional =
        |flow: &ElementIndex| step.definition.flow(*flow).is_some_and(|f| f.condition.is_some());
    gateway.default_flow.is_some() || gateway.outgoing.iter().any(conditional)
}

/// What the conditions of its outgoing flows may read.
fn tell(step: &mut Step<'_>, key: ElementInstanceKey, activated: bool, counts: &Counts) {
    let [total, each] = GATEWAY_NUMBERS;
    let told = [
        (WAITING_FOR_START, Json::from(serde_json::Value::Bool(activated))),
        (total, Json::from(serde_json::Value::from(counts.total))),
        (each, counts.each.clone()),
    ];
    for (name, value) in told {
        mappings::set(step, key, &name.into(), &value);
    }
}

/// A variable changed: gateways whose activation condition reads it are looked at.
pub(crate) fn variable_changed(step: &mut Step<'_>, name: &str) {
    let definition = step.definition;
    let reads = |gateway: &&ElementIndex| match &definition.element(**gateway).kind {
        ElementKind::ComplexGateway { activation: Some(condition) } => {
            condition.variables().iter().any(|read| read == name)
        }
        _ => false,
    };
    for gateway in definition.gateways_reading.iter().filter(reads) {
        let scope = definition.element(*gateway).scope;
        let containers: Vec<_> = step
            .state()
            .element_instances()
            .filter(|i| i.element() == scope && i.tokens().next().is_some())
            .map(ElementInstance::key)
            .collect();
        for container in containers {
            step.look_later(container);
        }
    }
}

/// Everything in a container is stopped: its gateways are as at the beginning.
pub(crate) fn forget(step: &mut Step<'_>, scope: ElementInstanceKey) {
    let gateways: Vec<_> =
        step.instance(scope).map(|i| i.resets().keys().copied().collect()).unwrap_or_default();
    for gateway in gateways {
        step.emit(Event::GatewaySwitched { scope, gateway, taken: None });
    }
}
