//! Identifying: which masters a sample comes from.
//!
//! A fingerprint is the hash of [`WORDS`] literal words in a row; of all such hashes those with a
//! remainder of zero are kept, the same ones in master and sample. Winnowing ([SWA03]) would keep
//! one of every window instead and so guarantee a shared fingerprint for a long shared run; but the
//! literal runs between slots are shorter than its window, where it guarantees nothing.

use crate::{
    alignment::{Outline, source},
    sample::{Sample, view::mix_words},
};

/// Words of one fingerprint. Choice: shorter runs are everyday phrases, longer ones seldom fit
/// between two slots.
const WORDS: usize = 4;
/// One hash in so many is kept.
const KEPT: u64 = 4;
/// The most fingerprints of a sample that are looked up; beyond it they are thinned evenly.
const MAX_LOOKED_UP: usize = 20_000;

/// The fingerprints of a master, ascending.
pub(crate) fn master_fingerprints(outline: &Outline) -> Vec<u64> {
    let runs = outline.literal_runs();
    let words = runs.iter().flat_map(|run| run.windows(WORDS).map(fingerprint));
    sorted(words.chain(outline.source().fingerprints()))
}

/// The fingerprints of a sample, ascending; at most [`MAX_LOOKED_UP`].
pub(crate) fn sample_fingerprints(sample: &Sample) -> Vec<u64> {
    let source = source::sample_fingerprints(sample);
    let all = sorted(prose_fingerprints(sample).into_iter().chain(source));
    let step = all.len().div_ceil(MAX_LOOKED_UP).max(1);
    all.into_iter().step_by(step).collect()
}

/// The hashes of all runs of words of a sample, in order.
fn prose_fingerprints(sample: &Sample) -> Vec<u64> {
    let words: Vec<u64> = sample.words().iter().map(|word| word.hash).collect();
    words.windows(WORDS).map(fingerprint).collect()
}

fn fingerprint(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash, word| mix_words(hash, *word))
}

fn sorted(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    // The low bits of a product are weak; the high ones decide.
    let mut kept: Vec<u64> = hashes.filter(|hash| (hash >> 32).is_multiple_of(KEPT)).collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_fingerprints() {
        let text = "The gateway copies the header into a buffer of fixed size and does not check how \
                    long it is, so a longer header writes over what stands behind the buffer.";
        let one = prose_fingerprints(&Sample::new(text.as_bytes()).expect("small"));
        let other = text.to_uppercase().replace(' ', "\n\u{200B}");
        let other = prose_fingerprints(&Sample::new(other.as_bytes()).expect("small"));
        assert!(!one.is_empty());
        assert_eq!(one, other);
    }
}
