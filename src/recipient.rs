//! Recipients: the parties entitled to one copy each.

use std::fmt;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not an id: expected 1 to 64 characters, letters, digits, `.`, `_` or `-`, the first a letter or digit"
)]
pub struct IdError {
    /// What was given, cut to 80 characters and escaped.
    pub found: String,
}

/// Checks an id: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
pub(crate) fn check_id(text: &str) -> Result<(), IdError> {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let rest = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if first && rest && text.len() <= 64 {
        return Ok(());
    }
    let found = text.chars().take(80).flat_map(char::escape_debug).collect();
    Err(IdError { found })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Ids match `[A-Za-z0-9][A-Za-z0-9._-]{0,63}` and are unique regardless of case.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// [`IdError`](crate::recipient::IdError) when the text is not an id.
            pub fn new(text: &str) -> Result<Self, $crate::recipient::IdError> {
                $crate::recipient::check_id(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The id as typed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::recipient::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }
    };
}
pub(crate) use id;

id! {
    /// The id of a recipient.
    RecipientId
}
id! {
    /// The name of one of several places of a recipient that get their own copies.
    Endpoint
}

/// Whether a recipient may be issued to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// Gets copies.
    #[default]
    Active,
    /// Gets none until it is active again; always scored.
    Suspended {
        /// Why, in the operator's words.
        reason: String,
    },
    /// Never issued to again; always scored.
    Revoked {
        /// Why, in the operator's words.
        reason: String,
    },
}

/// A party entitled to copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Unique id.
    pub id: RecipientId,
    /// Name for people; empty when not given.
    pub name: String,
    /// Tier of the programme, if any.
    pub tier: Option<String>,
    /// Jurisdictions, as ISO 3166 codes.
    pub jurisdictions: Vec<String>,
    /// Flags that rules of the programme look at.
    pub flags: Vec<String>,
    /// Public keys of the `age` format to which copies may be sealed.
    pub age: Vec<String>,
    /// Public key of the SSH format by which receipts are signed.
    pub ssh_key: Option<String>,
    /// Named places that each get their own copy; none means one copy.
    pub endpoints: Vec<Endpoint>,
    /// Whether copies may be issued.
    pub standing: Standing,
}

impl Recipient {
    /// An active recipient with nothing but an id.
    pub fn new(id: RecipientId) -> Self {
        Self {
            id,
            name: String::new(),
            tier: None,
            jurisdictions: Vec::new(),
            flags: Vec::new(),
            age: Vec::new(),
            ssh_key: None,
            endpoints: Vec::new(),
            standing: Standing::Active,
        }
    }

    /// The endpoints that get a copy each: the named ones, or one without a name.
    pub fn addresses(&self) -> Vec<Option<&Endpoint>> {
        if self.endpoints.is_empty() {
            return vec![None];
        }
        self.endpoints.iter().map(Some).collect()
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::Suspended { reason } => write!(f, "suspended ({reason})"),
            Self::Revoked { reason } => write!(f, "revoked ({reason})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_at_their_borders() {
        for good in ["a", "A-1", "9.b_c", &"x".repeat(64)] {
            assert!(RecipientId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".", "a b", "a/b", "é", &"x".repeat(65)] {
            assert!(RecipientId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_error_shows_no_control_characters() {
        let error = RecipientId::new("a\u{1b}[31m").expect_err("not an id");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
