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
pub(super) const PAIRS: u32 = 10;
pub(super) const PAIRS_OF_SHORT: u32 = 6;
/// Groups of four digits that do: a line of a dump has eight.
pub(super) const GROUPS: u32 = 4;
/// Digits 2 to 7 without which neither can do so: 17 pairs over two lines of a dump and so three
/// blocks, 26 over three lines and at most four.
pub(super) const FIRST_DIGITS: u32 = 6;

const NIBBLES: u64 = 0x1111_1111_1111_1111;

/// What a block leaves for the next one.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// Full groups of four.
    fours: u64,
    /// The last of two of them in a row, and groups in which a line ends; for short tokens only.
    twos: u64,
    ends: u64,
}

impl Before {
    /// Whether full groups of four in a block can be part of a token. Fifteen characters in a row hold
    /// three. A short token in base64, cut by a line end, leaves eleven beside it, which hold two.
    #[inline(always)]
    pub(super) fn run(&mut self, fours: u64, line_end: u64, has_short: bool) -> bool {
        let second = fours << 4 | self.fours >> 60;
        let third = fours << 8 | self.fours >> 56;
        let mut found = fours & second & third;
        if has_short {
            let twos = fours & second;
            let ends = (line_end | line_end >> 1 | line_end >> 2 | line_end >> 3) & NIBBLES;
            found |= (twos << 4 | self.twos >> 60) & ends;
            found |= (ends << 8 | self.ends >> 56) & twos;
            (self.twos, self.ends) = (twos, ends);
        }
        self.fours = fours;
        found != 0
    }
}

/// Whether a token can touch a block.
#[inline(always)]
fn fires(masks: &GateMasks, before: &mut Before, least_pairs: u32) -> bool {
    let pairs_of_run = masks.run & (masks.run >> 1);
    let fours = pairs_of_run & (pairs_of_run >> 2) & NIBBLES;
    let run = before.run(fours, masks.line_end, least_pairs == PAIRS_OF_SHORT);
    let alternating = full(masks.zero ^ (masks.zero >> 1));
    // A line end behind the block counts.
    let soft_break = masks.equals & (masks.line_end >> 1 | 1 << 63);
    if run || (alternating | soft_break) != 0 {
        return true;
    }
    if masks.first.count_ones() < FIRST_DIGITS {
        return false;
    }
    let hex = masks.hex;
    let pairs = masks.first & (hex >> 1) & !(hex >> 2);
    let groups = hex & (hex >> 1) & (hex >> 2) & (hex >> 3) & !(hex >> 4) & !(hex << 1);
    pairs.count_ones() >= least_pairs || groups.count_ones() >= GROUPS
}

macro_rules! pass {
    ($(#[$feature:meta])* $name:ident, $masks:path) => {
        $(#[$feature])*
        fn $name(runs: &mut Runs<'_, '_, '_>) {
            use $masks::{classes, gate, may_fire};
            let (blocks, rest) = runs.data().as_chunks::<BLOCK>();
            let (mut before, pairs) = (Before::default(), runs.least_pairs());
            // The first block that the second stage has not seen.
            let mut seen = 0;
            for (index, block) in blocks.iter().enumerate() {
                if !may_fire(block, &mut before, pairs) {
                    continue;
                }
                if fires(&gate(block), &mut before, pairs) {
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
