//! The last stage: windows of text, decrypted in batches.

use std::collections::HashSet;

use aes::Block;

use super::{
    Form, Windows,
    class::{DIGIT, SYMBOL, digit},
};
use crate::{
    canary::{BASE32_CHARACTERS, HEX_DIGITS, Mint, SHORT_BITS, SHORT_CHARACTERS, Token},
    key::ScanKey,
};

/// Windows decrypted at once; bounds what a long run of candidates holds.
const BATCH: usize = 512;

/// What tokens are told by.
#[derive(Debug, Default)]
pub struct Keys {
    epochs: Vec<(u16, Mint)>,
    short: HashSet<u128>,
}

impl Keys {
    /// The scan keys of some epochs.
    pub fn new(epochs: impl IntoIterator<Item = (u16, ScanKey)>) -> Self {
        let mints = epochs.into_iter().map(|(epoch, key)| (epoch, Mint::new(&key)));
        Self { epochs: mints.collect(), short: HashSet::new() }
    }

    /// Also looks for these short tokens; others among them are passed over.
    #[must_use]
    pub fn with_short(mut self, tokens: impl IntoIterator<Item = Token>) -> Self {
        self.short.extend(tokens.into_iter().filter_map(|token| match token {
            Token::Short(bits) => Some(bits),
            Token::Full(_) => None,
        }));
        self
    }

    /// The epochs, and how many short tokens are looked for.
    pub fn size(&self) -> (usize, usize) {
        (self.epochs.len(), self.short.len())
    }

    /// The mint of the first epoch.
    pub(crate) fn mint(&self) -> Option<&Mint> {
        self.epochs.first().map(|(_, mint)| mint)
    }

    fn has_short(&self) -> bool {
        !self.short.is_empty()
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
    origins: Box<[(usize, Form); BATCH]>,
    opened: Box<[Block; BATCH]>,
    pub(super) found: Vec<Found>,
    pub(super) windows: Windows,
}

/// Where the characters of a run stand in the data.
#[derive(Clone, Copy)]
pub(super) enum Places<'a> {
    /// One behind the other from here, so many bytes apart.
    Evenly(usize, usize),
    /// Each somewhere.
    Each(&'a [usize]),
}

impl Places<'_> {
    fn of(&self, index: usize) -> usize {
        match self {
            Self::Evenly(start, step) => start + index * step,
            Self::Each(places) => places[index],
        }
    }
}

impl<'k> Check<'k> {
    pub(super) fn new(keys: &'k Keys) -> Self {
        Self {
            keys,
            waiting: 0,
            blocks: Box::new([Block::default(); BATCH]),
            origins: Box::new([(0, Form::Plain); BATCH]),
            opened: Box::new([Block::default(); BATCH]),
            found: Vec::new(),
            windows: Windows::default(),
        }
    }

    pub(super) fn has_short(&self) -> bool {
        self.keys.has_short()
    }

    #[inline]
    fn push(&mut self, block: u128, at: usize, form: Form) {
        self.blocks[self.waiting] = Block::from(block.to_be_bytes());
        self.origins[self.waiting] = (at, form);
        self.waiting += 1;
        if self.waiting == BATCH {
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
                    let (at, form) = self.origins[index];
                    let token = Token::Full(u128::from_be_bytes(self.blocks[index].into()));
                    self.found.push(Found { at, form, token });
                }
            }
        }
    }

    /// A run of base32 characters only.
    pub(super) fn base32(&mut self, run: &[u8], places: Places<'_>, form: Form) {
        let mut bits = 0_u128;
        let (first, rest) = run.split_at(run.len().min(BASE32_CHARACTERS - 1));
        for byte in first {
            bits = bits << 5 | u128::from(SYMBOL[usize::from(*byte)] & 31);
        }
        for (index, byte) in rest.iter().enumerate() {
            bits = bits << 5 | u128::from(SYMBOL[usize::from(*byte)] & 31);
            self.push(bits, places.of(index), form);
        }
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
                if window >> SHORT_BITS == 0 && self.keys.short.contains(&window) {
                    let at = places.of(index + 1 - SHORT_CHARACTERS);
                    self.found.push(Found { at, form, token: Token::Short(window) });
                }
            }
        }
    }

    /// A run of hexadecimal digits only.
    pub(super) fn hex(&mut self, run: &[u8], places: Places<'_>, form: Form) {
        let mut bits = 0_u128;
        let (first, rest) = run.split_at(run.len().min(HEX_DIGITS - 1));
        for byte in first {
            bits = bits << 4 | u128::from(DIGIT[usize::from(*byte)] & 15);
        }
        for (index, byte) in rest.iter().enumerate() {
            bits = bits << 4 | u128::from(DIGIT[usize::from(*byte)] & 15);
            self.push(bits, places.of(index), form);
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
            self.push(bits, at, form);
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
        for (start, window) in text.windows(UUID_CHARACTERS).enumerate() {
            if window[8] == b'-' && window[13] == b'-' {
                self.uuid(window, places.of(start), form);
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
        while at < text.len() {
            let start = at + text[at..].iter().take_while(|byte| !belongs(**byte)).count();
            let end = start + text[start..].iter().take_while(|byte| belongs(**byte)).count();
            at = end;
            if end - start >= least {
                return Some((start, &text[start..end]));
            }
        }
        None
    })
}
