//! The list of uploads under way, which the library does not read.

use quick_xml::escape::unescape;
use quick_xml::events::Event;
use quick_xml::{Error, Reader};

/// The ids of the uploads to a key. Others may stand in the list: not every store looks at what was asked for.
pub(super) fn uploads_to(key: &str, xml: &str) -> Result<Vec<String>, Error> {
    let mut reader = Reader::from_str(xml);
    let (mut found, mut to, mut id) = (Vec::new(), None, None);
    loop {
        match reader.read_event()? {
            Event::Start(element) => {
                let field = match element.local_name().as_ref() {
                    "Key" => &mut to,
                    "UploadId" => &mut id,
                    _ => continue,
                };
                let text = reader.read_text(element.name())?;
                *field = Some(unescape(&text)?.into_owned());
            }
            Event::End(element) if element.local_name().as_ref() == "Upload" => {
                let (to, id) = (to.take(), id.take());
                found.extend(id.filter(|_| to.as_deref() == Some(key)));
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_uploads_to_the_key_are_found() {
        let upload =
            |key: &str, id: &str| format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId></Upload>");
        let xml = format!(
            "<?xml version=\"1.0\"?><ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Bucket>files</Bucket><KeyMarker/><UploadIdMarker/><NextUploadIdMarker>c</NextUploadIdMarker>{}{}{}\
             </ListMultipartUploadsResult>",
            upload("a&amp;b", "1&amp;2=="),
            upload("a&amp;bc", "3"),
            "<Upload><UploadId>4</UploadId><Key>a&amp;b</Key></Upload>",
        );
        assert_eq!(uploads_to("a&b", &xml).unwrap(), ["1&2==", "4"]);
        assert!(uploads_to("a", &xml).unwrap().is_empty());
        assert!(uploads_to("a", "<ListMultipartUploadsResult/>").unwrap().is_empty());
        assert!(uploads_to("a", "<a><Key>x</a>").is_err());
    }
}
