//! Evidence against a recipient over many incidents, with a bound for the whole lifetime.
//!
//! An *e-value* is a number that is never negative and has mean at most 1 for an innocent [GHK19].
//! Each advisory gives every recipient one: how much more likely the readings are if its copy fed
//! the sample. Words are fresh for every advisory, so the product over advisories, the recipient's
//! *wealth*, is a nonnegative supermartingale for an innocent, and by Ville's inequality [Vil39] the
//! chance that it **ever** reaches x is at most 1/x, whatever number of incidents and whenever one
//! stops. The ledger accuses at 1 / (alpha w), where the shares w of all recipients sum to at most 1.
//!
//! **Participation.** A leaker need not take part in every leak. The factor of an advisory is
//! 1/2 + E/2: half of the wealth is staked.
//!
//! **Several samples of one advisory are not independent**, for they show the same words. Their
//! readings are merged ([`merge`]) and examined anew; the r-th examination has weight 2^-r. The sum
//! over r grows and has mean at most 1 in the limit, so however often one looks again, the bound
//! holds.
//!
//! **Every** sample that identifies a master must enter, in the order of the log. Leaving out those
//! that exonerate somebody would break the bound.
//!
//! [GHK19]: crate::manual::references
//! [Vil39]: crate::manual::references

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    advisory::AdvisoryId,
    probability::Probability,
    reading::{Reading, Readings, Reliability},
    recipient::RecipientId,
    score::lattice::real,
    verdict::{Candidate, Secrecy, VerdictError, check, single::Single},
};

/// Share of alpha that each recipient gets by enrolment. Choice: room for 65,536 recipients over
/// the lifetime of a programme.
pub const ENROLMENT: f64 = 1.0 / 65_536.0;

/// Share of the wealth staked on each advisory. Measured (notes on codes, section 5): nearly free
/// for constant leakers, and halves the wait for occasional ones.
const STAKE: f64 = 0.5;

/// ln of the e-value of every recipient with a word in one of the candidates.
///
/// The candidates are revisions of **one** advisory; over a recipient's words (endpoints, issue
/// numbers, revisions) and over models the e-values are averaged. A word that a finding disclosed
/// counts as zero: anybody may have written its text since, and zero is never too much.
///
/// # Errors
/// [`VerdictError`] when lengths do not fit.
pub fn e_values(candidates: &[Candidate<'_>]) -> Result<BTreeMap<RecipientId, f64>, VerdictError> {
    check(candidates)?;
    let mut parts: BTreeMap<RecipientId, Vec<f64>> = BTreeMap::new();
    for candidate in candidates {
        let values = Single::of_all_models(candidate).ln_e(candidate.words);
        for (word, value) in candidate.words.iter().zip(values) {
            let value = match word.secrecy {
                Secrecy::Sealed => value,
                Secrecy::Open => f64::NEG_INFINITY,
            };
            parts.entry(word.recipient.clone()).or_default().push(value);
        }
    }
    let average = |values: Vec<f64>| ln_sum(&values) - libm::log(real(values.len()));
    Ok(parts.into_iter().map(|(recipient, values)| (recipient, average(values))).collect())
}

/// One reading of each slot from several samples of one master.
///
/// Where samples show different variants the merged reading is any of them; erased and foreign
/// give way to a variant; if every variant was shown, the slot tells nothing. No word enters, so tests on merged readings stay exact.
///
/// # Panics
/// When there are no samples, or they differ in length.
pub fn merge(samples: &[&Readings]) -> Readings {
    let slots = samples[0].len();
    assert!(samples.iter().all(|sample| sample.len() == slots), "samples of one master");
    let mut merged: Vec<(Reading, Reliability)> = Vec::with_capacity(slots);
    let mut rows: Vec<_> = samples.iter().map(|sample| sample.iter()).collect();
    for _ in 0..slots {
        let mut shown = BTreeSet::new();
        let mut reliability = Reliability::Exact;
        let mut foreign = false;
        for (reading, how) in rows.iter_mut().filter_map(Iterator::next) {
            match reading {
                Reading::Variant(variant) => {
                    shown.insert(*variant);
                    reliability = reliability.max(how);
                }
                Reading::OneOf(variants) => {
                    shown.extend(variants.iter());
                    reliability = reliability.max(how);
                }
                Reading::Foreign => foreign = true,
                Reading::Erased => {}
            }
        }
        let shown: Vec<u16> = shown.into_iter().collect();
        let reading = match shown[..] {
            [] if foreign => Reading::Foreign,
            [] => Reading::Erased,
            [variant] => Reading::Variant(variant),
            _ => Reading::OneOf(shown.into()),
        };
        merged.push((reading, reliability));
    }
    Readings::new(merged)
}

/// The wealth of every recipient, over all advisories examined so far.
///
/// ```
/// use std::collections::BTreeMap;
/// use canarymark::{advisory::AdvisoryId, probability::Probability, recipient::RecipientId};
/// use canarymark::suspicion::Ledger;
/// let mut ledger = Ledger::new(Probability::DEFAULT);
/// let (acme, bolt) = (RecipientId::new("acme")?, RecipientId::new("bolt")?);
/// for incident in ["ADV-1", "ADV-2", "ADV-3"] {
///     // ln E: strong evidence for one, against the other.
///     let values = BTreeMap::from([(acme.clone(), 12.0), (bolt.clone(), -9.0)]);
///     ledger.enter(&AdvisoryId::new(incident)?, &values);
/// }
/// assert_eq!(ledger.accused(), [acme]);
/// # Ok::<(), canarymark::recipient::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    alpha: Probability,
    advisories: BTreeMap<AdvisoryId, Record>,
}

/// The examinations of one advisory.
#[derive(Debug, Clone, PartialEq, Default)]
struct Record {
    examinations: usize,
    /// ln of the sum over examinations r of 2^-r E.
    sums: BTreeMap<RecipientId, f64>,
}

impl Ledger {
    /// An empty ledger; `alpha` bounds the chance that it ever accuses an innocent.
    pub fn new(alpha: Probability) -> Self {
        Self { alpha, advisories: BTreeMap::new() }
    }

    /// Enters the e-values (as logarithms) of one more examination of an advisory.
    ///
    /// A recipient who is absent here had no word, so this examination tells nothing of it.
    pub fn enter(&mut self, advisory: &AdvisoryId, values: &BTreeMap<RecipientId, f64>) {
        let record = self.advisories.entry(advisory.clone()).or_default();
        record.examinations += 1;
        let weight = -real(record.examinations) * std::f64::consts::LN_2;
        for (recipient, value) in values {
            let sum = record.sums.entry(recipient.clone()).or_insert(f64::NEG_INFINITY);
            *sum = ln_sum(&[*sum, weight + value]);
        }
    }

    /// log10 of a recipient's wealth; 0 before any incident.
    pub fn log10_wealth(&self, recipient: &RecipientId) -> f64 {
        let factor = |record: &Record| match record.sums.get(recipient) {
            Some(sum) => ln_sum(&[libm::log(1.0 - STAKE), libm::log(STAKE) + sum]),
            None => 0.0,
        };
        self.advisories.values().map(factor).sum::<f64>() / std::f64::consts::LN_10
    }

    /// log10 of the wealth at which the ledger accuses.
    pub fn log10_threshold(&self) -> f64 {
        -(self.alpha.ln() + libm::log(ENROLMENT)) / std::f64::consts::LN_10
    }

    /// The bound of the chance that the ledger ever accuses an innocent.
    pub fn lifetime_bound(&self) -> Probability {
        self.alpha
    }

    /// Every recipient met so far, in order of id.
    pub fn recipients(&self) -> BTreeSet<&RecipientId> {
        self.advisories.values().flat_map(|record| record.sums.keys()).collect()
    }

    /// The recipients whose wealth is at the threshold, in order of id.
    pub fn accused(&self) -> Vec<RecipientId> {
        let rich = |id: &&RecipientId| self.log10_wealth(id) >= self.log10_threshold();
        self.recipients().into_iter().filter(rich).cloned().collect()
    }
}

/// ln of a sum, from the logarithms of its terms.
fn ln_sum(terms: &[f64]) -> f64 {
    let greatest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + libm::log(terms.iter().map(|term| libm::exp(term - greatest)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RecipientId {
        RecipientId::new(text).unwrap()
    }

    #[test]
    fn looking_again_never_doubles_the_evidence() {
        let advisory = AdvisoryId::new("ADV-1").unwrap();
        let values = BTreeMap::from([(id("acme"), 10.0)]);
        let mut ledger = Ledger::new(Probability::DEFAULT);
        for _ in 0..100 {
            ledger.enter(&advisory, &values);
        }
        // 1/2 + E/2 with the whole of E, and not more.
        let once = libm::log10(0.5 + 0.5 * libm::exp(10.0));
        assert!((ledger.log10_wealth(&id("acme")) - once).abs() < 1e-9);
        assert_eq!(ledger.log10_wealth(&id("bolt")), 0.0);
    }

    #[test]
    fn a_disclosed_word_earns_nothing() {
        use crate::{
            codebook::{Codebook, Law},
            key::{CopySeed, RootKey},
            verdict::{Held, Word},
        };
        let key = RootKey::from_bytes([4; 32]).advisory_key("o", "a", 1);
        let codebook = Codebook::new(Law::Half, &[2; 40], &key).unwrap();
        let copy = codebook.codeword(&CopySeed::from_bytes([1; 16]));
        let shown = copy.variants().iter().map(|v| (Reading::Variant(*v), Reliability::Exact));
        let readings = Readings::new(shown.collect());
        let value = |secrecies: &[Secrecy]| {
            let word = |(index, secrecy): (u8, &Secrecy)| Word {
                recipient: id("acme"),
                endpoint: None,
                issue: 1,
                seed: CopySeed::from_bytes([index; 16]),
                held: Held::All,
                secrecy: *secrecy,
            };
            let words: Vec<Word> = (1..).zip(secrecies).map(word).collect();
            let candidate = Candidate {
                advisory: &AdvisoryId::new("ADV-1").unwrap(),
                revision: 1,
                codebook: &codebook,
                readings: &readings,
                blocks: &[],
                words: &words,
                false_positive: Probability::DEFAULT,
                weight: 1.0,
            };
            e_values(&[candidate]).unwrap()[&id("acme")]
        };
        assert!(value(&[Secrecy::Sealed]) > 20.0);
        assert_eq!(value(&[Secrecy::Open]), f64::NEG_INFINITY);
        // Its other word still counts, for half.
        assert!(value(&[Secrecy::Open, Secrecy::Sealed]) < 1.0);
        let mut ledger = Ledger::new(Probability::DEFAULT);
        let values = BTreeMap::from([(id("acme"), f64::NEG_INFINITY)]);
        ledger.enter(&AdvisoryId::new("ADV-1").unwrap(), &values);
        assert!((ledger.log10_wealth(&id("acme")) - libm::log10(0.5)).abs() < 1e-12);
    }

    #[test]
    fn the_threshold_is_alpha_over_all_who_may_enrol() {
        let ledger = Ledger::new(Probability::DEFAULT);
        assert!((ledger.log10_threshold() - 10.816_479_930).abs() < 1e-8);
        assert!(ledger.accused().is_empty());
    }

    #[test]
    fn merged_readings_keep_what_any_sample_shows() {
        use Reading::{Erased, Foreign, OneOf, Variant};
        let sample = |readings: &[Reading]| {
            Readings::new(readings.iter().map(|r| (r.clone(), Reliability::Exact)).collect())
        };
        let a = sample(&[Variant(1), Variant(0), Erased, Foreign, Foreign]);
        let b = sample(&[Variant(1), Variant(3), Variant(2), Erased, Variant(0)]);
        let merged = merge(&[&a, &b]);
        let wanted = [Variant(1), OneOf([0, 3].into()), Variant(2), Foreign, Variant(0)];
        assert_eq!(merged, sample(&wanted));
    }
}
