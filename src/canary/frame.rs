//! Frames: a token in characters that nobody sees, cut into pieces of which any few are enough.
//!
//! The 16 bytes of a token are the coefficients of four polynomials of degree 3 over GF(256), one for
//! every column of a 4 x 4 square. Frame number x holds their values at x: a Reed-Solomon code
//! ([RS60]) of which any four frames with different numbers give the token back. A frame is the
//! number, the four values and a check byte, each byte four invisible characters.
//!
//! Copying keeps them and so does NFKC; whoever strips invisible characters is rid of them, and
//! whoever holds a copy can move them into any text. A token read from frames is therefore a lead,
//! and nothing else.

use super::Token;

/// The values 0 to 3; none of them joins letters, and no normal form changes them.
const INVISIBLE: [char; 4] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}'];
/// Frames with different numbers.
const NUMBERS: u8 = 64;
/// Frames from which a token is put together.
const NEEDED: usize = 4;
/// Number, values, check byte.
const BYTES: usize = 6;
/// Characters of a frame.
const CHARACTERS: usize = 4 * BYTES;
/// Frames of one sample that are looked at; a long advisory has some hundred.
const MAX_FRAMES: usize = 100_000;

/// The frame at a place, counted from 0, of a token in base32; nothing where no token stands.
pub(crate) fn frame(token: &str, place: usize) -> String {
    let Some(Token::Full(block)) = Token::parse(token) else { return String::new() };
    let data = block.to_be_bytes();
    let number = u8::try_from(place % usize::from(NUMBERS)).expect("below 64");
    let mut bytes = [number, 0, 0, 0, 0, 0];
    for column in 0..NEEDED {
        // Horner: the coefficient of the highest power first.
        let coefficients = (0..NEEDED).rev().map(|power| data[NEEDED * power + column]);
        bytes[1 + column] = coefficients.fold(0, |sum, next| product(sum, number) ^ next);
    }
    bytes[BYTES - 1] = check(&bytes);
    let pairs = bytes.iter().flat_map(|byte| [6, 4, 2, 0].map(|shift| byte >> shift & 3));
    pairs.map(|pair| INVISIBLE[usize::from(pair)]).collect()
}

/// The tokens that frames in a text give, each once, with the byte where the first of its frames
/// stands. `opens` tells a token from noise.
pub(crate) fn tokens(text: &str, opens: impl Fn(Token) -> bool) -> Vec<(usize, Token)> {
    let frames = frames(text);
    let mut found: Vec<(usize, Token)> = Vec::new();
    for first in 0..frames.len() {
        // The next frames with other numbers; those of another copy make noise of it.
        let mut chosen: Vec<&Frame> = Vec::with_capacity(NEEDED);
        for frame in frames[first..].iter().take(2 * NEEDED) {
            if chosen.len() < NEEDED && chosen.iter().all(|other| other.number != frame.number) {
                chosen.push(frame);
            }
        }
        let Ok(chosen) = <[&Frame; NEEDED]>::try_from(chosen) else { continue };
        let token = joined(&chosen);
        if opens(token) && found.iter().all(|(_, known)| *known != token) {
            found.push((frames[first].at, token));
        }
    }
    found
}

struct Frame {
    at: usize,
    number: u8,
    values: [u8; NEEDED],
}

/// All frames of a text, in order.
fn frames(text: &str) -> Vec<Frame> {
    let mut found = Vec::new();
    // Invisible characters in a row, with where each stands.
    let mut run: Vec<(usize, u8)> = Vec::new();
    for (at, character) in text.match_indices(INVISIBLE) {
        let behind = |(last, _): &(usize, u8)| at == last + character.len();
        if !run.last().is_none_or(behind) {
            run.clear();
        }
        let value = INVISIBLE.iter().position(|known| character.starts_with(*known));
        run.push((at, u8::try_from(value.unwrap_or(0)).expect("below 4")));
        let Some(start) = run.len().checked_sub(CHARACTERS) else { continue };
        if let Some(frame) = read(&run[start..]) {
            found.push(frame);
            run.clear();
        } else {
            run.drain(..start + 1);
        }
        if found.len() == MAX_FRAMES {
            break;
        }
    }
    found
}

fn read(characters: &[(usize, u8)]) -> Option<Frame> {
    let mut bytes = [0; BYTES];
    for (byte, pairs) in bytes.iter_mut().zip(characters.as_chunks::<4>().0) {
        *byte = pairs.iter().fold(0, |byte, (_, pair)| byte << 2 | pair);
    }
    let values = [bytes[1], bytes[2], bytes[3], bytes[4]];
    let is_frame = bytes[0] < NUMBERS && bytes[BYTES - 1] == check(&bytes);
    is_frame.then_some(Frame { at: characters[0].0, number: bytes[0], values })
}

/// The check byte of a frame.
fn check(bytes: &[u8; BYTES]) -> u8 {
    // FNV-1a, of which the upper bits are the better ones.
    let hash = bytes[..BYTES - 1]
        .iter()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash.to_be_bytes()[0]
}

/// The token whose polynomials go through four frames with different numbers.
fn joined(frames: &[&Frame; NEEDED]) -> Token {
    let mut data = [0; 16];
    for (index, frame) in frames.iter().enumerate() {
        // Lagrange: the polynomial that is 1 at this number and 0 at the others.
        let mut basis = [1, 0, 0, 0];
        let mut scale = 1;
        for (_, other) in frames.iter().enumerate().filter(|(other, _)| *other != index) {
            for power in (0..NEEDED).rev() {
                let lower = if power == 0 { 0 } else { basis[power - 1] };
                basis[power] = lower ^ product(basis[power], other.number);
            }
            scale = product(scale, frame.number ^ other.number);
        }
        let scale = inverse(scale);
        for (power, coefficient) in basis.into_iter().enumerate() {
            let weight = product(coefficient, scale);
            for column in 0..NEEDED {
                data[NEEDED * power + column] ^= product(weight, frame.values[column]);
            }
        }
    }
    Token::Full(u128::from_be_bytes(data))
}

/// The product in GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1.
fn product(mut a: u8, mut b: u8) -> u8 {
    let mut sum = 0;
    while b != 0 {
        if b & 1 != 0 {
            sum ^= a;
        }
        a = a << 1 ^ if a & 0x80 == 0 { 0 } else { 0x1D };
        b >>= 1;
    }
    sum
}

/// What multiplies to 1: the 254th power.
fn inverse(a: u8) -> u8 {
    (0..6).fold(product(a, a), |power, _| {
        let next = product(power, a);
        product(next, next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        canary::{CanaryKind, Mint},
        key::ScanKey,
    };

    fn mint() -> Mint {
        Mint::new(&ScanKey::from_bytes([3; 16]))
    }

    fn token(number: u8) -> Token {
        mint().token(CanaryKind::ZeroWidth, &[number; 32])
    }

    /// A text with a frame behind every word.
    fn marked(token: Token, from: usize, words: usize) -> String {
        let text = token.text(CanaryKind::ZeroWidth);
        (from..from + words).map(|place| format!("word{} ", frame(&text, place))).collect()
    }

    fn found(text: &str) -> Vec<Token> {
        tokens(text, |token| mint().opens(token)).into_iter().map(|(_, token)| token).collect()
    }

    #[test]
    fn inverses() {
        assert!((1..=255).all(|a| product(a, inverse(a)) == 1));
        // Known from the tables of QR codes, which use the same field.
        assert_eq!((product(0x80, 2), product(0x1D, 0x1D)), (0x1D, 0x4C));
    }

    #[test]
    fn any_four_frames_are_enough() {
        for number in 0..40 {
            let token = token(number);
            let text = marked(token, usize::from(number) * 7, 4);
            assert_eq!(found(&text), [token]);
            assert_eq!(found(&marked(token, usize::from(number), 3)), []);
        }
        let whole = marked(token(1), 0, 200);
        let words: Vec<&str> = whole.split_inclusive(' ').collect();
        let scattered = [words[150], words[9], "nothing ", words[9 + 64], words[80], words[3]];
        assert_eq!(found(&scattered.concat()), [token(1)]);
    }

    #[test]
    fn two_copies_give_two_tokens() {
        let text = marked(token(1), 0, 30) + &marked(token(2), 30, 30);
        assert_eq!(found(&text), [token(1), token(2)]);
    }

    #[test]
    fn damaged_and_foreign_frames_give_nothing() {
        let whole = marked(token(1), 0, 50);
        assert_eq!(found(&whole.replace('\u{2060}', "")), []);
        assert_eq!(found(&whole.replace(['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}'], "")), []);
        assert_eq!(found(&"\u{200B}".repeat(10_000)), []);
        let stranger = Token::Full(7);
        assert_eq!(found(&marked(stranger, 0, 50)), []);
        // Any mixture of frames and noise is read to its end.
        let mut state = 1_u64;
        let noise: String = (0..200_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                INVISIBLE[usize::try_from(state >> 62).expect("below 4")]
            })
            .collect();
        assert_eq!(found(&(noise.clone() + &whole)), [token(1)]);
        assert!(frames(&noise).len() > 10);
        assert_eq!(frame("", 3), "");
        assert_eq!(frame(&"a".repeat(17), 3), "");
    }
}
