//! A store in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    advisory::AdvisoryId,
    canary::{CanaryKind, Token},
    log::{Leaf, LeafType, Opening},
    recipient::{Recipient, RecipientId, Standing},
    store::{
        AdvisoryRecord, BOILERPLATE_MASTERS, CanaryRecord, Change, IntakeRecord, RevisionRecord,
        SpoolFile, Store, StoreError, WordRecord,
    },
};

/// A store in memory, gone with the process.
///
/// Every commit copies what is kept, so that a refused one leaves no trace: right for pipelines and
/// tests, not for a million words one by one.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Kept,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    log: Vec<Opening>,
    recipients: Vec<Recipient>,
    advisories: Vec<AdvisoryRecord>,
    revisions: BTreeMap<u64, (RevisionRecord, Vec<u8>)>,
    words: BTreeMap<u64, WordRecord>,
    canaries: BTreeMap<Token, CanaryRecord>,
    spool: BTreeMap<(u64, String), SpoolFile>,
    intakes: BTreeMap<u64, IntakeRecord>,
    fingerprints: BTreeMap<u64, BTreeSet<u64>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for Memory {
    fn log_size(&self) -> Result<u64, StoreError> {
        Ok(self.kept.log_size())
    }

    fn leaf(&self, index: u64) -> Result<Option<(Leaf, Opening)>, StoreError> {
        let opening = usize::try_from(index).ok().and_then(|index| self.kept.log.get(index));
        Ok(opening.map(|opening| (opening.leaf(), opening.clone())))
    }

    fn recipients(&self) -> Result<Vec<Recipient>, StoreError> {
        Ok(self.kept.recipients.clone())
    }

    fn recipient(&self, id: &RecipientId) -> Result<Option<Recipient>, StoreError> {
        Ok(self.kept.recipient(id).ok().cloned())
    }

    fn advisories(&self) -> Result<Vec<AdvisoryRecord>, StoreError> {
        Ok(self.kept.advisories.clone())
    }

    fn advisory(&self, id: &AdvisoryId) -> Result<Option<AdvisoryRecord>, StoreError> {
        Ok(self.kept.advisory(id).ok().cloned())
    }

    fn revisions(&self, advisory: &AdvisoryId) -> Result<Vec<RevisionRecord>, StoreError> {
        let all = self.kept.revisions.values().map(|(revision, _)| revision);
        let mut revisions: Vec<_> =
            all.filter(|revision| same(&revision.advisory, advisory)).cloned().collect();
        revisions.sort_by_key(|revision| revision.revision);
        Ok(revisions)
    }

    fn revision_at(&self, leaf: u64) -> Result<Option<RevisionRecord>, StoreError> {
        Ok(self.kept.revisions.get(&leaf).map(|(revision, _)| revision.clone()))
    }

    fn master(&self, revision_leaf: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept.revisions.get(&revision_leaf).map(|(_, master)| master.clone()))
    }

    fn words(&self, revision_leaf: u64) -> Result<Vec<WordRecord>, StoreError> {
        let words = self.kept.words.values();
        Ok(words.filter(|word| word.revision_leaf == revision_leaf).cloned().collect())
    }

    fn word(&self, leaf: u64) -> Result<Option<WordRecord>, StoreError> {
        Ok(self.kept.words.get(&leaf).cloned())
    }

    fn canary(&self, token: Token) -> Result<Option<CanaryRecord>, StoreError> {
        Ok(self.kept.canaries.get(&token).cloned())
    }

    fn canaries_of_copies(&self) -> Result<Vec<(CanaryKind, u64)>, StoreError> {
        let mut counts = BTreeMap::new();
        for record in self.kept.canaries.values().filter(|record| record.word.is_some()) {
            *counts.entry(record.kind).or_insert(0) += 1;
        }
        Ok(counts.into_iter().collect())
    }

    fn short_canaries(&self) -> Result<Vec<Token>, StoreError> {
        let tokens = self.kept.canaries.keys();
        Ok(tokens.filter(|token| matches!(token, Token::Short(_))).copied().collect())
    }

    fn spooled_words(&self) -> Result<Vec<u64>, StoreError> {
        let words: BTreeSet<u64> = self.kept.spool.keys().map(|(word, _)| *word).collect();
        Ok(words.into_iter().collect())
    }

    fn spool(&self, word: u64) -> Result<Vec<SpoolFile>, StoreError> {
        let from = (word, String::new());
        let files = self.kept.spool.range(from..).take_while(|((of, _), _)| *of == word);
        Ok(files.map(|(_, file)| file.clone()).collect())
    }

    fn intakes_with(&self, sha256: &[u8; 32]) -> Result<Vec<IntakeRecord>, StoreError> {
        let same = |intake: &&IntakeRecord| &intake.sha256 == sha256;
        Ok(self.kept.intakes.values().filter(same).cloned().collect())
    }

    fn intakes(&self, from: u64) -> Result<Vec<IntakeRecord>, StoreError> {
        Ok(self.kept.intakes.range(from..).map(|(_, intake)| intake.clone()).collect())
    }

    fn intakes_of(&self, advisory: &AdvisoryId) -> Result<Vec<IntakeRecord>, StoreError> {
        let looked = |intake: &&IntakeRecord| intake.looks.iter().any(|(of, _)| same(of, advisory));
        Ok(self.kept.intakes.values().filter(looked).cloned().collect())
    }

    fn masters_with(&self, fingerprints: &[u64]) -> Result<Vec<(u64, u32)>, StoreError> {
        let fingerprints: BTreeSet<&u64> = fingerprints.iter().collect();
        let mut shared = BTreeMap::new();
        for hash in fingerprints {
            match self.kept.fingerprints.get(hash) {
                Some(masters) if masters.len() <= BOILERPLATE_MASTERS => {
                    masters.iter().for_each(|master| *shared.entry(*master).or_insert(0) += 1);
                }
                _ => {}
            }
        }
        let mut shared: Vec<(u64, u32)> = shared.into_iter().collect();
        shared.sort_by_key(|(master, count)| (std::cmp::Reverse(*count), *master));
        Ok(shared)
    }

    fn commit(&mut self, expected_log_size: u64, changes: Vec<Change>) -> Result<u64, StoreError> {
        let found = self.kept.log_size();
        if found != expected_log_size {
            return Err(StoreError::Conflict { expected: expected_log_size, found });
        }
        let mut next = self.kept.clone();
        changes.into_iter().try_for_each(|change| next.apply(change))?;
        self.kept = next;
        Ok(self.kept.log_size())
    }
}

impl Kept {
    fn log_size(&self) -> u64 {
        u64::try_from(self.log.len()).expect("memory holds fewer than 2^64 leaves")
    }

    fn apply(&mut self, change: Change) -> Result<(), StoreError> {
        match change {
            Change::AppendLeaf(opening) => self.log.push(opening),
            Change::PutRecipient(recipient) => {
                if let Ok(found) = self.recipient(&recipient.id) {
                    return Err(StoreError::exists("recipient", &found.id));
                }
                self.recipients.push(recipient);
            }
            Change::SetStanding { recipient, standing } => {
                let id = self.recipient(&recipient)?.id.clone();
                let found = self.recipients.iter_mut().find(|found| found.id == id);
                let found = found.expect("the recipient was just found");
                if matches!(found.standing, Standing::Revoked { .. }) && standing != found.standing
                {
                    return Err(StoreError::Revoked { id });
                }
                found.standing = standing;
            }
            Change::PutAdvisory(advisory) => {
                if let Ok(found) = self.advisory(&advisory.id) {
                    return Err(StoreError::exists("advisory", &found.id));
                }
                self.advisories.push(advisory);
            }
            Change::PutRevision { revision, master } => {
                spelled("advisory", &self.advisory(&revision.advisory)?.id, &revision.advisory)?;
                self.expect_leaf(revision.leaf, LeafType::Advisory)?;
                let taken = |kept: &RevisionRecord| {
                    kept.leaf == revision.leaf
                        || (kept.advisory == revision.advisory
                            && kept.revision == revision.revision)
                };
                if self.revisions.values().any(|(kept, _)| taken(kept)) {
                    let id = format!("{} revision {}", revision.advisory, revision.revision);
                    return Err(StoreError::exists("advisory", &id));
                }
                self.revisions.insert(revision.leaf, (revision, master));
            }
            Change::PutFingerprints { revision_leaf, hashes } => {
                self.revision(revision_leaf)?;
                for hash in hashes {
                    self.fingerprints.entry(hash).or_default().insert(revision_leaf);
                }
            }
            Change::AcknowledgeThin { revision_leaf } => {
                self.revision(revision_leaf)?.thin_acknowledged = true;
            }
            Change::PutWord(word) => self.put_word(word)?,
            Change::PutCanary(record) => self.put_canary(record)?,
            Change::BurnCanary { token, at } => {
                let kept = self.canaries.get_mut(&token);
                let kept = kept.ok_or_else(|| StoreError::unknown("canary", &"with this token"))?;
                if kept.burnt.is_some() {
                    return Err(StoreError::exists("burnt canary", &kept.name));
                }
                kept.burnt = Some(at);
            }
            Change::PutSpool(file) => {
                if !self.words.contains_key(&file.word) {
                    return Err(StoreError::unknown("word", &file.word));
                }
                let key = (file.word, file.name.clone());
                if self.spool.insert(key, file.clone()).is_some() {
                    return Err(StoreError::exists("file", &file.name));
                }
            }
            Change::DeleteSpool { word } => self.spool.retain(|(of, _), _| *of != word),
            Change::PutIntake(intake) => self.put_intake(intake)?,
            Change::PutOutcome { intake, outcome } => {
                let kept = self
                    .intakes
                    .get_mut(&intake)
                    .ok_or_else(|| StoreError::unknown("intake", &intake))?;
                if kept.outcome.is_some() {
                    return Err(StoreError::exists("outcome of intake", &intake));
                }
                kept.outcome = Some(outcome);
            }
        }
        Ok(())
    }

    fn put_word(&mut self, word: WordRecord) -> Result<(), StoreError> {
        spelled("recipient", &self.recipient(&word.recipient)?.id, &word.recipient)?;
        self.revision(word.revision_leaf)?;
        self.expect_leaf(word.leaf, LeafType::Issue)?;
        let endpoint = |word: &WordRecord| {
            word.endpoint.as_ref().map(|endpoint| endpoint.as_str().to_ascii_lowercase())
        };
        let taken = |kept: &WordRecord| {
            kept.leaf == word.leaf
                || (kept.revision_leaf == word.revision_leaf
                    && kept.recipient == word.recipient
                    && endpoint(kept) == endpoint(&word)
                    && kept.issue == word.issue)
        };
        if self.words.values().any(taken) {
            return Err(StoreError::exists(
                "word",
                &format!("{} issue {}", word.recipient, word.issue),
            ));
        }
        self.words.insert(word.leaf, word);
        Ok(())
    }

    fn put_canary(&mut self, record: CanaryRecord) -> Result<(), StoreError> {
        self.revision(record.revision_leaf)?;
        if let Some(word) = record.word.filter(|word| !self.words.contains_key(word)) {
            return Err(StoreError::unknown("word", &word));
        }
        if self.canaries.contains_key(&record.token) {
            return Err(StoreError::exists("canary", &record.name));
        }
        self.canaries.insert(record.token, CanaryRecord { burnt: None, ..record });
        Ok(())
    }

    fn put_intake(&mut self, mut intake: IntakeRecord) -> Result<(), StoreError> {
        self.expect_leaf(intake.leaf, LeafType::Intake)?;
        if self.intakes.contains_key(&intake.leaf) {
            return Err(StoreError::exists("intake", &intake.leaf));
        }
        for (advisory, _) in &intake.looks {
            spelled("advisory", &self.advisory(advisory)?.id, advisory)?;
        }
        intake.looks.sort();
        if let Some(pair) = intake.looks.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(StoreError::exists("look at advisory", &pair[0].0));
        }
        self.intakes.insert(intake.leaf, intake);
        Ok(())
    }

    fn recipient(&self, id: &RecipientId) -> Result<&Recipient, StoreError> {
        let mut recipients = self.recipients.iter();
        recipients
            .find(|kept| same(&kept.id, id))
            .ok_or_else(|| StoreError::unknown("recipient", id))
    }

    fn advisory(&self, id: &AdvisoryId) -> Result<&AdvisoryRecord, StoreError> {
        let mut advisories = self.advisories.iter();
        advisories
            .find(|kept| same(&kept.id, id))
            .ok_or_else(|| StoreError::unknown("advisory", id))
    }

    fn revision(&mut self, leaf: u64) -> Result<&mut RevisionRecord, StoreError> {
        let kept = self.revisions.get_mut(&leaf).map(|(revision, _)| revision);
        kept.ok_or_else(|| StoreError::unknown("revision", &leaf))
    }

    fn expect_leaf(&self, index: u64, expected: LeafType) -> Result<(), StoreError> {
        let opening = usize::try_from(index).ok().and_then(|index| self.log.get(index));
        match opening.ok_or_else(|| StoreError::unknown("leaf", &index))?.kind() {
            found if found == expected => Ok(()),
            found => Err(StoreError::WrongLeaf { index, found, expected }),
        }
    }
}

/// Leaves repeat the spelling of ids, so records must keep it.
fn spelled<T: PartialEq + ToString>(
    kind: &'static str,
    kept: &T,
    given: &T,
) -> Result<(), StoreError> {
    if kept == given { Ok(()) } else { Err(StoreError::unknown(kind, given)) }
}

fn same(one: &impl ToString, other: &impl ToString) -> bool {
    one.to_string().eq_ignore_ascii_case(&other.to_string())
}
