//! What is wrong with a model, said to the person who designs it: a code, a sentence, the place, the remedy.

use std::fmt;

use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MAX_DIAGNOSTICS;
use crate::source::Position;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The model is refused.
    Error,
    /// The model is accepted; what it does may surprise.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding about an uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code; each has a page `docs/problems/<code>.md`.
    pub code: DiagnosticCode,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, as a sentence.
    pub message: String,
    /// The `id` of the element it is about, where there is one.
    pub element_id: Option<String>,
    /// Where in the file; 1:1 for the file as a whole.
    pub position: Position,
    /// What to do, as a sentence.
    pub remedy: String,
}

impl Diagnostic {
    /// An error about a file as a whole.
    pub fn of_file(
        code: DiagnosticCode,
        message: String,
        position: Position,
        remedy: impl Into<String>,
    ) -> Self {
        let (severity, element_id, remedy) = (Severity::Error, None, remedy.into());
        Self { code, severity, message, element_id, position, remedy }
    }

    /// Whether the model is refused because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}[{}]: {} {}", self.position, self.severity, self.code, self.message, self.remedy)
    }
}

/// Sorts by place and cuts at [`MAX_DIAGNOSTICS`], errors before warnings when something must go.
pub fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if diagnostics.len() > MAX_DIAGNOSTICS {
        diagnostics.sort_by_key(|d| (d.severity, d.position));
        let left_out = diagnostics.len() - MAX_DIAGNOSTICS + 1;
        diagnostics.truncate(MAX_DIAGNOSTICS - 1);
        let position = diagnostics.iter().map(|d| d.position).max().unwrap_or_default();
        diagnostics.push(Diagnostic {
            code: DiagnosticCode::TooManyProblems,
            severity: Severity::Warning,
            message: format!("{left_out} more problems of this file are not shown."),
            element_id: None,
            position,
            remedy: "Correct those shown and check again.".to_owned(),
        });
    }
    diagnostics.sort_by_key(|d| (d.position, d.severity, d.code));
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(line: u32, severity: Severity) -> Diagnostic {
        Diagnostic {
            code: DiagnosticCode::MissingId,
            severity,
            message: "The task has no id.".to_owned(),
            element_id: None,
            position: Position { line, column: 3 },
            remedy: "Give it one.".to_owned(),
        }
    }

    #[test]
    fn display_names_place_code_and_remedy() {
        assert_eq!(
            diagnostic(7, Severity::Error).to_string(),
            "7:3 error[missing-id]: The task has no id. Give it one."
        );
    }

    #[test]
    fn errors_survive_the_cut() {
        let mut many: Vec<_> = (1..=600).map(|line| diagnostic(line, Severity::Warning)).collect();
        many.push(diagnostic(9_000, Severity::Error));
        let kept = in_order(many);
        assert_eq!(kept.len(), MAX_DIAGNOSTICS);
        assert!(kept.iter().any(|d| d.is_error() && d.position.line == 9_000));
        let last = kept.iter().find(|d| d.code == DiagnosticCode::TooManyProblems);
        assert_eq!(last.map(|d| d.message.as_str()), Some("102 more problems of this file are not shown."));
    }
}
