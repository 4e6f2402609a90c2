//! Files as typed: which part each belongs to, how it is read, what may be marked.

use std::path::PathBuf;

use anyhow::{Context, bail};
use canarymark::{
    advisory::Part,
    carrier::CarrierKind,
    document::{Document, DocumentError, Format, Language, MAX_DOCUMENT_BYTES},
    master::{PlanOptions, SourceFile},
};

use crate::{failure::Hint, input};

/// The files of an advisory.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// Files with author markup; Markdown by `.md`, plain text by `.txt`, `.html`, `.eml`, CSAF,
    /// OSV and CVE by what a `.json` file holds, other files are source
    #[arg(value_name = "FILE", required_unless_present = "part")]
    files: Vec<PathBuf>,
    /// A file of another part: description (the default), detail, detection or testcode
    #[arg(long, value_name = "PART=FILE", value_parser = parse_part)]
    part: Vec<(Part, PathBuf)>,
    /// Carriers that may find slots by themselves, joined by commas: lexical-a, lexical-b,
    /// typographic, array-order, names, structure, surface, zero-width (invisible characters, a
    /// lead that never accuses alone), or none
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "lexical-a,typographic,array-order,names,structure,surface"
    )]
    carriers: Vec<CarrierName>,
    /// Names in source that tests or callers use from outside, joined by commas; never changed
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    keep: Vec<String>,
    /// The language of source files, whatever their names
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<Language>,
    /// Read the files as markdown, plain, html, eml, csaf, osv, cve, json or source, whatever their names
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// A carrier that finds slots by itself, or none.
#[derive(Debug, Clone, Copy)]
enum CarrierName {
    None,
    Of(CarrierKind),
}

impl std::str::FromStr for CarrierName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self::None);
        }
        let kind: CarrierKind = text.parse()?;
        match kind {
            CarrierKind::Declared | CarrierKind::Optional | CarrierKind::Fact => {
                bail!(
                    "what the author declares is always used; expected lexical-a, lexical-b, typographic, array-order, names, structure, surface or none"
                )
            }
            _ => Ok(Self::Of(kind)),
        }
    }
}

fn next_step(error: &DocumentError) -> &'static str {
    match error {
        DocumentError::Empty { .. } => "write the text first, or name another file",
        DocumentError::NotText { .. } => "save the file as UTF-8 text",
        _ => "name a file of text",
    }
}

fn parse_part(text: &str) -> anyhow::Result<(Part, PathBuf)> {
    let (part, file) =
        text.split_once('=').context("expected PART=FILE, such as testcode=check.sh")?;
    Ok((part.parse()?, PathBuf::from(file)))
}

impl Files {
    /// Reads all files.
    pub(super) fn read(&self) -> anyhow::Result<Vec<SourceFile>> {
        let mut files = Vec::new();
        let described = self.files.iter().filter(|file| {
            // A file named again by `--part` belongs to that part.
            !self.part.iter().any(|(_, other)| other == *file)
        });
        let described = described.map(|file| (Part::Description, file));
        for (part, path) in described.chain(self.part.iter().map(|(part, path)| (*part, path))) {
            let name = input::base_name(path)?;
            let bytes = input::read(path, MAX_DOCUMENT_BYTES)?;
            let text = Document::check_text(&path.display().to_string(), bytes)
                .or_else(|error| Err(error.clone()).hint(next_step(&error)))?;
            let format = self.format.unwrap_or_else(|| Format::detect(&name, &text));
            files.push(SourceFile { name, part, format, text });
        }
        Ok(files)
    }

    /// The carriers that may find slots by themselves.
    pub(super) fn carriers(&self) -> Vec<CarrierKind> {
        let kinds = self.carriers.iter().filter_map(|name| match name {
            CarrierName::None => None,
            CarrierName::Of(kind) => Some(*kind),
        });
        kinds.collect()
    }

    /// What a plan of these files may use.
    pub(super) fn options(&self) -> PlanOptions {
        PlanOptions {
            carriers: self.carriers(),
            disabled: Vec::new(),
            keep: self.keep.clone(),
            language: self.language,
        }
    }
}
