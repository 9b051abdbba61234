//! Memory for secrets that live long: never on the swap, never in a core dump, wiped when it is given back.
//!
//! The system may refuse to keep it off the swap (`RLIMIT_MEMLOCK`); that is counted and said once. It may never refuse to
//! leave it out of core dumps.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use memmap2::{Advice, MmapMut};
use zeroize::Zeroize;

use crate::runtime::metrics::names;

static SAID: AtomicBool = AtomicBool::new(false);

/// Whole pages of zeroes to begin with.
pub(super) struct Locked {
    map: MmapMut,
    is_pinned: bool,
}

impl Locked {
    /// At least so many bytes, at least one.
    pub(super) fn new(bytes: usize) -> io::Result<Self> {
        let map = MmapMut::map_anon(bytes.max(1))?;
        map.advise(Advice::DontDump)?;
        let pinned = map.lock();
        let is_pinned = pinned.is_ok();
        if let Err(error) = pinned {
            unpinned().increment(amount(map.len()));
            if !SAID.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    { memory.bytes = map.len(), %error },
                    "Memory that holds faces may go to the swap, as the limit of locked memory is too low; raise \
                     RLIMIT_MEMLOCK (systemd: LimitMEMLOCK). It is left out of core dumps all the same."
                );
            }
        }
        Ok(Self { map, is_pinned })
    }

    /// All of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// All of it.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.map
    }

    /// All of it as numbers: pages begin where a number may.
    pub(super) fn floats(&self) -> &[f32] {
        bytemuck::try_cast_slice(&self.map).unwrap_or_default()
    }

    /// All of it as numbers.
    pub(super) fn floats_mut(&mut self) -> &mut [f32] {
        bytemuck::try_cast_slice_mut(&mut self.map).unwrap_or_default()
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.map.zeroize();
        if !self.is_pinned {
            unpinned().decrement(amount(self.map.len()));
        }
    }
}

fn unpinned() -> metrics::Gauge {
    metrics::gauge!(names::FACE_MEMORY_UNLOCKED)
}

fn amount(bytes: usize) -> f64 {
    u32::try_from(bytes).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_numbers_and_is_left_out_of_core_dumps() {
        let mut locked = Locked::new(4 * 1_000).unwrap();
        assert_eq!(locked.bytes().len(), 4_000);
        assert_eq!(locked.floats().len(), 1_000);
        locked.floats_mut()[999] = 1.5;
        assert_eq!(locked.bytes()[3_996..], 1.5_f32.to_ne_bytes());
        let address = locked.bytes().as_ptr().addr();
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let is_here = |line: &&str| {
            let area = line.split(' ').next().and_then(|area| area.split_once('-'));
            let number = |text| usize::from_str_radix(text, 16).ok();
            area.and_then(|(from, to)| Some(number(from)?..number(to)?))
                .is_some_and(|area| area.contains(&address))
        };
        let mut lines = smaps.lines().skip_while(|line| !is_here(line));
        let flags = lines.find(|line| line.starts_with("VmFlags")).unwrap();
        assert!(flags.split(' ').any(|flag| flag == "dd"), "{flags}");
    }
}
