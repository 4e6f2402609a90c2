//! `canary`: what becomes of tokens.

use std::fmt::Write;

use canarymark::{
    canary::Token,
    key::random_bytes,
    log::{Body, Export, Opening},
    sighting,
    store::{Change, StoreError},
};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use serde::Serialize;

use crate::{
    answer::Answer,
    failure::Hint,
    home::{self, Home},
};

/// Say what became of tokens
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Mark tokens as exported or publicly seen: from now on they say nothing of a copy
    ///
    /// Anybody can write a token that was published, so later sightings of it accuse nobody. Final.
    Burn {
        /// Tokens as they stand in a copy, in any letter case
        #[arg(value_name = "TOKEN", required = true)]
        tokens: Vec<Token>,
    },
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    canary: &'a str,
    advisory: &'a str,
    revision: u32,
    recipient: Option<&'a str>,
    burnt: String,
}

pub(super) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    let Command::Burn { tokens } = args.command;
    let mut store = home.store()?;
    let (mut text, mut json) = (String::new(), String::new());
    for token in tokens {
        let unknown = || StoreError::Unknown { kind: "canary", id: "with this token".to_owned() };
        let known = sighting::look_up(&store, token)?
            .ok_or_else(unknown)
            .hint("only tokens that were issued can be burnt; `canarymark scan` finds them")?;
        let at = known.canary.burnt.unwrap_or_else(Timestamp::now);
        if known.canary.burnt.is_none() {
            let body = Body::Export(Export { token, unix_seconds: at.as_second() });
            home::write(&mut store, |_, _| {
                let opening = Opening::new(&body, random_bytes(&SystemRandom::new())?)?;
                Ok(vec![Change::AppendLeaf(opening), Change::BurnCanary { token, at }])
            })?;
        }
        let recipient = known.copy.as_ref().map(|copy| copy.recipient.as_str());
        let report = Report {
            schema: "canarymark/burnt/v1",
            canary: &known.canary.name,
            advisory: known.advisory.as_str(),
            revision: known.revision,
            recipient,
            burnt: at.to_string(),
        };
        json.push_str(&serde_json::to_string(&report)?);
        json.push('\n');
        let of = recipient.map_or("every copy".to_owned(), |name| format!("the copy of {name}"));
        writeln!(
            text,
            "burnt: canary `{}` of {} revision {}, in {of}; later sightings say nothing of a copy",
            known.canary.name, known.advisory, known.revision
        )?;
    }
    Ok(Answer { text, json, exit: crate::exit::Exit::Done, failures: Vec::new() })
}
