//! The command line, one file a subcommand. Exit codes: 0 done, 1 failed, 2 wrong usage.

mod attach;
mod audit;
mod config;
mod demo;
mod ending;
mod generate;
pub mod import;
mod keys;
mod maintain;
mod migrate;
mod openapi;
pub mod procedures;
mod progress;
mod recorded;
mod seal;
mod serve;
mod token;
mod witness;

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Threads for everything but answering requests: lanes, reads, the feeds.
pub const BACKGROUND_THREADS: usize = 2;

/// The file that is read unless another is named.
const DEFAULT_FILE: &str = "dancu.toml";

/// What a subcommand fails with: said on standard error with all its causes.
type Failure = Box<dyn Error + Send + Sync>;

/// Answers other agencies' questions about a person from Vietnam's national population database.
#[derive(Debug, Parser)]
#[command(name = "dancu", version, propagate_version = true)]
struct Cli {
    /// The configuration; `dancu.toml` if it is there and none is named.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Demo(demo::Args),
    Migrate(migrate::Args),
    Maintain(maintain::Args),
    Seal(seal::Args),
    #[command(subcommand)]
    Audit(audit::Command),
    Keys(keys::Keys),
    Generate(generate::Args),
    Import(import::Args),
    Procedures(procedures::Procedures),
    Token(token::Args),
    Openapi(openapi::Args),
    Config(config::Args),
    Witness(Box<witness::Args>),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(BACKGROUND_THREADS)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            say(&with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let read = || -> Result<Config, Failure> {
        let file = cli.config.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        Ok(Config::read(&file, cli.config.is_some())?)
    };
    let done = |()| ExitCode::SUCCESS;
    match &cli.command {
        Command::Serve(args) => serve::run(args, read()?).await.map(done),
        Command::Demo(args) => {
            let file = cli.config.as_deref();
            demo::run(args, file, read()?).await.map(done)
        }
        Command::Migrate(args) => migrate::run(args, read()?).await.map(done),
        Command::Maintain(args) => maintain::run(args, read()?).await.map(done),
        Command::Seal(args) => seal::run(args, read()?).await.map(done),
        Command::Audit(command) => audit::run(command, read).await,
        Command::Keys(args) => keys::run(args, read).await.map(done),
        Command::Generate(args) => generate::run(args, read).await.map(done),
        Command::Import(args) => recorded::import(args, read()?).await,
        Command::Procedures(args) => recorded::procedures(args, read).await.map(done),
        Command::Token(args) => token::run(args, read()?).await.map(done),
        Command::Openapi(args) => openapi::run(args).map(done),
        Command::Config(args) => config::run(args, &read()?).map(done),
        Command::Witness(args) => witness::run(args).await.map(done),
    }
}

/// Says something to the person at the terminal.
fn say(text: &str) {
    let _nobody_listens = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a result to standard output, which may be a pipe that was closed.
fn print(text: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// `what happened: because: because`.
fn with_causes(error: &dyn Error) -> String {
    let mut text = format!("dancu: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_shows_an_example() {
        for command in Cli::command().get_subcommands_mut() {
            shows_an_example(command);
        }
    }

    fn shows_an_example(command: &mut clap::Command) {
        let help = command.render_long_help().to_string();
        let shown = help.contains("Example: dancu ");
        assert!(shown, "{} has none", command.get_name());
        // clap's own `help`, which comes with subcommands, has none.
        let own = command.get_subcommands_mut();
        own.filter(|it| it.get_name() != "help")
            .for_each(shows_an_example);
    }
}
