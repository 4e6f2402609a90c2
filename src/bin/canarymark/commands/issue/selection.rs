//! Who is meant by `--to` and `--all`.

use anyhow::bail;
use canarymark::{
    issuance::{self, Address},
    recipient::{Recipient, RecipientId, Standing},
    store::{Sqlite, Store},
};
use serde::Serialize;

/// Whom to issue to.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Selection {
    /// These recipients, joined by commas
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    to: Vec<RecipientId>,
    /// Every active recipient
    #[arg(long)]
    all: bool,
}

/// A selection, resolved.
pub(super) struct Selected {
    /// Where copies go.
    pub addresses: Vec<Address>,
    /// Who gets none although `--all` was asked for, and why.
    pub withheld: Vec<Withheld>,
    /// Who was named and gets none, and why.
    pub refused: Vec<(String, String)>,
}

/// A copy that is not given out.
#[derive(Serialize)]
pub(super) struct Withheld {
    /// From whom.
    pub recipient: String,
    /// Which part; all of them when there is none.
    pub part: Option<String>,
    /// Until when, if that is known.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
}

impl Selection {
    /// Looks the recipients up.
    pub(super) fn select(&self, store: &Sqlite) -> anyhow::Result<Selected> {
        let mut selected =
            Selected { addresses: Vec::new(), withheld: Vec::new(), refused: Vec::new() };
        if self.all {
            let recipients = store.recipients()?;
            for recipient in recipients.iter().filter(|r| r.standing != Standing::Active) {
                selected.withheld.push(Withheld {
                    recipient: recipient.id.to_string(),
                    part: None,
                    until: None,
                    reason: recipient.standing.to_string(),
                });
            }
            selected.addresses = issuance::addresses(&recipients);
            if recipients.is_empty() {
                bail!("there are no recipients yet; `canarymark recipient add ID` adds one");
            }
            return Ok(selected);
        }
        let mut active: Vec<Recipient> = Vec::new();
        for id in &self.to {
            match store.recipient(id)? {
                None => {
                    selected.refused.push((id.to_string(), "there is no such recipient".to_owned()))
                }
                Some(recipient) if recipient.standing != Standing::Active => {
                    selected
                        .refused
                        .push((id.to_string(), format!("it is {}", recipient.standing)));
                }
                Some(recipient) if active.iter().any(|known| known.id == recipient.id) => {}
                Some(recipient) => active.push(recipient),
            }
        }
        selected.addresses = issuance::addresses(&active);
        Ok(selected)
    }
}
