//! What makers say about a document, checked.

use std::sync::Arc;

use hosk_core::Timestamp;

use crate::error::Error;

/// Longest id, in bytes.
const ID_MAX: usize = 256;
/// Longest media type, in bytes.
const MEDIA_TYPE_MAX: usize = 255;
/// Longest file name, in bytes: what file systems take.
const FILE_NAME_MAX: usize = 255;

/// What the maker of a document says about it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its id; absent: a new one.
    pub id: Option<Arc<str>>,
    /// Its media type; absent: any bytes.
    pub content_type: Option<String>,
    /// The name of the file; absent: the id.
    pub file_name: Option<String>,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// When it goes; absent: as the installation has it.
    pub expires: Option<Timestamp>,
    /// The process it belongs to.
    pub process_definition_id: Option<Arc<str>>,
    /// The instance it belongs to.
    pub process_instance_key: Option<u64>,
    /// What else is said, a JSON object.
    pub properties: Option<Arc<str>>,
    /// Who makes it.
    pub by: Option<Arc<str>>,
}

/// Refuses ids that would be something else in an address: letters, digits, `-`, `_` and `.` make one, and it begins
/// with a letter or digit.
pub fn check_id(id: &str) -> Result<(), Error> {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if id.len() <= ID_MAX
        && id.bytes().all(fit)
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
    {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the id of a document has at most {ID_MAX} letters, digits, `-`, `_` and `.` and begins with a letter or digit, \
         which `{}` does not",
        id.chars().take(ID_MAX).collect::<String>().escape_debug()
    )))
}

/// Refuses what is no media type: it is going to be a header.
pub fn check_media_type(text: &str) -> Result<(), Error> {
    let token = |part: &str| {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !part.is_empty() && part.bytes().all(fit)
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let sound = essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if sound && printable && text.len() <= MEDIA_TYPE_MAX {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the content type is like `application/pdf`, with at most {MEDIA_TYPE_MAX} letters, which `{}` is not",
        text.chars().take(MEDIA_TYPE_MAX).collect::<String>().escape_debug()
    )))
}

/// A name that is one wherever the file may go: no folders, nothing that is not shown, no trailing dots and blanks.
/// `None` when nothing remains.
pub fn sanitized(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = name.chars().filter(|letter| !letter.is_control() && !is_invisible(*letter));
    let mut name: String =
        shown.map(|letter| if r#"<>:"|?*"#.contains(letter) { '_' } else { letter }).collect();
    if name.len() > FILE_NAME_MAX {
        name = shortened(&name);
    }
    let name = name.trim().trim_end_matches(['.', ' ']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The beginning of a name and its ending, together not too long.
fn shortened(name: &str) -> String {
    let (stem, ending) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    };
    let mut end = FILE_NAME_MAX - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", &stem[..end])
}

/// Letters that change how others are shown, or are not there: a name must not look like another.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_only_names() {
        for (given, name) in [
            ("invoice.pdf", Some("invoice.pdf")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\Users\anna\offer.docx", Some("offer.docx")),
            ("a\r\nSet-Cookie: x=1.txt", Some("aSet-Cookie_ x=1.txt")),
            ("photo\u{202e}gpj.exe", Some("photogpj.exe")),
            ("Հաշիվ № 5.pdf", Some("Հաշիվ № 5.pdf")),
            ("what?.txt. . ", Some("what_.txt")),
            ("..", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(sanitized(given).as_deref(), name, "{given:?}");
        }
        let long = sanitized(&format!("{}.pdf", "ա".repeat(300))).unwrap();
        assert!(long.len() <= FILE_NAME_MAX && long.ends_with("ա.pdf"), "{long}");
    }

    #[test]
    fn ids_and_media_types_are_checked() {
        assert!(check_id("0f8fad5b-d9cb-469f-a165-70867728950e").is_ok());
        for id in ["", "..", "a/b", "a b", "ա", ".hidden", &"x".repeat(257)] {
            assert!(matches!(check_id(id), Err(Error::Invalid(_))), "{id:?}");
        }
        for text in ["application/pdf", "text/plain; charset=utf-8", "application/vnd.a+json"] {
            assert!(check_media_type(text).is_ok(), "{text}");
        }
        for text in ["", "pdf", "text/", "/plain", "text/plain\r\nx: y", "te xt/plain", "text/plain; a=ա"] {
            assert!(matches!(check_media_type(text), Err(Error::Invalid(_))), "{text:?}");
        }
    }
}
