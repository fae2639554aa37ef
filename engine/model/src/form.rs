//! form-js forms: enough is read to store them under their id and to refuse what no form viewer could show.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::definition::Position;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::{MAX_FILE_BYTES, MAX_ID_CHARACTERS};

/// A deployed form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledForm {
    /// What `formId` of a form definition refers to.
    pub id: Arc<str>,
    /// `schemaVersion` of form-js; 1 when absent.
    pub schema_version: u32,
    /// `versionTag`, for forms bound by it.
    pub version_tag: Option<Arc<str>>,
    /// `executionPlatform`, as the modeler wrote it.
    pub execution_platform: Option<Arc<str>>,
    /// `executionPlatformVersion`, as the modeler wrote it.
    pub execution_platform_version: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<'a> {
    id: Option<String>,
    schema_version: Option<u32>,
    version_tag: Option<String>,
    execution_platform: Option<String>,
    execution_platform_version: Option<String>,
    #[serde(rename = "type")]
    root_type: Option<String>,
    #[serde(borrow)]
    components: Option<Vec<&'a RawValue>>,
}

/// Reads a form-js JSON file; `name` is the file's, as findings mention it.
pub fn compile_form(bytes: &[u8], name: &str) -> Result<CompiledForm, Vec<Diagnostic>> {
    let start = Position { line: 1, column: 1 };
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("`{name}` has {} bytes; {MAX_FILE_BYTES} are allowed.", bytes.len());
        return Err(vec![refused(DiagnosticCode::FileTooLarge, start, message, "Make the form smaller.")]);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let form: Form<'_> = serde_json::from_slice(bytes).map_err(|error| {
        let position = Position { line: error.line().max(1) as u32, column: error.column().max(1) as u32 };
        let message = format!("`{name}` is no form: {error}.");
        vec![refused(DiagnosticCode::InvalidForm, position, message, "Save the form with a form editor.")]
    })?;
    let mut found = Vec::new();
    let mut invalid = |message: String, remedy: &str| {
        found.push(refused(DiagnosticCode::InvalidForm, start, message, remedy));
    };
    let id = form.id.unwrap_or_default();
    if id.trim().is_empty() {
        invalid(
            format!("The form `{name}` has no `id`."),
            "Give it an id; user tasks refer to it by `formId`.",
        );
    } else if id.chars().count() > MAX_ID_CHARACTERS {
        let message = format!("The id of the form `{name}` has more than {MAX_ID_CHARACTERS} characters.");
        invalid(message, "Choose a shorter id.");
    }
    if form.components.is_none() {
        invalid(format!("The form `{name}` has no `components`."), "Save the form with a form editor.");
    }
    if let Some(root) = form.root_type.filter(|t| t != "default") {
        let message = format!("The root of the form `{name}` is of type `{root}`, not `default`.");
        invalid(message, "Save the form with a form editor.");
    }
    if !found.is_empty() {
        return Err(found);
    }
    Ok(CompiledForm {
        id: id.trim().into(),
        schema_version: form.schema_version.unwrap_or(1),
        version_tag: form.version_tag.map(Arc::from),
        execution_platform: form.execution_platform.map(Arc::from),
        execution_platform_version: form.execution_platform_version.map(Arc::from),
    })
}

fn refused(code: DiagnosticCode, position: Position, message: String, remedy: &str) -> Diagnostic {
    let (severity, element_id, remedy) = (Severity::Error, None, remedy.to_owned());
    Diagnostic { code, severity, message, element_id, position, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_form_editor_saves() {
        let json = br#"{"components":[{"type":"textfield","key":"name"}],"type":"default","id":"ship-form",
            "executionPlatform":"Camunda Cloud","executionPlatformVersion":"8.8.0","schemaVersion":19,
            "exporter":{"name":"form-js"}}"#;
        let form = compile_form(json, "ship.form").unwrap();
        assert_eq!(&*form.id, "ship-form");
        assert_eq!(form.schema_version, 19);
        assert_eq!(form.execution_platform.as_deref(), Some("Camunda Cloud"));
    }

    #[test]
    fn everything_missing_is_said_at_once() {
        let found = compile_form(b"{\"type\":\"table\"}", "x.form").unwrap_err();
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|d| d.code == DiagnosticCode::InvalidForm && d.is_error()));
    }

    #[test]
    fn broken_json_has_its_place() {
        let found = compile_form(b"{\n  \"id\": \"a\",\n  oops\n}", "x.form").unwrap_err();
        assert_eq!((found[0].position.line, found[0].position.column), (3, 3));
        for bytes in [&b""[..], b"[]", b"\xFF\xFE", b"{\"id\":7,\"components\":[]}"] {
            assert!(compile_form(bytes, "x.form").is_err());
        }
    }
}
