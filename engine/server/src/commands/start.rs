//! `hosk start`: starts a process instance on a running server.

use serde_json::json;

use crate::cli::StartArgs;
use crate::client::Client;
use crate::failure::Failure;
use crate::{files, print};

pub(crate) async fn run(args: &StartArgs, as_json: bool) -> Result<(), Failure> {
    let mut body = json!({
        "processDefinitionId": args.process,
        "variables": files::object(args.variables.as_deref())?,
        "awaitCompletion": args.wait,
    });
    if let Some(version) = args.version {
        body["processDefinitionVersion"] = version.into();
    }
    if let Some(tenant) = &args.tenant {
        body["tenantId"] = tenant.as_str().into();
    }
    let answer = Client::new(&args.server)?.post("/v2/process-instances", &body).await?;
    if as_json {
        print::json(&answer);
    } else if args.wait {
        print::json(&answer["variables"]);
    } else {
        print::line(format!(
            "{} version {} started: instance {}",
            print::plain(&answer["processDefinitionId"]),
            print::plain(&answer["processDefinitionVersion"]),
            print::plain(&answer["processInstanceKey"]),
        ));
    }
    Ok(())
}
