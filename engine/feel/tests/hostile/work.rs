//! Work without end: recursion, loops, patterns.

use crate::{MANY, is_limited, value_of};

#[test]
fn endless_recursion_ends() {
    is_limited("{f: function(x) f(x), r: f(1)}.r");
    is_limited("{f: function(x) f(x + 1) + 1, r: f(1)}.r");
    is_limited("{f: function(x) [f(x)], r: f(1)}.r");
    is_limited("{f: function(x) for i in [1] return f(x), r: f(1)}.r");
    is_limited("{f: function(x) sort([1, 2], function(a, b) f(a)), r: f(1)}.r");
    is_limited("{y: function(g) g(g), r: y(y)}.r");
    is_limited("{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(60)}.r");
    assert_eq!(
        format!("{:?}", value_of("{f: function(n) if n = 0 then 1 else n * f(n - 1), r: f(20)}.r")),
        "2432902008176640000"
    );
}

#[test]
fn endless_loops_end() {
    is_limited("for i in 1..1000000000000 return i");
    is_limited("for i in 1000000000000..1 return i");
    is_limited("for i in -9223372036854775808..9223372036854775807 return i");
    is_limited("some i in 1..1000000000000 satisfies i < 0");
    is_limited("every i in 1..1000000000000 satisfies i > 0");
    is_limited("count(for a in 1..1000, b in 1..1000, c in 1..1000 return 1)");
    is_limited("for i in 1..100000 return partial");
    is_limited("for i in 1..100000 return [partial]");
    is_limited("for i in 1..100000 return function() partial");
    is_limited("for i in 1..100000 return [partial[-1]]");
    is_limited("for i in 1..100000 return {a: partial[-1]}");
    is_limited("for i in 1..64 return if i = 1 then \"0123456789abcdef\" else partial[-1] + partial[-1]");
    is_limited("for i in 1..64 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])");
    is_limited("for i in 1..100000 return for j in 1..100000 return \"x\"");
    assert_eq!(value_of("count(for i in @\"-9999-01-01\"..@\"-9998-01-01\" return i)").type_name(), "number");
    assert_eq!(format!("{:?}", value_of("sum(for i in 1..100000 return i)")), "5000050000");
    assert_eq!(
        format!("{:?}", value_of("(for i in 1..50000 return if i = 1 then 1 else partial[-1] + 1)[-1]")),
        "50000"
    );
    assert_eq!(format!("{:?}", value_of("5 in [1..1000000000000]")), "true");
    assert_eq!(format!("{:?}", value_of("count([1..1000000000000])")), "1");
}

#[test]
fn patterns_take_linear_time() {
    let letters = "a".repeat(50_000);
    assert_eq!(format!("{:?}", value_of(&format!("matches(\"{letters}!\", \"(a+)+$\")"))), "false");
    assert_eq!(format!("{:?}", value_of(&format!("matches(\"{letters}!\", \"(a|aa)+$\")"))), "false");
    assert_eq!(
        format!("{:?}", value_of(&format!("matches(\"{letters}\", \"(.*)(.*)(.*)(.*)(.*)[^a]\")"))),
        "false"
    );
    for pattern in
        ["(a{1000}){1000}", "((((a{99}){99}){99}){99})", "[", "(", "a{999999999}", "\\\\", "\\p{IsX", "(?<"]
    {
        assert!(value_of(&format!("matches(\"a\", \"{pattern}\")")).is_null(), "{pattern}");
    }
    assert!(value_of(&format!("matches(\"a\", \"{}a{}\")", "(".repeat(MANY), ")".repeat(MANY))).is_null());
    assert_eq!(value_of(&format!("split(\"{letters}\", \"\")")).type_name(), "list");
    is_limited("count(for i in 1..1000000 return matches(\"x\", \"a{\" + string(i) + \"}\"))");
    is_limited(&format!("count(for i in 1..100000 return matches(\"{letters}\", \"[^b]*b\" + string(i)))"));
    assert!(value_of(&format!("replace(\"{letters}\", \"a\", \"{}\")", "b".repeat(50))).as_str().is_some());
    is_limited(&format!("replace(\"{letters}\", \"a\", \"{}\")", "b".repeat(5_000)));
}
