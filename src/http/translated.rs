//! The JSON of answers that many are given alike, translated once.
//!
//! Such an answer is known by where its bytes lie: as long as it is kept here nothing else lies there, and bytes that are shared never
//! change. It decides nothing: whoever comes here was given the answer already.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::json;

/// Answers whose JSON is kept.
const KEPT_MAX: usize = 128;

/// An answer and its JSON.
type Pair = (Bytes, Bytes);

/// What is kept; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Translated(Arc<Mutex<HashMap<usize, Pair>>>);

impl Translated {
    /// The JSON of an answer; nothing where [`json::of_cbor`] says nothing.
    pub(super) fn of(&self, cbor: &Bytes) -> Option<Bytes> {
        // Whoever alone has it will not come again with it.
        if cbor.is_unique() {
            return json::of_cbor(cbor).map(Bytes::from);
        }
        if let Some(known) = self.find(cbor) {
            return Some(known);
        }
        let json = json::of_cbor(cbor).map(Bytes::from)?;
        self.keep(cbor, &json);
        Some(json)
    }

    fn find(&self, cbor: &Bytes) -> Option<Bytes> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, json) = kept.get(&cbor.as_ptr().addr())?;
        (known.len() == cbor.len()).then(|| json.clone())
    }

    fn keep(&self, cbor: &Bytes, json: &Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            // What nobody else has any more is not given again.
            kept.retain(|_, (known, _)| !known.is_unique());
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
        }
        kept.insert(cbor.as_ptr().addr(), (cbor.clone(), json.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    fn answer(number: u32) -> Bytes {
        Bytes::from(wire::to_cbor(&("an answer", number)).unwrap())
    }

    #[test]
    fn an_answer_that_is_shared_is_translated_once_and_another_one_for_itself() {
        let translated = Translated::default();
        let shared = answer(1);
        let others = shared.clone();
        let first = translated.of(&shared).unwrap();
        assert_eq!(first, r#"["an answer",1]"#);
        let second = translated.of(&others).unwrap();
        assert_eq!(first.as_ptr(), second.as_ptr(), "the same bytes");
        let alone = answer(2);
        assert_eq!(translated.of(&alone).unwrap(), r#"["an answer",2]"#);
        assert_eq!(translated.0.lock().unwrap().len(), 1);
        // A part of it is another answer.
        let part = shared.slice(..1);
        assert_eq!(translated.find(&part), None);
    }

    #[test]
    fn however_many_are_shared_each_is_told_as_it_is_and_so_many_are_kept() {
        let translated = Translated::default();
        let mut shared = Vec::new();
        for number in 0..1_000 {
            let one = answer(number);
            // Half of them are still held elsewhere.
            shared.push(one.clone());
            if number % 2 == 0 {
                shared.remove(0);
            }
            assert_eq!(translated.of(&one).unwrap(), format!("[\"an answer\",{number}]"));
            assert!(translated.0.lock().unwrap().len() <= KEPT_MAX);
        }
    }
}
