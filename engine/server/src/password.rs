//! Reading a password: from the terminal without echo, else the first line of standard input.

use std::io::{self, BufRead, IsTerminal};

/// Reads a password; the prompt is shown on a terminal only.
///
/// # Errors
/// When neither a terminal nor a line of input is there.
pub(crate) fn read(prompt: &str) -> io::Result<String> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no password was given: pass it on standard input or in HOSK_PASSWORD",
        ));
    }
    Ok(password.to_owned())
}
