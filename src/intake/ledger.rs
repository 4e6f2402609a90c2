//! The ledger of incidents, replayed from the log.
//!
//! Every intake that is text of a master enters, in log order; nobody chooses. What it showed was
//! stored with it, before anything was scored, so a replay never sees the samples again.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{IntakeError, words_before};
use crate::{
    advisory::AdvisoryId,
    alignment::Alignment,
    key::RootKey,
    log::Body,
    probability::Probability,
    reading::Readings,
    recipient::RecipientId,
    revision::{Revision, RevisionError},
    store::{IntakeRecord, Store},
    suspicion::{self, Ledger},
    verdict::Candidate,
};

/// The ledger of a programme after its last intake.
#[derive(Debug)]
pub struct Cases {
    /// Intakes that are text of a master.
    pub incidents: usize,
    /// All intakes.
    pub intakes: usize,
    /// Every recipient that an incident tells something of, wealthiest first.
    pub wealth: Vec<Wealth>,
    /// log10 of the wealth at which the ledger accuses.
    pub log10_threshold: f64,
    /// Bound of the chance that the ledger ever accuses an innocent.
    pub lifetime_bound: f64,
    /// Sum of the probabilities that traces of single samples have spent.
    pub single_traces: f64,
}

/// What the ledger says of one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Wealth {
    /// The recipient.
    pub recipient: RecipientId,
    /// log10 of its wealth; 0 is where everybody begins.
    pub log10_wealth: f64,
    /// Whether the ledger accuses it.
    pub accused: bool,
}

/// The readings of all masters that a sample is text of, one line a master.
pub(super) fn to_text(read: &[(Revision, Alignment)]) -> String {
    let line = |(revision, alignment): &(Revision, Alignment)| {
        format!("{} {}\n", revision.record.leaf, alignment.readings.to_text())
    };
    read.iter().map(line).collect()
}

/// The masters of stored readings, by their ADVISORY leaves.
pub(super) fn masters(text: &str) -> Vec<u64> {
    let leaf = |line: &str| line.split(' ').next().and_then(|leaf| leaf.parse().ok());
    text.lines().filter_map(leaf).collect()
}

fn from_text(text: &str) -> Option<Vec<(u64, Readings)>> {
    let line = |line: &str| {
        let (leaf, readings) = line.split_once(' ').unwrap_or((line, ""));
        Some((leaf.parse().ok()?, Readings::from_text(readings)?))
    };
    text.lines().map(line).collect()
}

/// One revision as far as the replay has come.
#[derive(Debug)]
struct Known {
    revision: Revision,
    samples: Vec<Readings>,
}

/// The ledger, replayed intake by intake.
#[derive(Debug)]
pub struct Replay {
    ledger: Ledger,
    known: BTreeMap<u64, Known>,
    /// Every intake before this leaf has been entered.
    next: u64,
    intakes: usize,
    incidents: usize,
    single_traces: f64,
    /// Whom the ledger accuses since the last intake entered, and of which advisory it is.
    since_last: Vec<LedgerAccusation>,
}

/// A recipient that the ledger accuses since a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerAccusation {
    /// The recipient.
    pub recipient: RecipientId,
    /// The strongest advisory of the sample.
    pub advisory: AdvisoryId,
    /// log10 of the wealth, at least that at which the ledger accuses.
    pub log10_wealth: f64,
}

impl Replay {
    /// An empty ledger with the bound that the log began with.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn new(store: &dyn Store) -> Result<Self, IntakeError> {
        let ledger = Ledger::new(alpha(store)?);
        let known = BTreeMap::new();
        let (next, intakes, incidents, single_traces) = (0, 0, 0, 0.0);
        let since_last = Vec::new();
        Ok(Self { ledger, known, next, intakes, incidents, single_traces, since_last })
    }

    /// Enters all intakes that are not entered yet, up to the one with this leaf. A replay that has
    /// gone beyond it begins anew.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn up_to(
        &mut self,
        store: &dyn Store,
        root: &RootKey,
        leaf: u64,
    ) -> Result<(), IntakeError> {
        if self.next > leaf.saturating_add(1) {
            *self = Self::new(store)?;
        }
        for intake in store.intakes(self.next)? {
            if intake.leaf > leaf {
                break;
            }
            self.enter(store, root, &intake)?;
            self.next = intake.leaf + 1;
        }
        Ok(())
    }

    /// The recipients that the ledger accuses with the last intake entered and did not before,
    /// wealthiest first.
    pub fn since_last(&self) -> &[LedgerAccusation] {
        &self.since_last
    }

    fn enter(
        &mut self,
        store: &dyn Store,
        root: &RootKey,
        intake: &IntakeRecord,
    ) -> Result<(), IntakeError> {
        let read = from_text(&intake.readings)
            .ok_or_else(|| RevisionError::Name { found: intake.readings.clone() })?;
        self.intakes += 1;
        self.incidents += usize::from(!read.is_empty());
        let mut advisories: Vec<AdvisoryId> = Vec::new();
        for (leaf, readings) in read {
            if let Entry::Vacant(entry) = self.known.entry(leaf) {
                let revision = Revision::at(store, root, leaf)?;
                entry.insert(Known { revision, samples: Vec::new() });
            }
            let entry = self.known.get_mut(&leaf).expect("it was just put there");
            entry.samples.push(readings);
            let id = &entry.revision.advisory.id;
            if !advisories.contains(id) {
                self.single_traces += entry.revision.probability()?.value();
                advisories.push(id.clone());
            }
        }
        let before = self.ledger.accused();
        for advisory in &advisories {
            enter(store, &mut self.ledger, &self.known, advisory, intake)?;
        }
        let mut since = self.ledger.accused();
        since.retain(|recipient| !before.contains(recipient));
        let accusation = |recipient: RecipientId| LedgerAccusation {
            advisory: advisories[0].clone(),
            log10_wealth: self.ledger.log10_wealth(&recipient),
            recipient,
        };
        self.since_last = since.into_iter().map(accusation).collect();
        self.since_last.sort_by(|a, b| b.log10_wealth.total_cmp(&a.log10_wealth));
        Ok(())
    }
}

/// Replays the ledger.
///
/// # Errors
/// [`IntakeError`].
pub fn cases(store: &dyn Store, root: &RootKey) -> Result<Cases, IntakeError> {
    let mut replay = Replay::new(store)?;
    replay.up_to(store, root, u64::MAX)?;
    let Replay { ledger, intakes, incidents, single_traces, .. } = replay;
    let accused = ledger.accused();
    let mut wealth: Vec<Wealth> = ledger
        .recipients()
        .into_iter()
        .map(|recipient| Wealth {
            recipient: recipient.clone(),
            log10_wealth: ledger.log10_wealth(recipient),
            accused: accused.contains(recipient),
        })
        .collect();
    wealth.sort_by(|a, b| b.log10_wealth.total_cmp(&a.log10_wealth));
    Ok(Cases {
        incidents,
        intakes,
        wealth,
        log10_threshold: ledger.log10_threshold(),
        lifetime_bound: ledger.lifetime_bound().value(),
        single_traces,
    })
}

/// Enters one more examination of an advisory: all its samples so far, merged.
fn enter(
    store: &dyn Store,
    ledger: &mut Ledger,
    known: &BTreeMap<u64, Known>,
    advisory: &AdvisoryId,
    intake: &IntakeRecord,
) -> Result<(), IntakeError> {
    let of_it: Vec<&Known> =
        known.values().filter(|known| known.revision.advisory.id == *advisory).collect();
    let mut merged = Vec::new();
    let mut words = Vec::new();
    for known in &of_it {
        merged.push(suspicion::merge(&known.samples.iter().collect::<Vec<_>>()));
        words.push(words_before(store, &known.revision, intake.leaf)?);
    }
    // The weights of candidates divide a probability; an e-value has none to divide.
    let share = 1.0 / f64::from(u32::try_from(of_it.len().max(1)).unwrap_or(u32::MAX));
    let mut candidates = Vec::new();
    for ((known, readings), words) in of_it.iter().zip(&merged).zip(&words) {
        candidates.push(Candidate {
            advisory,
            revision: known.revision.record.revision,
            codebook: &known.revision.codebook,
            readings,
            // An e-value is of the whole text.
            blocks: &[],
            words,
            false_positive: known.revision.probability()?,
            weight: share,
        });
    }
    ledger.enter(advisory, &suspicion::e_values(&candidates)?);
    Ok(())
}

/// The bound that the log began with.
fn alpha(store: &dyn Store) -> Result<Probability, IntakeError> {
    let (_, opening) = store.leaf(0)?.ok_or(RevisionError::NoGenesis)?;
    let Body::Genesis(genesis) = opening.body()? else {
        return Err(RevisionError::NoGenesis.into());
    };
    let number = genesis.ledger_alpha;
    Probability::new(number).map_err(|_| RevisionError::Name { found: number.to_string() }.into())
}
