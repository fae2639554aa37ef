//! The table at the end of `cargo xtask test`, and its last line.

use std::time::Duration;

use crate::count::Count;

/// How one part ended.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) passed: bool,
    pub(crate) count: Count,
    pub(crate) took: Duration,
    /// Why it failed, or what a reader must know although it passed.
    pub(crate) remark: Option<String>,
}

impl Row {
    /// Tests that failed, and 1 for a part that failed without a failing test (it did not build, it is no test run).
    fn failures(&self) -> u64 {
        if self.passed { 0 } else { self.count.failed.max(1) }
    }
}

/// The table; ends with a line `N passed, N failed` over all tests that ran.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<12} {:<6} {:>7} {:>7} {:>9}\n", "part", "", "passed", "failed", "time");
    for row in rows {
        let result = if row.passed { "ok" } else { "FAILED" };
        let number = |value: u64| if row.count.is_empty() { String::new() } else { value.to_string() };
        let line = format!(
            "{:<12} {:<6} {:>7} {:>7} {:>7.1} s  {}",
            row.name,
            result,
            number(row.count.passed),
            number(row.count.failed),
            row.took.as_secs_f64(),
            remark(row)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let passed: u64 = rows.iter().map(|row| row.count.passed).sum();
    let failed: u64 = rows.iter().map(Row::failures).sum();
    text + &format!("\n{passed} passed, {failed} failed")
}

fn remark(row: &Row) -> String {
    let ignored = (row.count.ignored > 0).then(|| format!("{} ignored", row.count.ignored));
    let first_line = row.remark.as_deref().and_then(|remark| remark.lines().next()).map(str::to_owned);
    ignored.into_iter().chain(first_line).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(passed: bool, count: Count) -> Row {
        Row { name: "part".into(), passed, count, took: Duration::from_secs(1), remark: None }
    }

    #[test]
    fn the_last_line_stands_alone_and_adds_up() {
        let rows = [
            row(true, Count { passed: 3, failed: 0, ignored: 0 }),
            row(false, Count { passed: 1, failed: 2, ignored: 0 }),
        ];
        assert_eq!(table(&rows).lines().last(), Some("4 passed, 2 failed"));
    }

    #[test]
    fn a_part_that_failed_without_a_failing_test_is_one_failure() {
        assert_eq!(table(&[row(false, Count::default())]).lines().last(), Some("0 passed, 1 failed"));
    }
}
