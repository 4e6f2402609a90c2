//! Probabilities in the open interval (0, 1), checked once on entry.

use std::{fmt, str::FromStr};

/// A probability above 0 and below 1.
///
/// ```
/// use canarymark::probability::Probability;
/// let probability: Probability = "1e-6".parse()?;
/// assert_eq!(probability.value(), 1e-6);
/// assert!("1".parse::<Probability>().is_err());
/// # Ok::<(), canarymark::probability::ProbabilityError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Probability(f64);

/// Why a text or number is not a probability in (0, 1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a probability: expected a number above 0 and below 1, such as 1e-6")]
pub struct ProbabilityError {
    /// What was given, escaped and cut to 80 characters.
    pub found: String,
}

impl Probability {
    /// The default false-positive probability of an advisory.
    ///
    /// Choice: one wrong accusation in a million samples is far below every other risk of a
    /// programme, and costs 20 bits.
    pub const DEFAULT: Self = Self(1e-6);

    /// Checks a number.
    ///
    /// # Errors
    /// [`ProbabilityError`] unless the number is above 0 and below 1.
    pub fn new(value: f64) -> Result<Self, ProbabilityError> {
        // A NaN fails both comparisons. Below 1e-200 the logarithms of the tails have no room left.
        if (1e-200..1.0).contains(&value) {
            return Ok(Self(value));
        }
        Err(ProbabilityError { found: value.to_string() })
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The natural logarithm, the same on every machine.
    pub fn ln(self) -> f64 {
        libm::log(self.0)
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:e}", self.0)
    }
}

impl FromStr for Probability {
    type Err = ProbabilityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ProbabilityError {
            found: text.chars().take(80).flat_map(char::escape_debug).collect(),
        };
        text.parse().map_err(|_| wrong()).and_then(|value| Self::new(value).map_err(|_| wrong()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders() {
        for bad in ["0", "1", "-0.5", "2", "nan", "inf", "1e-300", "", "a"] {
            assert!(bad.parse::<Probability>().is_err(), "{bad}");
        }
        for good in ["1e-6", "0.5", "0.999999"] {
            let probability: Probability = good.parse().unwrap();
            assert_eq!(probability.to_string().parse(), Ok(probability));
        }
    }
}
