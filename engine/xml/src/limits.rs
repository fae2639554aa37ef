//! Every bound of this crate, in one place, with its unit. Reaching one is a diagnostic, never a crash.

/// Bytes of one uploaded model or form.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;
/// Levels of nested XML elements.
pub const MAX_DEPTH: usize = 256;
/// XML elements in one file, diagram interchange included.
pub const MAX_XML_ELEMENTS: usize = 200_000;
/// Attributes of one XML element, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 128;
/// Characters of an XML tag or attribute name; findings quote them.
pub const MAX_NAME_CHARACTERS: usize = 255;
/// Diagnostics reported for one file; the rest is counted, not shown.
pub const MAX_DIAGNOSTICS: usize = 500;
/// Characters of one sentence of a diagnostic.
pub const MAX_SENTENCE: usize = 600;
/// Characters of a model's text that a sentence quotes.
pub const MAX_QUOTED: usize = 80;
/// Bytes between two remembered places of a source text; looking a position up reads at most that many.
pub(crate) const CHECKPOINT_BYTES: usize = 512;
/// Characters of a source line that rendering shows.
pub(crate) const MAX_RENDERED_LINE: usize = 160;
