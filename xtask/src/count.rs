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
    fn other_lines_count_nothing() {
        assert!(count(&["test a ... ok", "12 passed", "# pass the salt", "1 failed"]).is_empty());
    }
}
