//! canarymark gives every partner of an early-disclosure programme its own uniquely marked copy of
//! an embargoed security advisory, and traces a leaked sample back to the copy it came from, with
//! an exact bound on the chance of accusing an innocent.
//!
//! ```text
//! files --plan--> Master --stamp(Codeword)--> MarkedCopy --append--> log
//! Sample --identify--> Master --align--> Readings --score(Codebook)--> scores --judge--> Verdict
//! ```
//!
//! Everything from plan to verdict works on values: no files, no clock, no store.
//!
//! ```
//! use canarymark::{
//!     AdvisoryId, Codebook, Format, Law, Outcome, Part, Probability, RecipientId, RootKey, Sample,
//!     SourceFile, copy, master,
//!     verdict::{Candidate, Held, Secrecy, Word, judge},
//! };
//!
//! // The author's text; what stands in `@@{..}` may differ from copy to copy.
//! let text = "The service listens on port @@{p: port 20000..36383 = 28080}. An attacker sends a \
//!     @@{crafted|specially crafted} request to port @@{$p}, and the log then shows the session \
//!     @@{hex 4 = 51c7} of the worker @@{pid = 4172}, which left at @@{time 09:05..16:40} that day.";
//! let file = SourceFile {
//!     name: "advisory.txt".to_owned(),
//!     part: Part::Description,
//!     format: Format::Plain,
//!     text: text.to_owned(),
//! };
//! let master = master::plan(&[file], &Default::default())?.master;
//!
//! // Each recipient's word follows from the key, its name and a nonce.
//! let id = AdvisoryId::new("EX-2026-001")?;
//! let key = RootKey::from_bytes([7; 32]).advisory_key("example.org/log", id.as_str(), 1);
//! let codebook = Codebook::new(Law::Half, &master.arities(), &key)?;
//! let mut words = Vec::new();
//! for name in ["contoso", "fabrikam", "northwind"] {
//!     words.push(Word {
//!         recipient: RecipientId::new(name)?,
//!         endpoint: None,
//!         issue: 1,
//!         seed: key.word_key().copy_seed(name, None, 1, &[0; 32]),
//!         held: Held::All,
//!         secrecy: Secrecy::Sealed,
//!     });
//! }
//!
//! // The second copy turns up somewhere, in capitals.
//! let word = codebook.codeword(&words[1].seed);
//! let copy = copy::stamp(&master, &word, &[Part::Description])?;
//! let sample = Sample::new(copy.files[0].text.to_uppercase().as_bytes())?;
//!
//! let alignment = master.align(&sample);
//! let verdict = judge(&[Candidate {
//!     advisory: &id,
//!     revision: 1,
//!     codebook: &codebook,
//!     readings: &alignment.readings,
//!     blocks: &master.blocks(),
//!     words: &words,
//!     false_positive: Probability::DEFAULT,
//!     weight: 1.0,
//! }])?;
//! assert_eq!(verdict.outcome, Outcome::Accused);
//! assert_eq!(verdict.accused[0].recipient.as_str(), "fabrikam");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`store`] and the log keep what must not be lost, [`issuance`] and [`intake`] tie the steps to
//! them; `tests/pipeline.rs` tells that story. The pages of [`manual`] hold formats, statistics and
//! threats.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

// What is given out: ids, parts, labels.
pub mod advisory;
// Who gets it.
pub mod recipient;
// The files of an advisory, cut into visible text.
pub mod document;
// What an author declares.
pub mod markup;
// Places with two or more interchangeable wordings.
pub mod slot;
// The rules that find slots.
pub mod carrier;
// Documents with their slots, ready to stamp and to read.
pub mod master;
// A master with a codeword stamped into it.
pub mod copy;
// What stands inside compressed files and archives.
pub mod container;
// Leaked bytes under examination.
pub mod sample;
// Which masters a sample comes from.
mod identify;
// What a sample shows at each slot of a master.
pub mod alignment;
// What passes from text to statistics: what a sample shows at each slot.
pub mod reading;
// What is promised: probabilities in (0, 1).
pub mod probability;
// The fingerprinting code: laws, codebooks, codewords.
pub mod codebook;
// Weights of a reading, and the exact distribution of an innocent's score.
pub mod score;
// Who is accused, with what bound, and who is merely a lead.
pub mod verdict;
// Evidence against a recipient over many incidents.
pub mod suspicion;
// Keys and every derivation.
pub mod key;
// What cannot be undone: commitments to every issuance and intake.
pub mod log;
// Tokens that say which copy they come from.
pub mod canary;
// Those tokens in any bytes.
pub mod scan;
// What is kept: recipients, masters, words and the log, one transaction a command.
pub mod store;
// A master taken into a programme.
pub mod revision;
// What a token that was found says.
pub mod sighting;
// The logged act of giving a recipient its copy.
pub mod issuance;
// A sample taken in and traced.
pub mod intake;
// Power by simulation: collusion attacks and damage.
pub mod simulate;
// Pages without code: formats, threats, references, changes.
pub mod manual;

pub use advisory::{AdvisoryId, Part};
pub use alignment::Alignment;
pub use codebook::{Codebook, Codeword, Law};
pub use copy::MarkedCopy;
pub use document::{Document, Format};
pub use intake::Intake;
pub use issuance::Issuance;
pub use key::{CopySeed, RootKey};
pub use master::{Master, SourceFile};
pub use probability::Probability;
pub use reading::{Reading, Readings};
pub use recipient::{Recipient, RecipientId};
pub use revision::Revision;
pub use sample::Sample;
pub use store::Store;
pub use verdict::{Outcome, Verdict};

/// The blocks of the README are doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
