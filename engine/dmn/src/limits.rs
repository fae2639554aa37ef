//! Every bound of this crate, in one place, with its unit. Reaching one is a diagnostic. What an evaluation may use is
//! bounded by [`hosk_feel::Limits`] in its environment, for all decisions together.

/// Characters of an `id`; ids are keys in every table.
pub const MAX_ID_CHARACTERS: usize = 255;
/// Levels of boxed expressions inside one another, and of item definitions.
pub const MAX_NESTING: usize = 60;
/// Decisions, inputs, knowledge models and services of a model with its imports, one per way it is imported.
pub const MAX_ELEMENTS: usize = 20_000;
/// Imports inside one another on the way to an element.
pub const MAX_IMPORT_DEPTH: usize = 32;
/// Decisions whose order of evaluation is kept; longer ones are found anew.
pub(crate) const MAX_KEPT_ORDER: usize = 1_000;
/// Rules below which a decision table is scanned, not indexed.
pub(crate) const MIN_INDEXED_RULES: usize = 16;
/// Warnings kept per evaluation; those after it are dropped.
pub const MAX_WARNINGS: usize = 100;
/// Findings about one file that are collected before they are sorted and cut.
pub(crate) const MAX_COLLECTED: usize = 10_000;
/// Matched rules an evaluation reports per table; the rest counts for the output only.
pub const MAX_REPORTED_RULES: usize = 1_000;
