//! `init`: a new programme.

use jiff::Timestamp;
use serde::Serialize;

use crate::{answer::Answer, home::Home, terminal::escape};

/// Make a new programme: home folder, root key and log
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    home: String,
    origin: String,
    key: String,
    key_check: String,
}

pub(crate) fn run(_: Args, home: &Home) -> anyhow::Result<Answer> {
    let genesis = home.create(Timestamp::now())?;
    let report = Report {
        schema: "canarymark/init/v1",
        home: home.folder().display().to_string(),
        origin: genesis.origin,
        key: home.key_path().display().to_string(),
        key_check: hex::encode(genesis.key_check),
    };
    let text = format!(
        "made {} with log {}\n\
         Without {} and the store no copy can ever be traced.\n\
         Keep a backup off this machine, now and after every issue: canarymark backup FILE\n",
        escape(&report.home),
        report.origin,
        escape(&report.key),
    );
    Answer::done(&report, text)
}
