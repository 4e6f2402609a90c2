//! What the process tells its caller by its exit code.

use std::process::{ExitCode, Termination};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or the answer is yes.
    Done,
    /// The answer is no.
    No,
    /// Bad usage, or it could not run, or only in part.
    CouldNot,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::No => 1,
            Self::CouldNot => 2,
        })
    }
}
