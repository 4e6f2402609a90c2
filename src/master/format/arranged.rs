//! Arrangements in a stored master.

use serde::{Deserialize, Serialize};

use super::WireSite;
use crate::slot::{Piece, Variants};

/// A piece of an arrangement: first and last byte kept, or new text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum WirePiece {
    Kept([usize; 2]),
    Text(String),
}

/// What is stored of the variants of an arrangement.
pub(super) fn wire(variants: &[Vec<Piece>]) -> Vec<Vec<WirePiece>> {
    let piece = |piece: &Piece| match piece {
        Piece::Kept(span) => WirePiece::Kept([span.start, span.end]),
        Piece::Text(text) => WirePiece::Text(text.clone()),
    };
    variants.iter().map(|pieces| pieces.iter().map(piece).collect()).collect()
}

/// The most variants of an arrangement.
const MAX_ARRANGED: usize = 16;

/// The variants of an arrangement, if they fit its site.
pub(super) fn read(
    variants: Vec<Vec<WirePiece>>,
    text: &str,
    site: &WireSite,
    sites: usize,
) -> Result<Variants, String> {
    if sites != 1 || !(2..=MAX_ARRANGED).contains(&variants.len()) {
        return Err(format!("an arrangement has one site and 2 to {MAX_ARRANGED} variants"));
    }
    let piece = |piece| match piece {
        WirePiece::Text(text) => Ok(Piece::Text(text)),
        WirePiece::Kept([start, end]) => {
            let inside = site.start <= start && start <= end && end <= site.end;
            let kept = inside.then(|| text.get(start..end)).flatten();
            kept.ok_or("it keeps bytes outside its site")?;
            Ok(Piece::Kept(start..end))
        }
    };
    let variants = variants.into_iter().map(|pieces| pieces.into_iter().map(piece).collect());
    let variants: Vec<Vec<Piece>> = variants.collect::<Result<_, String>>()?;
    if variants[0] != [Piece::Kept(site.start..site.end)] {
        return Err("its first variant is not the master as it is".to_owned());
    }
    Ok(Variants::Arranged(variants))
}
