//! What a plugin may import and must export.

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::Error;

/// In words, for messages.
pub(crate) const OFFERED: &str =
    "hosk:connector 1.x and, of WASI 0.2, io, cli, clocks, random, filesystem and sockets";

/// The interface that makes a component a plugin, and its version of which any 1.x will do.
const EXPORT: &str = "hosk:connector/plugin@1.";

/// Beginnings of the names that are offered.
const PREFIXES: [&str; 7] = [
    "hosk:connector/",
    "wasi:io/",
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:random/",
    "wasi:filesystem/",
    "wasi:sockets/",
];

/// Refuses imports that nobody offers, by name, and components that are no plugins.
pub(crate) fn check(component: &Component, engine: &Engine) -> Result<(), Error> {
    let kind = component.component_type();
    for (name, _) in kind.imports(engine) {
        if !offered(name) {
            return Err(Error::Import { import: name.to_owned() });
        }
    }
    let mut names = kind.exports(engine).map(|(name, _)| name.to_owned());
    if names.any(|name| name.starts_with(EXPORT)) {
        return Ok(());
    }
    let found: Vec<String> = kind.exports(engine).map(|(name, _)| name.to_owned()).collect();
    let found = if found.is_empty() {
        "it exports nothing".to_owned()
    } else {
        format!("it exports {}", found.join(", "))
    };
    Err(Error::Export(found))
}

fn offered(name: &str) -> bool {
    let Some((interface, version)) = name.split_once('@') else { return false };
    let ours = interface.starts_with(PREFIXES[0]);
    PREFIXES.iter().any(|prefix| interface.starts_with(prefix))
        && version.starts_with(if ours { "1." } else { "0.2." })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_packages_and_versions_are_offered() {
        for name in ["hosk:connector/http@1.0.0", "wasi:io/streams@0.2.6", "wasi:sockets/tcp@0.2.0"] {
            assert!(offered(name), "{name}");
        }
        for name in [
            "hosk:connector/http",
            "hosk:connector/http@2.0.0",
            "wasi:http/outgoing-handler@0.2.0",
            "env",
            "wasi:io/x@0.3.0",
        ] {
            assert!(!offered(name), "{name}");
        }
    }
}
