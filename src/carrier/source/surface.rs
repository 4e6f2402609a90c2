//! Spellings of source that formatters may undo.

use super::{Offer, Syntax};

pub(super) fn find(_syntax: &Syntax<'_>, _offers: &mut Vec<Offer>) {}
