//! FEEL expressions: compiled once, evaluated lazily over JSON, bounded.
//!
//! [`Expression::compile`] at deployment, [`Expression::evaluate`] for every use. Nothing here knows a clock, chance,
//! files or the network: time, zone, seed and the stopwatch come in with the [`Environment`].

#![forbid(unsafe_code)]

mod builtins;
mod calls;
mod compile;
mod constant_tests;
mod environment;
mod error;
mod eval;
mod expression;
mod infer;
mod json;
mod limits;
mod number;
mod stopwatch;
mod syntax;
mod temporal;
mod types;
mod value;
mod variables;

pub use builtins::{BuiltInDescription, built_in_functions};
pub use calls::Argument;
pub use constant_tests::ConstantTests;
pub use environment::Environment;
pub use error::{EvaluationError, Position, SyntaxError, Warning};
pub use eval::{Call, session};
pub use expression::{Expression, Names, Outcome};
pub use infer::{TypeFinding, Types};
pub use json::Json;
pub use limits::{
    Limits, MAX_NESTING, MAX_SYNTAX_ERRORS, MAX_TEXT, MAX_VALUE_BYTES, MAX_VALUE_DEPTH, MAX_WARNING_BYTES,
    MAX_WARNINGS,
};
pub use number::{Number, Rounding};
pub use stopwatch::Stopwatch;
pub use temporal::{DateTime, DaysDuration, Time, YearsDuration, Zone};
pub use types::{Restriction, Type};
pub use value::{
    Bound, Context, ContextBuilder, Digits, Function, HostFunction, List, Parameter, Range, Value,
};
pub use variables::{Overlay, Variables};
