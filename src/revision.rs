//! Revisions: a master taken into a programme, with its codebook and its leaf in the log.
//!
//! Taking a revision in commits to everything that decides about it later (master, slot list,
//! codebook, probability) before any copy exists.

use jiff::{Timestamp, tz::TimeZone};
use ring::{digest, rand::SecureRandom};

use crate::{
    advisory::{AdvisoryId, Part, Tlp},
    canary::{CanaryKind, Mint, Token},
    codebook::{Codebook, CodebookError, Law},
    identify,
    key::{self, AdvisoryKey, CopySeed, KeyError, RootKey},
    log::{self, Body, LeafError, Opening},
    master::{Excerpts, Master, MasterError},
    probability::Probability,
    scan,
    slot::CanarySlot,
    store::{AdvisoryRecord, CanaryRecord, Change, RevisionRecord, Store, StoreError},
    verdict::{SCORER_VERSION, bits_held, bits_needed},
};

/// Recipients that capacity is computed for while none are enrolled.
pub const DEFAULT_RECIPIENTS: usize = 100;

/// Share of the slots that a leaker is expected to destroy, for choosing the law only.
const EXPECTED_ERASURE: f64 = 0.3;

/// Binary slots for each nat of ln(recipients / probability) from which 2, 3, 4 and 5 colluders are
/// withstood; simulated, worst of interleaving, majority and the worst attack of the law.
const LADDER: [f64; 4] = [8.5, 26.0, 38.0, 58.0];

/// A revision ready to issue from and to trace against.
#[derive(Debug)]
pub struct Revision {
    /// What is kept about the advisory.
    pub advisory: AdvisoryRecord,
    /// What is kept about the revision.
    pub record: RevisionRecord,
    /// Its master.
    pub master: Master,
    /// Its codebook.
    pub codebook: Codebook,
    pub(crate) key: AdvisoryKey,
    /// Makes and reads back the tokens of its canaries.
    pub(crate) keys: scan::Keys,
}

/// An advisory that is taken in for the first time.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAdvisory {
    /// Unique id.
    pub id: AdvisoryId,
    /// Title for people; may be empty.
    pub title: String,
    /// When the text becomes public, if that is known.
    pub release_at: Option<Timestamp>,
    /// Its label, if any.
    pub tlp: Option<Tlp>,
    /// Chance that a trace of one sample accuses an innocent.
    pub false_positive: Probability,
}

/// Why a revision cannot be taken in or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// No such advisory.
    #[error("there is no advisory `{id}`")]
    Unknown {
        /// The id as given.
        id: String,
    },
    /// The programme has no log yet.
    #[error("the programme has no log; it was not set up completely")]
    NoGenesis,
    /// The root key is not the one that the log began with.
    #[error(
        "the root key is not the one of this programme: its check value is {found}, the log says {expected}"
    )]
    OtherKey {
        /// Check value of the key given.
        found: String,
        /// Check value in the log.
        expected: String,
    },
    /// The stored master is not the one that was committed to.
    #[error(
        "the stored master of `{advisory}` revision {revision} is not the one that the log commits to"
    )]
    MasterChanged {
        /// The advisory.
        advisory: String,
        /// Its revision.
        revision: u32,
    },
    /// A stored name is not known to this version.
    #[error("`{found}` is not known to this version")]
    Name {
        /// The name.
        found: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored master cannot be read.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// The codebook cannot be made.
    #[error(transparent)]
    Codebook(#[from] CodebookError),
    /// Randomness failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A leaf cannot be made or read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
}

/// What an exact full copy can prove, against what an accusation takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    /// Words that the probability is shared among.
    pub recipients: usize,
    /// Bits that an exact full copy holds.
    pub bits: f64,
    /// Bits that accusing one of so many recipients takes.
    pub bits_needed: f64,
}

impl Capacity {
    /// The capacity of slots under a law.
    pub fn new(law: Law, arities: &[u32], recipients: usize, probability: Probability) -> Self {
        Self {
            recipients,
            // An empty sum is -0.0, which nobody wants to read.
            bits: bits_held(law, arities) + 0.0,
            bits_needed: bits_needed(law, arities, recipients, probability),
        }
    }

    /// Whether an exact full copy need not be traceable.
    pub fn is_thin(&self) -> bool {
        self.bits < self.bits_needed
    }

    /// How many colluders a full copy is expected to withstand, 0 when it is thin. The steps are
    /// slots that caught a colluder in nine of ten simulations of the single stage (`LADDER`).
    pub fn colluders(&self, law: Law, probability: Probability) -> u32 {
        if self.is_thin() {
            return 0;
        }
        let people = u32::try_from(self.recipients.max(1)).map_or(f64::MAX, f64::from);
        let budget = libm::log(people) - probability.ln();
        let entropy = if law == Law::Half { 1.0 } else { 0.35 };
        let slots = self.bits / entropy;
        let steps = LADDER.iter().filter(|per_nat| slots >= **per_nat * budget);
        1 + u32::try_from(steps.count()).expect("the ladder is short")
    }

    /// The shortest way out of thinness: what the author may declare.
    pub fn remedy(&self) -> Option<String> {
        if !self.is_thin() {
            return None;
        }
        let missing = (self.bits_needed - self.bits).ceil();
        // `port 20000..36383` and `pid` hold 14 bits each.
        let facts = (missing / 14.0).ceil();
        let facts = if facts <= 1.0 {
            "one `port` fact adds 14 bits".to_owned()
        } else {
            format!("{facts} `port` facts add {} bits", facts * 14.0)
        };
        Some(format!(
            "{missing} bits are missing: {facts}, or declare variants with @@{{one|other}}"
        ))
    }
}

/// The origin of the log, after checking that the root key belongs to it.
///
/// # Errors
/// [`RevisionError::NoGenesis`], [`RevisionError::OtherKey`], or what the store reports.
pub fn origin(store: &dyn Store, root: &RootKey) -> Result<String, RevisionError> {
    let (_, opening) = store.leaf(0)?.ok_or(RevisionError::NoGenesis)?;
    let Body::Genesis(genesis) = opening.body()? else { return Err(RevisionError::NoGenesis) };
    let expected = hex::encode(genesis.key_check);
    if expected != root.check() {
        return Err(RevisionError::OtherKey { found: root.check(), expected });
    }
    Ok(genesis.origin)
}

/// The law for a master among so many recipients.
pub fn choose_law(master: &Master, recipients: usize, probability: Probability) -> Law {
    // The order of lists shows in whole files alone; the law is for what else leaks.
    let slots = master.slots().iter().filter(|slot| slot.is_text());
    let bits: f64 = slots.map(|slot| f64::from(slot.arity()).log2()).sum();
    Law::choose(bits * (1.0 - EXPECTED_ERASURE), recipients, probability)
}

/// The changes that take a new advisory in as revision 1.
///
/// # Errors
/// [`RevisionError`].
pub fn add(
    store: &dyn Store,
    root: &RootKey,
    new: &NewAdvisory,
    master: &Master,
    recipients: usize,
    now: Timestamp,
    random: &dyn SecureRandom,
) -> Result<Vec<Change>, RevisionError> {
    let record = AdvisoryRecord {
        id: new.id.clone(),
        title: new.title.clone(),
        created: now,
        release_at: new.release_at,
        tlp: new.tlp,
        false_positive: new.false_positive.value(),
    };
    let mut changes = vec![Change::PutAdvisory(record.clone())];
    changes.extend(take_in(store, root, &record, 1, master, recipients, now, random)?);
    Ok(changes)
}

/// The changes that take in the next revision of an advisory, with words of its own.
///
/// # Errors
/// [`RevisionError`].
pub fn revise(
    store: &dyn Store,
    root: &RootKey,
    id: &AdvisoryId,
    master: &Master,
    recipients: usize,
    now: Timestamp,
    random: &dyn SecureRandom,
) -> Result<Vec<Change>, RevisionError> {
    let record =
        store.advisory(id)?.ok_or_else(|| RevisionError::Unknown { id: id.to_string() })?;
    let last = store.revisions(&record.id)?.last().map_or(0, |revision| revision.revision);
    take_in(store, root, &record, last + 1, master, recipients, now, random)
}

#[expect(clippy::too_many_arguments, reason = "one private step shared by two public functions")]
fn take_in(
    store: &dyn Store,
    root: &RootKey,
    advisory: &AdvisoryRecord,
    revision: u32,
    master: &Master,
    recipients: usize,
    now: Timestamp,
    random: &dyn SecureRandom,
) -> Result<Vec<Change>, RevisionError> {
    let origin = origin(store, root)?;
    let probability = stored_probability(advisory)?;
    let law = choose_law(master, recipients, probability);
    let key = root.advisory_key(&origin, advisory.id.as_str(), revision);
    let arities = master.arities();
    let codebook = Codebook::new(law, &arities, &key)?;
    let json = master.to_json();
    let leaf = store.log_size()?;
    let body = Body::Advisory(log::Advisory {
        advisory: advisory.id.clone(),
        revision,
        codebook: codebook.commitment(),
        master_sha256: sha256(json.as_bytes()),
        slots_sha256: sha256(master.slot_list().as_bytes()),
        slots: u32::try_from(arities.len()).expect("a master has at most 65,536 slots"),
        false_positive: probability.value(),
        law: law.as_str().to_owned(),
        scorer: SCORER_VERSION,
        unix_seconds: now.as_second(),
    });
    let mut changes = vec![
        Change::AppendLeaf(Opening::new(&body, key::random_bytes(random)?)?),
        Change::PutRevision {
            revision: RevisionRecord {
                advisory: advisory.id.clone(),
                revision,
                law: law.as_str().to_owned(),
                leaf,
                thin_acknowledged: false,
            },
            master: json.into_bytes(),
        },
        Change::PutFingerprints {
            revision_leaf: leaf,
            hashes: identify::master_fingerprints(master.outline()),
        },
    ];
    let mint = Mint::new(&root.scan_key(&origin, epoch(now)));
    let shared = master.canaries().iter().filter(|canary| canary.kind == CanaryKind::Advisory);
    changes.extend(shared.map(|canary| {
        Change::PutCanary(CanaryRecord {
            token: mint.token(canary.kind, &key.canary(&canary.name)),
            kind: canary.kind,
            name: canary.name.clone(),
            revision_leaf: leaf,
            word: None,
            burnt: None,
        })
    }));
    Ok(changes)
}

/// The epoch of the scan key for a revision taken in at an instant: the year, so that a scan needs
/// few keys.
pub(crate) fn epoch(at: Timestamp) -> u16 {
    u16::try_from(at.to_zoned(TimeZone::UTC).year()).expect("leaves are of the years 1970 to 9998")
}

impl Revision {
    /// The newest revision of an advisory.
    ///
    /// # Errors
    /// [`RevisionError`]; a stored master that differs from what the log commits to is one.
    pub fn latest(
        store: &dyn Store,
        root: &RootKey,
        id: &AdvisoryId,
    ) -> Result<Self, RevisionError> {
        let unknown = || RevisionError::Unknown { id: id.to_string() };
        let advisory = store.advisory(id)?.ok_or_else(unknown)?;
        let record = store.revisions(&advisory.id)?.pop().ok_or_else(unknown)?;
        Self::load(store, root, advisory, record)
    }

    /// The revision with this ADVISORY leaf.
    ///
    /// # Errors
    /// As [`Revision::latest`].
    pub fn at(store: &dyn Store, root: &RootKey, leaf: u64) -> Result<Self, RevisionError> {
        let unknown = || RevisionError::Unknown { id: format!("leaf {leaf}") };
        let record = store.revision_at(leaf)?.ok_or_else(unknown)?;
        let advisory = store.advisory(&record.advisory)?.ok_or_else(unknown)?;
        Self::load(store, root, advisory, record)
    }

    fn load(
        store: &dyn Store,
        root: &RootKey,
        advisory: AdvisoryRecord,
        record: RevisionRecord,
    ) -> Result<Self, RevisionError> {
        let origin = origin(store, root)?;
        let changed = || RevisionError::MasterChanged {
            advisory: advisory.id.to_string(),
            revision: record.revision,
        };
        let bytes = store.master(record.leaf)?.ok_or_else(changed)?;
        let (_, opening) = store.leaf(record.leaf)?.ok_or_else(changed)?;
        let Body::Advisory(committed) = opening.body()? else { return Err(changed()) };
        if committed.master_sha256 != sha256(&bytes) || committed.law != record.law {
            return Err(changed());
        }
        let text = String::from_utf8(bytes).map_err(|_| changed())?;
        let master = Master::from_json(&text)?;
        let law = record
            .law
            .parse::<Law>()
            .map_err(|_| RevisionError::Name { found: record.law.clone() })?;
        let key = root.advisory_key(&origin, advisory.id.as_str(), record.revision);
        let codebook = Codebook::new(law, &master.arities(), &key)?;
        let taken_in = Timestamp::from_second(committed.unix_seconds).map_err(|_| changed())?;
        let epoch = epoch(taken_in);
        let keys = scan::Keys::new([(epoch, root.scan_key(&origin, epoch))]);
        Ok(Self { advisory, record, master, codebook, key, keys })
    }

    /// The probability that the advisory is committed to.
    ///
    /// # Errors
    /// [`RevisionError::Name`] when the stored number is none.
    pub fn probability(&self) -> Result<Probability, RevisionError> {
        stored_probability(&self.advisory)
    }

    /// What excerpts of a copy hold at least, under the law of the codebook.
    pub fn excerpts(&self) -> Excerpts {
        let law = self.codebook.law();
        let bits: Vec<f64> =
            self.master.arities().iter().map(|arity| bits_held(law, &[*arity])).collect();
        self.master.excerpts(&bits)
    }

    /// What an exact full copy holds and what accusing one of so many recipients takes.
    ///
    /// # Errors
    /// As [`Revision::probability`].
    pub fn capacity(&self, recipients: usize) -> Result<Capacity, RevisionError> {
        let probability = self.probability()?;
        let law = self.codebook.law();
        Ok(Capacity::new(law, &self.master.firm_arities(), recipients, probability))
    }

    /// The tokens of one copy, one for each canary of the master.
    pub fn tokens(&self, seed: &CopySeed) -> Vec<Token> {
        let mint = self.keys.mint().expect("a revision has one epoch");
        let token = |canary: &CanarySlot| {
            let secret = match canary.kind {
                CanaryKind::Advisory => self.key.canary(&canary.name),
                _ => seed.canary(&canary.name),
            };
            mint.token(canary.kind, &secret)
        };
        self.master.canaries().iter().map(token).collect()
    }

    /// For each slot, whether a recipient of these parts holds it.
    pub fn held(&self, parts: &[Part]) -> Vec<bool> {
        let documents = self.master.documents();
        let slots = self.master.slots().iter();
        slots
            .map(|slot| slot.sites.iter().any(|site| parts.contains(&documents[site.file].part())))
            .collect()
    }
}

fn stored_probability(advisory: &AdvisoryRecord) -> Result<Probability, RevisionError> {
    let value = advisory.false_positive;
    Probability::new(value).map_err(|_| RevisionError::Name { found: value.to_string() })
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}
