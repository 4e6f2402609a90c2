//! `man`: manual pages.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use serde::Serialize;

use crate::{
    answer::Answer,
    home::Home,
    output::{self, Readers},
    terminal::escape,
};

/// Write the manual pages into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    files: Vec<String>,
}

pub(crate) fn run(args: Args, _: &Home) -> anyhow::Result<Answer> {
    let mut command = crate::args::Args::command().disable_help_subcommand(true);
    command.build();
    let mut files = Vec::new();
    write(command, &args.folder, &mut files)?;
    let text = files.iter().map(|file| escape(file) + "\n").collect::<String>();
    Answer::done(&Report { schema: "canarymark/man/v1", files }, text)
}

fn write(command: Command, folder: &Path, files: &mut Vec<String>) -> anyhow::Result<()> {
    let listed = command.get_subcommands().filter(|command| !command.is_hide_set());
    let below: Vec<Command> = listed.cloned().collect();
    let page = Man::new(command);
    let path = folder.join(page.get_filename());
    let mut bytes = Vec::new();
    page.render(&mut bytes)?;
    output::write_new(&path, &bytes, Readers::Everyone)?;
    files.push(path.display().to_string());
    below.into_iter().try_for_each(|command| write(command, folder, files))
}
