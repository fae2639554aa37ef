//! FEEL expressions: compiled once, evaluated lazily over JSON, bounded.

mod json;

pub use json::Json;
