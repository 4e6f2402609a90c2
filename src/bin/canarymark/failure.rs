//! Errors with a next step.

use std::{error::Error, fmt};

use canarymark::store::StoreError;

/// An error together with what the operator can do next.
#[derive(Debug)]
struct Hinted {
    error: anyhow::Error,
    hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The error itself stands in `Display`, so the chain goes on with its cause.
        self.error.chain().nth(1)
    }
}

/// Adds what the operator can do next.
pub(crate) trait Hint<T> {
    /// Adds a next step, printed on a line of its own.
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Hint<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|error| Hinted { error: error.into(), hint: hint.into() }.into())
    }
}

/// The innermost next step of an error.
pub(crate) fn hint_of(error: &anyhow::Error) -> Option<String> {
    let hints = error.chain().filter_map(|cause| {
        let hinted = cause.downcast_ref::<Hinted>().map(|hinted| hinted.hint.clone());
        hinted.or_else(|| cause.downcast_ref::<StoreError>()?.hint().map(str::to_owned))
    });
    hints.last()
}

/// Whether the reader of our output went away, which is no failure.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let error = cause.downcast_ref::<std::io::Error>();
        error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn a_hint_survives_context_and_is_not_in_the_text() {
        let failed: anyhow::Result<()> = Err(anyhow!("inner")).context("middle");
        let error = failed.hint("do this").context("outer").expect_err("an error");
        assert_eq!(format!("{error:#}"), "outer: middle: inner");
        assert_eq!(hint_of(&error).as_deref(), Some("do this"));
    }

    #[test]
    fn a_store_error_brings_its_own_hint() {
        let error = anyhow::Error::new(StoreError::Conflict { expected: 1, found: 2 });
        assert!(hint_of(&error).is_some());
    }
}
