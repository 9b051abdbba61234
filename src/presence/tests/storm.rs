//! Many people at once, in memory: what each costs.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;

/// The most that one process is to hold, and what that costs: time a change, memory a person. Printed.
#[actix::test]
async fn thirty_five_thousand_people_come_and_go_at_once() {
    const PEOPLE: i64 = 35_000;
    const ROUNDS: u32 = 3;
    let limits = Limits {
        presence_grace_ms: 0,
        connections_max: 40_000,
        ..Limits::default()
    };
    let bench = Bench::new(&limits);
    let mut mona = Watcher::new(1, Permission::Manager);
    // Before they come: who is there already is no news.
    bench.ask(&mona, Wish::Everybody).await.unwrap();
    let resident = || {
        let pages: usize = std::fs::read_to_string("/proc/self/statm")
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        pages * 4_096
    };
    let before = resident();
    let mut here: Vec<Here> = (1..=PEOPLE).map(|user| bench.enter(user)).collect();
    let bytes = resident().saturating_sub(before) / here.len();
    assert_eq!(bench.presence.count(), here.len());
    let began = std::time::Instant::now();
    for _ in 0..ROUNDS {
        here.clear();
        here.extend((1..=PEOPLE).map(|user| bench.enter(user)));
    }
    let changes = 2 * ROUNDS * u32::try_from(PEOPLE).unwrap();
    let each = began.elapsed() / changes;
    let began = std::time::Instant::now();
    let mut heard = BTreeSet::new();
    while heard.len() < here.len() {
        let (user, is_online) = mona.news_within(60_000).await.expect("news");
        assert!(is_online);
        heard.insert(user);
    }
    let told = began.elapsed();
    println!(
        "presence: {PEOPLE} people, {bytes} bytes each, {each:?} a change, {told:?} until one watcher heard of all"
    );
    // Other tests of this process take memory meanwhile.
    assert!(bytes < 2_048, "{bytes} bytes a person");
    assert!(each < Duration::from_micros(200), "{each:?} a change");
}
