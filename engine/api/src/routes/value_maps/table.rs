//! Entries of value maps as CSV (RFC 4180), with what spreadsheets make of it: a byte order mark, `;` or tabs.
//!
//! A file is read as a whole or refused with line and column; nothing in it is guessed or left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord, WriterBuilder};
use hosk_runtime::VALUE_MAP_ENTRIES;
use hosk_store::MapEntry;

use super::VALUE_MAX;
use super::file::{SOURCE, TARGET};
use crate::problem::Problem;

/// The byte order mark in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What parts the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter(u8);

impl Delimiter {
    pub(super) const COMMA: Self = Self(b',');
    pub(super) const SEMICOLON: Self = Self(b';');
    pub(super) const TAB: Self = Self(b'\t');

    fn name(self) -> &'static str {
        match self {
            Self::COMMA => "a comma",
            Self::SEMICOLON => "a semicolon",
            _ => "a tab",
        }
    }
}

/// How the first line may call the columns, besides `source` and `target`.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) source: Arc<str>,
    pub(super) target: Arc<str>,
}

/// The entries in a file. With `columns` its first line names them, in any order.
pub(super) fn read(
    bytes: &[u8],
    delimiter: Option<Delimiter>,
    columns: Option<&Columns>,
) -> Result<Vec<MapEntry>, Problem> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let delimiter = match delimiter {
        Some(delimiter) => delimiter,
        None => found_out(bytes)?,
    };
    let (mut reader, mut record) = (reader(bytes, delimiter), StringRecord::new());
    // Where source and target stand.
    let mut places = (0, 1);
    if let Some(columns) = columns {
        if !next(&mut reader, &mut record)? {
            return Err(Problem::csv_refused("The file is empty: its first line must name the columns."));
        }
        two_columns(&record, delimiter)?;
        places = order(&record, columns)?;
    }
    let mut entries = Vec::new();
    let mut lines: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    while next(&mut reader, &mut record)? {
        two_columns(&record, delimiter)?;
        let line = line(&record);
        let source = value(&record, places.0, "source")?;
        let target = value(&record, places.1, "target")?;
        if let Some(before) = lines.insert(Arc::clone(&source), line) {
            return Err(refused(line, places.0, &format!("`{source}` stands in line {before} as well")));
        }
        entries.push((source, target));
        if entries.len() as u64 > VALUE_MAP_ENTRIES {
            return Err(Problem::value_map_limit(format!(
                "Line {line}: a value map may have {VALUE_MAP_ENTRIES} entries, and the file has more."
            )));
        }
    }
    check_quotes(text, &record)?;
    Ok(entries)
}

/// The first line of a file.
pub(super) fn header(delimiter: Delimiter, bom: bool) -> Bytes {
    let line = written(&[(SOURCE.into(), TARGET.into())], delimiter);
    if bom { [BOM, &line].concat().into() } else { line }
}

/// Lines of a file.
pub(super) fn written(entries: &[MapEntry], delimiter: Delimiter) -> Bytes {
    let mut writer = WriterBuilder::new().delimiter(delimiter.0).from_writer(Vec::new());
    for (source, target) in entries {
        // Writing to memory cannot fail.
        let _ = writer.write_record([&**source, &**target]);
    }
    writer.into_inner().unwrap_or_default().into()
}

fn reader(bytes: &[u8], delimiter: Delimiter) -> Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter.0).from_reader(bytes)
}

/// Reads the next line; `false` behind the last one, whose record stays.
fn next(reader: &mut Reader<&[u8]>, record: &mut StringRecord) -> Result<bool, Problem> {
    let mut read = StringRecord::new();
    let more = reader
        .read_record(&mut read)
        .map_err(|error| Problem::csv_refused(format!("The file cannot be read: {error}.")))?;
    if more {
        *record = read;
    }
    Ok(more)
}

fn line(record: &StringRecord) -> u64 {
    record.position().map_or(1, csv::Position::line)
}

fn refused(line: u64, place: usize, what: &str) -> Problem {
    Problem::csv_refused(format!("Line {line}, column {}: {what}.", place + 1))
}

fn not_utf8(bytes: &[u8], at: usize) -> Problem {
    let before = &bytes[..at];
    let lines: Vec<&[u8]> = before.split(|byte| *byte == b'\n').collect();
    let (line, column) = (lines.len(), lines.last().map_or(0, |line| line.len()) + 1);
    Problem::csv_refused(format!("Line {line}, byte {column}: this is not UTF-8. Save the file as UTF-8."))
}

/// The delimiter that makes two columns of the first line.
fn found_out(bytes: &[u8]) -> Result<Delimiter, Problem> {
    let fields = |delimiter: &Delimiter| {
        let mut record = ByteRecord::new();
        // What cannot be read has no columns; nothing is read from anywhere that could fail.
        reader(bytes, *delimiter).read_byte_record(&mut record).map_or(0, |_| record.len())
    };
    let all = [Delimiter::COMMA, Delimiter::SEMICOLON, Delimiter::TAB];
    let fit: Vec<_> = all.into_iter().filter(|delimiter| fields(delimiter) == 2).collect();
    match *fit {
        [one] => Ok(one),
        // The columns are counted, and refused, by whoever reads the lines.
        [] => Ok(Delimiter::COMMA),
        _ => Err(Problem::csv_refused(
            "Line 1: more than one delimiter makes two columns of it; say which is meant with `delimiter`.",
        )),
    }
}

fn two_columns(record: &StringRecord, delimiter: Delimiter) -> Result<(), Problem> {
    let (line, count) = (line(record), record.len());
    match count {
        2 => Ok(()),
        0 | 1 => {
            let what = format!("a second column is missing ({} parts them)", delimiter.name());
            Err(refused(line, count.max(1), &what))
        }
        _ => Err(refused(line, 2, &format!("there are {count} columns, but two are expected"))),
    }
}

/// Where source and target stand, by the first line.
fn order(record: &StringRecord, columns: &Columns) -> Result<(usize, usize), Problem> {
    let is = |place: usize, word: &str, name: &str| {
        let given = record.get(place).unwrap_or_default().trim().to_lowercase();
        given == word || given == name.trim().to_lowercase()
    };
    let source = |place| is(place, SOURCE, &columns.source);
    let target = |place| is(place, TARGET, &columns.target);
    if source(0) && target(1) {
        return Ok((0, 1));
    }
    if target(0) && source(1) {
        return Ok((1, 0));
    }
    let place = usize::from(source(0) || target(0));
    let given = record.get(place).unwrap_or_default();
    Err(refused(
        line(record),
        place,
        &format!(
            "the first line must name the columns `{}` (or `{SOURCE}`) and `{}` (or `{TARGET}`), but has `{given}`; with \
             `header=false` it is an entry",
            columns.source, columns.target
        ),
    ))
}

fn value(record: &StringRecord, place: usize, what: &str) -> Result<Arc<str>, Problem> {
    let text = record.get(place).unwrap_or_default();
    let refused = |problem: &str| refused(line(record), place, &format!("the {what} {problem}"));
    if text.is_empty() {
        return Err(refused("is empty"));
    }
    let length = text.chars().count();
    if length > VALUE_MAX {
        return Err(refused(&format!("may have {VALUE_MAX} characters, but has {length}")));
    }
    if text.contains('\0') {
        return Err(refused("contains the character NUL"));
    }
    Ok(text.into())
}

/// A quote that is not closed takes in all lines behind it, which is not what was meant.
fn check_quotes(text: &str, last: &StringRecord) -> Result<(), Problem> {
    let odd = text.matches('"').count() % 2 == 1;
    if odd && last.iter().any(|field| field.contains('\n')) {
        return Err(refused(line(last), 0, "a quote is opened here and not closed"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn columns() -> Columns {
        Columns { source: "CRM job title".into(), target: "ERP position".into() }
    }

    fn taken(text: &[u8]) -> Vec<(String, String)> {
        let entries = read(text, None, Some(&columns())).unwrap();
        entries.into_iter().map(|(source, target)| (source.to_string(), target.to_string())).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(source, target)| ((*source).to_owned(), (*target).to_owned())).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected = pairs(&[("Boss", "Director"), ("Chief, deputy", "Say \"Head\"")]);
        for text in [
            "source,target\nBoss,Director\n\"Chief, deputy\",\"Say \"\"Head\"\"\"\n",
            "\u{feff}Source;Target\r\nBoss;Director\r\nChief, deputy;\"Say \"\"Head\"\"\"",
            "crm job title\tERP Position\nBoss\tDirector\n\nChief, deputy\t\"Say \"\"Head\"\"\"\n",
            "ERP position;CRM job title\nDirector;Boss\n\"Say \"\"Head\"\"\";Chief, deputy\n",
        ] {
            assert_eq!(taken(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(taken(b"source,target\n"), []);
        assert_eq!(taken("source,target\n5\" pipe,Տնօրեն\n".as_bytes()), pairs(&[("5\" pipe", "Տնօրեն")]));
        let plain = read(b"a;b\nc;d", None, None).unwrap();
        assert_eq!(plain.len(), 2);
        let said = read(b"a,b;c", Some(Delimiter::SEMICOLON), None).unwrap();
        assert_eq!(said, [("a,b".into(), "c".into())]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_line_and_column() {
        let long = format!("source,target\nBoss,{}", "x".repeat(257));
        for (text, place) in [
            (&b""[..], "The file is empty"),
            (b"source,target\nBoss\n", "Line 2, column 2: a second column is missing"),
            (b"source\nBoss\n", "Line 1, column 2: a second column is missing"),
            (b"source,target\nBoss,Director,x\n", "Line 2, column 3: there are 3 columns"),
            (b"from,target\n", "Line 1, column 1: the first line must name"),
            (b"source,to\n", "Line 1, column 2: the first line must name"),
            (b"source,target\n\"a\nb\",x\n,y\n", "Line 4, column 1: the source is empty"),
            (b"source,target\nBoss,\n", "Line 2, column 2: the target is empty"),
            (b"target,source\nDirector,Boss\nHead,Boss\n", "Line 3, column 2: `Boss` stands in line 2"),
            (b"source,target\nBoss,a\0b\n", "Line 2, column 2: the target contains the character NUL"),
            (long.as_bytes(), "Line 2, column 2: the target may have 256 characters, but has 257"),
            (b"source,target\nBoss,Dir\xe9ctor\n", "Line 2, byte 9: this is not UTF-8"),
            (b"source,target\nBoss,\"Director\nChief,Head\n", "Line 2, column 1: a quote is opened"),
            (b"source,target;x\n", "Line 1: more than one delimiter"),
        ] {
            let problem = read(text, None, Some(&columns())).unwrap_err();
            let (code, detail) = (problem.code().to_owned(), problem.detail());
            assert!(detail.starts_with(place), "{detail}");
            assert_eq!(code, "csv-refused");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let entries: Vec<MapEntry> = vec![
            ("a;b".into(), "c\"d".into()),
            ("e\nf".into(), "g\th,i".into()),
            (" x ".into(), "=1".into()),
        ];
        for delimiter in [Delimiter::COMMA, Delimiter::SEMICOLON, Delimiter::TAB] {
            for bom in [false, true] {
                let file = [header(delimiter, bom), written(&entries, delimiter)].concat();
                assert_eq!(read(&file, Some(delimiter), Some(&columns())).unwrap(), entries);
            }
        }
    }

    #[test]
    fn no_more_are_taken_than_there_may_be() {
        let mut text = "source,target\n".to_owned();
        for number in 0..=VALUE_MAP_ENTRIES {
            _ = writeln!(text, "{number},x");
        }
        let problem = read(text.as_bytes(), None, Some(&columns())).unwrap_err();
        assert_eq!(problem.code(), "value-map-limit");
    }
}
