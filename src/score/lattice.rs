//! Conversions between counts, real numbers and the integer lattice on which scores live.

/// Lattice steps per nat of a log-likelihood ratio. Choice: rounding moves a weight by at most
/// 1/128 nat, which costs no measurable power, and a score of 300 slots stays within 17 bits.
pub(crate) const SCALE: f64 = 64.0;

/// A count as a real number; exact below 2^53.
#[expect(clippy::as_conversions, reason = "the one named conversion from count to f64")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}

/// A score as a real number; exact below 2^53.
#[expect(clippy::as_conversions, reason = "scores are whole numbers far below 2^53")]
pub(crate) fn height(score: i64) -> f64 {
    score as f64
}

/// The lattice point nearest to a log-likelihood ratio in nats.
#[expect(clippy::as_conversions, reason = "a float-to-int cast saturates, and there is no `From`")]
pub(crate) fn weight(nats: f64) -> i32 {
    // Half away from zero, by comparison and truncation only, so the same on every machine.
    let scaled = SCALE * nats;
    (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
}

/// A whole real number as a score.
#[expect(clippy::as_conversions, reason = "a float-to-int cast saturates, and there is no `From`")]
pub(crate) fn lattice_point(whole: f64) -> i64 {
    whole as i64
}

/// A probability counted in 1/65536 as a real number; exact.
pub(crate) fn share(width: u32) -> f64 {
    f64::from(width) / f64::from(crate::codebook::DRAWS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn weights_round_to_the_nearest() {
        let nats = [0.0, 1.0, -1.0, 0.0078, 0.0079, -0.0078, -0.0079];
        assert_eq!(nats.map(super::weight), [0, 64, -64, 0, 1, 0, -1]);
    }
}
