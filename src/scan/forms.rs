//! Decoders: each follows one form from a place inside it, both ways, and hands the text on.
//!
//! All of them give back up to where they followed; the caller does not ask again before that.

// Base64, of UTF-16 too.
mod base64;
// Hexadecimal digits: in a row, separated, in dumps.
mod digits;

pub(super) use base64::{base64, base64_wide};
pub(super) use digits::{dump, hex_pairs, separated};

use super::{
    Form,
    check::{Check, Places, UUID_CHARACTERS, narrow},
    class::{BASE32_PLACES, SYMBOL, TEXT, is_text},
};

/// How far a run is followed back. A run wakes its decoder within two blocks, or else was followed
/// from its beginning; what stands before cannot be part of a token that does not reach further on.
const BACK: usize = 512;

/// Stands between two runs of decoded text.
const GAP: u8 = b' ';

/// Decoded text that is checked at once, with room for what one step of a decoder adds: it stays in
/// the first-level cache.
const HELD: usize = 2048;
const STEP: usize = 512;

/// Decoded text with the place of each character.
pub(super) struct Decoded {
    form: Form,
    length: usize,
    text: Box<[u8; HELD + STEP]>,
    places: Box<[u32; HELD + STEP]>,
}

impl Decoded {
    pub(super) fn new() -> Self {
        let (text, places) = (Box::new([0; HELD + STEP]), Box::new([0; HELD + STEP]));
        Self { form: Form::Plain, length: 0, text, places }
    }

    /// Forgets what is there.
    pub(super) fn begin(&mut self, form: Form) {
        (self.form, self.length) = (form, 0);
    }

    /// Adds up to [`STEP`] bytes that stand at one place.
    #[inline(always)]
    fn push_all<const N: usize>(&mut self, bytes: [u8; N], place: usize) {
        let range = self.length..self.length + N;
        self.text[range.clone()].copy_from_slice(&bytes);
        self.places[range].copy_from_slice(&[narrow(place); N]);
        self.length += N;
    }

    /// Adds the lower three bytes, highest first, that stand at one place.
    #[inline(always)]
    fn push_three(&mut self, bits: u32, place: usize) {
        // One byte too much in one go; the next one overwrites it.
        let range = self.length..self.length + 4;
        self.text[range.clone()].copy_from_slice(&(bits << 8).to_be_bytes());
        self.places[range].copy_from_slice(&[narrow(place); 4]);
        self.length += 3;
    }

    /// Adds bytes, lowest first, that stand two apart.
    #[inline(always)]
    fn push_pairs(&mut self, bytes: u32, place: usize) {
        let range = self.length..self.length + 4;
        let place = narrow(place);
        self.text[range.clone()].copy_from_slice(&bytes.to_le_bytes());
        self.places[range].copy_from_slice(&[place, place + 2, place + 4, place + 6]);
        self.length += 4;
    }

    /// Adds a byte, or a gap for one that is in no token.
    #[inline(always)]
    pub(super) fn push(&mut self, byte: u8, place: usize) {
        let byte = if TEXT[usize::from(byte)] { byte } else { GAP };
        self.push_all([byte], place);
    }

    fn gap(&mut self, place: usize) {
        if self.length > 0 && self.text[self.length - 1] != GAP {
            self.push_all([GAP], place);
        }
    }

    /// Between two steps: checks what is there once it is much, and keeps what a token may go on
    /// from.
    #[inline(always)]
    pub(super) fn step(&mut self, check: &mut Check<'_>) {
        if self.length >= HELD {
            self.spill(check);
        }
    }

    #[cold]
    fn spill(&mut self, check: &mut Check<'_>) {
        self.end(check);
        let rest = self.length - (UUID_CHARACTERS - 1)..self.length;
        self.text.copy_within(rest.clone(), 0);
        self.places.copy_within(rest, 0);
        self.length = UUID_CHARACTERS - 1;
    }

    /// Checks what is there.
    pub(super) fn end(&self, check: &mut Check<'_>) {
        let places = Places::Each(&self.places[..self.length]);
        check.text(&self.text[..self.length], places, self.form);
    }
}

/// The next place behind one, past a line end.
#[inline]
fn past_line_end(data: &[u8], mut at: usize) -> usize {
    if data.get(at).is_none_or(|byte| *byte > b'\r') {
        return at;
    }
    if data[at] == b'\r' && data.get(at + 1) == Some(&b'\n') {
        at += 1;
    }
    if data[at] == b'\n' { at + 1 } else { at }
}

/// The place before which a line ends right before another, or that place itself.
fn before_line_end(data: &[u8], mut at: usize) -> usize {
    if at > 0 && data[at - 1] == b'\n' {
        at -= 1;
        if at > 0 && data[at - 1] == b'\r' {
            at -= 1;
        }
    }
    at
}

/// Base32 of text, in a run of base32.
pub(super) fn base32(run: &[u8], start: usize, decoded: &mut Decoded, check: &mut Check<'_>) {
    /// Characters that a token takes at least.
    const LEAST: usize = 27;
    if run.len() < LEAST {
        return;
    }
    // Three groups of eight characters in a row that are legal at some phase, two for short tokens.
    let mut legal = [0_u8; 3];
    let mut done = 0;
    for (group, characters) in run.as_chunks::<8>().0.iter().enumerate() {
        let mut all = 0xFF;
        for (index, byte) in (0..).zip(characters) {
            // The place in the run is the place in the group, as there are eight of each.
            all &= BASE32_PLACES[usize::from(*byte)].rotate_left(index);
        }
        legal = match check.has_short() {
            true => [0xFF, legal[2], all],
            false => [legal[1], legal[2], all],
        };
        let alive = legal[0] & legal[1] & legal[2];
        if group == 0 || alive == 0 || 8 * (group + 1) <= done {
            continue;
        }
        let mut furthest = 0;
        for phase in (0..8).filter(|phase| alive >> phase & 1 == 1) {
            // From before those groups on, at this phase, as far as all bytes are text.
            let first = 8 * group.saturating_sub(4) + phase;
            let least = 8 * (group + 1);
            furthest = furthest.max(base32_groups(run, start, first, least, decoded, check));
        }
        done = furthest;
    }
}

/// Groups of eight characters from a place of the run on: up to `least`, then as far as all bytes
/// are text; gives back up to where they are.
fn base32_groups(
    run: &[u8],
    start: usize,
    first: usize,
    least: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let mut reached = 0;
    let mut at = first;
    decoded.begin(Form::Base32);
    let value = |bits: u64, byte: &u8| bits << 5 | u64::from(SYMBOL[usize::from(*byte)] & 31);
    while let Some(characters) = run.get(at..at + 8) {
        let bits = characters.iter().fold(0, value);
        let [_, _, _, bytes @ ..] = bits.to_be_bytes();
        decoded.step(check);
        decoded.push_all(bytes, start + at);
        at += 8;
        if at > least && !bytes.iter().all(|byte| TEXT[usize::from(*byte)]) {
            decoded.end(check);
            return reached;
        }
        reached = at;
    }
    if let Some(characters) = run.get(at..).filter(|characters| characters.len() >= 2) {
        let bits = characters.iter().fold(0, value) << (5 * (8 - characters.len()));
        let [_, _, _, bytes @ ..] = bits.to_be_bytes();
        decoded.step(check);
        for byte in &bytes[..characters.len() * 5 / 8] {
            decoded.push(*byte, start + at);
        }
        reached = run.len();
    }
    decoded.end(check);
    reached
}

/// Text with soft line breaks of quoted-printable.
pub(super) fn quoted(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let behind_break = |at: usize| match data.get(at..) {
        Some([b'=', b'\r', b'\n', ..]) => Some(at + 3),
        Some([b'=', b'\n', ..]) => Some(at + 2),
        _ => None,
    };
    if behind_break(at).is_none() {
        return at;
    }
    let limit = limit.max(at.saturating_sub(BACK));
    let back = data[limit..at].iter().rev().take_while(|byte| is_text(**byte)).count();
    decoded.begin(Form::QuotedPrintable);
    let mut next = at - back;
    let mut breaks = 0;
    while next < data.len() {
        if let Some(behind) = behind_break(next) {
            next = behind;
            breaks += 1;
        } else if is_text(data[next]) {
            decoded.step(check);
            decoded.push_all([data[next]], next);
            next += 1;
        } else {
            break;
        }
    }
    if breaks > 0 {
        decoded.end(check);
    }
    next
}
