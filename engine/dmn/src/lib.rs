//! DMN XML to a compiled decision model, and its evaluation with an explanation.
//!
//! [`DecisionModel::compile`] once at deployment: DMN 1.1 to 1.5, any prefix. [`DecisionModel::evaluate`] for every
//! use; it gives the output together with inputs, matched rules and the reasons of every null. The model is immutable
//! and can be evaluated by many threads at once. Nothing here knows a clock, files or the network.
//!
//! - `compile`: the XML tree to the model, one file per family of elements; findings come all at once.
//! - `table`: decision tables: hit policies, and the index of large ones.
//! - `run`: the walk over the requirements graph and over boxed expressions.
//!
//! Not implemented: Java and PMML functions, which are refused.

#![forbid(unsafe_code)]

mod compile;
mod evaluation;
mod graph;
pub mod limits;
mod logic;
mod model;
mod run;
mod table;

pub use compile::{Compiled, Lenient};
pub use evaluation::{
    EvaluatedDecision, EvaluatedInput, EvaluatedOutput, Evaluation, Failure, FailureReason, MatchedRule,
    Warning,
};
pub use model::{Decision, DecisionKind, DecisionModel, Strictness};
