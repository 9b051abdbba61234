//! The rules of files against small models: every byte once, in order; no reservation beyond a bound.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::ids::UploadId;
use super::limits::{Limits, NoRoom, Usage};
use super::offer::OfferState;
use super::owner::Owner;
use super::upload::{Course, Misfit, Phase};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// What is tried on an upload.
#[derive(Debug, Clone)]
enum Try {
    Chunk {
        offset: u64,
        bytes: u64,
    },
    /// A chunk where it is wanted.
    Next {
        bytes: u64,
    },
    /// What came last turned out wrong.
    Undo {
        bytes: u64,
    },
    Finish,
    Abort,
    Wait {
        seconds: i64,
    },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = prop_oneof![
        2 => (0_u64..40, 0_u64..20).prop_map(|(offset, bytes)| Try::Chunk { offset, bytes }),
        6 => (0_u64..12).prop_map(|bytes| Try::Next { bytes }),
        2 => (0_u64..5).prop_map(|bytes| Try::Undo { bytes }),
        2 => Just(Try::Finish),
        1 => Just(Try::Abort),
        2 => (0_i64..40).prop_map(|seconds| Try::Wait { seconds }),
    ];
    proptest::collection::vec(one, 0..40)
}

/// The model: the bytes that came, as a list, and the end if there was one.
struct Model {
    came: Vec<()>,
    end: Option<Phase>,
    alive_until: i64,
}

const LIFE: i64 = 30;

proptest! {
    #[test]
    fn an_upload_holds_exactly_the_bytes_that_fitted(size in 0_u64..40, is_declared: bool, tries in tries()) {
        let mut now = 0;
        let mut course = Course::new(size, is_declared, 0, at(LIFE));
        let mut model = Model { came: Vec::new(), end: None, alive_until: LIFE };
        for one in tries {
            let is_open = model.end.is_none() && now < model.alive_until;
            let held = u64::try_from(model.came.len()).unwrap();
            prop_assert_eq!(course.held(), held);
            match one {
                Try::Wait { seconds } => {
                    now += seconds;
                    if course.expire(at(now)) && model.end.is_none() {
                        prop_assert!(now >= model.alive_until);
                        model.end = Some(Phase::Expired);
                    }
                    continue;
                }
                Try::Undo { bytes } => {
                    let back = held.saturating_sub(bytes);
                    course.back_to(back);
                    model.came.truncate(usize::try_from(back).unwrap());
                }
                Try::Abort => {
                    course.abort();
                    model.end = model.end.or(Some(Phase::Aborted));
                }
                Try::Finish => {
                    let may = course.may_finish(at(now));
                    prop_assert_eq!(may.is_ok(), is_open && (!is_declared || held == size));
                    if may.is_ok() {
                        course.finish();
                        model.end = Some(Phase::Finished);
                    }
                }
                Try::Chunk { .. } | Try::Next { .. } => {
                    let (offset, bytes) = match one {
                        Try::Chunk { offset, bytes } => (offset, bytes),
                        Try::Next { bytes } => (held, bytes),
                        _ => continue,
                    };
                    let fits = course.fits(offset, bytes, at(now));
                    prop_assert_eq!(fits.is_ok(), is_open && offset == held && offset + bytes <= size);
                    if is_open && offset != held {
                        prop_assert_eq!(fits, Err(Misfit::Offset { got: offset, expected: held }));
                    }
                    if fits.is_ok() {
                        course.took(bytes, at(now + LIFE));
                        model.came.resize(usize::try_from(held + bytes).unwrap(), ());
                        model.alive_until = model.alive_until.max(now + LIFE);
                    }
                }
            }
            prop_assert_eq!(course.phase(), model.end.unwrap_or(Phase::Open));
        }
    }

    #[test]
    fn reservations_never_pass_a_bound_and_whoever_is_refused_takes_nothing(
        wishes in proptest::collection::vec((0_usize..3, proptest::option::of(0_u64..60)), 0..60)
    ) {
        let limits = Limits {
            file_bytes: 50,
            account_bytes: 100,
            total_bytes: 220,
            undeclared_bytes: 20,
            uploads_per_account: 6,
            uploads_max: 15,
        };
        // The model: what each account was granted, one by one.
        let mut granted: [Vec<u64>; 3] = Default::default();
        for (account, declared) in wishes {
            let all: Vec<u64> = granted.iter().flatten().copied().collect();
            let usage = Usage {
                account_bytes: granted[account].iter().sum(),
                total_bytes: all.iter().sum(),
                account_uploads: u64::try_from(granted[account].len()).unwrap(),
                uploads: u64::try_from(all.len()).unwrap(),
            };
            match limits.reserve(declared, &usage) {
                Ok(bytes) => {
                    prop_assert_eq!(bytes, declared.unwrap_or(20));
                    granted[account].push(bytes);
                    prop_assert!(bytes <= 50 && granted[account].len() <= 6);
                    prop_assert!(granted[account].iter().sum::<u64>() <= 100);
                    prop_assert!(granted.iter().flatten().sum::<u64>() <= 220);
                    prop_assert!(granted.iter().flatten().count() <= 15);
                }
                Err(NoRoom::File { got, max }) => prop_assert!(got > max),
                Err(NoRoom::Account { wanted, used, max }) => prop_assert!(used + wanted > max),
                Err(NoRoom::Total { wanted, max }) => prop_assert!(usage.total_bytes + wanted > max),
                Err(NoRoom::Uploads { max }) => prop_assert_eq!(usage.account_uploads, max),
                Err(NoRoom::Crowded) => prop_assert_eq!(usage.uploads, 15),
            }
        }
    }

    #[test]
    fn an_offer_that_is_decided_stays_decided(steps in proptest::collection::vec(0_u8..3, 0..12)) {
        let mut state = OfferState::Offered;
        for step in steps {
            let next = match step {
                0 => state.take(),
                1 => state.taken(),
                _ => state.refuse(),
            };
            if matches!(state, OfferState::Taken | OfferState::Refused) {
                prop_assert!(next.is_err() || next == Ok(state));
            }
            state = next.unwrap_or(state);
            prop_assert_eq!(OfferState::of(state.as_str()), state);
        }
    }

    #[test]
    fn ids_of_uploads_are_digits_and_nothing_else(random: u128, other in "\\PC{0,40}") {
        let id = UploadId::of_random(random);
        prop_assert_eq!(UploadId::read(&id.to_string()), Some(id.clone()));
        prop_assert_eq!(UploadId::read(id.digits()), Some(id));
        if let Some(read) = UploadId::read(&other) {
            prop_assert!(read.digits().bytes().all(|digit| digit.is_ascii_hexdigit()));
        }
    }
}

#[test]
fn what_is_declared_must_come_whole_and_what_is_not_may_end_anywhere() {
    let declared = Course::new(10, true, 9, at(LIFE));
    assert_eq!(declared.may_finish(at(0)), Err(Misfit::Short { held: 9, size: 10 }));
    assert_eq!(Course::new(10, false, 9, at(LIFE)).may_finish(at(0)), Ok(()));
    assert_eq!(declared.fits(9, 2, at(0)), Err(Misfit::Beyond { end: 11, size: 10 }));
    assert_eq!(
        declared.fits(u64::MAX, 1, at(0)),
        Err(Misfit::Offset {
            got: u64::MAX,
            expected: 9
        })
    );
}

#[test]
fn owners_are_read_as_they_are_written() {
    for text in ["user:7", "car:3", "booking:12", "room:4"] {
        assert_eq!(text.parse::<Owner>().unwrap().to_string(), text);
    }
    for bad in ["", "user", "user:", "bot:1", "user:x", "user:1:2"] {
        assert!(bad.parse::<Owner>().is_err(), "{bad}");
    }
}

#[test]
fn nothing_that_climbs_is_an_id() {
    for bad in [
        "",
        "u-",
        "../0123456789abcdef0123456789abcd",
        "u-0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcde/",
    ] {
        assert_eq!(UploadId::read(bad), None, "{bad}");
    }
}
