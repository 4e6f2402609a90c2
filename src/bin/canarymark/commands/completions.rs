//! `completions`: what a shell completes.

use clap::CommandFactory;
use clap_complete::Shell;
use serde::Serialize;

use crate::{answer::Answer, home::Home};

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    shell: String,
    script: &'a str,
}

pub(crate) fn run(args: Args, _: &Home) -> anyhow::Result<Answer> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::args::Args::command(),
        "canarymark",
        &mut script,
    );
    let script = String::from_utf8(script)?;
    let shell = args.shell.to_string();
    let report = Report { schema: "canarymark/completions/v1", shell, script: &script };
    Answer::done(&report, script.as_str())
}
