//! Markup resolves to sites that are in the text and apart, or the error says where.
#![no_main]

use canarymark::markup;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match markup::resolve(&[("a", text)]) {
    Ok(resolved) => {
        let sites = resolved.slots.iter().flat_map(|slot| &slot.sites);
        let mut spans: Vec<_> = sites.map(|site| (site.span.start, site.span.end)).collect();
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        assert!(spans.iter().all(|(start, end)| resolved.texts[0].get(*start..*end).is_some()));
    }
    Err(error) => assert!(error.at.line >= 1 && error.at.column >= 1),
});
