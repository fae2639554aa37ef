//! `hosk user`: the users of a server, by its configuration. Works while it runs as well.

use anyhow::Context as _;
use hosk_api::{User, hash_password};
use serde_json::json;

use crate::cli::{ServeArgs, UserAction, UserArgs, UserSet};
use crate::config::Config;
use crate::failure::Failure;
use crate::users::StoredUsers;
use crate::{database, password, print};

pub(crate) async fn run(args: &UserArgs, as_json: bool) -> Result<(), Failure> {
    let users = open(args).await?;
    match &args.action {
        UserAction::Set(set) => put(&users, set, as_json).await,
        UserAction::List => list(&users, as_json).await,
        UserAction::Remove { name } => {
            if !users.remove(name).await? {
                return Err(Failure::Refused(format!(
                    "there is no user `{name}`; `hosk user list` shows them"
                )));
            }
            print::line(format!("user {name} is removed"));
            Ok(())
        }
    }
}

async fn open(args: &UserArgs) -> Result<StoredUsers, Failure> {
    let (data, database) = (args.data.clone(), args.database.clone());
    let config = Config::load(&ServeArgs { data, database, ..ServeArgs::default() })?;
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    Ok(StoredUsers::new(database::users(&config).await?))
}

async fn put(users: &StoredUsers, set: &UserSet, as_json: bool) -> Result<(), Failure> {
    let password = password::read(&format!("New password of {}: ", set.name))?;
    let user = User {
        name: set.name.as_str().into(),
        display_name: set.full_name.as_deref().map(Into::into),
        email: set.email.as_deref().map(Into::into),
        password_hash: hash_password(&password)?.into(),
        groups: set.groups.iter().map(|group| group.as_str().into()).collect(),
    };
    users.put(&user).await?;
    if as_json {
        print::json(&json!({"name": set.name, "groups": set.groups}));
    } else {
        print::line(format!("user {} is set", set.name));
    }
    Ok(())
}

async fn list(users: &StoredUsers, as_json: bool) -> Result<(), Failure> {
    let users = users.list().await?;
    if as_json {
        let all: Vec<_> = users
            .iter()
            .map(|user| json!({"name": user.name, "fullName": user.display_name, "email": user.email, "groups": user.groups}))
            .collect();
        print::json(&json!(all));
        return Ok(());
    }
    if users.is_empty() {
        print::line("No users yet. Add one with `hosk user set NAME --group operators`.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = users
        .iter()
        .map(|user| {
            vec![
                user.name.to_string(),
                user.display_name.as_deref().unwrap_or_default().to_owned(),
                user.groups.join(", "),
            ]
        })
        .collect();
    print::table(&["NAME", "FULL NAME", "GROUPS"], &rows);
    Ok(())
}
