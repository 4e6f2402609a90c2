//! Advisories of any length for benches: made-up prose, with a declared choice in place of every
//! so many words, so that results do not move when the lexicon does.

use canarymark::{Codeword, Format, Master, Part, SourceFile, master};

const WORDS: &str = "router gateway header request buffer session token parser module service \
    client server packet stream channel worker thread memory pointer offset length counter index \
    record field table cache queue filter policy session handler driver kernel daemon socket proxy \
    cluster node volume archive bundle plugin script folder report region sensor display battery \
    camera printer scanner modem switch bridge tunnel cipher digest vector matrix window dialog \
    button cursor engine bearer beacon carrier colour column corner cradle crystal dealer degree";
const LINKS: &str = "the a this that of in on with from into over under before after while when \
    reads writes copies sends keeps drops opens closes checks holds moves joins splits counts";
const CHOICES: [&str; 8] = [
    "@@{before|prior to}",
    "@@{sends|transmits}",
    "@@{allows|enables|permits}",
    "@@{crafted|specially crafted}",
    "@@{also|in addition}",
    "@@{begins|starts}",
    "@@{shows|displays}",
    "@@{often|frequently|in many cases}",
];

/// Text of about so many bytes with so many slots.
pub(crate) fn text(bytes: usize, slots: usize) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let links: Vec<&str> = LINKS.split_whitespace().collect();
    let mut state = 1_u32;
    let mut pick = |list: &[&'static str]| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        list[usize::try_from(state >> 8).expect("fits") % list.len()]
    };
    let mut text = String::new();
    let (mut placed, mut visible) = (0, 0);
    for number in 0.. {
        if visible >= bytes && placed >= slots {
            break;
        }
        let choice = placed < slots && visible * slots >= placed * bytes;
        let word = match (choice, number % 2) {
            (true, _) => CHOICES[placed % CHOICES.len()],
            (_, 0) => pick(&words),
            _ => pick(&links),
        };
        placed += usize::from(choice);
        visible += if choice { 9 } else { word.len() + 1 };
        text.push_str(word);
        text.push_str(match number % 96 {
            95 => ".\n\n",
            11 | 23 | 35 | 47 | 59 | 71 | 83 => ". ",
            _ => " ",
        });
    }
    text
}

/// The file that an author would give.
pub(crate) fn file(text: &str) -> SourceFile {
    SourceFile {
        name: "advisory.md".to_owned(),
        part: Part::Description,
        format: Format::Markdown,
        text: text.to_owned(),
    }
}

/// A planned master with so many slots.
#[allow(dead_code, reason = "not every bench plans ahead")]
pub(crate) fn master(bytes: usize, slots: usize) -> Master {
    let options = master::PlanOptions { carriers: Vec::new(), ..Default::default() };
    let master = master::plan(&[file(&text(bytes, slots))], &options).expect("plans").master;
    assert_eq!(master.slots().len(), slots);
    master
}

/// A word of a master.
#[allow(dead_code, reason = "not every bench stamps")]
pub(crate) fn word(master: &Master, seed: u32) -> Codeword {
    let variant = |(slot, arity): (u32, u32)| {
        let mixed = (slot ^ seed.wrapping_mul(40_503)).wrapping_mul(2_654_435_761) >> 9;
        u16::try_from(mixed % arity).expect("below the arity")
    };
    Codeword::new((0..).zip(master.arities()).map(variant).collect())
}
