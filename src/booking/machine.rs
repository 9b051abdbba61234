//! Random lives of one car's bookings against a naive model that only compares minutes in a list.
//!
//! Compiled for tests only. The model knows nothing of the rules' code: it scans every booking, and finds
//! the next free interval by trying every minute.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::fixture::{at, booking, report, span};
use super::{
    Booking, BookingId, BookingState, Interval, LifecycleError, Policy, Refusal, RightRefusal, Schedule,
    right_to_operate,
};

/// Live bookings in minutes.
#[derive(Default)]
struct Naive(Vec<Line>);

#[derive(Clone, Copy, Debug)]
struct Line {
    id: i64,
    from: i64,
    to: i64,
    out: bool,
}

impl Naive {
    /// Nobody else has the car, counting one that is out as taken until `back` at least.
    fn is_free(&self, start: i64, end: i64, back: i64, buffer: i64, except: Option<i64>) -> bool {
        self.0.iter().filter(|line| Some(line.id) != except).all(|line| {
            let to = if line.out { line.to.max(back) } else { line.to };
            end + buffer <= line.from || to + buffer <= start
        })
    }

    fn next_free(&self, now: i64, start: i64, end: i64, buffer: i64, except: Option<i64>) -> i64 {
        let late = self.0.iter().any(|line| line.out && line.to <= now);
        let back = if late { now + 5 } else { now };
        (start.max(now)..)
            .find(|at| self.is_free(*at, at + end - start, back, buffer, except))
            .unwrap()
    }

    fn set(&mut self, id: i64, line: Option<Line>) {
        self.0.retain(|line| line.id != id);
        self.0.extend(line);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Book { ahead: i64, length: i64 },
    Extend { which: usize, to_ahead: i64 },
    Cancel(usize),
    Open(usize),
    Return(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..25_i64).prop_map(Step::Wait),
        4 => (-6..90_i64, 1..60_i64).prop_map(|(ahead, length)| Step::Book { ahead, length }),
        2 => (0..8_usize, -5..60_i64).prop_map(|(which, to_ahead)| Step::Extend { which, to_ahead }),
        1 => (0..8_usize).prop_map(Step::Cancel),
        4 => (0..8_usize).prop_map(Step::Open),
        2 => (0..8_usize).prop_map(Step::Return),
    ];
    prop::collection::vec(step, 1..60)
}

struct Machine {
    now: i64,
    buffer: i64,
    policy: Policy,
    bookings: Vec<Booking>,
    schedule: Schedule,
    naive: Naive,
}

impl Machine {
    fn new(buffer: i64) -> Self {
        let policy = Policy {
            buffer: SignedDuration::from_mins(buffer),
            ..Policy::default()
        };
        let (bookings, schedule, naive) = Default::default();
        Self {
            now: 0,
            buffer,
            policy,
            bookings,
            schedule,
            naive,
        }
    }

    fn keep(&mut self, changed: Booking) {
        let minute = |instant: jiff::Timestamp| at(0).duration_until(instant).as_mins();
        let (start, to) = (minute(changed.interval.start()), minute(changed.interval.end()));
        let line = Line {
            id: changed.id.0,
            from: changed
                .started_at
                .map_or(start, |started_at| minute(started_at).min(start)),
            to,
            out: changed.started_at.is_some(),
        };
        self.naive.set(line.id, changed.ended_at.is_none().then_some(line));
        self.schedule.put(&changed);
        match self.bookings.iter_mut().find(|kept| kept.id == changed.id) {
            Some(kept) => *kept = changed,
            None => self.bookings.push(changed),
        }
    }

    /// Applies what the time has brought, as the engine does before anything else.
    fn settle(&mut self) {
        let now = at(self.now);
        while let Some(changed) = self.bookings.iter().find_map(|kept| {
            let transition = kept.due(&self.schedule, now, &self.policy)?;
            Some(kept.pass(transition))
        }) {
            self.keep(changed);
        }
    }

    fn pick(&self, which: usize) -> Option<Booking> {
        let live: Vec<_> = self.bookings.iter().filter(|kept| kept.state.is_live()).collect();
        (!live.is_empty()).then(|| live[which % live.len()].clone())
    }

    /// The rules and the model agree about an interval; of a conflict, also on why and what is offered.
    fn check_verdict(&self, verdict: Result<(), Refusal>, start: i64, end: i64, except: Option<i64>) {
        let free = self.naive.is_free(start, end, self.now, self.buffer, except);
        match verdict {
            Ok(()) => assert!(free, "{start}..{end} was planned over {:?}", self.naive.0),
            Err(Refusal::Conflict { in_the_way, next_free }) => {
                assert!(!free, "{start}..{end} was refused, beside {:?}", self.naive.0);
                let margin = self.policy.buffer;
                let widened = Interval::new(at(start) - margin, at(end) + margin).unwrap();
                assert!(in_the_way.overlaps(widened), "{in_the_way:?} is not in the way");
                let offer = self.naive.next_free(self.now, start, end, self.buffer, except);
                assert_eq!(next_free, span(offer, offer + end - start), "beside {:?}", self.naive.0);
                let except = except.map(BookingId);
                let taken_up = self.schedule.check_free(at(self.now), &self.policy, next_free, except);
                assert_eq!(taken_up, Ok(()));
            }
            Err(other) => panic!("{other} is no verdict on the schedule"),
        }
    }

    fn book(&mut self, ahead: i64, length: i64) {
        let (start, end) = (self.now + ahead, self.now + ahead + length);
        let wanted = span(start, end);
        let verdict = self.schedule.plan(at(self.now), &self.policy, wanted, None);
        match verdict {
            Err(Refusal::StartPast { .. }) => assert!(ahead < -5),
            Err(Refusal::EndPast { .. }) => assert!(ahead + length <= 0),
            verdict => {
                self.check_verdict(verdict, start, end, None);
                if verdict.is_ok() {
                    let id = i64::try_from(self.bookings.len()).unwrap() + 1;
                    self.keep(booking(id, wanted));
                }
            }
        }
    }

    fn extend(&mut self, which: usize, to_ahead: i64) {
        let Some(own) = self.pick(which) else { return };
        let end = self.now + to_ahead;
        let start = at(0).duration_until(own.interval.start()).as_mins();
        match own.extend(at(end), &self.schedule, at(self.now), &self.policy) {
            Ok(extended) => {
                self.check_verdict(Ok(()), start, end, Some(own.id.0));
                assert_ne!(extended.state, BookingState::Overdue);
                assert_eq!(extended.price.minor, (1300 * (end - start) * 2 + 60).div_euclid(120));
                self.keep(extended);
            }
            Err(LifecycleError::Refused(conflict @ Refusal::Conflict { .. })) => {
                self.check_verdict(Err(conflict), start, end, Some(own.id.0));
            }
            Err(_) => assert!(end <= start || to_ahead <= 0),
        }
    }

    fn open(&mut self, which: usize) {
        let Some(own) = self.pick(which) else { return };
        let right = right_to_operate(&self.schedule, &own, at(self.now), &self.policy);
        if right.is_ok() && own.state == BookingState::Reserved {
            self.keep(own.begin(at(self.now)).unwrap());
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Wait(minutes) => {
                // Rights are right at every minute, also before the engine has settled it.
                for _ in 0..minutes {
                    self.now += 1;
                    self.check_rights();
                }
                self.settle();
            }
            Step::Book { ahead, length } => self.book(ahead, length),
            Step::Extend { which, to_ahead } => self.extend(which, to_ahead),
            Step::Cancel(which) => {
                if let Some(changed) = self.pick(which).and_then(|own| own.cancel(at(self.now)).ok()) {
                    self.keep(changed);
                }
            }
            Step::Open(which) => self.open(which),
            Step::Return(which) => {
                let own = self.pick(which);
                let done = own.and_then(|own| own.finish(at(self.now), report(), &self.policy).ok());
                done.into_iter().for_each(|changed| self.keep(changed));
            }
        }
    }

    fn check_rights(&self) {
        let right = |kept| right_to_operate(&self.schedule, kept, at(self.now), &self.policy);
        let holders = self.bookings.iter().filter(|kept| right(kept).is_ok()).count();
        assert!(holders <= 1, "{holders} riders hold the car at {}", self.now);
        for out in self.bookings.iter().filter(|kept| kept.state.is_out()) {
            let late = matches!(right(out), Err(RightRefusal::Expired { .. }));
            let over = at(self.now) >= out.interval.end() + SignedDuration::from_mins(15);
            assert_eq!(
                (right(out).is_ok(), late),
                (!over, over),
                "who has the car keeps the right"
            );
        }
    }

    fn check(&self) {
        let live: Vec<_> = self.bookings.iter().filter(|kept| kept.state.is_live()).collect();
        for (index, one) in live.iter().enumerate() {
            for other in &live[index + 1..] {
                assert!(!one.interval.overlaps(other.interval), "{one:?} overlaps {other:?}");
            }
        }
        assert!(live.iter().filter(|kept| kept.state.is_out()).count() <= 1);
        assert_eq!(self.schedule.len(), live.len());
        self.check_rights();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_life_of_a_car_gives_it_to_two(buffer in prop::sample::select(vec![0, 7]), steps in steps()) {
        let mut machine = Machine::new(buffer);
        for step in steps {
            machine.run(step);
            machine.check();
        }
    }
}
