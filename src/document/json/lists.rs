//! Lists: the arrays of an advisory whose order means nothing.
//!
//! The same search serves the master and a sample, so a list is known by what leads to it from
//! near by, not from the root: a sample may be one vulnerability, or many documents in an array.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use super::{Kind, Value};
use crate::slot::order::ListId;

/// A list with its items, each with what it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) id: ListId,
    pub(crate) items: Vec<Item>,
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The string that it is, or that names it.
    pub(crate) key: String,
    /// The bytes of that string with its quotes.
    pub(crate) key_span: Range<usize>,
    /// All its bytes.
    pub(crate) span: Range<usize>,
}

/// What the items of a list are known by.
#[derive(Clone, Copy)]
enum Known {
    /// Themselves.
    String,
    /// The string of this member.
    Member(&'static str),
}

/// Lists of strings under these two members, the last of which the list is. CSAF calls them sets.
const SETS: [(&str, &str); 9] = [
    ("remediations", "product_ids"),
    ("remediations", "group_ids"),
    ("threats", "product_ids"),
    ("threats", "group_ids"),
    ("flags", "product_ids"),
    ("flags", "group_ids"),
    ("product_groups", "product_ids"),
    ("scores", "products"),
    ("metrics", "products"),
];

/// Lists of strings that are members of an OSV record.
const OSV_SETS: [&str; 3] = ["aliases", "related", "upstream"];

/// All lists of a value whose order means nothing, in byte order of their first items. Lists with
/// two items of one name are left out.
pub(crate) fn lists(root: &Value) -> Vec<List> {
    let mut found = Vec::new();
    search(root, &mut Vec::new(), "", &mut found);
    found.sort_by_key(|list: &List| list.items[0].span.start);
    found
}

fn search<'v>(value: &'v Value, names: &mut Vec<&'v str>, about: &'v str, found: &mut Vec<List>) {
    match &value.kind {
        Kind::Array(items) => {
            let before = found.len();
            here(items, names, about, found);
            // Items that change places hold no lists that do.
            if found.len() == before {
                items.iter().for_each(|item| search(item, names, about, found));
            }
        }
        Kind::Object(members) => {
            let about = value.member("cve").and_then(Value::string).unwrap_or(about);
            for (name, member) in members {
                names.push(name);
                search(member, names, about, found);
                names.pop();
            }
        }
        _ => {}
    }
}

/// Adds the lists that an array is, if any.
fn here(items: &[Value], names: &[&str], about: &str, found: &mut Vec<List>) {
    let Some(last) = names.last().copied() else { return };
    let before = names.len().checked_sub(2).map_or("", |index| names[index]);
    let all: Vec<&Value> = items.iter().collect();
    let mut add = |place: String, items: &[&Value], known: Known| {
        let id = ListId { place, about: about.to_owned() };
        found.extend(list(id, items, known));
    };
    if last == "references" {
        add("references".to_owned(), &all, Known::Member("url"));
    } else if last == "notes" {
        let mut categories: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for note in items {
            if let Some(name) = note.member("category").and_then(Value::string) {
                categories.entry(name).or_default().push(note);
            }
        }
        for (name, notes) in categories {
            add(format!("notes/{name}"), &notes, Known::Member("title"));
        }
    } else if before == "product_status" || SETS.contains(&(before, last)) {
        add(format!("{before}/{last}"), &all, Known::String);
    } else if names.len() == 1 && OSV_SETS.contains(&last) {
        add(last.to_owned(), &all, Known::String);
    }
}

/// A list of at least two items that are all known by different strings.
fn list(id: ListId, items: &[&Value], known: Known) -> Option<List> {
    let mut keys = HashSet::new();
    let item = |item: &&Value| {
        let name = match known {
            Known::String => item,
            Known::Member(name) => item.member(name)?,
        };
        let (key, span) = (name.string()?.to_owned(), item.span.clone());
        keys.insert(key.clone()).then(|| Item { key, key_span: name.span.clone(), span })
    };
    let items = items.iter().map(item).collect::<Option<Vec<_>>>()?;
    (items.len() >= 2).then_some(List { id, items })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::json::parse;

    #[test]
    fn lists_without_meaning() {
        let text = r#"{"document":{"notes":[{"category":"general","title":"b"},
            {"category":"summary","title":"x"},{"category":"general","title":"a"}],
            "references":[{"url":"u2"},{"url":"u1"}]},
            "vulnerabilities":[{"cve":"C-1","product_status":{"fixed":["p","q"]},
            "remediations":[{"product_ids":["p","p"]},{"product_ids":["q","p"]}]}],
            "product_tree":{"branches":[{"name":"n"},{"name":"m"}]},"aliases":["a","b"]}"#;
        let shown: Vec<String> = lists(&parse(text).expect("JSON"))
            .iter()
            .map(|list| {
                let keys: Vec<_> = list.items.iter().map(|item| item.key.as_str()).collect();
                format!("{} {} {}", list.id.place, list.id.about, keys.join(","))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "notes/general  b,a",
                "references  u2,u1",
                "product_status/fixed C-1 p,q",
                "remediations/product_ids C-1 q,p",
                "aliases  a,b",
            ]
        );
    }
}
