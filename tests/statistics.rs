//! Exactness against the oracle, and the rate of false accusations by simulation.

mod oracle;

use std::sync::Arc;

use canarymark::{
    advisory::AdvisoryId,
    codebook::{Codebook, Law},
    key::{CopySeed, RootKey},
    probability::Probability,
    reading::{Reading, Readings, Reliability},
    recipient::RecipientId,
    score::{Class, Outcome, Tail},
    simulate::{Attack, Plan, simulate},
    verdict::{self, Accusation, Candidate, Held, Secrecy, Stage, Verdict, Word},
};
use oracle::Dice;

fn slow() -> bool {
    std::env::var_os("SLOW_TESTS").is_some()
}

fn codebook(law: Law, arities: &[u32], dice: &mut Dice) -> Codebook {
    let mut root = [0; 32];
    root[..16].copy_from_slice(&dice.seed());
    Codebook::new(law, arities, &RootKey::from_bytes(root).advisory_key("o", "a", 1)).unwrap()
}

fn words(count: usize, dice: &mut Dice) -> Vec<Word> {
    let word = |index| Word {
        recipient: RecipientId::new(&format!("r{index}")).unwrap(),
        endpoint: None,
        issue: 1,
        seed: CopySeed::from_bytes(dice.seed()),
        held: Held::All,
        secrecy: Secrecy::Sealed,
    };
    (0..count).map(word).collect()
}

/// Blocks of twelve slots.
fn judge(codebook: &Codebook, readings: &Readings, words: &[Word], probability: f64) -> Verdict {
    let ends: Vec<usize> = (12..codebook.len()).step_by(12).chain([codebook.len()]).collect();
    let advisory = AdvisoryId::new("ADV-1").unwrap();
    let candidate = Candidate {
        advisory: &advisory,
        revision: 1,
        codebook,
        readings,
        blocks: &ends,
        words,
        false_positive: Probability::new(probability).unwrap(),
        weight: 1.0,
    };
    verdict::judge(&[candidate]).unwrap()
}

/// Readings of a mixture of words that nobody in the list holds, with wrong symbols and erasures.
fn hostile(codebook: &Codebook, colluders: usize, noise: f64, dice: &mut Dice) -> Readings {
    let copies: Vec<_> =
        (0..colluders).map(|_| codebook.codeword(&CopySeed::from_bytes(dice.seed()))).collect();
    let reading = |slot: usize| {
        let mut variant = copies[dice.below(colluders)].variants()[slot];
        if dice.chance(noise) {
            variant = u16::try_from(dice.below(codebook.arity(slot) as usize)).unwrap();
        }
        let other = u16::try_from((usize::from(variant) + 1) % codebook.arity(slot) as usize);
        let (low, high) = (variant.min(other.unwrap()), variant.max(other.unwrap()));
        let reading = match dice.below(12) {
            0 => Reading::Erased,
            1 => Reading::Foreign,
            2 if codebook.arity(slot) > 2 => Reading::OneOf([low, high].into()),
            _ => Reading::Variant(variant),
        };
        let near = dice.chance(0.2);
        (reading, if near { Reliability::Near } else { Reliability::Exact })
    };
    Readings::new((0..codebook.len()).map(reading).collect())
}

#[test]
fn tails_equal_brute_force() {
    let mut dice = Dice(1);
    for round in 0..if slow() { 2000 } else { 200 } {
        let slots: Vec<oracle::SlotValues> = (0..dice.below(11) + 2)
            .map(|_| {
                let cut = 1 + dice.below(65_535) as u32;
                let second = dice.below(cut as usize) as u32;
                let value = |dice: &mut Dice| dice.below(900) as i64 - 450;
                vec![
                    (second, value(&mut dice)),
                    (cut - second, value(&mut dice)),
                    (65_536 - cut, value(&mut dice)),
                ]
            })
            .collect();
        let class = |slot: &oracle::SlotValues| Class {
            count: 1,
            outcomes: slot
                .iter()
                .map(|(width, value)| Outcome { width: *width, value: *value as i32 })
                .collect(),
        };
        let tail = Tail::new(slots.iter().map(class).collect());
        let score = slots.iter().map(|slot| slot[dice.below(3)].1).sum();
        let exact = oracle::tail_by_enumeration(&slots, score);
        let convolved = oracle::tail_by_convolution(&slots, score);
        assert!((convolved / exact - 1.0).abs() < 1e-12);
        if exact > 0.0 {
            // The tail is above the exact value by its margin of a billionth, no more.
            let ratio = (tail.ln(score) - exact.ln()).exp();
            assert!((0.999_999_999_999..1.000_000_002).contains(&ratio), "{round}: {ratio}");
            assert!(tail.ln(score) >= exact.ln().min(-1e-15) || exact > 0.999_999);
            assert!(tail.ln_bound(score) >= tail.ln(score) - 1e-8);
        }
    }
}

#[test]
fn single_stage_p_values_equal_the_oracle() {
    let mut dice = Dice(2);
    for (law, arities) in [
        (Law::Half, vec![2; 12]),
        (Law::TwoPoint, vec![2; 14]),
        (Law::ThreePoint, vec![2; 13]),
        (Law::Half, vec![2, 2, 2, 3, 3, 4, 7, 16, 1000, 2, 2]),
        (Law::TwoPoint, vec![3, 3, 3, 4, 4, 4, 2, 2, 65_536]),
    ] {
        for _ in 0..20 {
            let codebook = codebook(law, &arities, &mut dice);
            let mut words = words(30, &mut dice);
            let mask: Arc<[bool]> = arities.iter().map(|_| dice.chance(0.7)).collect();
            for word in &mut words[20..] {
                word.held = Held::Slots(Arc::clone(&mask));
            }
            let readings = hostile(&codebook, 2, 0.1, &mut dice);
            let verdict = judge(&codebook, &readings, &words, 0.99);
            let bar: f64 = 0.99 * Stage::Single.share() / 30.0;
            for (index, word) in words.iter().enumerate() {
                let held = (index >= 20).then_some(&mask[..]);
                let p = {
                    let word = codebook.codeword(&word.seed);
                    oracle::single_p(&codebook, &readings, held, &word, -bar.ln())
                };
                let single =
                    |a: &&Accusation| a.stage == Stage::Single && a.recipient == word.recipient;
                let found = verdict.accused.iter().find(single);
                assert_eq!(found.is_some(), p <= bar, "{law} {p}");
                if let Some(found) = found {
                    assert!(
                        (found.log10_p - p.log10()).abs() < 1e-8,
                        "{} {}",
                        found.log10_p,
                        p.log10()
                    );
                }
            }
        }
    }
}

#[test]
fn an_exact_copy_of_a_master_that_is_not_thin_is_accused() {
    let mut dice = Dice(3);
    let masters = [
        (Law::Half, vec![2; 30]),
        (Law::Half, vec![2; 70]),
        (Law::TwoPoint, vec![2; 100]),
        (Law::Half, vec![2, 2, 2, 2, 16, 16, 16, 1000, 256]),
        (Law::TwoPoint, [vec![4; 30], vec![3; 20], vec![2; 10]].concat()),
    ];
    for (law, arities) in masters {
        let needed = verdict::bits_needed(law, &arities, 100, Probability::DEFAULT);
        assert!(verdict::bits_held(law, &arities) >= needed, "{law}");
        for _ in 0..30 {
            let codebook = codebook(law, &arities, &mut dice);
            let words = words(100, &mut dice);
            let copy = codebook.codeword(&words[17].seed);
            let exact = |v: &u16| (Reading::Variant(*v), Reliability::Exact);
            let readings = Readings::new(copy.variants().iter().map(exact).collect());
            let verdict = judge(&codebook, &readings, &words, 1e-6);
            let accused: Vec<_> = verdict.accused.iter().map(|a| a.recipient.as_str()).collect();
            assert_eq!(accused, ["r17"], "{law}");
        }
    }
}

#[test]
fn innocents_are_accused_no_more_often_than_promised() {
    let trials = if slow() { 100_000 } else { 24 };
    for (law, arities) in [
        (Law::Half, vec![2; 96]),
        (Law::TwoPoint, vec![2; 96]),
        (Law::TwoPoint, [vec![4; 20], vec![16; 5], vec![2; 20]].concat()),
    ] {
        for probability in [0.2, 0.05, 0.01] {
            let mut dice = Dice(4);
            let mut accused = 0;
            for _ in 0..trials {
                let codebook = codebook(law, &arities, &mut dice);
                let readings = hostile(&codebook, 7, 0.1, &mut dice);
                let verdict = judge(&codebook, &readings, &words(25, &mut dice), probability);
                accused += usize::from(!verdict.accused.is_empty());
            }
            // Four standard errors above the promise would show a broken bound.
            let (trials, rate) = (trials as f64, accused as f64 / trials as f64);
            let error = (probability * (1.0 - probability) / trials).sqrt();
            assert!(rate <= probability + 4.0 * error, "{law} {probability}: {rate}");
        }
    }
}

#[test]
fn innocents_beside_seven_colluders_are_accused_no_more_often_than_promised() {
    // The colluders' words are in the list, so joint tests of innocents are given true ones.
    let trials = if slow() { 10_000 } else { 2 };
    for law in [Law::Half, Law::TwoPoint] {
        for probability in [0.2, 0.05, 0.01] {
            let mut samples = 0;
            for attack in Attack::ALL {
                let plan = Plan {
                    law,
                    arities: vec![2; 96],
                    blocks: (12..=96).step_by(12).collect(),
                    recipients: 25,
                    colluders: 7,
                    attack,
                    text: None,
                    erased: 0.1,
                    noise: 0.1,
                    false_positive: Probability::new(probability).unwrap(),
                    trials,
                    seed: 21,
                };
                samples += simulate(&plan, |_| ()).unwrap().samples_with_innocents;
            }
            let total = (trials * Attack::ALL.len()) as f64;
            let error = (probability * (1.0 - probability) / total).sqrt();
            let rate = samples as f64 / total;
            eprintln!("{law}, {probability}: {samples} of {total} samples accuse an innocent");
            assert!(rate <= probability + 4.0 * error, "{law} {probability}: {rate}");
        }
    }
}

/// Two words that hold every slot, mixed, among others who mostly hold a quarter of the slots.
#[test]
fn sets_that_held_less_do_not_crowd_out_the_colluders() {
    let (mut caught, trials) = (0, 30);
    for index in 0..trials {
        let mut dice = Dice(1000 + index);
        let codebook = codebook(Law::Half, &[2; 88], &mut dice);
        let mut words = words(6000, &mut dice);
        let part: Arc<[bool]> = (0..88).map(|slot| slot < 22).collect();
        for word in &mut words[100..] {
            word.held = Held::Slots(Arc::clone(&part));
        }
        let copies = [3, 8].map(|index: usize| codebook.codeword(&words[index].seed));
        let reading = |slot: usize| {
            let held = copies.each_ref().map(|copy| copy.variants()[slot]);
            let differ = held[0] != held[1];
            let shown = if differ && dice.chance(0.5) {
                Reading::Erased
            } else {
                Reading::Variant(held[dice.below(2)])
            };
            (shown, Reliability::Exact)
        };
        let readings = Readings::new((0..88).map(reading).collect());
        let verdict = judge(&codebook, &readings, &words, 1e-6);
        caught += usize::from(!verdict.accused.is_empty());
    }
    // 28 of 30; 16 when sets were compared by their likelihood alone.
    assert!(caught >= 24, "{caught}");
}

#[test]
fn the_verdict_does_not_depend_on_the_thread_count() {
    let mut dice = Dice(5);
    let codebook = codebook(Law::TwoPoint, &[2; 200], &mut dice);
    let words = words(5000, &mut dice);
    let copy = codebook.codeword(&words[4000].seed);
    let exact = |v: &u16| (Reading::Variant(*v), Reliability::Exact);
    let readings = Readings::new(copy.variants().iter().map(exact).collect());
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        format!("{:?}", pool.install(|| judge(&codebook, &readings, &words, 1e-6)))
    };
    let one = run(1);
    assert!(one.contains("r4000"));
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

#[test]
fn stretches_of_several_copies_are_told_apart() {
    let mut dice = Dice(7);
    let codebook = codebook(Law::Half, &[2; 288], &mut dice);
    let mut words = words(1000, &mut dice);
    let part: Arc<[bool]> = (0..288).map(|slot| slot < 144).collect();
    words[9].held = Held::Slots(Arc::clone(&part));
    // Six copies, four blocks of each.
    let makers: Vec<_> = (5..11).map(|index| codebook.codeword(&words[index].seed)).collect();
    let reading =
        |slot: usize| (Reading::Variant(makers[slot / 48].variants()[slot]), Reliability::Exact);
    let readings = Readings::new((0..288).map(reading).collect());
    let verdict = judge(&codebook, &readings, &words, 1e-6);
    let mut found: Vec<_> =
        verdict.accused.iter().map(|a| (a.recipient.as_str(), a.stage, a.slots.clone())).collect();
    found.sort_unstable_by_key(|(_, _, slots)| slots.as_ref().map(|slots| slots.start));
    // The fifth never held what is shown of its copy.
    let stretch = |index: usize| Some(48 * index..48 * (index + 1));
    let wanted = [("r5", 0), ("r6", 1), ("r7", 2), ("r8", 3), ("r10", 5)]
        .map(|(name, index)| (name, Stage::Splice, stretch(index)));
    assert_eq!(found, wanted);
}

#[test]
fn splice_p_values_equal_the_oracle() {
    let mut dice = Dice(8);
    let mut seen = 0;
    for _ in 0..40 {
        let codebook = codebook(Law::Half, &[2; 60], &mut dice);
        let words = words(1, &mut dice);
        let word = codebook.codeword(&words[0].seed);
        let readings = hostile(&codebook, 2, 0.0, &mut dice);
        let own = readings.iter().enumerate().map(|(slot, (reading, how))| {
            let shown = (12..36).contains(&slot) && matches!(reading, Reading::Variant(_));
            let reading =
                if shown { Reading::Variant(word.variants()[slot]) } else { reading.clone() };
            (reading, how)
        });
        let readings = Readings::new(own.collect());
        let verdict = judge(&codebook, &readings, &words, 1e-3);
        let Some(found) = verdict.accused.iter().find(|a| a.stage == Stage::Splice) else {
            continue;
        };
        seen += 1;
        let slots = found.slots.clone().unwrap();
        // Fifteen stretches of five blocks, the whole not being one of them.
        let p = 14.0 * oracle::match_p(&codebook, &readings, slots, &word);
        assert!((found.log10_p - p.log10()).abs() < 1e-8, "{} {}", found.log10_p, p.log10());
    }
    assert!(seen > 5, "{seen}");
}

/// Two colluders who take turns, each slot from one of them.
fn taking_turns(codebook: &Codebook, words: &[Word]) -> Readings {
    let copies = [3, 8].map(|index: usize| codebook.codeword(&words[index].seed));
    let reading =
        |slot: usize| (Reading::Variant(copies[slot % 2].variants()[slot]), Reliability::Exact);
    Readings::new((0..codebook.len()).map(reading).collect())
}

#[test]
fn verdicts_are_pinned() {
    for (law, arities, pinned) in [
        (Law::Half, vec![2; 110], vec![r#"r8 pair ["r3"] -11.157909345 1611"#]),
        (
            Law::TwoPoint,
            [vec![2; 90], vec![4; 15], vec![16; 4]].concat(),
            vec!["r3 single [] -12.549762276 1676"],
        ),
    ] {
        let mut dice = Dice(6);
        let codebook = codebook(law, &arities, &mut dice);
        let words = words(300, &mut dice);
        let verdict = judge(&codebook, &taking_turns(&codebook, &words), &words, 1e-6);
        let line = |a: &Accusation| {
            let with: Vec<_> = a.with.iter().map(RecipientId::as_str).collect();
            let (recipient, stage) = (&a.recipient, a.stage.as_str());
            format!("{recipient} {stage} {with:?} {:.9} {}", a.log10_p, a.score)
        };
        let found: Vec<_> = verdict.accused.iter().map(line).collect();
        assert_eq!(found, pinned, "{law}");
    }
}
