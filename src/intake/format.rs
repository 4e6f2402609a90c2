//! The format `canarymark/verdict/v1`: one JSON object a sample.

use serde::Serialize;

use super::{Agreement, CanaryAccusation, LedgerAccusation, Trace, TracedCanary, TracedMaster};
use crate::{
    advisory::AdvisoryId,
    reading::ReadingCounts,
    verdict::{Accusation, Outcome, Stage},
};

#[derive(Serialize)]
struct WireVerdict<'a> {
    schema: &'static str,
    sample: &'a str,
    sha256: String,
    outcome: &'static str,
    advisory: Option<&'a str>,
    advisories: Vec<WireMaster<'a>>,
    false_positive: Option<f64>,
    post_hoc: bool,
    look: u32,
    recipients: usize,
    slots: WireSlots,
    accused: Vec<WireAccusation<'a>>,
    leads: Vec<WireLead<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    canaries: Vec<WireCanary<'a>>,
}

#[derive(Serialize)]
struct WireCanary<'a> {
    member: &'a str,
    offset: u64,
    form: &'static str,
    canary: &'a str,
    advisory: &'a str,
    revision: u32,
    recipient: Option<&'a str>,
    endpoint: Option<&'a str>,
    issue: Option<u32>,
    says: &'static str,
}

#[derive(Serialize)]
struct WireMaster<'a> {
    id: &'a str,
    revision: u32,
    slots: WireSlots,
    parts_seen: Vec<&'static str>,
    intakes: usize,
    spent: f64,
}

#[derive(Serialize, Default)]
struct WireSlots {
    total: usize,
    read: usize,
    erased: usize,
    foreign: usize,
}

#[derive(Serialize)]
struct WireAccusation<'a> {
    recipient: &'a str,
    endpoint: Option<&'a str>,
    advisory: &'a str,
    revision: Option<u32>,
    issue: Option<u32>,
    log10_p: f64,
    stage: &'static str,
    with: Vec<&'a str>,
    #[serde(flatten)]
    agreement: Option<&'a Agreement>,
}

#[derive(Serialize)]
struct WireLead<'a> {
    recipient: &'a str,
    log10_p: f64,
}

impl Trace {
    /// What the trace ends with: the verdict on the sample, the ledger's, or that of its tokens.
    pub fn outcome(&self) -> Outcome {
        match self.verdict.outcome {
            _ if !self.by_ledger.is_empty() || !self.by_canary.is_empty() => Outcome::Accused,
            Outcome::Unknown if !self.canaries.is_empty() => Outcome::Undecided,
            outcome => outcome,
        }
    }

    /// The advisory with the strongest evidence: of the marks, else of the tokens.
    pub fn advisory(&self) -> Option<&AdvisoryId> {
        let tokens = self.canaries.first().map(|canary| &canary.sighting.advisory);
        let accused = self.by_canary.first().map(|accused| &accused.advisory);
        self.verdict.advisory.as_ref().or(accused).or(tokens)
    }

    fn accused(&self) -> Vec<WireAccusation<'_>> {
        let alone = self.verdict.accused.iter().zip(&self.agreements);
        let mut accused: Vec<_> = alone.map(|(a, at)| WireAccusation::of(a, at)).collect();
        accused.extend(self.by_canary.iter().map(WireAccusation::by_canary));
        accused.extend(self.by_ledger.iter().map(WireAccusation::by_ledger));
        accused
    }

    /// The verdict as one JSON object on one line, without a line end. `sample` is what the sample
    /// is called, usually its path.
    pub fn to_json(&self, sample: &str) -> String {
        let strongest = self.masters.first();
        let wire = WireVerdict {
            schema: "canarymark/verdict/v1",
            sample,
            sha256: hex::encode(self.sha256),
            outcome: match self.outcome() {
                Outcome::Accused => "accused",
                Outcome::Undecided => "undecided",
                Outcome::Unknown => "unknown",
            },
            advisory: self.advisory().map(|advisory| advisory.as_str()),
            advisories: self.masters.iter().map(WireMaster::of).collect(),
            false_positive: strongest.map(|master| master.false_positive.value()),
            post_hoc: self.post_hoc,
            look: self.look,
            recipients: strongest.map_or(0, |master| master.recipients),
            slots: strongest.map_or_else(WireSlots::default, |master| master.slots.into()),
            accused: self.accused(),
            leads: self
                .verdict
                .leads
                .iter()
                .map(|lead| WireLead { recipient: lead.recipient.as_str(), log10_p: lead.log10_p })
                .collect(),
            canaries: self.canaries.iter().map(WireCanary::of).collect(),
        };
        serde_json::to_string(&wire).expect("strings and numbers always serialise")
    }
}

impl<'a> WireMaster<'a> {
    fn of(master: &'a TracedMaster) -> Self {
        let intakes = u32::try_from(master.intakes).map_or(f64::MAX, f64::from);
        Self {
            id: master.advisory.as_str(),
            revision: master.revision,
            slots: master.slots.into(),
            parts_seen: master.parts_seen.iter().map(|part| part.as_str()).collect(),
            intakes: master.intakes,
            spent: intakes * master.false_positive.value(),
        }
    }
}

impl From<ReadingCounts> for WireSlots {
    fn from(counts: ReadingCounts) -> Self {
        let ReadingCounts { total, read, erased, foreign } = counts;
        Self { total, read, erased, foreign }
    }
}

impl<'a> WireCanary<'a> {
    fn of(canary: &'a TracedCanary) -> Self {
        let sighting = &canary.sighting;
        let copy = sighting.copy.as_ref();
        Self {
            member: &canary.member,
            offset: canary.offset,
            form: canary.form.as_str(),
            canary: &sighting.canary.name,
            advisory: sighting.advisory.as_str(),
            revision: sighting.revision,
            recipient: copy.map(|copy| copy.recipient.as_str()),
            endpoint: copy.and_then(|copy| copy.endpoint.as_ref()).map(|name| name.as_str()),
            issue: copy.map(|copy| copy.issue),
            says: canary.says.as_str(),
        }
    }
}

impl<'a> WireAccusation<'a> {
    fn by_canary(accusation: &'a CanaryAccusation) -> Self {
        Self {
            recipient: accusation.recipient.as_str(),
            endpoint: accusation.endpoint.as_ref().map(|endpoint| endpoint.as_str()),
            advisory: accusation.advisory.as_str(),
            revision: Some(accusation.revision),
            issue: Some(accusation.issue),
            log10_p: (accusation.log10_p * 100.0).ceil() / 100.0,
            stage: Stage::Canary.as_str(),
            with: Vec::new(),
            agreement: None,
        }
    }

    fn by_ledger(accusation: &'a LedgerAccusation) -> Self {
        Self {
            recipient: accusation.recipient.as_str(),
            endpoint: None,
            advisory: accusation.advisory.as_str(),
            revision: None,
            issue: None,
            log10_p: (-accusation.log10_wealth * 100.0).ceil() / 100.0,
            stage: "ledger",
            with: Vec::new(),
            agreement: None,
        }
    }

    fn of(accusation: &'a Accusation, agreement: &'a Agreement) -> Self {
        Self {
            recipient: accusation.recipient.as_str(),
            endpoint: accusation.endpoint.as_ref().map(|endpoint| endpoint.as_str()),
            advisory: accusation.advisory.as_str(),
            revision: Some(accusation.revision),
            issue: Some(accusation.issue),
            // Two decimals, towards zero: never more certain than computed.
            log10_p: (accusation.log10_p * 100.0).ceil() / 100.0,
            stage: accusation.stage.as_str(),
            with: accusation.with.iter().map(|recipient| recipient.as_str()).collect(),
            agreement: Some(agreement),
        }
    }
}
