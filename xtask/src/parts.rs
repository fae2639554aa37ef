//! The parts of `cargo xtask test`, in the order in which they run: what is quick and fails often comes first.

use clap::ValueEnum;

use crate::needs::Need;

/// A part of the tests that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// Every Rust file is formatted.
    Fmt,
    /// Dependencies: licences, sources, bans, advisories.
    Deny,
    /// Clippy over every crate and target without a warning.
    Clippy,
    /// Unit tests of xtask itself.
    Xtask,
    /// The rules of the tree: dependency direction, purity, file sizes, problem pages, links.
    Tidy,
    /// Tests of the crates under engine/.
    #[value(alias = "unit")]
    Engine,
    /// The store, the main job and kill -9 on a real PostgreSQL: that of DATABASE_URL, or one started for the tests.
    Postgres,
    /// Tests of the crates under connectors/.
    Connectors,
    /// Scenarios, histories, properties, simulation, API and crash tests, the README's tour.
    Acceptance,
    /// Hostile input to FEEL and DMN once more, optimised as it ships: stacks and time are others there.
    Hostile,
    /// From Python: the official client, requests that schemathesis makes of the OpenAPI document, and documents in a
    /// bucket of a real S3-compatible server.
    Python,
    /// Plugins in Go, JavaScript, Python and Rust, from source: examples, templates, hostile ones, with golden calls;
    /// the main job with a CRM and an ERP that are plugins.
    Plugins,
    /// The pages in a real browser: the main job by mouse and keyboard, wide and phone, light and dark.
    Browser,
    /// API documentation without warnings, and the examples in it.
    Docs,
}

impl Part {
    /// The name it is asked for by.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// One sentence for `--list`.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// What the machine must have for it.
    pub(crate) fn needs(self) -> &'static [Need] {
        match self {
            Self::Fmt => &[Need::Rustfmt],
            Self::Deny => &[Need::CargoDeny],
            Self::Clippy => &[Need::Clippy, Need::CCompiler, Need::DiskSpace],
            Self::Xtask | Self::Tidy | Self::Engine | Self::Connectors | Self::Hostile | Self::Docs => {
                &[Need::CCompiler, Need::DiskSpace]
            }
            Self::Acceptance => &[Need::CCompiler, Need::DiskSpace, Need::Curl, Need::Node],
            Self::Postgres => &[Need::CCompiler, Need::DiskSpace, Need::Postgres],
            Self::Python => &[Need::CCompiler, Need::DiskSpace, Need::Python],
            Self::Plugins => &[Need::CCompiler, Need::DiskSpace, Need::Node, Need::Python],
            Self::Browser => &[Need::CCompiler, Need::DiskSpace, Need::Node, Need::Chromium],
        }
    }

    /// True when the part runs test executables that cargo builds.
    pub(crate) fn is_rust_tests(self) -> bool {
        matches!(
            self,
            Self::Xtask
                | Self::Tidy
                | Self::Engine
                | Self::Postgres
                | Self::Connectors
                | Self::Acceptance
                | Self::Plugins
        )
    }

    /// True when its tests start the `hosk` binary.
    pub(crate) fn starts_hosk(self) -> bool {
        matches!(self, Self::Postgres | Self::Acceptance | Self::Python | Self::Plugins | Self::Browser)
    }

    /// The part that runs this test target; `folder` is the package's, relative to the root.
    pub(crate) fn of_target(folder: &str, target: &str) -> Self {
        match folder.split('/').next().unwrap_or_default() {
            _ if target.starts_with("postgres") => Self::Postgres,
            "engine" => Self::Engine,
            "connectors" => Self::Connectors,
            "xtask" => Self::Xtask,
            _ if target == "tidy" => Self::Tidy,
            _ if target == "built_plugins" => Self::Plugins,
            _ => Self::Acceptance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_name_and_a_sentence() {
        for part in Part::value_variants() {
            assert!(!part.name().is_empty() && !part.about().is_empty(), "{part:?}");
        }
    }

    #[test]
    fn targets_find_their_part() {
        assert_eq!(Part::of_target("engine/core", "hosk_core"), Part::Engine);
        assert_eq!(Part::of_target("connectors/http", "retries"), Part::Connectors);
        assert_eq!(Part::of_target("tests", "tidy"), Part::Tidy);
        assert_eq!(Part::of_target("tests", "built_plugins"), Part::Plugins);
        assert_eq!(Part::of_target("engine/server", "plugins"), Part::Engine);
        assert_eq!(Part::of_target("engine/store", "postgres"), Part::Postgres);
        assert_eq!(Part::of_target("tests", "postgres_crash"), Part::Postgres);
        assert_eq!(Part::of_target("tests", "scenarios"), Part::Acceptance);
        assert_eq!(Part::of_target("xtask", "xtask"), Part::Xtask);
    }
}
