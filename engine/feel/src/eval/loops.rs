//! `for`, `some`, `every` (DMN 1.5, 10.3.2.14 and 10.3.2.15): nested loops over lists and ranges, in linear time.

use super::machine::{Evaluated, Machine, check_extent, describe};
use crate::compile::node::{Iterator, Loop, LoopKind};
use crate::number::Number;
use crate::value::{Bound, Extent, List, Range, Value};

/// What an iterator runs over.
enum Domain {
    Items(List),
    /// Numbers from `from` in steps of one, upwards or downwards.
    Numbers {
        from: i64,
        count: u64,
        down: bool,
    },
    Dates {
        from: jiff::civil::Date,
        count: u64,
        down: bool,
    },
}

impl Domain {
    fn len(&self) -> u64 {
        match self {
            Self::Items(list) => list.len() as u64,
            Self::Numbers { count, .. } | Self::Dates { count, .. } => *count,
        }
    }

    fn value(&self, index: u64) -> Value {
        match self {
            Self::Items(list) => list.items().get(index as usize).cloned().unwrap_or_default(),
            Self::Numbers { from, down, .. } => {
                let index = index as i64;
                Value::Number(Number::from(if *down { from - index } else { from + index }))
            }
            Self::Dates { from, down, .. } => {
                let days = jiff::Span::new().try_days(if *down { -(index as i64) } else { index as i64 });
                days.ok().and_then(|days| from.checked_add(days).ok()).map_or(Value::Null, Value::Date)
            }
        }
    }
}

/// What a loop has come to.
struct Progress {
    results: Vec<Value>,
    /// The extent of a list of the results.
    extent: Extent,
    /// For `some` and `every`: whether an item was undecided.
    undecided: bool,
    decided: bool,
}

impl Machine<'_> {
    pub(super) fn looped(&mut self, looped: &Loop) -> Evaluated {
        let mut progress =
            Progress { results: Vec::new(), extent: Extent::empty(), undecided: false, decided: false };
        if !self.iterate(looped, 0, &mut progress)? {
            return Ok(Value::Null);
        }
        Ok(match looped.kind {
            LoopKind::For => return self.list(progress.results),
            LoopKind::Some if progress.decided => Value::Boolean(true),
            LoopKind::Every if progress.decided => Value::Boolean(false),
            _ if progress.undecided => Value::Null,
            LoopKind::Some => Value::Boolean(false),
            LoopKind::Every => Value::Boolean(true),
        })
    }

    /// Runs the iterator at `index` and those inside it; false when there is nothing to iterate over.
    fn iterate(&mut self, looped: &Loop, index: usize, progress: &mut Progress) -> Evaluated<bool> {
        let Some(iterator) = looped.iterators.get(index) else {
            self.body(looped, progress)?;
            return Ok(true);
        };
        let Some(domain) = self.domain(iterator)? else { return Ok(false) };
        for position in 0..domain.len() {
            self.set(iterator.slot, domain.value(position));
            self.charge(1)?;
            let goes_on = self.deeper(|machine| machine.iterate(looped, index + 1, progress))?;
            if !goes_on {
                return Ok(false);
            }
            if progress.decided {
                break;
            }
        }
        Ok(true)
    }

    fn body(&mut self, looped: &Loop, progress: &mut Progress) -> Evaluated<()> {
        if looped.kind == LoopKind::For {
            if let Some(slot) = looped.partial {
                return self.body_with_partial(looped, slot, progress);
            }
            let result = self.run(&looped.body)?;
            progress.results.push(result);
            return self.check_collection(progress.results.len());
        }
        match self.run(&looped.body)? {
            Value::Boolean(holds) => progress.decided |= holds == (looped.kind == LoopKind::Some),
            Value::Null => progress.undecided = true,
            other => {
                progress.undecided = true;
                self.warn(looped.at, || format!("the condition is {}, not a boolean", describe(&other)));
            }
        }
        Ok(())
    }

    /// Lends the results to the slot of `partial`, and takes them back: copied only if the body kept the list.
    fn body_with_partial(&mut self, looped: &Loop, slot: u32, progress: &mut Progress) -> Evaluated<()> {
        let results = List::with_extent(std::mem::take(&mut progress.results), progress.extent);
        self.set(slot, Value::List(results));
        let result = self.run(&looped.body)?;
        let slot = &mut self.slots[self.base + slot as usize];
        if let Value::List(list) = std::mem::take(slot) {
            if list.is_shared() {
                self.charge(list.len() * 2)?;
            }
            progress.results = list.into_items();
        }
        progress.extent.add(result.extent());
        check_extent(progress.extent)?;
        progress.results.push(result);
        self.check_collection(progress.results.len())
    }

    fn domain(&mut self, iterator: &Iterator) -> Evaluated<Option<Domain>> {
        let from = self.run(&iterator.domain)?;
        if let Some(to) = &iterator.to {
            let to = self.run(to)?;
            return Ok(self.span(&from, &to, true, iterator.at));
        }
        Ok(self.domain_of(&from, iterator.at))
    }

    /// What an iterator runs over, given the value after `in`.
    fn domain_of(&mut self, value: &Value, at: u32) -> Option<Domain> {
        match value {
            Value::List(list) => Some(Domain::Items(list.clone())),
            Value::Range(range) => self.range_domain(range, at),
            Value::Null => {
                self.warn(at, || "there is nothing to iterate over: it is null".into());
                None
            }
            single => Some(Domain::Items(List::from(vec![single.clone()]))),
        }
    }

    /// The values that an iterator over `value` would take.
    pub(super) fn iterated(&mut self, value: &Value) -> Evaluated<Option<List>> {
        let Some(domain) = self.domain_of(value, 0) else { return Ok(None) };
        if let Domain::Items(list) = domain {
            return Ok(Some(list));
        }
        let count = domain.len();
        self.check_collection(usize::try_from(count).unwrap_or(usize::MAX))?;
        self.charge(count as usize * 2)?;
        Ok(Some(List::from((0..count).map(|index| domain.value(index)).collect::<Vec<_>>())))
    }

    /// The values of a rising range; only numbers and dates can be counted.
    fn range_domain(&mut self, range: &Range, at: u32) -> Option<Domain> {
        let (Some(low), Some(high)) = (range.low.value(), range.high.value()) else {
            self.warn(at, || "a range with an open end cannot be iterated over".into());
            return None;
        };
        let mut domain = self.span(low, high, false, at)?;
        if let Domain::Numbers { count, .. } | Domain::Dates { count, .. } = &mut domain
            && matches!(range.high, Bound::Excluded(_))
        {
            *count = count.saturating_sub(1);
        }
        if matches!(range.low, Bound::Excluded(_)) {
            match &mut domain {
                Domain::Numbers { from, count, .. } => (*from, *count) = (*from + 1, count.saturating_sub(1)),
                Domain::Dates { from, count, .. } => {
                    *count = count.saturating_sub(1);
                    *from = from.tomorrow().unwrap_or(*from);
                }
                Domain::Items(_) => {}
            }
        }
        Some(domain)
    }

    /// Everything from one value to another; downwards if the second is less and `may_fall`.
    fn span(&mut self, from: &Value, to: &Value, may_fall: bool, at: u32) -> Option<Domain> {
        let whole = |value: &Value| value.as_number().and_then(Number::to_i64);
        if let (Some(from), Some(to)) = (whole(from), whole(to)) {
            let down = to < from;
            if down && !may_fall {
                self.falling(at);
                return None;
            }
            let count = from.abs_diff(to).saturating_add(1);
            return Some(Domain::Numbers { from, count, down });
        }
        if let (Value::Date(from), Value::Date(to)) = (from, to) {
            let down = to < from;
            if down && !may_fall {
                self.falling(at);
                return None;
            }
            let count = crate::temporal::days_between(*from, *to).unsigned_abs() + 1;
            return Some(Domain::Dates { from: *from, count, down });
        }
        self.warn(at, || {
            let (from, to) = (describe(from), describe(to));
            format!("only whole numbers and dates can be iterated over, not from {from} to {to}")
        });
        None
    }

    fn falling(&mut self, at: u32) {
        self.warn(at, || "the range ends before it starts; to count down leave the brackets out".into());
    }
}
