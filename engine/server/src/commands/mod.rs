//! One file per command.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod dmn;
pub(crate) mod feel;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod plugin;
pub(crate) mod serve;
pub(crate) mod start;
pub(crate) mod tasks;
pub(crate) mod test;
pub(crate) mod user;
