//! The first stage: passes over all blocks and wakes the second where a token can be.

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    class::{BLOCK, GateMasks, full, portable},
    runs::Runs,
};

/// Which instructions the first stage is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lanes {
    /// Table look-ups, on any machine.
    Portable,
    /// 32 bytes at once.
    Avx2,
    /// 64 bytes at once.
    Avx512,
}

impl Lanes {
    /// What this machine can do, slowest first.
    pub fn all() -> Vec<Self> {
        #[cfg(not(target_arch = "x86_64"))]
        return vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            let mut all = vec![Self::Portable];
            if is_x86_feature_detected!("avx2") {
                all.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi") {
                all.push(Self::Avx512);
            }
            all
        }
    }

    /// The fastest that this machine can do.
    pub fn best() -> Self {
        *Self::all().last().expect("every machine has the portable ones")
    }
}

/// Pairs of digits, each before something else, that wake the second stage: 26 of them fill 39 bytes
/// of some block, the seventeen of a short token 25.
const PAIRS: u32 = 10;
const PAIRS_OF_SHORT: u32 = 6;
/// Groups of four digits, each with one like it right behind, that do: a line of a dump has eight
/// groups, and any block inside a dump two or three of its ends or more of its middle.
const GROUPS: u32 = 2;
/// Digits 2 to 7 without which neither can do so: of 26 bytes, dumped over three lines and so three
/// blocks, one block has nine, of seventeen six.
const FIRST_DIGITS: u32 = 9;
const FIRST_DIGITS_OF_SHORT: u32 = 6;

/// What wakes the second stage, which for short tokens is less.
#[derive(Clone, Copy)]
pub(super) struct Least {
    pub(super) has_short: bool,
    pairs: u32,
    pub(super) first_digits: u32,
}

impl Least {
    pub(super) fn new(has_short: bool) -> Self {
        let (pairs, first_digits) = match has_short {
            true => (PAIRS_OF_SHORT, FIRST_DIGITS_OF_SHORT),
            false => (PAIRS, FIRST_DIGITS),
        };
        Self { has_short, pairs, first_digits }
    }

    /// Whether a block holds pairs or groups of digits apart, by the masks of digits 2 to 7 and of all
    /// hexadecimal ones.
    #[inline(always)]
    pub(super) fn has_digits(self, first: u64, hex: u64) -> bool {
        let pairs = first & (hex >> 1) & !(hex >> 2);
        let groups = hex & (hex >> 1) & (hex >> 2) & (hex >> 3) & !(hex >> 4) & !(hex << 1);
        pairs.count_ones() >= self.pairs || (groups & (groups >> 5)).count_ones() >= GROUPS
    }
}

const NIBBLES: u64 = 0x1111_1111_1111_1111;

/// What a block leaves for the next one, the lowest bit of each group of four.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// Full groups of four.
    fours: u64,
    /// The last of two of them in a row, and of three.
    twos: u64,
    threes: u64,
    /// Groups in which a line ends.
    ends: u64,
}

impl Before {
    /// Whether full groups of four in a block can be part of a token. In one line every form has at
    /// least 26 characters in a row, which hold five. What a line end cuts is base64 of 32 and digits
    /// of 52: the longer part holds three beside the line end. A short token has at least seventeen,
    /// three groups; in base64 a line end leaves eleven beside it, which hold two.
    #[inline(always)]
    pub(super) fn run(&mut self, fours: u64, ends: u64, has_short: bool) -> bool {
        let twos = fours & (fours << 4 | self.fours >> 60);
        let threes = twos & (fours << 8 | self.fours >> 56);
        let found = if has_short {
            let before_end = (twos << 4 | self.twos >> 60) & ends;
            threes | before_end | twos & (ends << 8 | self.ends >> 56)
        } else {
            let fives = threes & (twos << 12 | self.twos >> 52);
            let before_end = (threes << 4 | self.threes >> 60) & ends;
            fives | before_end | threes & (ends << 12 | self.ends >> 52)
        };
        *self = Self { fours, twos, threes, ends };
        found != 0
    }
}

/// Whether a token can touch a block.
#[inline(always)]
fn fires(masks: &GateMasks, before: &mut Before, least: Least) -> bool {
    let pairs_of_run = masks.run & (masks.run >> 1);
    let fours = pairs_of_run & (pairs_of_run >> 2) & NIBBLES;
    let line_end = masks.line_end | masks.line_end >> 1;
    let ends = (line_end | line_end >> 2) & NIBBLES;
    let run = before.run(fours, ends, least.has_short);
    let alternating = full(masks.zero ^ (masks.zero >> 1));
    // A line end behind the block counts.
    let soft_break = masks.equals & (masks.line_end >> 1 | 1 << 63);
    if run || (alternating | soft_break) != 0 {
        return true;
    }
    masks.first.count_ones() >= least.first_digits && least.has_digits(masks.first, masks.hex)
}

macro_rules! pass {
    ($(#[$feature:meta])* $name:ident, $masks:path) => {
        $(#[$feature])*
        fn $name(runs: &mut Runs<'_, '_, '_>) {
            use $masks::{classes, gate, may_fire};
            let (blocks, rest) = runs.data().as_chunks::<BLOCK>();
            let (mut before, least) = (Before::default(), runs.gate_least());
            // The first block that the second stage has not seen.
            let mut seen = 0;
            for (index, block) in blocks.iter().enumerate() {
                if !may_fire(block, &mut before, least) {
                    continue;
                }
                if fires(&gate(block), &mut before, least) {
                    if seen < index || index == 0 {
                        runs.restart();
                        // What begins in the block before a gated one need not have fired there.
                        if index > 0 {
                            runs.block((index - 1) * BLOCK, &classes(&blocks[index - 1]));
                        }
                    }
                    runs.block(index * BLOCK, &classes(block));
                    seen = index + 1;
                }
            }
            if !rest.is_empty() {
                let mut last = [1; BLOCK];
                last[..rest.len()].copy_from_slice(rest);
                if seen < blocks.len() || blocks.is_empty() {
                    runs.restart();
                    if let Some(block) = blocks.last() {
                        runs.block((blocks.len() - 1) * BLOCK, &classes(block));
                    }
                }
                runs.block(blocks.len() * BLOCK, &classes(&last));
            }
        }
    };
}

pass!(pass_portable, portable);
#[cfg(target_arch = "x86_64")]
pass!(
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pass_avx2,
    x86::avx2
);
#[cfg(target_arch = "x86_64")]
pass!(
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1,bmi2,popcnt,lzcnt")]
    pass_avx512,
    x86::avx512
);

/// Passes over the data of `runs`.
pub(super) fn pass(lanes: Lanes, runs: &mut Runs<'_, '_, '_>) {
    #[cfg(target_arch = "x86_64")]
    {
        let small = is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("lzcnt");
        if small && Lanes::all().contains(&lanes) {
            #[expect(unsafe_code, reason = "each feature is detected right above its use")]
            match lanes {
                Lanes::Avx512 => return unsafe { pass_avx512(runs) },
                Lanes::Avx2 => return unsafe { pass_avx2(runs) },
                Lanes::Portable => {}
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = lanes;
    pass_portable(runs);
}
