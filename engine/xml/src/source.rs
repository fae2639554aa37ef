//! The uploaded bytes as text: encoding found as XML 1.0 appendix F says, and positions by line and column.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

use crate::limits::CHECKPOINT_BYTES;

/// A place in the uploaded file; line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A decoded file.
#[derive(Debug)]
pub struct Source {
    /// The text without byte order mark.
    pub text: String,
    /// The position of the first character at or after every multiple of [`CHECKPOINT_BYTES`], with its offset.
    checkpoints: Vec<(usize, Position)>,
}

/// Why bytes are no text.
#[derive(Debug)]
pub struct DecodeError {
    /// What is wrong, as a sentence.
    pub message: String,
    /// Where.
    pub position: Position,
}

impl Source {
    /// A text, with its checkpoints.
    pub fn new(text: String) -> Self {
        let mut checkpoints = Vec::with_capacity(text.len() / CHECKPOINT_BYTES + 1);
        let mut position = START;
        let mut next = 0;
        for (offset, character) in text.char_indices() {
            if offset >= next {
                checkpoints.push((offset, position));
                next = offset - offset % CHECKPOINT_BYTES + CHECKPOINT_BYTES;
            }
            advance(&mut position, character);
        }
        if checkpoints.is_empty() {
            checkpoints.push((0, START));
        }
        Self { text, checkpoints }
    }

    /// Line and column of a byte offset; offsets past the end mean the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let after = self.checkpoints.partition_point(|(start, _)| *start <= offset);
        let (start, mut position) = self.checkpoints[after.saturating_sub(1)];
        for (at, character) in self.text[start..].char_indices() {
            if start + at >= offset {
                break;
            }
            advance(&mut position, character);
        }
        position
    }
}

const START: Position = Position { line: 1, column: 1 };

fn advance(position: &mut Position, character: char) {
    if character == '\n' {
        position.line += 1;
        position.column = 1;
    } else {
        position.column += 1;
    }
}

/// Decodes an XML file.
pub fn decode(bytes: &[u8]) -> Result<Source, DecodeError> {
    let (encoding, skip) = encoding_of(bytes)?;
    let body = &bytes[skip..];
    if encoding == UTF_8 {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(Source::new(text.to_owned())),
            Err(error) => Err(not_utf8(body, error.valid_up_to())),
        };
    }
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) else {
        return Err(DecodeError {
            message: format!("The file contains bytes that are not {}.", encoding.name()),
            position: START,
        });
    };
    Ok(Source::new(text.into_owned()))
}

/// Decodes for showing to people: what cannot be decoded becomes a replacement character.
pub(crate) fn decode_lossy(bytes: &[u8]) -> String {
    match decode(bytes) {
        Ok(source) => source.text,
        Err(_) => String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned(),
    }
}

fn not_utf8(body: &[u8], valid_up_to: usize) -> DecodeError {
    let valid = String::from_utf8_lossy(&body[..valid_up_to]).into_owned();
    let end = valid.len();
    DecodeError {
        message: "The file contains bytes that are not UTF-8.".to_owned(),
        position: Source::new(valid).position(end),
    }
}

/// The encoding and the number of bytes of the byte order mark.
fn encoding_of(bytes: &[u8]) -> Result<(&'static Encoding, usize), DecodeError> {
    match bytes {
        [0x00, 0x00, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0x00, 0x00, ..] => unknown("UTF-32"),
        [0xEF, 0xBB, 0xBF, ..] => Ok((UTF_8, 3)),
        [0xFE, 0xFF, ..] => Ok((UTF_16BE, 2)),
        [0xFF, 0xFE, ..] => Ok((UTF_16LE, 2)),
        [0x00, b'<', 0x00, ..] => Ok((UTF_16BE, 0)),
        [b'<', 0x00, _, 0x00, ..] => Ok((UTF_16LE, 0)),
        _ => declared(bytes).map(|encoding| (encoding, 0)),
    }
}

fn unknown<T>(label: &str) -> Result<T, DecodeError> {
    Err(DecodeError { message: format!("The encoding `{label}` is not supported."), position: START })
}

/// The encoding named by the XML declaration of an 8-bit file.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, DecodeError> {
    let head = &bytes[..bytes.len().min(256)];
    let Some(declaration) = head.strip_prefix(b"<?xml") else { return Ok(UTF_8) };
    let end = declaration.windows(2).position(|w| w == b"?>").unwrap_or(declaration.len());
    let declaration = String::from_utf8_lossy(&declaration[..end]);
    let Some((_, rest)) = declaration.split_once("encoding") else { return Ok(UTF_8) };
    let Some(rest) = rest.trim_start().strip_prefix('=').map(str::trim_start) else { return Ok(UTF_8) };
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Ok(UTF_8) };
    let label = rest[1..].split(quote).next().unwrap_or_default();
    match Encoding::for_label(label.as_bytes()) {
        // A file that starts with one byte per character is not UTF-16, whatever it says about itself.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => unknown(&label.chars().take(40).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn every_way_to_write_the_same_text() {
        let text = "<?xml version='1.0'?><a n='Հոսք'/>";
        let mut with_bom = vec![0xEF, 0xBB, 0xBF];
        with_bom.extend_from_slice(text.as_bytes());
        let big_with_mark = [vec![0xFE, 0xFF], utf16(text, u16::to_be_bytes)].concat();
        let little_with_mark = [vec![0xFF, 0xFE], utf16(text, u16::to_le_bytes)].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            with_bom,
            big_with_mark,
            little_with_mark,
            utf16(text, u16::to_be_bytes),
            utf16(text, u16::to_le_bytes),
        ] {
            assert_eq!(decode(&bytes).map(|s| s.text).map_err(|e| e.message), Ok(text.to_owned()));
        }
    }

    #[test]
    fn declared_encodings() {
        let latin = b"<?xml version=\"1.0\" encoding = 'ISO-8859-1'?><a n=\"\xE4\"/>";
        assert!(decode(latin).is_ok_and(|s| s.text.contains('ä')));
        let cyrillic = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><a n=\"\xCF\"/>";
        assert!(decode(cyrillic).is_ok_and(|s| s.text.contains('П')));
        let wrong_about_itself = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a n='é'/>";
        assert!(decode(wrong_about_itself.as_bytes()).is_ok_and(|s| s.text.contains('é')));
        let nonsense = b"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>";
        assert!(decode(nonsense).is_err_and(|e| e.message.contains("klingon")));
    }

    #[test]
    fn broken_bytes_have_a_position() {
        let error = decode(b"<a>\n  \xC3\xA4 \xFF</a>").map_err(|e| e.position);
        assert_eq!(error.err(), Some(Position { line: 2, column: 5 }));
        assert!(decode(&[0xFF, 0xFE, 0x00, 0xD8]).is_err(), "half a surrogate pair");
    }

    #[test]
    fn positions_count_characters_across_checkpoints() {
        let source = Source::new("äöü\n".repeat(400));
        for line in 0..400_u32 {
            let offset = line as usize * 7;
            assert_eq!(source.position(offset), Position { line: line + 1, column: 1 });
            assert_eq!(source.position(offset + 4), Position { line: line + 1, column: 3 });
        }
        assert_eq!(source.position(usize::MAX), Position { line: 401, column: 1 });
        assert_eq!(Source::new(String::new()).position(0), Position { line: 1, column: 1 });
    }
}
