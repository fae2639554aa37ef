//! A text with its place in the source: references and line ends change its length, so places are kept per segment.

/// An attribute value or element text after references were resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    value: String,
    /// Ascending pairs (offset in `value`, offset in the source): from there on both advance together.
    segments: Vec<(u32, u32)>,
}

/// A reference or character that XML does not allow.
#[derive(Debug, PartialEq, Eq)]
pub struct BadText {
    /// Byte offset in the source.
    pub offset: usize,
    /// What is wrong, as a sentence.
    pub message: String,
    /// Whether it is a reference to an entity that only a document type could declare.
    pub is_entity: bool,
}

impl Located {
    /// The text.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The byte offset in the source of a byte offset in the value.
    pub fn source_offset(&self, offset: usize) -> usize {
        let after = self.segments.partition_point(|(start, _)| *start as usize <= offset);
        match self.segments.get(after.saturating_sub(1)) {
            Some((start, source)) => *source as usize + offset.saturating_sub(*start as usize),
            None => 0,
        }
    }

    /// An attribute value: references resolved, white space normalised (XML 1.0, 3.3.3).
    pub fn attribute(raw: &str, base: usize) -> Result<Self, BadText> {
        let mut text = Self::default();
        let mut rest = raw;
        let mut at = base;
        while let Some(stop) = rest.find(['&', '<', '\r', '\n', '\t']) {
            text.push(&rest[..stop], at);
            let (length, replacement) = match rest.as_bytes()[stop] {
                b'&' => reference(&rest[stop..], at + stop)?,
                b'<' => return Err(bad(at + stop, "An attribute value contains `<`; write `&lt;`.")),
                b'\r' if rest[stop..].starts_with("\r\n") => (2, ' '),
                _ => (1, ' '),
            };
            text.push_char(replacement, at + stop);
            at += stop + length;
            rest = &rest[stop + length..];
        }
        text.push(rest, at);
        if text.segments.is_empty() {
            text.segments.push((0, base as u32));
        }
        Ok(text)
    }

    /// Appends character data (without references): line ends normalised (XML 1.0, 2.11).
    pub(crate) fn push_lines(&mut self, raw: &str, base: usize) {
        let mut at = base;
        let mut rest = raw;
        while let Some(stop) = rest.find('\r') {
            self.push(&rest[..stop], at);
            let length = if rest[stop..].starts_with("\r\n") { 2 } else { 1 };
            self.push_char('\n', at + stop);
            at += stop + length;
            rest = &rest[stop + length..];
        }
        self.push(rest, at);
    }

    /// Appends what a reference such as `&lt;` or `&#10;` means; `raw` starts at its `&`.
    pub(crate) fn push_reference(&mut self, raw: &str, base: usize) -> Result<(), BadText> {
        let (_, character) = reference(raw, base)?;
        self.push_char(character, base);
        Ok(())
    }

    /// Forgets a text that is only white space.
    pub(crate) fn drop_blank(&mut self) {
        if self.value.trim().is_empty() {
            *self = Self::default();
        }
    }

    fn push(&mut self, text: &str, source: usize) {
        if !text.is_empty() {
            self.segments.push((self.value.len() as u32, source as u32));
            self.value.push_str(text);
        }
    }

    fn push_char(&mut self, character: char, source: usize) {
        self.segments.push((self.value.len() as u32, source as u32));
        self.value.push(character);
    }
}

fn bad(offset: usize, message: &str) -> BadText {
    BadText { offset, message: message.to_owned(), is_entity: false }
}

/// The length of the reference at the start of `raw`, and the character it stands for.
fn reference(raw: &str, offset: usize) -> Result<(usize, char), BadText> {
    let Some(end) = raw.find(';') else {
        return Err(bad(offset, "A `&` starts a reference that does not end with `;`."));
    };
    let name = &raw[1..end];
    let predefined = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    };
    let character = match (predefined, name.strip_prefix('#')) {
        (Some(character), _) => character,
        (None, Some(number)) => numeric(number)
            .ok_or_else(|| bad(offset, "A character reference names no character that XML allows."))?,
        (None, None) => {
            let shown: String = name.chars().take(40).collect();
            let message = format!("`&{shown};` refers to an entity that is not one of XML's five.");
            return Err(BadText { offset, message, is_entity: true });
        }
    };
    Ok((end + 1, character))
}

fn numeric(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.starts_with('+') {
        return None;
    }
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| is_xml_char(*c))
}

/// XML 1.0 production 2.
pub(crate) fn is_xml_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_references_and_line_ends() {
        let raw = "a &lt; b\r\n&amp;&#x41;c";
        let text = Located::attribute(raw, 100).map_err(|e| e.message);
        let text = text.unwrap_or_default();
        assert_eq!(text.value(), "a < b &Ac");
        let place = |c: char| text.source_offset(text.value().find(c).unwrap_or(0)) - 100;
        assert_eq!(place('<'), 2);
        assert_eq!(place('b'), 7);
        assert_eq!(place('&'), 10);
        assert_eq!(place('A'), 15);
        assert_eq!(place('c'), 21);
        assert_eq!(text.source_offset(text.value().len()), 100 + raw.len());
    }

    #[test]
    fn bad_references_are_named() {
        for (raw, what) in [
            ("&nbsp;", "entity"),
            ("x & y", "does not end"),
            ("&#0;", "character reference"),
            ("&#xD800;", "character reference"),
            ("&#+65;", "character reference"),
            ("a < b", "`<`"),
        ] {
            let error = Located::attribute(raw, 0).err().map(|e| e.message).unwrap_or_default();
            assert!(error.contains(what), "{raw}: {error}");
        }
    }

    #[test]
    fn empty_values_still_have_a_place() {
        assert_eq!(Located::attribute("", 42).map(|t| t.source_offset(0)), Ok(42));
    }
}
