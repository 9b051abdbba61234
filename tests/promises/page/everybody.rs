//! Every room, for everybody who has it: nothing goes wrong in it, nothing is cut off, and axe finds nothing.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::browser::{Browser, Tab};
use crate::harness::{PASSWORD, Server};

/// Rules of WCAG 2.2 AA and what is held to be good besides.
const LOOK: &str = "(async () => { const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`); })()";
/// A phone, and a desk.
const SIZES: [(&str, i64, i64); 2] = [("phone", 390, 844), ("desk", 1280, 800)];

fn axe() -> String {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/tools/npm/axe/node_modules/axe-core/axe.min.js"
    );
    std::fs::read_to_string(file).expect("scripts/setup.sh test brings axe-core")
}

/// Where pictures go that people look at; nowhere unless it is asked for.
fn pictures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("PAGE_PICTURES")?);
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

fn is_settled(tab: &Tab<'_>) {
    tab.until("document.querySelector('h1') && !document.querySelector('.bone') && !document.querySelector('[aria-busy=true]')");
}

fn look_at(tab: &Tab<'_>, axe: &str, name: &str) {
    is_settled(tab);
    for (size, width, height) in SIZES {
        tab.size(width, height);
        is_settled(tab);
        let wide = tab.now("Math.max(0, document.documentElement.scrollWidth - innerWidth)");
        assert_eq!(wide, json!(0), "{name} at {size} is wider than its window");
        if let Some(folder) = pictures() {
            tab.picture(&folder.join(format!("{name}-{size}.png")));
        }
        tab.now(&format!("(globalThis.axe ?? (0, eval)({}), null)", Value::from(axe)));
        let found = tab.now(LOOK);
        assert_eq!(found, json!([]), "{name} at {size}");
    }
    assert_eq!(tab.now("globalThis.faults"), json!([]), "{name}");
}

/// The rooms that somebody sees, by the rail.
fn rooms(tab: &Tab<'_>) -> Vec<String> {
    let found = tab.now("[...document.querySelectorAll('.rail a')].map((one) => one.getAttribute('href'))");
    let found = found.as_array().unwrap().iter();
    found.map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn every_room(user: &str, least: usize) {
    let server = Server::start();
    let browser = Browser::start();
    let tab = browser.person();
    let axe = axe();
    tab.without_policy();
    tab.open(&format!("http://{}/", server.http()));
    tab.shows("User name");
    look_at(&tab, &axe, "gate");
    tab.sign_in(server.http(), user, PASSWORD);
    let rooms = rooms(&tab);
    assert!(rooms.len() >= least, "{rooms:?}");
    for room in rooms {
        tab.go(&room);
        tab.until(&format!(
            "document.querySelector('.rail a[aria-current]')?.getAttribute('href') === {}",
            Value::from(room.as_str())
        ));
        look_at(
            &tab,
            &axe,
            &format!("{user}-{}", Path::new(&room).file_name().unwrap().display()),
        );
    }
}

#[test]
fn everybody_can_use_the_rooms_of_a_rider() {
    every_room("anna", 5);
}

#[test]
fn everybody_can_use_the_rooms_of_an_engineer() {
    every_room("emil", 6);
}

#[test]
fn everybody_can_use_the_rooms_of_an_admin() {
    every_room("ada", 15);
}
