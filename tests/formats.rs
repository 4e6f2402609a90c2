//! Formats that are not plain text: a marked copy stays what it was, facts stay the same, and the
//! copy reads back from what people make of it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use canarymark::{
    Codebook, Codeword, Format, Law, Master, Part, Reading, RootKey, Sample, SourceFile,
    carrier::CarrierKind,
    copy,
    master::{PlanOptions, plan},
};
use rayon::prelude::*;
use serde_json::Value;

const CORPUS: &str = "../shared/corpora/advisories/csaf";

fn file(name: &str, text: &str) -> SourceFile {
    let format = Format::detect(name, text);
    SourceFile { name: name.to_owned(), part: Part::Description, format, text: text.to_owned() }
}

fn master(name: &str, text: &str) -> Master {
    let carriers = CarrierKind::ALL.to_vec();
    let options = PlanOptions { carriers, ..PlanOptions::default() };
    plan(&[file(name, text)], &options).unwrap_or_else(|error| panic!("{name}: {error}")).master
}

fn words(master: &Master, name: &str, count: usize) -> Vec<Codeword> {
    let key = RootKey::from_bytes([5; 32]).advisory_key("formats", name, 1);
    let codebook = Codebook::new(Law::Half, &master.arities(), &key).expect("a codebook");
    let seed = |number: usize| key.word_key().copy_seed(&format!("r{number}"), None, 1, &[0; 32]);
    (0..count).map(|number| codebook.codeword(&seed(number))).collect()
}

fn stamped(master: &Master, word: &Codeword) -> String {
    copy::stamp(master, word, &Part::ALL).expect("stamps").files.remove(0).text
}

/// Slots that a sample shows as they were stamped, and slots that it shows otherwise.
fn read_back(master: &Master, word: &Codeword, sample: &str) -> (usize, usize) {
    let alignment = master.align(&Sample::new(sample.as_bytes()).expect("small"));
    let (mut right, mut wrong) = (0, 0);
    for (slot, (reading, _)) in alignment.readings.iter().enumerate() {
        match reading {
            Reading::Variant(variant) if *variant == word.variants()[slot] => right += 1,
            Reading::Variant(_) => wrong += 1,
            _ => {}
        }
    }
    (right, wrong)
}

/// Bits that an exact copy is sure to show.
fn bits(master: &Master) -> f64 {
    master.firm_arities().iter().fold(0.0, |bits, arity| bits + f64::from(*arity).log2())
}

const OSV: &str = r#"{
  "schema_version": "1.6.0", "id": "EX-2031-1", "modified": "2031-01-02T00:00:00Z",
  "summary": "Requests prior to login stop heron",
  "details": "An attacker can send a \u201ccrafted\u201d request prior to login.\n\n```sh\nrun prior to it\n```\n\nUse `prior to` with care. The heron service listens on port @@{p: port 20000..36383 = 28080}; an administrator doesn't notice because of the missing log entry. @@{A \"new\" file|A file} appears.",
  "affected": [{"package": {"ecosystem": "crates.io", "name": "heron"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}]}],
  "references": [{"type": "WEB", "url": "https://example.org/port/@@{$p}"}]
}"#;

#[test]
fn osv_details_are_markdown_in_a_string() {
    let master = master("heron.json", OSV);
    let slots = master.slots();
    let kinds: Vec<CarrierKind> = slots.iter().map(|slot| slot.carrier).collect();
    assert!(kinds.contains(&CarrierKind::Fact) && kinds.contains(&CarrierKind::LexicalA));
    for word in words(&master, "osv", 40) {
        let copy = stamped(&master, &word);
        let value: Value = serde_json::from_str(&copy).expect("JSON");
        let details = value["details"].as_str().expect("a string");
        // Code and the summary keep their words, whatever stands in prose.
        assert!(details.contains("```sh\nrun prior to it\n```\n"), "{details}");
        assert!(details.contains(" `prior to` "), "{details}");
        assert_eq!(value["summary"], "Requests prior to login stop heron");
        let url = value["references"][0]["url"].as_str().expect("a string");
        let port = url.strip_prefix("https://example.org/port/").expect("the address");
        assert!(details.contains(&format!("port {port};")), "{details}");
        assert!(
            copy.contains(r"a \u201ccrafted\u201d request"),
            "escapes stay as they were: {copy}"
        );
        // As it stands, and as what a reader sees of it.
        assert_eq!(read_back(&master, &word, details).1, 0);
        let (right, wrong) = read_back(&master, &word, &copy);
        // The one apostrophe says nothing alone.
        assert_eq!((right, wrong), (slots.len() - 1, 0), "{copy}");
    }
}

const CVE: &str = r#"{"dataType": "CVE_RECORD", "dataVersion": "5.1",
  "cveMetadata": {"cveId": "CVE-2031-10001"},
  "containers": {"cna": {"title": "Requests prior to login stop heron",
    "descriptions": [{"lang": "en",
      "value": "An attacker can send a crafted request prior to login & stop the worker.",
      "supportingMedia": [{"type": "text/html", "base64": false,
        "value": "<p class=\"prior to\">An attacker can send a crafted <b>request</b> prior to login &amp; stop the worker.</p>\u003cimg alt='prior to'>"},
        {"type": "image/png", "base64": true, "value": "cHJpb3IgdG8="}]}],
    "workarounds": [{"lang": "en",
      "value": "Users are able to turn port @@{p: port 20000..36383} off until the update is available.",
      "supportingMedia": [{"type": "text/html",
        "value": "Users are able to turn port @@{$p} off until the update is&nbsp;available."}]}]}}}"#;

#[test]
fn cve_records_say_the_same_in_every_medium() {
    let master = master("cve.json", CVE);
    let slots = master.slots();
    assert!(slots.len() >= 3, "{slots:?}");
    assert!(slots.iter().all(|slot| slot.sites.len() == 2), "{slots:?}");
    for word in words(&master, "cve", 40) {
        let copy = stamped(&master, &word);
        let value: Value = serde_json::from_str(&copy).expect("JSON");
        let cna = &value["containers"]["cna"];
        assert_eq!(cna["title"], "Requests prior to login stop heron");
        let mut shown = Vec::new();
        for field in ["descriptions", "workarounds"] {
            let plain = cna[field][0]["value"].as_str().expect("a string");
            let html = cna[field][0]["supportingMedia"][0]["value"].as_str().expect("a string");
            let bare = html.replace("<p class=\"prior to\">", "").replace("</p>", "");
            let bare = bare.replace("<b>", "").replace("</b>", "").replace("&amp;", "&");
            let bare = bare
                .replace("<img alt='prior to'>", "")
                .replace("&nbsp;", " ")
                .replace("&#160;", " ");
            assert_eq!(bare, plain);
            shown.push((plain.to_owned(), format!("<html>{html}</html>")));
        }
        assert!(copy.contains(r"</p>\u003cimg alt='prior to'>"), "{copy}");
        // The record, and either medium alone.
        let plain = shown.iter().map(|(plain, _)| plain.as_str()).collect::<Vec<_>>().join("\n\n");
        let html = shown.iter().map(|(_, html)| html.as_str()).collect::<String>();
        for sample in [&copy, &plain, &html] {
            assert_eq!(read_back(&master, &word, sample), (slots.len(), 0), "{sample}");
        }
    }
}

#[test]
fn a_stored_master_keeps_its_pieces() {
    let before = master("heron.json", OSV);
    let after = Master::from_json(&before.to_json()).expect("reads");
    assert_eq!(before.to_json(), after.to_json());
    let word = &words(&before, "osv", 1)[0];
    assert_eq!(stamped(&before, word), stamped(&after, word));
    let text = before.to_json();
    for (from, to) in
        [("json markdown", "json mark"), ("\"pieces\":[[", "\"pieces\":[[1,2,\"\"],[")]
    {
        assert!(text.contains(from));
        assert!(Master::from_json(&text.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn mistakes_in_json_say_where() {
    let problem = |text: &str| {
        let error = plan(&[file("a.json", text)], &PlanOptions::default()).expect_err(text);
        error.to_string()
    };
    assert_eq!(
        problem("{\"a\": 1,\n  a}"),
        "a.json:2:3: expected the name of a member in quotes, found `a`"
    );
    assert_eq!(problem(r#"{"a": 1, "a": 2}"#), "a.json:1:10: the member `a` stands here twice");
    assert!(problem(r#"["\ud800"]"#).starts_with("a.json:1:2: a string with"));
    assert!(problem(&"[".repeat(100_000)).ends_with("nested more than 128 deep"));
    assert_eq!(problem("{\"x\":\n\"a @@{b|b}\"}"), "a.json:2:2: the variant `b` is listed twice");
}

#[test]
fn json_of_no_known_format_changes_where_declared() {
    let text =
        r#"{"note": "An attacker can crash it prior to login.", "p": "@@{port 2000..3000}"}"#;
    let master = master("a.json", text);
    assert_eq!(master.slots().len(), 1);
    let word = &words(&master, "json", 1)[0];
    let copy: Value = serde_json::from_str(&stamped(&master, word)).expect("JSON");
    assert_eq!(copy["note"], "An attacker can crash it prior to login.");
}

// --- order of lists ---

const STATUS: &str = r#"{"document": {"csaf_version": "2.0", "references": [
    {"category": "self", "summary": "one", "url": "https://a.example/1"},
    {"category": "external", "summary": "two", "url": "https://a.example/2"},
    {"category": "external", "summary": "three", "url": "https://a.example/3"}]},
  "vulnerabilities": [
    {"cve": "CVE-2031-1", "product_status": {
      "known_affected": ["P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-7", "P-8", "P-9"],
      "fixed": ["P-10", "P-11", "P-12"]},
     "remediations": [{"category": "mitigation", "details": "Use it with care.",
       "product_ids": ["P-1", "P-2", "P-3", "P-4"]},
       {"category": "vendor_fix", "details": "Update.", "product_ids": ["P-1", "P-2", "P-3", "P-4"]}]},
    {"cve": "CVE-2031-2", "product_status": {"known_affected": ["P-1", "P-2", "P-3", "P-4"]}}]}"#;

fn order_readings(master: &Master, sample: &str) -> Vec<Reading> {
    let alignment = master.align(&Sample::new(sample.as_bytes()).expect("small"));
    let readings = alignment.readings.iter().zip(master.slots());
    readings.filter(|(_, s)| !s.is_text()).map(|((reading, _), _)| reading.clone()).collect()
}

#[test]
fn lists_show_the_word_in_their_order() {
    let master = master("a.json", STATUS);
    let orders = || master.slots().iter().filter(|slot| !slot.is_text());
    let arities: Vec<u32> = orders().map(canarymark::slot::Slot::arity).collect();
    assert_eq!(arities, [6, 24, 120, 6, 24, 24, 24]);
    let again = Master::from_json(&master.to_json()).expect("reads");
    for word in words(&master, "order", 20) {
        let slots = master.slots().iter().zip(word.variants());
        let all: Vec<Reading> =
            slots.filter(|(s, _)| !s.is_text()).map(|(_, v)| Reading::Variant(*v)).collect();
        let copy = stamped(&master, &word);
        assert_eq!(copy, stamped(&again, &word));
        assert_eq!(order_readings(&master, &copy), all);
        // Members sorted and written without white space, as one of several documents.
        let mut value: Value = serde_json::from_str(&copy).expect("JSON");
        assert_eq!(order_readings(&master, &format!("[1, {value}]")), all);
        // One vulnerability alone.
        let one = order_readings(&master, &value["vulnerabilities"][0].to_string());
        assert_eq!(one[1..6], all[1..6]);
        assert_eq!((&one[0], &one[6]), (&Reading::Erased, &Reading::Erased));
        // A product that somebody took out of one list leaves four of its 24 orders.
        let fixed = value["vulnerabilities"][1]["product_status"]["known_affected"].as_array_mut();
        fixed.expect("a list").remove(1);
        let cut = order_readings(&master, &value.to_string());
        assert_eq!(cut[..6], all[..6]);
        match (&cut[6], &all[6]) {
            (Reading::OneOf(some), Reading::Variant(one)) => {
                assert!(some.len() == 4 && some.contains(one), "{some:?}");
            }
            other => panic!("{other:?}"),
        }
        // Two lists of one id where the master has one, and they disagree.
        let mut twice = [value.clone(), value.clone()];
        twice[0]["document"]["references"].as_array_mut().expect("a list").reverse();
        let twice = order_readings(&master, &Value::from(twice.to_vec()).to_string());
        assert_eq!(twice[0], Reading::Erased);
        assert_eq!(twice[1..6], all[1..6]);
    }
}

#[test]
fn sorted_lists_are_no_evidence() {
    fn sort(value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.sort_by_key(|item| {
                    item["url"].as_str().map_or(item.to_string(), str::to_owned)
                });
                items.iter_mut().for_each(sort);
            }
            Value::Object(members) => members.values_mut().for_each(sort),
            _ => {}
        }
    }
    let master = master("a.json", STATUS);
    let word = &words(&master, "order", 1)[0];
    let mut value: Value = serde_json::from_str(&stamped(&master, word)).expect("JSON");
    sort(&mut value);
    let readings = order_readings(&master, &value.to_string());
    assert!(readings.iter().all(|reading| *reading == Reading::Erased), "{readings:?}");
    // Few lists may come out sorted by chance, so they are not counted on.
    let few =
        r#"{"document": {"csaf_version": "2.0", "references": [{"url": "a"}, {"url": "b"}]}}"#;
    let few = self::master("few.json", few);
    assert_eq!((few.slots().len(), few.firm_arities().len()), (1, 0));
    // An item that is known by what differs from copy to copy has no place of its own.
    for declared in ["@@{port 1..400}", "@@{canary}"] {
        let text = format!(
            r#"{{"document": {{"csaf_version": "2.0", "references": [{{"url": "{declared}"}}, {{"url": "b"}}]}}}}"#
        );
        let known = self::master("known.json", &text);
        assert!(known.slots().iter().all(canarymark::slot::Slot::is_text), "{declared}");
    }
    assert_eq!(master.firm_arities().len(), master.slots().len());
}

// --- CSAF ---

/// All documents of the corpus with their masters, or `None` with a message.
fn csaf() -> Option<&'static [(String, String, Master)]> {
    static DOCUMENTS: OnceLock<Vec<(String, String, Master)>> = OnceLock::new();
    if !Path::new(CORPUS).is_dir() {
        eprintln!("skipped: {CORPUS} is not there");
        return None;
    }
    Some(DOCUMENTS.get_or_init(|| {
        let documents = files().into_par_iter();
        documents.map(|(name, text)| (name.clone(), text.clone(), master(&name, &text))).collect()
    }))
}

fn files() -> Vec<(String, String)> {
    let mut documents: Vec<_> = fs::read_dir(CORPUS)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("text"))
        })
        .collect();
    documents.sort();
    documents
}

/// Everything in a CSAF document that is not prose: each leaf but those whose last member is a
/// text that people wrote, with its path. Sets are compared as sets.
fn facts(value: &Value, path: &str, facts: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let prose = match name.as_str() {
                    "text" => members.get("category").is_none_or(|c| c != "legal_disclaimer"),
                    "details" => true,
                    "summary" => path.contains("revision_history") || path.contains("involvements"),
                    _ => false,
                };
                let path = format!("{path}/{name}");
                match member {
                    Value::String(_) if prose => drop(facts.insert(path, "prose".to_owned())),
                    _ => self::facts(member, &path, facts),
                }
            }
        }
        Value::Array(items) => {
            let last = path.rsplit('/').next().expect("a member");
            let set = path.contains("/product_status/")
                || matches!(last, "references" | "product_ids" | "products" | "group_ids");
            let name = |index: usize, item: &Value| match item {
                _ if !set && last != "notes" => index.to_string(),
                Value::String(text) => text.clone(),
                note if last == "notes" => match note["title"].as_str() {
                    Some(title) => format!("{} {title}", note["category"]),
                    None => index.to_string(),
                },
                item => item["url"].to_string(),
            };
            for (index, item) in items.iter().enumerate() {
                self::facts(item, &format!("{path}/{}", name(index, item)), facts);
            }
        }
        leaf => drop(facts.insert(path.to_owned(), leaf.to_string())),
    }
}

fn facts_of(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    facts(&serde_json::from_str(text).expect("JSON"), "", &mut found);
    found
}

/// What tools pick out of prose: numbers, versions, identifiers and addresses.
fn tokens(text: &str) -> Vec<String> {
    let pattern = r"https?://[^\s)\x22]+|[A-Z]{2,}-\d[\w:.-]*|\d+(?:\.\d+)+|\b\d+\b";
    let pattern = regex::Regex::new(pattern).expect("a pattern");
    pattern.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn csaf_copies_keep_every_fact() {
    let Some(documents) = csaf() else { return };
    let rows = documents.par_iter().map(|(name, text, master)| {
        for word in words(master, name, 3) {
            let copy = stamped(master, &word);
            assert_eq!(facts_of(text), facts_of(&copy), "{name}");
            let (mut before, mut after) = (tokens(text), tokens(&copy));
            before.sort();
            after.sort();
            assert_eq!(before, after, "{name}");
            let (right, wrong) = read_back(master, &word, &copy);
            assert_eq!(wrong, 0, "{name}");
            assert!(right >= master.firm_arities().len(), "{name}: {right} slots read");
            // Written anew by a tool that sorts members.
            let value: Value = serde_json::from_str(&copy).expect("JSON");
            let (again, wrong) = read_back(master, &word, &value.to_string());
            // Where two notes begin alike, one may be taken for the other's once their order changed.
            assert!(wrong == 0 && again * 50 >= right * 49, "{name}: {again} of {right}, {wrong}");
        }
        let slots = master.slots().iter();
        let orders: Vec<f64> =
            slots.filter(|slot| !slot.is_text()).map(|s| f64::from(s.arity()).log2()).collect();
        let order = orders.iter().sum::<f64>() + 0.0;
        let slots = master.slots().len();
        format!("{name:60} {slots:4} slots {:6.1} bits, in order {order:6.1}", bits(master))
    });
    eprintln!("{}", rows.collect::<Vec<_>>().join("\n"));
}

const VALIDATE: &str = r#"
import { readFileSync, readdirSync } from 'fs'
const lib = process.argv[2], folder = process.argv[3]
const two = p => import(`${lib}/${p}.js`)
const validate = (await two('validate')).default
const sets = {
  '2.0': [await two('schemaTests'), await two('mandatoryTests')],
  '2.1': [await two('csaf_2_1/schemaTests'), await two('csaf_2_1/mandatoryTests')],
}
for (const name of readdirSync(folder).sort()) {
  const document = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
  const version = document.document.csaf_version
  const tests = sets[version].flatMap(set => Object.values(set))
  const result = await validate(tests, document)
  const failed = result.tests.filter(test => !test.isValid).map(test => test.name).sort()
  console.log(JSON.stringify([name, result.isValid, failed]))
}
"#;

/// The findings of the CSAF validator for every file of a folder, or `None` with a message.
fn validated(folder: &Path) -> Option<BTreeMap<String, Value>> {
    let library = env::var_os("CSAF_VALIDATOR").map(PathBuf::from)?;
    let script = folder.parent().expect("a parent").join("validate.mjs");
    fs::write(&script, VALIDATE).expect("writes");
    let run = Command::new("node").arg(&script).arg(library).arg(folder).output().ok()?;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).expect("text");
    let line = |line: &str| {
        let found: Value = serde_json::from_str(line).expect("JSON");
        (found[0].as_str().expect("a name").to_owned(), found)
    };
    Some(lines.lines().map(line).collect())
}

#[test]
fn csaf_copies_are_as_valid_as_their_masters() {
    let Some(documents) = csaf() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    for path in [&before, &after] {
        fs::create_dir(path).expect("a folder");
    }
    for (name, text, master) in documents {
        let word = &words(master, name, 3)[2];
        fs::write(before.join(name), text).expect("writes");
        fs::write(after.join(name), stamped(master, word)).expect("writes");
    }
    let (Some(before), Some(after)) = (validated(&before), validated(&after)) else {
        eprintln!("skipped: no node, or CSAF_VALIDATOR does not name the validator library");
        return;
    };
    assert_eq!(before, after);
    let valid = before.values().filter(|found| found[1] == true).count();
    eprintln!("{valid} of {} masters are valid; every copy as its master", before.len());
    assert!(valid > 0);
}

/// A comment of five words may have four in a copy, and is then no sentence to anybody.
#[test]
fn comments_may_grow_shorter() {
    let text = "run() {\n\teval \"$1\"\n}\n\n# Figure out what to target\nrun ls\n";
    let (name, part) = ("a.sh".to_owned(), Part::Testcode);
    let file = SourceFile { name, part, format: Format::Source, text: text.to_owned() };
    let master = plan(&[file], &PlanOptions::default()).unwrap().master;
    let [slot] = master.slots() else { panic!("{:?}", master.slots()) };
    let shown = (0..slot.arity()).map(|variant| {
        let word = Codeword::new(vec![u16::try_from(variant).unwrap()]);
        copy::stamp(&master, &word, &[Part::Testcode]).unwrap().files.remove(0).text
    });
    assert!(shown.into_iter().any(|text| text.contains("# Determine what")));
}
