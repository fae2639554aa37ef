//! Just enough of Rust's lexical rules to look at code without its comments and literals.

/// The source with comments and the contents of literals replaced by spaces; lines stay where they are.
pub(crate) fn code_of(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// The end of the comment or literal that begins at `at`; `at` itself where none begins.
fn literal_or_comment(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or('\0');
    let in_word = at > 0 && is_word(chars[at - 1]);
    match chars[at] {
        '/' if next(1) == '/' => find(chars, at, |rest| rest[0] == '\n'),
        '/' if next(1) == '*' => block_comment(chars, at),
        '"' => string(chars, at),
        'r' | 'b' | 'c' if !in_word => prefixed(chars, at),
        // A character, not a lifetime: it has a closing quote right after one character or an escape.
        '\'' if next(1) == '\\' => find(chars, at + 3, |rest| rest[0] == '\'') + 1,
        '\'' if next(2) == '\'' => at + 3,
        _ => at,
    }
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`; a raw identifier or a plain word is none.
fn prefixed(chars: &[char], at: usize) -> usize {
    let prefix = chars[at..].iter().take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    let hashes = chars[at + prefix..].iter().take_while(|c| **c == '#').count();
    if prefix > 2 || chars.get(at + prefix + hashes) != Some(&'"') {
        return at;
    }
    if !chars[at..at + prefix].contains(&'r') {
        return if hashes == 0 { string(chars, at + prefix) } else { at };
    }
    let closes =
        |rest: &[char]| rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|c| *c == '#');
    find(chars, at + prefix + hashes + 1, closes) + 1 + hashes
}

fn string(chars: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != '"' {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

fn block_comment(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut end = at;
    while end < chars.len() {
        match (chars[end], chars.get(end + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                end += 1;
                continue;
            }
        }
        end += 2;
        if depth == 0 {
            break;
        }
    }
    end.min(chars.len())
}

/// The first place from `at` on where `found` holds for the rest; the end when there is none.
fn find(chars: &[char], at: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (at..chars.len()).find(|end| found(&chars[*end..])).unwrap_or(chars.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lines (from 1) on which `word` stands, not as a part of a longer word.
pub(crate) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let stands = line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_some_and(is_word);
            let after = line[at + word.len()..].chars().next().is_some_and(is_word);
            let open_begin = word.chars().next().is_some_and(is_word);
            let open_end = word.chars().next_back().is_some_and(is_word);
            !((before && open_begin) || (after && open_end))
        });
        if stands {
            lines.push(number + 1);
        }
    }
    lines
}

/// The code up to its first `#[cfg(test)]` module; tests may do what the product must not.
pub(crate) fn without_tests(code: &str) -> &str {
    let mut from = 0;
    while let Some(at) = code[from..].find("#[cfg(test)]").map(|at| at + from) {
        let rest = code[at + "#[cfg(test)]".len()..].trim_start();
        // `mod tests;` names a file, which is left out by its name.
        let module = rest.strip_prefix("pub(crate) ").unwrap_or(rest);
        let semicolon = module.find(';').unwrap_or(module.len());
        if module.starts_with("mod ") && module.find('{').is_some_and(|open| open < semicolon) {
            return &code[..at];
        }
        from = at + 1;
    }
    code
}

#[test]
fn literals_and_comments_are_no_code() {
    let source = "let a = \"x // \\\" y\"; // Instant\nlet b = r#\"Instant \" \"#; /* a /* b */ Instant */ let c = 'x'; fn f<'a>() {} '\\'' end";
    let code = code_of(source);
    assert!(!code.contains("Instant"), "{code}");
    assert!(code.contains("let b = "), "{code}");
    assert!(code.contains("fn f<'a>() {}") && code.ends_with("end"), "{code}");
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn words_are_whole() {
    assert_eq!(lines_with("FxHashMap\nHashMap<A>\nmy_HashMap", "HashMap"), [2]);
    assert_eq!(lines_with("Timestamp::now()\nnow", "::now("), [1]);
}

#[test]
fn test_modules_are_left_out() {
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\n b }"), "a\n");
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests;\nb"), "a\n#[cfg(test)]\nmod tests;\nb");
}
