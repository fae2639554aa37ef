//! `hosk deploy`: uploads files to a running server as one deployment.

use crate::cli::DeployArgs;
use crate::client::Client;
use crate::failure::Failure;
use crate::{files, print};

pub(crate) async fn run(args: &DeployArgs, as_json: bool) -> Result<(), Failure> {
    let mut resources = Vec::new();
    for path in files::collect(&args.files, &[".bpmn", ".dmn", ".form"])? {
        resources.push((files::name(&path), files::read(&path)?));
    }
    let answer = Client::new(&args.server)?.deploy(&resources, args.tenant.as_deref()).await?;
    if as_json {
        print::json(&answer);
        return Ok(());
    }
    let rows: Vec<Vec<String>> =
        answer["deployments"].as_array().into_iter().flatten().filter_map(row).collect();
    print::table(&["KIND", "ID", "VERSION", "KEY", "FILE"], &rows);
    Ok(())
}

/// One object per resource, exactly one member of which is set.
fn row(deployed: &serde_json::Value) -> Option<Vec<String>> {
    let kinds = [
        (
            "process",
            "processDefinition",
            "processDefinitionId",
            "processDefinitionVersion",
            "processDefinitionKey",
        ),
        ("decision", "decisionDefinition", "decisionDefinitionId", "version", "decisionDefinitionKey"),
        ("decisions", "decisionRequirements", "decisionRequirementsId", "version", "decisionRequirementsKey"),
        ("form", "form", "formId", "version", "formKey"),
        ("resource", "resource", "resourceId", "version", "resourceKey"),
    ];
    kinds.iter().find_map(|(kind, member, id, version, key)| {
        let found = deployed.get(member).filter(|found| found.is_object())?;
        let cell = |name: &str| print::plain(&found[name]);
        Some(vec![(*kind).to_owned(), cell(id), cell(version), cell(key), cell("resourceName")])
    })
}
