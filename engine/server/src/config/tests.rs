//! Values, where they come from, and what is refused.

use super::*;

#[test]
fn the_command_line_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "listen = \"127.0.0.1:9000\"\nlog = \"debug\"\n").unwrap();
    let mut args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    assert_eq!(Config::load(&args).unwrap().listen.port(), 9000);
    args.listen = Some("127.0.0.1:0".parse().unwrap());
    let config = Config::load(&args).unwrap();
    assert_eq!((config.listen.port(), config.log.as_str()), (0, "debug"));
}

#[test]
fn passwords_may_be_short_where_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    assert_eq!(Config::load(&args).unwrap().minimum_password_length, 8);
    std::fs::write(folder.path().join(FILE), "minimum_password_length = 4\n").unwrap();
    assert_eq!(Config::load(&args).unwrap().minimum_password_length, 4);
    args.minimum_password_length = Some(1);
    assert_eq!(Config::load(&args).unwrap().minimum_password_length, 1);
}

#[test]
fn the_level_of_answers_is_one_of_two() {
    let folder = tempfile::tempdir().unwrap();
    let mut args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    assert_eq!(Config::load(&args).unwrap().api_level, Level::V8_10);
    // A number has no last zero.
    for (written, level) in
        [("\"8.9\"", Level::V8_9), ("8.9", Level::V8_9), ("\"8.10\"", Level::V8_10), ("8.10", Level::V8_10)]
    {
        std::fs::write(folder.path().join(FILE), format!("api_level = {written}\n")).unwrap();
        assert_eq!(Config::load(&args).unwrap().api_level, level, "{written}");
    }
    args.api_level = Some(Level::V8_9);
    assert_eq!(serde_json::to_value(Config::load(&args).unwrap()).unwrap()["api_level"], "8.9");
    args.api_level = None;
    for wrong in ["\"8.8\"", "8.8", "9", "\"newest\"", "true"] {
        std::fs::write(folder.path().join(FILE), format!("api_level = {wrong}\n")).unwrap();
        let refused = Config::load(&args).unwrap_err().to_string();
        assert!(refused.contains("8.9 or 8.10") && refused.contains("api_level"), "{refused}");
    }
}

#[test]
fn an_unknown_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "lisen = \"127.0.0.1:9000\"\n").unwrap();
    let args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    assert!(Config::load(&args).unwrap_err().to_string().contains("lisen"));
}

#[test]
fn limits_of_evaluations_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    let load = |text: &str| {
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Config::load(&args)
    };
    assert_eq!(load("").unwrap().feel(), hosk_feel::Limits::default());
    assert_eq!(load("feel_steps = 5000\n").unwrap().feel().steps, 5_000);
    assert_eq!(load("feel_time = 250\n").unwrap().feel().time, Duration::from_millis(250));
    assert!(load("feel_time = 0\n").unwrap_err().to_string().contains("feel_time"));
    assert!(load("feel_steps = 0\n").unwrap_err().to_string().contains("feel_steps"));
    assert!(load("feel_depth = 100000\n").unwrap_err().to_string().contains("at most 400"));
}

#[test]
fn the_time_to_live_is_a_duration() {
    let folder = tempfile::tempdir().unwrap();
    let args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    let load = |text: &str| {
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Config::load(&args)
    };
    assert!(load("").unwrap().retention().unwrap().time_to_live.is_none());
    let ninety = load("history_time_to_live = \"P90D\"\n").unwrap().retention().unwrap();
    assert_eq!(ninety.time_to_live.unwrap().get_days(), 90);
    let refused = load("history_time_to_live = \"90 days\"\n").unwrap_err().to_string();
    assert!(refused.contains("P90D"), "{refused}");
}

#[test]
fn a_provider_of_tokens_is_named_with_its_audience() {
    let folder = tempfile::tempdir().unwrap();
    let args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    let load = |text: &str| {
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Config::load(&args)
    };
    assert!(load("").unwrap().oidc().is_none());
    let issuer = "oidc_issuer = \"https://login.example.org\"\n";
    let named = load(&format!("{issuer}oidc_audience = [\"hosk\"]\n")).unwrap().oidc().unwrap();
    assert_eq!((named.audience, named.clock_skew), (vec!["hosk".to_owned()], Duration::from_mins(1)));
    for (text, said) in [
        (issuer.to_owned(), "oidc_audience"),
        ("oidc_audience = [\"hosk\"]\n".to_owned(), "oidc_issuer"),
        (format!("{issuer}oidc_audience = [\"hosk\"]\noidc_clock_skew = 301\n"), "at most 300"),
        (format!("{issuer}oidc_audience = [\"hosk\"]\nauth = \"none\"\n"), "auth = none"),
    ] {
        let refused = load(&text).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn the_database_is_named_and_its_password_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "database = \"postgres://eva:sesame@db/x\"\n").unwrap();
    let mut args = ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() };
    let shown = serde_json::to_value(Config::load(&args).unwrap()).unwrap();
    assert_eq!(shown["database"], "postgres://eva:***@db/x");
    args.database = Some("postgres://other/y".to_owned());
    assert_eq!(Config::load(&args).unwrap().database.unwrap().to_string(), "postgres://other/y");
    args.database = Some("orders.db".to_owned());
    assert!(Config::load(&args).unwrap_err().to_string().contains("postgres://"));
}

#[test]
fn an_unprotected_server_stays_on_this_machine() {
    let args = ServeArgs {
        listen: Some("0.0.0.0:8080".parse().unwrap()),
        auth: Some(AuthMode::None),
        ..ServeArgs::default()
    };
    assert!(Config::load(&args).unwrap_err().to_string().contains("loopback"));
}
