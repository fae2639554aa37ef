//! A condition made fit for a field's kind: scalars become cells, names of codes become their numbers. Both the SQL
//! builder and the evaluator in memory start from here, so that they mean the same.

use std::sync::Arc;

use super::field::{Cell, Field, Kind};
use super::search::{Condition, FILTER_DEPTH, FILTER_TERMS, Filter, Related, Scalar};
use super::words::Codes;
use crate::Error;

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field's cell must satisfy.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Exists(bool),
    /// One of these; never true for an absent cell.
    In(Vec<Cell>),
    /// None of these; true for an absent cell.
    NotIn(Vec<Cell>),
    Like(Arc<str>),
    Compare(Comparison, Cell),
}

impl Test {
    /// The condition for a field.
    pub(crate) fn of<F: Field>(field: F, condition: &Condition) -> Result<Self, Error> {
        let kind = field.kind();
        let cell = |scalar: &Scalar| cell(field, kind, scalar);
        let cells = |scalars: &[Scalar]| match field.codes() {
            Some(codes) => coded(field, codes, scalars),
            None => scalars.iter().map(cell).collect(),
        };
        let compare = |comparison, scalar: &Scalar| {
            if matches!(kind, Kind::Code(_) | Kind::Bool) {
                return Err(misfit(field, "cannot be compared by size"));
            }
            Ok(Self::Compare(comparison, cell(scalar)?))
        };
        match condition {
            _ if kind == Kind::Opaque => Err(misfit(field, "cannot be searched by")),
            Condition::Exists(exists) => Ok(Self::Exists(*exists)),
            Condition::Eq(scalar) => Ok(Self::In(cells(std::slice::from_ref(scalar))?)),
            Condition::Neq(scalar) => Ok(Self::NotIn(cells(std::slice::from_ref(scalar))?)),
            Condition::In(scalars) => Ok(Self::In(cells(scalars)?)),
            Condition::NotIn(scalars) => Ok(Self::NotIn(cells(scalars)?)),
            Condition::Like(pattern) => match (kind, field.codes()) {
                (Kind::Text | Kind::List, _) => Ok(Self::Like(pattern.clone())),
                (_, Some(codes)) => Ok(Self::In(codes.like(pattern).into_iter().map(Cell::Int).collect())),
                _ => Err(misfit(field, "is not a text")),
            },
            Condition::Gt(scalar) => compare(Comparison::Greater, scalar),
            Condition::Gte(scalar) => compare(Comparison::GreaterOrEqual, scalar),
            Condition::Lt(scalar) => compare(Comparison::Less, scalar),
            Condition::Lte(scalar) => compare(Comparison::LessOrEqual, scalar),
        }
    }

    /// Whether a cell satisfies it.
    pub(crate) fn holds(&self, cell: &Cell) -> bool {
        if let Cell::List(members) = cell {
            return self.holds_for(members);
        }
        match self {
            Self::Exists(exists) => (*cell != Cell::Null) == *exists,
            Self::In(cells) => cells.contains(cell),
            Self::NotIn(cells) => !cells.contains(cell),
            Self::Like(pattern) => matches!(cell, Cell::Text(text) if like(pattern, text)),
            Self::Compare(..) if *cell == Cell::Null => false,
            Self::Compare(Comparison::Less, other) => cell < other,
            Self::Compare(Comparison::LessOrEqual, other) => cell <= other,
            Self::Compare(Comparison::Greater, other) => cell > other,
            Self::Compare(Comparison::GreaterOrEqual, other) => cell >= other,
        }
    }

    /// A list has something when it is not empty, is none of something when no member is.
    fn holds_for(&self, members: &[Arc<str>]) -> bool {
        match self {
            Self::Exists(exists) => members.is_empty() != *exists,
            Self::NotIn(cells) => !members.iter().any(|member| cells.contains(&Cell::Text(member.clone()))),
            _ => members.iter().any(|member| self.holds(&Cell::Text(member.clone()))),
        }
    }
}

fn misfit<F: Field>(field: F, what: &str) -> Error {
    Error::Invalid { what: format!("the field {field:?} {what}") }
}

fn cell<F: Field>(field: F, kind: Kind, scalar: &Scalar) -> Result<Cell, Error> {
    match (kind, scalar) {
        (Kind::Key, Scalar::Key(key)) => Ok(Cell::Int(*key as i64)),
        (Kind::Int | Kind::Key, Scalar::Int(number)) => Ok(Cell::Int(*number)),
        (Kind::Bool, Scalar::Bool(value)) => Ok(Cell::Int(i64::from(*value))),
        (Kind::Time, Scalar::Time(time)) => Ok(Cell::Int(time.0)),
        (Kind::Text | Kind::List, Scalar::Text(text)) => Ok(Cell::Text(text.clone())),
        _ => Err(Error::Invalid {
            what: format!("the field {field:?} is of kind {kind:?}, the value {scalar:?}"),
        }),
    }
}

/// The numbers of some words.
fn coded<F: Field>(field: F, codes: &Codes, words: &[Scalar]) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::with_capacity(words.len());
    for word in words {
        let found = if let Scalar::Text(text) = word { codes.of(text) } else { None };
        let unknown = || Error::Invalid {
            what: format!(
                "{word:?} is not a value of the field {field:?}: it is one of {}",
                codes.names.join(", ")
            ),
        };
        cells.extend(found.ok_or_else(unknown)?.into_iter().map(Cell::Int));
    }
    Ok(cells)
}

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Any characters.
    Any,
    /// One character.
    One,
    /// This character.
    Char(char),
}

/// The pieces of a pattern; a backslash takes the next character literally.
pub(crate) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Char(characters.next().unwrap_or('\\')),
            other => Piece::Char(other),
        });
    }
    pieces
}

/// Whether a text matches a pattern, in time proportional to the product of their lengths.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pieces, text) = (pieces(pattern), text.chars().collect::<Vec<_>>());
    let (mut piece, mut at) = (0, 0);
    // Where to go on when a match after the last `*` fails: that star takes one character more.
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        let fits = match pieces.get(piece) {
            Some(Piece::Any) => {
                retry = Some((piece + 1, at));
                piece += 1;
                continue;
            }
            Some(Piece::One) => true,
            Some(Piece::Char(character)) => *character == text[at],
            None => false,
        };
        if fits {
            (piece, at) = (piece + 1, at + 1);
        } else if let Some((after, from)) = retry {
            (piece, at) = (after, from + 1);
            retry = Some((after, from + 1));
        } else {
            return false;
        }
    }
    pieces[piece..].iter().all(|piece| *piece == Piece::Any)
}

/// Refuses filters that are too deep or too long.
pub(crate) fn check_size<F>(filter: &Filter<F>) -> Result<(), Error> {
    let mut terms = 0;
    measure(filter, 0, &mut terms)
}

fn measure<F>(filter: &Filter<F>, depth: usize, terms: &mut usize) -> Result<(), Error> {
    *terms += match filter {
        Filter::Is(_, Condition::In(values) | Condition::NotIn(values)) => values.len().max(1),
        _ => 1,
    };
    if depth > FILTER_DEPTH || *terms > FILTER_TERMS {
        let what =
            format!("a filter has more than {FILTER_TERMS} terms or is nested deeper than {FILTER_DEPTH}");
        return Err(Error::Invalid { what });
    }
    match filter {
        Filter::All(filters) | Filter::Any(filters) => {
            filters.iter().try_for_each(|filter| measure(filter, depth + 1, terms))
        }
        Filter::Is(..) => Ok(()),
        Filter::Has(related) => match related {
            Related::Variable(inner) | Related::LocalVariable(inner) => measure(inner, depth + 1, terms),
            Related::Element(inner) => measure(inner, depth + 1, terms),
            Related::Incident(inner) => measure(inner, depth + 1, terms),
            Related::Job(inner) => measure(inner, depth + 1, terms),
            Related::Instance(inner) => measure(inner, depth + 1, terms),
            Related::Waiting(inner) => measure(inner, depth + 1, terms),
            Related::BatchItem(inner) => measure(inner, depth + 1, terms),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*", "abc", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            (r"\\", r"\", true),
            ("*aab", "aaaaab", true),
            ("ä?", "äö", true),
            ("[a]", "[a]", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
