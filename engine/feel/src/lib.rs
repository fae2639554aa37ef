//! FEEL expressions: compiled once, evaluated lazily over JSON, bounded.
