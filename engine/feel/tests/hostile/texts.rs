//! Texts that nest deeply, never end, are cut off, or are written in odd letters.

use crate::{MANY, end_of, is_refused, value_of};

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a:", "}"),
        ("if true then ", " else 1"),
        ("if ", " then 1 else 1"),
        ("not(", ")"),
        ("f(", ")"),
        ("a[", "]"),
        ("function(x) ", ""),
        ("for x in ", " return x"),
        ("some x in ", " satisfies x"),
        ("1 in (", ")"),
        ("[1..", "]"),
        ("]1..", "]"),
        ("(<", ")"),
    ] {
        let text = format!("{}1{}", open.repeat(MANY), close.repeat(MANY));
        is_refused(&text);
        is_refused(&open.repeat(MANY));
    }
    is_refused(&format!("1 instance of {}number{}", "list<".repeat(MANY), ">".repeat(MANY)));
    is_refused(&format!("1 instance of {}", "context<a:".repeat(MANY)));
    is_refused(&format!("1{}", " = 1".repeat(MANY)));
    is_refused(&format!("1{}", " in 1".repeat(MANY)));
    is_refused(&format!("1{}", " instance of number".repeat(MANY)));
    is_refused(&format!("1{}", " between 1 and 1".repeat(MANY)));
}

#[test]
fn nesting_up_to_the_limit_evaluates() {
    let depth = hosk_feel::MAX_NESTING - 1;
    let nested = |open: &str, inner: &str, close: &str| {
        value_of(&format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
    };
    assert_eq!(format!("{:?}", nested("(", "1", ")")), "1");
    assert_eq!(format!("{:?}", nested("if nope then 2 else ", "1", "")), "1");
    assert_eq!(nested("[", "1", "]").type_name(), "list");
    assert_eq!(nested("{a: ", "x", "}").type_name(), "context");
    assert_eq!(nested("not(", "true", ")").type_name(), "boolean");
    assert_eq!(nested("1 + 2 * (", "x", ")").type_name(), "null");
}

#[test]
fn long_chains_take_linear_time() {
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " + 1".repeat(MANY)))), "100001");
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " * 1".repeat(MANY)))), "1");
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " ** 1".repeat(MANY)))), "1");
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " + 1 * 1".repeat(MANY)))), "100001");
    assert_eq!(format!("{:?}", value_of(&format!("true{}", " and true".repeat(MANY)))), "true");
    assert_eq!(format!("{:?}", value_of(&format!("true and x{}", " or false and x".repeat(MANY)))), "null");
    assert_eq!(format!("{:?}", value_of(&format!("{}1", "-".repeat(MANY)))), "1");
    assert_eq!(format!("{:?}", value_of(&format!("{}1", "-".repeat(MANY + 1)))), "-1");
    assert_eq!(format!("{:?}", value_of(&format!("x{}", ".a".repeat(MANY)))), "null");
    assert_eq!(format!("{:?}", value_of(&format!("[1]{}", "[true]".repeat(MANY)))), "[1]");
    assert_eq!(format!("{:?}", value_of(&format!("count([{}1])", "1,".repeat(MANY)))), "100001");
    assert_eq!(format!("{:?}", value_of(&format!("1 in ({}1)", "2,".repeat(MANY)))), "true");
    let members = (0..MANY).map(|i| format!("a b{i}: {i}, ")).collect::<Vec<_>>().concat();
    assert_eq!(format!("{:?}", value_of(&format!("{{ {members} z: a b7 }}.z"))), "7");
    is_refused(&format!("1{}", " +".repeat(MANY)));
    is_refused(&"a ".repeat(MANY));
    is_refused(&"\"".repeat(MANY + 1));
}

#[test]
fn odd_unicode_is_taken_as_it_is() {
    assert_eq!(value_of("\"\u{202e}abc\"").as_str(), Some("\u{202e}abc"));
    assert_eq!(format!("{:?}", value_of("string length(\"\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}\")")), "4");
    assert_eq!(value_of("substring(\"a\u{1f40e}b\", 2, 1)").as_str(), Some("\u{1f40e}"));
    assert_eq!(value_of("{\u{1f40e}: \"horse\"}.\u{1f40e}").as_str(), Some("horse"));
    assert_eq!(value_of("\"\\uD83D\\uDC0E\\U01F40E\"").as_str(), Some("\u{1f40e}\u{1f40e}"));
    assert_eq!(value_of("\"\\uD83D\"").as_str(), Some("\\uD83D"));
    assert_eq!(format!("{:?}", value_of("1\u{a0}+\u{3000}1\u{feff}")), "2");
    assert_eq!(value_of("upper case(\"ß\")").as_str(), Some("SS"));
    is_refused("1 + \u{0}");
    is_refused("\u{fffe}");
    is_refused("‘x’");
    is_refused("1 \u{301}");
    for c in ['\u{d7ff}', '\u{e000}', '\u{10ffff}', '\u{0}', '\u{7f}'] {
        // Any end will do.
        let _ = (
            end_of(&c.to_string()),
            end_of(&format!("\"{c}\"")),
            end_of(&format!("a{c}b")),
            end_of(&format!("`{c}`")),
        );
    }
}

#[test]
fn half_texts_are_refused() {
    for text in [
        "",
        " ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "..",
        "1 +",
        "+ 1",
        "1 1",
        "a b",
        "if",
        "if 1 then",
        "if 1 then 2",
        "for",
        "for x",
        "for x in",
        "for x in y",
        "some x in y",
        "function",
        "function(",
        "function(x",
        "{a}",
        "{a:}",
        "{a: 1,",
        "{a: 1 b: 2}",
        "{a: 1, a: 2}",
        "[1,",
        "[1,]",
        "[1 2]",
        "[1..",
        "[1..2",
        "f(",
        "f(1",
        "f(1,",
        "f(a:",
        "f(a: 1, 2)",
        "a.",
        "a.1",
        "@",
        "@1",
        "\"a",
        "`a",
        "/* a",
        "1 between 2",
        "1 between 2 and",
        "1 in",
        "1 in (",
        "1 instance",
        "1 instance of",
        "1 instance of 1",
        "1 instance of nope",
        "a = = b",
        "a == b",
        "a && b",
        "a || b",
        "!a",
        "'a'",
        "a; b",
        "1 instance of list<",
        "1 instance of function<number>",
        "function(x) external {java: {}}",
    ] {
        is_refused(text);
    }
}
