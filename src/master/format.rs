//! The format `canarymark/master/v1`: one JSON object with documents and slots.
//!
//! ```json
//! {"schema":"canarymark/master/v1","documents":[{"name":"a.md","part":"description",
//! "format":"markdown","text":"Upgrade prior to use."}],"slots":[{"id":"5f0e21aa",
//! "carrier":"lexical-a","fact":null,"sites":[{"file":0,"start":8,"end":16,
//! "texts":["prior to","before"]}]}]}
//! ```
//!
//! (Written on one line.) Canaries, where there are any, stand behind the slots:
//! `"canaries":[{"name":"m","kind":"base32","sites":[[0,40,66]]}]`, each site as file, start and end.
//! The reader refuses unknown fields, unknown versions, and slots that do not fit their documents.

mod arranged;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Master;
use crate::{
    advisory::NameError,
    canary::{CanaryKind, Token},
    document::{Document, Format, MAX_DOCUMENT_BYTES, Piece},
    markup::fact::Fact,
    slot::{
        CanarySlot, Order, Site, Slot, Variants,
        order::{ListId, MAX_ITEMS},
    },
};

/// The name and version of the format.
const SCHEMA: &str = "canarymark/master/v1";

/// Why text is not a master.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MasterError {
    /// Not the JSON of this format.
    #[error("a stored master is damaged")]
    Json(#[from] serde_json::Error),
    /// Another format or version.
    #[error("a stored master is `{}`, this version reads `{SCHEMA}`", .found.escape_debug())]
    Schema {
        /// What it says it is.
        found: String,
    },
    /// A document that cannot be.
    #[error("document {document} of a stored master: {problem}")]
    Document {
        /// Its index.
        document: usize,
        /// What is wrong.
        problem: String,
    },
    /// A canary that does not fit the documents.
    #[error("canary {canary} of a stored master: {problem}")]
    Canary {
        /// Its index.
        canary: usize,
        /// What is wrong.
        problem: String,
    },
    /// A slot that does not fit the documents.
    #[error("slot {slot} of a stored master: {problem}")]
    Slot {
        /// Its index.
        slot: usize,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMaster {
    schema: String,
    documents: Vec<WireDocument>,
    slots: Vec<WireSlot>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    canaries: Vec<WireCanary>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCanary {
    name: String,
    kind: String,
    sites: Vec<(usize, usize, usize)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireDocument {
    name: String,
    part: String,
    format: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// The grammar that its slots were found with; nothing is parsed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grammar: Option<String>,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pieces: Option<Vec<WirePiece>>,
}

/// First byte, one past the last, and writing, role and joint in one word.
type WirePiece = (usize, usize, String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSlot {
    id: String,
    carrier: String,
    fact: Option<WireFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<WireOrder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arranged: Option<Vec<Vec<arranged::WirePiece>>>,
    sites: Vec<WireSite>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireOrder {
    place: String,
    about: String,
    turn: usize,
    turns: usize,
    /// What each item is known by, its first byte and one past its last.
    items: Vec<(String, usize, usize)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFact {
    body: String,
    default: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSite {
    file: usize,
    start: usize,
    end: usize,
    texts: Vec<String>,
}

impl Master {
    /// The master as text; the same master always gives the same bytes.
    pub fn to_json(&self) -> String {
        let documents = self.documents.iter().map(|document| WireDocument {
            name: document.name().to_owned(),
            part: document.part().as_str().to_owned(),
            format: document.format().as_str().to_owned(),
            language: document.language().map(|language| language.as_str().to_owned()),
            grammar: document.grammar().map(str::to_owned),
            text: document.file().to_owned(),
            pieces: document.pieces().map(|pieces| pieces.iter().map(wire_piece).collect()),
        });
        let wire = WireMaster {
            schema: SCHEMA.to_owned(),
            documents: documents.collect(),
            slots: self.slots.iter().map(wire_slot).collect(),
            canaries: self.canaries.iter().map(wire_canary).collect(),
        };
        serde_json::to_string(&wire).expect("strings and numbers always serialise")
    }

    /// The slot list alone, as it stands in [`Master::to_json`].
    pub fn slot_list(&self) -> String {
        let slots: Vec<WireSlot> = self.slots.iter().map(wire_slot).collect();
        serde_json::to_string(&slots).expect("strings and numbers always serialise")
    }

    /// Reads what [`Master::to_json`] wrote.
    ///
    /// # Errors
    /// [`MasterError`], with the document or slot that is wrong.
    pub fn from_json(text: &str) -> Result<Self, MasterError> {
        let wire: WireMaster = serde_json::from_str(text)?;
        if wire.schema != SCHEMA {
            return Err(MasterError::Schema { found: wire.schema });
        }
        let mut documents = Vec::new();
        for (index, document) in wire.documents.into_iter().enumerate() {
            documents.push(
                read_document(document)
                    .map_err(|problem| MasterError::Document { document: index, problem })?,
            );
        }
        let mut slots = Vec::new();
        for (index, slot) in wire.slots.into_iter().enumerate() {
            let slot = read_slot(slot, &documents)
                .map_err(|problem| MasterError::Slot { slot: index, problem })?;
            slots.push(slot);
        }
        let mut canaries: Vec<CanarySlot> = Vec::new();
        for (index, canary) in wire.canaries.into_iter().enumerate() {
            let canary = read_canary(canary, &documents, &canaries)
                .map_err(|problem| MasterError::Canary { canary: index, problem })?;
            canaries.push(canary);
        }
        check_overlaps(&documents, &slots, &canaries)?;
        Ok(Self::new(documents, slots, canaries))
    }
}

fn wire_piece(piece: &Piece) -> WirePiece {
    (piece.raw.start, piece.raw.end, piece.kind())
}

fn wire_slot(slot: &Slot) -> WireSlot {
    let fact = match &slot.variants {
        Variants::Fact(fact) => Some(WireFact { body: fact.body(), default: fact.text(0) }),
        _ => None,
    };
    let order = match &slot.variants {
        Variants::Order(order) => Some(wire_order(order)),
        _ => None,
    };
    let sites = slot.sites.iter().map(|site| WireSite {
        file: site.file,
        start: site.span.start,
        end: site.span.end,
        texts: site.texts.clone(),
    });
    WireSlot {
        id: slot.id.clone(),
        carrier: slot.carrier.as_str().to_owned(),
        fact,
        order,
        arranged: match &slot.variants {
            Variants::Arranged(variants) => Some(arranged::wire(variants)),
            _ => None,
        },
        sites: sites.collect(),
    }
}

fn wire_order(order: &Order) -> WireOrder {
    let item = |(key, span): &(String, Range<usize>)| (key.clone(), span.start, span.end);
    WireOrder {
        place: order.list.place.clone(),
        about: order.list.about.clone(),
        turn: order.turn.0,
        turns: order.turn.1,
        items: order.items.iter().map(item).collect(),
    }
}

fn read_order(wire: WireOrder) -> Result<Order, String> {
    if !(2..=MAX_ITEMS).contains(&wire.items.len()) {
        return Err(format!("an order has 2 to {MAX_ITEMS} items"));
    }
    if wire.turn >= wire.turns {
        return Err("its list is beyond the last one".to_owned());
    }
    let items = wire.items.into_iter().map(|(key, start, end)| (key, start..end)).collect();
    let list = ListId { place: wire.place, about: wire.about };
    Ok(Order { list, turn: (wire.turn, wire.turns), items })
}

fn read_document(wire: WireDocument) -> Result<Document, String> {
    if wire.text.len() > MAX_DOCUMENT_BYTES {
        return Err(format!("{} bytes, at most {MAX_DOCUMENT_BYTES}", wire.text.len()));
    }
    let part = wire.part.parse().map_err(|error| format!("{error}"))?;
    let format: Format = wire.format.parse().map_err(|error| format!("{error}"))?;
    let Some(pieces) = wire.pieces else {
        if format.is_wrapped() {
            return Err("its pieces are missing".to_owned());
        }
        let language = wire.language.map(|language| language.parse());
        let language = language.transpose().map_err(|error: NameError| error.to_string())?;
        if language.is_some() && format != Format::Source {
            return Err("only source has a language".to_owned());
        }
        let mut document = Document::in_language(wire.name, part, format, language, wire.text);
        document.set_grammar(wire.grammar);
        return Ok(document);
    };
    if !format.is_wrapped() {
        return Err(format!("{format} has no pieces"));
    }
    let piece = |(start, end, kind): &WirePiece| Piece::of_kind(*start..*end, kind);
    let pieces =
        pieces.iter().map(piece).collect::<Option<_>>().ok_or("an unknown kind of piece")?;
    Document::wrapped(wire.name, part, format, wire.text, pieces)
        .ok_or_else(|| "its pieces are not in its text".to_owned())
}

fn read_slot(wire: WireSlot, documents: &[Document]) -> Result<Slot, String> {
    let carrier = wire.carrier.parse().map_err(|error| format!("{error}"))?;
    let first = wire.sites.first().ok_or("it has no site")?;
    if let Some(order) = wire.order {
        let order = read_order(order)?;
        let [site] = &wire.sites[..] else { return Err("an order has one site".to_owned()) };
        let document = documents.get(site.file).ok_or("its file does not exist")?;
        if !order.items.iter().all(|(_, span)| document.file().get(span.clone()).is_some()) {
            return Err("its items are not in the file".to_owned());
        }
        let span = site.start..site.end;
        let whole = order.items[0].1.start..order.items[order.items.len() - 1].1.end;
        if wire.fact.is_some() || !site.texts.is_empty() || span != whole {
            return Err("an order has no texts, and the site of its items".to_owned());
        }
        let sites = vec![Site { file: site.file, span, texts: Vec::new() }];
        return Ok(Slot { id: wire.id, carrier, variants: Variants::Order(order), sites });
    }
    let variants = match (&wire.fact, wire.arranged) {
        (Some(fact), None) => {
            let fact = Fact::parse(&fact.body, Some(&fact.default));
            Variants::Fact(fact.map_err(|error| error.to_string())?)
        }
        (None, None) => {
            let count =
                u32::try_from(first.texts.len()).ok().filter(|count| (2..=65_536).contains(count));
            Variants::Listed(count.ok_or("it needs 2 to 65536 variants")?)
        }
        (None, Some(variants)) => {
            let text = documents.get(first.file).ok_or("its file does not exist")?.text();
            arranged::read(variants, text, first, wire.sites.len())?
        }
        (Some(_), Some(_)) => return Err("it is a fact and arranged".to_owned()),
    };
    let listed = if matches!(variants, Variants::Listed(_)) { first.texts.len() } else { 0 };
    let mut sites = Vec::new();
    for site in wire.sites {
        let document = documents.get(site.file).ok_or("its file does not exist")?;
        let text = document.text();
        let span = site.start..site.end;
        let here = text.get(span.clone()).ok_or("its bytes are not in the file")?;
        if document.file_span(&span).is_none() {
            return Err("its bytes cannot be written back into the file".to_owned());
        }
        if site.texts.len() != listed {
            return Err("its sites list different numbers of variants".to_owned());
        }
        let first = match &variants {
            Variants::Listed(_) => site.texts[0].clone(),
            Variants::Fact(fact) => fact.text(0),
            Variants::Arranged(_) => here.to_owned(),
            Variants::Order(_) => unreachable!("orders were read above"),
        };
        if first != here {
            return Err("variant 0 is not what the master says".to_owned());
        }
        sites.push(Site { file: site.file, span, texts: site.texts });
    }
    Ok(Slot { id: wire.id, carrier, variants, sites })
}

fn wire_canary(canary: &CanarySlot) -> WireCanary {
    let site = |site: &Site| (site.file, site.span.start, site.span.end);
    WireCanary {
        name: canary.name.clone(),
        kind: canary.kind.as_str().to_owned(),
        sites: canary.sites.iter().map(site).collect(),
    }
}

fn read_canary(
    wire: WireCanary,
    documents: &[Document],
    others: &[CanarySlot],
) -> Result<CanarySlot, String> {
    let kind: CanaryKind = wire.kind.parse().map_err(|error| format!("{error}"))?;
    if wire.name.is_empty() || others.iter().any(|other| other.name == wire.name) {
        return Err("its name is empty or taken".to_owned());
    }
    let mut sites = Vec::new();
    let mut first = None;
    for (file, start, end) in wire.sites {
        let document = documents.get(file).ok_or("its file does not exist")?;
        let here = document.text().get(start..end).ok_or("its bytes are not in the file")?;
        document.file_span(&(start..end)).ok_or("its bytes are not in one piece of the file")?;
        let is_token = match kind {
            // The master shows no frames.
            CanaryKind::ZeroWidth => here.is_empty(),
            _ => Token::parse(here).is_some_and(|token| token.text(kind) == here),
        };
        if !is_token || *first.get_or_insert(here) != here {
            return Err("the master shows no token there, or several".to_owned());
        }
        sites.push(Site { file, span: start..end, texts: Vec::new() });
    }
    if sites.is_empty() {
        return Err("it has no site".to_owned());
    }
    Ok(CanarySlot { name: wire.name, kind, sites })
}

/// Sites stand apart, or one inside bytes that every other variant of an arrangement keeps.
fn check_overlaps(
    documents: &[Document],
    slots: &[Slot],
    canaries: &[CanarySlot],
) -> Result<(), MasterError> {
    for (file, document) in documents.iter().enumerate() {
        let mut spans = Vec::new();
        let mut items = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            let sites = slot.sites.iter().filter(|site| site.file == file);
            if let Variants::Order(order) = &slot.variants {
                let spans = order.items.iter().filter(|_| slot.sites[0].file == file);
                items.extend(spans.map(|(_, span)| (span.start, span.end, index)));
                continue;
            }
            spans.extend(sites.map(|site| (site.span.clone(), index)));
        }
        let tokens = canaries.iter().flat_map(|canary| &canary.sites);
        let tokens = tokens.filter(|site| site.file == file);
        // Behind all slots, so that an overlap with one names that.
        spans.extend(tokens.clone().map(|site| (site.span.clone(), slots.len())));
        // A bound of an item inside a site would cut what is written there.
        let in_file = |site: &Site| document.file_span(&site.span);
        let text = slots.iter().filter(|slot| slot.is_text());
        let text = text.flat_map(|slot| &slot.sites).filter(|site| site.file == file);
        let text = text.chain(tokens);
        let written: Vec<Range<usize>> = text.filter_map(in_file).collect();
        let cut = |at: usize| written.iter().any(|span| span.start < at && at < span.end);
        if let Some(item) = items.iter().find(|item| cut(item.0) || cut(item.1)) {
            let problem = "its items cut another slot".to_owned();
            return Err(MasterError::Slot { slot: item.2, problem });
        }
        items.sort_unstable();
        if let Some(pair) = items.windows(2).find(|pair| pair[0].1 > pair[1].0) {
            let problem = "its items overlap others".to_owned();
            return Err(MasterError::Slot { slot: pair[1].2, problem });
        }
        spans.sort_unstable_by_key(|(span, index)| {
            (span.start, !span.is_empty(), std::cmp::Reverse(span.end), *index)
        });
        let mut open: Vec<(Range<usize>, usize)> = Vec::new();
        for (span, index) in spans {
            while open.last().is_some_and(|(outer, _)| outer.end <= span.start) {
                open.pop();
            }
            let fits = |(outer, of): &(Range<usize>, usize)| {
                slots.get(*of).is_some_and(|slot| slot.keeps(&span, outer))
            };
            if open.last().is_some_and(|outer| !fits(outer)) || open.len() > MAX_NESTED {
                let problem = "it overlaps another slot".to_owned();
                return Err(MasterError::Slot { slot: index.min(open[open.len() - 1].1), problem });
            }
            open.push((span, index));
        }
    }
    Ok(())
}

/// The most arrangements around a site.
const MAX_NESTED: usize = 8;
