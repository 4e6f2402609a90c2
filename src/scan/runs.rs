//! The second stage: from the masks of a block to runs of text, decoded.
//!
//! Each form is found by a few bit operations that hold for every token in that form, wherever it
//! stands; a run is then followed byte by byte in both directions, once, and handed to the check.

use super::{
    Form,
    check::{Check, Places, UUID_CHARACTERS},
    class::{
        BASE32, BASE64, BLOCK, DIGIT, FIRST, GLANCE, HEX, Masks, OF_RUN, SYMBOL, ZERO, full,
        is_text,
    },
    forms,
    gate::{Digits, Least},
};
use crate::canary::{BASE32_CHARACTERS, HEX_DIGITS, SHORT_CHARACTERS};

const EVEN: u64 = 0x5555_5555_5555_5555;
const ODD: u64 = !EVEN;
const FOURTH: u64 = 0x1111_1111_1111_1111;

/// What is followed at most once at any place of the data; the first few take the parity or phase.
#[derive(Clone, Copy)]
enum Slot {
    Plain = 0,
    Digits = 1,
    Wide = 2,
    HexPairs = 4,
    Base64 = 6,
    Base64Wide = 10,
    Separated = 14,
    Dump = 15,
    Quoted = 16,
}
const SLOTS: usize = 17;

/// What a block leaves for the next one.
#[derive(Default)]
struct Before {
    base32: u64,
    digits: u64,
    wide: [u64; 2],
    pairs: [u64; 2],
    base64: [u64; 4],
    dash: u64,
}

/// Full groups of eight, their top bits, of a block and the one before: those that are the last of so
/// many in a row.
#[inline(always)]
fn in_a_row(now: u64, before: u64, count: u32) -> u64 {
    (1..count).fold(now, |row, back| row & (now << (8 * back) | before >> (64 - 8 * back)))
}

/// A pass over one window of data.
pub(super) struct Runs<'d, 'c, 'k> {
    data: &'d [u8],
    check: &'c mut Check<'k>,
    /// Up to where each form was followed.
    done: [usize; SLOTS],
    before: Before,
    decoded: [forms::Decoded; 2],
    least: usize,
}

impl<'d, 'c, 'k> Runs<'d, 'c, 'k> {
    pub(super) fn new(data: &'d [u8], check: &'c mut Check<'k>) -> Self {
        let least = if check.has_short() { SHORT_CHARACTERS } else { BASE32_CHARACTERS };
        let (done, before) = ([0; SLOTS], Before::default());
        Self {
            data,
            check,
            done,
            before,
            decoded: [forms::Decoded::new(), forms::Decoded::new()],
            least,
        }
    }

    pub(super) fn data(&self) -> &'d [u8] {
        self.data
    }

    /// What wakes the decoders of digits apart, and the first stage.
    #[inline]
    pub(super) fn gate_least(&self) -> Least {
        Least::new(self.check.has_short())
    }

    /// The next block does not follow the last one.
    pub(super) fn restart(&mut self) {
        self.before = Before::default();
    }

    /// Looks at the block at an offset.
    #[inline]
    pub(super) fn block(&mut self, offset: usize, masks: &Masks) {
        let base32 = masks.class[BASE32 as usize];
        let zero = masks.class[ZERO as usize];
        let first = masks.class[FIRST as usize];
        let hex = masks.class[HEX as usize];
        let text = base32 | hex | masks.dash;
        self.plain(offset, base32, hex);
        self.uuid(offset, masks.dash);
        for parity in 0..2 {
            let (even, odd) = (EVEN << parity, ODD.rotate_left(parity as u32));
            let now = full((text & even) | (zero & odd));
            // 26 characters take 52 bytes, which hold five full groups of eight, 17 hold three.
            let follow = in_a_row(now, self.before.wide[parity], 3);
            self.before.wide[parity] = now;
            for bit in bits(follow) {
                self.wide(offset + bit - 7 + parity);
            }
        }
        // Of what begins with 2, only the dash is text; it may stand across the end of the block.
        let first_of_text = first & !(masks.two & !(masks.letter_d >> 1 | 1 << 63));
        self.hex_pairs(offset, first_of_text, hex, masks.line_end);
        self.base64(offset, masks);
        let digits = Digits { first, hex, blank: masks.blank };
        let least = self.gate_least();
        if least.has_pairs(digits, &self.data[offset..]) {
            self.separated(offset);
        }
        if least.has_dump(digits) {
            self.dump(offset);
        }
        for bit in bits(masks.equals & (masks.line_end >> 1 | 1 << 63)) {
            self.quoted(offset + bit);
        }
    }

    /// Looks at a run of which these bytes are all whole fours, at most six. Does not ask what was
    /// done already, since blocks are looked at in another order.
    pub(super) fn few(&mut self, start: usize, end: usize) {
        let is_of_run = |byte: &&u8| GLANCE[usize::from(**byte)] == OF_RUN;
        let before = self.data[..start].iter().rev().take(3).take_while(is_of_run).count();
        let behind = self.data[end..].iter().take(3).take_while(is_of_run).count();
        let (start, end) = (start - before, end + behind);
        if end - start < self.least {
            return;
        }
        // Of at most thirty characters every 26 hold the middle, of eighteen every seventeen.
        let middle = start + (end - start) / 2;
        let (first, last) = self.run(middle, start, |byte| SYMBOL[usize::from(byte)] < 32);
        if last - first >= self.least {
            let run = &self.data[first..last];
            self.check.base32(run, Places::Evenly(first, 1), Form::Plain);
        }
        for at in (start..end).filter(|at| self.data[*at] == b'=') {
            forms::quoted(self.data, at, start, &mut self.decoded[0], self.check);
        }
    }

    fn is_done(&self, slot: Slot, phase: usize, at: usize) -> bool {
        at < self.done[slot as usize + phase]
    }

    fn plain(&mut self, offset: usize, base32: u64, hex: u64) {
        let now = full(base32);
        // 26 characters hold two full aligned groups of eight, 17 hold one.
        let count = if self.check.has_short() { 1 } else { 2 };
        let follow = in_a_row(now, self.before.base32, count);
        self.before.base32 = now;
        for bit in bits(follow) {
            let at = offset + bit;
            if self.is_done(Slot::Plain, 0, at) {
                continue;
            }
            let (start, end) = self
                .run(at, self.done[Slot::Plain as usize], |byte| SYMBOL[usize::from(byte)] < 32);
            self.done[Slot::Plain as usize] = end;
            let run = &self.data[start..end];
            if run.len() >= self.least {
                self.check.base32(run, Places::Evenly(start, 1), Form::Plain);
                forms::base32(run, start, &mut self.decoded[0], self.check);
            }
        }
        // 32 digits hold three.
        let now = full(hex);
        let follow = in_a_row(now, self.before.digits, 3);
        self.before.digits = now;
        for bit in bits(follow) {
            let at = offset + bit;
            if self.is_done(Slot::Digits, 0, at) {
                continue;
            }
            let limit = self.done[Slot::Digits as usize];
            let (start, end) = self.run(at, limit, |byte| DIGIT[usize::from(byte)] < 16);
            self.done[Slot::Digits as usize] = end;
            if end - start >= HEX_DIGITS {
                let run = &self.data[start..end];
                self.check.hex(run, Places::Evenly(start, 1), Form::Plain);
            }
        }
    }

    /// The top bits of the groups of eight beside which a line ends.
    fn beside_line_end(&self, offset: usize, line_end: u64) -> u64 {
        const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
        let groups = (((line_end & LOW) + LOW) | line_end) & !LOW;
        let before = u64::from(self.ends_line(offset.saturating_sub(8), offset)) << 7;
        let behind = u64::from(self.ends_line(offset + 64, offset + 72)) << 63;
        groups << 8 | groups >> 8 | before | behind
    }

    /// Whether a line ends between two places, which may lie beyond the data.
    fn ends_line(&self, from: usize, to: usize) -> bool {
        let last = self.data.len();
        let bytes = &self.data[from.min(last)..to.min(last)];
        bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// The run of bytes of a class around a place, not before a limit.
    fn run(&self, at: usize, limit: usize, belongs: impl Fn(u8) -> bool) -> (usize, usize) {
        let before = self.data[limit..at].iter().rev().take_while(|byte| belongs(**byte)).count();
        let behind = self.data[at..].iter().take_while(|byte| belongs(**byte)).count();
        (at - before, at + behind)
    }

    fn uuid(&mut self, offset: usize, dash: u64) {
        // Four dashes five bytes apart, the last of them in this block.
        let both = u128::from(dash) << 64 | u128::from(self.before.dash);
        self.before.dash = dash;
        let mut four = both & (both >> 5) & (both >> 10) & (both >> 15) & !((1 << 49) - 1);
        while four != 0 {
            let first = usize::try_from(four.trailing_zeros()).unwrap_or(0);
            four &= four - 1;
            let Some(start) = (offset + first).checked_sub(64 + 8) else { continue };
            if let Some(text) = self.data.get(start..start + UUID_CHARACTERS) {
                self.check.uuid(text, start, Form::Plain);
            }
        }
    }

    fn wide(&mut self, at: usize) {
        let data = self.data;
        let parity = at & 1;
        let is_zero = |at: Option<usize>| at.and_then(|at| data.get(at)) == Some(&0);
        let belongs = |at: usize| {
            is_text(data[at]) && (is_zero(at.checked_add(1)) || is_zero(at.checked_sub(1)))
        };
        if self.is_done(Slot::Wide, parity, at) || at >= data.len() || !belongs(at) {
            return;
        }
        let limit = self.done[Slot::Wide as usize + parity];
        let mut start = at;
        while start >= limit + 2 && belongs(start - 2) {
            start -= 2;
        }
        let decoded = &mut self.decoded[0];
        decoded.begin(Form::Utf16);
        let mut end = start;
        while end < data.len() && belongs(end) {
            decoded.step(self.check);
            decoded.push(data[end], end);
            end += 2;
        }
        self.done[Slot::Wide as usize + parity] = end;
        decoded.end(self.check);
    }

    fn hex_pairs(&mut self, offset: usize, first: u64, hex: u64, line_end: u64) {
        // 52 digits hold five full groups of eight, 34 hold three; half of them, where a line ends
        // between, two or one.
        let (whole, half) = if self.check.has_short() { (3, 1) } else { (4, 2) };
        for parity in 0..2 {
            let (even, odd) = (EVEN << parity, ODD.rotate_left(parity as u32));
            let now = full((first & even) | (hex & odd));
            let before = std::mem::replace(&mut self.before.pairs[parity], now);
            let mut follow = in_a_row(now, before, half);
            if follow != 0 {
                // Before the line end the last of them stands beside it, behind it the first.
                let beside = self.beside_line_end(offset, line_end);
                let first = match (half, offset.checked_sub(16)) {
                    (2, Some(before)) => {
                        beside << 8 | u64::from(self.ends_line(before, before + 8)) << 7
                    }
                    _ => beside,
                };
                follow = in_a_row(now, before, whole) | follow & (beside | first);
            }
            for bit in bits(follow) {
                let at = offset + bit - 7 + parity;
                if !self.is_done(Slot::HexPairs, parity, at) {
                    let decoded = &mut self.decoded[0];
                    let end = forms::hex_pairs(self.data, at, decoded, self.check);
                    self.done[Slot::HexPairs as usize + parity] = end;
                }
            }
        }
    }

    fn base64(&mut self, offset: usize, masks: &Masks) {
        let place = |k: usize| masks.class[BASE64 as usize + k];
        for phase in 0..4 {
            let turn = |k: u32| FOURTH.rotate_left(phase + k);
            let legal = (place(0) & turn(0))
                | (place(1) & turn(1))
                | (place(2) & turn(2))
                | (place(3) & turn(3));
            let phase = phase as usize;
            let now = full(legal);
            let before = std::mem::replace(&mut self.before.base64[phase], legal);
            // 26 bytes are eight groups of four whole, which hold three full groups of eight; where a
            // line ends between, the longer part holds one beside the line end. Of 17 bytes it has
            // eleven characters, which hold eight in a row from some fourth one on.
            let follow = match self.check.has_short() {
                true => now | full(legal << 4 | before >> 60) >> 4,
                false if now == 0 => continue,
                false => {
                    let row = in_a_row(now, full(before), 3);
                    row | now & self.beside_line_end(offset, masks.line_end)
                }
            };
            for bit in bits(follow) {
                // That each character is legal does not make the first group text.
                for at in [(offset + bit + phase).saturating_sub(7), offset + bit + phase - 3] {
                    if !self.is_done(Slot::Base64, phase, at) {
                        let decoded = &mut self.decoded[0];
                        let end = forms::base64(self.data, at, decoded, self.check);
                        self.done[Slot::Base64 as usize + phase] = end;
                    }
                }
            }
        }
        // Three bytes 0, letter, 0 are `A`, one of `C` to `H`, .., `A`; in UTF-16 every second group.
        let wide = masks.letter_a & (masks.letter_a >> 3) & (masks.letter_c_to_h >> 1);
        for bit in bits(wide & (wide >> 8)) {
            let at = offset + bit;
            let phase = bit & 3;
            if !self.is_done(Slot::Base64Wide, phase, at) {
                let end = forms::base64_wide(self.data, at, &mut self.decoded, self.check);
                self.done[Slot::Base64Wide as usize + phase] = end;
            }
        }
    }

    fn separated(&mut self, offset: usize) {
        // Followed up to somewhere in this block is not followed to its end.
        let limit = self.done[Slot::Separated as usize];
        if limit < self.data.len().min(offset + BLOCK) {
            let at = offset.max(limit);
            let end = forms::separated(self.data, at, limit, &mut self.decoded[0], self.check);
            self.done[Slot::Separated as usize] = end;
        }
    }

    fn dump(&mut self, offset: usize) {
        // Followed up to somewhere in this block is not followed to its end.
        let limit = self.done[Slot::Dump as usize];
        if limit < self.data.len().min(offset + BLOCK) {
            let at = offset.max(limit);
            let end = forms::dump(self.data, at, limit, &mut self.decoded[0], self.check);
            self.done[Slot::Dump as usize] = end;
        }
    }

    fn quoted(&mut self, at: usize) {
        if !self.is_done(Slot::Quoted, 0, at) {
            let limit = self.done[Slot::Quoted as usize];
            let end = forms::quoted(self.data, at, limit, &mut self.decoded[0], self.check);
            self.done[Slot::Quoted as usize] = end.max(at + 1);
        }
    }
}

/// The places of the set bits, lowest first.
#[inline(always)]
pub(super) fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (bit < 64).then_some(bit as usize)
    })
}
