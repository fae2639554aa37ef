//! A plugin as a connector: the runtime treats it like a built-in one.

use hosk_connector::{Call, Connector, Contract, Outcome, async_trait};

use crate::call::outcome;
use crate::{Fault, Host, Plugin};

/// A connector whose operations a plugin makes.
#[derive(Debug)]
pub struct WasmConnector {
    host: Host,
    plugin: Plugin,
}

impl WasmConnector {
    /// The connector of a plugin.
    pub fn new(host: Host, plugin: Plugin) -> Self {
        Self { host, plugin }
    }

    async fn attempt(&self, call: &Call) -> Result<Outcome, Fault> {
        let answer = self.host.invoke(&self.plugin, call).await?;
        outcome(answer, call, self.host.limits())
    }
}

#[async_trait]
impl Connector for WasmConnector {
    fn contract(&self) -> &Contract {
        self.plugin.contract()
    }

    async fn call(&self, call: &Call) -> Outcome {
        let attempt = self.attempt(call).await;
        attempt.unwrap_or_else(|fault| fault.failure(&self.contract().id).into())
    }
}
