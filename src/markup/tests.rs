use super::*;

fn resolved(text: &str) -> Resolved {
    resolve(&[("a.md", text)]).expect(text)
}

fn mistake(text: &str) -> String {
    resolve(&[("a.md", text)]).expect_err(text).to_string()
}

#[test]
fn declared_variants_and_escapes() {
    let r = resolved(r"A @@{ crafted | specially \| c\}rafted } request, @@@{x}.");
    assert_eq!(r.texts, ["A crafted request, @@{x}."]);
    assert_eq!(r.slots[0].sites[0].texts, ["crafted", "specially | c}rafted"]);
    assert_eq!(r.slots[0].sites[0].span, 2..9);
}

#[test]
fn a_default_becomes_variant_0() {
    let r = resolved(r"@@{one|two|three = two} @@{a \= b|c}");
    assert_eq!(r.slots[0].sites[0].texts, ["two", "one", "three"]);
    assert_eq!(r.slots[1].sites[0].texts, ["a = b", "c"]);
}

#[test]
fn a_named_value_is_one_slot_in_many_files() {
    let files =
        [("a.md", "listens on port @@{$p}."), ("b.py", "PORT = @@{p: port 20000..36383 = 28080}")];
    let r = resolve(&files).expect("resolves");
    assert_eq!(r.texts, ["listens on port 28080.", "PORT = 28080"]);
    assert_eq!(r.slots.len(), 1);
    assert_eq!(r.slots[0].id, "p");
    assert_eq!(r.slots[0].sites.iter().map(|site| site.file).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn an_optional_sentence_takes_one_space_with_it() {
    let r = resolved("It stops. @@{? It restarts.} Done.\n@@{? Really.} Yes.");
    assert_eq!(r.texts, ["It stops. It restarts. Done.\nReally. Yes."]);
    assert_eq!(r.slots[0].sites[0].texts, [" It restarts.", ""]);
    assert_eq!(r.slots[1].sites[0].texts, ["Really. ", ""]);
    for slot in &r.slots {
        let site = &slot.sites[0];
        assert_eq!(r.texts[0][site.span.clone()], site.texts[0]);
    }
}

#[test]
fn optional_sentences_side_by_side_share_no_space() {
    let r = resolved("@@{? One.} @@{? Two.} Three.");
    assert_eq!(r.texts, ["One. Two. Three."]);
    let spans: Vec<_> = r.slots.iter().map(|slot| slot.sites[0].span.clone()).collect();
    assert_eq!(spans, [0..5, 5..10]);
}

#[test]
fn mistakes_name_file_line_and_column() {
    assert!(mistake("x\nüb @@{a|b\n}").starts_with("a.md:2:4: expected `}`"));
    assert!(mistake("@@{a|@@{b}}").contains("a.md:1:1: markup inside"));
    assert!(mistake("@@{}").contains("empty markup"));
    assert!(mistake("@@{$p}").contains("not declared"));
    assert!(
        mistake("@@{p: pid} @@{p: pid}")
            .contains("a.md:1:12: the name `p` is declared already, at a.md:1:1")
    );
    assert!(mistake("@@{a|b|a}").contains("listed twice"));
    assert!(mistake("@@{a|b = c}").contains("none of the variants"));
    assert!(mistake("@@{colour}").contains("not a kind of value"));
    assert!(mistake("@@{hex 9}").contains("65,536"));
    assert!(mistake("@@{$1}").contains("is not a name"));
}

#[test]
fn windows_line_ends_and_multibyte_columns() {
    assert!(mistake("é\r\né @@{").starts_with("a.md:2:3: "));
}

#[test]
fn a_canary_is_one_token_wherever_it_is_repeated() {
    let files = [
        ("a.md", "It leaves @@{$m} and @@{canary short}; id @@{canary uuid}."),
        ("b.py", "MARK = '@@{m: canary}' # @@{ canary  advisory }"),
    ];
    let r = resolve(&files).expect("resolves");
    assert_eq!(r.slots, []);
    let names: Vec<_> = r.canaries.iter().map(|canary| canary.name.as_str()).collect();
    assert_eq!(names, ["canary", "canary-2", "m", "canary-3"]);
    let m = &r.canaries[2];
    let shown: Vec<_> = m.sites.iter().map(|site| &r.texts[site.file][site.span.clone()]).collect();
    assert_eq!((shown.len(), shown[0]), (2, shown[1]));
    for canary in &r.canaries {
        let site = &canary.sites[0];
        let text = &r.texts[site.file][site.span.clone()];
        assert!(crate::canary::Token::parse(text).is_some(), "{text}");
    }
    assert_eq!(resolve(&files).expect("resolves").texts, r.texts);
}

#[test]
fn mistakes_in_canaries() {
    assert!(mistake("@@{canary octal}").contains("takes hex, uuid, short, advisory or nothing"));
    assert!(mistake("@@{canary = abc}").contains("no default; found `= abc`"));
    assert!(mistake("@@{canaries}").contains("not a kind of value"));
}
