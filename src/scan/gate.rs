//! The first stage: passes over all blocks and wakes the second where a token can be.

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{
    class::{BLOCK, portable},
    runs::{Runs, bits},
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

/// Pairs of digits with something between that wake the second stage, one behind the other: 26 of
/// them fill 39 bytes of some block, the seventeen of a short token 25; the first and the last may be
/// beside other digits.
const PAIRS: u32 = 9;
const PAIRS_OF_SHORT: u32 = 5;
/// Groups of four digits, each with one like it behind a blank, that do: a line of a dump has eight
/// groups, and any block inside a dump two or three of its ends or more of its middle.
const GROUPS: u32 = 2;
/// Digits 2 to 7 without which neither can do so: of 26 bytes, dumped over three lines and so three
/// blocks, one block has nine, of seventeen six.
const FIRST_DIGITS: u32 = 9;
const FIRST_DIGITS_OF_SHORT: u32 = 6;

/// What wakes the second stage, which for short tokens is less.
#[derive(Clone, Copy)]
pub(super) struct Least {
    has_short: bool,
    pairs: u32,
    pub(super) first_digits: u32,
}

/// The masks of a block by which digits apart are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    /// Digits 2 to 7.
    pub(super) first: u64,
    /// All hexadecimal digits.
    pub(super) hex: u64,
    /// Spaces and tabs.
    pub(super) blank: u64,
}

impl Digits {
    /// Digits before which there is none.
    fn starts(self) -> u64 {
        self.hex & !(self.hex << 1)
    }

    fn pairs(self) -> u64 {
        self.first & (self.hex >> 1) & !(self.hex >> 2)
    }
}

impl Least {
    pub(super) fn new(has_short: bool) -> Self {
        let (pairs, first_digits) = match has_short {
            true => (PAIRS_OF_SHORT, FIRST_DIGITS_OF_SHORT),
            false => (PAIRS, FIRST_DIGITS),
        };
        Self { has_short, pairs, first_digits }
    }

    /// Whether a block can be of a dump.
    #[inline(always)]
    pub(super) fn has_dump(self, digits: Digits) -> bool {
        if digits.first.count_ones() < self.first_digits {
            return false;
        }
        let Digits { hex, blank, .. } = digits;
        let fours = hex & (hex >> 1) & (hex >> 2) & (hex >> 3) & !(hex >> 4) & !(hex << 1);
        let groups = fours & (fours >> 5) & (blank >> 4);
        digits.pairs().count_ones() > self.pairs || groups.count_ones() >= GROUPS
    }

    /// Whether pairs of digits in a block can be a token.
    #[inline(always)]
    pub(super) fn has_pairs(self, digits: Digits, block: &[u8]) -> bool {
        digits.first.count_ones() >= self.first_digits
            && (digits.pairs() & digits.starts()).count_ones() >= self.pairs
            && self.in_a_row(digits, block)
    }

    /// Whether as many pairs stand in a row, with no other digits between than those of `0x`.
    #[cold]
    fn in_a_row(self, digits: Digits, block: &[u8]) -> bool {
        let mut row = 0;
        for at in bits(digits.starts()) {
            let is_prefix = || matches!(block.get(at..), Some([b'0', b'x' | b'X', ..]));
            if digits.pairs() >> at & 1 == 1 {
                row += 1;
            } else if !is_prefix() {
                row = 0;
            }
            if row >= self.pairs {
                return true;
            }
        }
        false
    }

    /// Where tokens can be that are written in a row: in every such form one has at least 26
    /// characters of [`OF_RUN`](super::class::OF_RUN), of which line ends and soft breaks are part, or
    /// as many in UTF-16. They hold five whole fours; only plain ones and those with a soft break hold
    /// less than seven. Short tokens hold three, and all but plain ones four.
    #[inline(always)]
    fn rows(self, fours: u64, before: u64) -> Rows {
        let fours = u128::from(fours) << 64 | u128::from(before);
        let high = |all: u128| (all >> 64) as u64;
        let in_two = fours & fours << 1;
        if self.has_short {
            let in_three = in_two & fours << 2;
            let in_four = in_three & in_three << 1;
            let ended = !fours & in_three << 1 & !(in_four << 1);
            return Rows {
                long: high(in_four | in_four << 1),
                ended: high(ended),
                ..Rows::default()
            };
        }
        let in_four = in_two & in_two << 2;
        let in_five = in_four & fours << 4;
        if in_five >> 62 == 0 {
            return Rows::default();
        }
        let in_seven = in_five & in_five << 1 & in_five << 2;
        let ended = !fours & in_five << 1 & !(in_seven << 1);
        Rows {
            long: high(in_seven | in_seven << 1),
            ended: high(ended),
            six: high(ended & in_five << 2),
        }
    }
}

/// Where fours stand in a row, one bit for four bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Rows {
    /// The seventh and each one after it, of short tokens the fourth, and the one behind them, which
    /// may hold the end of a token.
    long: u64,
    /// Right behind five or six of them, of short tokens three.
    ended: u64,
    /// Those behind six.
    six: u64,
}

/// Blocks that are glanced at together.
const TOGETHER: usize = 4;
pub(super) const GROUP: usize = TOGETHER * BLOCK;

/// What a glance at a group of blocks shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Glance {
    /// One bit for four bytes: all of them are of a run, or every second one, and the others zero.
    pub(super) fours: u64,
    /// One bit a block: it has enough digits 2 to 7, or bytes that look like them.
    pub(super) digits: u32,
}

macro_rules! pass {
    ($(#[$feature:meta])* $name:ident, $masks:path) => {
        $(#[$feature])*
        fn $name(runs: &mut Runs<'_, '_, '_>) {
            use $masks::{classes, digits, glance};
            let data = runs.data();
            let (blocks, rest) = data.as_chunks::<BLOCK>();
            let (groups, _) = data.as_chunks::<GROUP>();
            let least = runs.gate_least();
            let mut before = 0;
            // The first block that the second stage has not seen.
            let mut seen = 0;
            for (index, group) in groups.iter().enumerate() {
                let now = glance(group, least.first_digits);
                let rows = least.rows(now.fours, before);
                before = now.fours;
                if rows == Rows::default() && now.digits == 0 {
                    continue;
                }
                for four in bits(rows.ended) {
                    let end = index * GROUP + 4 * four;
                    let count = match rows.six >> four & 1 {
                        _ if least.has_short => 3,
                        1 => 6,
                        _ => 5,
                    };
                    runs.few(end - 4 * count, end);
                }
                if rows.long == 0 && now.digits == 0 {
                    continue;
                }
                for part in 0..TOGETHER {
                    let fours = rows.long >> (16 * part) & 0xFFFF;
                    let at = TOGETHER * index + part;
                    let has_digits = || {
                        let digits = digits(&blocks[at]);
                        least.has_dump(digits) || least.has_pairs(digits, &blocks[at])
                    };
                    if fours == 0 && (now.digits >> part & 1 == 0 || !has_digits()) {
                        continue;
                    }
                    if seen < at {
                        runs.restart();
                        // A run may begin in the block before, unless its seventh four is the
                        // eighth here or a later one.
                        if fours & 0b111_1111 != 0 {
                            runs.block((at - 1) * BLOCK, &classes(&blocks[at - 1]));
                        }
                    }
                    runs.block(at * BLOCK, &classes(&blocks[at]));
                    seen = at + 1;
                }
            }
            // Too little for a glance.
            let first = (TOGETHER * groups.len()).saturating_sub(1);
            if seen < first {
                runs.restart();
            }
            for (at, block) in blocks.iter().enumerate().skip(first.max(seen)) {
                runs.block(at * BLOCK, &classes(block));
            }
            if !rest.is_empty() {
                let mut last = [1; BLOCK];
                last[..rest.len()].copy_from_slice(rest);
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
