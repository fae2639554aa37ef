//! Stories of bodies that fit and that do not.

use super::super::{boolean, date_time, integer, key, name, object, objects, tenant, texts, variables};
use super::*;

static INNER: Object =
    Object { name: "Inner", fields: &[name("id", 5, "An id.").required(), boolean("on", "")] };
static SHAPE: Object = Object {
    name: "Shape",
    fields: &[
        key("thingKey", "A key."),
        integer("count", 0, 10, "A count."),
        date_time("due", "A time."),
        texts("tags", "Tags."),
        variables("Variables."),
        object("inner", &INNER, "An object."),
        objects("list", &INNER, "Objects."),
        tenant(),
    ],
};

/// As a call reads it, where tenants are not told apart.
fn read(text: &str) -> Result<Body, (String, String)> {
    let body = read_object(text, &SHAPE, "").and_then(|body| body.settle(&Tenants::All));
    body.map_err(|problem| (problem.code().to_owned(), problem.detail().to_owned()))
}

#[test]
fn what_fits_is_read_and_null_is_absent() {
    let mut body = read(
        r#"{"thingKey": "42", "count": 7, "due": "2026-01-31T12:00:00+04:00", "tags": ["a"],
            "variables": {"x": 1.10, "y": {"z": [1]}}, "inner": {"id": "abc", "on": null}, "tenantId": "<default>",
            "list": null}"#,
    )
    .unwrap();
    assert_eq!(body.key("thingKey"), Some(42));
    assert_eq!(body.integer("count"), Some(7));
    assert_eq!(body.time("due"), Some(Some(Timestamp(1_769_846_400_000))));
    assert_eq!(body.texts("tags"), Some(vec!["a".to_owned()]));
    let variables = body.variables();
    assert_eq!(variables["x"].text(), "1.10", "digits are kept");
    assert_eq!(variables["y"].text(), r#"{"z": [1]}"#);
    let mut inner = body.object("inner").unwrap();
    assert_eq!((inner.text("id"), inner.boolean("on")), (Some("abc".to_owned()), None));
    assert!(body.objects("list").is_none());
    assert_eq!(&*body.tenant().unwrap().id(), "<default>");
}

#[test]
fn what_does_not_fit_is_refused_with_its_path() {
    let deep = format!(r#"{{"variables": {{"x": {}1{}}}}}"#, "[".repeat(101), "]".repeat(101));
    for (text, code, part) in [
        ("", "wrong-type", "object"),
        ("[]", "wrong-type", "a list"),
        ("{", "malformed-request", "JSON"),
        (r#"{"count": 1,}"#, "malformed-request", "JSON"),
        (r#"{"count": 1, "count": 2}"#, "malformed-request", "`count` twice"),
        (r#"{"Count": 1}"#, "unknown-field", "`Count`"),
        (r#"{"inner": {"id": "x", "of": 1}}"#, "unknown-field", "`inner.of`"),
        (r#"{"inner": {}}"#, "missing-field", "`inner.id`"),
        (r#"{"list": [{"id": "x"}, {}]}"#, "missing-field", "`list[1].id`"),
        (r#"{"inner": {"id": ""}}"#, "invalid-argument", "`inner.id`"),
        (r#"{"inner": {"id": "abcdef"}}"#, "invalid-argument", "5 characters"),
        (r#"{"inner": 1}"#, "wrong-type", "`inner`"),
        (r#"{"count": "1"}"#, "wrong-type", "a text"),
        (r#"{"count": 1.5}"#, "wrong-type", "a number"),
        (r#"{"count": 11}"#, "invalid-argument", "from 0 to 10"),
        (r#"{"count": 99999999999999999999}"#, "wrong-type", "`count`"),
        (r#"{"thingKey": 42}"#, "wrong-type", "`thingKey`"),
        (r#"{"thingKey": "4 2"}"#, "invalid-key", "`thingKey`"),
        (r#"{"thingKey": "+42"}"#, "invalid-key", "`thingKey`"),
        (r#"{"thingKey": "99999999999999999999"}"#, "invalid-key", "64 bits"),
        (r#"{"count": 1e300}"#, "wrong-type", "a number"),
        (r#"{"due": "tomorrow"}"#, "invalid-argument", "`due`"),
        (r#"{"tags": "a"}"#, "wrong-type", "`tags`"),
        (r#"{"tags": [1]}"#, "wrong-type", "`tags`"),
        (r#"{"variables": [1]}"#, "wrong-type", "`variables`"),
        (r#"{"variables": {"": 1}}"#, "invalid-argument", "variables name"),
        (r#"{"tenantId": "other"}"#, "invalid-argument", "<default>"),
        (&deep, "invalid-argument", "deeper"),
    ] {
        let (found, detail) = read(text).expect_err(text);
        assert_eq!(found, code, "{text}: {detail}");
        assert!(detail.contains(part), "{text}: {detail}");
    }
}

#[test]
fn a_whole_number_may_be_written_with_a_point() {
    assert!(read(r#"{"count": 7.0}"#).is_ok());
    assert!(read(r#"{"count": 1e1}"#).is_ok());
}

#[test]
fn brackets_inside_texts_do_not_nest() {
    let text = format!(r#"{{"variables": {{"x": "{}\"{}"}}}}"#, "[".repeat(200), "{".repeat(200));
    assert!(read(&text).is_ok());
}

mod any_bytes {
    use proptest::prelude::*;

    use super::read;

    proptest! {
        #[test]
        fn reading_never_panics(text in ".*") {
            let _ = read(&text);
        }

        #[test]
        fn reading_json_like_texts_never_panics(text in r#"[{}\[\]":,0-9a-z\\ ]{0,80}"#) {
            let _ = read(&text);
        }
    }
}
