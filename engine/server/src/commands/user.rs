//! `hosk user`: the users of a server, by its configuration. Works while it runs as well.

use std::sync::Arc;

use anyhow::Context as _;
use hosk_identity::{Error, Identity, Kind, User, hash_password_of};
use serde_json::json;

use crate::cli::{ServeArgs, UserAction, UserArgs, UserSet};
use crate::config::Config;
use crate::failure::Failure;
use crate::{database, password, print};

pub(crate) async fn run(args: &UserArgs, as_json: bool) -> Result<(), Failure> {
    let (data, database) = (args.data.clone(), args.database.clone());
    let config = Config::load(&ServeArgs { data, database, ..ServeArgs::default() })?;
    let identity = open(&config).await?;
    match &args.action {
        UserAction::Set(set) => put(&identity, &config, set, as_json).await,
        UserAction::List => {
            list(&identity, as_json);
            Ok(())
        }
        UserAction::Remove { name } => match identity.remove(Kind::User, name).await {
            Ok(()) => {
                print::line(format!("user {name} is removed"));
                Ok(())
            }
            Err(Error::NotFound { .. }) => {
                Err(Failure::Refused(format!("there is no user `{name}`; `hosk user list` shows them")))
            }
            Err(error) => Err(failed(error)),
        },
    }
}

async fn open(config: &Config) -> Result<Identity, Failure> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    Identity::start(database::identities(config).await?).await.map_err(failed)
}

fn failed(error: Error) -> Failure {
    anyhow::Error::new(error).context("the users cannot be read or written").into()
}

async fn put(identity: &Identity, config: &Config, set: &UserSet, as_json: bool) -> Result<(), Failure> {
    for name in std::iter::once(&set.name).chain(&set.groups) {
        if name.is_empty()
            || name.chars().count() > hosk_identity::MAX_ID
            || name.chars().any(char::is_control)
        {
            return Err(Failure::Refused(format!(
                "{name:?} is no name: give 1 to {} characters without control characters",
                hosk_identity::MAX_ID
            )));
        }
    }
    let password = password::read(&format!("New password of {}: ", set.name))?;
    let user = User {
        username: set.name.as_str().into(),
        name: set.full_name.as_deref().map(Into::into),
        email: set.email.as_deref().map(Into::into),
        password_hash: hash_password_of(&password, config.minimum_password_length)?.into(),
    };
    let groups: Vec<Arc<str>> = set.groups.iter().map(|group| group.as_str().into()).collect();
    identity.put_user(&user, &groups).await.map_err(failed)?;
    if as_json {
        print::json(&json!({"name": set.name, "groups": set.groups}));
    } else {
        print::line(format!("user {} is set", set.name));
    }
    Ok(())
}

fn list(identity: &Identity, as_json: bool) {
    let users = identity.users();
    let groups = |user: &User| identity.holders(Kind::User, &user.username, Kind::Group);
    if as_json {
        let one = |user: &Arc<User>| json!({"name": user.username, "fullName": user.name, "email": user.email, "groups": groups(user)});
        print::json(&json!(users.iter().map(one).collect::<Vec<_>>()));
    } else if users.is_empty() {
        print::line("No users yet. Add one with `hosk user set NAME --group operators`.");
    } else {
        let rows: Vec<Vec<String>> = users
            .iter()
            .map(|user| {
                let full_name = user.name.as_deref().unwrap_or_default().to_owned();
                vec![user.username.to_string(), full_name, groups(user).join(", ")]
            })
            .collect();
        print::table(&["NAME", "FULL NAME", "GROUPS"], &rows);
    }
}
