//! Where the frames of a WebSocket begin and end; nothing else of them is looked at.

/// A stream of frames as far as it was seen.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// What is there of the next frame's head, which has 14 bytes at most.
    head: Vec<u8>,
    /// Bytes of the frame whose head was seen that are still to come.
    left: u64,
}

impl Frames {
    /// More of it.
    pub(super) fn see(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let now = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left = self.left.saturating_sub(u64::try_from(now).unwrap_or(u64::MAX));
                bytes = bytes.get(now..).unwrap_or_default();
                continue;
            }
            let (first, rest) = bytes.split_at(1);
            self.head.extend_from_slice(first);
            bytes = rest;
            if let Some((head, payload)) = lengths(&self.head)
                && self.head.len() == head
            {
                self.head.clear();
                self.left = payload;
            }
        }
    }

    /// Whether no frame has begun that has not ended.
    pub(super) fn is_between(&self) -> bool {
        self.head.is_empty() && self.left == 0
    }
}

/// Where in these whole frames one lies that is equal to this.
pub(super) fn find(frames: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = frames.get(at..)?;
        if rest.starts_with(wanted) {
            return Some(at);
        }
        let (head, payload) = lengths(rest)?;
        at = at.checked_add(head)?.checked_add(usize::try_from(payload).ok()?)?;
    }
}

/// How long the head of a frame is, and what follows it; `None` while too little of it is there.
fn lengths(frame: &[u8]) -> Option<(usize, u64)> {
    let second = *frame.get(1)?;
    let (short, mask) = (second & 0x7f, if second >> 7 == 1 { 4 } else { 0 });
    let (head, payload) = match short {
        126 => (4, u64::from(u16::from_be_bytes(*frame.get(2..)?.first_chunk()?))),
        127 => (10, u64::from_be_bytes(*frame.get(2..)?.first_chunk()?)),
        short => (2, u64::from(short)),
    };
    Some((head + mask, payload))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn frame(length: usize, is_masked: bool) -> Vec<u8> {
        let mask = if is_masked { 0x80 } else { 0 };
        let mut frame = vec![0x82];
        match u8::try_from(length) {
            Ok(short @ 0..126) => frame.push(mask | short),
            _ if length < 65_536 => {
                frame.push(mask | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(mask | 127);
                frame.extend(u64::try_from(length).unwrap().to_be_bytes());
            }
        }
        if is_masked {
            frame.extend([1, 2, 3, 4]);
        }
        // What lies inside looks like a ping.
        frame.extend(b"\x81\x012".iter().cycle().take(length));
        frame
    }

    proptest! {
        /// However the bytes are cut, it is between frames where a frame ends and nowhere else.
        #[test]
        fn a_frame_ends_where_it_ends(
            lengths in vec((prop_oneof![0..300_usize, 65_530..65_540_usize], any::<bool>()), 1..5),
            cut in 1..70_usize
        ) {
            let frames: Vec<Vec<u8>> = lengths.iter().map(|(length, is_masked)| frame(*length, *is_masked)).collect();
            let ends: Vec<usize> = frames.iter().scan(0, |end, frame| { *end += frame.len(); Some(*end) }).collect();
            let (mut seen, mut at) = (Frames::default(), 0);
            for piece in frames.concat().chunks(cut) {
                seen.see(piece);
                at += piece.len();
                prop_assert_eq!(seen.is_between(), ends.contains(&at), "at {} of {:?}", at, &ends);
            }
        }

        #[test]
        fn a_ping_is_found_between_frames_and_not_inside_of_one(before in vec(0..300_usize, 0..4), after in 0..300_usize) {
            let mut bytes: Vec<u8> = before.iter().flat_map(|length| frame(*length, false)).collect();
            let at = bytes.len();
            prop_assert_eq!(find(&bytes, b"\x81\x012"), None);
            bytes.extend(b"\x81\x012");
            bytes.extend(frame(after, false));
            prop_assert_eq!(find(&bytes, b"\x81\x012"), Some(at));
        }
    }

    #[test]
    fn whatever_frames_come_end_where_they_end_however_they_come() {
        let samples = [0, 5, 125, 126, 70_000].map(|length| frame(length, length % 2 == 0));
        crate::runtime::fuzz::fuzz(
            "websocket",
            &[b"\x81\xfe", b"\x82\x7f", b"\x89\x00"],
            samples.into(),
            |bytes| {
                let _ = find(bytes, b"\x89\x00");
                let mut whole = Frames::default();
                whole.see(bytes);
                for cut in crate::runtime::fuzz::cuts(bytes.len()) {
                    let mut pieces = Frames::default();
                    pieces.see(&bytes[..cut]);
                    pieces.see(&bytes[cut..]);
                    assert_eq!(format!("{pieces:?}"), format!("{whole:?}"), "cut at {cut}");
                }
                format!("{:?}", whole.is_between())
            },
        );
    }
}
