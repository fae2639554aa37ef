//! How many tests passed and failed, read from what test runners print.

use std::ops::AddAssign;

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Tests that were left out by the runner; a green run has none.
    pub(crate) ignored: u64,
}

impl Count {
    /// Adds what this line tells, if it is a runner's closing line.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
            self.ignored += number_before(rest, " ignored");
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            self.read_node(rest);
        } else if is_closing_of_pytest(line) {
            self.passed += number_before(line, " passed");
            self.failed += number_before(line, " failed") + number_before(line, " error");
            self.ignored += number_before(line, " skipped") + number_before(line, " xfailed");
        }
    }

    /// Node's test runner closes with one number a line, as TAP comments or with its own mark.
    fn read_node(&mut self, rest: &str) {
        let Some((word, number)) = rest.split_once(' ') else { return };
        let Ok(number) = number.trim().parse::<u64>() else { return };
        match word {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.ignored += number,
            // "tests", "suites", "duration_ms" and whatever later versions add are not counts of outcomes.
            _ => {}
        }
    }

    /// True when no test ran.
    pub(crate) fn is_empty(self) -> bool {
        self.passed + self.failed == 0
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// `3 failed, 17 passed, 1 warning in 4.05s`, with a frame of `=` unless quiet.
fn is_closing_of_pytest(line: &str) -> bool {
    let line = line.trim_matches(['=', ' ']);
    let Some((counts, time)) = line.rsplit_once(" in ") else { return false };
    let is_count = |part: &str| {
        part.split_once(' ')
            .is_some_and(|(number, word)| number.parse::<u64>().is_ok() && !word.contains(' '))
    };
    time.starts_with(|c: char| c.is_ascii_digit()) && counts.split(", ").all(is_count)
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some(end) = text.find(word) else { return 0 };
    let digits = text[..end].rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> Count {
        let mut count = Count::default();
        for line in lines {
            count.read(line);
        }
        count
    }

    #[test]
    fn cargo_test_is_read() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
        ];
        assert_eq!(count(&lines), Count { passed: 17, failed: 2, ignored: 1 });
    }

    #[test]
    fn both_forms_of_node_are_read() {
        assert_eq!(count(&["# tests 5", "# pass 3", "# fail 1", "# cancelled 1", "# skipped 0"]).failed, 2);
        assert_eq!(count(&["ℹ tests 4", "ℹ pass 3", "ℹ fail 1", "ℹ todo 2"]).ignored, 2);
    }

    #[test]
    fn pytest_is_read() {
        let lines =
            ["3 failed, 17 passed, 1 warning in 4.05s", "==== 2 passed, 1 error in 62.10s (0:01:02) ===="];
        assert_eq!(count(&lines), Count { passed: 19, failed: 4, ignored: 0 });
        assert_eq!(count(&["1 passed, 2 skipped in 0.10s"]).ignored, 2);
    }

    #[test]
    fn other_lines_count_nothing() {
        assert!(
            count(&["test a ... ok", "12 passed", "7 passed in the street", "# pass the salt", "1 failed"])
                .is_empty()
        );
    }
}
