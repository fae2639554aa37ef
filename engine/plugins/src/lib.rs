//! Plugins of an installation: packages are checked and taken apart, versions kept side by side in the database, and
//! those that are active are connectors in the engine.
//!
//! An installed version is on disk when it is acknowledged, in use at once on the server that took it, and within
//! seconds on others that share the database. Nothing is restarted: calls that run finish on the version they began
//! with, the next attempt of a job goes to the version that is active then.

#![forbid(unsafe_code)]

mod build;
mod change;
mod error;
mod manager;
mod package;

pub use build::{BuildError, Language, build};
pub use change::incompatibility;
pub use error::Error;
pub use hosk_wasm::Error as ComponentError;
pub use manager::{Described, DescribedVersion, Installed, MAX_PLUGINS, MAX_VERSIONS, Plugins};
pub use package::{Manifest, Package, PackageError, Trust, largest_file, public_key, sign};
