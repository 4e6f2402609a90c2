//! The command line.

// What every command answers.
mod answer;
// What was typed.
mod args;
// One file a command.
mod commands;
// How the process ends.
mod exit;
// Errors with a next step.
mod failure;
// Where a programme lives.
mod home;
// Files that come into the program.
mod input;
// Files that leave the program.
mod output;
// Progress of long work.
mod progress;
// What reaches the terminal.
mod terminal;

use clap::Parser;

use crate::{args::Args, exit::Exit, home::Home};

fn main() -> Exit {
    let Args { home, json, color, command } = Args::parse();
    let answered = command.run(&Home::locate(home)).and_then(|answer| {
        for failure in &answer.failures {
            terminal::print_error(failure, None, color);
        }
        answer.print(json)?;
        Ok(answer.exit)
    });
    match answered {
        Ok(exit) => exit,
        Err(error) if failure::is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            terminal::print_error(
                &format!("{error:#}"),
                failure::hint_of(&error).as_deref(),
                color,
            );
            Exit::CouldNot
        }
    }
}
