//! `motorpool import` as a program: what it says, what it writes, what it leaves alone.
//!
//! Every test has a data folder of its own; no server runs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const CARS: &str = "name,plate,make,model,body_type,colour,seats,latitude,longitude,place,rate_per_hour,currency\n";
const USERS: &str = "username,password,first_name,last_name,email,role\n";

struct House {
    dir: TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.dir.path().join(name), text).unwrap();
        self
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MOTORPOOL_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.dir.path()).args(args).output().unwrap()
    }

    fn import(&self, files: &[&str]) -> Output {
        self.run(&[&["import", "--data", "d", "--json"], files].concat())
    }

    /// The report of an import that went well.
    fn imported(&self, files: &[&str]) -> Value {
        let output = self.import(files);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The one line of an import that was refused.
    fn refused(&self, files: &[&str]) -> String {
        let output = self.run(&[&["import", "--data", "d"], files].concat());
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(output.stdout.is_empty());
        let line = err(&output);
        assert_eq!(line.lines().count(), 1, "{line}");
        line
    }

    fn list(&self, subject: &str) -> Vec<Value> {
        let output = self.run(&["admin", "--data", "d", subject, "list", "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn database(&self) -> std::path::PathBuf {
        self.dir.path().join("d/motorpool.db")
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn tally(report: &Value, kind: &str) -> [u64; 4] {
    ["added", "changed", "unchanged", "later_wins"].map(|count| report[kind][count].as_u64().unwrap())
}

fn car(name: &str, plate: &str, colour: &str) -> String {
    format!("{name},{plate},VW,Golf,hatchback,{colour},5,48.1,11.5,Markt,6.50,EUR\n")
}

fn user(name: &str, password: &str, role: &str) -> String {
    format!("{name},{password},First,Last,{name}@example.org,{role}\n")
}

#[test]
fn a_second_import_of_the_same_files_changes_nothing_and_an_edited_one_only_what_was_edited() {
    let house = House::new();
    house.file(
        "cars.csv",
        format!("{CARS}{}{}", car("a", "P1", "red"), car("b", "P2", "red")),
    );
    house.file(
        "users.csv",
        format!(
            "{USERS}{}{}",
            user("ada", "password one", "customer"),
            user("bob", "password two", "manager")
        ),
    );
    let files = ["cars.csv", "users.csv"];
    let first = house.imported(&files);
    assert_eq!(
        (tally(&first, "cars"), tally(&first, "users")),
        ([2, 0, 0, 0], [2, 0, 0, 0])
    );
    let (cars, people) = (house.list("car"), house.list("user"));
    let again = house.imported(&files);
    assert_eq!(
        (tally(&again, "cars"), tally(&again, "users")),
        ([0, 0, 2, 0], [0, 0, 2, 0])
    );
    assert_eq!((house.list("car"), house.list("user")), (cars, people.clone()));

    // Swapped plates, another role, another password.
    house.file(
        "cars.csv",
        format!("{CARS}{}{}", car("a", "P2", "red"), car("b", "P1", "red")),
    );
    house.file(
        "users.csv",
        format!(
            "{USERS}{}{}",
            user("ada", "password 1", "customer"),
            user("bob", "password two", "admin")
        ),
    );
    let edited = house.imported(&files);
    assert_eq!(
        (tally(&edited, "cars"), tally(&edited, "users")),
        ([0, 2, 0, 0], [0, 2, 0, 0])
    );
    let (cars, after) = (house.list("car"), house.list("user"));
    assert_eq!((&cars[0]["plate"], &cars[1]["plate"]), (&"P2".into(), &"P1".into()));
    assert_eq!(after[1]["role"], "admin");
    let ids = |people: &[Value]| people.iter().map(|one| one["user_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&people), ids(&after), "people keep their numbers");
}

#[test]
fn of_two_rows_with_one_id_the_later_wins_and_the_report_says_so() {
    let house = House::new();
    house.file(
        "cars.csv",
        format!("{CARS}{}\n{}", car("a", "P1", "red"), car("a", "P1", "blue")),
    );
    let report = house.imported(&["cars.csv"]);
    assert_eq!(tally(&report, "cars"), [1, 0, 0, 1]);
    assert_eq!(report["cars_overruled"][0]["earlier"]["line"], 2);
    assert_eq!(report["cars_overruled"][0]["later"]["line"], 4);
    assert_eq!(house.list("car")[0]["colour"], "blue");
    let output = house.run(&["import", "--data", "d", "cars.csv"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("car `a`: cars.csv:4 wins over cars.csv:2"), "{text}");
}

#[test]
fn one_bad_line_among_a_thousand_in_the_last_file_leaves_everything_as_it_was() {
    let house = House::new();
    house.file("cars.csv", format!("{CARS}{}", car("a", "P1", "red")));
    let mut rows = String::from(USERS);
    for row in 0..1000 {
        rows.push_str(&user(
            &format!("u{row}"),
            if row == 500 { "short" } else { "long enough" },
            "customer",
        ));
    }
    house.file("users.csv", rows);
    let line = house.refused(&["cars.csv", "users.csv"]);
    assert_eq!(
        line.trim(),
        "motorpool: users.csv:502: password: password has 5 characters, wanted at least 8; nothing was imported"
    );
    assert!(!house.database().exists(), "not even a database was made");

    house.imported(&["cars.csv"]);
    house.refused(&["users.csv"]);
    assert_eq!((house.list("car").len(), house.list("user").len()), (1, 0));
}

#[test]
fn every_bad_input_gives_one_clear_line_and_exit_code_1() {
    let house = House::new();
    house
        .file("empty.csv", "")
        .file("other.csv", "x,y\n1,2\n")
        .file("latin.csv", b"name,pl\xe4te\n")
        .file("image.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .file("buildings.json", "{\"buildings\": []}")
        .file("boss.csv", format!("{USERS}{}", user("ada", "long enough", "boss")))
        .file(
            "rate.csv",
            format!("{CARS}{}", car("a", "P", "red").replace("6.50", "-1")),
        )
        .file(
            "seats.csv",
            format!("{CARS}{}", car("a", "P", "red").replace(",5,", ",0,")),
        )
        .file(
            "north.csv",
            format!("{CARS}{}", car("a", "P", "red").replace("48.1", "91")),
        )
        .file(
            "money.csv",
            format!("{CARS}{}", car("a", "P", "red").replace("EUR", "QQQ")),
        )
        .file(
            "plates.csv",
            format!("{CARS}{}{}", car("a", "P", "red"), car("b", "P", "red")),
        );
    for (file, wanted) in [
        ("none.csv", "none.csv: cannot be read: No such file"),
        (".", ".: cannot be read: Is a directory"),
        ("empty.csv", "empty.csv: is empty, wanted a header"),
        ("other.csv", "other.csv:1: got the header `x,y`, wanted name,plate,"),
        ("latin.csv", "latin.csv:1: is not UTF-8"),
        ("image.csv", "image.csv:1: is not UTF-8"),
        (
            "buildings.json",
            "buildings.json: has no buildings, wanted `containedSpaces`",
        ),
        ("boss.csv", "boss.csv:2: role: got `boss`, wanted one of "),
        ("rate.csv", "rate.csv:2: rate_per_hour: got `-1`"),
        ("seats.csv", "seats.csv:2: seats: got `0`"),
        ("north.csv", "north.csv:2: latitude: got `91`"),
        ("money.csv", "money.csv:2: currency: got `QQQ`"),
        (
            "plates.csv",
            "plates.csv:3: plate: got `P`, the plate of car `a` in plates.csv:2",
        ),
    ] {
        let line = house.refused(&[file]);
        assert!(line.starts_with(&format!("motorpool: {wanted}")), "{line}");
        assert!(line.trim_end().ends_with("nothing was imported"), "{line}");
    }
    assert_eq!(house.run(&["import"]).status.code(), Some(2));
}

#[test]
fn faults_are_bounded_and_told_to_programs_too() {
    let house = House::new();
    house.file(
        "users.csv",
        format!("{USERS}{}", user("ada", "short", "customer").repeat(60)),
    );
    let output = house.import(&["users.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (report["ok"].as_bool(), report["more"].as_u64()),
        (Some(false), Some(10))
    );
    assert_eq!(report["faults"].as_array().unwrap().len(), 50);
    assert_eq!(
        (&report["faults"][0]["line"], &report["faults"][0]["column"]),
        (&2.into(), &"password".into())
    );
    let lines: Vec<String> = err(&output).lines().map(str::to_owned).collect();
    assert_eq!((lines.len(), lines[50].as_str()), (52, "and 10 more"));
    assert_eq!(lines[51], "motorpool: 60 faults; nothing was imported");
}

#[test]
fn a_folder_or_database_that_cannot_be_used_is_named() {
    let house = House::new();
    house.file("cars.csv", format!("{CARS}{}", car("a", "P1", "red")));
    house.file("d", "a file where a folder should be");
    let line = house.refused(&["cars.csv"]);
    assert!(line.contains(" d"), "{line}");
    std::fs::remove_file(house.dir.path().join("d")).unwrap();

    house.imported(&["cars.csv"]);
    make_newer(&house.database());
    let line = house.refused(&["cars.csv"]);
    assert!(line.contains("run the newer motorpool"), "{line}");

    std::fs::write(house.database(), "no database at all, but long enough to be looked at").unwrap();
    let line = house.refused(&["cars.csv"]);
    assert!(
        line.contains("motorpool.db is damaged or no motorpool database"),
        "{line}"
    );
}

/// As a later release would leave it.
fn make_newer(database: &Path) {
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, SqliteConnection};
    let mut conn = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')")
        .unwrap();
}

#[test]
fn buildings_are_added_once_and_changed_to_what_the_file_says() {
    let house = House::new();
    house.file("b.json", include_str!("data/alameda-buildings.json"));
    let first = house.imported(&["b.json"]);
    assert_eq!(first["buildings"]["added"], 4);
    assert_eq!(first["buildings"]["later_wins"], 1);
    assert_eq!(first["buildings_overruled"][0]["id"], "2448131361155");
    let again = house.imported(&["b.json"]);
    assert_eq!(
        (&again["buildings"]["added"], &again["buildings"]["unchanged"]),
        (&0.into(), &4.into())
    );
    let geojson = r#"{"type": "Feature", "id": "2448131361042", "properties": {"name": "Civil's yard"},
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0], [0.1, 0.1], [0, 0]]]}}"#;
    house.file("g.json", geojson);
    let changed = house.imported(&["g.json"]);
    assert_eq!(
        (&changed["buildings"]["added"], &changed["buildings"]["changed"]),
        (&0.into(), &1.into())
    );
}
