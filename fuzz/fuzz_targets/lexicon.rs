//! Any sentences plan with every rule of the lexicon, and every copy of them passes its own check.
//! Bytes choose words that rules ask for, since letters at random would seldom make one.
#![no_main]

use canarymark::{Codeword, Format, Part, SourceFile, carrier::CarrierKind, copy, master};
use libfuzzer_sys::fuzz_target;

const WORDS: &str = "a an the this that these those it they we which who if when while because \
    although unless once until before after by in on at of to for from with without within inside \
    through via during and or but nor not no is are was were be been being has have had does do \
    did can could may might must should will would also only then therefore however thus already \
    issue issues problem bug bugs flaw vulnerability crate function method file files name server \
    attacker user users version versions release memory buffer check fix list request value data \
    read write close closes closed sends sent call called calls using use uses used fixed found \
    discovered leads lead led result results resulting causes causing allow allows allowing let \
    prevent prevents contains contain containing returns affected crafted malicious several many \
    multiple large small incorrectly properly potentially prior due order such as well more than \
    instead rather even so both either neither each every all any some one two three first last \
    read-only out-of-bounds use-after-free well-known `read` `write` a_b x::y 1.2.3 CVE-2031-1 2031 \
    don't doesn't isn't can't attacker's user's it's e.g. i.e. etc. \u{2014} \u{2013} \" ' ( ) [ ] \
    * ** _ # - > | , . ; : ! ?";

fuzz_target!(|bytes: &[u8]| {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = String::new();
    for pair in bytes.chunks(2).take(400) {
        let word = words[usize::from(pair[0]) % words.len()];
        let gap = pair.get(1).copied().unwrap_or(0);
        let first = word.chars().next().filter(|_| gap & 1 == 1);
        match first {
            Some(first) => text.extend(first.to_uppercase().chain(word.chars().skip(1))),
            None => text.push_str(word),
        }
        text.push_str(match gap >> 1 {
            0..=95 => " ",
            96..=107 => ", ",
            108..=115 => ". ",
            116..=119 => "\n",
            120..=122 => "\n\n",
            123 => "-",
            124 => "\n- ",
            _ => "",
        });
    }
    let format = [Format::Markdown, Format::Plain][bytes.len() % 2];
    let file = SourceFile { name: "a".to_owned(), part: Part::Description, format, text };
    let carriers = vec![CarrierKind::LexicalA, CarrierKind::LexicalB, CarrierKind::Typographic];
    let options = master::PlanOptions { carriers, ..Default::default() };
    let Ok(plan) = master::plan(&[file], &options) else { return };
    let master = plan.master;
    for seed in [1_u64, 2, 3] {
        // The odd constants are those of splitmix64.
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let variants = master.arities().into_iter().map(|arity| {
            state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9).wrapping_add(seed);
            u16::try_from((state >> 33) % u64::from(arity)).expect("few variants")
        });
        let word = Codeword::new(variants.collect());
        copy::stamp(&master, &word, &Part::ALL).expect("a planned copy reads back");
    }
});
