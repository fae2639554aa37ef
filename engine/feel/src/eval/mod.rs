//! Evaluation: a walk over the compiled form, within the limits of the environment.

mod access;
mod arithmetic;
mod budget;
mod calls;
mod compare;
mod convert;
mod host;
mod loops;
mod machine;
mod ranges;

pub(crate) use compare::{compare, equal, hash_of};
pub use host::{Call, session};
pub(crate) use machine::{Evaluated, Machine, check_extent, cut, describe};
pub(crate) use ranges::{compared_range, why_no_range};
