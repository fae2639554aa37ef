//! Words of the API for what is stored as numbers: each number has a name, some go by another, and some words stand for no
//! number, because no row here is ever so. Rows are found by the word, and ordered by it.

use super::field::{Cell, Field};
use super::test::like;

/// The words for the numbers of a field.
#[derive(Debug)]
pub struct Codes {
    /// What each number is called, from 0.
    pub names: &'static [&'static str],
    /// Words for none of the numbers or for some, instead of their names.
    pub others: &'static [(&'static str, &'static [i64])],
}

impl Codes {
    /// The numbers that a word in any case stands for; `None` when it is no word.
    pub(crate) fn of(&self, word: &str) -> Option<Vec<i64>> {
        if let Some((_, codes)) = self.others.iter().find(|(other, _)| other.eq_ignore_ascii_case(word)) {
            return Some(codes.to_vec());
        }
        let place = self.names.iter().position(|name| name.eq_ignore_ascii_case(word));
        place.map(|code| vec![code as i64])
    }

    /// The numbers that stand behind the words of a pattern.
    pub(crate) fn like(&self, pattern: &str) -> Vec<i64> {
        let words = self.names.iter().chain(self.others.iter().map(|(word, _)| word));
        let matching = words.filter(|word| like(pattern, word));
        let mut codes: Vec<i64> = matching.filter_map(|word| self.of(word)).flatten().collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The word that a number goes by.
    fn word(&self, code: usize) -> &'static str {
        let other = self.others.iter().find(|(_, codes)| codes.contains(&(code as i64)));
        other.map_or(self.names[code], |(word, _)| word)
    }

    /// The place of each number in the order of the words; `None` when the numbers have that order.
    pub(crate) fn ranks(&self) -> Option<Vec<i64>> {
        let words: Vec<&str> = (0..self.names.len()).map(|code| self.word(code)).collect();
        if words.is_sorted_by(|one, next| one < next) {
            return None;
        }
        let mut ordered = words.clone();
        ordered.sort_unstable();
        ordered.dedup();
        Some(words.iter().map(|word| ordered.partition_point(|other| other < word) as i64).collect())
    }
}

/// What a field's value is ordered by.
pub(crate) fn ranked<F: Field>(field: F, cell: Cell) -> Cell {
    let (Cell::Int(code), Some(ranks)) = (&cell, field.codes().and_then(Codes::ranks)) else { return cell };
    let rank = usize::try_from(*code).ok().and_then(|code| ranks.get(code).copied());
    rank.map_or(cell, Cell::Int)
}

#[cfg(test)]
mod tests {
    use super::super::{ElementInstanceState, ElementType, IncidentType};
    use super::*;
    use crate::read::Column;

    fn codes<T: Column>() -> &'static Codes {
        T::CODES.unwrap()
    }

    #[test]
    fn a_word_stands_for_what_is_answered_by_it() {
        let incidents = codes::<IncidentType>();
        let unknown = vec![IncidentType::LimitExceeded as i64, IncidentType::Quarantined as i64];
        assert_eq!(incidents.of("unknown"), Some(unknown));
        assert_eq!(incidents.of("RESOURCE_NOT_FOUND"), Some(Vec::new()));
        assert_eq!(incidents.of("LIMIT_EXCEEDED"), Some(vec![IncidentType::LimitExceeded as i64]));
        assert_eq!(incidents.of("WRONG"), None);
        let nested = vec![ElementType::SubProcess as i64, ElementType::Transaction as i64];
        assert_eq!(codes::<ElementType>().of("SUB_PROCESS"), Some(nested.clone()));
        assert_eq!(codes::<ElementType>().like("SUB*"), nested);
    }

    #[test]
    fn numbers_are_ordered_by_their_words() {
        assert_eq!(codes::<ElementInstanceState>().ranks(), None);
        let ranks = codes::<ElementType>().ranks().unwrap();
        assert_eq!(ranks[ElementType::AdHocSubProcess as usize], 0);
        assert_eq!(ranks[ElementType::SubProcess as usize], ranks[ElementType::Transaction as usize]);
        assert!(ranks[ElementType::BoundaryEvent as usize] < ranks[ElementType::BusinessRuleTask as usize]);
    }
}
