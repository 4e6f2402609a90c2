//! A recipient as typed or listed, checked field by field.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use canarymark::recipient::{Endpoint, Recipient, RecipientId};

use crate::failure::Hint;

/// A public key in the SSH format is one line.
const LONGEST_KEY_FILE: u64 = 16_384;

/// Longest name, in bytes; a choice that leaves room for any legal name.
const LONGEST_NAME: usize = 255;

/// Longest public key of the age format, in bytes; keys of plugins are the longest.
const LONGEST_AGE_KEY: usize = 4096;

#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// Id: letters, digits, `.`, `_`, `-`; unique regardless of case
    #[arg(value_name = "ID")]
    id: String,
    /// Name for people
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// Tier of the programme
    #[arg(long)]
    tier: Option<String>,
    /// Two-letter country code; may be repeated
    #[arg(long, value_name = "CC")]
    jurisdiction: Vec<String>,
    /// Flag that rules of the programme look at; may be repeated
    #[arg(long)]
    flag: Vec<String>,
    /// Public key of the age format for sealed copies; may be repeated
    #[arg(long, value_name = "KEY")]
    age: Vec<String>,
    /// File with the public SSH key that signs receipts
    #[arg(long, value_name = "FILE")]
    ssh_key: Option<PathBuf>,
    /// A place that gets its own copy; may be repeated
    #[arg(long, value_name = "NAME")]
    endpoint: Vec<String>,
}

impl Add {
    pub(crate) fn recipient(&self) -> anyhow::Result<Recipient> {
        let fields = Fields {
            id: &self.id,
            name: &self.name,
            tier: self.tier.as_deref(),
            jurisdictions: self.jurisdiction.iter().map(String::as_str).collect(),
            flags: self.flag.iter().map(String::as_str).collect(),
            age: self.age.iter().map(String::as_str).collect(),
            endpoints: self.endpoint.iter().map(String::as_str).collect(),
        };
        let ssh_key = self.ssh_key.as_deref().map(read_ssh_key).transpose()?;
        Ok(Recipient { ssh_key, ..fields.recipient()? })
    }
}

/// The fields of a recipient as text.
pub(crate) struct Fields<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub tier: Option<&'a str>,
    pub jurisdictions: Vec<&'a str>,
    pub flags: Vec<&'a str>,
    pub age: Vec<&'a str>,
    pub endpoints: Vec<&'a str>,
}

impl Fields<'_> {
    pub(crate) fn recipient(self) -> anyhow::Result<Recipient> {
        let name = self.name.trim();
        ensure!(
            name.len() <= LONGEST_NAME && !name.contains(char::is_control),
            "name: expected at most {LONGEST_NAME} bytes without control characters"
        );
        let endpoints = self.endpoints.iter().map(|name| Endpoint::new(name).context("endpoint"));
        let jurisdictions = self.jurisdictions.iter().map(|code| jurisdiction(code));
        let recipient = Recipient {
            name: name.to_owned(),
            tier: self.tier.map(|tier| word("tier", tier)).transpose()?,
            jurisdictions: jurisdictions.collect::<anyhow::Result<_>>()?,
            flags: self
                .flags
                .iter()
                .map(|flag| word("flag", flag))
                .collect::<anyhow::Result<_>>()?,
            age: self.age.iter().map(|key| age_key(key)).collect::<anyhow::Result<_>>()?,
            endpoints: endpoints.collect::<anyhow::Result<_>>()?,
            ..Recipient::new(RecipientId::new(self.id)?)
        };
        let endpoints = recipient.endpoints.iter().map(Endpoint::as_str);
        unrepeated("endpoint", endpoints)?;
        unrepeated("jurisdiction", recipient.jurisdictions.iter().map(String::as_str))?;
        unrepeated("flag", recipient.flags.iter().map(String::as_str))?;
        unrepeated("age key", recipient.age.iter().map(String::as_str))?;
        Ok(recipient)
    }
}

/// Tiers and flags are spelled like ids.
fn word(kind: &'static str, text: &str) -> anyhow::Result<String> {
    RecipientId::new(text).context(kind)?;
    Ok(text.to_owned())
}

fn jurisdiction(code: &str) -> anyhow::Result<String> {
    let fits = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    ensure!(fits, "jurisdiction `{}`: expected a two-letter country code", cut(code));
    Ok(code.to_ascii_uppercase())
}

/// Checks the shape only; whether a key can be sealed to is known when it is used.
fn age_key(key: &str) -> anyhow::Result<String> {
    if key.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
        return Err(anyhow!(
            "age: this is a secret key, expected a public one that begins with `age1`"
        ))
        .hint(
            "whoever holds a secret key can read; have it replaced, it is in your shell's history",
        );
    }
    let body = key.strip_prefix("age1").unwrap_or_default();
    let fits = (10..=LONGEST_AGE_KEY).contains(&body.len())
        && body
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    ensure!(fits, "age key `{}`: expected `age1` and lower-case letters and digits", cut(key));
    Ok(key.to_owned())
}

fn read_ssh_key(path: &Path) -> anyhow::Result<String> {
    let shown = || path.display().to_string();
    let mut text = String::new();
    let file = File::open(path).with_context(shown)?;
    file.take(LONGEST_KEY_FILE).read_to_string(&mut text).with_context(shown)?;
    if text.contains("PRIVATE KEY") {
        return Err(anyhow!("{}: this is a private key, expected a public one", shown()))
            .hint("the public key lies beside it in a file that ends in `.pub`");
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let [line] = lines[..] else {
        bail!("{}: expected one public key on one line, found {} lines", shown(), lines.len());
    };
    let mut words = line.split_ascii_whitespace();
    let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let known = ["ssh-ed25519", "ssh-rsa", "sk-ssh-ed25519@openssh.com"].contains(&kind)
        || kind.starts_with("ecdsa-sha2-")
        || kind.starts_with("sk-ecdsa-sha2-");
    let blob = BASE64_STANDARD.decode(key).unwrap_or_default();
    // The key repeats its type behind four bytes of length.
    let repeats = blob.get(4..4 + kind.len()) == Some(kind.as_bytes());
    ensure!(known && repeats, "{}: expected a public key such as `ssh-ed25519 AAAA...`", shown());
    Ok(format!("{kind} {key}"))
}

fn unrepeated<'a>(kind: &str, values: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let mut seen = std::collections::HashSet::new();
    for value in values {
        ensure!(seen.insert(value.to_ascii_lowercase()), "{kind} `{}` is there twice", cut(value));
    }
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Fields<'static>)) -> String {
        let mut fields = Fields {
            id: "contoso",
            name: "Contoso",
            tier: Some("entry"),
            jurisdictions: vec!["de", "FR"],
            flags: vec!["state-reporting"],
            age: vec!["age1qqqqqqqqqqqq"],
            endpoints: vec!["lab", "soc"],
        };
        change(&mut fields);
        fields.recipient().map_or_else(|error| format!("{error:#}"), |_| "accepted".to_owned())
    }

    #[test]
    fn each_field_is_checked() {
        assert_eq!(refused(|_| ()), "accepted");
        for (error, start) in [
            (refused(|fields| fields.id = "a b"), "`a b` is not an id"),
            (refused(|fields| fields.name = "a\u{1b}b"), "name: expected"),
            (refused(|fields| fields.tier = Some("")), "tier: `` is not an id"),
            (refused(|fields| fields.jurisdictions[0] = "DEU"), "jurisdiction `DEU`: expected"),
            (refused(|fields| fields.jurisdictions[0] = "fr"), "jurisdiction `FR` is there twice"),
            (refused(|fields| fields.age[0] = "AGE-SECRET-KEY-1"), "age: this is a secret key"),
            (refused(|fields| fields.age[0] = "ssh-ed25519"), "age key `ssh-ed25519`: expected"),
            (refused(|fields| fields.endpoints[0] = "SOC"), "endpoint `soc` is there twice"),
        ] {
            assert!(error.starts_with(start), "{error}");
        }
    }
}
