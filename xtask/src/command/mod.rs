//! One module per command; each has `Args` and `run`.

pub(crate) mod bench;
pub(crate) mod clean;
pub(crate) mod demo;
pub(crate) mod doc;
pub(crate) mod fmt;
pub(crate) mod lint;
pub(crate) mod run;
pub(crate) mod soak;
pub(crate) mod tck;
pub(crate) mod test;
