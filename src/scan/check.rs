//! The last stage: windows of text, decrypted in batches.

use std::collections::HashSet;

use aes::Block;

use super::{
    Form, Windows,
    class::{DIGIT, SYMBOL, digit},
};
use crate::{
    canary::{BASE32_CHARACTERS, HEX_DIGITS, Mint, SHORT_BITS, SHORT_CHARACTERS, Token, is_spare},
    key::ScanKey,
};

/// Windows decrypted at once; bounds what a long run of candidates holds.
const BATCH: usize = 512;

/// What tokens are told by.
#[derive(Debug, Default)]
pub struct Keys {
    epochs: Vec<(u16, Mint)>,
    short: ShortTokens,
}

/// Short tokens, before a filter: most windows are told by one bit of it.
#[derive(Debug, Default)]
struct ShortTokens {
    tokens: HashSet<u128>,
    /// One bit for each value of the lowest bits of a token; a power of two of words, or none.
    filter: Vec<u64>,
}

impl ShortTokens {
    /// Bits of the filter for each token. Choice: one window in sixteen is looked up in vain.
    const SPARSE: usize = 16;

    fn new(tokens: HashSet<u128>) -> Self {
        if tokens.is_empty() {
            return Self::default();
        }
        let words = (tokens.len() * Self::SPARSE / 64).next_power_of_two().max(64);
        let mut short = Self { tokens, filter: vec![0; words] };
        for token in &short.tokens {
            let (word, bit) = Self::place(*token, words);
            short.filter[word] |= bit;
        }
        short
    }

    #[inline]
    fn place(token: u128, words: usize) -> (usize, u64) {
        let mut low = [0; 8];
        low.copy_from_slice(&token.to_le_bytes()[..8]);
        let low = u64::from_le_bytes(low);
        let word = usize::try_from(low >> 6 & u64::from(u32::MAX)).unwrap_or(0) & (words - 1);
        (word, 1 << (low & 63))
    }

    #[inline]
    fn contains(&self, token: u128) -> bool {
        let (word, bit) = Self::place(token, self.filter.len());
        self.filter[word] & bit != 0 && self.tokens.contains(&token)
    }
}

impl Keys {
    /// The scan keys of some epochs.
    pub fn new(epochs: impl IntoIterator<Item = (u16, ScanKey)>) -> Self {
        let mints = epochs.into_iter().map(|(epoch, key)| (epoch, Mint::new(&key)));
        Self { epochs: mints.collect(), short: ShortTokens::default() }
    }

    /// Also looks for these short tokens; others among them are passed over.
    #[must_use]
    pub fn with_short(mut self, tokens: impl IntoIterator<Item = Token>) -> Self {
        let bits = tokens.into_iter().filter_map(|token| match token {
            Token::Short(bits) => Some(bits),
            Token::Full(_) => None,
        });
        let mut all = self.short.tokens;
        all.extend(bits);
        self.short = ShortTokens::new(all);
        self
    }

    /// The epochs, and how many short tokens are looked for.
    pub fn size(&self) -> (usize, usize) {
        (self.epochs.len(), self.short.tokens.len())
    }

    /// Whether a token is one of some epoch.
    pub fn opens(&self, token: Token) -> bool {
        self.epochs.iter().any(|(_, mint)| mint.opens(token))
    }

    /// The mint of the first epoch.
    pub(crate) fn mint(&self) -> Option<&Mint> {
        self.epochs.first().map(|(_, mint)| mint)
    }

    fn has_short(&self) -> bool {
        !self.short.tokens.is_empty()
    }
}

/// A token found in a window of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) form: Form,
    pub(super) token: Token,
}

/// Windows that wait, and what was found.
pub(super) struct Check<'k> {
    keys: &'k Keys,
    /// The first so many of these wait.
    waiting: usize,
    blocks: Box<[Block; BATCH]>,
    places: Box<[u32; BATCH]>,
    /// The forms of those that wait, each with where the next form begins.
    forms: Vec<(usize, Form)>,
    opened: Box<[Block; BATCH]>,
    pub(super) found: Vec<Found>,
    pub(super) windows: Windows,
}

/// Where the characters of a run stand in the data; data of one pass are shorter than 4 GiB.
#[derive(Clone, Copy)]
pub(super) enum Places<'a> {
    /// One behind the other from here, so many bytes apart.
    Evenly(usize, usize),
    /// Each somewhere.
    Each(&'a [u32]),
}

impl Places<'_> {
    #[inline]
    fn of(&self, index: usize) -> u32 {
        match self {
            Self::Evenly(start, step) => narrow(start + index * step),
            Self::Each(places) => places[index],
        }
    }
}

/// A place in the data of one pass.
#[inline]
pub(super) fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn widen(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

impl<'k> Check<'k> {
    pub(super) fn new(keys: &'k Keys) -> Self {
        Self {
            keys,
            waiting: 0,
            blocks: Box::new([Block::default(); BATCH]),
            places: Box::new([0; BATCH]),
            forms: Vec::new(),
            opened: Box::new([Block::default(); BATCH]),
            found: Vec::new(),
            windows: Windows::default(),
        }
    }

    pub(super) fn has_short(&self) -> bool {
        self.keys.has_short()
    }

    /// Takes a window for each character that ends one: `next` gives its block, and whether that can
    /// be a token at all.
    #[inline(always)]
    fn take(
        &mut self,
        ends: &[u8],
        places: Places<'_>,
        form: Form,
        mut next: impl FnMut(u8) -> (u128, bool),
    ) {
        let mut rest = ends;
        let mut first = 0;
        while !rest.is_empty() {
            let part;
            (part, rest) = rest.split_at(rest.len().min(BATCH - self.waiting));
            let mut kept = self.waiting;
            let (blocks, to) = (&mut *self.blocks, &mut *self.places);
            // Written always and kept sometimes, which is faster than a branch.
            let mut one = |byte: u8, place: u32| {
                let (block, can_be) = next(byte);
                blocks[kept % BATCH] = Block::from(block.to_be_bytes());
                to[kept % BATCH] = place;
                kept += usize::from(can_be);
            };
            match places {
                Places::Evenly(start, step) => {
                    let (mut place, step) = (narrow(start + first * step), narrow(step));
                    for byte in part {
                        one(*byte, place);
                        place = place.wrapping_add(step);
                    }
                }
                Places::Each(places) => {
                    part.iter().zip(&places[first..]).for_each(|(byte, place)| one(*byte, *place));
                }
            }
            first += part.len();
            self.keep(kept, form);
        }
    }

    /// Makes room for so many windows, at most a batch.
    fn reserve(&mut self, count: usize) {
        if self.waiting + count > BATCH {
            self.flush();
        }
    }

    /// So many windows wait now, the new ones in this form.
    fn keep(&mut self, waiting: usize, form: Form) {
        self.waiting = waiting;
        match self.forms.last_mut() {
            Some((end, last)) if *last == form => *end = waiting,
            _ => self.forms.push((waiting, form)),
        }
        if waiting == BATCH {
            self.flush();
        }
    }

    /// Decrypts what waits.
    pub(super) fn flush(&mut self) {
        let count = std::mem::take(&mut self.waiting);
        self.windows.full += u64::try_from(count).unwrap_or(u64::MAX);
        for (_, mint) in &self.keys.epochs {
            let opened = &mut self.opened[..count];
            mint.open_all(&self.blocks[..count], opened);
            for (index, block) in opened.iter().enumerate() {
                let mut low = [0; 8];
                low.copy_from_slice(&block[8..]);
                if u64::from_ne_bytes(low) == 0 {
                    let form = self.forms.iter().find(|(end, _)| index < *end);
                    let form = form.map_or(Form::Plain, |(_, form)| *form);
                    let at = widen(self.places[index]);
                    let token = Token::Full(u128::from_be_bytes(self.blocks[index].into()));
                    self.found.push(Found { at, form, token });
                }
            }
        }
        self.forms.clear();
    }

    /// A run of base32 characters only.
    pub(super) fn base32(&mut self, run: &[u8], places: Places<'_>, form: Form) {
        let value = |byte: u8| u128::from(SYMBOL[usize::from(byte)] & 31);
        let (first, rest) = run.split_at(run.len().min(BASE32_CHARACTERS - 1));
        let mut bits = first.iter().fold(0, |bits: u128, byte| bits << 5 | value(*byte));
        self.take(rest, places, form, |byte| {
            // 26 characters are 130 bits; the first two say what the others leave over.
            let spare = (bits >> 123) as u64 & 3;
            bits = bits << 5 | value(byte);
            (bits, is_spare(bits, spare))
        });
        if self.keys.has_short() {
            self.short(run, places, form);
        }
    }

    fn short(&mut self, run: &[u8], places: Places<'_>, form: Form) {
        let mut bits = 0_u128;
        for (index, byte) in run.iter().enumerate() {
            bits = bits << 5 | u128::from(SYMBOL[usize::from(*byte)] & 31);
            if index + 1 >= SHORT_CHARACTERS {
                let window = bits & ((1 << (5 * SHORT_CHARACTERS)) - 1);
                self.windows.short += 1;
                if window >> SHORT_BITS == 0 && self.keys.short.contains(window) {
                    let at = widen(places.of(index + 1 - SHORT_CHARACTERS));
                    self.found.push(Found { at, form, token: Token::Short(window) });
                }
            }
        }
    }

    /// A run of hexadecimal digits only.
    pub(super) fn hex(&mut self, run: &[u8], places: Places<'_>, form: Form) {
        /// Windows that are made at once.
        const PART: usize = 256;
        let mut first = 0;
        while let Some(rest) = run.get(first..).filter(|rest| rest.len() >= HEX_DIGITS) {
            let digits = &rest[..rest.len().min(PART + HEX_DIGITS - 1)];
            // Bytes of the digits from an even place on and from an odd one: each window is sixteen
            // of them as they stand.
            let mut bytes = [[0; PART / 2 + 16]; 2];
            let value = |byte: &u8| DIGIT[usize::from(*byte)];
            for (odd, bytes) in bytes.iter_mut().enumerate() {
                for (byte, pair) in bytes.iter_mut().zip(digits[odd..].as_chunks::<2>().0) {
                    *byte = value(&pair[0]) << 4 | value(&pair[1]) & 15;
                }
            }
            let count = digits.len() - (HEX_DIGITS - 1);
            self.reserve(count);
            let kept = self.waiting..self.waiting + count;
            let [even, odd] = &bytes;
            let windows = even.windows(16).zip(odd.windows(16));
            for (blocks, (even, odd)) in self.blocks[kept.clone()].chunks_mut(2).zip(windows) {
                blocks[0].copy_from_slice(even);
                if let Some(block) = blocks.get_mut(1) {
                    block.copy_from_slice(odd);
                }
            }
            let to = &mut self.places[kept];
            match places {
                Places::Evenly(start, step) => {
                    for (index, place) in (first..).zip(to) {
                        *place = narrow(start + index * step);
                    }
                }
                Places::Each(places) => to.copy_from_slice(&places[first..first + count]),
            }
            self.keep(self.waiting + count, form);
            first += count;
        }
    }

    /// 36 bytes in the layout of a UUID; anything else is passed over.
    pub(super) fn uuid(&mut self, text: &[u8], at: usize, form: Form) {
        let mut bits = 0_u128;
        for (index, byte) in text.iter().enumerate() {
            match (index, digit(*byte)) {
                (8 | 13 | 18 | 23, _) if *byte == b'-' => {}
                (8 | 13 | 18 | 23, _) | (_, None) => return,
                (_, Some(digit)) => bits = bits << 4 | u128::from(digit),
            }
        }
        if text.len() == UUID_CHARACTERS {
            self.take(&text[..1], Places::Evenly(at, 0), form, |_| (bits, true));
        }
    }

    /// Decoded text: every token that may stand in it.
    pub(super) fn text(&mut self, text: &[u8], places: Places<'_>, form: Form) {
        let part = |start: usize| match places {
            Places::Evenly(first, step) => Places::Evenly(first + start * step, step),
            Places::Each(places) => Places::Each(&places[start..]),
        };
        let least = if self.keys.has_short() { SHORT_CHARACTERS } else { BASE32_CHARACTERS };
        if text.len() < least {
            return;
        }
        for (start, run) in runs(text, |byte| SYMBOL[usize::from(byte)] < 32, least) {
            self.base32(run, part(start), form);
        }
        for (start, run) in runs(text, |byte| DIGIT[usize::from(byte)] < 16, HEX_DIGITS) {
            self.hex(run, part(start), form);
        }
        let belongs = |byte: u8| DIGIT[usize::from(byte)] < 16 || byte == b'-';
        for (start, run) in runs(text, belongs, UUID_CHARACTERS) {
            let mut at = 0;
            while let Some(dash) = run[at..].iter().position(|byte| *byte == b'-') {
                at += dash + 1;
                let Some(first) = at.checked_sub(9) else { continue };
                if let Some(text) = run.get(first..first + UUID_CHARACTERS) {
                    self.uuid(text, widen(places.of(start + first)), form);
                }
            }
        }
    }
}

/// Characters of a UUID.
pub(super) const UUID_CHARACTERS: usize = 36;

/// The runs of bytes of one class that are long enough, with where they begin.
fn runs(
    text: &[u8],
    belongs: impl Fn(u8) -> bool,
    least: usize,
) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        // Looked at from the end of the shortest run there can be, most bytes need no look.
        while let Some(part) = text.get(at..at + least) {
            if let Some(stranger) = part.iter().rposition(|byte| !belongs(*byte)) {
                at += stranger + 1;
                continue;
            }
            let (start, behind) = (at, at + least);
            at = behind + text[behind..].iter().take_while(|byte| belongs(**byte)).count();
            return Some((start, &text[start..at]));
        }
        None
    })
}
