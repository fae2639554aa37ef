//! What `plugins/wit/connector.wit` means in Rust, generated.
#![allow(clippy::pedantic, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../plugins/wit",
    world: "connector",
    imports: { "hosk:connector/http.send": async | trappable, default: trappable },
    exports: { default: async },
});

pub(crate) use hosk::connector::{config, http, log, types};
