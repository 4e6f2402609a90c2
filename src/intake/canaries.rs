//! Canaries of a sample: found before it is logged, weighed when it is traced.

use std::io::{Cursor, Read};

use jiff::Timestamp;

use super::IntakeError;
use crate::{
    advisory::{AdvisoryId, Part},
    canary::{CanaryKind, SHORT_BITS, frame},
    container::{self, Limits},
    key::RootKey,
    probability::Probability,
    recipient::{Endpoint, RecipientId},
    revision::Revision,
    sample::Sample,
    scan::{Form, Hit, Keys, Windows, scan, scan_stream},
    sighting::{self, Sighting},
    store::Store,
    verdict::{
        Candidate, Verdict,
        canary::{Chance, accuses, agreeing, ln_chance},
    },
};

/// A token that stands in a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedCanary {
    /// In which member of the sample, as in `!/b.txt`; empty for the sample itself.
    pub member: String,
    /// Where in it, in bytes.
    pub offset: u64,
    /// How it is written.
    pub form: Form,
    /// What is known about it.
    pub sighting: Sighting,
    /// What follows from it.
    pub says: Says,
}

/// What follows from a token in a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Says {
    /// It accuses.
    Accuses,
    /// Strangers may know it, from test code or from a text with invisible characters, and the
    /// marks do not agree: no accusation.
    Lead,
    /// It was exported or seen in public: nothing.
    Burnt,
    /// The same stands in all copies: of which advisory this is, nothing of a copy.
    Advisory,
    /// Its copy was issued after the sample was taken in, or too many windows were tried: nothing.
    Nothing,
}

impl Says {
    /// The name in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accuses => "accuses",
            Self::Lead => "lead",
            Self::Burnt => "burnt",
            Self::Advisory => "advisory",
            Self::Nothing => "nothing",
        }
    }
}

/// A copy accused by its tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryAccusation {
    /// The advisory.
    pub advisory: AdvisoryId,
    /// Its revision.
    pub revision: u32,
    /// Whose copy.
    pub recipient: RecipientId,
    /// Of which endpoint.
    pub endpoint: Option<Endpoint>,
    /// The issue number.
    pub issue: u32,
    /// log10 of the bound on the chance that the token of any innocent stands in the sample; of a
    /// token that test code shows, log10 of the p-value of the marks.
    pub log10_p: f64,
}

/// What a sample shows of tokens, before anything is decided.
#[derive(Debug, Default)]
pub(super) struct Found {
    tokens: Vec<Seen>,
    windows: Windows,
    live: Vec<(CanaryKind, u64)>,
}

#[derive(Debug)]
struct Seen {
    member: String,
    hit: Hit,
    sighting: Sighting,
    /// Whether test code holds it, which may send it over a network.
    is_shown: bool,
    committed: Probability,
}

/// Looks for tokens in a sample and in its members.
pub(super) fn find(
    store: &dyn Store,
    root: &RootKey,
    bytes: &[u8],
    sample: &Sample,
    now: Timestamp,
) -> Result<Found, IntakeError> {
    let keys = sighting::keys(store, root, now)?;
    let mut found = Found::default();
    let mut hits = Vec::new();
    let whole = scan(bytes, &keys);
    found.windows = whole.windows;
    hits.extend(whole.hits.into_iter().map(|hit| (String::new(), hit)));
    let mut member = |path: &str, content: &mut dyn Read| {
        let (scanned, _) = scan_stream(content, &keys);
        add(&mut found.windows, scanned.windows);
        hits.extend(scanned.hits.into_iter().map(|hit| (path.to_owned(), hit)));
        name(path, &keys, &mut found.windows, &mut hits);
    };
    // A sample in memory always has a head; what cannot be unpacked shows nothing.
    let _ = container::walk("", &mut Cursor::new(bytes), &Limits::default(), &mut member);
    let frames = frame::tokens(sample.text(), |token| keys.opens(token));
    hits.extend(frames.into_iter().map(|(at, token)| {
        let offset = u64::try_from(at).expect("an offset fits 64 bits");
        (String::new(), Hit { offset, form: Form::ZeroWidth, token })
    }));
    if hits.is_empty() {
        return Ok(found);
    }
    found.live = store.canaries_of_copies()?;
    // They never accuse, so they are not counted with those that do.
    found.live.retain(|(kind, _)| *kind != CanaryKind::ZeroWidth);
    let mut revisions: Vec<Revision> = Vec::new();
    for (member, hit) in hits {
        // A token that passes but was never issued shows that somebody holds the scan key; it says
        // nothing of a copy.
        let Some(sighting) = sighting::look_up(store, hit.token)? else { continue };
        let leaf = sighting.canary.revision_leaf;
        if !revisions.iter().any(|revision| revision.record.leaf == leaf) {
            revisions.push(Revision::at(store, root, leaf)?);
        }
        let revision = revisions.iter().find(|revision| revision.record.leaf == leaf);
        let revision = revision.expect("it was just loaded");
        // Invisible characters can be moved into any text, as what test code sends can.
        let is_shown = sighting.canary.kind == CanaryKind::ZeroWidth
            || is_shown(revision, &sighting.canary.name);
        let committed = revision.probability()?;
        found.tokens.push(Seen { member, hit, sighting, is_shown, committed });
    }
    Ok(found)
}

fn add(windows: &mut Windows, more: Windows) {
    windows.full += more.full;
    windows.short += more.short;
}

/// Tokens in the name of a member.
fn name(path: &str, keys: &Keys, windows: &mut Windows, hits: &mut Vec<(String, Hit)>) {
    let scanned = scan(path.as_bytes(), keys);
    add(windows, scanned.windows);
    hits.extend(scanned.hits.into_iter().map(|hit| (path.to_owned(), hit)));
}

fn is_shown(revision: &Revision, canary: &str) -> bool {
    let documents = revision.master.documents();
    let canary = revision.master.canaries().iter().find(|other| other.name == canary);
    let part = |file: usize| documents[file].part();
    canary.is_some_and(|canary| canary.sites.iter().any(|site| part(site.file) == Part::Testcode))
}

impl Found {
    /// The advisories that tokens name.
    pub(super) fn advisories(&self) -> impl Iterator<Item = &AdvisoryId> {
        self.tokens.iter().map(|seen| &seen.sighting.advisory)
    }

    /// Whether a probability is above what an advisory that tokens name committed to.
    pub(super) fn is_above(&self, only: Option<&AdvisoryId>, probability: Probability) -> bool {
        let of_it = |seen: &&Seen| only.is_none_or(|only| *only == seen.sighting.advisory);
        let seen = self.tokens.iter().filter(of_it);
        seen.map(|seen| seen.committed).any(|committed| probability.value() > committed.value())
    }

    /// What the tokens say, of copies issued before the leaf of the sample.
    pub(super) fn weigh(
        &self,
        leaf: u64,
        only: Option<&AdvisoryId>,
        false_positive: Option<Probability>,
        candidates: &[Candidate<'_>],
        verdict: &Verdict,
    ) -> (Vec<TracedCanary>, Vec<CanaryAccusation>) {
        let chance = self.ln_chance();
        let mut traced = Vec::new();
        let mut accused: Vec<CanaryAccusation> = Vec::new();
        let seen = self.tokens.iter();
        for seen in seen.filter(|seen| only.is_none_or(|only| *only == seen.sighting.advisory)) {
            let probability = false_positive.unwrap_or(seen.committed);
            let (says, ln_p) = match &seen.sighting.copy {
                None => (Says::Advisory, None),
                Some(_) if seen.sighting.canary.burnt.is_some() => (Says::Burnt, None),
                Some(copy) if copy.leaf >= leaf => (Says::Nothing, None),
                Some(_) if seen.is_shown => match self.agreed(seen, leaf, candidates) {
                    Some(ln_p) => (Says::Accuses, Some(ln_p)),
                    None => (Says::Lead, None),
                },
                Some(_) if accuses(chance, probability) => (Says::Accuses, Some(chance)),
                Some(_) => (Says::Nothing, None),
            };
            if let (Some(ln_p), Some(accusation)) = (ln_p, accusation(&seen.sighting)) {
                let same = |other: &CanaryAccusation| {
                    other.recipient == accusation.recipient
                        && other.endpoint == accusation.endpoint
                        && other.advisory == accusation.advisory
                        && (other.revision, other.issue) == (accusation.revision, accusation.issue)
                };
                let log10_p = ln_p / std::f64::consts::LN_10;
                match accused.iter_mut().find(|other| same(other)) {
                    Some(other) => other.log10_p = other.log10_p.min(log10_p),
                    None => accused.push(CanaryAccusation { log10_p, ..accusation }),
                }
            }
            traced.push(TracedCanary {
                member: seen.member.clone(),
                offset: seen.hit.offset,
                form: seen.hit.form,
                sighting: seen.sighting.clone(),
                says,
            });
        }
        // Who is accused by the marks is accused already.
        accused.retain(|found| {
            !verdict.accused.iter().any(|by_marks| {
                by_marks.recipient == found.recipient
                    && by_marks.endpoint == found.endpoint
                    && by_marks.advisory == found.advisory
                    && (by_marks.revision, by_marks.issue) == (found.revision, found.issue)
            })
        });
        (traced, accused)
    }

    /// ln of the p-value of the marks of a copy whose token test code shows, where they agree.
    fn agreed(&self, seen: &Seen, leaf: u64, candidates: &[Candidate<'_>]) -> Option<f64> {
        let of = |sighting: &Sighting| {
            let candidate = candidates.iter().position(|candidate| {
                *candidate.advisory == sighting.advisory && candidate.revision == sighting.revision
            })?;
            let copy = sighting.copy.as_ref().filter(|copy| copy.leaf < leaf)?;
            let word = candidates[candidate].words.iter().position(|word| {
                word.recipient == copy.recipient
                    && word.endpoint == copy.endpoint
                    && word.issue == copy.issue
            })?;
            Some((candidate, word))
        };
        let (candidate, word) = of(&seen.sighting)?;
        // All that are tested pay, so all are counted whichever is asked about.
        let shown = self.tokens.iter().filter(|other| other.is_shown);
        let mut words: Vec<usize> = shown
            .filter_map(|other| of(&other.sighting))
            .filter(|(other, _)| *other == candidate)
            .map(|(_, word)| word)
            .collect();
        words.sort_unstable();
        words.dedup();
        let agreeing = agreeing(&candidates[candidate], &words);
        agreeing.into_iter().find(|(agrees, _)| *agrees == word).map(|(_, ln_p)| ln_p)
    }

    /// ln of the bound on the chance that any innocent's token stands in the sample. All full tokens
    /// are looked for in all windows; six bits of a UUID are fixed.
    fn ln_chance(&self) -> f64 {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let chance = |(kind, tokens): &(CanaryKind, u64)| {
            let (windows, bits) = match kind {
                CanaryKind::Short => (self.windows.short, SHORT_BITS),
                CanaryKind::Uuid => (self.windows.full, 122),
                _ => (self.windows.full, 128),
            };
            Chance { windows: count(windows), tokens: count(*tokens), bits }
        };
        ln_chance(&self.live.iter().map(chance).collect::<Vec<_>>())
    }
}

fn accusation(sighting: &Sighting) -> Option<CanaryAccusation> {
    let copy = sighting.copy.as_ref()?;
    Some(CanaryAccusation {
        advisory: sighting.advisory.clone(),
        revision: sighting.revision,
        recipient: copy.recipient.clone(),
        endpoint: copy.endpoint.clone(),
        issue: copy.issue,
        log10_p: 0.0,
    })
}
