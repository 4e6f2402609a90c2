//! Why files cannot be planned.

use super::MAX_SLOTS;
use crate::{
    document::{DocumentError, Language},
    markup::MarkupError,
    sample::SampleError,
};

/// Why files cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A mistake in author markup.
    #[error(transparent)]
    Markup(#[from] MarkupError),
    /// A file that is not what its format says.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Two files of one name.
    #[error("two files are named `{name}`; a copy keeps the file names, so they must differ")]
    TwoFiles {
        /// The name.
        name: String,
    },
    /// No files.
    #[error("an advisory has at least one file")]
    NoFiles,
    /// Source in a language that this build cannot parse.
    #[error(
        "{file} is {language}, which this build has no grammar for; build with the feature \
         `{feature}`, or leave out the carriers names and structure"
    )]
    NoGrammar {
        /// File name.
        file: String,
        /// Its language.
        language: Language,
        /// The feature that is absent.
        feature: &'static str,
    },
    /// A request whose length would differ from copy to copy.
    #[error(
        "{file}:{line}: the variants differ in length, behind a Content-Length that is fixed; use \
         variants of one length"
    )]
    ContentLength {
        /// File name.
        file: String,
        /// One-based line.
        line: usize,
    },
    /// A disabled slot that does not exist.
    #[error("there is no slot `{id}` to disable")]
    NoSlot {
        /// The id as given.
        id: String,
    },
    /// Copies that cannot be read back, so that none may be issued.
    #[error("no copy can be read back: {0}; split the advisory, or leave the largest file out")]
    ReadBack(#[from] SampleError),
    /// Beyond [`MAX_SLOTS`].
    #[error("{found} slots, an advisory has at most {MAX_SLOTS}")]
    TooMany {
        /// How many were found.
        found: usize,
    },
}
