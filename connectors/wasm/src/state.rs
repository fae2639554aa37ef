//! What stands behind the imports of one call.

use std::sync::Arc;

use hosk_connector::{Call, Failure, FailureKind};
use hosk_http::Fetcher;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::{config, http, log, types};
use crate::limits::{Limits, Meter};
use crate::stdio::Scribe;
use crate::{Fault, request};

/// The host's side of one call.
pub(crate) struct State {
    /// `None` while a plugin describes itself: there is no connection then.
    call: Option<Arc<Call>>,
    plugin: Arc<str>,
    limits: Arc<Limits>,
    fetcher: Arc<Fetcher>,
    lines: usize,
    pub(crate) meter: Meter,
    pub(crate) written: Scribe,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl State {
    pub(crate) fn new(
        plugin: Arc<str>,
        call: Option<Arc<Call>>,
        limits: Arc<Limits>,
        meter: Meter,
        fetcher: Arc<Fetcher>,
    ) -> Self {
        let written = Scribe::new(limits.stdio);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut wasi = WasiCtx::builder();
        wasi.stdout(written.clone()).stderr(written.clone());
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        Self { call, plugin, limits, fetcher, lines: 0, meter, written, wasi: wasi.build(), table }
    }

    /// Who writes to the log here.
    pub(crate) fn notes(&self) -> Notes {
        Notes { call: self.call.clone(), plugin: Arc::clone(&self.plugin), longest: self.limits.log_line }
    }
}

/// Writes lines to the log, with the plugin's name and without the connection's secrets.
pub(crate) struct Notes {
    call: Option<Arc<Call>>,
    plugin: Arc<str>,
    /// In characters.
    longest: usize,
}

impl Notes {
    pub(crate) fn write(&self, level: log::Level, message: &str) {
        let line = self.call.as_ref().map(|call| call.context.connection.redact(message));
        let line: String = line.as_deref().unwrap_or(message).chars().take(self.longest).collect();
        let connection = self.call.as_ref().map_or("", |call| &call.context.connection.id);
        let plugin = &*self.plugin;
        match level {
            log::Level::Trace => tracing::trace!(plugin, connection, "{line}"),
            log::Level::Debug => tracing::debug!(plugin, connection, "{line}"),
            log::Level::Info => tracing::info!(plugin, connection, "{line}"),
            log::Level::Warn => tracing::warn!(plugin, connection, "{line}"),
            log::Level::Error => tracing::error!(plugin, connection, "{line}"),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for State {}

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.lines += 1;
        if self.lines > self.limits.log_lines {
            return Err(Fault::Logs.into());
        }
        self.notes().write(level, &message);
        Ok(())
    }
}

impl config::Host for State {
    fn settings(&mut self) -> wasmtime::Result<String> {
        let settings = self.call.as_ref().map(|call| call.context.connection.settings.to_string());
        Ok(settings.unwrap_or_else(|| "{}".to_owned()))
    }

    fn secrets(&mut self) -> wasmtime::Result<Vec<String>> {
        let names = self.call.iter().flat_map(|call| call.context.connection.secrets.keys());
        Ok(names.cloned().collect())
    }
}

impl http::Host for State {
    async fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, types::Failure>> {
        let Some(call) = self.call.clone() else {
            let message = "a plugin that describes itself has no connection to send requests through";
            return Ok(Err(request::told(&Failure::new(FailureKind::Permanent, message))));
        };
        let sent = match request::fetch(request, &call.context.connection) {
            Ok(fetch) => self.fetcher.fetch(&call, fetch).await,
            Err(failure) => Err(failure),
        };
        Ok(match sent {
            Ok(fetched) => {
                Ok(http::Response { status: fetched.status, headers: fetched.headers, body: fetched.body })
            }
            Err(failure) => Err(request::told(&failure)),
        })
    }
}
