//! The command line: what can be typed, and the help that goes with it.

mod backup;
mod connection;
mod plugin;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hosk_api::Level;

pub(crate) use backup::{BackUpArgs, MaybeServer, MigrateArgs, MoveArgs, MoveTo, RestoreArgs};
pub(crate) use connection::{ConnectionAction, ConnectionArgs, ConnectionSet};
pub(crate) use plugin::{
    PluginAction, PluginArgs, PluginBuild, PluginCheck, PluginLanguage, PluginRun, PluginSign,
};

const EXAMPLES: &str = "\
Examples:
  hosk demo                                  the ship-goods process with sample data, ready to click
  hosk serve --data ./data                   a server on 127.0.0.1:8080
  hosk serve --database postgres://db/hosk   the same on a PostgreSQL server
  hosk check order.bpmn                      every mistake in a model, with line and remedy
  hosk convert old.bpmn --out new            a model of Camunda 7 as one for hosk, and what needs a hand
  hosk deploy order.bpmn approve.form        upload to a running server
  hosk start order '{\"amount\": 12}'          start an instance
  hosk tasks --user anna                     what Anna has to do
  hosk connection set erp --connector http --host erp.example.com   where the steps of `erp` may call
  hosk plugin check crm.wasm                 whether a plugin is sound and its golden calls come out
  hosk plugin install crm.wasm               a connector that somebody else wrote, at once
  hosk backup monday.db --data ./data        a copy of all there is, while the server runs
  hosk feel 'sum(items.price)' '{\"items\": [{\"price\": 2}, {\"price\": 3}]}'

Exit status:
  0  done
  1  the work found errors: a model with mistakes, a failed scenario, a refused command
  2  the command line is wrong
  3  the server cannot be reached";

/// hosk runs business processes drawn in BPMN 2.0 and calls CRM and ERP systems on their way.
#[derive(Debug, Parser)]
#[command(name = "hosk", version, about, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Answer in JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    Serve(ServeArgs),
    /// Start a server with the ship-goods process, sample records and users, and say where to click.
    Demo(DemoArgs),
    /// Upload processes and forms to a running server.
    Deploy(DeployArgs),
    /// Print every mistake in the given files, without a server.
    Check(CheckArgs),
    /// Turn models of Camunda 7 into models that hosk runs, without a server.
    Convert(ConvertArgs),
    /// Run scenario files on virtual time, without a server.
    Test(TestArgs),
    /// Start a process instance on a running server.
    Start(StartArgs),
    /// List, claim and complete user tasks on a running server.
    Tasks(TasksArgs),
    /// Configure how connectors reach other systems, on a running server.
    Connection(ConnectionArgs),
    /// Install plugins on a running server; write, check and try them without one.
    Plugin(PluginArgs),
    /// Evaluate a FEEL expression.
    Feel(FeelArgs),
    /// Evaluate a decision of a DMN file and show inputs, matched rules and warnings.
    Dmn(DmnArgs),
    /// Manage the users of a data folder.
    User(UserArgs),
    /// Copy all there is into one file, while the server runs.
    Backup(BackUpArgs),
    /// Make an installation of a back-up.
    Restore(RestoreArgs),
    /// Move what the engine keeps from the data folder to a PostgreSQL server, or back.
    Move(MoveArgs),
    /// Bring the database up to date without starting a server; with --citus, spread it over several machines.
    Migrate(MigrateArgs),
    /// Print the effective configuration and where each value comes from.
    Config(ServeArgs),
    /// Print what a shell needs to complete commands and options.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one a command into a folder.
    Man(ManArgs),
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeArgs {
    /// Folder of the database; created when missing [default: ./hosk-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL server to keep instances in: postgres://user:password@host/database. HOSK_DATABASE or the
    /// configuration file keep the password from the list of processes [default: a file in the data folder]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Address to listen on; port 0 lets the system choose [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Address of the listener for operators: /metrics, /health/live, /health/ready; without sign-in, so for this machine or
    /// an inner network [default: none]
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin: Option<SocketAddr>,
    /// Level of Camunda 8's API that answers have: 8.10, with which clients of 8.9 work as well, or 8.9, for those that refuse
    /// what they do not know [default: 8.10]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) api_level: Option<Level>,
    /// Who may call: `basic` asks for user and password, `none` trusts everyone on this machine [default: basic]
    #[arg(long, value_enum)]
    pub(crate) auth: Option<AuthMode>,
    /// Shortest new password, in characters; less than the default is for test installations only [default: 8]
    #[arg(long, value_name = "N")]
    pub(crate) minimum_password_length: Option<usize>,
    /// Let `PUT /v2/clock` set the time of the whole server: for tests only
    #[arg(long)]
    pub(crate) controllable_clock: bool,
    /// Configuration file [default: hosk.toml in the data folder, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Log as JSON, one object a line
    #[arg(long)]
    pub(crate) log_json: bool,
}

/// Who may call the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuthMode {
    /// User and password (HTTP Basic).
    Basic,
    /// Everyone; on a loopback address only.
    None,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Run one order through as the employee would, print what came out, and stop
    #[arg(long)]
    pub(crate) once: bool,
    /// Address to listen on, on this machine only; port 0 lets the system choose [default: 127.0.0.1:8080, any
    /// free port with --once]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Folder of the database; a fresh temporary one when not given
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL server to keep instances in [default: a file in the folder]
    #[arg(long, value_name = "URL", env = "HOSK_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
}

/// Where the server is and who calls.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    /// Address of the server
    #[arg(long, env = "HOSK_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub(crate) server: String,
    /// User to sign in as; the password is read from HOSK_PASSWORD
    #[arg(long, env = "HOSK_USER", value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Password of the user
    #[arg(long, env = "HOSK_PASSWORD", hide_env_values = true, value_name = "TEXT", hide = true)]
    pub(crate) password: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Files, or folders whose `.bpmn`, `.dmn` and `.form` files are meant
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Tenant whose they are, where the server tells tenants apart
    #[arg(long)]
    pub(crate) tenant: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files, or folders whose `.bpmn` and `.form` files are meant
    #[arg(required_unless_present = "explain", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print errors only
    #[arg(long, conflicts_with = "strict")]
    pub(crate) errors_only: bool,
    /// When to use colours: on a terminal, unless NO_COLOR is set, or always, or never
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
    /// Print what a code means: what happened, why, what to do
    #[arg(long, value_name = "CODE", conflicts_with = "files")]
    pub(crate) explain: Option<String>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// Models, or folders whose `.bpmn` files are meant
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Folder for the converted models and the forms taken out of them; a single model goes to standard output without it
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Scenario files, or folders whose `.scenario` files are meant
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write the transcripts as they came out back into the files
    #[arg(long, env = "BLESS")]
    pub(crate) bless: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Process id
    pub(crate) process: String,
    /// Variables, a JSON object; `@FILE` reads it from a file
    pub(crate) variables: Option<String>,
    /// Version; the newest when not given
    #[arg(long)]
    pub(crate) version: Option<u32>,
    /// Tenant whose process it is, where the server tells tenants apart
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Wait for the end and print the variables
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TasksArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(subcommand)]
    pub(crate) action: Option<TaskAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskAction {
    /// Show a task: instructions, form fields, variables
    Show {
        /// Key of the task
        key: String,
    },
    /// Take a task
    Claim {
        /// Key of the task
        key: String,
        /// For whom; yourself when not given
        #[arg(long)]
        assignee: Option<String>,
    },
    /// Give a task back
    Release {
        /// Key of the task
        key: String,
    },
    /// Complete a task and show what happened
    Complete {
        /// Key of the task
        key: String,
        /// What the form gives, a JSON object; `@FILE` reads it from a file
        variables: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FeelArgs {
    /// The expression, with or without a leading `=`
    pub(crate) expression: String,
    /// Variables, a JSON object; `@FILE` reads it from a file
    pub(crate) variables: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DmnArgs {
    /// The DMN file
    pub(crate) file: PathBuf,
    /// Id or name of the decision, decision service or business knowledge model [default: the only one of the file]
    #[arg(long, value_name = "ID")]
    pub(crate) decision: Option<String>,
    /// Variables, a JSON object; `@FILE` reads it from a file
    #[arg(long, value_name = "JSON")]
    pub(crate) variables: Option<String>,
    /// A DMN file that the file imports; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) import: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell: put the output where it looks for completions
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Folder for a page a command; without it the page of `hosk` goes to standard output
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    pub(crate) action: UserAction,
    /// Folder of the database [default: ./hosk-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL server, when users are kept there [default: what the server's configuration says]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserAction {
    /// Add a user, or replace one; the password is read from the terminal or standard input
    Set(UserSet),
    /// List the users
    List,
    /// Remove a user
    Remove {
        /// Sign-in name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct UserSet {
    /// Sign-in name
    pub(crate) name: String,
    /// Full name
    #[arg(long)]
    pub(crate) full_name: Option<String>,
    /// E-mail address
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Group whose tasks the user sees; may be repeated. Members of `operators` may do everything, members of
    /// `workers` work jobs, start instances and publish messages
    #[arg(long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
