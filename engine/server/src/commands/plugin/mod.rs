//! `hosk plugin`: on a running server, and at an author's desk.

mod build;
mod golden;
mod local;
mod new;
mod remote;
mod stub;

use crate::cli::{PluginAction, PluginArgs};
use crate::client::Client;
use crate::failure::Failure;

pub(crate) async fn run(args: &PluginArgs, as_json: bool) -> Result<(), Failure> {
    match &args.action {
        PluginAction::Build(args) => build::run(args, as_json).await,
        PluginAction::Check(check) => local::check(check, as_json).await,
        PluginAction::Run(call) => local::run(call, as_json).await,
        PluginAction::New { language, name } => new::run(*language, name),
        PluginAction::Key { file } => local::key(file),
        PluginAction::Sign(sign) => local::sign(sign).await,
        action => remote::run(&Client::new(&args.server)?, action, as_json).await,
    }
}
