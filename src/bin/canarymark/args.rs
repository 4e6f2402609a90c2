//! What was typed.

use std::path::PathBuf;

use clap::Parser;

use crate::{commands::Command, terminal::Color};

const HEADING: &str = "Options of every command";

/// Uniquely marked copies of embargoed security advisories, and whose copy a leaked sample came
/// from.
///
/// Exit code 0: done, or the answer is yes. 1: the answer is no. 2: it could not run, or only in
/// part.
#[derive(Debug, Parser)]
#[command(name = "canarymark", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Home folder of the programme [default: $CANARYMARK_HOME, else ./.canarymark]
    #[arg(long, global = true, value_name = "DIR", help_heading = HEADING)]
    pub home: Option<PathBuf>,
    /// Answer with one JSON object
    #[arg(long, global = true, help_heading = HEADING)]
    pub json: bool,
    /// When to colour: auto, always or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_possible_values = true, hide_default_value = true, help_heading = HEADING)]
    pub color: Color,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}
