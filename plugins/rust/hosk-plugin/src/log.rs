//! Lines for the operator, in the host's log with the plugin's id. The connection's secrets are blotted out.

pub use crate::host::Level;

/// Writes one line.
pub fn write(level: Level, message: impl AsRef<str>) {
    crate::host::current().log(level, message.as_ref());
}

/// Every step.
pub fn trace(message: impl AsRef<str>) {
    write(Level::Trace, message);
}

/// For the author.
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message);
}

/// For the operator.
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message);
}

/// Something is not as it should be.
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message);
}

/// Something went wrong.
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message);
}
