//! Values at the end of their range, and documents that are deep or wide.

use std::collections::BTreeMap;

use hosk_feel::{Environment, Expression, Json, Names};

use crate::{MANY, is_refused, value_of};

#[test]
fn huge_numbers_are_null() {
    for text in [
        "10 ** 1000000",
        "10 ** 10 ** 10 ** 100",
        "9999999999999999999999999999999999 ** 9999999999999999999999999999999999",
        "2 ** 1e6000",
        "exp(1e6000)",
        "exp(1000000)",
        "1e6144 * 10",
        "decimal(1, 1e30)",
        "1 / 1e-6176 / 1e-6176",
        "[1][1e30]",
        "substring(\"a\", 1e30)",
        "date(1e30, 1, 1)",
        "time(1e30, 1, 1)",
        "sublist([1], 1e30)",
    ] {
        assert!(value_of(text).is_null(), "{text}");
    }
    assert_eq!(format!("{:?}", value_of("10 ** -1000000")), "0");
    assert_eq!(format!("{:?}", value_of("modulo(1e6000, 7)")), "1");
    assert_eq!(format!("{:?}", value_of("1e6000 > 1e5999")), "true");
    is_refused("1e6145");
    is_refused("1e999999999999999999999");
    is_refused(&"9".repeat(MANY));
    assert_eq!(value_of(&format!("0.{}", "9".repeat(MANY))).type_name(), "number");
}

#[test]
fn extreme_dates_and_durations_are_null_or_exact() {
    for text in [
        "date(\"99999-01-01\")",
        "date(\"2023-02-29\")",
        "date(2023, 13, 1)",
        "@\"9999-12-31\" + @\"P1D\"",
        "@\"-9999-01-01\" - @\"P1D\"",
        "@\"9999-12-31\" + @\"P999999999Y\"",
        "@\"2024-01-01\" + @\"P106751991167300D\"",
        "duration(\"P9999999999999999999D\")",
        "duration(\"P99999999999999999999999999999999Y\")",
        "@\"P100000000000000Y\" * 1e30",
        "@\"P1D\" * 1e30",
        "@\"P1D\" / 0",
        "date and time(\"2024-01-01T00:00:00@Nowhere/Land\")",
        "time(\"24:00:00\")",
        "time(\"23:59:60\")",
        "time(\"12:00:00+99:00\")",
        "date and time(@\"9999-12-31T23:59:59-12:00\", \"Asia/Tokyo\")",
    ] {
        assert!(value_of(text).is_null(), "{text} is {:?}", value_of(text));
    }
    assert_eq!(value_of("-@\"P106751991167300D\"").type_name(), "days and time duration");
    assert_eq!(
        value_of("@\"9999-12-31T23:59:59@Pacific/Kiritimati\" - @\"-9999-01-01T00:00:00@Asia/Tokyo\"")
            .type_name(),
        "days and time duration"
    );
    assert_eq!(format!("{:?}", value_of("last day of month(@\"9999-12-31\")")), "9999-12-31");
    assert_eq!(format!("{:?}", value_of("week of year(@\"-9999-01-01\")")), "1");
    is_refused("@\"nonsense\"");
}

#[test]
fn deep_and_wide_documents_are_read_where_needed() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let wide = (0..MANY).map(|i| format!("\"k{i}\": {i},")).collect::<Vec<_>>().concat();
    let variables = BTreeMap::from([
        ("deep".to_owned(), Json::parse(deep).unwrap()),
        ("wide".to_owned(), Json::parse(format!("{{{wide} \"end\": {{\"a\": 1}}}}")).unwrap()),
    ]);
    let environment = Environment::at(0);
    let run =
        |text: &str| Expression::compile(text, &Names::default()).unwrap().evaluate(&variables, &environment);
    assert_eq!(format!("{:?}", run("wide.end.a + wide.k99999").unwrap().value), "100000");
    assert_eq!(run("count(flatten(deep))").unwrap().value.type_name(), "number");
    assert!(run("deep = deep").unwrap().value.as_bool().unwrap());
    assert!(run(&format!("{}deep{}", "[".repeat(50), "]".repeat(50))).is_err(), "150 levels are too many");
    assert!(run("count(distinct values(get entries(wide)))").is_ok());
}
