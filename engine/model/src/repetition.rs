//! What goes around an activity: multi-instance, standard loop, and how many tokens it takes and gives (BPMN 10.3).

use std::sync::Arc;

use hosk_feel::Expression;

use crate::definition::{EscalationTrigger, SignalTrigger};
use crate::publication::MessagePublication;

/// Loop characteristics.
#[derive(Debug)]
pub enum Repetition {
    /// `multiInstanceLoopCharacteristics`.
    MultiInstance(Box<MultiInstance>),
    /// `standardLoopCharacteristics`.
    StandardLoop(Box<StandardLoop>),
}

/// Standard loop characteristics: the activity again, as long as a condition holds.
#[derive(Debug)]
pub struct StandardLoop {
    /// `testBefore`: the condition is looked at before the first time, too.
    pub test_before: bool,
    /// `loopCondition`: goes on while it holds; absent: up to the maximum.
    pub condition: Option<Expression>,
    /// `loopMaximum`: how often at most, 1 or more.
    pub maximum: Option<u32>,
}

/// How many tokens an activity takes and gives (BPMN 10.3, 13.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantities {
    /// `startQuantity`: tokens that must have arrived before it begins, on whichever flows.
    pub start: u32,
    /// `completionQuantity`: tokens on each flow it leaves by.
    pub completion: u32,
}

impl Default for Quantities {
    fn default() -> Self {
        Self { start: 1, completion: 1 }
    }
}

/// Multi-instance characteristics.
#[derive(Debug)]
pub struct MultiInstance {
    /// `isSequential`.
    pub sequential: bool,
    /// Collection or cardinality.
    pub source: MultiInstanceSource,
    /// Variable for the item.
    pub input_element: Option<Arc<str>>,
    /// Variable for the collected results.
    pub output_collection: Option<Arc<str>>,
    /// Evaluated in each child at its end.
    pub output_element: Option<Expression>,
    /// `completionCondition`.
    pub completion_condition: Option<Expression>,
    /// `behavior`: what is thrown when a child completes.
    pub behavior: MultiInstanceBehavior,
}

/// What a multi-instance activity throws when a child completes, to be caught on its border (BPMN 10.3.8).
#[derive(Debug)]
pub enum MultiInstanceBehavior {
    /// `All`: nothing.
    Nothing,
    /// `None`: this event for every child.
    Each(BehaviorEvent),
    /// `One`: this event for the first child that completes.
    First(BehaviorEvent),
    /// `Complex`: the event of the first of these whose condition holds.
    Complex(Vec<ComplexBehavior>),
}

/// `complexBehaviorDefinition`.
#[derive(Debug)]
pub struct ComplexBehavior {
    /// Evaluated when a child completes.
    pub condition: Expression,
    /// What is thrown when it holds.
    pub event: BehaviorEvent,
}

/// What is thrown.
#[derive(Debug)]
pub enum BehaviorEvent {
    /// To the border of the activity, or further outward.
    Escalation(EscalationTrigger),
    /// To everybody who waits for it, the border of the activity among them.
    Signal(SignalTrigger),
    /// To who waits for it by its key, the border of the activity perhaps.
    Message(MessagePublication),
    /// No event is named: a signal without a name, which nobody but the border of the activity catches, and which brings
    /// the numbers of the activity. It goes the way of an escalation with a code that no other has.
    Default(EscalationTrigger),
}

/// Where the number of children comes from.
#[derive(Debug)]
pub enum MultiInstanceSource {
    /// `inputCollection`.
    Collection(Expression),
    /// `loopCardinality`.
    Cardinality(Expression),
}
