//! `recipient`: who gets copies.

// A recipient as typed or listed.
mod entry;
// `recipient import`.
mod import;

use std::{fmt::Write, path::PathBuf};

use anyhow::Context;
use canarymark::{
    recipient::{Endpoint, Recipient, RecipientId, Standing},
    store::{Change, Sqlite, Store, StoreError},
};
use serde::Serialize;

use crate::{
    answer::Answer,
    failure::Hint,
    home::{self, Home},
    terminal::escape,
};

/// Add, list, suspend and revoke recipients
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Add a recipient
    Add(Box<entry::Add>),
    /// Add the recipients of a CSV file
    Import {
        /// CSV with a header: id, name, tier, jurisdiction, flag, age, endpoint; only id is
        /// required, several values are joined by `;`. `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// List all recipients, in order of enrolment
    List,
    /// Give a recipient no more copies until further notice; it is still traced
    Suspend(Decision),
    /// Give a recipient no more copies ever; it is still traced
    Revoke(Decision),
}

#[derive(Debug, clap::Args)]
struct Decision {
    /// The recipient
    #[arg(value_name = "ID")]
    id: RecipientId,
    /// Why
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

/// A recipient as `--json` shows it.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    tier: Option<String>,
    jurisdictions: Vec<String>,
    flags: Vec<String>,
    age: Vec<String>,
    ssh_key: Option<String>,
    endpoints: Vec<String>,
    standing: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct One {
    schema: &'static str,
    recipient: Shown,
}

#[derive(Serialize)]
struct Listed {
    schema: &'static str,
    recipients: Vec<Shown>,
}

pub(crate) fn run(args: Args, home: &Home) -> anyhow::Result<Answer> {
    match args.act {
        Act::Add(add) => {
            let recipient = add.recipient()?;
            write(&mut home.store()?, &Change::PutRecipient(recipient.clone()))?;
            answer(&recipient, &format!("added {}\n", recipient.id))
        }
        Act::Import { file } => import::run(&mut home.store()?, &file),
        Act::List => list(&home.store()?),
        Act::Suspend(Decision { id, reason }) => {
            set(&mut home.store()?, &id, Standing::Suspended { reason })
        }
        Act::Revoke(Decision { id, reason }) => {
            set(&mut home.store()?, &id, Standing::Revoked { reason })
        }
    }
}

fn list(store: &Sqlite) -> anyhow::Result<Answer> {
    let recipients: Vec<Shown> = store.recipients()?.iter().map(Shown::new).collect();
    let longest = recipients.iter().map(|recipient| recipient.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for shown in &recipients {
        let mut line = format!("{:longest$}  {:9}", shown.id, shown.standing);
        let lists = [&shown.jurisdictions, &shown.flags, &shown.endpoints].map(|all| all.join(";"));
        let more = [shown.tier.clone().unwrap_or_default(), shown.name.clone()];
        let reason = shown.reason.clone().unwrap_or_default();
        for column in more.into_iter().chain(lists).chain([reason]).filter(|text| !text.is_empty())
        {
            write!(line, "  {}", escape(&column))?;
        }
        writeln!(text, "{}", line.trim_end())?;
    }
    Answer::done(&Listed { schema: "canarymark/recipients/v1", recipients }, text)
}

fn set(store: &mut Sqlite, id: &RecipientId, standing: Standing) -> anyhow::Result<Answer> {
    write(store, &Change::SetStanding { recipient: id.clone(), standing })?;
    let recipient = store.recipient(id)?.context("the recipient is gone")?;
    let text = format!("{} is {}\n", recipient.id, escape(&recipient.standing.to_string()));
    answer(&recipient, &text)
}

fn write(store: &mut Sqlite, change: &Change) -> anyhow::Result<()> {
    match home::write(store, |_, _| Ok(vec![change.clone()])) {
        Ok(_) => Ok(()),
        Err(error) => match error.downcast_ref() {
            Some(StoreError::Exists { .. }) => {
                Err(error).hint("an entry is never replaced; `canarymark recipient list` shows all")
            }
            Some(StoreError::Unknown { .. }) => {
                Err(error).hint("`canarymark recipient list` shows all")
            }
            _ => Err(error),
        },
    }
}

fn answer(recipient: &Recipient, text: &str) -> anyhow::Result<Answer> {
    Answer::done(&One { schema: "canarymark/recipient/v1", recipient: Shown::new(recipient) }, text)
}

impl Shown {
    fn new(recipient: &Recipient) -> Self {
        let (standing, reason) = match &recipient.standing {
            Standing::Active => ("active", None),
            Standing::Suspended { reason } => ("suspended", Some(reason.clone())),
            Standing::Revoked { reason } => ("revoked", Some(reason.clone())),
        };
        Self {
            id: recipient.id.to_string(),
            name: recipient.name.clone(),
            tier: recipient.tier.clone(),
            jurisdictions: recipient.jurisdictions.clone(),
            flags: recipient.flags.clone(),
            age: recipient.age.clone(),
            ssh_key: recipient.ssh_key.clone(),
            endpoints: recipient.endpoints.iter().map(Endpoint::to_string).collect(),
            standing,
            reason,
        }
    }
}
