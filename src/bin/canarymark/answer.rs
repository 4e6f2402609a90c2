//! What a command answers, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::exit::Exit;

/// The answer of a command.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people; whole lines.
    pub text: String,
    /// For programs; one line each.
    pub json: String,
    /// How the command ended.
    pub exit: Exit,
    /// What could not be done, one line each, on stderr.
    pub failures: Vec<String>,
}

impl Answer {
    /// An answer of a command that did what it should; `json` names its schema first.
    pub(crate) fn done(json: &impl Serialize, text: impl Into<String>) -> anyhow::Result<Self> {
        let json = serde_json::to_string(json)? + "\n";
        Ok(Self { text: text.into(), json, exit: Exit::Done, failures: Vec::new() })
    }

    /// Adds what could not be done; any of it makes the exit code 2.
    pub(crate) fn with_failures(mut self, failures: Vec<String>) -> Self {
        if !failures.is_empty() {
            self.exit = Exit::CouldNot;
        }
        self.failures.extend(failures);
        self
    }

    /// Prints the answer on stdout.
    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        let text = if json { &self.json } else { &self.text };
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }
}
