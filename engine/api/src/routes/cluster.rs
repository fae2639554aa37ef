//! The server as a cluster of one node: its state, its make, its licence.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use hosk_store::read::{Page, ProcessDefinitionField, Queries as _, Search};

use crate::answer::{Time, answer, no_content, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, tagged};
use crate::problem::Problem;

/// The level of the API that clients ask a gateway for.
const API_LEVEL: &str = "8.9.0";

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Cluster",
        vec![
            get("/v2/topology", "getTopology", "The nodes and partitions: one of each.", topology)
                .access(Access::Employee)
                .answers::<Topology>(),
            get("/v2/status", "getStatus", "204 when work is taken, else 503.", status).access(Access::Open),
            get("/v2/license", "getLicense", "hosk is free software.", license)
                .access(Access::Open)
                .answers::<License>(),
            get("/health/live", "getLiveness", "200 while the process runs.", live)
                .access(Access::Open)
                .answers::<Health>(),
            get("/health/ready", "getReadiness", "200 when requests can be answered, else 503.", ready)
                .access(Access::Open)
                .answers::<Health>(),
        ],
    )
}

answer! {
    /// The nodes.
    Topology {
        brokers: Vec<Broker>,
        cluster_id: Option<String>,
        cluster_size: u32,
        partitions_count: u32,
        replication_factor: u32,
        gateway_version: &'static str,
        last_completed_change_id: String,
    }
}

answer! {
    /// A node.
    Broker {
        node_id: u32,
        broker_id: String,
        host: String,
        port: u32,
        partitions: Vec<Partition>,
        version: &'static str,
    }
}

answer! {
    /// A partition of a node.
    Partition {
        partition_id: u32,
        role: &'static str,
        health: &'static str,
        state: &'static str,
    }
}

answer! {
    /// The licence.
    License {
        valid_license: bool,
        license_type: &'static str,
        is_commercial: bool,
        expires_at: Option<Time>,
    }
}

answer! {
    /// How the server is.
    Health {
        status: &'static str,
    }
}

async fn topology(call: Call) -> Outcome {
    let listen = call.app.settings.listen;
    let partition = Partition { partition_id: 1, role: "leader", health: "healthy", state: "active" };
    ok(&Topology {
        brokers: vec![Broker {
            node_id: 0,
            broker_id: "0".to_owned(),
            host: listen.ip().to_string(),
            port: listen.port().into(),
            partitions: vec![partition],
            version: API_LEVEL,
        }],
        cluster_id: None,
        cluster_size: 1,
        partitions_count: 1,
        replication_factor: 1,
        gateway_version: API_LEVEL,
        last_completed_change_id: "-1".to_owned(),
    })
}

async fn status(call: Call) -> Outcome {
    check(&call).await?;
    no_content()
}

async fn license(_: Call) -> Outcome {
    ok(&License { valid_license: true, license_type: "apache-2.0", is_commercial: false, expires_at: None })
}

async fn live(_: Call) -> Outcome {
    ok(&Health { status: "up" })
}

async fn ready(call: Call) -> Outcome {
    match check(&call).await {
        Ok(()) => ok(&Health { status: "ready" }),
        Err(problem) => {
            tracing::warn!(detail = problem.detail(), "not ready");
            Ok((StatusCode::SERVICE_UNAVAILABLE, axum::Json(Health { status: "not ready" })).into_response())
        }
    }
}

/// Whether work is taken: not while the server is about to go; then one small question to the database.
async fn check(call: &Call) -> Result<(), Problem> {
    if call.app.settings.leaving.load(Ordering::Relaxed) || !call.app.engine.is_accepting() {
        return Err(Problem::busy("The server takes no work now: it is going, or has no node number."));
    }
    let page = Page::Offset { from: 0, limit: 1 };
    let search = Search::<ProcessDefinitionField> { page, ..Search::default() };
    call.seen.process_definitions(search).await?;
    Ok(())
}
