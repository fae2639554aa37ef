//! Whether processes that use one contract can go on with another of the same version.

use hosk_connector::{Contract, Operation};
use serde_json::Value;

/// The first thing that processes written for `old` would miss in `new`; `None` when they go on.
///
/// Looked at: operations and their further task types, declared errors, and parameters that became mandatory. What a
/// schema says deeper is the author's word.
pub fn incompatibility(old: &Contract, new: &Contract) -> Option<String> {
    old.operations.iter().find_map(|before| {
        let Some(after) = new.operation(&before.name) else {
            return Some(format!("the operation `{}` is gone", before.name));
        };
        changed(before, after).map(|problem| format!("`{}`: {problem}", before.name))
    })
}

fn changed(before: &Operation, after: &Operation) -> Option<String> {
    if let Some(gone) = before.task_types.iter().find(|one| !after.task_types.contains(one)) {
        return Some(format!("the task type `{gone}` is gone"));
    }
    let declared = |code: &str| before.errors.iter().any(|error| error.code == code);
    if let Some(new) = after.errors.iter().find(|error| !declared(&error.code)) {
        return Some(format!("it may raise the error `{}`, which nobody catches yet", new.code));
    }
    let mandatory = required(&before.input_schema);
    let new = required(&after.input_schema).into_iter().find(|name| !mandatory.contains(name))?;
    Some(format!("the parameter `{new}` became mandatory"))
}

fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contract(operations: Vec<Operation>) -> Contract {
        Contract { id: "erp".into(), version: 1, title: "ERP".into(), operations }
    }

    fn post() -> Operation {
        Operation::new("post", "Post").task_type("erp-post").error("CLOSED", "It is closed").input(json!({
            "type": "object", "required": ["client"], "properties": {"client": {}, "note": {}},
        }))
    }

    #[test]
    fn what_processes_would_miss_is_named() {
        let old = contract(vec![post()]);
        let against = |new: Vec<Operation>| incompatibility(&old, &contract(new)).unwrap_or_default();
        assert_eq!(against(vec![post(), Operation::new("more", "More")]), "");
        assert_eq!(against(vec![Operation::new("other", "Other")]), "the operation `post` is gone");
        let stricter = post().input(json!({"required": ["client", "note"]}));
        assert_eq!(against(vec![stricter]), "`post`: the parameter `note` became mandatory");
        let renamed = Operation { task_types: vec![], ..post() };
        assert!(against(vec![renamed]).contains("the task type `erp-post` is gone"));
        assert!(against(vec![post().error("NEW", "New")]).contains("`NEW`"));
    }
}
