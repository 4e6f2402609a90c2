//! Issuances: the logged act of giving a recipient its copy.
//!
//! A new word is drawn, stamped and read back in memory; its nonce, its leaf and the finished files
//! then go into the store in one transaction. Only after that may a copy leave.

use std::collections::HashSet;

use jiff::Timestamp;
use ring::rand::SecureRandom;

use crate::{
    advisory::{Part, Parts},
    canary::{CanaryKind, Token},
    codebook::Codeword,
    copy::{self, CopyError, MarkedCopy},
    key::{self, KeyError},
    log::{self, Body, FileEntry, IssueCommitments, LeafError, Opening},
    recipient::{Endpoint, Recipient, RecipientId, Standing},
    revision::Revision,
    scan,
    slot::CanarySlot,
    store::{CanaryRecord, Change, SpoolFile, Store, StoreError, WordRecord},
};

/// Who gets a copy, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The recipient.
    pub recipient: RecipientId,
    /// One of its endpoints, if it has any.
    pub endpoint: Option<Endpoint>,
}

/// A copy to be written out.
#[derive(Debug)]
pub struct Issuance {
    /// To whom.
    pub address: Address,
    /// Number of the word, from 1.
    pub issue: u32,
    /// The files.
    pub copy: MarkedCopy,
    /// Index of the ISSUE leaf.
    pub leaf: u64,
    /// What to commit before the copy leaves; empty when the word was drawn before.
    pub changes: Vec<Change>,
    /// Why the copy must not leave; then it has no files. The word is committed all the same: it
    /// was drawn, and drawing another one instead would be choosing.
    pub failure: Option<CopyError>,
}

/// Why a copy cannot be issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuanceError {
    /// Suspended or revoked.
    #[error("`{recipient}` is {standing}")]
    Standing {
        /// The recipient.
        recipient: RecipientId,
        /// Its standing.
        standing: Standing,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Randomness failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The leaf cannot be made.
    #[error(transparent)]
    Leaf(#[from] LeafError),
}

/// When copies are issued.
#[derive(Debug, Clone, Copy)]
pub struct IssueTime {
    /// The instant that the schedule is asked about.
    pub as_of: Timestamp,
    /// What the machine's clock shows.
    pub clock: Timestamp,
}

/// Whether an address that holds a word gets the same again or a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The same word: the copy comes out byte for byte as before.
    SameWord,
    /// The next word.
    NewWord,
}

/// The addresses of recipients that may be issued to.
pub fn addresses<'a>(recipients: impl IntoIterator<Item = &'a Recipient>) -> Vec<Address> {
    let address = |recipient: &Recipient, endpoint: Option<&Endpoint>| Address {
        recipient: recipient.id.clone(),
        endpoint: endpoint.cloned(),
    };
    recipients
        .into_iter()
        .filter(|recipient| recipient.standing == Standing::Active)
        .flat_map(|recipient| {
            recipient.addresses().into_iter().map(move |endpoint| address(recipient, endpoint))
        })
        .collect()
}

/// Draws and stamps a copy for each address, in order. `log_size` is the size of the log that the
/// words are appended to; what was drawn is committed by the caller, in order, with
/// [`Issuance::changes`].
///
/// # Errors
/// [`IssuanceError`]; nothing was committed.
#[expect(clippy::too_many_arguments, reason = "each is another noun, and all are needed")]
pub fn issue<'a>(
    revision: &'a Revision,
    words: &'a [WordRecord],
    addresses: &'a [Address],
    parts: Parts,
    repeat: Repeat,
    time: IssueTime,
    log_size: u64,
    random: &'a dyn SecureRandom,
) -> impl Iterator<Item = Result<Issuance, IssuanceError>> + 'a {
    let mut next_leaf = log_size;
    let mut drawn: HashSet<&Address> = HashSet::new();
    addresses.iter().filter(move |address| drawn.insert(address)).map(move |address| {
        let mut known = words.iter().filter(|word| {
            word.recipient == address.recipient && word.endpoint == address.endpoint
        });
        let last = known.by_ref().max_by_key(|word| word.issue);
        if let Some(word) = last {
            let same = again(revision, word, address, parts);
            // A word whose copy failed is not replaced by asking for a new one.
            if repeat == Repeat::SameWord || same.failure.is_some() {
                return Ok(same);
            }
        }
        let issue = last.map_or(0, |word| word.issue) + 1;
        let issuance = draw(revision, address, issue, parts, time, next_leaf, random)?;
        next_leaf += 1;
        Ok(issuance)
    })
}

/// Renders a word that was drawn before.
fn again(revision: &Revision, word: &WordRecord, address: &Address, parts: Parts) -> Issuance {
    let seed = seed(revision, word);
    let tokens = revision.tokens(&seed);
    let (copy, failure) = stamp(revision, &revision.codebook.codeword(&seed), &tokens, parts);
    Issuance {
        address: address.clone(),
        issue: word.issue,
        copy,
        leaf: word.leaf,
        changes: Vec::new(),
        failure,
    }
}

/// A checked copy, or none and why.
fn stamp(
    revision: &Revision,
    codeword: &Codeword,
    tokens: &[Token],
    parts: Parts,
) -> (MarkedCopy, Option<CopyError>) {
    let parts: Vec<Part> = parts.iter().collect();
    let canaries = revision.master.canaries();
    let texts = canaries.iter().zip(tokens).map(|(canary, token)| token.text(canary.kind));
    let texts: Vec<String> = texts.collect();
    let stamped = copy::stamp_with(&revision.master, codeword, &texts, &parts);
    match stamped.and_then(|copy| read_back(revision, tokens, &texts, copy)) {
        Ok(copy) => (copy, None),
        Err(error) => (MarkedCopy { files: Vec::new() }, Some(error)),
    }
}

/// Looks for the tokens in the finished files as a scan would.
fn read_back(
    revision: &Revision,
    tokens: &[Token],
    texts: &[String],
    copy: MarkedCopy,
) -> Result<MarkedCopy, CopyError> {
    let documents = revision.master.documents();
    for ((canary, token), text) in revision.master.canaries().iter().zip(tokens).zip(texts) {
        for site in &canary.sites {
            let name = documents[site.file].name();
            let Some(file) = copy.files.iter().find(|file| file.name == name) else { continue };
            let found = match token {
                Token::Full(_) if canary.kind == CanaryKind::ZeroWidth => {
                    // A file alone may hold too few frames.
                    let places = canary.sites.iter().enumerate();
                    let mut places = places.filter(|(_, other)| other.file == site.file);
                    places.all(|(place, _)| file.text.contains(&*canary.text(place, text)))
                }
                Token::Full(_) => {
                    let hits = scan::scan(file.text.as_bytes(), &revision.keys).hits;
                    hits.iter().any(|hit| hit.token == *token)
                }
                // Only a table knows it, so only its text can be looked for.
                Token::Short(_) => file.text.contains(text),
            };
            if !found {
                return Err(CopyError::Canary { name: canary.name.clone() });
            }
        }
    }
    Ok(copy)
}

fn draw(
    revision: &Revision,
    address: &Address,
    issue: u32,
    parts: Parts,
    time: IssueTime,
    leaf: u64,
    random: &dyn SecureRandom,
) -> Result<Issuance, IssuanceError> {
    let nonce = key::random_bytes(random)?;
    let word = WordRecord {
        revision_leaf: revision.record.leaf,
        recipient: address.recipient.clone(),
        endpoint: address.endpoint.clone(),
        issue,
        nonce,
        parts,
        leaf,
    };
    let seed = seed(revision, &word);
    let codeword = revision.codebook.codeword(&seed);
    let tokens = revision.tokens(&seed);
    let (copy, failure) = stamp(revision, &codeword, &tokens, parts);
    let entries: Vec<FileEntry> = copy
        .files
        .iter()
        .map(|file| FileEntry {
            name: file.name.clone(),
            length: u64::try_from(file.text.len()).expect("a length fits 64 bits"),
            sha256: file.sha256,
        })
        .collect();
    let body = Body::Issue(log::Issue {
        advisory_leaf: revision.record.leaf,
        recipient: address.recipient.clone(),
        endpoint: address.endpoint.clone(),
        issue,
        commitments: IssueCommitments::new(&seed, codeword.variants(), &entries),
        parts,
        as_of_unix_seconds: time.as_of.as_second(),
        clock_unix_seconds: time.clock.as_second(),
    });
    let mut changes = vec![
        Change::AppendLeaf(Opening::new(&body, key::random_bytes(random)?)?),
        Change::PutWord(word),
    ];
    // Those of parts that are withheld too: they belong to the word, whatever it gets later.
    let own = |(canary, _): &(&CanarySlot, Token)| canary.kind != CanaryKind::Advisory;
    changes.extend(revision.master.canaries().iter().zip(tokens).filter(own).map(
        |(canary, token)| {
            Change::PutCanary(CanaryRecord {
                token,
                kind: canary.kind,
                name: canary.name.clone(),
                revision_leaf: revision.record.leaf,
                word: Some(leaf),
                burnt: None,
            })
        },
    ));
    Ok(Issuance { address: address.clone(), issue, copy, leaf, changes, failure })
}

impl Issuance {
    /// Adds the finished files to the changes, so that a crash after the commit loses nothing.
    pub fn spool(&mut self, folder: &str) {
        for file in &self.copy.files {
            self.changes.push(Change::PutSpool(SpoolFile {
                word: self.leaf,
                folder: folder.to_owned(),
                name: file.name.clone(),
                bytes: file.text.clone().into_bytes(),
            }));
        }
    }
}

/// The seed of a word.
pub(crate) fn seed(revision: &Revision, word: &WordRecord) -> key::CopySeed {
    let endpoint = word.endpoint.as_ref().map(Endpoint::as_str);
    revision.key.word_key().copy_seed(word.recipient.as_str(), endpoint, word.issue, &word.nonce)
}

/// All words of a revision, in log order.
///
/// # Errors
/// What the store reports.
pub fn words(store: &dyn Store, revision: &Revision) -> Result<Vec<WordRecord>, StoreError> {
    store.words(revision.record.leaf)
}
