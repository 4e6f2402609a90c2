//! Turns: the wordings of a clause in the active and in the passive.

use std::ops::Range;

use crate::carrier::lexical::{
    finder::Candidate,
    moves::{MOST_VARIANTS, combined, overlapping, with_case},
    rule::Tier,
};

/// A clause that may turn.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::carrier::lexical) struct Turn {
    pub(in crate::carrier::lexical) rule: &'static str,
    pub(in crate::carrier::lexical) tier: Tier,
    pub(in crate::carrier::lexical) span: Range<usize>,
    /// Whether it is active now.
    pub(super) active: bool,
    pub(super) doer: Range<usize>,
    pub(super) object: Range<usize>,
    /// What stands between who acts and what is acted on in the active and the passive, without `by`.
    pub(super) verbs: [String; 2],
    /// Whether it begins a sentence.
    pub(super) capital: bool,
    /// Whether who acts and what is acted on have the same first letter everywhere.
    pub(super) fixed: [bool; 2],
}

impl Turn {
    /// The texts of the slot with the slots inside it, the master's first; nothing if they are too
    /// many or leave no place for a line break.
    pub(in crate::carrier::lexical) fn texts(
        &self,
        text: &str,
        chosen: &[Candidate],
    ) -> Option<Vec<String>> {
        let own = |range: &Range<usize>| {
            let inside = overlapping(chosen, range).iter().filter(|candidate| {
                let within = candidate.span.start >= range.start && candidate.span.end <= range.end;
                within && candidate.choice.is_none()
            });
            let inside: Vec<Candidate> = inside.cloned().collect();
            combined(text, range, &inside)
        };
        let (doers, objects) = (own(&self.doer), own(&self.object));
        if doers.len() * objects.len() * 2 > MOST_VARIANTS {
            return None;
        }
        let master = &text[self.span.clone()];
        let mut breaks = master.match_indices('\n');
        let break_at = breaks.next().map(|(at, _)| at);
        if breaks.next().is_some() {
            return None;
        }
        let white = break_at.map(|at| {
            let from = master[..at].trim_end().len();
            let to = master.len() - master[at..].trim_start().len();
            &master[from..to]
        });
        let mut texts = vec![master.to_owned()];
        for active in [self.active, !self.active] {
            for doer in &doers {
                for object in &objects {
                    let [active_verbs, passive_verbs] = &self.verbs;
                    let cased = |phrase: &str, fixed: bool, front: bool| match (self.capital, fixed)
                    {
                        (true, false) => with_case(phrase, front),
                        _ => phrase.to_owned(),
                    };
                    let doer = cased(doer, self.fixed[0], active);
                    let object = cased(object, self.fixed[1], !active);
                    let words = if active {
                        [doer.as_str(), active_verbs, object.as_str()].join(" ")
                    } else {
                        [object.as_str(), passive_verbs, "by", doer.as_str()].join(" ")
                    };
                    let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
                    let turned = match (white, break_at) {
                        (Some(white), Some(at)) => broken(&flat, at, white)?,
                        _ => flat,
                    };
                    let same =
                        |other: &String| other.split_whitespace().eq(turned.split_whitespace());
                    if !texts.iter().any(same) {
                        texts.push(turned);
                    }
                }
            }
        }
        (texts.len() > 1).then_some(texts)
    }
}

/// A text with a line break instead of the space nearest to a place, code aside.
fn broken(text: &str, at: usize, white: &str) -> Option<String> {
    let is_prose = |space: usize| text[..space].matches('`').count().is_multiple_of(2);
    let spaces = text.match_indices(' ').map(|(space, _)| space).filter(|space| is_prose(*space));
    let space = spaces.min_by_key(|space| space.abs_diff(at))?;
    Some(format!("{}{white}{}", &text[..space], &text[space + 1..]))
}

#[cfg(test)]
mod tests {
    use crate::{
        advisory::Part,
        carrier::CarrierKind,
        codebook::Codeword,
        copy,
        document::Format,
        master::{Master, PlanOptions, SourceFile, plan},
        reading::Reading,
        sample::Sample,
    };

    const TEXT: &str = "An attacker can exploit this issue to stop the worker. In this case, the old\n\
        files can be read by any user. If an attacker can replace the `config` file, it fails. It was\n\
        added in a hurry last year and nobody looked at it since then.\n";

    fn master(text: &str) -> Master {
        let (name, part) = ("a.md".to_owned(), Part::Description);
        let file = SourceFile { name, part, format: Format::Markdown, text: text.to_owned() };
        let carriers = vec![CarrierKind::LexicalA, CarrierKind::LexicalB];
        plan(&[file], &PlanOptions { carriers, ..PlanOptions::default() }).unwrap().master
    }

    /// The copies that differ from the master in one slot only, with its number and variant.
    fn copies(master: &Master) -> Vec<(usize, u16, String)> {
        let arities = master.arities().into_iter().enumerate();
        let copy = |slot: usize, variant: u16| {
            let mut word = vec![0; master.arities().len()];
            word[slot] = variant;
            let copy = copy::stamp(master, &Codeword::new(word), &[Part::Description]).unwrap();
            copy.files[0].text.clone()
        };
        let variants = |(slot, arity)| (1..u16::try_from(arity).unwrap()).map(move |v| (slot, v));
        arities
            .flat_map(variants)
            .map(|(slot, variant)| (slot, variant, copy(slot, variant)))
            .collect()
    }

    #[test]
    fn clauses_turn_with_the_slots_inside_them() {
        let texts: Vec<String> = copies(&master(TEXT)).into_iter().map(|copy| copy.2).collect();
        for expected in [
            "This issue can be exploited by an attacker to stop",
            "This problem can be exploited by an attacker to stop",
            "In this case, any user\ncan read the old files.",
            "If the `config` file can be replaced by an attacker, it",
        ] {
            assert!(texts.iter().any(|text| text.contains(expected)), "{expected}: {texts:#?}");
        }
    }

    #[test]
    fn turned_clauses_read_back_from_excerpts_and_shuffles() {
        let master = master(TEXT);
        let turned = |text: &str| {
            text.contains("be exploited by")
                || text.contains("any user\ncan")
                || text.contains("replaced by")
        };
        let mut seen = 0;
        for (slot, variant, copy) in copies(&master).into_iter().filter(|copy| turned(&copy.2)) {
            let read = |sample: &str| {
                let readings = master.align(&Sample::new(sample.as_bytes()).unwrap()).readings;
                readings.iter().nth(slot).map(|(reading, _)| reading.clone())
            };
            let shown = Some(Reading::Variant(variant));
            let flat = copy.replace('\n', " ");
            let mut sentences: Vec<&str> = flat.trim().split_inclusive(". ").collect();
            let excerpt = sentences[..3].concat();
            for sample in [&copy, &excerpt, &copy.to_uppercase()] {
                assert_eq!(read(sample), shown, "{sample}");
            }
            // A sentence that moves inside so short a text may be lost, but is never misread.
            sentences.reverse();
            let shuffled = read(&sentences.concat());
            assert!(shuffled == shown || shuffled == Some(Reading::Erased), "{shuffled:?}");
            seen += 1;
        }
        assert!(seen >= 4, "{seen}");
    }

    #[test]
    fn a_register_gives_way_as_a_whole() {
        // No copy may say both `attacker` and `adversary`.
        for (_, _, text) in copies(&master(TEXT)) {
            assert!(!text.contains("adversary"), "{text}");
        }
        let other = copies(&master("It stops an attacker. It lets attackers in."));
        assert!(other.iter().any(|copy| copy.2.matches("adversar").count() == 2), "{other:?}");
    }
}
