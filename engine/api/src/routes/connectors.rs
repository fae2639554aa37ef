//! What the connectors of this server offer, for modelers and for people.

use hosk_connector::{element_template, pinned_element_template};
use serde_json::Value;

use crate::answer::{answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, tagged};
use crate::problem::Problem;

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Connector",
        vec![
            get("/hosk/v1/connectors", "getConnectors", "The contracts of all connectors.", contracts)
                .access(Access::Employee)
                .answers::<Contracts>(),
            get(
                "/hosk/v1/connectors/{connectorId}/element-templates",
                "getConnectorElementTemplates",
                "Element templates for modelers, one per operation.",
                templates,
            )
            .access(Access::Employee)
            .answers::<Vec<Value>>()
            .refuses(&[404]),
        ],
    )
}

answer! {
    /// Contracts: id, version, title, and per operation the input and output schema, errors and delivery class.
    Contracts {
        items: Vec<Value>,
    }
}

async fn contracts(call: Call) -> Outcome {
    let registry = call.app.engine.connectors();
    let items = registry.contracts().map(|contract| serde_json::to_value(contract).unwrap_or_default());
    ok(&Contracts { items: items.collect() })
}

async fn templates(call: Call) -> Outcome {
    let id = call.path("connectorId");
    let registry = call.app.engine.connectors();
    let connector = registry.connector(id).ok_or_else(|| {
        let known: Vec<_> = registry.contracts().map(|contract| contract.id.as_str()).collect();
        Problem::not_found(format!("There is no connector `{id}`; there are {}.", known.join(", ")))
    })?;
    let contract = connector.contract();
    // A plugin may be upgraded beside running processes: steps keep the version of the contract they were drawn with.
    let pinned = call.app.plugins.as_ref().is_some_and(|plugins| plugins.offers(id));
    let template = if pinned { pinned_element_template } else { element_template };
    let templates: Vec<_> =
        contract.operations.iter().map(|operation| template(contract, operation)).collect();
    ok(&templates)
}
