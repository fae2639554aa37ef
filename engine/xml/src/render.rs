//! Diagnostics as a compiler shows them: the place, the line with a caret under it, the remedy.

use std::fmt::Write;

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::MAX_RENDERED_LINE;
use crate::source::decode_lossy;

/// How it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With the colours of a terminal (ECMA-48).
    Coloured,
}

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const BLUE: &str = "\u{1b}[1;34m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

impl Style {
    fn paint(self, colour: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("{colour}{text}{RESET}"),
        }
    }
}

/// Renders the diagnostics of a file without colours; see [`render_with`].
pub fn render(diagnostics: &[Diagnostic], resource_name: &str, bytes: &[u8]) -> String {
    render_with(diagnostics, resource_name, bytes, Style::Plain)
}

/// Renders the diagnostics of a file for a terminal, with a summary line; empty when there are none.
///
/// `bytes` is the file as it was compiled; each diagnostic is
/// `error[code]: sentence`, `--> name:line:column`, the source line, and the remedy.
pub fn render_with(diagnostics: &[Diagnostic], resource_name: &str, bytes: &[u8], style: Style) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let text = decode_lossy(bytes);
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    let mut out = String::new();
    for diagnostic in diagnostics {
        one(&mut out, diagnostic, resource_name, &lines, style);
    }
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let _ = writeln!(out, "{resource_name}: {}, {}", count(errors, "error"), count(warnings, "warning"));
    out
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn one(out: &mut String, diagnostic: &Diagnostic, resource_name: &str, lines: &[&str], style: Style) {
    let colour = if diagnostic.is_error() { RED } else { YELLOW };
    let head = style.paint(colour, &format!("{}[{}]", diagnostic.severity, diagnostic.code));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{head}: {}", style.paint(BOLD, &diagnostic.message));
    let position = diagnostic.position;
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    let bar = style.paint(BLUE, "|");
    let _ = writeln!(out, "{margin}{} {resource_name}:{position}", style.paint(BLUE, "-->"));
    if let Some(line) = lines.get(position.line.saturating_sub(1) as usize).filter(|l| !l.trim().is_empty()) {
        let (shown, caret) = window(line, position.column.saturating_sub(1) as usize);
        let _ = writeln!(out, "{margin} {bar}");
        let _ = writeln!(out, "{} {bar} {shown}", style.paint(BLUE, &number));
        let _ = writeln!(out, "{margin} {bar} {}{}", " ".repeat(caret), style.paint(colour, "^"));
    }
    let _ = writeln!(out, "{margin} {} help: {}", style.paint(BLUE, "="), diagnostic.remedy);
    out.push('\n');
}

/// The part of a line that shows the column, without tabs and control characters, and where the column is in it.
fn window(line: &str, column: usize) -> (String, usize) {
    let start = if column >= MAX_RENDERED_LINE { column - MAX_RENDERED_LINE / 2 } else { 0 };
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut shown = String::new();
    if start > 0 {
        shown.push('…');
    }
    shown.extend(line.chars().skip(start).take(MAX_RENDERED_LINE).map(clean));
    if line.chars().nth(start + MAX_RENDERED_LINE).is_some() {
        shown.push('…');
    }
    (shown.trim_end().to_owned(), column - start + usize::from(start > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic_code::DiagnosticCode;
    use crate::source::Position;

    fn at(line: u32, column: u32) -> Diagnostic {
        Diagnostic {
            code: DiagnosticCode::MissingAttribute,
            severity: Severity::Error,
            message: "The service task `ship` has no job type.".to_owned(),
            element_id: Some("ship".to_owned()),
            position: Position { line, column },
            remedy: "Set one.".to_owned(),
        }
    }

    #[test]
    fn shows_line_and_caret() {
        let rendered = render(&[at(2, 3)], "ship.bpmn", b"<a>\r\n\t <serviceTask/>\r\n</a>");
        let expected = "\
error[missing-attribute]: The service task `ship` has no job type.
 --> ship.bpmn:2:3
  |
2 |   <serviceTask/>
  |   ^
  = help: Set one.

ship.bpmn: 1 error, 0 warnings
";
        assert_eq!(rendered, expected);
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let (found, bytes) = ([at(2, 3)], b"<a>\n  <serviceTask/>\n</a>");
        let coloured = render_with(&found, "ship.bpmn", bytes, Style::Coloured);
        assert!(coloured.contains(RED));
        let plain =
            [RED, YELLOW, BLUE, BOLD, RESET].iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, render(&found, "ship.bpmn", bytes));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}HERE{}", "x".repeat(5_000), "y".repeat(5_000));
        let rendered = render(&[at(1, 5_001)], "long.bpmn", line.as_bytes());
        let lines: Vec<&str> = rendered.lines().collect();
        assert!(lines[3].chars().count() < 200);
        let caret = lines[4].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[3].chars().nth(caret), Some('H'));
    }

    #[test]
    fn places_outside_the_file_are_harmless() {
        assert!(render(&[at(99, 99)], "x", b"").contains("= help: Set one."));
        assert_eq!(render(&[], "x", b"abc"), "");
    }
}
